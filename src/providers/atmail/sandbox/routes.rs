//! Which operation a path means, and what is judged before it. Contract sections 1 and 4.
//!
//! Must not know what the operations do.

use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;

use super::auth::Caller;
use super::params::{self, Params, decoded};
use super::reply::{self, Envelope, Refusal, Reply};
use super::settings::{Quirk, Settings};
use super::state::State;
use super::{aliases, domains, listing, subadmins, user_fields, users};

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Authenticate,
    DomainCreate,
    DomainDelete,
    DomainCheck,
    DomainList,
    UserCreate,
    UserView,
    UserList,
    UserUpdate,
    UserDelete,
    AliasCreate,
    AliasList,
    AliasDelete,
    SubAdminCreate,
    SubAdminView,
    SubAdminList,
    SubAdminUpdate,
    SubAdminDelete,
}

impl Operation {
    fn of(controller: &str, action: &str) -> Option<Self> {
        Some(match (controller, action) {
            ("login" | "admin", "authenticate") => Self::Authenticate,
            ("domain", "create") => Self::DomainCreate,
            ("domain", "delete") => Self::DomainDelete,
            ("domain", "check") => Self::DomainCheck,
            ("domain", "list") => Self::DomainList,
            ("users", "create") => Self::UserCreate,
            ("users", "view") => Self::UserView,
            ("users", "list") => Self::UserList,
            ("users", "update") => Self::UserUpdate,
            ("users", "delete") => Self::UserDelete,
            ("aliases", "create") => Self::AliasCreate,
            ("aliases", "list") => Self::AliasList,
            ("aliases", "delete") => Self::AliasDelete,
            ("subadmin", "create") => Self::SubAdminCreate,
            ("subadmin", "view") => Self::SubAdminView,
            ("subadmin", "list") => Self::SubAdminList,
            ("subadmin", "update") => Self::SubAdminUpdate,
            ("subadmin", "delete") => Self::SubAdminDelete,
            _ => return None,
        })
    }

    /// The name of the method's element: the document's where it prints one, otherwise by their pattern.
    fn method(self) -> &'static str {
        match self {
            Self::Authenticate => "authenticate",
            Self::DomainCreate => "domainadd",
            Self::DomainDelete => "domaindelete",
            Self::DomainCheck => "domaincheck",
            Self::DomainList => "domainlist",
            Self::UserCreate => "useradd",
            Self::UserView => "userview",
            Self::UserList => "userlist",
            Self::UserUpdate => "userupdate",
            Self::UserDelete => "userdelete",
            Self::AliasCreate => "aliasescreate",
            Self::AliasList => "aliaseslist",
            Self::AliasDelete => "aliasesdelete",
            Self::SubAdminCreate => "subadminadd",
            Self::SubAdminView => "subadminview",
            Self::SubAdminList => "subadminlist",
            Self::SubAdminUpdate => "subadminupdate",
            Self::SubAdminDelete => "subadmindelete",
        }
    }

    fn writes(self) -> bool {
        !matches!(
            self,
            Self::Authenticate
                | Self::DomainCheck
                | Self::DomainList
                | Self::UserView
                | Self::UserList
                | Self::AliasList
                | Self::SubAdminView
                | Self::SubAdminList
        )
    }

    /// The parameters that it looks at.
    fn parameters(self, settings: &Settings) -> Vec<&'static str> {
        match self {
            Self::Authenticate | Self::DomainList | Self::AliasList | Self::SubAdminList => Vec::new(),
            Self::DomainCreate | Self::DomainDelete | Self::DomainCheck | Self::UserDelete => vec!["name"],
            Self::UserCreate => user_fields::of_create(settings.names),
            Self::UserView => vec!["name", "id"],
            Self::UserList => vec!["domain", "start", "volume"],
            Self::UserUpdate => user_fields::of_update(settings.names),
            Self::AliasCreate | Self::AliasDelete => aliases::of_create(settings.names),
            Self::SubAdminCreate | Self::SubAdminUpdate => subadmins::parameters(),
            Self::SubAdminView | Self::SubAdminDelete => vec!["Username"],
        }
    }

    fn run(self, state: &mut State, caller: &Caller, params: &Params) -> Result<Reply, Refusal> {
        match self {
            Self::Authenticate => Ok(Reply::done("Authentication success")),
            Self::DomainCreate => domains::create(state, caller, params),
            Self::DomainDelete => domains::delete(state, caller, params),
            Self::DomainCheck => domains::check(state, caller, params),
            Self::DomainList => Ok(domains::list(state, caller)),
            Self::UserCreate => users::create(state, caller, params),
            Self::UserView => users::view(state, caller, params),
            Self::UserList => listing::list(state, caller, params),
            Self::UserUpdate => users::update(state, caller, params),
            Self::UserDelete => users::delete(state, caller, params),
            Self::AliasCreate => aliases::create(state, caller, params),
            Self::AliasList => aliases::list(state, caller),
            Self::AliasDelete => aliases::delete(state, caller, params),
            Self::SubAdminCreate => subadmins::create(state, caller, params),
            Self::SubAdminView => subadmins::view(state, caller, params),
            Self::SubAdminList => subadmins::list(state, caller),
            Self::SubAdminUpdate => subadmins::update(state, caller, params),
            Self::SubAdminDelete => subadmins::delete(state, caller, params),
        }
    }
}

/// What stands behind the base path, split at its slashes; none where the path is outside of the API.
fn segments<'a>(path: &'a str, base: &str) -> Option<Vec<&'a str>> {
    let rest = path.strip_prefix(base)?;
    if !rest.is_empty() && !rest.starts_with('/') {
        return None;
    }
    // Empty segments at the ends are trimmed away, and with them an empty value.
    let rest = rest.trim_matches('/');
    if rest.is_empty() { None } else { Some(rest.split('/').collect()) }
}

/// Answers one request.
pub(super) fn answer(state: &mut State, parts: &Parts, body: &[u8]) -> Response {
    let path = parts.uri.path();
    if !params::has_whole_escapes(path) {
        return reply::page(StatusCode::BAD_REQUEST, "Bad Request");
    }
    let lower = path.to_ascii_lowercase();
    if lower.contains("%2f") || lower.contains("%00") {
        return reply::page(StatusCode::NOT_FOUND, "Not Found");
    }
    let post_refused = state.settings.has(Quirk::PostRefused) && parts.method == Method::POST;
    if post_refused || ![Method::GET, Method::POST, Method::PUT, Method::DELETE].contains(&parts.method) {
        return reply::page(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
    }
    let Some(segments) = segments(path, &state.settings.base_path) else {
        return reply::login_page();
    };
    let controller = decoded(segments[0]);
    let action = segments.get(1).map_or_else(|| "index".to_owned(), |action| decoded(action));
    let params = Params::of(segments.get(2..).unwrap_or(&[]), parts, body);
    let name = format!("{controller}/{action}");
    if params.has_password_in_url() {
        state.passwords_in_urls.push(name.clone());
    }
    let operation = Operation::of(&controller, &action);
    if parts.method == Method::GET && operation.is_some_and(Operation::writes) {
        state.writes_by_get.push(name);
    }

    let Some(caller) = Caller::of(state, &parts.headers) else {
        return reply::unauthenticated(&state.settings);
    };
    let Some(operation) = operation else {
        let envelope = Envelope { method: "error", direct: false };
        return reply::response(Err(Refusal::unknown(&action)), envelope, &state.settings);
    };
    let known = operation.parameters(&state.settings);
    let ignored = params.names().filter(|name| !known.contains(name)).map(str::to_owned);
    state.ignored.extend(ignored);

    let bare = state.settings.has(Quirk::BareMethods);
    let envelope = Envelope {
        method: if bare { &action } else { operation.method() },
        direct: matches!(operation, Operation::DomainCreate | Operation::DomainDelete),
    };
    let result = operation.run(state, &caller, &params);
    reply::response(result, envelope, &state.settings)
}
