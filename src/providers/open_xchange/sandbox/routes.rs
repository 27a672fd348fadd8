//! One request from its credentials to its operation.
//!
//! The order of refusals: credentials, path, verb, class of credentials, query and body, context, user, the operation
//! itself. Must not know what an operation does.

use std::collections::BTreeMap;

use axum::http::Method;
use axum::http::request::Parts;

use super::auth::{self, Caller};
use super::catalogue::{Group, Subject};
use super::content::{self, Body, Query, Segment};
use super::places::Found;
use super::reply::{Api, Refusal, Reply};
use super::settings::Quirk;
use super::state::State;
use super::{announcements, attributes, contexts, directory, domains, forwards, lists, mail, users};

/// Which host a request came to (contract §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// Everything, but for shared domains where hosts are separate.
    Rest,
    /// Shared domains alone.
    Admin,
}

impl Host {
    fn serves(self, state: &State, group: Group) -> bool {
        let belongs_to_admin = group == Group::SharedDomains;
        match self {
            Self::Admin => belongs_to_admin,
            Self::Rest => !(belongs_to_admin && state.settings.separate_hosts),
        }
    }
}

/// What an operation is given.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) caller: Caller,
    holes: BTreeMap<String, Segment>,
    pub(super) query: Query,
    pub(super) body: Body<'a>,
}

impl Call<'_> {
    /// A part of the path, decoded; empty where the template has no such hole.
    pub(super) fn hole(&self, name: &str) -> &str {
        self.holes.get(name).map_or("", |segment| segment.text.as_str())
    }

    /// A part of the path as it was sent.
    pub(super) fn raw_hole(&self, name: &str) -> &str {
        self.holes.get(name).map_or("", |segment| segment.raw.as_str())
    }

    /// A part of the path that is a number.
    pub(super) fn number(&self, name: &str) -> Result<u64, Refusal> {
        let text = self.hole(name);
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| digits);
        number.ok_or_else(|| Refusal::bad_request(format!("{name} must be a number")))
    }

    /// Refuses parameters and a body.
    pub(super) fn bare(self) -> Result<(), Refusal> {
        self.body.none()?;
        self.query.finish()
    }
}

/// Answers one request; says which API words it.
pub(super) fn answer(
    state: &mut State,
    host: Host,
    parts: &Parts,
    body: &[u8],
) -> (Result<Reply, Refusal>, Api) {
    let segments = match content::segments(parts.uri.path()) {
        Ok(segments) => segments,
        Err(refusal) => return (Err(refusal), Api::Plugins),
    };
    let found = state.settings.map.find(&parts.method, &segments, |place| host.serves(state, place.group));
    let api = match &found {
        Found::Place(place, ..) if place.group == Group::CloudApi => Api::Cloud,
        Found::Place(..) => Api::Plugins,
        _ if parts.uri.path().starts_with(Group::CloudApi.default_prefix()) => Api::Cloud,
        _ => Api::Plugins,
    };
    (located(state, found, parts, body), api)
}

fn located(state: &mut State, found: Found, parts: &Parts, body: &[u8]) -> Result<Reply, Refusal> {
    let caller = auth::authenticate(state, &parts.headers)?;
    let (place, verb, holes) = match found {
        Found::Place(place, verb, holes) => (place, verb, holes),
        Found::WrongVerb => return Err(Refusal::wrong_verb()),
        Found::Nothing => return Err(Refusal::no_route()),
    };
    if place.group == Group::ExplicitDomains && state.settings.has(Quirk::NoExplicitDomains) {
        return Err(Refusal::no_route());
    }
    if parts.method == Method::HEAD && state.settings.has(Quirk::NoHead) {
        return Err(Refusal::wrong_verb());
    }
    auth::check_class(state, place.group.scheme(), caller)?;
    let query = Query::read(parts.uri.query())?;
    let body = Body { headers: &parts.headers, bytes: body };
    dispatch(state, place.subject, &verb, Call { caller, holes, query, body })
}

fn dispatch(state: &mut State, subject: Subject, verb: &Method, call: Call<'_>) -> Result<Reply, Refusal> {
    let read = *verb == Method::GET;
    let delete = *verb == Method::DELETE;
    let post = *verb == Method::POST;
    match subject {
        Subject::Attribute(attribute) if read => attributes::read(state, attribute, call),
        Subject::Attribute(attribute) if delete => attributes::remove(state, attribute, call),
        Subject::Attribute(attribute) => attributes::write(state, attribute, call),
        Subject::Bulk => attributes::bulk(state, call),
        Subject::ListUsers => directory::list_users(state, call),
        Subject::Search => directory::search(state, call),
        Subject::Brand => directory::brand(state, call),
        Subject::Sessions => directory::close_sessions(state, call),
        Subject::Forwards if read => forwards::list(state, call),
        Subject::Forwards => forwards::delete_all(state, call),
        Subject::Forward if read => forwards::show(state, call),
        Subject::Forward if delete => forwards::delete(state, call),
        Subject::Forward if post != state.settings.has(Quirk::ForwardVerbsSwapped) => {
            forwards::replace(state, call)
        }
        Subject::Forward => forwards::add(state, call),
        Subject::ForwardExists => forwards::exists(state, call),
        Subject::ForwardRecipient => forwards::delete_recipient(state, call),
        Subject::ForwardRecipientExists => forwards::recipient_exists(state, call),
        Subject::SharedDomains => domains::shared_list(state, call),
        Subject::SharedDomain if post => domains::shared_create(state, call),
        Subject::SharedDomain => domains::shared_delete(state, call),
        Subject::SharedDomainExists => domains::shared_exists(state, call),
        Subject::ExplicitDomains => domains::explicit_list(state, call),
        Subject::ExplicitDomain if post => domains::explicit_create(state, call),
        Subject::ExplicitDomain => domains::explicit_delete(state, call),
        Subject::ExplicitDomainExists => domains::explicit_exists(state, call),
        Subject::BrandDomains => domains::brand_list(state, call),
        Subject::BrandDomainExists => domains::brand_exists(state, call),
        Subject::DomainUsers => domains::users(state, call),
        Subject::List(list) if read => lists::read(state, list, call),
        Subject::List(list) => lists::delete_all(state, list, call),
        Subject::ListFilter(list) => lists::filter(state, list, call),
        Subject::ListEntry(list) if delete => lists::delete(state, list, call),
        Subject::ListEntry(list) => lists::add(state, list, call),
        Subject::MailAll
        | Subject::MailNew
        | Subject::MailQuota
        | Subject::MailRecent
        | Subject::MailUnread
        | Subject::MailUnreadInbox => mail::read(state, subject, call),
        Subject::NotifyWelcome => mail::notify(state, "welcome", call),
        Subject::NotifyOverQuota => mail::notify(state, "overquota", call),
        Subject::NotifySpamDisabled => mail::notify(state, "spamdisabled", call),
        Subject::Announcements => announcements::create(state, call),
        Subject::AnnouncementsList => announcements::list(state, call),
        Subject::Announcement => announcements::delete(state, call),
        Subject::AnnouncementUpdate => announcements::update(state, call),
        Subject::AnnouncementEnable => announcements::switch(state, call, |one| one.enabled = true),
        Subject::AnnouncementDisable => announcements::switch(state, call, |one| one.enabled = false),
        Subject::Contexts if read => contexts::list(state, call),
        Subject::Contexts => contexts::create(state, call),
        Subject::Context if read => contexts::show(state, call),
        Subject::Context if delete => contexts::delete(state, call),
        Subject::Context => contexts::change(state, call),
        Subject::Users if read => users::list(state, call),
        Subject::Users => users::create(state, call),
        Subject::User if read => users::show(state, call),
        Subject::User if delete => users::delete(state, call),
        Subject::User => users::change(state, call),
        Subject::UserPermissions => users::permit(state, call),
        Subject::CloudForwards if read => forwards::cloud_list(state, call),
        Subject::CloudForwards => forwards::cloud_create(state, call),
        Subject::CloudForward if delete => forwards::cloud_delete(state, call),
        Subject::CloudForward => forwards::cloud_change(state, call),
        Subject::CloudSharedDomains => domains::cloud_list(state, call),
        Subject::CloudSharedDomain => domains::cloud_create(state, call),
    }
}
