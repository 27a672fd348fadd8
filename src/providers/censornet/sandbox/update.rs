//! `PUT /email/mailbox`, where it is taken at all: the flag of executives, nothing else. Contract §6.
//!
//! Not documented: the members are those of a new mailbox, with the ids of the list.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::options::Options;
use super::record;
use super::reply::{Refusal, Reply};
use super::state::Account;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changed {
    id: Value,
    email_address_id: Value,
    executive: u8,
    email_address: String,
}

/// Changes the mailboxes of the array, all of them or none.
pub(super) fn answer(options: &Options, account: &mut Account, body: &[u8]) -> Result<Reply, Refusal> {
    let records: Vec<Changed> = record::read(body)?;
    if records.is_empty() {
        return Err(Refusal::bad_request("No mailbox was sent."));
    }
    let mut flags = Vec::new();
    for changed in records {
        let id = record::number(options, &changed.id)?;
        let email_address_id = record::number(options, &changed.email_address_id)?;
        let mailbox = account
            .get(id)
            .ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, format!("There is no mailbox {id}.")))?;
        if (mailbox.email_address_id, &mailbox.address) != (email_address_id, &changed.email_address) {
            return Err(Refusal::bad_request(format!("The address of mailbox {id} cannot be changed.")));
        }
        if changed.executive > 1 {
            return Err(Refusal::bad_request("executive must be 0 or 1."));
        }
        flags.push((id, changed.executive == 1));
    }
    for (id, executive) in &flags {
        if let Some(mailbox) = account.get_mut(*id) {
            mailbox.executive = *executive;
        }
    }
    let ids: Vec<u64> = flags.into_iter().map(|(id, _)| id).collect();
    Ok(record::written(options, account, &ids))
}
