//! The calls of one connection (`contracts/censornet.md §3–§5`), and nothing of what they mean.

use std::sync::{Arc, OnceLock};

use secrecy::SecretString;

use crate::http::{Call, Client, Reply};
use crate::model::Address;
use crate::provider::{ErrorKind, ProviderError};

use super::account::{Account, Credential, Session};
use super::convert;
use super::wire::{New, Old, Page, Row};

const LIST: &str = "/email/mailbox/v2";
const STORE: &str = "/email/mailbox";

/// The calls of one connection.
#[derive(Debug)]
pub(super) struct Api {
    client: Client,
    account: Arc<Account>,
    credential: Credential,
    /// The account that the connection names.
    wanted: Option<String>,
    /// The account that the first login named. It holds for the connection's whole life, so that a plan and what is
    /// done by it never speak of two.
    named: OnceLock<String>,
}

/// Where in a list a page lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// Its number, from 1.
    pub(super) page: u64,
    /// How many rows come before it.
    pub(super) start: u64,
}

impl Api {
    pub(super) fn new(
        client: Client,
        account: Arc<Account>,
        credential: Credential,
        wanted: Option<String>,
    ) -> Self {
        Self { client, account, credential, wanted, named: OnceLock::new() }
    }

    pub(super) fn calls(&self) -> u64 {
        self.client.calls()
    }

    /// The account that calls are for, once it is known.
    pub(super) fn account_id(&self) -> Option<&str> {
        self.wanted.as_deref().or_else(|| self.named.get().map(String::as_str))
    }

    /// The session, and how many seconds it has left where the service says so.
    pub(super) async fn login(&self) -> Result<(Session, Option<u64>), ProviderError> {
        let session = self.account.session(&self.client, &self.credential).await?;
        let left = session.left(self.account.now());
        Ok((session, left))
    }

    /// The account that a call within a session is for.
    ///
    /// # Errors
    /// `Invalid` where neither the connection nor the service names one.
    pub(super) fn account_of(&self, session: &Session) -> Result<String, ProviderError> {
        if let Some(wanted) = &self.wanted {
            return Ok(wanted.clone());
        }
        let named = session.accounts_id.as_ref().map(|id| self.named.get_or_init(|| id.clone()));
        named.or_else(|| self.named.get()).cloned().ok_or_else(|| {
            ProviderError::new(
                ErrorKind::Invalid,
                "the service named no account when it took the login, and the connection names none",
            )
            .at(format!("POST {}/auth", self.client.base()))
            .hint("give the account's id as `account_id`")
        })
    }

    /// One page of what matches `search`, or of everything. The first is asked for without a position, as the document
    /// does.
    pub(super) async fn page(
        &self,
        search: Option<&str>,
        position: Option<Position>,
    ) -> Result<Page, ProviderError> {
        // The document sends the header with reads too.
        let mut call = Call::get(LIST).header("content-type", "application/json");
        if let Some(search) = search {
            call = call.query("search", search);
        }
        if let Some(Position { page, start }) = position {
            call = call.query("page", page.to_string()).query("start", start.to_string());
        }
        let (reply, token) = self.send(call).await?;
        if !reply.is_success() {
            return Err(convert::refusal(&reply));
        }
        match reply.json() {
            Ok(page) => Ok(page),
            // Whatever came is quoted now.
            Err(_) => self.scrubbed(reply, &token).json(),
        }
    }

    /// Registers one address. One record a call: what becomes of the others where one of many fails, nobody says.
    pub(super) async fn add(&self, address: &Address, executive: bool) -> Result<(), ProviderError> {
        let call = Call::post(STORE).json(&[New::of(address.as_str(), executive)]);
        let reply = self.write(call).await?;
        convert::added(&reply, address)
    }

    /// Removes one address, as it was listed.
    pub(super) async fn remove(&self, row: &Row) -> Result<(), ProviderError> {
        let reply = self.write(Call::delete(STORE).json(&[Old::from(row)])).await?;
        convert::removed(&reply, &row.email_address)
    }

    async fn write(&self, call: Call) -> Result<Reply, ProviderError> {
        let (reply, token) = self.send(call).await?;
        // Also what is a success may be quoted: it can say that it is none.
        Ok(self.scrubbed(reply, &token))
    }

    fn scrubbed(&self, mut reply: Reply, token: &SecretString) -> Reply {
        self.credential.scrub(token, &mut reply);
        reply
    }

    async fn send(&self, call: Call) -> Result<(Reply, SecretString), ProviderError> {
        self.account.send(&self.client, &self.credential, |session| self.account_of(session), call).await
    }
}
