//! The service's interfaces: what goes over the wire, and nothing of what it means (`contracts/open_xchange.md`).
//!
//! Users are made and changed over Cloud API v2; their attributes, forwarding aliases, domains and lists are the
//! Cloud-Plugins'. No call here speaks of a whole context but those that read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::http::{Call, Client, Gate, Loose, Method, Reply};
use crate::provider::{ErrorKind, ProviderError};

use super::fault;
use super::paths::{self, Host, Op, Paths};

mod cloud;
mod forwards;
mod known;
mod numbers;
mod shapes;

pub(super) use known::Moved;
pub(super) use numbers::{Numbers, uid};

/// The calls of one connection.
#[derive(Debug)]
pub(super) struct Api {
    rest: Client,
    admin: Client,
    gate: Arc<Gate>,
    username: String,
    password: SecretString,
    paths: Paths,
    /// The context's name or number, as the connection gives it.
    context: String,
    /// The context's number.
    number: OnceCell<u64>,
    /// The numbers of users, by login in small letters.
    uids: Mutex<BTreeMap<String, u64>>,
    /// What was learnt of users.
    known: Mutex<known::Known>,
    /// True once all users were listed by the Cloud-Plugins.
    listed: OnceCell<()>,
    /// The brand, where somebody asked for it.
    brand: OnceLock<String>,
}

/// Who calls, and whom.
#[derive(Debug)]
pub(super) struct Login {
    pub(super) username: String,
    pub(super) password: SecretString,
    pub(super) context: String,
}

impl Api {
    pub(super) fn new(rest: Client, admin: Client, gate: Arc<Gate>, login: Login, paths: Paths) -> Self {
        Self {
            rest,
            admin,
            gate,
            username: login.username,
            password: login.password,
            paths,
            context: login.context,
            number: OnceCell::new(),
            uids: Mutex::default(),
            known: Mutex::default(),
            listed: OnceCell::new(),
            brand: OnceLock::new(),
        }
    }

    pub(super) fn calls(&self) -> u64 {
        self.rest.calls() + self.admin.calls()
    }

    /// The context that the connection names.
    pub(super) fn context(&self) -> &str {
        &self.context
    }

    /// The context's brand, where somebody asked for it.
    pub(super) fn brand_name(&self) -> Option<&str> {
        self.brand.get().map(String::as_str)
    }

    /// True where it is known where an operation is.
    pub(super) fn has(&self, op: Op) -> bool {
        self.paths.has(op)
    }

    /// Sends a call and returns the reply whatever its status. 401 ends all calls with this login.
    async fn send(&self, host: Host, call: Call) -> Result<Reply, ProviderError> {
        let refusal = |reply: &Reply| (reply.status == 401).then(|| fault::refusal(reply));
        self.gate.send(self.client(host), call.basic(&self.username, &self.password), refusal).await
    }

    /// Sends a read that needs rights which this login may not have: once it was accepted elsewhere, 401 says no more
    /// than that.
    async fn try_send(&self, host: Host, call: Call) -> Result<Reply, ProviderError> {
        self.gate.send(self.client(host), call.basic(&self.username, &self.password), |_| None).await
    }

    fn client(&self, host: Host) -> &Client {
        match host {
            Host::Rest => &self.rest,
            Host::Admin => &self.admin,
        }
    }

    /// Sends a call of an operation and returns the reply whatever its status.
    pub(super) async fn call(
        &self,
        op: Op,
        method: Method,
        values: &[(&str, &str)],
        finish: impl FnOnce(Call) -> Call,
    ) -> Result<Reply, ProviderError> {
        let call = finish(self.paths.call(op, method, values)?);
        self.send(paths::operation(op).host, call).await
    }

    /// Reads an operation's document.
    pub(super) async fn read(&self, op: Op, values: &[(&str, &str)]) -> Result<Value, ProviderError> {
        shapes::document(&accepted(self.call(op, Method::Get, values, |call| call).await?)?)
    }

    /// Reads an operation's document that this login may have no right to.
    pub(super) async fn try_read(&self, op: Op, values: &[(&str, &str)]) -> Result<Value, ProviderError> {
        let call = self.paths.call(op, Method::Get, values)?;
        let reply = self.try_send(paths::operation(op).host, call).await?;
        match accepted(reply) {
            Err(error) if error.kind == ErrorKind::Auth => Err(ProviderError {
                kind: ErrorKind::Denied,
                hint: Some(
                    "this login may not read it; the service gives the right to another class of credentials"
                        .into(),
                ),
                ..error
            }),
            reply => shapes::document(&reply?),
        }
    }

    /// Reads what may not be there.
    pub(super) async fn look(&self, op: Op, values: &[(&str, &str)]) -> Result<Option<Value>, ProviderError> {
        absent(self.read(op, values).await)
    }

    /// Whether something is there, by an operation that says no more. None where the service has no such verb.
    pub(super) async fn exists(
        &self,
        op: Op,
        values: &[(&str, &str)],
    ) -> Result<Option<bool>, ProviderError> {
        let reply = self.call(op, Method::Head, values, |call| call).await?;
        match reply.status {
            404 if !reply.is_page() => Ok(Some(false)),
            // A web page is not the service's answer.
            404 | 405 | 501 => Ok(None),
            200..300 if reply.is_page() => Err(reply.unexpected("it is a web page")),
            200..300 => Ok(Some(true)),
            _ => Err(fault::refusal(&reply)),
        }
    }

    /// Writes by an operation. Any body of the service is a success.
    pub(super) async fn write(
        &self,
        op: Op,
        method: Method,
        values: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Reply, ProviderError> {
        let finish = |call: Call| match body {
            Some(body) => call.json(body),
            None => call,
        };
        written(self.call(op, method, values, finish).await?)
    }

    /// Reads the context's brand; it is known to the account from then on.
    pub(super) async fn read_brand(&self, number: u64) -> Result<Loose, ProviderError> {
        let context = number.to_string();
        let document = self.read(Op::Brand, &[("context", &context)]).await?;
        let brand = Loose::of(&document).unwrap_or_default();
        if let Some(name) = brand.text("brandname").known() {
            // The first one stands: a context does not change its brand.
            let _ = self.brand.set(name);
        }
        Ok(brand)
    }

    fn uids(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, u64>> {
        self.uids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A reply that is a success and the service's own.
fn accepted(reply: Reply) -> Result<Reply, ProviderError> {
    if !reply.is_success() {
        return Err(fault::refusal(&reply));
    }
    if reply.is_page() { Err(reply.unexpected("it is a web page")) } else { Ok(reply) }
}

/// A write that was taken: with status 200 the service may still say that it was not.
fn written(reply: Reply) -> Result<Reply, ProviderError> {
    let reply = accepted(reply)?;
    match serde_json::from_slice::<Value>(&reply.body) {
        Ok(value) if fault::is_refusal(&value) => Err(fault::refusal(&reply)),
        _ => Ok(reply),
    }
}

/// What is not there is none.
fn absent(read: Result<Value, ProviderError>) -> Result<Option<Value>, ProviderError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
