//! Extra addresses of mailboxes, which are what an alias is here.

use crate::http::segment;
use crate::model::{Address, Change, Field, Fields, Identity, Value};
use crate::provider::{Done, ErrorKind, ProviderError};

use crate::providers::rackspace::api::Locator;
use crate::providers::rackspace::convert;

use super::{Site, cannot, invalid, may_be_gone};

/// Gives a mailbox an address.
pub(super) async fn create(site: Site<'_>, alias: &Address, change: &Change) -> Result<Done, ProviderError> {
    let mailbox = target(&change.after).ok_or_else(|| {
        invalid(format!("{alias} needs one mailbox as its target: an alias is an extra address of it"))
    })?;
    if alias.is_domain() || alias.domain() != mailbox.domain() {
        return Err(cannot(change));
    }
    let at = Locator::of(mailbox, None);
    // Should the answer be lost, this is where to look first.
    site.holders.note(alias, mailbox);
    match site.api.post(path(site, &at, alias), Vec::new()).await {
        Ok(_) => Ok(Done::written()),
        Err(error) if error.kind == ErrorKind::Conflict => {
            if has(site, mailbox, &at, alias).await.is_ok_and(|has| has) {
                return Ok(Done::NotNeeded);
            }
            Err(error.hint(format!(
                "another mailbox, an extra address of one, a contact or a distribution list of {} has this address; \
                 `mailwright show {alias}` tells which mailbox has it: declare that one's `aliases` too",
                alias.domain()
            )))
        }
        Err(error) => Err(error),
    }
}

/// Takes an address from its mailbox.
pub(super) async fn delete(site: Site<'_>, alias: &Address, change: &Change) -> Result<Done, ProviderError> {
    let seen = site.holders.of(alias);
    let mailbox = change.before.as_ref().and_then(target).or(seen.as_ref());
    let mailbox =
        mailbox.ok_or_else(|| invalid(format!("which mailbox has the address {alias} is not known")))?;
    let at = Locator::of(mailbox, change.remote.as_deref());
    match site.api.delete(path(site, &at, alias)).await {
        Ok(_) => Ok(Done::written()),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(Done::NotNeeded),
        Err(error) if may_be_gone(&error) => match has(site, mailbox, &at, alias).await {
            Ok(false) => Ok(Done::NotNeeded),
            _ => Err(error),
        },
        Err(error) => Err(error),
    }
}

fn path(site: Site<'_>, at: &Locator, alias: &Address) -> String {
    format!("{}/emailaddresses/{}", site.api.mailbox(at), segment(alias.as_str()))
}

/// The one mailbox that an alias belongs to.
fn target(fields: &Fields) -> Option<&Address> {
    let targets = fields.get(&Field::Targets).and_then(Value::addresses)?;
    targets.first().filter(|target| targets.len() == 1 && !target.is_domain())
}

/// Whether a mailbox has an address now.
async fn has(
    site: Site<'_>,
    mailbox: &Address,
    at: &Locator,
    alias: &Address,
) -> Result<bool, ProviderError> {
    let Some(record) = site.api.show(at).await? else { return Ok(false) };
    let aliases = convert::aliases(mailbox, &at.name, &record)
        .map_err(|reason| ProviderError::new(ErrorKind::Protocol, reason))?;
    Ok(aliases.iter().any(|found| found.identity == Identity::Alias(alias.clone())))
}
