//! A credential that goes with each call and that the service judges anew each time: proven once, and no call more
//! once it was refused.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::provider::{ErrorKind, Limits, ProviderError};

use super::{Call, Client, Reply, Throttle};

/// What all connections with one such credential share: their rate, and the knowledge that it is wrong.
#[derive(Debug)]
pub struct Gate {
    throttle: Arc<Throttle>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// True once the service has accepted the credential.
    proven: bool,
    /// Why no further call is made.
    refused: Option<ProviderError>,
}

impl Gate {
    /// A credential that nobody has tried.
    pub fn new(limits: Limits) -> Self {
        Self { throttle: Arc::new(Throttle::new(limits)), state: Mutex::default() }
    }

    /// The brake of this account.
    pub fn throttle(&self) -> Arc<Throttle> {
        Arc::clone(&self.throttle)
    }

    /// Sends a call and returns the reply whatever its status. `refusal` tells what is wrong where a reply says that
    /// the credential itself is: from then on no further call is made.
    ///
    /// # Errors
    /// What sending brings; the refusal, without a call, where the credential was refused before.
    pub async fn send(
        &self,
        client: &Client,
        call: Call,
        refusal: impl Fn(&Reply) -> Option<ProviderError>,
    ) -> Result<Reply, ProviderError> {
        let refusal = |reply: &Reply| refusal(reply).filter(|error| error.kind == ErrorKind::Auth);
        let mut state = self.state.lock().await;
        if let Some(refused) = &state.refused {
            return Err(refused.clone());
        }
        if state.proven {
            drop(state);
            let reply = client.send(call).await?;
            if let Some(error) = refusal(&reply) {
                self.state.lock().await.refused = Some(error);
            }
            return Ok(reply);
        }
        // The gate stays shut until the first answer, so that a wrong credential costs one call however many wait.
        let reply = client.send(call).await?;
        match refusal(&reply) {
            None => state.proven = true,
            Some(error) => state.refused = Some(error),
        }
        Ok(reply)
    }
}
