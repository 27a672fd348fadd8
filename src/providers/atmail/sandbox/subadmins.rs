//! Sub-admins. Contract section 4; the document prints no reply of theirs.
//!
//! Must not know envelopes.

use super::auth::Caller;
use super::params::Params;
use super::reply::{Item, Refusal, Reply};
use super::settings::{Numbering, Quirk};
use super::state::{Admin, Right, State, key};
use super::xml::{Node, keys};

/// The parameters that a create and an update look at.
pub(super) fn parameters() -> Vec<&'static str> {
    let rights = Right::ALL.iter().map(|right| right.word());
    let others = ["Username", "Password", "Domains", "NumUsers", "Company", "Fullname", "NumQuota"];
    others.into_iter().chain(rights).collect()
}

pub(super) fn create(state: &mut State, caller: &Caller, params: &Params) -> Result<Reply, Refusal> {
    let (name, password) = (params.required("Username")?, params.required("Password")?);
    caller.only_master()?;
    if name.contains(':') {
        return Err(Refusal::invalid("Username"));
    }
    if name == state.settings.owner || state.admins.contains_key(&key(name)) {
        return Err(Refusal::new(format!("{name} already exists")));
    }
    let mut admin = Admin { username: name.to_owned(), ..Admin::default() };
    write(state, &mut admin, params)?;
    password.clone_into(&mut admin.password);
    admin.password_writes = 1;
    state.admins.insert(key(name), admin);
    Ok(Reply::done(format!("{name} added")))
}

/// Everything but the name and the password.
fn write(state: &State, admin: &mut Admin, params: &Params) -> Result<(), Refusal> {
    for right in Right::ALL {
        match params.text(right.word())? {
            None => {}
            Some("1" | "true") => {
                admin.rights.insert(right);
            }
            Some("0" | "false" | "") => {
                admin.rights.remove(&right);
            }
            Some(_) => return Err(Refusal::invalid(right.word())),
        }
    }
    if let Some(domains) = params.many("Domains") {
        if !domains.iter().all(|domain| state.has_domain(domain)) {
            return Err(Refusal::no_domain());
        }
        admin.domains = domains.into_iter().map(key).collect();
    }
    params.write_number("NumUsers")?.write(&mut admin.num_users);
    params.write_number("NumQuota")?.write(&mut admin.num_quota);
    params.write(&["Company"])?.write(&mut admin.company);
    params.write(&["Fullname"])?.write(&mut admin.full_name);
    Ok(())
}

fn absent(name: &str) -> Refusal {
    Refusal::new(format!("{name} does not exist"))
}

pub(super) fn view(state: &State, caller: &Caller, params: &Params) -> Result<Reply, Refusal> {
    let name = params.required("Username")?;
    caller.only_master()?;
    let admin = state.admins.get(&key(name)).ok_or_else(|| absent(name))?;
    Ok(Reply::View(record(state, admin)))
}

pub(super) fn list(state: &State, caller: &Caller) -> Result<Reply, Refusal> {
    caller.only_master()?;
    Ok(Reply::List(state.admins.values().map(|admin| Item::Record(record(state, admin))).collect()))
}

fn record(state: &State, admin: &Admin) -> Vec<Node> {
    // A real array goes on numbering where the outer one stands; the inner numbers need not start anew.
    let numbering = match state.settings.numbering {
        Numbering::FromZero => Numbering::FromZero,
        Numbering::FromOne | Numbering::Gaps => Numbering::Gaps,
    };
    let domains = keys(numbering).zip(&admin.domains).map(|(key, domain)| Node::text(key, domain));
    let mut record = vec![Node::text("Username", &admin.username)];
    if state.settings.has(Quirk::ShowsSecrets) {
        record.push(Node::text("Password", &admin.password));
    }
    record.extend(Right::ALL.iter().map(|right| Node::text(right.word(), u8::from(admin.has(*right)))));
    record.extend([
        Node::column("NumUsers", admin.num_users),
        Node::column("Company", admin.company.as_deref()),
        Node::column("Fullname", admin.full_name.as_deref()),
        Node::column("NumQuota", admin.num_quota),
        Node::inner("Domains", domains.collect()),
    ]);
    record
}

pub(super) fn update(state: &mut State, caller: &Caller, params: &Params) -> Result<Reply, Refusal> {
    let name = params.required("Username")?;
    caller.only_master()?;
    let mut admin = state.admins.get(&key(name)).cloned().ok_or_else(|| absent(name))?;
    write(state, &mut admin, params)?;
    match params.text("Password")? {
        None => {}
        Some("") => return Err(Refusal::invalid("Password")),
        Some(password) => {
            password.clone_into(&mut admin.password);
            admin.password_writes += 1;
        }
    }
    state.admins.insert(key(name), admin);
    Ok(Reply::done(format!("{name} updated")))
}

pub(super) fn delete(state: &mut State, caller: &Caller, params: &Params) -> Result<Reply, Refusal> {
    let name = params.required("Username")?;
    caller.only_master()?;
    state.admins.remove(&key(name)).ok_or_else(|| absent(name))?;
    Ok(Reply::done(format!("{name} deleted")))
}
