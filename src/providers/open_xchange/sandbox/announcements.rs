//! Announcements that are shown to users. Contract section 5.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::fields::Object;
use super::reply::{Refusal, Reply};
use super::routes::Call;
use super::state::State;

/// An announcement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Announcement {
    pub(super) version: u64,
    pub(super) name: String,
    pub(super) enabled: bool,
    /// The other fields as they were sent.
    rest: Map<String, Value>,
}

impl Announcement {
    fn shown(&self, id: u64) -> Value {
        let mut shown = self.rest.clone();
        shown.insert("id".into(), id.into());
        shown.insert("version".into(), self.version.into());
        shown.insert("name".into(), self.name.as_str().into());
        shown.insert("enabled".into(), self.enabled.into());
        Value::Object(shown)
    }
}

/// A body: the number that it names, and what it describes.
fn sent(value: Value) -> Result<(Option<u64>, Announcement), Refusal> {
    let mut object = Object::of(value)?;
    let id = object.number("id")?;
    let version = object.number("version")?.unwrap_or(1);
    let name = object.required("name")?;
    let enabled = object.flag("enabled")?.unwrap_or(false);
    let mut rest = Map::new();
    let message = object.any("msgJsonObject").ok_or_else(|| Refusal::missing("msgJsonObject"))?;
    if !message.is_object() {
        return Err(Refusal::bad_request("Invalid value for msgJsonObject: an object expected"));
    }
    rest.insert("msgJsonObject".into(), message);
    for key in ["startDatetime", "endDatetime"] {
        if let Some(time) = object.text(key)? {
            let parsed = time.parse::<Timestamp>();
            parsed.map_err(|_| Refusal::bad_request(format!("Invalid value for {key}: a time expected")))?;
            rest.insert(key.into(), time.into());
        }
    }
    for key in ["timezone", "ownerBrand"] {
        if let Some(text) = object.filled(key)? {
            rest.insert(key.into(), text.into());
        }
    }
    if let Some(flag) = object.flag("discardable")? {
        rest.insert("discardable".into(), flag.into());
    }
    if let Some(brands) = object.texts("brands")? {
        rest.insert("brands".into(), json!(brands));
    }
    object.finish()?;
    Ok((id, Announcement { version, name, enabled, rest }))
}

fn absent() -> Refusal {
    Refusal::not_found("Announcement does not exist")
}

/// `POST …/announcements`
pub(super) fn create(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let (id, announcement) = sent(call.body.json()?)?;
    call.query.finish()?;
    let next = state.announcements.keys().next_back().map_or(1, |last| last + 1);
    let id = id.unwrap_or(next);
    if state.announcements.contains_key(&id) {
        return Err(Refusal::conflict("Announcement exists"));
    }
    let shown = announcement.shown(id);
    state.announcements.insert(id, announcement);
    Ok(Reply::Written(StatusCode::OK, shown))
}

/// `GET …/announcements/*`
pub(super) fn list(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    call.bare()?;
    Ok(Reply::Read(state.announcements.iter().map(|(id, one)| one.shown(*id)).collect()))
}

/// `DELETE …/announcements/{id}`
pub(super) fn delete(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let id = call.number("id")?;
    call.bare()?;
    state.announcements.remove(&id).map(|_| Reply::Silent).ok_or_else(absent)
}

/// `PUT …/announcements/{id}`: replaces whole and counts the version up.
pub(super) fn update(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let id = call.number("id")?;
    let (named, mut announcement) = sent(call.body.json()?)?;
    call.query.finish()?;
    if named.is_some_and(|named| named != id) {
        return Err(Refusal::bad_request("id is another announcement"));
    }
    let held = state.announcements.get_mut(&id).ok_or_else(absent)?;
    announcement.version = held.version + 1;
    *held = announcement;
    Ok(Reply::Written(StatusCode::OK, held.shown(id)))
}

/// `PUT …/announcements/enable/{id}` and `…/disable/{id}`
pub(super) fn switch(
    state: &mut State,
    call: Call<'_>,
    change: impl FnOnce(&mut Announcement),
) -> Result<Reply, Refusal> {
    let id = call.number("id")?;
    call.bare()?;
    change(state.announcements.get_mut(&id).ok_or_else(absent)?);
    Ok(Reply::Silent)
}
