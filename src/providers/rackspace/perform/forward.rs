//! Forwards, which are two fields of the mailbox's record.

use crate::http::Text;
use crate::model::{Address, Change, Field, Value, Verb};
use crate::provider::{Done, ErrorKind, ProviderError};

use crate::providers::rackspace::api::Locator;

use super::forwarding::{ADDRESS, SAVE};
use super::{Site, cannot, invalid};

/// Makes or changes a forward. The address is always sent: a write without it may switch forwarding off.
pub(super) async fn put(site: Site<'_>, mailbox: &Address, change: &Change) -> Result<Done, ProviderError> {
    let Some(targets) = change.after.get(&Field::Targets).and_then(Value::addresses) else {
        return Err(cannot(change));
    };
    let address = match targets.first() {
        Some(target) if targets.len() == 1 && !target.is_domain() => target.as_str(),
        None => "",
        Some(_) => return Err(invalid("Exchange forwards to one address, and another number is given")),
    };
    let mut form: Vec<(&'static str, Text)> = vec![(ADDRESS, address.into())];
    let keeps = match change.after.get(&Field::KeepCopy) {
        Some(Value::Bool(keeps)) => Some(*keeps),
        _ => None,
    };
    if change.verb == Verb::Create {
        // Where nobody says, no mail leaves the mailbox unseen.
        form.push((SAVE, keeps.unwrap_or(true).to_string().into()));
    } else if let Some(keeps) = keeps.filter(|_| change.fields.contains(&Field::KeepCopy)) {
        form.push((SAVE, keeps.to_string().into()));
    }
    let at = Locator::of(mailbox, change.remote.as_deref());
    site.api.put(site.api.mailbox(&at), form).await?;
    Ok(Done::written())
}

/// Switches a forward off.
pub(super) async fn delete(
    site: Site<'_>,
    mailbox: &Address,
    change: &Change,
) -> Result<Done, ProviderError> {
    let at = Locator::of(mailbox, change.remote.as_deref());
    match site.api.put(site.api.mailbox(&at), vec![(ADDRESS, "".into())]).await {
        Ok(_) => Ok(Done::written()),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(Done::NotNeeded),
        Err(error) => Err(error),
    }
}
