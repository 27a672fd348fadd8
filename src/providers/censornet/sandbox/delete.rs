//! `DELETE /email/mailbox`. Contract §5.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::options::{Options, RepeatedDelete};
use super::record;
use super::reply::{Refusal, Reply};
use super::state::{Account, Identity};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    id: Value,
    email_address_id: Value,
    email_address: String,
}

/// Deletes the mailboxes of the array, all of them or none; for an empty array every mailbox of the account.
pub(super) fn answer(options: &Options, account: &mut Account, body: &[u8]) -> Result<Reply, Refusal> {
    let records: Vec<Named> = record::read(body)?;
    if records.is_empty() {
        account.wiped += 1;
        account.wipe();
        return Ok(record::written(options, account, &[]));
    }
    let mut going = BTreeSet::new();
    let mut repeated = BTreeSet::new();
    for named in records {
        let id = record::number(options, &named.id)?;
        let identity = (id, record::number(options, &named.email_address_id)?, named.email_address);
        if !repeated.insert(id) {
            return Err(Refusal::bad_request(format!("Mailbox {id} stands twice.")));
        }
        if exists(options, account, &identity)? {
            going.insert(id);
        }
    }
    for id in going {
        account.remove(id);
    }
    Ok(record::written(options, account, &[]))
}

/// Whether the mailbox is there; `false` where it is gone and that is no failure.
fn exists(options: &Options, account: &Account, identity: &Identity) -> Result<bool, Refusal> {
    let (id, email_address_id, address) = identity;
    match account.get(*id) {
        Some(mailbox) if (mailbox.email_address_id, &mailbox.address) == (*email_address_id, address) => {
            Ok(true)
        }
        Some(_) => Err(Refusal::bad_request(format!("The address and its id are not those of {id}."))),
        None if options.repeated_delete == RepeatedDelete::Success && account.was_deleted(identity) => {
            Ok(false)
        }
        None => Err(Refusal::new(StatusCode::NOT_FOUND, format!("There is no mailbox {id}."))),
    }
}
