//! Mailboxes, aliases, forwards, permissions and domains in a PostfixAdmin database, which Postfix and Dovecot read.
//!
//! Owns the translation between the model and the rows (`contracts/postfixadmin.md`); the folder's README says what
//! maps to what. Speaks SQL to one SQLite file and to nothing else: it starts no mail server, touches no mail and
//! knows no other provider.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use tokio::sync::Mutex;

use crate::model::{Change, ConnectionSpec, Scope};
use crate::provider::{
    Check, ConnectFuture, Done, Found, Places, Provider, ProviderError, ProviderType, Secrets,
};

mod capabilities;
mod check;
mod convert;
mod database;
mod fault;
mod observe;
mod password;
mod perform;
mod schema;
mod spelling;
mod sql;

#[cfg(test)]
mod convergence;
#[cfg(test)]
mod fixture;

use database::{Database, Writer};

/// The type `postfixadmin`.
pub fn provider_type() -> ProviderType {
    ProviderType {
        name: "postfixadmin",
        summary: "Postfix and Dovecot on a PostfixAdmin database (SQLite)",
        keys: capabilities::KEYS,
        settings: capabilities::SETTINGS,
        capabilities: capabilities::of,
        connect,
    }
}

fn connect<'a>(spec: &'a ConnectionSpec, _secrets: &'a dyn Secrets, places: &'a Places) -> ConnectFuture<'a> {
    Box::pin(async move {
        let database = Database::of(spec, places)?;
        // A wrong file is said here, once, and not at every collection and change.
        if let Some(reader) = database.reader().await? {
            reader.close().await;
        }
        let provider: Arc<dyn Provider> = Arc::new(PostfixAdmin::new(database));
        Ok(provider)
    })
}

/// A connection to one PostfixAdmin database.
#[derive(Debug)]
struct PostfixAdmin {
    database: Database,
    /// The one connection that writes, opened by the first change and kept: SQLite lets one writer work at a time.
    writer: Mutex<Option<Writer>>,
}

impl PostfixAdmin {
    fn new(database: Database) -> Self {
        Self { database, writer: Mutex::new(None) }
    }
}

impl Drop for PostfixAdmin {
    /// Waits for the writing connection to close, so that no log is left to be taken over when the program ends.
    fn drop(&mut self) {
        if let Some(writer) = self.writer.get_mut().take() {
            writer.close_now();
        }
    }
}

#[async_trait]
impl Provider for PostfixAdmin {
    fn observe<'a>(&'a self, scope: &'a Scope) -> BoxStream<'a, Found> {
        observe::stream(&self.database, scope)
    }

    async fn perform(&self, change: &Change, secrets: &dyn Secrets) -> Result<Done, ProviderError> {
        // Hashing takes a tenth of a second: it is done before anybody is kept waiting.
        let password = password::of(change, secrets).await?;
        let mut writer = self.writer.lock().await;
        let writer = match &mut *writer {
            Some(writer) => writer,
            none => none.insert(self.database.writer().await?),
        };
        perform::carry_out(writer, change, password.as_ref()).await
    }

    async fn check(&self) -> Vec<Check> {
        check::all(&self.database).await
    }
}
