//! The routes, in the order of refusals: credentials, request limits, accepted format, unknown path, wrong verb, form,
//! account, domain, the route itself.

use axum::http::request::Parts;
use axum::http::{Method, StatusCode};

use super::content::{self, Fields, Plus};
use super::reply::{Refusal, Reply};
use super::settings::Settings;
use super::state::State;
use super::{active_sync, addresses, auth, directory, domains, mailboxes, permissions, spam};
use crate::sandbox::Form;

/// What a path under a domain names.
#[derive(Clone, Copy, Debug)]
enum Target<'a> {
    Domain,
    Mailboxes,
    Mailbox(&'a str),
    Address(&'a str, &'a str),
    Permissions(&'a str),
    Permission(&'a str, &'a str),
    ActiveSync(&'a str),
    ActiveSyncs,
    SpamSettings(&'a str),
    SpamList(&'a str, &'static str),
    SpamEntry(&'a str, &'static str, &'a str),
    Contacts,
    DistributionLists,
}

impl<'a> Target<'a> {
    fn of(settings: &Settings, segments: &[&'a str]) -> Option<Self> {
        Some(match *segments {
            [] => Self::Domain,
            ["ex", "contacts"] => Self::Contacts,
            ["ex", "distributionlists"] => Self::DistributionLists,
            ["ex", "activesyncmobileservices"] => Self::ActiveSyncs,
            ["ex", "mailboxes"] => Self::Mailboxes,
            ["ex", "mailboxes", name, ref rest @ ..] if !name.is_empty() => match *rest {
                [] => Self::Mailbox(name),
                ["emailaddresses", address] => Self::Address(name, address),
                ["permissions"] => Self::Permissions(name),
                ["permissions", delegate] if !delegate.is_empty() => Self::Permission(name, delegate),
                ["activesyncmobileservice"] => Self::ActiveSync(name),
                ["spam", "settings"] => Self::SpamSettings(name),
                ["spam", list] => Self::SpamList(name, spam::list_of(settings, list)?),
                ["spam", list, value] => Self::SpamEntry(name, spam::list_of(settings, list)?, value),
                _ => return None,
            },
            _ => return None,
        })
    }

    /// The verbs that it answers.
    fn verbs(self) -> &'static [Method] {
        match self {
            Self::Domain
            | Self::Mailboxes
            | Self::Permissions(_)
            | Self::ActiveSyncs
            | Self::SpamList(..)
            | Self::Contacts
            | Self::DistributionLists => &[Method::GET],
            Self::Mailbox(_) => &[Method::GET, Method::POST, Method::PUT, Method::DELETE],
            Self::Address(..) | Self::SpamEntry(..) => &[Method::POST, Method::DELETE],
            Self::Permission(..) => &[Method::POST, Method::PUT, Method::DELETE],
            Self::ActiveSync(_) => &[Method::GET, Method::POST, Method::DELETE],
            Self::SpamSettings(_) => &[Method::GET, Method::PUT],
        }
    }

    /// The query parameters that it looks at.
    fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Mailboxes => &["offset", "size", "enabled", "fields"],
            Self::Permissions(_) | Self::ActiveSyncs | Self::SpamList(..) => &["offset", "size"],
            Self::Contacts => &["offset", "size", "contains"],
            Self::DistributionLists => &["limit", "marker", "contains"],
            _ => &[],
        }
    }
}

/// The segments of a path, each percent-decoded.
fn segments(path: &str) -> Result<Vec<String>, Refusal> {
    let decoded = |segment: &str| content::decoded(segment.as_bytes(), Plus::Itself);
    let path = path.strip_prefix('/').unwrap_or(path);
    let segments: Option<Vec<String>> = path.split('/').map(decoded).collect();
    segments.ok_or_else(|| Refusal::bad_request("Malformed path"))
}

/// Answers one request.
pub(super) fn answer(state: &mut State, parts: &Parts, body: &[u8]) -> Result<Reply, Refusal> {
    let (method, headers) = (&parts.method, &parts.headers);
    let user_key = auth::authenticate(&state.settings, state.now(), headers)?;
    state.throttle.pass(&state.settings, &user_key, method)?;
    content::check_accept(headers)?;

    let segments = segments(parts.uri.path())?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let (account, rest) = match *segments.as_slice() {
        [version, ..] if version != state.settings.version => return Err(Refusal::no_route()),
        [_, "customers", account, "domains", ref rest @ ..] => (Some(account), rest),
        [_, "domains", ref rest @ ..] => (None, rest),
        _ => return Err(Refusal::no_route()),
    };
    let query = Form::urlencoded(parts.uri.query().unwrap_or("").as_bytes());
    let Some((name, rest)) = rest.split_first() else {
        check_verb(method, &[Method::GET])?;
        note_ignored(state, &query, &["offset", "size", "domainNames", "contains"]);
        let account = domains::account(state, account)?;
        return domains::index(state, account, &query);
    };
    let target = Target::of(&state.settings, rest).ok_or_else(Refusal::no_route)?;
    check_verb(method, target.verbs())?;
    let form = Fields::of(method, headers, body)?;
    note_ignored(state, &query, if *method == Method::GET { target.parameters() } else { &[] });

    let account = domains::account(state, account)?;
    let domain = domains::find(state, account, name)?;
    if !matches!(target, Target::Domain) {
        domains::check_exchange(state, &domain)?;
    }
    match *method {
        Method::GET => read(state, &domain, target, &query),
        Method::POST => add(state, &domain, target, &form),
        Method::PUT => edit(state, &domain, target, &form),
        _ => delete(state, &domain, target),
    }
}

fn check_verb(method: &Method, verbs: &[Method]) -> Result<(), Refusal> {
    if verbs.contains(method) {
        Ok(())
    } else {
        Err(Refusal::other(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"))
    }
}

fn note_ignored(state: &mut State, query: &Form, known: &[&str]) {
    let ignored = query.iter().filter(|(name, _)| !known.contains(name));
    state.ignored.extend(ignored.map(|(name, _)| name.to_owned()));
}

fn read(state: &mut State, at: &str, target: Target<'_>, query: &Form) -> Result<Reply, Refusal> {
    let Some(domain) = state.domains.get(at) else {
        return Err(Refusal::no_route());
    };
    match target {
        Target::Domain => Ok(domains::show(domain)),
        Target::Mailboxes => mailboxes::index(&state.settings, domain, query),
        Target::ActiveSyncs => active_sync::index(&state.settings, domain, query),
        Target::Contacts => directory::contacts(&state.settings, domain, query),
        Target::DistributionLists => directory::distribution_lists(&state.settings, domain, query),
        Target::Mailbox(name) => mailboxes::show(state, at, name),
        Target::Permissions(name) => permissions::index(state, at, name, query),
        Target::ActiveSync(name) => active_sync::show(state, at, name),
        Target::SpamSettings(name) => spam::show(state, at, name),
        Target::SpamList(name, list) => spam::index(state, at, name, list, query),
        Target::Address(..) | Target::Permission(..) | Target::SpamEntry(..) => Err(Refusal::no_route()),
    }
}

fn add(state: &mut State, at: &str, target: Target<'_>, form: &Fields) -> Result<Reply, Refusal> {
    match target {
        Target::Mailbox(name) => mailboxes::add(state, at, name, form),
        Target::Permission(name, delegate) => permissions::grant(state, at, name, delegate, form),
        Target::Address(name, address) => {
            form.only(&[])?;
            addresses::add(state, at, name, address)
        }
        Target::ActiveSync(name) => {
            form.only(&[])?;
            active_sync::add(state, at, name)
        }
        Target::SpamEntry(name, list, value) => {
            form.only(&[])?;
            spam::add(state, at, name, list, value)
        }
        _ => Err(Refusal::no_route()),
    }
}

fn edit(state: &mut State, at: &str, target: Target<'_>, form: &Fields) -> Result<Reply, Refusal> {
    match target {
        Target::Mailbox(name) => mailboxes::edit(state, at, name, form),
        Target::Permission(name, delegate) => permissions::change_type(state, at, name, delegate, form),
        Target::SpamSettings(name) => spam::edit(state, at, name, form),
        _ => Err(Refusal::no_route()),
    }
}

fn delete(state: &mut State, at: &str, target: Target<'_>) -> Result<Reply, Refusal> {
    match target {
        Target::Mailbox(name) => mailboxes::delete(state, at, name),
        Target::Address(name, address) => addresses::delete(state, at, name, address),
        Target::Permission(name, delegate) => permissions::revoke(state, at, name, delegate),
        Target::ActiveSync(name) => active_sync::delete(state, at, name),
        Target::SpamEntry(name, list, value) => spam::delete(state, at, name, list, value),
        _ => Err(Refusal::no_route()),
    }
}
