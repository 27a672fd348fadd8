//! Spam settings of a mailbox (`contracts/rackspace.md §7`).

use crate::http::Text;
use crate::model::{Address, Change, Field, Value};
use crate::provider::{Done, ProviderError};

use crate::providers::rackspace::api::Locator;
use crate::providers::rackspace::convert;
use crate::providers::rackspace::fields::{self, FILTER_LEVEL, QUARANTINE_OWNER, TO_DOMAIN_QUARANTINE};

use super::{Site, cannot, invalid};

/// Changes spam settings. The filter level is part of every write.
pub(super) async fn update(
    site: Site<'_>,
    address: &Address,
    change: &Change,
) -> Result<Done, ProviderError> {
    let at = Locator::of(address, change.remote.as_deref());
    let level = fields::setting(FILTER_LEVEL);
    let level = match change.after.get(&level) {
        Some(Value::Text(word)) => word.to_string(),
        Some(_) => return Err(cannot(change)),
        None => {
            let now = convert::spam(&site.api.spam(&at).await?);
            let Some(word) = now.value(&level) else {
                return Err(invalid(
                    "the mailbox's spam filter level cannot be read, and every change of its spam settings needs it",
                )
                .hint(format!("declare `{FILTER_LEVEL}` too")));
            };
            word.to_string()
        }
    };
    let mut form: Vec<(&'static str, Text)> = vec![("filterlevel", level.into())];
    for field in &change.fields {
        let Field::Setting(name) = field else { return Err(cannot(change)) };
        match (&**name, change.after.get(field)) {
            (FILTER_LEVEL, Some(_)) => {}
            (TO_DOMAIN_QUARANTINE, Some(Value::Bool(yes))) => {
                form.push(("sendtodomainquarantine", yes.to_string().into()));
            }
            (QUARANTINE_OWNER, Some(Value::Text(owner))) if !owner.is_empty() => {
                form.push(("quarantineowner", owner.to_string().into()));
            }
            (QUARANTINE_OWNER, None | Some(Value::Text(_))) => {
                form.push(("removeQuarantineOwner", "true".into()));
            }
            _ => return Err(cannot(change)),
        }
    }
    site.api.put(format!("{}/spam/settings", site.api.mailbox(&at)), form).await?;
    Ok(Done::written())
}
