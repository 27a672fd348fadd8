//! Who can read, send as and administer whom, listed right by right from what the services hold.

use std::collections::BTreeSet;

use mailwright::model::{Address, ConnectionName, EffectCode, Field, Fields, Identity, Right, Value};

use super::super::bench::Snapshot;

/// That somebody can do something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Can {
    pub(crate) code: EffectCode,
    /// The address or the login that can.
    pub(crate) who: String,
    /// Whose mailbox or address it is; `@domain` for a domain that is administered.
    pub(crate) whom: Option<Address>,
    /// Where, of administrators.
    pub(crate) connection: Option<ConnectionName>,
}

impl Can {
    fn about(code: EffectCode, who: &Address, whom: &Address) -> Self {
        Self { code, who: who.to_string(), whom: Some(whom.clone()), connection: None }
    }
}

/// All that anybody can do.
pub(crate) fn rights(objects: &Snapshot) -> BTreeSet<Can> {
    let mut all = BTreeSet::new();
    for (connection, held) in objects {
        for (identity, stored) in held {
            let fields = &stored.fields;
            match identity {
                Identity::Permission { mailbox, grantee }
                    if held.contains_key(&Identity::Mailbox(mailbox.clone())) =>
                {
                    let Some(Value::Rights(rights)) = fields.get(&Field::Rights) else { continue };
                    let code = |right: &Right| match right {
                        Right::FullAccess => EffectCode::Read,
                        Right::SendAs => EffectCode::SendAs,
                        Right::SendOnBehalf => EffectCode::SendOnBehalf,
                    };
                    all.extend(rights.iter().map(|right| Can::about(code(right), grantee, mailbox)));
                }
                Identity::Alias(alias) => {
                    let senders = fields.get(&Field::PermittedSenders).and_then(Value::addresses);
                    let senders = senders.into_iter().flatten();
                    all.extend(senders.map(|sender| Can::about(EffectCode::SendAs, sender, alias)));
                }
                Identity::Administrator(login) => administers(login, fields, connection, &mut all),
                _ => {}
            }
        }
    }
    all
}

fn administers(login: &str, fields: &Fields, connection: &ConnectionName, all: &mut BTreeSet<Can>) {
    let can = |code, whom| Can { code, who: login.to_owned(), whom, connection: Some(connection.clone()) };
    if fields.get(&Field::Full) == Some(&Value::Bool(true)) {
        all.insert(can(EffectCode::AdministerAll, None));
        return;
    }
    if let Some(Value::Domains(domains)) = fields.get(&Field::Domains) {
        let whole = domains.iter().map(Address::whole_domain);
        all.extend(whole.map(|domain| can(EffectCode::Administer, Some(domain))));
    }
}

/// The rights of `one` that the other state has not. A login that may do everything in one of them is not told of
/// domain by domain.
pub(crate) fn only_in(one: &BTreeSet<Can>, other: &BTreeSet<Can>) -> BTreeSet<Can> {
    let is_full = |can: &Can| {
        let full = Can { code: EffectCode::AdministerAll, whom: None, ..can.clone() };
        one.contains(&full) || other.contains(&full)
    };
    let new = one.difference(other).filter(|can| can.code != EffectCode::Administer || !is_full(can));
    new.cloned().collect()
}
