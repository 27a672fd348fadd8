//! `POST /email/mailbox`. Contract §4.
//!
//! The shape of the whole array is checked first, then what the account says to each element.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::options::{Batch, Options, Tracking};
use super::reply::{Refusal, Reply};
use super::state::{Account, Fresh, Mailbox};
use super::{address, record};

/// The phantom id that a record has before it is stored, without its number.
const PHANTOM: &str = "USSportal.email.model.Mailbox-";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    id: String,
    email_address_id: u64,
    executive: u8,
    email_address: String,
}

/// Adds the mailboxes of the array.
pub(super) fn answer(
    options: &Options,
    account: &mut Account,
    fresh: &mut Fresh,
    body: &[u8],
) -> Result<Reply, Refusal> {
    let records: Vec<New> = record::read(body)?;
    if records.is_empty() {
        account.empty_creations += 1;
        return Err(Refusal::bad_request("No mailbox was sent."));
    }
    let mut numbers = BTreeSet::new();
    for new in &records {
        let number = phantom_number(&new.id).filter(|number| numbers.insert(*number));
        if number.is_none() {
            return Err(Refusal::bad_request(format!("Invalid or repeated id {}.", new.id)));
        }
        if new.email_address_id != 0 || new.executive > 1 {
            return Err(Refusal::bad_request("email_address_id must be 0, executive 0 or 1."));
        }
        if !address::is_valid(&new.email_address) {
            return Err(Refusal::bad_request(format!("Invalid email address {}.", new.email_address)));
        }
    }

    let (mut good, mut refused, mut seen) = (Vec::new(), None, BTreeSet::new());
    for new in records {
        if let Some(refusal) = refusal(options, account, &new, &seen) {
            refused.get_or_insert(refusal);
        } else {
            seen.insert(new.email_address.to_lowercase());
            good.push(new);
        }
    }
    if let Some(refusal) = &refused
        && (options.batch == Batch::Whole || good.is_empty())
    {
        return Err(refusal.clone());
    }
    let mut store = |new: New| {
        let mailbox = Mailbox { executive: new.executive == 1, ..Mailbox::new(&new.email_address) };
        account.insert(fresh, mailbox)
    };
    let ids: Vec<u64> = good.into_iter().map(&mut store).collect();
    match refused {
        Some(refusal) if options.batch == Batch::PartRefused => Err(refusal),
        _ => Ok(record::written(options, account, &ids)),
    }
}

/// What the account has against an address that is well-formed. An alias and a mailbox are not told apart.
fn refusal(options: &Options, account: &Account, new: &New, seen: &BTreeSet<String>) -> Option<Refusal> {
    let domain = address::domain_of(&new.email_address);
    if let Tracking::Only(domains) = &options.tracking
        && !domains.contains(&domain)
    {
        let message = format!("{} could not be added: its domain is not tracked.", new.email_address);
        return Some(Refusal::new(options.untracked, message));
    }
    let taken = account.holder(&new.email_address).is_some();
    (taken || seen.contains(&new.email_address.to_lowercase())).then(|| {
        Refusal::new(options.conflict, format!("{} could not be added: it exists.", new.email_address))
    })
}

/// The number of a phantom id: decimal, from 1 on, without leading zeros.
fn phantom_number(id: &str) -> Option<u64> {
    let digits = id.strip_prefix(PHANTOM)?;
    let plain = digits.bytes().all(|digit| digit.is_ascii_digit()) && !digits.starts_with('0');
    plain.then(|| digits.parse().ok()).flatten()
}
