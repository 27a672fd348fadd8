//! A mailbox is made, and welcomed where that is wished.

use secrecy::ExposeSecret as _;
use serde_json::{Map, Value as Json, json};

use crate::http::Method;
use crate::model::{AccountState, Address, Change, Field, Value};
use crate::provider::{Done, ErrorKind, ProviderError, Secrets};

use crate::providers::open_xchange::api::Api;
use crate::providers::open_xchange::convert;
use crate::providers::open_xchange::fields::{self, DEFAULT_CLASS, TEXTS};
use crate::providers::open_xchange::paths::Op;

use super::{conflict, invalid, unwritable};

/// Makes a user whose login is its address.
pub(super) async fn create(
    api: &Api,
    address: &Address,
    change: &Change,
    secrets: &dyn Secrets,
) -> Result<Done, ProviderError> {
    let mut body = body(address, change)?;
    let Some(Value::Secret(reference)) = change.after.get(&Field::Password) else {
        return Err(invalid("a user is made with a `password`, and none is given"));
    };
    let password = secrets.reveal(reference, address.as_str()).await?;
    body.insert("password".into(), Json::from(password.expose_secret()));
    api.forget_uid(address.as_str());
    match api.create_user(&Json::Object(body)).await {
        Ok(_) => {}
        Err(error) if error.kind == ErrorKind::Conflict => {
            let message = format!("{address} is taken: {}", error.message);
            return Err(conflict(message)
                .at(error.call.unwrap_or_default())
                .hint("a user of another context, an alias or a forwarding alias may have the address"));
        }
        Err(error) => return Err(error),
    }
    let mut notes = Vec::new();
    if change.after.get(&fields::welcome_mail()) == Some(&Value::Bool(true))
        && let Err(error) = welcome(api, address).await
    {
        // The user is there, and a mail is no state: another try would make nothing better.
        notes.push(format!("the welcome mail was not sent: {error}"));
    }
    Ok(Done::Written { notes })
}

fn body(address: &Address, change: &Change) -> Result<Map<String, Json>, ProviderError> {
    let mut body = Map::new();
    body.insert("name".into(), Json::from(address.as_str()));
    body.insert("mail".into(), Json::from(address.as_str()));
    for (field, value) in change.after.iter() {
        match (field, value) {
            // A new user may log in: that is nothing to be written.
            (Field::Password, _) | (Field::State, Value::State(AccountState::Active)) => {}
            (field, _) if *field == fields::welcome_mail() => {}
            (Field::Quota, quota) => {
                let mib = convert::quota_json(Some(quota)).ok_or_else(|| unwritable(field, Some(value)))?;
                // No limit is what a user has that is made without one.
                if !mib.is_null() {
                    body.insert("unifiedQuota".into(), mib);
                }
            }
            (field, Value::Words(classes)) if *field == fields::class_of_service() => {
                if classes.is_empty() {
                    return Err(invalid("a user is made with at least one class of service"));
                }
                body.insert("classOfService".into(), classes.iter().cloned().collect());
            }
            (field, Value::Text(text)) => {
                let known = TEXTS.iter().find(|(known, _)| known == field);
                let (_, key) = known.ok_or_else(|| unwritable(field, Some(value)))?;
                if !text.is_empty() {
                    body.insert((*key).into(), Json::from(&**text));
                }
            }
            (field, value) => return Err(unwritable(field, Some(value))),
        }
    }
    for (needed, key) in [(Field::GivenName, "givenName"), (Field::FamilyName, "surName")] {
        if !body.contains_key(key) {
            return Err(invalid(format!("a user is made with a `{needed}`, and none is given")));
        }
    }
    body.entry("classOfService").or_insert_with(|| json!([DEFAULT_CLASS]));
    Ok(body)
}

/// Sends the welcome mail, once.
async fn welcome(api: &Api, address: &Address) -> Result<(), ProviderError> {
    let numbers = api.numbers(address.as_str(), None).await?;
    let reply = api.write(Op::Welcome, Method::Post, &numbers.values(), None).await?;
    // Its failures come as a text (`contracts/open_xchange.md §5`).
    let body = String::from_utf8_lossy(&reply.body);
    if body.contains("no primary mail address") {
        let message = format!("the service says: {}", reply.quote(&body));
        return Err(ProviderError::new(ErrorKind::Invalid, message).at(reply.call()));
    }
    Ok(())
}
