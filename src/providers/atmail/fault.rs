//! What a refusal means: the service tells it in prose (`contracts/atmail.md §2`).

use crate::http::Reply;
use crate::provider::{ErrorKind, ProviderError};

use super::envelope::Envelope;

const WRONG_LOGIN: &str =
    "check `username` and the password of this connection; no further call is made with them";
const NO_RIGHT: &str =
    "the login may not do this, or not in this domain: `mailwright doctor` tells its rights";
const NO_CREDIT: &str = "the account's licence is used up: buy more, or remove what is not needed";
const NO_DOMAIN: &str = "add the domain first: `manage: true` at the domain does it";
const NO_ARGUMENT: &str = "this version of the service has no such argument: name the field in `unsupported` of this \
                           connection";
const NO_CALL: &str = "this version of the service has no such call: check the path in `url`";
const NOTHING_HERE: &str =
    "nothing of the service answers here: `mailwright doctor` tries the paths that are known";
const NO_POST: &str = "where the server takes no POST, say `write_method: get` at this connection";

/// A status that an answer of another kind bears.
const UNAUTHORISED: u16 = 401;

/// The answer in a reply, where it says that the call was carried out.
///
/// # Errors
/// What it refuses, by its words; an error by the status where the body is not the service's own.
pub(super) fn judge(reply: &Reply) -> Result<Envelope, ProviderError> {
    if reply.status == UNAUTHORISED {
        return Err(reply.refused(ErrorKind::Auth).hint(WRONG_LOGIN));
    }
    match Envelope::of(reply) {
        Ok(envelope) if envelope.success && reply.is_success() => Ok(envelope),
        Ok(envelope) if envelope.success => {
            Err(reply.unexpected("it is contradictory: a status of a failure around an answer of success"))
        }
        Ok(envelope) => Err(refused(reply, &envelope.message)),
        Err(_) if !reply.is_success() => Err(by_status(reply)),
        Err(what) => Err(reply.unexpected(&what)),
    }
}

/// What these words of the service mean; none where nobody knows them.
fn meaning(message: &str) -> Option<(ErrorKind, Option<&'static str>)> {
    let said = message.to_ascii_lowercase();
    let says = |words: &str| said.contains(words);
    Some(if says("authentication failed") {
        (ErrorKind::Auth, Some(WRONG_LOGIN))
    } else if says("permission denied") {
        (ErrorKind::Denied, Some(NO_RIGHT))
    } else if says("no user credits") || says("no domain credits") || says("credits available") {
        (ErrorKind::LimitReached, Some(NO_CREDIT))
    } else if says("local domain does not exist") {
        (ErrorKind::Invalid, Some(NO_DOMAIN))
    } else if says("illegal argument") {
        (ErrorKind::Invalid, Some(NO_ARGUMENT))
    } else if says("unknown method") || says("no method") {
        (ErrorKind::Protocol, Some(NO_CALL))
    } else if says("user exists") || says("already exists") || said.starts_with("duplicate") {
        (ErrorKind::Conflict, None)
    } else if is_absence(&said) {
        (ErrorKind::NotFound, None)
    } else if says("does not exist") {
        (ErrorKind::Protocol, Some(NO_CALL))
    } else {
        return None;
    })
}

/// What the service says of its own parts, or of its database's, when it cannot carry out a call at all.
const PARTS: [&str; 12] = [
    "action",
    "method",
    "controller",
    "class",
    "function",
    "file",
    "directory",
    "table",
    "column",
    "relation",
    "database",
    "module",
];

/// The most words that name an object: `User`, `jim.com`, `Sub admin jim`.
const NAME_WORDS: usize = 4;

/// True for `X does not exist` of an object, in small letters. `Action "view" does not exist and was not trapped` and
/// `relation "users" does not exist` are said of every object alike, and so of none.
fn is_absence(said: &str) -> bool {
    let Some(object) = said.trim_end_matches(['.', '!', ' ']).strip_suffix("does not exist") else {
        return false;
    };
    let words: Vec<&str> = object.split_whitespace().collect();
    let names_a_part =
        words.iter().any(|word| PARTS.contains(&word.trim_matches(|letter: char| !letter.is_alphanumeric())));
    words.len() <= NAME_WORDS && !names_a_part
}

fn refused(reply: &Reply, message: &str) -> ProviderError {
    let said = match reply.quote(message) {
        said if said.is_empty() => "the service refuses it without a word".to_owned(),
        said => format!("the service says: {said}"),
    };
    let (kind, hint) = meaning(message).unwrap_or_else(|| {
        // A failure that the server did not foresee may have come after the write.
        (if reply.status >= 500 { reply.refusal().kind } else { ErrorKind::Invalid }, None)
    });
    let error = ProviderError::new(kind, said).at(reply.call());
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// What a status means around a body that is not the service's own. That nothing answers here never means that an
/// object is not there.
fn by_status(reply: &Reply) -> ProviderError {
    match reply.status {
        404 | 410 => reply.refused(ErrorKind::Protocol).hint(NOTHING_HERE),
        405 | 501 => reply.refused(ErrorKind::Invalid).hint(NO_POST),
        _ => reply.refusal(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_their_meaning() {
        for (message, kind) in [
            ("Authentication failed", ErrorKind::Auth),
            ("Permission denied", ErrorKind::Denied),
            ("No user credits available", ErrorKind::LimitReached),
            ("No domain credits", ErrorKind::LimitReached),
            ("Local domain does not exist", ErrorKind::Invalid),
            ("illegal argument name used: x", ErrorKind::Invalid),
            ("User exists", ErrorKind::Conflict),
            ("a.example already exists", ErrorKind::Conflict),
            ("Duplicate admin@isp.com", ErrorKind::Conflict),
            ("User does not exist", ErrorKind::NotFound),
            ("Account does not exist", ErrorKind::NotFound),
            ("jim.com does not exist", ErrorKind::NotFound),
            ("Alias does not exist", ErrorKind::NotFound),
            ("Sub admin jim does not exist.", ErrorKind::NotFound),
            ("Unknown Method 'userfoo'.", ErrorKind::Protocol),
            ("Action \"view\" does not exist and was not trapped in __call()", ErrorKind::Protocol),
            ("ERROR: relation \"Users\" does not exist", ErrorKind::Protocol),
            ("Table atmail.Users does not exist", ErrorKind::Protocol),
        ] {
            assert_eq!(meaning(message).map(|(kind, _)| kind), Some(kind), "{message}");
        }
        assert_eq!(meaning("SQLSTATE[42S22]"), None);
        assert_eq!(meaning(""), None);
    }
}
