//! Forwarding aliases of the Cloud-Plugins (`contracts/open_xchange.md §3`). The call that removes all of a context is
//! not here.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::http::Method;
use crate::provider::{ErrorKind, ProviderError};

use super::super::paths::Op;
use super::{Api, accepted, shapes, written};

/// The recipients of one alias.
fn recipients(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::String(one) if one.trim().is_empty() => Some(Vec::new()),
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        Value::Object(object) => {
            let keys = ["recipient", "recipients"];
            recipients(keys.iter().find_map(|key| object.get(*key))?)
        }
        _ => None,
    }
}

impl Api {
    /// The forwarding aliases of the context with their recipients; none instead of recipients that cannot be read.
    pub(in crate::providers::open_xchange) async fn forwards(
        &self,
    ) -> Result<BTreeMap<String, Option<Vec<String>>>, ProviderError> {
        let reply = self.call(Op::Forwards, Method::Get, &[("context", self.context())], |call| call).await?;
        let reply = accepted(reply)?;
        match shapes::list(&reply)? {
            Value::Null => Ok(BTreeMap::new()),
            Value::Array(items) if items.is_empty() => Ok(BTreeMap::new()),
            Value::Object(aliases) => {
                Ok(aliases.iter().map(|(alias, value)| (alias.clone(), recipients(value))).collect())
            }
            _ => Err(reply.unexpected("it is no map of forwarding aliases")),
        }
    }

    /// The recipients of a forwarding alias; none where it is not there.
    pub(in crate::providers::open_xchange) async fn forward(
        &self,
        alias: &str,
    ) -> Result<Option<Vec<String>>, ProviderError> {
        let values = [("context", self.context()), ("alias", alias)];
        let reply = match accepted(self.call(Op::Forward, Method::Get, &values, |call| call).await?) {
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            reply => reply?,
        };
        match shapes::list(&reply) {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            document => {
                let found = recipients(&document?);
                let found = found.ok_or_else(|| reply.unexpected("it is no list of recipients"))?;
                Ok(Some(found).filter(|found| !found.is_empty()))
            }
        }
    }

    /// Makes or replaces a forwarding alias, or adds to it. The status is returned: 204 may say that nothing was done.
    pub(in crate::providers::open_xchange) async fn put_forward(
        &self,
        op: Op,
        alias: &str,
        recipients: &[&str],
    ) -> Result<u16, ProviderError> {
        let values = [("context", self.context()), ("alias", alias)];
        let body = Value::from(recipients.to_vec());
        Ok(self.write(op, Method::Post, &values, Some(&body)).await?.status)
    }

    /// The same for one recipient, in the form that the published document prints.
    pub(in crate::providers::open_xchange) async fn put_recipient(
        &self,
        op: Op,
        alias: &str,
        recipient: &str,
    ) -> Result<u16, ProviderError> {
        let values = [("context", self.context()), ("alias", alias)];
        let body = serde_json::json!({ "recipient": recipient });
        Ok(self.write(op, Method::Post, &values, Some(&body)).await?.status)
    }

    /// Removes a forwarding alias.
    pub(in crate::providers::open_xchange) async fn delete_forward(
        &self,
        alias: &str,
    ) -> Result<(), ProviderError> {
        let values = [("context", self.context()), ("alias", alias)];
        written(self.call(Op::Forward, Method::Delete, &values, |call| call).await?).map(|_| ())
    }

    /// Takes one recipient from a forwarding alias.
    pub(in crate::providers::open_xchange) async fn delete_recipient(
        &self,
        alias: &str,
        recipient: &str,
    ) -> Result<(), ProviderError> {
        let values = [("context", self.context()), ("alias", alias), ("recipient", recipient)];
        written(self.call(Op::RecipientDelete, Method::Delete, &values, |call| call).await?).map(|_| ())
    }

    /// Whether a forwarding alias is there: by the call for that, else by reading it.
    pub(in crate::providers::open_xchange) async fn has_forward(
        &self,
        alias: &str,
    ) -> Result<bool, ProviderError> {
        let values = [("context", self.context()), ("alias", alias)];
        match self.exists(Op::ForwardExists, &values).await? {
            Some(exists) => Ok(exists),
            None => Ok(self.forward(alias).await?.is_some()),
        }
    }

    /// Whether a forwarding alias has a recipient.
    pub(in crate::providers::open_xchange) async fn has_recipient(
        &self,
        alias: &str,
        recipient: &str,
    ) -> Result<bool, ProviderError> {
        let values = [("context", self.context()), ("alias", alias), ("recipient", recipient)];
        if let Some(exists) = self.exists(Op::RecipientExists, &values).await? {
            return Ok(exists);
        }
        let now = self.forward(alias).await?.unwrap_or_default();
        Ok(now.iter().any(|known| known.eq_ignore_ascii_case(recipient)))
    }
}
