//! Addresses of a mailbox beside its primary one. Contract section 7.

use super::fields;
use super::mailboxes::{change, existing};
use super::reply::{Refusal, Reply};
use super::settings::Quirk;
use super::state::{State, is_address, key};

/// `POST …/emailaddresses/{address}`
pub(super) fn add(state: &mut State, domain: &str, name: &str, address: &str) -> Result<Reply, Refusal> {
    let (_, held, mailbox) = existing(state, domain, name)?;
    let account = held.account;
    if !is_address(address) {
        return Err(Refusal::bad_request("Invalid email address"));
    }
    let at = address.rsplit_once('@').map(|(_, at)| key(at)).unwrap_or_default();
    state.has_domain(&at);
    // An alias domain takes none: every address of its domain exists there already.
    if state.domains.get(&at).is_none_or(|domain| domain.account != account) {
        return Err(Refusal::bad_request(format!("The domain {at} does not belong to the account")));
    }
    if state.is_in_use(address) {
        return Err(Refusal::in_use(address));
    }
    state.extra.insert(key(address), (domain.to_owned(), mailbox));
    change(state, domain, name, |_, mailbox| {
        mailbox.addresses.push(address.to_owned());
        Ok(())
    })
}

/// `DELETE …/emailaddresses/{address}`
pub(super) fn delete(state: &mut State, domain: &str, name: &str, address: &str) -> Result<Reply, Refusal> {
    let bad_request = state.settings.has(Quirk::AbsentAddressIsBadRequest);
    let wanted = key(address);
    let reply = change(state, domain, name, |domain, mailbox| {
        if wanted == key(&domain.address(&mailbox.name)) {
            return Err(Refusal::bad_request("The primary email address cannot be deleted"));
        }
        if let Some(index) = mailbox.addresses.iter().position(|held| key(held) == wanted) {
            mailbox.addresses.remove(index);
            return Ok(());
        }
        if fields::is_implied(domain, mailbox, &wanted) {
            let message =
                format!("The email address {address} belongs to a domain alias and cannot be deleted");
            return Err(Refusal::bad_request(message));
        }
        let message = format!("The email address {address} does not exist");
        Err(if bad_request {
            Refusal::bad_request(message)
        } else {
            Refusal::not_found("EmailAddress", message)
        })
    })?;
    state.extra.remove(&wanted);
    Ok(reply)
}
