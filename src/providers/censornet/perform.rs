//! Carries out one change: what is looked at first, which call it is, and what its answer means
//! (`contracts/censornet.md §4, §5`).

use crate::model::{Address, Change, Fields, Identity, Value, Verb};
use crate::provider::{Done, ErrorKind, ProviderError};

use super::api::Api;
use super::convert::{self, Registered};
use super::listing::{self, Listing};
use super::observe;

/// Carries out a change.
pub(super) async fn perform(api: &Api, change: &Change) -> Result<Done, ProviderError> {
    match (&change.identity, change.verb) {
        (Identity::Registration(address), Verb::Create) => create(api, address, &change.after).await,
        (Identity::Registration(address), Verb::Delete) => {
            delete(api, address, change.remote.as_deref()).await
        }
        _ => Err(ProviderError::new(
            ErrorKind::Invalid,
            format!(
                "the service cannot {} {} {}",
                change.verb,
                change.identity.kind().singular(),
                change.identity
            ),
        )),
    }
}

async fn create(api: &Api, address: &Address, after: &Fields) -> Result<Done, ProviderError> {
    let wished = match after.get(&convert::executive()) {
        None => None,
        Some(Value::Bool(yes)) => Some(*yes),
        Some(other) => {
            let message = format!("`{}` is {other}, which is neither yes nor no", convert::EXECUTIVE);
            return Err(ProviderError::new(ErrorKind::Invalid, message));
        }
    };
    match api.add(address, wished.unwrap_or(false)).await {
        Ok(()) => Ok(Done::written()),
        Err(error) if matches!(error.kind, ErrorKind::Conflict | ErrorKind::Invalid) => {
            there_already(api, address, wished, error).await
        }
        Err(error) => Err(error),
    }
}

/// What a refused registration means: the service does not say why, so it is looked whether the address is there.
async fn there_already(
    api: &Api,
    address: &Address,
    wished: Option<bool>,
    error: ProviderError,
) -> Result<Done, ProviderError> {
    // Where nothing can be read, the refusal is what there is to tell.
    let Ok((Some(Registered::Once(row)), _)) = look(api, address).await else {
        return Err(error);
    };
    if wished.is_none_or(|wished| row.executive == Some(wished)) {
        return Ok(Done::NotNeeded);
    }
    let message = format!("{address} was registered meanwhile, and `{}` differs", convert::EXECUTIVE);
    Err(ProviderError { kind: ErrorKind::Conflict, message, ..error }.hint("plan again"))
}

async fn delete(api: &Api, address: &Address, remote: Option<&str>) -> Result<Done, ProviderError> {
    let row = match look(api, address).await? {
        (Some(Registered::Once(row)), _) => row,
        (Some(Registered::Often(ids)), _) => {
            let reason = convert::ambiguous(address, &ids);
            return Err(ProviderError::new(ErrorKind::Conflict, reason.to_string()));
        }
        (None, None) => return Ok(Done::NotNeeded),
        (None, Some(reason)) => {
            let message = format!("whether {address} is registered is not known: {reason}");
            return Err(ProviderError::new(ErrorKind::Unavailable, message));
        }
    };
    if row.is_ad_mailbox {
        let message = format!("{address} {}", convert::DIRECTORY);
        return Err(ProviderError::new(ErrorKind::Denied, message).hint("remove it in Active Directory"));
    }
    if remote.is_some_and(|remote| remote != convert::remote(&row)) {
        let message = format!("{address} was removed and made again meanwhile");
        return Err(ProviderError::new(ErrorKind::Conflict, message).hint("plan again"));
    }
    match api.remove(&row).await {
        Ok(()) => Ok(Done::written()),
        // It was there a moment ago: somebody may have been faster.
        Err(error)
            if matches!(error.kind, ErrorKind::Conflict | ErrorKind::Invalid | ErrorKind::Protocol) =>
        {
            match look(api, address).await {
                Ok((None, None)) => Ok(Done::NotNeeded),
                _ => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

/// What is registered under an address now; where nothing is seen of a list that is not whole, why it is not.
async fn look(api: &Api, address: &Address) -> Result<(Option<Registered>, Option<String>), ProviderError> {
    let Listing { rows, completeness } = listing::list(api, Some(&observe::search(address))).await?;
    let reason = match completeness {
        crate::model::Completeness::Complete => None,
        crate::model::Completeness::Incomplete(reason) => Some(reason.to_string()),
    };
    Ok((convert::by_address(rows).remove(address), reason))
}
