//! Sends requests byte by byte and reads the XML that comes back.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::providers::atmail::sandbox::{Atmail, Builder, Snapshot};
use crate::sandbox::raw::{Seen, drain, send};
use crate::sandbox::{Running, start};

pub(super) const BASE: &str = "/index.php/api";
pub(super) const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// An element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) children: Vec<Element>,
    /// The text of an element without children; blanks between elements do not count.
    pub(super) text: String,
}

impl Element {
    /// The elements by these names, one in the other.
    pub(super) fn at(&self, path: &str) -> Option<&Element> {
        let down =
            |element: &'_ Element, name: &str| element.children.iter().position(|child| child.name == name);
        path.split('/').try_fold(self, |element, name| Some(&element.children[down(element, name)?]))
    }

    pub(super) fn text_at(&self, path: &str) -> Option<&str> {
        self.at(path).map(|element| element.text.as_str())
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.children.iter().map(|child| child.name.as_str()).collect()
    }

    /// The texts of all elements of this name, at any depth.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let own = (self.name == name).then_some(self.text.as_str());
        own.into_iter().chain(self.children.iter().flat_map(|child| child.all(name))).collect()
    }
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&#13;", "\r").replace("&quot;", "\"");
    text.replace("&amp;", "&")
}

/// Reads well-formed XML; anything else panics.
pub(super) fn parse(xml: &str) -> Element {
    let xml = xml.trim();
    let xml = match xml.strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>").unwrap().1.trim_start(),
        None => xml,
    };
    let (element, rest) = element(xml);
    assert_eq!(rest.trim(), "", "after the root");
    element
}

fn element(xml: &str) -> (Element, &str) {
    let (tag, mut rest) =
        xml.strip_prefix('<').unwrap_or_else(|| panic!("no tag: {xml}")).split_once('>').unwrap();
    let name = tag.split([' ', '/']).next().unwrap().to_owned();
    let mut element = Element { name, children: Vec::new(), text: String::new() };
    if tag.ends_with('/') {
        return (element, rest);
    }
    loop {
        let at = rest.find('<').unwrap();
        element.text.push_str(&unescaped(&rest[..at]));
        rest = &rest[at..];
        if let Some(end) = rest.strip_prefix("</") {
            let (name, after) = end.split_once('>').unwrap();
            assert_eq!(name, element.name);
            if !element.children.is_empty() {
                element.text.clear();
            }
            return (element, after);
        }
        let (child, after) = self::element(rest);
        element.children.push(child);
        rest = after;
    }
}

/// An answer in the service's envelope.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) http: u16,
    pub(super) method: Element,
    pub(super) body: String,
}

impl Told {
    pub(super) fn of(seen: &Seen) -> Self {
        let body = seen.body();
        assert_eq!(seen.header("content-type").as_deref(), Some("text/xml"), "{body}");
        let start = body.find("<?xml").unwrap();
        let root = parse(&body[start..]);
        assert_eq!(root.children.len(), 1);
        Self { http: seen.status(), method: root.children[0].clone(), body }
    }

    pub(super) fn status(&self) -> &str {
        self.method.text_at("status").unwrap()
    }

    /// The message, wherever it stands.
    pub(super) fn message(&self) -> &str {
        let message = self.method.text_at("response/message").or_else(|| self.method.text_at("message"));
        message.unwrap_or_else(|| panic!("{}", self.body))
    }

    /// Asserts a success of 200 with this message.
    pub(super) fn succeeded(&self, message: &str) {
        assert_eq!((self.http, self.status(), self.message()), (200, "success", message));
    }

    /// Asserts a failure of 200 with this message.
    pub(super) fn failed(&self, message: &str) {
        assert_eq!((self.http, self.status(), self.message()), (200, "failed", message));
    }

    /// The items of a list in the default place.
    pub(super) fn items(&self) -> &[Element] {
        assert_eq!((self.http, self.status()), (200, "success"), "{}", self.body);
        &self.method.at("response").unwrap().children
    }

    /// The record of a view in the default place.
    pub(super) fn record(&self) -> &Element {
        assert_eq!((self.http, self.status()), (200, "success"), "{}", self.body);
        self.method.at("response").unwrap()
    }
}

/// A served simulator and who calls it.
pub(super) struct Client {
    pub(super) sandbox: Atmail,
    pub(super) running: Running,
    login: (String, String),
}

/// The header of Basic credentials.
pub(super) fn basic(user: &str, password: &str) -> String {
    format!("Authorization: Basic {}\r\n", BASE64_STANDARD.encode(format!("{user}:{password}")))
}

impl Client {
    /// A service with the domain `example.com`.
    pub(super) async fn default() -> Self {
        Self::new(Atmail::builder()).await
    }

    /// A service with the domain `example.com` too.
    pub(super) async fn new(builder: Builder) -> Self {
        let sandbox = builder.domain("example.com").build();
        let running = start(sandbox.simulator()).await.unwrap();
        Self { sandbox, running, login: (Atmail::USERNAME.into(), Atmail::PASSWORD.into()) }
    }

    /// Places users of `example.com` whose password is `secret`.
    pub(super) fn with(self, names: &[&str]) -> Self {
        self.sandbox.edit(|rows| {
            for name in names {
                rows.user(&format!("{name}@example.com"), "secret");
            }
        });
        self
    }

    /// Calls as somebody else from now on.
    pub(super) fn login(&mut self, user: &str, password: &str) {
        self.login = (user.into(), password.into());
    }

    /// Sends a request with exactly these headers beside `Host`, `Connection` and the length of the body.
    pub(super) async fn raw(&self, method: &str, path: &str, headers: &str, body: &str) -> Seen {
        let length = if body.is_empty() && method == "GET" {
            String::new()
        } else {
            format!("Content-Length: {}\r\n", body.len())
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}{length}\r\n{body}"
        );
        drain(send(self.running.address(), request.as_bytes()).await).await
    }

    /// Sends a request to the API with a form, and hands back all that came.
    pub(super) async fn seen(&self, method: &str, path: &str, form: &str) -> Seen {
        let headers = basic(&self.login.0, &self.login.1) + FORM;
        self.raw(method, &format!("{BASE}/{path}"), &headers, form).await
    }

    pub(super) async fn call(&self, method: &str, path: &str, form: &str) -> Told {
        Told::of(&self.seen(method, path, form).await)
    }

    pub(super) async fn get(&self, path: &str) -> Told {
        self.call("GET", path, "").await
    }

    pub(super) async fn post(&self, path: &str, form: &str) -> Told {
        self.call("POST", path, form).await
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        self.sandbox.snapshot()
    }

    /// The accounts that `users/list` tells behind this.
    pub(super) async fn accounts(&self, arguments: &str) -> Vec<String> {
        let told = self.get(&format!("users/list{arguments}")).await;
        let items = told.items().iter();
        items.map(|item| item.text_at("Account").unwrap().split('@').next().unwrap().to_owned()).collect()
    }
}
