//! What all connections with one pair of keys share: their rate, and the knowledge that the keys are wrong.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;

use crate::http::{Accounts, Call, Client, Reply, Throttle, account_key};
use crate::provider::{ErrorKind, Limits, ProviderError};

use super::fault;

static ACCOUNTS: Accounts<Account> = Accounts::new();

/// One pair of keys at one service.
#[derive(Debug)]
pub(super) struct Account {
    throttle: Arc<Throttle>,
    gate: Mutex<Gate>,
}

#[derive(Debug, Default)]
struct Gate {
    /// True once the service has accepted the keys.
    proven: bool,
    /// Why no further call is made.
    refused: Option<ProviderError>,
}

impl Account {
    /// The account of these keys at this address.
    pub(super) fn join(
        url: &str,
        user_key: &SecretString,
        secret_key: &SecretString,
        limits: Limits,
    ) -> Arc<Self> {
        let account = ACCOUNTS.join(account_key(url, user_key.expose_secret(), secret_key), || Self {
            throttle: Arc::new(Throttle::new(limits)),
            gate: Mutex::default(),
        });
        account.throttle.tighten(limits);
        account
    }

    /// The brake of this account.
    pub(super) fn throttle(&self) -> Arc<Throttle> {
        Arc::clone(&self.throttle)
    }

    /// Sends a call and returns the reply whatever its status. Once the keys were refused, no further call is made.
    pub(super) async fn send(&self, client: &Client, call: Call) -> Result<Reply, ProviderError> {
        let mut gate = self.gate.lock().await;
        if let Some(refused) = &gate.refused {
            return Err(refused.clone());
        }
        if gate.proven {
            drop(gate);
            let reply = client.send(call).await?;
            if let Some(error) = refusal(&reply) {
                self.gate.lock().await.refused = Some(error);
            }
            return Ok(reply);
        }
        // The gate stays shut until the first answer, so that wrong keys cost one call however many wait.
        let reply = client.send(call).await?;
        match refusal(&reply) {
            None => gate.proven = true,
            Some(error) => gate.refused = Some(error),
        }
        Ok(reply)
    }
}

fn refusal(reply: &Reply) -> Option<ProviderError> {
    (!reply.is_success()).then(|| fault::refusal(reply)).filter(|error| error.kind == ErrorKind::Auth)
}
