//! Who can read, send as, receive for or administer whom, in one state.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Ability, AccessEntry, Address, ConnectionName, Field, Identity, Right, Source, Step, Value,
};

use super::super::world::Seen;
use super::{Network, Passed};

impl Right {
    /// What it lets somebody do.
    pub(in crate::plan) fn ability(self) -> Ability {
        match self {
            Self::FullAccess => Ability::Read,
            Self::SendAs => Ability::SendAs,
            Self::SendOnBehalf => Ability::SendOnBehalf,
        }
    }
}

/// Who was given which right on each mailbox of a connection.
type Readers<'a> = BTreeMap<&'a Address, Vec<&'a Address>>;

impl Network<'_> {
    /// Each way in which somebody can do something to somebody else, sorted. Everybody can read the own mailbox and
    /// send as its address; that is not told.
    pub fn access(&self) -> Vec<AccessEntry> {
        let mut entries = BTreeSet::new();
        let mut readers = Readers::new();
        for (connection, identity, seen) in self.world.objects() {
            match identity {
                Identity::Permission { mailbox, grantee } if self.answers(connection, identity) => {
                    let Some(Value::Rights(rights)) = seen.value(&Field::Rights) else { continue };
                    if rights.contains(&Right::FullAccess) {
                        readers.entry(mailbox).or_default().push(grantee);
                    }
                    for right in rights {
                        let because = format!("permission {right}");
                        entries.insert(self.entry(
                            mailbox,
                            right.ability(),
                            grantee,
                            because,
                            connection,
                            identity,
                        ));
                    }
                }
                Identity::Alias(alias)
                    if self.answers(connection, identity)
                        && !self.world.see(connection, &Identity::Mailbox(alias.clone())).is_present() =>
                {
                    let senders = seen.value(&Field::PermittedSenders).and_then(Value::addresses);
                    for sender in senders.into_iter().flatten() {
                        let because = "permitted sender".to_owned();
                        entries.insert(self.entry(
                            alias,
                            Ability::SendAs,
                            sender,
                            because,
                            connection,
                            identity,
                        ));
                    }
                }
                Identity::Administrator(login) => {
                    entries.extend(self.administers(connection, identity, login, &seen));
                }
                _ => {}
            }
        }
        let starts: BTreeSet<Address> = self
            .held()
            .into_iter()
            .filter(|held| !matches!(held.identity, Identity::Mailbox(_)))
            .filter_map(|held| held.identity.address().cloned())
            .collect();
        for start in &starts {
            self.receivers(start, &readers, &mut entries);
        }
        entries.into_iter().collect()
    }

    fn entry(
        &self,
        whom: &Address,
        can: Ability,
        who: &Address,
        because: String,
        connection: &ConnectionName,
        identity: &Identity,
    ) -> AccessEntry {
        let outside = self.domain(who).is_none();
        AccessEntry {
            whom: whom.clone(),
            can,
            who: who.to_string(),
            through: Vec::new(),
            because,
            connection: connection.clone(),
            at: self.place(connection, identity),
            ledger: outside.then(|| self.ledger(who)).flatten(),
            outside,
        }
    }

    /// An administrator's domains; a full one's are all that its connection serves.
    fn administers(
        &self,
        connection: &ConnectionName,
        identity: &Identity,
        login: &str,
        seen: &Seen<'_>,
    ) -> Vec<AccessEntry> {
        let full = seen.value(&Field::Full) == Some(&Value::Bool(true));
        let domains: Vec<Address> = if full {
            let served = self.desired.domains.iter();
            served
                .filter(|(_, wish)| wish.connections().any(|name| name == connection))
                .map(|(domain, _)| Address::whole_domain(domain))
                .collect()
        } else if let Some(Value::Domains(domains)) = seen.value(&Field::Domains) {
            domains.iter().map(Address::whole_domain).collect()
        } else {
            Vec::new()
        };
        let because = if full { "full administrator" } else { "administrator of the domain" };
        let at: Option<Source> = self.place(connection, identity);
        let address = Address::parse(login).ok();
        domains
            .into_iter()
            .map(|whom| AccessEntry {
                whom,
                can: Ability::Administer,
                who: login.to_owned(),
                through: Vec::new(),
                because: because.to_owned(),
                connection: connection.clone(),
                at: at.clone(),
                ledger: None,
                outside: address.as_ref().is_some_and(|address| self.domain(address).is_none()),
            })
            .collect()
    }

    /// Who receives what is sent to an address: the recipients, each by its shortest way, and who can open their
    /// mailboxes.
    fn receivers(&self, start: &Address, readers: &Readers<'_>, entries: &mut BTreeSet<AccessEntry>) {
        let mut ways: BTreeMap<Address, (Vec<Address>, Vec<&'static str>)> =
            BTreeMap::from([(start.clone(), (Vec::new(), Vec::new()))]);
        let mut open = std::collections::VecDeque::from([start.clone()]);
        let mut holder: Option<(ConnectionName, Identity)> = None;
        while let Some(at) = open.pop_front() {
            let Passed { step, next } = self.pass(&at, at == *start);
            let Some((through, words)) = ways.get(&at).cloned() else { continue };
            if holder.is_none() {
                holder = held_by(start, &step);
            }
            let Some((connection, identity)) = &holder else { return };
            let is_recipient = matches!(
                step,
                Step::Mailbox { .. } | Step::Forward { keeps_copy: true, .. } | Step::Leaves { .. }
            );
            if is_recipient && at != *start {
                let mut entry =
                    self.entry(start, Ability::Receive, &at, words.join(", "), connection, identity);
                entry.through.clone_from(&through);
                entries.insert(entry);
            }
            if is_recipient {
                for reader in readers.get(&at).into_iter().flatten() {
                    // Who opens the mailbox at the start itself is told as a reader of it.
                    if at == *start || *reader == start {
                        continue;
                    }
                    let because = format!("{}, permission full_access", words.join(", "));
                    let mut entry =
                        self.entry(start, Ability::Receive, reader, because, connection, identity);
                    entry.through = through.iter().chain([&at]).cloned().collect();
                    entries.insert(entry);
                }
            }
            let word = word(&step);
            for next in next {
                if ways.contains_key(&next) {
                    continue;
                }
                let mut through = through.clone();
                if at != *start {
                    through.push(at.clone());
                }
                let mut words = words.clone();
                if words.last() != Some(&word) {
                    words.push(word);
                }
                ways.insert(next.clone(), (through, words));
                open.push_back(next);
            }
        }
    }
}

/// What takes mail at the start of a way.
fn held_by(start: &Address, step: &Step) -> Option<(ConnectionName, Identity)> {
    match step {
        Step::Forward { connection, .. } => Some((connection.clone(), Identity::Forward(start.clone()))),
        Step::Alias { connection } => Some((connection.clone(), Identity::Alias(start.clone()))),
        Step::CatchAll { connection, alias } | Step::DomainAlias { connection, alias } => {
            Some((connection.clone(), Identity::Alias(alias.clone())))
        }
        _ => None,
    }
}

/// The word for a hop.
fn word(step: &Step) -> &'static str {
    match step {
        Step::Forward { .. } => "forward",
        Step::CatchAll { .. } => "catch-all",
        Step::DomainAlias { .. } => "domain alias",
        _ => "alias",
    }
}
