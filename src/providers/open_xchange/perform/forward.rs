//! Forwarding aliases. The two writing verbs differ in replacing and adding, and the service's own scripts disagree on
//! which is which, so every write is read back (`contracts/open_xchange.md §3`).

use std::collections::BTreeSet;

use crate::model::{Address, Change};
use crate::provider::{Done, ErrorKind, ProviderError};

use crate::providers::open_xchange::api::Api;
use crate::providers::open_xchange::convert::is_own_record;
use crate::providers::open_xchange::paths::Op;

use super::alias::wished;
use super::{after, cannot, conflict, vanished};

/// What to do where the service replaces by the verb that should add.
const VERBS: &str = "the verbs that replace and add are the other way round: give `paths.forward_replace` and \
                     `paths.forward_add`";

/// Makes a forwarding alias.
pub(super) async fn create(
    api: &Api,
    alias: &Address,
    targets: &BTreeSet<Address>,
) -> Result<Done, ProviderError> {
    let name = alias.as_str();
    if api.forward(name).await?.is_some() {
        return Err(conflict(format!("the forwarding alias {alias} is there already")));
    }
    let recipients: Vec<&str> = targets.iter().map(Address::as_str).collect();
    let status = put(api, Op::ForwardReplace, name, &recipients).await?;
    let now = api.forward(name).await.map_err(|error| after(1, error))?;
    if is(now.as_deref(), targets) {
        return Ok(Done::written());
    }
    if let (204, Some(now)) = (status, &now) {
        // That status is also the answer for one that is there, which is then left as it is.
        return Err(conflict(format!(
            "the forwarding alias {alias} was made meanwhile, with {}",
            now.join(", ")
        )));
    }
    Err(not_held(alias, now.as_deref()))
}

/// Brings the recipients of a forwarding alias to what is wished.
pub(super) async fn update(api: &Api, alias: &Address, change: &Change) -> Result<Done, ProviderError> {
    if !is_own_record(&change.record) && change.record.starts_with("user:") {
        // An alias in a user's list has that one target: another one means another home.
        return Err(cannot(change));
    }
    let targets = wished(change)?;
    let name = change.remote.as_deref().unwrap_or(alias.as_str());
    let Some(now) = api.forward(name).await? else { return Err(vanished(change)) };
    if is(Some(&now), targets) {
        return Ok(Done::NotNeeded);
    }
    let has = |target: &Address| now.iter().any(|known| same(known, target));
    let missing: Vec<&str> = targets.iter().filter(|target| !has(target)).map(Address::as_str).collect();
    let all: Vec<&str> = targets.iter().map(Address::as_str).collect();
    let gone: Vec<&String> =
        now.iter().filter(|known| !targets.iter().any(|target| same(known, target))).collect();
    let other = match (missing.as_slice(), gone.as_slice()) {
        (new, []) => {
            put(api, Op::ForwardAdd, name, new).await?;
            Op::ForwardReplace
        }
        ([], [one]) if !targets.is_empty() => {
            take(api, name, &[one], 0).await?;
            if api.has_recipient(name, one).await.map_err(|error| after(1, error))? {
                return Err(not_held(alias, None));
            }
            Op::ForwardReplace
        }
        _ if targets.is_empty() => return delete(api, alias, Some(name)).await,
        _ => {
            match api.put_forward(Op::ForwardReplace, name, &all).await {
                Err(error) if error.kind == ErrorKind::Invalid => {
                    one_by_one(api, name, &missing, &gone, error).await?;
                }
                replaced => drop(replaced?),
            }
            Op::ForwardAdd
        }
    };
    let now = api.forward(name).await.map_err(|error| after(1, error))?;
    if is(now.as_deref(), targets) {
        return Ok(Done::written());
    }
    let now = mend(api, name, targets, other).await.map_err(|error| after(1, error))?;
    if is(now.as_deref(), targets) {
        return Ok(Done::Written {
            notes: vec![format!("it took a second write; where that comes again, {VERBS}")],
        });
    }
    Err(not_held(alias, now.as_deref()))
}

/// A second write with the other verb, after one that does not hold: the verb that adds may have replaced, and the one
/// that replaces may have added or left alone what was there. No recipient that is wished is lost by it.
async fn mend(
    api: &Api,
    name: &str,
    targets: &BTreeSet<Address>,
    other: Op,
) -> Result<Option<Vec<String>>, ProviderError> {
    let all: Vec<&str> = targets.iter().map(Address::as_str).collect();
    api.put_forward(other, name, &all).await?;
    let now = api.forward(name).await?.unwrap_or_default();
    let gone: Vec<&String> =
        now.iter().filter(|known| !targets.iter().any(|target| same(known, target))).collect();
    let are_there = targets.iter().all(|target| now.iter().any(|known| same(known, target)));
    if !are_there || gone.is_empty() {
        return Ok(Some(now));
    }
    take(api, name, &gone, 1).await?;
    api.forward(name).await
}

/// Takes recipients away one by one, after so many writes.
async fn take(api: &Api, name: &str, gone: &[&String], written: usize) -> Result<(), ProviderError> {
    for (number, recipient) in gone.iter().enumerate() {
        match api.delete_recipient(name, recipient).await {
            // Somebody else did it meanwhile.
            Err(error) if error.kind == ErrorKind::NotFound => {}
            deleted => deleted.map_err(|error| after(written + number, error))?,
        }
    }
    Ok(())
}

/// Writes recipients: all in one list, or where that is refused and there is but one, in the form for one. Several are
/// then added one by one, which takes nobody away.
async fn put(api: &Api, op: Op, name: &str, recipients: &[&str]) -> Result<u16, ProviderError> {
    let refused = match api.put_forward(op, name, recipients).await {
        Err(error) if error.kind == ErrorKind::Invalid => error,
        put => return put,
    };
    let mut status = 0;
    for (number, recipient) in recipients.iter().enumerate() {
        let op = if number == 0 { op } else { Op::ForwardAdd };
        status = match api.put_recipient(op, name, recipient).await {
            // It is not the form of the list that it minds.
            Err(error) if number == 0 && error.kind == ErrorKind::Invalid => return Err(refused),
            put => put.map_err(|error| after(number, error))?,
        };
    }
    Ok(status)
}

/// Brings an alias to what is wished where the service takes no list: first who is missing comes, then who is too many
/// goes.
async fn one_by_one(
    api: &Api,
    name: &str,
    missing: &[&str],
    gone: &[&String],
    refused: ProviderError,
) -> Result<(), ProviderError> {
    let mut written = 0;
    for recipient in missing {
        match api.put_recipient(Op::ForwardAdd, name, recipient).await {
            Err(error) if written == 0 && error.kind == ErrorKind::Invalid => return Err(refused),
            put => put.map_err(|error| after(written, error))?,
        };
        written += 1;
    }
    take(api, name, gone, written).await
}

/// Removes a forwarding alias.
pub(super) async fn delete(api: &Api, alias: &Address, listed: Option<&str>) -> Result<Done, ProviderError> {
    let name = listed.unwrap_or(alias.as_str());
    match api.delete_forward(name).await {
        Err(error) if error.kind == ErrorKind::NotFound => return Ok(Done::NotNeeded),
        deleted => deleted?,
    }
    if api.has_forward(name).await.map_err(|error| after(1, error))? {
        let message =
            format!("the service took the delete of the forwarding alias {alias}, and still has it");
        return Err(ProviderError::new(ErrorKind::Ambiguous, message));
    }
    Ok(Done::written())
}

fn same(recipient: &str, target: &Address) -> bool {
    Address::parse(recipient.trim()).is_ok_and(|address| address == *target)
}

fn is(recipients: Option<&[String]>, targets: &BTreeSet<Address>) -> bool {
    recipients.is_some_and(|recipients| {
        let parsed: Result<BTreeSet<Address>, _> =
            recipients.iter().map(|recipient| Address::parse(recipient.trim())).collect();
        parsed.is_ok_and(|parsed| parsed == *targets)
    })
}

fn not_held(alias: &Address, now: Option<&[String]>) -> ProviderError {
    let now = match now {
        Some(now) => now.join(", "),
        None => "something else".to_owned(),
    };
    let message = format!("the service took the write of {alias}, which then delivers to {now}");
    ProviderError::new(ErrorKind::Ambiguous, message).hint(format!("where this comes again, {VERBS}"))
}
