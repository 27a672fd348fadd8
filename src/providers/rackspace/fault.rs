//! What a refused call means (`contracts/rackspace.md §6`). The service's own samples of its errors are not strict
//! JSON, and some answers are XML or a header alone, so they are read leniently.

use serde_json::Value;

use crate::http::Reply;
use crate::provider::{ErrorKind, ProviderError};

use super::api::Loose;

/// What the service says went wrong; empty where it does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fault {
    /// What happened, in its words.
    pub(super) message: String,
    /// What is not there, of an `itemNotFoundFault`: `Domain`, `Mailbox`, …
    pub(super) resource: String,
}

impl Fault {
    /// The fault in a reply. A reply in another form is quoted as it is.
    pub(super) fn of(reply: &Reply) -> Self {
        let body = String::from_utf8_lossy(&reply.body);
        let mut fault = parse(&body).unwrap_or_default();
        if fault.message.is_empty() {
            fault.message = match reply.header("x-error-message").map(str::trim) {
                Some(header) if !header.is_empty() => header.to_owned(),
                _ => body.into_owned(),
            };
        }
        fault.message = reply.quote(&fault.message);
        fault
    }

    /// True where the message holds these words, in small letters.
    pub(super) fn says(&self, words: &str) -> bool {
        self.message.to_ascii_lowercase().contains(words)
    }

    /// True where what is missing is not the mailbox or a part of it, but what should hold it.
    pub(super) fn is_outside(&self) -> bool {
        ["domain", "customer", "account"].iter().any(|word| self.resource.eq_ignore_ascii_case(word))
    }
}

/// What a refused call means.
pub(super) fn refusal(reply: &Reply) -> ProviderError {
    let fault = Fault::of(reply);
    let said = if fault.message.is_empty() {
        format!("the service answered with status {}", reply.status)
    } else {
        format!("the service says: {}", fault.message)
    };
    let made = |kind: ErrorKind, hint: Option<&str>| {
        let error = ProviderError::new(kind, said.clone()).at(reply.call());
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    };
    match reply.status {
        401 => made(ErrorKind::Auth, Some(WRONG_KEYS)),
        403 if fault.says("authentication failed") => made(ErrorKind::Auth, Some(WRONG_KEYS)),
        403 => made(ErrorKind::Denied, Some("check what this user key may do in the control panel")),
        404 if reply.is_page() => made(
            ErrorKind::Protocol,
            Some("nothing of the service answers here: check the host in `url`, and `version`"),
        ),
        404 if fault.resource.eq_ignore_ascii_case("domain") => {
            let message =
                format!("the domain is not one of this account; the service says: {}", fault.message);
            ProviderError::new(ErrorKind::Denied, message)
                .at(reply.call())
                .hint("check the domain's name, and the `account` of this connection")
        }
        404 if fault.is_outside() => made(ErrorKind::Denied, Some("check the `account` of this connection")),
        404 => made(ErrorKind::NotFound, None),
        400 if fault.says("already") => made(ErrorKind::Conflict, None),
        400 if ["licen", "maximum number", "max number"].iter().any(|words| fault.says(words)) => {
            made(ErrorKind::LimitReached, Some("the account may need more mailboxes or room"))
        }
        _ => ProviderError { message: said, ..reply.refusal() },
    }
}

const WRONG_KEYS: &str = "the keys are wrong, or this machine's clock is, or something on the way changes the \
                          User-Agent, which is signed; no further call is made with them";

/// The fault in a body, where there is one.
fn parse(body: &str) -> Option<Fault> {
    let body = body.trim_start_matches('\u{feff}').trim();
    if body.starts_with('<') {
        return Some(Fault { message: element(body, "message")?, resource: String::new() })
            .map(|fault| Fault { resource: element(body, "resourceType").unwrap_or_default(), ..fault });
    }
    let value: Value = serde_json::from_str(body).or_else(|_| serde_json::from_str(&mended(body))).ok()?;
    let outer = Loose::of(&value)?;
    // `{"itemNotFoundFault":{…}}`, or the same without the name around it.
    let fault = outer.inner().unwrap_or(outer);
    let text = |key: &str| fault.text(key).known().unwrap_or_default();
    let message = text("message");
    let message = if message.is_empty() { text("details") } else { message };
    Some(Fault { message, resource: text("resourceType") })
}

/// The content of an XML element, however it is spelled.
fn element(body: &str, name: &str) -> Option<String> {
    let (lower, name) = (body.to_ascii_lowercase(), name.to_ascii_lowercase());
    let start = lower.find(&format!("<{name}>"))? + name.len() + 2;
    let end = start + lower[start..].find(&format!("</{name}>"))?;
    let text = body[start..end].trim();
    Some(text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}

/// A document without commas before a closing bracket, and with the brackets that its end lacks.
fn mended(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut open = Vec::new();
    let (mut is_text, mut is_escaped) = (false, false);
    for c in text.chars() {
        if is_text {
            is_text = is_escaped || c != '"';
            is_escaped = !is_escaped && c == '\\';
        } else {
            match c {
                '"' => is_text = true,
                '{' => open.push('}'),
                '[' => open.push(']'),
                '}' | ']' => {
                    open.pop();
                    drop_comma(&mut mended);
                }
                _ => {}
            }
        }
        mended.push(c);
    }
    if !is_text {
        drop_comma(&mut mended);
    }
    mended.extend(open.into_iter().rev());
    mended
}

fn drop_comma(text: &mut String) {
    let kept = text.trim_end().len();
    if text[..kept].ends_with(',') {
        text.truncate(kept - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_in_every_spelling() {
        for (body, message, resource) in [
            (
                r#"{"badRequestFault":{"message":"Invalid user name","details":"4/11/2014","code":400}}"#,
                "Invalid user name",
                "",
            ),
            (
                r#"{"unauthorized":{"message":"Authentication failed.","code":403,},}"#,
                "Authentication failed.",
                "",
            ),
            (
                r#"{ "itemNotFoundFault": { "message": "Not, found}", "resourceType": "Domain", "#,
                "Not, found}",
                "Domain",
            ),
            (r#"{"ItemNotFoundFault":{"Message":"gone","ResourceType":"Mailbox"}}"#, "gone", "Mailbox"),
            (r#"{"details":"flat"}"#, "flat", ""),
            (r#"{"message":"no name around it","code":400}"#, "no name around it", ""),
            (r#"<appsFault code="500"><message>A &amp; B</message><details/></appsFault>"#, "A & B", ""),
            (
                "\u{feff}<itemNotFoundFault><Message>x</Message><resourceType>Domain</resourceType></itemNotFoundFault>",
                "x",
                "Domain",
            ),
            (
                r#"{"appsFault":{"message":"a \"quoted\" word, and more","details":null}"#,
                "a \"quoted\" word, and more",
                "",
            ),
        ] {
            let fault = Fault { message: message.into(), resource: resource.into() };
            assert_eq!(parse(body), Some(fault), "{body}");
        }
        for other in ["", "Bad Gateway", "<html>", "[1]", "\"text\"", "12"] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
