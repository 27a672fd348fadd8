//! Records as they go over the wire, in both directions. Contract §3, §4 and §5.
//!
//! Must not know what is done with them.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::options::{Flags, Ids, Options, WriteReply};
use super::reply::{Refusal, Reply};
use super::state::{Account, Mailbox};
use axum::http::StatusCode;

/// A listed mailbox: the members of the document in their order, and no other.
#[derive(Serialize)]
pub(super) struct Record<'a> {
    id: Value,
    email_address_id: Value,
    email_address: &'a str,
    executive: Value,
    realname: &'a str,
    is_ad_mailbox: Value,
}

impl<'a> Record<'a> {
    pub(super) fn of(options: &Options, id: u64, mailbox: &'a Mailbox) -> Self {
        let number = |id: u64| match options.ids {
            Ids::Numbers => json!(id),
            Ids::Texts => json!(id.to_string()),
        };
        let flag = |set: bool| match options.flags {
            Flags::Numbers => json!(u8::from(set)),
            Flags::Booleans => json!(set),
            Flags::Texts => json!(u8::from(set).to_string()),
        };
        Self {
            id: number(id),
            email_address_id: number(mailbox.email_address_id),
            email_address: &mailbox.address,
            executive: flag(mailbox.executive),
            realname: if mailbox.real_name.is_empty() { " " } else { &mailbox.real_name },
            is_ad_mailbox: flag(mailbox.ad),
        }
    }
}

/// The array of objects that a write sends.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<Vec<T>, Refusal> {
    let no_array = || Refusal::bad_request("The body must be a JSON array of records.");
    // Looked at twice: a reader of structures takes arrays for them, and a reader of values takes members twice.
    let values: Vec<Value> = serde_json::from_slice(body).map_err(|_| no_array())?;
    if !values.iter().all(Value::is_object) {
        return Err(no_array());
    }
    serde_json::from_slice(body).map_err(|error| Refusal::bad_request(format!("Invalid record: {error}.")))
}

/// An id as a write sends it.
pub(super) fn number(options: &Options, value: &Value) -> Result<u64, Refusal> {
    let number = match (options.ids, value) {
        (Ids::Texts, Value::String(text)) => text.parse().ok(),
        (_, value) => value.as_u64(),
    };
    number.ok_or_else(|| Refusal::bad_request(format!("Invalid id {value}.")))
}

/// What a successful write answers that left these mailboxes behind.
pub(super) fn written(options: &Options, account: &Account, ids: &[u64]) -> Reply {
    let stored = ids.iter().filter_map(|id| Some(Record::of(options, *id, account.get(*id)?)));
    match options.write_reply {
        WriteReply::Empty => Reply::empty(StatusCode::OK),
        WriteReply::NoContent => Reply::empty(StatusCode::NO_CONTENT),
        WriteReply::Records => Reply::json(&stored.collect::<Vec<_>>()),
        WriteReply::Wrapped => Reply::json(&Wrapped { success: true, data: stored.collect() }),
    }
}

#[derive(Serialize)]
struct Wrapped<'a> {
    success: bool,
    data: Vec<Record<'a>>,
}
