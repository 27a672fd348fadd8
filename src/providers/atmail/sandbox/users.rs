//! Users: adding, viewing, changing, deleting. Contract sections 4 and 5.
//!
//! Must not know envelopes.

use super::auth::Caller;
use super::params::Params;
use super::reply::{Refusal, Reply};
use super::state::{Right, State, key};
use super::user_fields::{Edit, record};
use super::xml::Node;

/// The address that `name` holds.
struct Target<'a> {
    account: &'a str,
    domain: &'a str,
}

/// The halves of an account, where it is one.
fn target(account: &str) -> Option<Target<'_>> {
    let (name, domain) = account.rsplit_once('@')?;
    let plain = |letter: char| !letter.is_whitespace() && !letter.is_control() && letter != '@';
    let is_account = !name.is_empty()
        && !domain.is_empty()
        && account.len() <= 128
        && name.chars().chain(domain.chars()).all(plain);
    is_account.then_some(Target { account, domain })
}

pub(super) fn create(state: &mut State, caller: &Caller, params: &Params) -> Result<Reply, Refusal> {
    let name = params.required("name")?;
    let Target { account, domain } = target(name).ok_or_else(|| Refusal::invalid("name"))?;
    caller.any_right(&[Right::UAdd])?;
    caller.at(domain)?;
    if !state.has_domain(domain) {
        return Err(Refusal::no_domain());
    }
    if state.users.contains_key(&key(account)) {
        return Err(Refusal::new("User exists"));
    }
    let edit = Edit::of_create(params, state)?;
    let licensed = state.settings.max_users.is_none_or(|limit| state.users.len() < limit);
    if !licensed || !has_user_credit(state, caller) {
        return Err(Refusal::new("No user credits available"));
    }
    check_quota_credit(state, caller, account, &edit)?;

    let made_up = format!("{:016x}", rand::random::<u64>());
    let user = state.insert_user(account);
    edit.apply(user);
    user.generate_password(made_up);
    let id = user.id;
    Ok(Reply::Done(format!("{account} added"), vec![Node::text("id", id)]))
}

/// Whether a sub-admin may have one more user in their domains.
fn has_user_credit(state: &State, caller: &Caller) -> bool {
    let Caller::SubAdmin(admin) = caller else {
        return true;
    };
    let users: usize = admin.domains.iter().map(|domain| state.users_at(domain).count()).sum();
    admin.num_users.is_none_or(|limit| (users as u64) < limit)
}

/// Refuses a quota that takes a sub-admin's domains beyond what they may allocate.
fn check_quota_credit(state: &State, caller: &Caller, account: &str, edit: &Edit) -> Result<(), Refusal> {
    let (Caller::SubAdmin(admin), Some(asked)) = (caller, edit.quota.clone().value()) else {
        return Ok(());
    };
    let Some(limit) = admin.num_quota else {
        return Ok(());
    };
    let users = admin.domains.iter().flat_map(|domain| state.users_at(domain));
    let others = users.filter(|user| key(&user.account) != key(account));
    let taken: u64 = others.filter_map(|user| user.quota).sum();
    if taken + asked > state.column_total(limit) {
        return Err(Refusal::new("No quota credits available"));
    }
    Ok(())
}

pub(super) fn view(state: &State, caller: &Caller, params: &Params) -> Result<Reply, Refusal> {
    let (name, id) = (params.text("name")?, params.text("id")?);
    let user = match (name, id) {
        (Some(name), _) => state.users.get(&key(name)),
        (None, Some(id)) => state.users.values().find(|user| user.id.to_string() == id),
        (None, None) => return Err(Refusal::missing("name")),
    };
    caller.any_right(&[Right::UList, Right::USearch])?;
    if let Some(Target { domain, .. }) = name.and_then(target) {
        caller.at(domain)?;
    }
    let user = user.ok_or_else(|| Refusal::new("User does not exist"))?;
    caller.at(user.domain())?;
    Ok(Reply::View(record(user, &state.settings)))
}

pub(super) fn update(state: &mut State, caller: &Caller, params: &Params) -> Result<Reply, Refusal> {
    let name = params.required("name")?;
    let absent = || Refusal::new("Account does not exist");
    let Target { account, domain } = target(name).ok_or_else(absent)?;
    caller.any_right(&[Right::UModify])?;
    caller.at(domain)?;
    let old = key(account);
    if !state.users.contains_key(&old) {
        return Err(absent());
    }
    let edit = Edit::of_update(params, state)?;
    let renamed = params.text("NewUsername")?.map(|new| renamed(state, &old, new, domain)).transpose()?;
    check_quota_credit(state, caller, account, &edit)?;

    let now = state.now();
    let mut user = state.users.remove(&old).ok_or_else(absent)?;
    edit.apply(&mut user);
    user.modified = now;
    if let Some(account) = renamed {
        user.account = account;
    }
    state.users.insert(key(&user.account), user);
    Ok(Reply::done("Account updated"))
}

/// The account that a rename leads to.
fn renamed(state: &State, old: &str, new: &str, domain: &str) -> Result<String, Refusal> {
    let account = format!("{new}@{domain}");
    if new.contains('@') || target(&account).is_none() {
        return Err(Refusal::invalid("NewUsername"));
    }
    if key(&account) != old && state.users.contains_key(&key(&account)) {
        return Err(Refusal::new("User exists"));
    }
    Ok(account)
}

pub(super) fn delete(state: &mut State, caller: &Caller, params: &Params) -> Result<Reply, Refusal> {
    let name = params.required("name")?;
    let absent = || Refusal::new("User does not exist");
    let Target { account, domain } = target(name).ok_or_else(absent)?;
    caller.any_right(&[Right::UDelete])?;
    caller.at(domain)?;
    state.users.remove(&key(account)).ok_or_else(absent)?;
    Ok(Reply::done("Account deleted"))
}
