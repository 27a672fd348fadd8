//! Mailboxes, aliases, forwards, permissions, domains and administrators in a PostfixAdmin database, which Postfix and
//! Dovecot read.
//!
//! Owns the translation between the model and the rows (`contracts/postfixadmin.md`); the folder's README says what
//! maps to what. Speaks SQL to one database, and where the connection names it to Dovecot's doveadm
//! service: it starts no mail server, touches no mail and knows no other provider.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use tokio::sync::Semaphore;

use crate::model::{Change, ConnectionSpec, Scope};
use crate::provider::{
    Check, ConnectFuture, Done, ErrorKind, Found, Places, Provider, ProviderError, ProviderType, Secrets,
};

mod capabilities;
mod check;
mod convert;
mod database;
mod dialect;
mod dovecot;
mod fault;
mod link;
mod observe;
mod password;
mod perform;
pub mod sandbox;
mod schema;
mod sharing;
mod spelling;
mod sql;

#[cfg(test)]
mod convergence;
#[cfg(test)]
mod fixture;

use database::{Database, Writer, close_now};
use dialect::Dialect;
use dovecot::Doveadm;
use perform::Task;

/// The type `postfixadmin`.
pub fn provider_type() -> ProviderType {
    ProviderType {
        name: "postfixadmin",
        summary: "Postfix and Dovecot on a PostfixAdmin database (SQLite, PostgreSQL, MySQL)",
        keys: capabilities::KEYS,
        settings: capabilities::SETTINGS,
        capabilities: capabilities::of,
        connect,
    }
}

fn connect<'a>(spec: &'a ConnectionSpec, secrets: &'a dyn Secrets, places: &'a Places) -> ConnectFuture<'a> {
    Box::pin(async move {
        let database = Database::of(spec, secrets, places).await?;
        // A wrong file or server is said here, once, and not at every collection and change.
        if let Some(reader) = database.reader().await? {
            reader.close().await;
        }
        let writers = capabilities::of(spec).limits.max_in_flight;
        let doveadm = Doveadm::of(spec, secrets, places).await?;
        let provider: Arc<dyn Provider> = Arc::new(PostfixAdmin::new(database, doveadm, writers));
        Ok(provider)
    })
}

/// A connection to one PostfixAdmin database.
#[derive(Debug)]
struct PostfixAdmin {
    database: Database,
    /// Dovecot, where the connection names it.
    doveadm: Option<Doveadm>,
    /// The connections that write, opened by the first changes and kept.
    idle: Mutex<Vec<Writer>>,
    /// How many may write at once.
    turns: Semaphore,
}

impl PostfixAdmin {
    fn new(database: Database, doveadm: Option<Doveadm>, writers: usize) -> Self {
        Self { database, doveadm, idle: Mutex::default(), turns: Semaphore::new(writers) }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Writer>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for PostfixAdmin {
    /// Waits for the writing connections to close, so that no log is left to be taken over when the program ends.
    fn drop(&mut self) {
        close_now(std::mem::take(&mut *self.idle()));
    }
}

/// A connection that writes, lent to one transaction and given back when that ends, however it ends.
struct Lent<'a> {
    owner: &'a PostfixAdmin,
    /// There until it is given back.
    writer: Option<Writer>,
    /// Whether the transaction came to its end over a sound connection.
    ended: bool,
}

impl<'a> Lent<'a> {
    async fn of(owner: &'a PostfixAdmin) -> Result<Self, ProviderError> {
        let idle = owner.idle().pop();
        let writer = match idle {
            Some(writer) => writer,
            None => owner.database.writer().await?,
        };
        Ok(Self { owner, writer: Some(writer), ended: false })
    }

    async fn carry_out<const N: usize>(mut self, tasks: [Task<'_>; N]) -> Result<[Done; N], ProviderError> {
        let Some(writer) = &mut self.writer else { unreachable!("it is given back at the end") };
        let done = perform::carry_out(writer, tasks).await;
        // After any other error the connection may be the reason.
        self.ended = match &done {
            Ok(_) => true,
            Err(error) => matches!(
                error.kind,
                ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::Invalid | ErrorKind::LimitReached
            ),
        };
        done
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let Some(mut writer) = self.writer.take() else { return };
        writer.unfinished = !self.ended;
        // A file's connection is sound whatever became of the change: what that left open is undone before the next
        // one. A server's may be broken: it is given up, and the server undoes what was begun.
        if self.ended || writer.link.dialect() == Dialect::Sqlite {
            self.owner.idle().push(writer);
        }
    }
}

#[async_trait]
impl Provider for PostfixAdmin {
    fn observe<'a>(&'a self, scope: &'a Scope) -> BoxStream<'a, Found> {
        observe::stream(&self.database, self.doveadm.as_ref(), scope)
    }

    async fn perform(&self, change: &Change, secrets: &dyn Secrets) -> Result<Done, ProviderError> {
        // Hashing takes a tenth of a second: it is done before anybody is kept waiting.
        let password = password::of(change, secrets).await?;
        let doveadm = self.doveadm.as_ref();
        let before = sharing::before(doveadm, change).await?;
        let _turn = self.turns.acquire().await;
        let task = Task { change: &before.change, password: password.as_ref() };
        let done = async { Lent::of(self).await?.carry_out([task]).await }.await;
        match done.map_err(|error| before.failed(error)) {
            Ok([done]) => Ok(sharing::after(doveadm, change, before.with(done)).await),
            Err(error) => {
                sharing::after_doubt(doveadm, change, &error).await;
                Err(error)
            }
        }
    }

    async fn hand_over(
        &self,
        release: &Change,
        claim: &Change,
        secrets: &dyn Secrets,
    ) -> Result<(Done, Done), ProviderError> {
        let password = password::of(claim, secrets).await?;
        let doveadm = self.doveadm.as_ref();
        let before = sharing::before(doveadm, release).await?;
        let _turn = self.turns.acquire().await;
        let tasks = [
            Task { change: &before.change, password: None },
            Task { change: claim, password: password.as_ref() },
        ];
        let done = async { Lent::of(self).await?.carry_out(tasks).await }.await;
        match done.map_err(|error| before.failed(error)) {
            Ok([released, claimed]) => {
                Ok((before.with(released), sharing::after(doveadm, claim, claimed).await))
            }
            Err(error) => {
                sharing::after_doubt(doveadm, claim, &error).await;
                Err(error)
            }
        }
    }

    async fn check(&self) -> Vec<Check> {
        check::all(&self.database, self.doveadm.as_ref()).await
    }

    fn calls(&self) -> u64 {
        self.doveadm.as_ref().map_or(0, Doveadm::calls)
    }
}
