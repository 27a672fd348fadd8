//! Announcements: made, changed, shown, hidden and removed.

use serde_json::{Map, Value as Json};

use crate::http::{Loose, Method};
use crate::model::{Change, Value};
use crate::provider::{Done, ErrorKind, ProviderError};

use crate::providers::open_xchange::api::Api;
use crate::providers::open_xchange::convert;
use crate::providers::open_xchange::fields;
use crate::providers::open_xchange::observe;
use crate::providers::open_xchange::paths::Op;

use super::{cannot, conflict, unwritable, vanished};

/// Makes an announcement.
pub(super) async fn create(api: &Api, name: &str, change: &Change) -> Result<Done, ProviderError> {
    convert::check_times(change.after.iter())?;
    let mut body = Map::new();
    body.insert("name".into(), Json::from(name));
    for (field, value) in change.after.iter() {
        let (key, json) =
            convert::announced_json(field, Some(value)).ok_or_else(|| unwritable(field, Some(value)))?;
        if !json.is_null() {
            body.insert(key.into(), json);
        }
    }
    let is_it = |known: &Loose| known.text("name").known().as_deref() == Some(name);
    if observe::announcements(api).await?.iter().any(is_it) {
        // The service would make a second one of the same name.
        return Err(conflict(format!("an announcement `{name}` is there already")));
    }
    api.write(Op::AnnouncementCreate, Method::Post, &[], Some(&Json::Object(body))).await?;
    Ok(Done::written())
}

/// Changes fields of an announcement: the whole document is written, with the members that this tool does not know.
pub(super) async fn update(api: &Api, change: &Change) -> Result<Done, ProviderError> {
    let wished = change.after.iter().filter(|(field, _)| change.fields.contains(field));
    convert::check_times(wished)?;
    let (id, mut body) = current(api, change).await?;
    let mut differs = false;
    for field in &change.fields {
        let value = change.after.get(field);
        let (key, json) = convert::announced_json(field, value).ok_or_else(|| unwritable(field, value))?;
        differs |= body.get(key).unwrap_or(&Json::Null) != &json;
        body.insert(key.into(), json);
    }
    if !differs {
        return Ok(Done::NotNeeded);
    }
    // The whole document replaces the one that is there: what is left out is empty.
    body.retain(|_, value| !value.is_null());
    api.write(Op::AnnouncementUpdate, Method::Put, &[("id", &id)], Some(&Json::Object(body))).await?;
    Ok(Done::written())
}

/// Shows or hides an announcement.
pub(super) async fn switch(api: &Api, change: &Change) -> Result<Done, ProviderError> {
    let Some(Value::Bool(on)) = change.after.get(&fields::setting("enabled")) else {
        return Err(cannot(change));
    };
    let (id, body) = current(api, change).await?;
    if body.get("enabled").and_then(Json::as_bool) == Some(*on) {
        return Ok(Done::NotNeeded);
    }
    let op = if *on { Op::AnnouncementEnable } else { Op::AnnouncementDisable };
    api.write(op, Method::Put, &[("id", &id)], None).await?;
    Ok(Done::written())
}

/// Removes an announcement.
pub(super) async fn delete(api: &Api, change: &Change) -> Result<Done, ProviderError> {
    let id = match current(api, change).await {
        Ok((id, _)) => id,
        Err(error) if error.kind == ErrorKind::NotFound => return Ok(Done::NotNeeded),
        Err(error) => return Err(error),
    };
    match api.write(Op::AnnouncementDelete, Method::Delete, &[("id", &id)], None).await {
        Ok(_) => Ok(Done::written()),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(Done::NotNeeded),
        Err(error) => Err(error),
    }
}

/// The announcement that a change is about as it is now, with its id. One made in this run has no id in the plan.
async fn current(api: &Api, change: &Change) -> Result<(String, Map<String, Json>), ProviderError> {
    let documents = observe::announcements_raw(api).await?;
    let mut named = documents.into_iter().filter_map(|document| {
        let object = convert::announcement(&Loose::of(&Json::Object(document.clone()))?)?;
        (object.identity == change.identity).then_some((object.remote?.to_string(), document))
    });
    let (id, document) = named.next().ok_or_else(|| vanished(change))?;
    if named.next().is_some() {
        return Err(conflict(format!("several announcements are called {}", change.identity)));
    }
    match change.remote.as_deref() {
        Some(planned) if planned != id => {
            Err(conflict(format!("{} is another announcement now", change.identity)))
        }
        _ => Ok((id, document)),
    }
}
