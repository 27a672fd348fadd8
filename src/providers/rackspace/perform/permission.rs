//! Permissions: one word for each grantee of a mailbox.

use crate::http::{Text, segment};
use crate::model::{Address, Change, Field, Identity, Value, Verb};
use crate::provider::{Done, ErrorKind, ProviderError};

use crate::providers::rackspace::api::Locator;
use crate::providers::rackspace::convert;
use crate::providers::rackspace::observe;

use super::{Site, cannot, invalid, may_be_gone};

/// Grants, changes or takes back what a grantee may do.
pub(super) async fn perform(
    site: Site<'_>,
    mailbox: &Address,
    grantee: &Address,
    change: &Change,
) -> Result<Done, ProviderError> {
    if grantee.domain() != mailbox.domain() {
        return Err(cannot(change));
    }
    let at = Locator::of(mailbox, change.remote.as_deref());
    let path = format!("{}/permissions/{}", site.api.mailbox(&at), segment(grantee.local()));
    let now = async || granted(site, mailbox, &at, grantee).await;
    if change.verb == Verb::Delete {
        return match site.api.delete(path).await {
            Ok(_) => Ok(Done::written()),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(Done::NotNeeded),
            Err(error) if may_be_gone(&error) => match now().await {
                Ok(None) => Ok(Done::NotNeeded),
                _ => Err(error),
            },
            Err(error) => Err(error),
        };
    }
    let wished = change.after.get(&Field::Rights);
    let word = match wished {
        Some(Value::Rights(rights)) => convert::rights_word(rights),
        _ => None,
    };
    let word = word.ok_or_else(|| invalid("the service grants `full_access`, `send_as` or both"))?;
    let form: Vec<(&'static str, Text)> = vec![("permission", word.into())];
    let sent = if change.verb == Verb::Create {
        site.api.post(path, form).await
    } else {
        site.api.put(path, form).await
    };
    match sent {
        Ok(_) => Ok(Done::written()),
        Err(error) if error.kind == ErrorKind::Conflict => match now().await {
            Ok(now) if now.as_ref() == wished => Ok(Done::NotNeeded),
            _ => Err(error),
        },
        Err(error) => Err(error),
    }
}

/// What a grantee may do now.
async fn granted(
    site: Site<'_>,
    mailbox: &Address,
    at: &Locator,
    grantee: &Address,
) -> Result<Option<Value>, ProviderError> {
    let entries = match observe::permissions(site.api, at).await {
        Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
        entries => entries?,
    };
    let identity = Identity::Permission { mailbox: mailbox.clone(), grantee: grantee.clone() };
    let found = observe::granted(mailbox, &at.name, &entries);
    let found = found.into_iter().find(|permission| permission.identity == identity);
    Ok(found.and_then(|permission| permission.fields.value(&Field::Rights).cloned()))
}
