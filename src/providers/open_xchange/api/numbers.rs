//! The numbers that the Cloud-Plugins want: of the context, and of its users (`contracts/open_xchange.md §1, §2`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::http::{Loose, Method};
use crate::provider::{ErrorKind, ProviderError};

use super::super::paths::Op;
use super::{Api, accepted, shapes};

/// A user by its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::providers::open_xchange) struct Numbers {
    /// Of the context.
    pub(in crate::providers::open_xchange) context: String,
    /// Of the user.
    pub(in crate::providers::open_xchange) user: String,
    /// What the user logs in with.
    pub(in crate::providers::open_xchange) login: String,
}

impl Numbers {
    /// What the placeholders of a user's paths stand for.
    pub(in crate::providers::open_xchange) fn values(&self) -> [(&'static str, &str); 3] {
        [("context", &self.context), ("user", &self.user), ("uid", &self.login)]
    }
}

/// How many users are asked for, one after the other, to find the number of their context.
const ASKED: usize = 3;

/// The number of every context's administrator.
const ADMINISTRATOR: u64 = 2;

fn number_of(document: &Loose, keys: &[&str]) -> Option<u64> {
    keys.iter().find_map(|key| document.number(key).known()).filter(|number| *number > 0)
}

/// The number of a user, as its record tells it.
pub(in crate::providers::open_xchange) fn uid(document: &Loose) -> Option<u64> {
    number_of(document, &["uid", "user-id", "userid", "user_id", "oxuserid", "id"])
}

fn context_number(document: &Loose) -> Option<u64> {
    number_of(document, &["context-id", "contextid", "context_id", "cid", "id"])
}

impl Api {
    /// True where the connection names the context by its number.
    pub(in crate::providers::open_xchange) fn has_number(&self) -> bool {
        self.context.parse::<u64>().is_ok()
    }

    /// Notes the number of a user that some list told.
    pub(in crate::providers::open_xchange) fn note_uid(&self, login: &str, uid: u64) {
        self.uids().insert(login.to_lowercase(), uid);
    }

    /// Forgets the number of a user that goes or is renamed.
    pub(in crate::providers::open_xchange) fn forget_uid(&self, login: &str) {
        self.uids().remove(&login.to_lowercase());
    }

    fn noted(&self, login: &str) -> Option<u64> {
        self.uids().get(&login.to_lowercase()).copied()
    }

    /// The context's number: as the connection gives it, as the service tells it, or as one of the context's users,
    /// found by what it logs in with, says.
    pub(in crate::providers::open_xchange) async fn context_number(
        &self,
        logins: &[&str],
    ) -> Result<u64, ProviderError> {
        self.number.get_or_try_init(|| self.find_context(logins)).await.copied()
    }

    async fn find_context(&self, logins: &[&str]) -> Result<u64, ProviderError> {
        if let Ok(number) = self.context.parse() {
            return Ok(number);
        }
        let document = self.context_document().await?;
        if let Some(number) = document.as_ref().and_then(context_number) {
            return Ok(number);
        }
        let mut asked: Vec<String> = logins.iter().map(|login| (*login).to_owned()).collect();
        if asked.is_empty() {
            asked = self.users(None).await?.iter().filter_map(|user| user.text("name").known()).collect();
        }
        // The administrator of every context is called the same.
        asked.retain(|login| self.noted(login) != Some(ADMINISTRATOR) && login.contains('@'));
        for login in asked.iter().take(ASKED) {
            let known = self.noted(login);
            let mut numbers = BTreeSet::new();
            for found in self.search("UIDNAME", login).await? {
                let is_it =
                    found.text("uidname").known().is_some_and(|name| name.eq_ignore_ascii_case(login));
                if is_it && (known.is_none() || uid(&found) == known) {
                    numbers.extend(number_of(&found, &["context-id", "contextid"]));
                }
            }
            // Where several contexts have such a user, nothing is told.
            if let (Some(number), 1) = (numbers.first(), numbers.len()) {
                return Ok(*number);
            }
        }
        let message = format!("the number of the context `{}` is not known", self.context);
        Err(ProviderError::new(ErrorKind::Protocol, message)
            .hint("give the number as the `context` of this connection"))
    }

    /// The numbers of a user.
    pub(in crate::providers::open_xchange) async fn numbers(
        &self,
        login: &str,
        uid: Option<u64>,
    ) -> Result<Numbers, ProviderError> {
        let context = self.context_number(&[login]).await?;
        let user = match uid.or_else(|| self.noted(login)) {
            Some(uid) => uid,
            None => self.find_uid(context, login).await?,
        };
        Ok(Numbers { context: context.to_string(), user: user.to_string(), login: login.to_owned() })
    }

    async fn find_uid(&self, context: u64, login: &str) -> Result<u64, ProviderError> {
        let is_it =
            |user: &&Loose| user.text("name").known().is_some_and(|name| name.eq_ignore_ascii_case(login));
        if let Some(number) = self.users(Some(login)).await?.iter().find(is_it).and_then(uid) {
            self.note_uid(login, number);
            return Ok(number);
        }
        // Once for all users: afterwards only the new ones are missing.
        let listed = self.listed.get_or_try_init(|| async {
            for (name, number) in self.list_users(context, None).await? {
                self.uids().entry(name.to_lowercase()).or_insert(number);
            }
            Ok::<(), ProviderError>(())
        });
        match listed.await {
            Err(error) if error.kind == ErrorKind::Auth => return Err(error),
            _ => {}
        }
        if let Some(number) = self.noted(login) {
            return Ok(number);
        }
        for found in self.search("UIDNAME", login).await? {
            let is_it = found.text("uidname").known().is_some_and(|name| name.eq_ignore_ascii_case(login));
            let is_here = number_of(&found, &["context-id", "contextid"]) == Some(context);
            if let Some(number) = uid(&found).filter(|_| is_it && is_here) {
                self.note_uid(login, number);
                return Ok(number);
            }
        }
        let message = format!("the number of the user {login} is not known");
        Err(ProviderError::new(ErrorKind::NotFound, message)
            .hint("plan again; a fresh user may take a minute to be found"))
    }

    /// The numbers of users by what they log in with: of all, or of those with these numbers.
    pub(in crate::providers::open_xchange) async fn list_users(
        &self,
        context: u64,
        uids: Option<&str>,
    ) -> Result<BTreeMap<String, u64>, ProviderError> {
        let context = context.to_string();
        let finish = |call: crate::http::Call| match uids {
            Some(uids) => call.query("uids", uids),
            None => call,
        };
        let reply = self.call(Op::ListUsers, Method::Get, &[("context", &context)], finish).await?;
        let reply = accepted(reply)?;
        let document = shapes::list(&reply)?;
        let users: Vec<(String, Option<u64>)> = match &document {
            Value::Null => Vec::new(),
            Value::Object(users) => {
                let user = |(name, user): (&String, &Value)| {
                    (name.clone(), Loose::of(user).as_ref().and_then(uid).or_else(|| user.as_u64()))
                };
                users.iter().map(user).collect()
            }
            Value::Array(_) => {
                let is_one = |user: &Loose| user.text("uidname").known().is_some();
                let users = shapes::objects(&document, is_one);
                let users = users.ok_or_else(|| reply.unexpected("it is no list of users"))?;
                users.iter().filter_map(|user| Some((user.text("uidname").known()?, uid(user)))).collect()
            }
            _ => return Err(reply.unexpected("it is no list of users")),
        };
        Ok(users.into_iter().filter_map(|(name, number)| Some((name, number?))).collect())
    }

    /// Whether the context has a user of this number, by the list of the Cloud-Plugins, else by that of Cloud API v2.
    pub(in crate::providers::open_xchange) async fn has_user(
        &self,
        numbers: &Numbers,
    ) -> Result<bool, ProviderError> {
        let context = self.context_number(&[]).await?;
        match self.list_users(context, Some(&numbers.user)).await {
            Ok(users) if users.values().any(|number| number.to_string() == numbers.user) => return Ok(true),
            Err(error) if error.kind == ErrorKind::Auth => return Err(error),
            _ => {}
        }
        Ok(self.user(&numbers.login).await?.is_some())
    }

    /// The users that a search finds: it may find more than what equals the word.
    pub(in crate::providers::open_xchange) async fn search(
        &self,
        field: &str,
        word: &str,
    ) -> Result<Vec<Loose>, ProviderError> {
        let finish = |call: crate::http::Call| call.query("search", word).query("field", field);
        let reply = self.call(Op::Search, Method::Get, &[], finish).await?;
        let reply = match accepted(reply) {
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(Vec::new()),
            reply => reply?,
        };
        let is_one = |user: &Loose| uid(user).is_some();
        let document = shapes::list(&reply)?;
        shapes::objects(&document, is_one).ok_or_else(|| reply.unexpected("it is no list of users"))
    }

    /// Closes the sessions of one user.
    pub(in crate::providers::open_xchange) async fn close_sessions(
        &self,
        login: &str,
        uid: Option<u64>,
    ) -> Result<(), ProviderError> {
        let context = if self.has_number() { "contextId" } else { "contextName" };
        // Without a user this call would close every session of the context.
        let user = match uid {
            Some(uid) => ("userId", uid.to_string()),
            None if !login.trim().is_empty() => ("userName", login.to_owned()),
            None => {
                return Err(ProviderError::new(
                    ErrorKind::Invalid,
                    "whose sessions are to be closed is not known",
                ));
            }
        };
        let finish = |call: crate::http::Call| call.query(context, self.context()).query(user.0, user.1);
        super::written(self.call(Op::Sessions, Method::Delete, &[], finish).await?).map(|_| ())
    }
}
