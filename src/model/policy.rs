//! The brakes and how each is released once.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Kind, Source, Verb};

/// The `policy:` of a configuration. Caps that are not declared have defaults, see [`Policy::cap`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// Declared caps on deletes, per connection and kind.
    pub max_deletes: BTreeMap<Kind, Cap>,
    /// Declared caps on creates, per connection and kind.
    pub max_creates: BTreeMap<Kind, Cap>,
    /// Addresses that are never deleted, suspended, renamed or left without a recipient.
    pub protected: Vec<Protected>,
    /// What happens to forwards that leave the organisation.
    pub external_forwards: ExternalForwards,
}

/// A declared cap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cap {
    /// How many a plan may hold.
    pub count: u64,
    /// Where it is declared.
    pub at: Option<Source>,
}

/// A glob of protected addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protected {
    /// The glob, over whole addresses in comparing form.
    pub glob: String,
    /// Where it is declared.
    pub at: Option<Source>,
}

/// What happens to forwards that leave the organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExternalForwards {
    /// Shown as exposure.
    #[default]
    Allow,
    /// Only to what `external:` lists.
    Listed,
}

impl Policy {
    /// Deletes of mailboxes that a plan may hold where policy does not say. A mailbox is somebody's mail: five is
    /// a normal week's leavers, more is a mistake until somebody says otherwise.
    pub const DEFAULT_MAILBOX_DELETES: u64 = 5;
    /// Deletes of any other kind that a plan may hold where policy does not say.
    pub const DEFAULT_OTHER_DELETES: u64 = 20;
    /// Creates of mailboxes that a plan may hold where policy does not say. Creates cost money and licences.
    pub const DEFAULT_MAILBOX_CREATES: u64 = 50;

    /// The cap on `verb` for `kind`, and where it is declared; none where there is no cap.
    pub fn cap(&self, verb: Verb, kind: Kind) -> Option<Cap> {
        let (declared, default) = match verb {
            Verb::Delete => (
                self.max_deletes.get(&kind),
                Some(if kind == Kind::Mailbox {
                    Self::DEFAULT_MAILBOX_DELETES
                } else {
                    Self::DEFAULT_OTHER_DELETES
                }),
            ),
            Verb::Create => (
                self.max_creates.get(&kind),
                (kind == Kind::Mailbox).then_some(Self::DEFAULT_MAILBOX_CREATES),
            ),
            Verb::Update | Verb::Rename => (None, None),
        };
        declared.cloned().or_else(|| default.map(|count| Cap { count, at: None }))
    }
}

/// A brake released for one plan, as given with `--allow`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Override {
    /// `VERB:KIND:IDENTITY`: this one change may pass.
    Change {
        /// What the change does, or `suspend`, `expose`: see [`Override::WORDS`].
        word: String,
        /// The kind of its object.
        kind: Kind,
        /// Its object's identity, as shown.
        identity: String,
    },
    /// `deletes:KIND=N` or `creates:KIND=N`: so many may pass.
    Cap {
        /// Delete or create.
        verb: Verb,
        /// Of which kind.
        kind: Kind,
        /// How many.
        count: u64,
    },
}

/// Why an `--allow` argument says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` releases nothing: write `delete:mailbox:bob@example.com`, `deletes:mailbox=12` or `creates:mailbox=3000`"
)]
pub struct OverrideError(pub String);

impl Override {
    /// What can be released for one object.
    pub const WORDS: [&'static str; 4] = ["create", "update", "rename", "delete"];

    /// The override that lets one change pass.
    pub fn of(verb: Verb, kind: Kind, identity: &str) -> Self {
        Self::Change { word: verb.to_string(), kind, identity: identity.to_ascii_lowercase() }
    }
}

impl FromStr for Override {
    type Err = OverrideError;

    fn from_str(text: &str) -> Result<Self, OverrideError> {
        let error = || OverrideError(text.to_owned());
        let (word, rest) = text.split_once(':').ok_or_else(error)?;
        if word == "deletes" || word == "creates" {
            let (kind, count) = rest.split_once('=').ok_or_else(error)?;
            let verb = if word == "deletes" { Verb::Delete } else { Verb::Create };
            let kind = kind.parse().map_err(|_| error())?;
            return Ok(Self::Cap { verb, kind, count: count.parse().map_err(|_| error())? });
        }
        let (kind, identity) = rest.split_once(':').ok_or_else(error)?;
        if !Self::WORDS.contains(&word) || identity.is_empty() {
            return Err(error());
        }
        let kind = kind.parse().map_err(|_| error())?;
        Ok(Self::Change { word: word.to_owned(), kind, identity: identity.to_ascii_lowercase() })
    }
}

impl fmt::Display for Override {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Change { word, kind, identity } => write!(f, "{word}:{kind}:{identity}"),
            Self::Cap { verb, kind, count } => write!(f, "{verb}s:{kind}={count}"),
        }
    }
}

impl Serialize for Override {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Override {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_read_back_as_shown() {
        for text in ["delete:mailbox:bob@example.com", "deletes:mailbox=12", "creates:mailbox=3000"] {
            assert_eq!(text.parse::<Override>().expect(text).to_string(), text);
        }
        for bad in
            ["", "delete", "delete:mailbox", "delete:mailboxes:a@b", "deletes:mailbox=", "kill:mailbox:a@b"]
        {
            assert!(bad.parse::<Override>().is_err(), "{bad}");
        }
    }
}
