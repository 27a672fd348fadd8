//! What it means to be locked out, told from two states of the services alone and without the planner.
//!
//! Of what a connection logs in as, with `@` where it has an address:
//!
//! * it is **gone** where its mailbox, or its administrator, is no longer there under the same name: a rename takes it away
//!   as a delete does;
//! * it is **suspended** where its mailbox no longer is active;
//! * it is **demoted** where it was a full administrator and is none, or where it looks after fewer domains or has fewer
//!   rights than before;
//! * it is **shadowed** where an alias newly stands at its very address, in any store that answers for that domain, or where
//!   mail for the address reached its mailbox, by mailboxes, forwards, aliases, catch-alls and domain aliases, and no longer
//!   does: a forward without a copy shadows it, a new target beside it does not.
//!
//! An **enabled full administrator** is full and can log in: where administrators have no passwords of their own, its
//! mailbox is active, and still there if it was.

use std::collections::{BTreeMap, BTreeSet};

use globset::{Glob, GlobMatcher};
use mailwright::model::{
    AccountState, Address, ConnectionName, Field, Fields, Identity, Kind, Standing, Value,
};

use super::super::flow::delivery::Mail;
use crate::memory::Stored;

/// What must be kept.
#[derive(Debug)]
pub(crate) struct Terms {
    /// What each connection logs in as.
    pub(crate) logins: BTreeSet<(ConnectionName, Identity)>,
    /// Connections whose administrators have passwords of their own.
    pub(crate) own_passwords: BTreeSet<ConnectionName>,
    /// Globs of protected addresses.
    pub(crate) protected: Vec<GlobMatcher>,
}

impl Terms {
    /// The matchers of globs.
    pub(crate) fn globs(globs: &[String]) -> Vec<GlobMatcher> {
        globs.iter().map(|glob| Glob::new(glob).expect("a glob").compile_matcher()).collect()
    }

    /// How somebody is locked out between two states: a login, or everybody.
    pub(crate) fn locked_out(&self, before: &Mail, after: &Mail) -> Vec<String> {
        let logins = self.logins.iter();
        let mut found: Vec<String> =
            logins.flat_map(|(connection, login)| of_login(connection, login, before, after)).collect();
        for (connection, was) in &before.objects {
            let is = &after.objects[connection];
            let before = self.enabled(connection, was, was);
            if !before.is_empty() && self.enabled(connection, was, is).is_empty() {
                found.push(format!("{connection} had {before:?} and has no enabled full administrator"));
            }
        }
        found
    }

    fn enabled<'a>(
        &self,
        connection: &ConnectionName,
        was: &BTreeMap<Identity, Stored>,
        is: &'a BTreeMap<Identity, Stored>,
    ) -> Vec<&'a str> {
        let can_log_in = |login: &str| {
            let mailbox = Address::parse(login).map(Identity::Mailbox);
            let Some(mailbox) = mailbox.ok().filter(|_| !self.own_passwords.contains(connection)) else {
                return true;
            };
            is.get(&mailbox).map_or(!was.contains_key(&mailbox), |there| !is_suspended(&there.fields))
        };
        let full =
            is.iter().filter(|(_, stored)| stored.fields.get(&Field::Full) == Some(&Value::Bool(true)));
        let logins = full.filter_map(|(identity, _)| match identity {
            Identity::Administrator(login) => Some(&**login),
            _ => None,
        });
        logins.filter(|login| can_log_in(login)).collect()
    }

    /// What became of protected addresses that nobody released.
    pub(crate) fn unprotected(&self, before: &Mail, after: &Mail) -> Vec<String> {
        let mut found = Vec::new();
        let is_protected =
            |address: &Address| self.protected.iter().any(|glob| glob.is_match(address.as_str()));
        for (connection, was) in &before.objects {
            let kinds = [Kind::Mailbox, Kind::Alias, Kind::Registration];
            for (identity, stored) in was.iter().filter(|(identity, _)| kinds.contains(&identity.kind())) {
                let ours = !matches!(stored.standing, Standing::Default(_));
                if !ours || !identity.address().is_some_and(is_protected) {
                    continue;
                }
                match after.objects[connection].get(identity) {
                    None => found.push(format!("{identity:?} of {connection} was protected and is gone")),
                    Some(now) if is_suspended(&now.fields) && !is_suspended(&stored.fields) => {
                        found.push(format!("{identity:?} of {connection} was protected and is suspended"));
                    }
                    Some(_) => {}
                }
            }
        }
        for address in before.named().iter().filter(|address| is_protected(address)) {
            if !before.ways(address).recipients.is_empty() && after.ways(address).recipients.is_empty() {
                found.push(format!("{address} was protected and reaches nobody"));
            }
        }
        found
    }
}

fn is_suspended(fields: &Fields) -> bool {
    fields.get(&Field::State) == Some(&Value::State(AccountState::Suspended))
}

fn of_login(connection: &ConnectionName, login: &Identity, before: &Mail, after: &Mail) -> Vec<String> {
    let (was, is) = (&before.objects[connection], &after.objects[connection]);
    let Some(stored) = was.get(login) else { return Vec::new() };
    let mut found = Vec::new();
    let mut tell = |what: &str| found.push(format!("the login {login:?} of {connection} is {what}"));
    let Some(now) = is.get(login) else {
        tell("gone");
        return found;
    };
    if is_suspended(&now.fields) && !is_suspended(&stored.fields) {
        tell("suspended");
    }
    if is_demoted(&stored.fields, &now.fields) {
        tell("demoted");
    }
    let address = match login {
        Identity::Administrator(login) => Address::parse(login).ok(),
        identity => identity.address().cloned(),
    };
    let mailbox = address.filter(|address| was.contains_key(&Identity::Mailbox(address.clone())));
    if let Some(address) = mailbox {
        let alias = Identity::Alias(address.clone());
        let mut answering = before.stores.get(address.domain()).into_iter().flatten();
        let has = |mail: &Mail, store: &ConnectionName| mail.objects[store].contains_key(&alias);
        if answering.any(|store| has(after, store) && !has(before, store)) {
            tell("shadowed by an alias");
        }
        let receives = |mail: &Mail| mail.ways(&address).recipients.contains(&address);
        if receives(before) && !receives(after) {
            tell("shadowed: its mailbox gets no mail");
        }
    }
    found
}

fn is_demoted(was: &Fields, is: &Fields) -> bool {
    let full = |fields: &Fields| fields.get(&Field::Full) == Some(&Value::Bool(true));
    let members = |fields: &Fields, field: &Field| match fields.get(field) {
        Some(Value::Words(words)) => words.clone(),
        Some(Value::Domains(domains)) => domains.iter().map(ToString::to_string).collect(),
        _ => BTreeSet::new(),
    };
    let fewer = |field: &Field| !members(was, field).is_subset(&members(is, field));
    full(was) && !full(is) || fewer(&Field::Domains) || fewer(&Field::AdminRights)
}
