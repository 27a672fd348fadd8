//! Attributes of users: each by its own call, several details by the bulk change.

use serde_json::{Map, Value as Json, json};

use crate::http::Method;
use crate::model::{Address, Change, Reading, Value};
use crate::provider::{Done, ErrorKind, ProviderError};

use crate::providers::open_xchange::api::{Api, Numbers};
use crate::providers::open_xchange::convert;
use crate::providers::open_xchange::fields::{self, Attribute, Form};
use crate::providers::open_xchange::observe::ATTRIBUTE_GONE;
use crate::providers::open_xchange::paths::Op;

use super::{Located, after, cannot, close_after, closes, locate, unwritable, vanished};

/// Changes the one attribute of a route.
pub(super) async fn single(api: &Api, address: &Address, change: &Change) -> Result<Done, ProviderError> {
    let [field] = change.fields.as_slice() else { return Err(cannot(change)) };
    let attribute = fields::attribute_of(field).filter(|attribute| attribute.route == change.route);
    let attribute = attribute.ok_or_else(|| cannot(change))?;
    let user = locate::one(api, address, change).await?;
    let value = change.after.get(field);
    let is_told = attribute.op == Op::ClassOfService && user.document.has("classOfService");
    let done = match value {
        Some(Value::Words(classes)) if is_told && !classes.is_empty() => {
            // What the user's record tells is changed in the record.
            let classes: Json = classes.iter().cloned().collect();
            api.change_user(&user.login, &json!({ "classOfService": classes })).await?;
            Done::written()
        }
        _ => set(api, &user, attribute, value, change).await?,
    };
    close_after(api, change, &user).await?;
    Ok(if closes(change) { Done::written() } else { done })
}

/// Changes number, delivery status and custom ids: one by its own call, several by the bulk change.
pub(super) async fn details(api: &Api, address: &Address, change: &Change) -> Result<Done, ProviderError> {
    let mut attributes = Vec::new();
    for field in &change.fields {
        let attribute = fields::attribute_of(field).filter(|attribute| attribute.route == change.route);
        attributes.push((attribute.ok_or_else(|| cannot(change))?, field));
    }
    let user = locate::one(api, address, change).await?;
    if let [(attribute, field)] = attributes.as_slice() {
        let value = change.after.get(field);
        let several = matches!(value, Some(Value::Words(words)) if words.len() > 1);
        if !several {
            return set(api, &user, attribute, value, change).await;
        }
    }
    let mut body = Map::new();
    for (attribute, field) in attributes {
        let value = change.after.get(field);
        body.insert(attribute.key.into(), bulk(attribute, value).ok_or_else(|| unwritable(field, value))?);
    }
    let numbers = user.numbers(api).await?;
    send_bulk(api, &numbers, &Json::Object(body), change).await?;
    Ok(Done::written())
}

/// Sets or removes one attribute.
async fn set(
    api: &Api,
    user: &Located,
    attribute: &Attribute,
    value: Option<&Value>,
    change: &Change,
) -> Result<Done, ProviderError> {
    let numbers = user.numbers(api).await?;
    let field = fields::setting(attribute.setting);
    let body = match (attribute.form, value) {
        (_, None) => None,
        (Form::Text | Form::Word(_), Some(Value::Text(text))) if text.is_empty() => None,
        (Form::Text | Form::Word(_), Some(Value::Text(text))) => Some(Json::from(&**text)),
        (Form::Bool, Some(Value::Bool(yes))) => Some(Json::from(*yes)),
        (Form::Words, Some(Value::Words(words))) if words.is_empty() => None,
        // The call for custom ids takes one of them, the one for classes of service a list.
        (Form::Words, Some(Value::Words(words))) if attribute.op == Op::Custom => {
            words.first().map(|word| Json::from(word.as_str()))
        }
        (Form::Words, Some(Value::Words(words))) => Some(words.iter().cloned().collect()),
        (_, Some(_)) => return Err(unwritable(&field, value)),
    };
    let Some(body) = body else {
        if !attribute.is_removable {
            return Err(unwritable(&field, value));
        }
        return match api.write(attribute.op, Method::Delete, &numbers.values(), None).await {
            Ok(_) => Ok(Done::written()),
            // Not set, unless the user is not there or nothing answers at this path.
            Err(error) if error.kind == ErrorKind::NotFound && api.has_user(&numbers).await? => {
                Ok(Done::NotNeeded)
            }
            Err(error) if error.kind == ErrorKind::NotFound => Err(vanished(change)),
            Err(error) => Err(error),
        };
    };
    let document = json!({ attribute.key: body });
    match api.write(attribute.op, Method::Put, &numbers.values(), Some(&document)).await {
        Err(error) if error.kind == ErrorKind::NotFound => {
            return Err(gone(api, &numbers, error, change).await);
        }
        written => written?,
    };
    if attribute.op == Op::Custom {
        // The write may have added to what was there (`contracts/open_xchange.md §7`).
        let now = api.look(Op::Custom, &numbers.values()).await.map_err(|error| after(1, error))?;
        let now = convert::attribute(attribute, now.as_ref());
        if let (Reading::Known(now), Some(wished)) = (now, value)
            && now != *wished
        {
            let whole = bulk(attribute, value).ok_or_else(|| unwritable(&field, value))?;
            let sent = send_bulk(api, &numbers, &json!({ attribute.key: whole }), change).await;
            sent.map_err(|error| after(1, error))?;
        }
    }
    Ok(Done::written())
}

/// What the bulk change is sent for an attribute: empty removes it.
fn bulk(attribute: &Attribute, value: Option<&Value>) -> Option<Json> {
    match (attribute.form, value) {
        (Form::Text, None) => Some(Json::from("")),
        (Form::Text, Some(Value::Text(text))) => Some(Json::from(&**text)),
        (Form::Words, None) => Some(json!([])),
        (Form::Words, Some(Value::Words(words))) => Some(words.iter().cloned().collect()),
        _ => None,
    }
}

async fn send_bulk(api: &Api, numbers: &Numbers, body: &Json, change: &Change) -> Result<(), ProviderError> {
    match api.write(Op::Bulk, Method::Post, &numbers.values(), Some(body)).await {
        Err(error) if error.kind == ErrorKind::NotFound => Err(gone(api, numbers, error, change).await),
        written => written.map(|_| ()),
    }
}

/// What 404 means for a write: the user is not there, or nothing answers at the path.
async fn gone(api: &Api, numbers: &Numbers, error: ProviderError, change: &Change) -> ProviderError {
    match api.has_user(numbers).await {
        Ok(false) => vanished(change),
        Ok(true) => ProviderError {
            kind: ErrorKind::Protocol,
            message: format!("the user is there and its attribute is not found: {}", error.message),
            ..error
        }
        .hint(ATTRIBUTE_GONE),
        Err(_) => error,
    }
}
