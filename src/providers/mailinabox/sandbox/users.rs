//! The `/mail/users` routes. Contract section 3.
//!
//! Validation runs in the order in which the box refuses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::state::{Maildir, State, User};
use super::text::{Crash, Reply, lines};
use super::{Version, address, order, quota};
use crate::sandbox::Form;

const USER_CHARACTERS: &str = "User account email addresses may only use the lowercase ASCII letters a-z, the digits \
    0-9, underscore (_), hyphen (-), and period (.).";
const USER_DCV: &str = "You may not make a user account for that address because it is frequently used for domain \
    control validation. Use an alias instead if necessary.";

fn not_a_user(email: &str) -> String {
    format!("That's not a user ({email}).")
}

fn checked_password(password: &str) -> Result<(), &'static str> {
    if password.trim().is_empty() {
        Err("No password provided.")
    } else if password.chars().count() < 8 {
        Err("Passwords must be at least eight characters.")
    } else {
        Ok(())
    }
}

fn checked_privilege(privilege: &str) -> Result<(), String> {
    if privilege.contains('\n') || privilege.trim().is_empty() {
        return Err(format!("That's not a valid privilege ({privilege})."));
    }
    Ok(())
}

/// `GET /mail/users`
pub(super) fn list(state: &State, query: &Form) -> Reply {
    if query.text("format") != "json" {
        return Reply::ok(lines(state.sorted_users()));
    }
    // By domain, active users before archived ones, then by address.
    let mut domains: BTreeMap<String, BTreeMap<(bool, &str), Value>> = BTreeMap::new();
    for (email, user) in state.users.iter() {
        let entry = active(state.version, email, user, state.maildirs.get(email));
        domains.entry(address::shown_domain(email)).or_default().insert((false, email), entry);
    }
    for email in state.maildirs.keys().filter(|email| !state.users.contains_key(*email)) {
        let entry = archived(state.version, email);
        domains.entry(address::shown_domain(email)).or_default().insert((true, email), entry);
    }
    let names: BTreeSet<String> = domains.keys().cloned().collect();
    let listed: Vec<Value> = order::sort_domains(&names, &state.primary)
        .into_iter()
        .map(|domain| {
            let users: Vec<Value> = domains.remove(&domain).unwrap_or_default().into_values().collect();
            json!({ "domain": domain, "users": users })
        })
        .collect();
    Reply::json(&Value::from(listed))
}

fn active(version: Version, email: &str, user: &User, maildir: Option<&Maildir>) -> Value {
    if version < Version::V75 {
        return json!({ "email": email, "privileges": user.privileges, "status": "active" });
    }
    let unknown = || json!("?");
    let (limit, size, share) = match maildir.and_then(|maildir| Some((maildir.limit?, maildir.used))) {
        Some((limit, held)) => {
            (json!(limit), json!(quota::size_text(held)), json!(quota::percent_text(held, limit)))
        }
        None => (unknown(), unknown(), unknown()),
    };
    let percent = if user.quota == "0" { json!("") } else { share };
    json!({
        "box_quota": limit,
        "box_size": size,
        "email": email,
        "percent": percent,
        "privileges": user.privileges,
        "quota": user.quota,
        "status": "active",
    })
}

fn archived(version: Version, email: &str) -> Value {
    let (user, domain) = email.split_once('@').unwrap_or((email, ""));
    let mailbox = format!("/home/user-data/mail/mailboxes/{domain}/{user}");
    if version < Version::V75 {
        return json!({ "email": email, "mailbox": mailbox, "privileges": [], "status": "inactive" });
    }
    json!({
        "box_quota": "?",
        "box_size": "?",
        "email": email,
        "mailbox": mailbox,
        "percent": "?",
        "privileges": [],
        "status": "inactive",
    })
}

/// `POST /mail/users/add`
pub(super) fn add(state: &mut State, form: &Form) -> Result<Reply, Crash> {
    let (email, password) = (form.text("email"), form.text("password"));
    let (privileges, quota) = match checked_user(state, form) {
        Ok(checked) => checked,
        Err(refusal) => return Ok(Reply::refused(refusal)),
    };
    if !state.insert_user(email, password, privileges, quota) {
        return Ok(Reply::refused("User already exists."));
    }
    state.recalculate(email)?;
    Ok(Reply::ok(state.kick("mail user added")?))
}

/// Privileges and quota to store, or the first refusal.
fn checked_user(state: &State, form: &Form) -> Result<(Vec<String>, String), String> {
    let email = form.text("email");
    if email.trim().is_empty() {
        return Err("No email address provided.".into());
    }
    if !address::is_valid(email, address::Form::Mailbox) {
        return Err("Invalid email address.".into());
    }
    if !address::is_login(email) {
        return Err(USER_CHARACTERS.into());
    }
    if address::is_dcv(email) && !state.users.is_empty() {
        return Err(USER_DCV.into());
    }
    checked_password(form.text("password"))?;
    let privileges = match form.text("privileges") {
        blank if blank.trim().is_empty() => Vec::new(),
        lines => lines.split('\n').map(str::to_owned).collect(),
    };
    for privilege in &privileges {
        checked_privilege(privilege)?;
    }
    let quota = match state.version {
        Version::V72 => "0".to_owned(),
        Version::V75 => quota::checked(form.get("quota").unwrap_or("0"))?,
    };
    Ok((privileges, quota))
}

/// `POST /mail/users/remove`: the row goes, the mail directory stays.
pub(super) fn remove(state: &mut State, form: &Form) -> Result<Reply, Crash> {
    let email = form.text("email");
    if state.users.remove(email).is_none() {
        return Ok(Reply::refused(not_a_user(email)));
    }
    Ok(Reply::ok(state.kick("mail user removed")?))
}

/// `POST /mail/users/password`
pub(super) fn set_password(state: &mut State, form: &Form) -> Reply {
    let (email, password) = (form.text("email"), form.text("password"));
    if let Err(refusal) = checked_password(password) {
        return Reply::refused(refusal);
    }
    let salt = state.fresh_number();
    let Some(user) = state.users.get_mut(email) else {
        return Reply::refused(not_a_user(email));
    };
    password.clone_into(&mut user.password);
    user.salt = salt;
    user.password_writes += 1;
    Reply::ok("OK")
}

/// `GET /mail/users/privileges`
pub(super) fn privileges(state: &State, query: &Form) -> Reply {
    let email = query.text("email");
    match state.users.get(email) {
        Some(user) => Reply::ok(user.privileges.join("\n")),
        None => Reply::refused(not_a_user(email)),
    }
}

/// `POST /mail/users/privileges/add`
pub(super) fn add_privilege(state: &mut State, form: &Form) -> Reply {
    change_privileges(state, form, |privileges, privilege| {
        if !privileges.iter().any(|held| held == privilege) {
            privileges.push(privilege.to_owned());
        }
    })
}

/// `POST /mail/users/privileges/remove`
pub(super) fn remove_privilege(state: &mut State, form: &Form) -> Reply {
    change_privileges(state, form, |privileges, privilege| {
        privileges.retain(|held| held != privilege);
    })
}

fn change_privileges(state: &mut State, form: &Form, change: impl FnOnce(&mut Vec<String>, &str)) -> Reply {
    let (email, privilege) = (form.text("email"), form.text("privilege"));
    if let Err(refusal) = checked_privilege(privilege) {
        return Reply::refused(refusal);
    }
    let Some(user) = state.users.get_mut(email) else {
        return Reply::refused(not_a_user(email));
    };
    change(&mut user.privileges, privilege);
    Reply::ok("OK")
}

/// `GET /mail/users/quota`: an unknown user is an odd 200 unless `text` is asked for.
pub(super) fn get_quota(state: &State, query: &Form) -> Reply {
    let email = query.text("email");
    let stored = state.users.get(email).map(|user| user.quota.clone());
    match (stored, query.text("text").is_empty()) {
        (Some(quota), true) => Reply::json(&json!({ "email": email, "quota": quota })),
        (Some(quota), false) => Reply::ok(quota),
        (None, true) => Reply::json(&json!({ "email": email, "quota": [not_a_user(email), 400] })),
        (None, false) => Reply::refused(not_a_user(email)),
    }
}

/// `POST /mail/users/quota`; without the field the daemon crashes.
pub(super) fn set_quota(state: &mut State, form: &Form) -> Result<Reply, Crash> {
    let email = form.text("email");
    let quota = match quota::checked(form.get("quota").ok_or(Crash)?) {
        Ok(quota) => quota,
        Err(refusal) => return Ok(Reply::refused(refusal)),
    };
    let Some(user) = state.users.get_mut(email) else {
        return Ok(Reply::refused(not_a_user(email)));
    };
    user.quota = quota;
    state.recalculate(email)?;
    Ok(Reply::ok("OK"))
}
