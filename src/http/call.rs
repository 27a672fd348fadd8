//! What is sent: one request, described without a host.

use std::fmt;
use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

/// The verb of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Reads without a body: whether something is there.
    Head,
    /// Does what the path says.
    Post,
    /// Replaces.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// Whether a call changes anything, which decides whether it may be repeated and what an error means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It changes nothing: it may be repeated.
    Read,
    /// It may change something: it is sent once.
    Write,
}

/// A text that may be a secret; a secret is never shown.
#[derive(Clone)]
pub enum Text {
    /// May be shown.
    Plain(String),
    /// May not.
    Secret(SecretString),
}

impl Text {
    pub(super) fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.expose_secret(),
        }
    }

    pub(super) fn is_secret(&self) -> bool {
        matches!(self, Self::Secret(_))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(text) => write!(f, "{text:?}"),
            Self::Secret(_) => f.write_str("(secret)"),
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}
impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::Plain(text)
    }
}
impl From<SecretString> for Text {
    fn from(secret: SecretString) -> Self {
        Self::Secret(secret)
    }
}

impl Text {
    /// What of it may not be shown, however a service repeats it: of credentials in a header also the part behind the
    /// scheme, and of a login what it was made of.
    fn secrets(&self) -> Vec<SecretString> {
        let Self::Secret(secret) = self else { return Vec::new() };
        let mut secrets = vec![secret.clone()];
        if let Some((scheme, credential)) = secret.expose_secret().split_once(' ')
            && !scheme.is_empty()
            && !credential.is_empty()
        {
            secrets.push(credential.into());
            let decoded = base64::engine::general_purpose::STANDARD.decode(credential).ok();
            if let Some(plain) = decoded.and_then(|bytes| String::from_utf8(bytes).ok()) {
                match plain.split_once(':').filter(|_| scheme.eq_ignore_ascii_case("basic")) {
                    // A key may stand in the place of the user.
                    Some((key, "")) => secrets.push(key.into()),
                    Some((_, password)) => secrets.push(password.into()),
                    None => secrets.push(plain.into()),
                }
            }
        }
        secrets
    }
}

#[derive(Debug, Clone)]
pub(super) enum Body {
    None,
    Form(Vec<(&'static str, Text)>),
    Multipart(Vec<(&'static str, Text)>),
    Text { content_type: &'static str, text: Text },
}

/// One request, without the host. A `get` and a `head` are reads and every other is a write until [`Call::reads`] says
/// otherwise.
#[derive(Debug, Clone)]
pub struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) headers: Vec<(&'static str, Text)>,
    pub(super) body: Body,
    pub(super) effect: Effect,
    pub(super) confidential: bool,
    pub(super) timeout: Option<Duration>,
}

impl Call {
    /// A request. `path` starts with `/`, is appended to the connection's address, and has its variable parts
    /// escaped with [`segment`].
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::None,
            effect: if matches!(method, Method::Get | Method::Head) { Effect::Read } else { Effect::Write },
            confidential: false,
            timeout: None,
        }
    }

    /// A read.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::Get, path)
    }

    /// A read whose answer is its status.
    pub fn head(path: impl Into<String>) -> Self {
        Self::new(Method::Head, path)
    }

    /// A write, unless [`Call::reads`] says otherwise.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::Post, path)
    }

    /// A replacing write.
    pub fn put(path: impl Into<String>) -> Self {
        Self::new(Method::Put, path)
    }

    /// A removing write.
    pub fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::Delete, path)
    }

    /// Adds a parameter to the query; never a secret, and never shown.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<Text>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Adds HTTP Basic credentials.
    #[must_use]
    pub fn basic(self, user: &str, password: &SecretString) -> Self {
        let pair = format!("{user}:{}", password.expose_secret());
        let value = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
        self.header("authorization", SecretString::from(value))
    }

    /// Sends a form, `application/x-www-form-urlencoded` in UTF-8.
    #[must_use]
    pub fn form(mut self, fields: impl IntoIterator<Item = (&'static str, Text)>) -> Self {
        self.body = Body::Form(fields.into_iter().collect());
        self
    }

    /// Sends a form as `multipart/form-data`.
    #[must_use]
    pub fn multipart(mut self, fields: impl IntoIterator<Item = (&'static str, Text)>) -> Self {
        self.body = Body::Multipart(fields.into_iter().collect());
        self
    }

    /// Sends a JSON document, which is taken for secret.
    ///
    /// # Panics
    /// Where `value` cannot be JSON: a map with keys that are no text. The wire types of an adapter have none.
    #[must_use]
    pub fn json(mut self, value: &impl Serialize) -> Self {
        let text = serde_json::to_string(value).expect("wire types serialise");
        self.body = Body::Text { content_type: "application/json", text: SecretString::from(text).into() };
        self
    }

    /// Sends a text of another type, like XML.
    #[must_use]
    pub fn text(mut self, content_type: &'static str, text: impl Into<Text>) -> Self {
        self.body = Body::Text { content_type, text: text.into() };
        self
    }

    /// Says that this call changes nothing whatever its verb: it may be repeated.
    #[must_use]
    pub fn reads(mut self) -> Self {
        self.effect = Effect::Read;
        self
    }

    /// Says that this call must not be repeated whatever its verb (a login that spends a one-time token).
    #[must_use]
    pub fn once(mut self) -> Self {
        self.effect = Effect::Write;
        self
    }

    /// Says that the reply holds a secret: no error quotes it.
    #[must_use]
    pub fn confidential(mut self) -> Self {
        self.confidential = true;
        self
    }

    /// What no text about this call may show.
    pub(super) fn secrets(&self) -> impl Iterator<Item = SecretString> {
        let fields = match &self.body {
            Body::Form(fields) | Body::Multipart(fields) => fields.as_slice(),
            Body::None | Body::Text { .. } => &[],
        };
        self.headers.iter().chain(fields).flat_map(|(_, text)| text.secrets())
    }

    /// Waits so long for this call instead of the connection's time.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

/// Escapes a text so that it is one segment of a path.
pub fn segment(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_no_secret() {
        let call = Call::post("/login")
            .basic("me@example.com", &SecretString::from("hunter2hunter2"))
            .header("x-auth-token", SecretString::from("949724"))
            .form([("email", "me@example.com".into()), ("password", SecretString::from("pw-secret").into())]);
        let shown = format!("{call:?}");
        let encoded = base64::engine::general_purpose::STANDARD.encode("me@example.com:hunter2hunter2");
        for secret in ["hunter2", "949724", "pw-secret", &encoded] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("me@example.com"));
    }

    #[test]
    fn escapes_a_segment() {
        assert_eq!(segment("a/b?c#d %é"), "a%2Fb%3Fc%23d%20%25%C3%A9");
        assert_eq!(segment("jane.doe@example.com"), "jane.doe@example.com");
    }
}
