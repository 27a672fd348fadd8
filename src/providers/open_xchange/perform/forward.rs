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
    let status = api.put_forward(Op::ForwardReplace, name, &recipients).await?;
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
    let gone: Vec<&String> =
        now.iter().filter(|known| !targets.iter().any(|target| same(known, target))).collect();
    match (missing.as_slice(), gone.as_slice()) {
        (new, []) => {
            api.put_forward(Op::ForwardAdd, name, new).await?;
        }
        ([], [one]) if !targets.is_empty() => {
            match api.delete_recipient(name, one).await {
                // Somebody else did it meanwhile.
                Err(error) if error.kind == ErrorKind::NotFound => {}
                deleted => deleted?,
            }
            if api.has_recipient(name, one).await.map_err(|error| after(1, error))? {
                return Err(not_held(alias, None));
            }
        }
        _ if targets.is_empty() => return delete(api, alias, Some(name)).await,
        _ => {
            let all: Vec<&str> = targets.iter().map(Address::as_str).collect();
            api.put_forward(Op::ForwardReplace, name, &all).await?;
        }
    }
    let now = api.forward(name).await.map_err(|error| after(1, error))?;
    if is(now.as_deref(), targets) { Ok(Done::written()) } else { Err(not_held(alias, now.as_deref())) }
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
    ProviderError::new(ErrorKind::Ambiguous, message).hint(
        "where this comes again, the verbs that replace and add are the other way round: give \
         `paths.forward_replace` and `paths.forward_add`",
    )
}
