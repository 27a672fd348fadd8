//! What a change does in Dovecot beside the database: full access is given and taken there, and what an earlier
//! mailbox shared is cleared (`contracts/postfixadmin.md §7.6`).
//!
//! Dovecot is told first and outside of any transaction: it writes to the same database, and would wait for the change
//! that waits for it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::convert::permission_rights;
use super::dovecot::{Doveadm, Set};
use crate::model::{Address, Change, Field, Identity, Right, Value, Verb};
use crate::provider::{Done, ErrorKind, ProviderError};

/// What was done in Dovecot before the database was changed.
#[derive(Debug)]
pub(super) struct Before<'a> {
    /// The change that is left for the database.
    pub(super) change: Cow<'a, Change>,
    set: Set,
    notes: Vec<String>,
}

/// Does Dovecot's part of a change that comes first.
pub(super) async fn before<'a>(
    doveadm: Option<&Doveadm>,
    change: &'a Change,
) -> Result<Before<'a>, ProviderError> {
    let nothing = Before { change: Cow::Borrowed(change), set: Set::Held, notes: Vec::new() };
    let Some(doveadm) = doveadm else { return Ok(nothing) };
    let doing = || format!("{} {} {}", change.verb, change.identity.kind(), change.identity);
    match (&change.identity, change.verb) {
        (Identity::Permission { mailbox, grantee }, verb) => {
            let wished = match verb {
                Verb::Delete => BTreeSet::new(),
                _ => permission_rights(change)?,
            };
            let set = if wished.contains(&Right::FullAccess) {
                doveadm.give(mailbox, grantee).await
            } else {
                doveadm.take(mailbox, grantee).await
            };
            // Nor is a grant taken of which Dovecot says nothing: it would come back with a mailbox that is suspended.
            let set = set.map_err(|error| error.at(doing()))?;
            Ok(Before { change: Cow::Owned(of_database(change, &wished)), set, notes: Vec::new() })
        }
        (Identity::Mailbox(address), Verb::Delete) => match doveadm.clear(address).await {
            Ok(set) => Ok(Before { set, ..nothing }),
            Err(error) if error.kind == ErrorKind::NotFound => {
                let note = format!("who could open its folders stays in Dovecot's lists: {}", error.message);
                Ok(Before { notes: vec![note], ..nothing })
            }
            Err(error) => Err(error.at(doing())),
        },
        _ => Ok(nothing),
    }
}

impl Before<'_> {
    /// The error of the database's part: where Dovecot has done its part, nobody can say that nothing was done.
    pub(super) fn failed(&self, mut error: ProviderError) -> ProviderError {
        if self.set == Set::Written {
            error.kind = ErrorKind::Ambiguous;
        }
        error
    }

    /// What both parts came to.
    pub(super) fn with(self, done: Done) -> Done {
        match done {
            Done::NotNeeded if self.set == Set::Held => Done::NotNeeded,
            Done::NotNeeded => Done::Written { notes: self.notes },
            Done::Written { mut notes } => {
                notes.extend(self.notes);
                Done::Written { notes }
            }
        }
    }
}

/// Does Dovecot's part of a change that comes last: a new mailbox begins without what an earlier one of its address
/// had shared.
pub(super) async fn after(doveadm: Option<&Doveadm>, change: &Change, mut done: Done) -> Done {
    let (Some(doveadm), Identity::Mailbox(address), Verb::Create) = (doveadm, &change.identity, change.verb)
    else {
        return done;
    };
    if let Done::Written { notes } = &mut done {
        notes.extend(cleared(doveadm, address).await);
    }
    done
}

/// Does the same where it is not known whether the mailbox was made: in that case nothing tells of it later.
pub(super) async fn after_doubt(doveadm: Option<&Doveadm>, change: &Change, error: &ProviderError) {
    if let (Some(doveadm), Identity::Mailbox(address), Verb::Create, ErrorKind::Ambiguous) =
        (doveadm, &change.identity, change.verb, error.kind)
    {
        // A mailbox that was not made is not known to Dovecot, and nothing is cleared.
        let _ = doveadm.clear(address).await;
    }
}

async fn cleared(doveadm: &Doveadm, address: &Address) -> Option<String> {
    match doveadm.clear(address).await {
        Ok(Set::Held) => None,
        Ok(Set::Written) => {
            Some("what an earlier mailbox of this address had shared is no longer shared".into())
        }
        Err(error) => Some(format!(
            "Dovecot could not be asked whether an earlier mailbox of this address had shared its folders: {error}"
        )),
    }
}

/// What is left of a permission's change for the database: the rights that it holds.
fn of_database(change: &Change, wished: &BTreeSet<Right>) -> Change {
    let held = |rights: &BTreeSet<Right>| -> BTreeSet<Right> {
        rights.iter().copied().filter(|right| *right != Right::FullAccess).collect()
    };
    let before = match change.before.as_ref().and_then(|before| before.get(&Field::Rights)) {
        Some(Value::Rights(rights)) => held(rights),
        _ => BTreeSet::new(),
    };
    let after = held(wished);
    let mut left = change.clone();
    left.verb = match (before.is_empty(), after.is_empty()) {
        (_, true) => Verb::Delete,
        (true, false) => Verb::Create,
        (false, false) => Verb::Update,
    };
    if !after.is_empty() {
        left.after.set(Field::Rights, Value::Rights(after));
    }
    left
}
