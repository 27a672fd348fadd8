//! How an object of this service is found again.

use std::fmt;

use crate::model::RecordId;

/// A user's number, where it is known, and the name that it is addressed by: `17 jane@example.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::providers::open_xchange) struct Remote {
    pub(in crate::providers::open_xchange) uid: Option<u64>,
    pub(in crate::providers::open_xchange) login: String,
}

impl Remote {
    /// What an id says.
    pub(in crate::providers::open_xchange) fn read(remote: &str) -> Option<Self> {
        let (uid, login) = remote.split_once(' ')?;
        Some(Self { uid: uid.parse().ok(), login: login.to_owned() })
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.uid {
            Some(uid) => write!(f, "{uid} {}", self.login),
            None => write!(f, "- {}", self.login),
        }
    }
}

/// The record of a user, which holds the aliases in its list too.
pub(super) fn record(login: &str) -> RecordId {
    format!("user:{login}").into()
}

/// True for the record that an alias has for itself.
pub(in crate::providers::open_xchange) fn is_own_record(record: &str) -> bool {
    record.starts_with("alias:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_was_written() {
        for (text, uid, login) in [
            ("17 jane@example.com", Some(17), "jane@example.com"),
            ("- a name with blanks", None, "a name with blanks"),
        ] {
            let remote = Remote { uid, login: login.to_owned() };
            assert_eq!((Remote::read(text), remote.to_string()), (Some(remote.clone()), text.to_owned()));
        }
        assert_eq!(Remote::read("nothing"), None);
    }
}
