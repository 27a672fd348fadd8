//! Mailboxes: made, changed and removed, and `ActiveSync` switched on and off.

use secrecy::ExposeSecret as _;

use crate::http::Text;
use crate::model::{Address, Change, Field, Value};
use crate::provider::{Done, ErrorKind, ProviderError, Secrets};

use crate::providers::rackspace::api::Locator;
use crate::providers::rackspace::{convert, fields};

use super::{Site, cannot, invalid, may_be_gone};

/// The shortest password that the service takes, in characters (`contracts/rackspace.md §6`).
const SHORTEST: usize = 8;

/// Makes a mailbox.
pub(super) async fn create(
    site: Site<'_>,
    address: &Address,
    change: &Change,
    secrets: &dyn Secrets,
) -> Result<Done, ProviderError> {
    for needed in [Field::DisplayName, Field::Quota, Field::Password] {
        if change.after.get(&needed).is_none() {
            return Err(invalid(format!("a mailbox is made with a `{needed}`, and none is given")));
        }
    }
    let set: Vec<&Field> = change.after.iter().map(|(field, _)| field).collect();
    let form = form(address, change, &set, secrets).await?;
    match site.api.post(site.api.mailbox(&Locator::of(address, None)), form).await {
        Ok(_) => Ok(Done::written()),
        Err(error) if error.kind == ErrorKind::Conflict => Err(error.hint(format!(
            "a mailbox, an extra address, a contact or a distribution list of {} has this address",
            address.domain()
        ))),
        Err(error) => Err(error),
    }
}

/// Changes fields of a mailbox's record.
pub(super) async fn update(
    site: Site<'_>,
    address: &Address,
    change: &Change,
    secrets: &dyn Secrets,
) -> Result<Done, ProviderError> {
    let set: Vec<&Field> = change.fields.iter().collect();
    let form = form(address, change, &set, secrets).await?;
    let at = Locator::of(address, change.remote.as_deref());
    let notes = site.forwarding.put(site.api, &at, form).await?;
    Ok(Done::Written { notes })
}

/// Removes a mailbox with all that it holds.
pub(super) async fn delete(
    site: Site<'_>,
    address: &Address,
    change: &Change,
) -> Result<Done, ProviderError> {
    let at = Locator::of(address, change.remote.as_deref());
    match site.api.delete(site.api.mailbox(&at)).await {
        Ok(_) => Ok(Done::written()),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(Done::NotNeeded),
        Err(error) if may_be_gone(&error) => match site.api.show(&at).await {
            Ok(None) => Ok(Done::NotNeeded),
            _ => Err(error),
        },
        Err(error) => Err(error),
    }
}

/// The form that sets these fields.
async fn form(
    address: &Address,
    change: &Change,
    set: &[&Field],
    secrets: &dyn Secrets,
) -> Result<Vec<(&'static str, Text)>, ProviderError> {
    let mut form: Vec<(&'static str, Text)> = Vec::new();
    for field in set {
        let value = change.after.get(field);
        if **field == Field::Password {
            let Some(Value::Secret(reference)) = value else { return Err(cannot(change)) };
            let password = secrets.reveal(reference, address.as_str()).await?;
            if password.expose_secret().chars().count() < SHORTEST {
                return Err(invalid(format!(
                    "the service takes passwords of {SHORTEST} characters or more, and this one is shorter"
                ))
                .hint(format!("make the secret {reference} longer")));
            }
            form.push(("password", password.into()));
            continue;
        }
        let known = fields::record().iter().find(|known| known.field == **field);
        let text = known.and_then(|known| Some((known.key, convert::form_text(known.form, value)?)));
        let Some((key, text)) = text else {
            let shown = value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
            return Err(invalid(format!("the service cannot hold {shown} as `{field}` of a mailbox")));
        };
        form.push((key, text.into()));
    }
    Ok(form)
}

/// Lets mobile devices synchronise with a mailbox, or no longer.
pub(super) async fn switch_active_sync(
    site: Site<'_>,
    address: &Address,
    change: &Change,
) -> Result<Done, ProviderError> {
    let Some(Value::Bool(on)) = change.after.get(&fields::setting(fields::ACTIVE_SYNC_SETTING)) else {
        return Err(cannot(change));
    };
    let at = Locator::of(address, change.remote.as_deref());
    let path = format!("{}/activesyncmobileservice", site.api.mailbox(&at));
    let (sent, held) = if *on {
        (site.api.post(path, Vec::new()).await, ErrorKind::Conflict)
    } else {
        (site.api.delete(path).await, ErrorKind::NotFound)
    };
    match sent {
        Ok(_) => Ok(Done::written()),
        // A mailbox that is not there answers 404 too; the words tell which of the two is missing.
        Err(error) if error.kind == held && error.message.to_ascii_lowercase().contains("activesync") => {
            Ok(Done::NotNeeded)
        }
        Err(error) => Err(error),
    }
}
