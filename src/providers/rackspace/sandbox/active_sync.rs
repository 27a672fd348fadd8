//! The ActiveSync service of mailboxes, in the document's words. Contract section 7.

use super::json::Json;
use super::mailboxes::{absent, change, existing};
use super::paging::Page;
use super::reply::{Refusal, Reply};
use super::settings::Settings;
use super::state::{Domain, Mailbox, State};
use crate::sandbox::Form;

fn inactive(address: &str) -> Refusal {
    Refusal::not_found(
        "ActiveSyncMobileService",
        format!("User {address} has no active ActiveSync Mobile Service."),
    )
}

/// The user name that a new service gets: the mailbox's letters and digits, and four digits.
pub(super) fn user_name(mailbox: &Mailbox) -> String {
    let letters: String = mailbox.name.chars().filter(char::is_ascii_alphanumeric).collect();
    let sum = mailbox.name.bytes().fold(0_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 10_000);
    format!("{letters}{sum:04}")
}

/// `GET …/ex/activesyncmobileservices`
pub(super) fn index(settings: &Settings, domain: &Domain, query: &Form) -> Result<Reply, Refusal> {
    let page = Page::of(query, settings)?;
    let active = domain.mailboxes.values().filter(|mailbox| mailbox.active_sync.is_some());
    let told = |total| total + settings.total_off_by;
    Ok(page.reply("mailboxes", active, told, |mailbox| mailbox.name.as_str().into()))
}

/// `GET …/activesyncmobileservice`
pub(super) fn show(state: &mut State, domain: &str, name: &str) -> Result<Reply, Refusal> {
    let (_, domain, mailbox) = existing(state, domain, name)?;
    let mailbox = domain.mailboxes.get(&mailbox).ok_or_else(|| absent(domain, name))?;
    let address = domain.address(&mailbox.name);
    let Some(user) = &mailbox.active_sync else {
        return Err(inactive(&address));
    };
    Ok(Reply::Read(Json::Object(vec![
        ("emailAddress", address.into()),
        ("serverAddress", "mex07A.emailsrvr.com".into()),
        ("userName", user.as_str().into()),
        ("domainAddress", "mex07A.mlsrvr.com".into()),
    ])))
}

/// `POST …/activesyncmobileservice`
pub(super) fn add(state: &mut State, domain: &str, name: &str) -> Result<Reply, Refusal> {
    change(state, domain, name, |domain, mailbox| {
        if mailbox.active_sync.is_some() {
            let address = domain.address(&mailbox.name);
            let message = format!("User {address} has ActiveSync Mobile Service already");
            return Err(Refusal::bad_request(message));
        }
        mailbox.active_sync = Some(user_name(mailbox));
        Ok(())
    })
    .map(|_| Reply::Written(None))
}

/// `DELETE …/activesyncmobileservice`
pub(super) fn delete(state: &mut State, domain: &str, name: &str) -> Result<Reply, Refusal> {
    change(state, domain, name, |domain, mailbox| match mailbox.active_sync.take() {
        Some(_) => Ok(()),
        None => Err(inactive(&domain.address(&mailbox.name))),
    })
    .map(|_| Reply::Written(None))
}
