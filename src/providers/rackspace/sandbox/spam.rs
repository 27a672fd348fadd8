//! Spam settings and spam lists of a mailbox. Contract section 7.

use std::net::IpAddr;

use super::content::{self, Fields};
use super::json::Json;
use super::mailboxes::{absent, change, existing};
use super::paging::Page;
use super::reply::{Refusal, Reply};
use super::settings::{Quirk, Settings};
use super::state::{Mailbox, State, is_address, is_domain_name, key};
use crate::sandbox::Form;

/// The lists by their old and their new name.
const LISTS: [(&str, &str); 4] = [
    ("blacklist", "blocklist"),
    ("ipblacklist", "ipblocklist"),
    ("safelist", "safelist"),
    ("ipsafelist", "ipsafelist"),
];

/// The old name of the list that a path segment names.
pub(super) fn list_of(settings: &Settings, segment: &str) -> Option<&'static str> {
    let renamed = settings.has(Quirk::RenamedSpamLists);
    LISTS.iter().find(|(old, new)| segment == if renamed { *new } else { *old }).map(|(old, _)| *old)
}

fn shown(mailbox: &Mailbox) -> Json {
    Json::Object(vec![
        ("filterLevel", mailbox.spam.filter_level.as_str().into()),
        ("sendToDomainQuarantine", mailbox.spam.to_domain_quarantine.into()),
        ("quarantineOwner", mailbox.spam.quarantine_owner.as_str().into()),
    ])
}

/// `GET …/spam/settings`
pub(super) fn show(state: &mut State, domain: &str, name: &str) -> Result<Reply, Refusal> {
    let (_, domain, mailbox) = existing(state, domain, name)?;
    let shown = domain.mailboxes.get(&mailbox).map(shown);
    shown.map(Reply::Read).ok_or_else(|| absent(domain, name))
}

/// `PUT …/spam/settings`
pub(super) fn edit(state: &mut State, domain: &str, name: &str, form: &Fields) -> Result<Reply, Refusal> {
    change(state, domain, name, |_, mailbox| {
        form.only(&["filterlevel", "sendtodomainquarantine", "quarantineowner", "removeQuarantineOwner"])?;
        let level = form.get("filterlevel").ok_or_else(|| Refusal::missing("filterlevel"))?;
        if !matches!(level, "on" | "off" | "exclusive") {
            let message = "Invalid value for filterlevel: must be on, off or exclusive";
            return Err(Refusal::validation(message));
        }
        let flag = |name: &str| form.get(name).map(|value| content::flag(name, value)).transpose();
        let (quarantine, remove) = (flag("sendtodomainquarantine")?, flag("removeQuarantineOwner")?);
        let owner = form.get("quarantineowner");
        if owner.is_some_and(|owner| !is_address(owner)) {
            let message = "Invalid value for quarantineowner: must be an email address";
            return Err(Refusal::validation(message));
        }
        if owner.is_some() && remove == Some(true) {
            let message = "quarantineowner and removeQuarantineOwner exclude each other";
            return Err(Refusal::validation(message));
        }
        let spam = &mut mailbox.spam;
        level.clone_into(&mut spam.filter_level);
        if let Some(quarantine) = quarantine {
            spam.to_domain_quarantine = quarantine;
        }
        if level == "off" {
            spam.to_domain_quarantine = false;
        }
        if let Some(owner) = owner {
            owner.clone_into(&mut spam.quarantine_owner);
        }
        if remove == Some(true) {
            spam.quarantine_owner.clear();
        }
        Ok(())
    })
    .map(|_| Reply::Written(None))
}

/// `GET …/spam/{list}`
pub(super) fn index(
    state: &mut State,
    domain: &str,
    name: &str,
    list: &'static str,
    query: &Form,
) -> Result<Reply, Refusal> {
    let (settings, domain, mailbox) = existing(state, domain, name)?;
    let page = Page::of(query, settings)?;
    let entries = domain.mailboxes.get(&mailbox).and_then(|mailbox| mailbox.spam.lists.get(list));
    let told = |total| total + settings.total_off_by;
    Ok(page.reply("addresses", entries.into_iter().flatten(), told, |entry| entry.as_str().into()))
}

/// `POST …/spam/{list}/{value}`
pub(super) fn add(
    state: &mut State,
    domain: &str,
    name: &str,
    list: &'static str,
    value: &str,
) -> Result<Reply, Refusal> {
    change(state, domain, name, |_, mailbox| {
        let fits = if list.starts_with("ip") {
            value.parse::<IpAddr>().is_ok()
        } else {
            is_address(value) || is_domain_name(value)
        };
        if !fits {
            return Err(Refusal::validation(format!("Invalid entry: {value}")));
        }
        if mailbox.spam.lists.entry(list).or_default().insert(key(value)) {
            Ok(())
        } else {
            Err(Refusal::bad_request(format!("{value} is on the list already")))
        }
    })
    .map(|_| Reply::Written(None))
}

/// `DELETE …/spam/{list}/{value}`
pub(super) fn delete(
    state: &mut State,
    domain: &str,
    name: &str,
    list: &'static str,
    value: &str,
) -> Result<Reply, Refusal> {
    change(state, domain, name, |_, mailbox| {
        if mailbox.spam.lists.entry(list).or_default().remove(&key(value)) {
            Ok(())
        } else {
            Err(Refusal::not_found("SpamListEntry", format!("{value} not found")))
        }
    })
    .map(|_| Reply::Written(None))
}
