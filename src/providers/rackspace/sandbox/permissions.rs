//! Permissions on mailboxes: one record for each mailbox and delegate. Contract section 7.

use super::content::Fields;
use super::json::Json;
use super::mailboxes::{absent, change, existing};
use super::paging::Page;
use super::reply::{Refusal, Reply};
use super::settings::Quirk;
use super::state::{Domain, Mailbox, PermissionType, State, key};
use crate::sandbox::Form;

/// `GET …/permissions`; `total` is 0 as in the document's sample.
pub(super) fn index(state: &mut State, domain: &str, name: &str, query: &Form) -> Result<Reply, Refusal> {
    let (settings, domain, mailbox) = existing(state, domain, name)?;
    let page = Page::of(query, settings)?;
    let permissions = domain.mailboxes.get(&mailbox).map(|mailbox| &mailbox.permissions);
    let told = |total| if settings.has(Quirk::TruePermissionTotal) { total } else { 0 };
    Ok(page.reply("permissions", permissions.into_iter().flatten(), told, |(delegate, kind)| {
        let name = domain.mailboxes.get(delegate).map_or(delegate.as_str(), |mailbox| &mailbox.name);
        let capital = settings.has(Quirk::CapitalPermissionTypes);
        let word = if capital { kind.capital_word() } else { kind.word() };
        Json::Object(vec![("emailAddress", domain.address(name).into()), ("permissionType", word.into())])
    }))
}

fn kind(form: &Fields) -> Result<PermissionType, Refusal> {
    form.only(&["permission"])?;
    let word = form.get("permission").ok_or_else(|| Refusal::missing("permission"))?;
    PermissionType::of(word).ok_or_else(|| {
        Refusal::validation("Invalid value for permission: must be sendAs, fullAccess or both")
    })
}

/// Lets `work` change the permissions of a mailbox; the delegate must be another mailbox, named by its local part.
fn with_delegate(
    state: &mut State,
    domain: &str,
    name: &str,
    delegate: &str,
    work: impl FnOnce(&Domain, &mut Mailbox, String) -> Result<(), Refusal>,
) -> Result<Reply, Refusal> {
    change(state, domain, name, |domain, mailbox| {
        if delegate.contains('@') {
            return Err(Refusal::bad_request("Invalid user name"));
        }
        let wanted = key(delegate);
        if wanted == key(&mailbox.name) {
            return Err(Refusal::bad_request("A mailbox cannot have a permission on itself"));
        }
        if !domain.mailboxes.contains_key(&wanted) {
            return Err(absent(domain, delegate));
        }
        work(domain, mailbox, wanted)
    })
    .map(|_| Reply::Written(None))
}

fn no_permission(domain: &Domain, mailbox: &Mailbox, delegate: &str) -> Refusal {
    let (delegate, mailbox) = (domain.address(delegate), domain.address(&mailbox.name));
    Refusal::not_found("Permission", format!("User {delegate} has no permission on {mailbox}"))
}

/// `POST …/permissions/{delegate}`
pub(super) fn grant(
    state: &mut State,
    domain: &str,
    name: &str,
    delegate: &str,
    form: &Fields,
) -> Result<Reply, Refusal> {
    with_delegate(state, domain, name, delegate, |domain, mailbox, wanted| {
        let kind = kind(form)?;
        if mailbox.permissions.contains_key(&wanted) {
            let (user, held) = (domain.address(delegate), domain.address(&mailbox.name));
            return Err(Refusal::bad_request(format!("User {user} has a permission on {held} already")));
        }
        mailbox.permissions.insert(wanted, kind);
        Ok(())
    })
}

/// `PUT …/permissions/{delegate}`
pub(super) fn change_type(
    state: &mut State,
    domain: &str,
    name: &str,
    delegate: &str,
    form: &Fields,
) -> Result<Reply, Refusal> {
    with_delegate(state, domain, name, delegate, |domain, mailbox, wanted| {
        let kind = kind(form)?;
        if !mailbox.permissions.contains_key(&wanted) {
            return Err(no_permission(domain, mailbox, delegate));
        }
        mailbox.permissions.insert(wanted, kind);
        Ok(())
    })
}

/// `DELETE …/permissions/{delegate}`
pub(super) fn revoke(state: &mut State, domain: &str, name: &str, delegate: &str) -> Result<Reply, Refusal> {
    with_delegate(state, domain, name, delegate, |domain, mailbox, wanted| {
        match mailbox.permissions.remove(&wanted) {
            Some(_) => Ok(()),
            None => Err(no_permission(domain, mailbox, delegate)),
        }
    })
}
