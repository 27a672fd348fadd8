//! Cloud API v2: users and contexts (`contracts/open_xchange.md §6`).

use serde_json::Value;

use crate::http::{Call, Loose, Reply, segment};
use crate::provider::{ErrorKind, ProviderError};

use super::super::paths::Host;
use super::{Api, accepted, shapes, written};

const ROOT: &str = "/cloudapi/v2";

fn user_path(login: &str) -> String {
    format!("{ROOT}/users/{}", segment(login))
}

fn is_user(document: &Loose) -> bool {
    document.text("name").known().is_some()
}

impl Api {
    /// Adds which context a call is about.
    fn select(&self, call: Call) -> Call {
        let key = if self.has_number() { "id" } else { "name" };
        call.query(key, self.context())
    }

    /// The users of the context; with a pattern those whose names it fits.
    pub(in crate::providers::open_xchange) async fn users(
        &self,
        pattern: Option<&str>,
    ) -> Result<Vec<Loose>, ProviderError> {
        let mut call = self.select(Call::get(format!("{ROOT}/users")));
        if let Some(pattern) = pattern {
            call = call.query("pattern", format!("*{pattern}*"));
        }
        let call = call.query("includeid", "true").query("includepermissions", "true");
        let reply = accepted(self.send(Host::Rest, call).await?)?;
        let document = shapes::list(&reply)?;
        // Every context has its administrator, so a whole list is never nothing.
        let users =
            if document.is_null() && pattern.is_none() { None } else { shapes::objects(&document, is_user) };
        users.ok_or_else(|| reply.unexpected("it is no list of users"))
    }

    /// A user with what it may do; none where it is not there.
    pub(in crate::providers::open_xchange) async fn user(
        &self,
        login: &str,
    ) -> Result<Option<Loose>, ProviderError> {
        let call = self.select(Call::get(user_path(login))).query("includepermissions", "true");
        let reply = match accepted(self.send(Host::Rest, call).await?) {
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            reply => reply?,
        };
        let document = match shapes::list(&reply) {
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            document => document?,
        };
        if document.is_null() {
            return Ok(None);
        }
        match shapes::objects(&document, is_user).as_deref() {
            Some([user]) => Ok(Some(user.clone())),
            Some([]) => Ok(None),
            _ => Err(reply.unexpected("it is no user")),
        }
    }

    /// Makes a user.
    pub(in crate::providers::open_xchange) async fn create_user(
        &self,
        body: &Value,
    ) -> Result<Reply, ProviderError> {
        let call = self.select(Call::post(format!("{ROOT}/users"))).json(body);
        written(self.send(Host::Rest, call).await?)
    }

    /// Changes what `body` holds of a user.
    pub(in crate::providers::open_xchange) async fn change_user(
        &self,
        login: &str,
        body: &Value,
    ) -> Result<Reply, ProviderError> {
        let call = self.select(Call::put(user_path(login))).json(body);
        written(self.send(Host::Rest, call).await?)
    }

    /// Changes what a user may do.
    pub(in crate::providers::open_xchange) async fn change_permissions(
        &self,
        login: &str,
        body: &Value,
    ) -> Result<Reply, ProviderError> {
        let call = self.select(Call::put(format!("{}/permissions", user_path(login)))).json(body);
        written(self.send(Host::Rest, call).await?)
    }

    /// Removes a user with all that it has.
    pub(in crate::providers::open_xchange) async fn delete_user(
        &self,
        login: &str,
    ) -> Result<Reply, ProviderError> {
        written(self.send(Host::Rest, self.select(Call::delete(user_path(login)))).await?)
    }

    /// The context; none where it is not there.
    pub(in crate::providers::open_xchange) async fn context_document(
        &self,
    ) -> Result<Option<Loose>, ProviderError> {
        let call =
            Call::get(format!("{ROOT}/contexts/{}", segment(self.context()))).query("includebrand", "true");
        let document = match accepted(self.send(Host::Rest, call).await?) {
            Ok(reply) => shapes::document(&reply),
            Err(error) => Err(error),
        };
        match document {
            Ok(Value::Array(items)) => Ok(items.first().and_then(Loose::of)),
            Ok(document) => Ok(Loose::of(&document)),
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Denied) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The names of the contexts whose name holds a word.
    pub(in crate::providers::open_xchange) async fn context_names(
        &self,
        word: &str,
    ) -> Result<Vec<String>, ProviderError> {
        let call = Call::get(format!("{ROOT}/contexts")).query("pattern", format!("*{word}*"));
        let reply = accepted(self.send(Host::Rest, call).await?)?;
        let contexts = shapes::objects(&shapes::list(&reply)?, is_user);
        let contexts = contexts.ok_or_else(|| reply.unexpected("it is no list of contexts"))?;
        Ok(contexts.iter().filter_map(|context| context.text("name").known()).collect())
    }
}
