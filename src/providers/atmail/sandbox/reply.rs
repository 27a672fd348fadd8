//! How the service words its answers: envelopes and pages. Contract section 2.
//!
//! Must not know any operation.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};

use super::settings::{AuthFailure, Depth, MessagePlace, Quirk, Settings};
use super::xml::{Node, keys};

/// What an operation leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// A message, and what stands behind it.
    Done(String, Vec<Node>),
    /// The items of a list, each as the children of its `key_N`.
    List(Vec<Item>),
    /// One record.
    View(Vec<Node>),
}

/// One item of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Record(Vec<Node>),
    Name(String),
}

impl Reply {
    pub(super) fn done(message: impl Into<String>) -> Self {
        Self::Done(message.into(), Vec::new())
    }
}

/// A refusal; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    message: String,
    /// A status of its own, whatever the quirks say.
    status: Option<StatusCode>,
}

impl Refusal {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), status: None }
    }

    /// A right or a domain that the caller does not have.
    pub(super) fn denied() -> Self {
        Self::new("Permission denied")
    }

    /// An argument that the operation needs.
    pub(super) fn missing(name: &str) -> Self {
        Self::new(format!("Missing argument: {name}"))
    }

    /// An argument that holds what it cannot.
    pub(super) fn invalid(name: &str) -> Self {
        Self::new(format!("Invalid value for {name}"))
    }

    /// The domain of an address is not one of the server's.
    pub(super) fn no_domain() -> Self {
        Self::new("Local domain does not exist")
    }

    /// No operation of this name.
    pub(super) fn unknown(method: &str) -> Self {
        Self { message: format!("Unknown method {method}"), status: Some(StatusCode::NOT_FOUND) }
    }
}

/// Which envelope an operation has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope<'a> {
    /// The name of the method's element.
    pub(super) method: &'a str,
    /// Whether the document prints `message` directly under it.
    pub(super) direct: bool,
}

/// The answer on the wire.
pub(super) fn response(
    result: Result<Reply, Refusal>,
    envelope: Envelope<'_>,
    settings: &Settings,
) -> Response {
    let failures_are_400 = settings.has(Quirk::FailuresAre400);
    let (children, word, status) = match result {
        Err(Refusal { message, status }) => {
            let thrown = status.is_some() || failures_are_400;
            let children = said(&message, Vec::new(), envelope.direct && !thrown, settings);
            let usual = if failures_are_400 { StatusCode::BAD_REQUEST } else { StatusCode::OK };
            (children, "failed", status.unwrap_or(usual))
        }
        Ok(reply) => {
            let wrong = settings.has(Quirk::SuccessIs500);
            let status = if wrong { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK };
            (told(reply, envelope.direct, settings), "success", status)
        }
    };
    xml(status, envelope.method, children, word, settings)
}

fn xml(status: StatusCode, method: &str, children: Vec<Node>, word: &str, settings: &Settings) -> Response {
    let mut children = children;
    if settings.has(Quirk::NoStatus) {
        // Nothing says how it went.
    } else if settings.has(Quirk::StatusFirst) {
        children.insert(0, Node::text("status", word));
    } else {
        children.push(Node::text("status", word));
    }
    let root = Node::inner(settings.root.as_str(), vec![Node::inner(method, children)]);
    let end = if settings.has(Quirk::OneLine) { "" } else { "\n" };
    let mut body = String::new();
    if settings.has(Quirk::PhpWarnings) {
        body.push_str(
            "<br />\n<b>Warning</b>:  Undefined index: domain in <b>/srv/atmail/api/Users.php</b> on line \
             <b>42</b><br />\n",
        );
    }
    body.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    root.print(" generator=\"zend\" version=\"1.0\"", end, &mut body);
    if method == "aliasesdelete" && !end.is_empty() {
        // The document's samples of this one method end so.
        body = body.replace("</status>\n</aliasesdelete>\n", "</status>\n \n</aliasesdelete>");
    }
    (status, [(CONTENT_TYPE, "text/xml")], body).into_response()
}

/// A message where it stands for this operation.
fn said(message: &str, behind: Vec<Node>, direct: bool, settings: &Settings) -> Vec<Node> {
    let mut nodes = vec![Node::text("message", message)];
    nodes.extend(behind);
    let direct = match settings.message_place {
        MessagePlace::Document => direct,
        MessagePlace::Response => false,
        MessagePlace::Method => true,
    };
    if direct { nodes } else { vec![Node::inner("response", nodes)] }
}

fn told(reply: Reply, direct: bool, settings: &Settings) -> Vec<Node> {
    let nodes = match reply {
        Reply::Done(message, behind) => return said(&message, behind, direct, settings),
        Reply::View(record) if settings.has(Quirk::ViewIsList) => items(vec![Item::Record(record)], settings),
        Reply::View(record) => record,
        Reply::List(list) => items(list, settings),
    };
    match settings.depth {
        Depth::Method => nodes,
        Depth::Response => vec![Node::inner("response", nodes)],
        Depth::Results => {
            let response = vec![Node::text("message", "Success"), Node::inner("results", nodes)];
            vec![Node::inner("response", response)]
        }
    }
}

fn items(list: Vec<Item>, settings: &Settings) -> Vec<Node> {
    let named = keys(settings.numbering).zip(list);
    named
        .map(|(key, item)| match item {
            Item::Record(record) => Node::inner(key, record),
            Item::Name(name) => Node::text(key, name),
        })
        .collect()
}

/// The refusal of missing or wrong credentials.
pub(super) fn unauthenticated(settings: &Settings) -> Response {
    let status = match settings.auth_failure {
        AuthFailure::Page => {
            let mut response = page(StatusCode::UNAUTHORIZED, "Authorization Required");
            let realm = axum::http::HeaderValue::from_static("Basic realm=\"atmail webadmin\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, realm);
            return response;
        }
        AuthFailure::Xml => StatusCode::OK,
        AuthFailure::Xml400 => StatusCode::BAD_REQUEST,
    };
    xml(
        status,
        "authenticate",
        said("Authentication failed", Vec::new(), false, settings),
        "failed",
        settings,
    )
}

/// The page that the web server shows for a status.
pub(super) fn page(status: StatusCode, title: &str) -> Response {
    let code = status.as_u16();
    let body = format!(
        "<!DOCTYPE html>\n<html><head>\n<title>{code} {title}</title>\n</head><body>\n<h1>{title}</h1>\n</body></html>\n"
    );
    (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response()
}

/// What every path outside of the API shows.
pub(super) fn login_page() -> Response {
    let body = "<!DOCTYPE html>\n<html>\n<head><title>Login</title></head>\n<body>\n<form method=\"post\" \
                action=\"/index.php/mail/auth/processlogin\">\n<input name=\"email\"><br>\n<input \
                name=\"password\" type=\"password\">\n</form>\n</body>\n</html>\n";
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response()
}
