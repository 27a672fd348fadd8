//! Mailboxes: made, changed, renamed and removed.

use crate::http::Text;
use crate::model::{AccountState, Address, Change, Field, Fields, Value};
use crate::provider::{Done, ErrorKind, ProviderError};

use crate::providers::atmail::convert;
use crate::providers::atmail::fields::{
    AUTO_REPLY, FAMILY_NAME, Form, GIVEN_NAME, QUOTA, REPLY, STATE, named,
};

use super::{Site, cannot, invalid, listed, password, vanished, verify};

const CREATE: &str = "/users/create";
/// The call that changes an account; a forward is a field of it.
pub(super) const UPDATE: &str = "/users/update";
const DELETE: &str = "/users/delete";
const NAME: &str = "name";
const PASSWORD: &str = "Password";
const NEW_NAME: &str = "NewUsername";

/// Makes a mailbox.
pub(super) async fn create(
    site: Site<'_>,
    address: &Address,
    change: &Change,
) -> Result<Done, ProviderError> {
    let Some(password) = password(site, &change.after, address.as_str()).await? else {
        return Err(invalid(
            "a mailbox is made with a `password`, and none is given: the service would make one up",
        ));
    };
    let fields: Vec<&Field> = change.after.iter().map(|(field, _)| field).collect();
    let mut form = vec![(PASSWORD, Text::from(password))];
    form.extend(written(&change.after, &fields)?);
    site.api.write(CREATE, Some((NAME, address.as_str())), form).await?;
    let notes = verify::mailbox(site, address.as_str(), None, &change.after, &fields).await?;
    Ok(Done::Written { notes })
}

/// Changes a mailbox.
pub(super) async fn update(
    site: Site<'_>,
    address: &Address,
    change: &Change,
) -> Result<Done, ProviderError> {
    let fields: Vec<&Field> = change.fields.iter().collect();
    let mut form = Form::new();
    if fields.contains(&&Field::Password) {
        let password = password(site, &change.after, address.as_str()).await?;
        form.push((PASSWORD, password.ok_or_else(|| cannot(change))?.into()));
    }
    form.extend(written(&change.after, &fields)?);
    if form.is_empty() {
        return Err(cannot(change));
    }
    let name = listed(change, address);
    match site.api.write(UPDATE, Some((NAME, name)), form).await {
        Ok(_) => {}
        Err(error) if error.kind == ErrorKind::NotFound => {
            return Err(vanished(&format!("the mailbox {address}")));
        }
        Err(error) => return Err(error),
    }
    let notes = verify::mailbox(site, name, change.before.as_ref(), &change.after, &fields).await?;
    Ok(Done::Written { notes })
}

/// What a call sends for these fields. One that stands in none of `after` is cleared by an empty value.
fn written(after: &Fields, fields: &[&Field]) -> Result<Form, ProviderError> {
    let reply = named(AUTO_REPLY);
    let text = |field: &Field| match after.get(field) {
        Some(Value::Text(text)) => Text::from(&**text),
        _ => Text::from(""),
    };
    let mut form = Form::new();
    for field in fields {
        match field {
            Field::Password => {}
            Field::GivenName => form.push((GIVEN_NAME.written, text(field))),
            Field::FamilyName => form.push((FAMILY_NAME.written, text(field))),
            Field::Quota => {
                let Some(Value::Quota(quota)) = after.get(field) else {
                    return Err(invalid("a quota can be changed, and not be taken away"));
                };
                let megabytes = convert::megabytes(*quota).ok_or_else(|| {
                    invalid(format!("the service counts quotas in MiB and cannot hold {quota}"))
                })?;
                form.push((QUOTA.written, megabytes.to_string().into()));
            }
            Field::State => {
                let enabled = after.get(field) != Some(&Value::State(AccountState::Suspended));
                form.push((STATE.written, enabled.to_string().into()));
            }
            field if **field == reply => form.push((REPLY.written, text(field))),
            field => return Err(invalid(format!("the service has no `{field}` of a mailbox"))),
        }
    }
    Ok(form)
}

/// Gives a mailbox another name in its domain.
pub(super) async fn rename(site: Site<'_>, new: &Address, change: &Change) -> Result<Done, ProviderError> {
    let old = change.before_identity.as_ref().and_then(|identity| identity.address());
    let Some(old) = old.filter(|old| old.domain() == new.domain()) else { return Err(cannot(change)) };
    let name = listed(change, old);
    let (is_old, is_new) =
        (site.api.user(name).await?.is_some(), site.api.user(new.as_str()).await?.is_some());
    match (is_old, is_new) {
        (true, false) => {}
        (false, true) => return Ok(Done::NotNeeded),
        (false, false) => return Err(vanished(&format!("the mailbox {old}"))),
        (true, true) => {
            let message = format!("the mailbox {new} is there already, beside {old}");
            return Err(ProviderError::new(ErrorKind::Conflict, message).hint("plan again"));
        }
    }
    let form = vec![(NEW_NAME, Text::from(new.local()))];
    site.api.write(UPDATE, Some((NAME, name)), form).await?;
    Ok(Done::written())
}

/// Removes a mailbox. It is looked at just before: nothing guards it against others.
pub(super) async fn delete(
    site: Site<'_>,
    address: &Address,
    change: &Change,
) -> Result<Done, ProviderError> {
    let name = listed(change, address);
    let Some(user) = site.api.user(name).await? else { return Ok(Done::NotNeeded) };
    match site.api.write(DELETE, Some((NAME, &user.account)), Vec::new()).await {
        Ok(_) => Ok(Done::written()),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(Done::NotNeeded),
        Err(error) => Err(error),
    }
}
