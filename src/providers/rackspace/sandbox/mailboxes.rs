//! Mailboxes: index, show, add, edit, delete. Contract section 7.

use axum::http::StatusCode;

use super::content::{self, Fields};
use super::fields::{self, Edit};
use super::json::Json;
use super::paging::Page;
use super::reply::{Refusal, Reply};
use super::settings::Settings;
use super::state::{Domain, Mailbox, State, is_user_name, key};
use crate::sandbox::Form;

/// The refusal of a mailbox that is not there.
pub(super) fn absent(domain: &Domain, name: &str) -> Refusal {
    Refusal::not_found("Mailbox", format!("{} not found", domain.address(name)))
}

/// The domain and the key of a mailbox in it, or the refusal.
pub(super) fn existing<'a>(
    state: &'a mut State,
    domain: &str,
    name: &str,
) -> Result<(&'a Settings, &'a mut Domain, String), Refusal> {
    let State { settings, domains, .. } = state;
    let Some(domain) = domains.get_mut(domain) else {
        return Err(Refusal::not_found("Domain", format!("{domain} not found")));
    };
    let mailbox = key(name);
    if domain.mailboxes.contains_key(&mailbox) {
        Ok((settings, domain, mailbox))
    } else {
        Err(absent(domain, name))
    }
}

/// Lets `change` work on a mailbox and answers as a write to it.
pub(super) fn change(
    state: &mut State,
    domain: &str,
    name: &str,
    change: impl FnOnce(&Domain, &mut Mailbox) -> Result<(), Refusal>,
) -> Result<Reply, Refusal> {
    let (settings, domain, mailbox) = existing(state, domain, name)?;
    // Taken out, so that the rest of the domain can be looked at meanwhile.
    let Some(mut taken) = domain.mailboxes.remove(&mailbox) else {
        return Err(absent(domain, name));
    };
    let result = change(domain, &mut taken);
    let shown = fields::show(settings, domain, &taken);
    domain.mailboxes.insert(mailbox.clone(), taken);
    domain.note(&mailbox);
    result.map(|()| Reply::Written(Some(shown)))
}

/// What `fields=` can add to the index.
const INDEX_FIELDS: [&str; 4] =
    ["size", "currentUsage", "hasBlackBerryMobileService", "hasActiveSyncMobileService"];

/// `GET …/ex/mailboxes`
pub(super) fn index(settings: &Settings, domain: &Domain, query: &Form) -> Result<Reply, Refusal> {
    let page = Page::of(query, settings)?;
    let enabled = query.get("enabled").map(|value| content::flag("enabled", value)).transpose()?;
    let wanted: Vec<&str> = query.text("fields").split(',').filter(|field| !field.is_empty()).collect();
    if let Some(unknown) = wanted.iter().find(|field| !INDEX_FIELDS.contains(field)) {
        return Err(Refusal::bad_request(format!("Invalid value for fields: {unknown}")));
    }
    let (all, disabled) = (&domain.mailboxes, &domain.disabled);
    let (count, listed): (usize, Box<dyn Iterator<Item = &Mailbox>>) = match enabled {
        None => (all.len(), Box::new(all.values())),
        Some(true) if disabled.is_empty() => (all.len(), Box::new(all.values())),
        Some(true) => {
            let enabled = all.iter().filter(|(name, _)| !disabled.contains(*name));
            (all.len() - disabled.len(), Box::new(enabled.map(|(_, mailbox)| mailbox)))
        }
        Some(false) => (disabled.len(), Box::new(disabled.iter().filter_map(|name| all.get(name)))),
    };
    Ok(page.reply_of(
        "mailboxes",
        count,
        listed,
        |total| total + settings.total_off_by,
        |mailbox| {
            let all = [
                Json::from(mailbox.size),
                Json::from(mailbox.usage),
                Json::from(mailbox.blackberry),
                Json::from(mailbox.active_sync.is_some()),
            ];
            let more = INDEX_FIELDS.into_iter().zip(all).filter(|(name, _)| wanted.contains(name));
            let mut shown = vec![
                ("name", mailbox.name.as_str().into()),
                ("displayName", mailbox.display_name.as_str().into()),
            ];
            shown.extend(more);
            Json::Object(shown)
        },
    ))
}

/// `GET …/ex/mailboxes/{name}`
pub(super) fn show(state: &mut State, domain: &str, name: &str) -> Result<Reply, Refusal> {
    let (settings, domain, mailbox) = existing(state, domain, name)?;
    let shown = domain.mailboxes.get(&mailbox).map(|mailbox| fields::show(settings, domain, mailbox));
    shown.map(Reply::Read).ok_or_else(|| absent(domain, name))
}

/// `POST …/ex/mailboxes/{name}`
pub(super) fn add(state: &mut State, domain: &str, name: &str, form: &Fields) -> Result<Reply, Refusal> {
    let edit = Edit::read(form)?;
    edit.check_required()?;
    if !is_user_name(name) {
        return Err(Refusal::bad_request("Invalid user name"));
    }
    edit.check_values()?;
    let Some(held) = state.domains.get(domain) else {
        return Err(Refusal::not_found("Domain", format!("{domain} not found")));
    };
    let address = held.address(name);
    if state.is_in_use(&address) {
        return Err(Refusal::in_use(&address));
    }
    if u32::try_from(held.mailboxes.len()).is_ok_and(|count| count >= held.max_mailboxes) {
        let message = format!("The maximum number of mailboxes for domain {} has been reached", held.name);
        return Err(Refusal::other(StatusCode::BAD_REQUEST, message));
    }
    state.insert_mailbox(domain, name, &edit);
    change(state, domain, name, |_, _| Ok(()))
}

/// `PUT …/ex/mailboxes/{name}`
pub(super) fn edit(state: &mut State, domain: &str, name: &str, form: &Fields) -> Result<Reply, Refusal> {
    change(state, domain, name, |_, mailbox| {
        let edit = Edit::read(form)?;
        edit.check_values()?;
        edit.apply(mailbox);
        Ok(())
    })
}

/// `DELETE …/ex/mailboxes/{name}`
pub(super) fn delete(state: &mut State, domain: &str, name: &str) -> Result<Reply, Refusal> {
    let (_, _, mailbox) = existing(state, domain, name)?;
    state.remove_mailbox(domain, &mailbox);
    Ok(Reply::Written(None))
}
