//! Calls into an adapter, such that neither a panic nor a hang in it takes the run along.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

use crate::model::{ConnectionState, Scope};
use crate::provider::{Done, ErrorKind, Provider, ProviderError, Secrets, read};

use super::pair::Write;
use super::patience::CALL_LIMIT;

/// What an adapter's call brought.
pub(super) enum Called<T> {
    /// It returned.
    Returned(T),
    /// It panicked, or took longer than anything may. What happened, in words.
    Lost(String),
}

async fn guarded<T>(call: impl Future<Output = T>) -> Called<T> {
    // What the call left half-changed is the adapter's own; the core keeps nothing of it.
    match tokio::time::timeout(CALL_LIMIT, AssertUnwindSafe(call).catch_unwind()).await {
        Ok(Ok(value)) => Called::Returned(value),
        Ok(Err(panic)) => Called::Lost(format!("the adapter panicked, which is a bug: {}", words(&*panic))),
        Err(_) => Called::Lost(format!("the adapter did not come back within {} s", CALL_LIMIT.as_secs())),
    }
}

/// Carries out a change, with the claim of its address where there is one.
pub(super) async fn perform(
    provider: &dyn Provider,
    write: Write<'_>,
    secrets: &dyn Secrets,
) -> Called<Result<(Done, Option<Done>), ProviderError>> {
    // The block makes a panic before the first await one of the future's.
    guarded(async {
        let Write { change, claim } = write;
        match claim {
            None => Ok((provider.perform(change, secrets).await?, None)),
            Some(claim) => {
                let (released, claimed) = provider.hand_over(change, claim, secrets).await?;
                Ok((released, Some(claimed)))
            }
        }
    })
    .await
}

/// Reads a scope.
pub(super) async fn look(provider: &dyn Provider, scope: &Scope) -> (ConnectionState, Option<ProviderError>) {
    match guarded(async { read(provider, scope).await }).await {
        Called::Returned(read) => read,
        Called::Lost(what) => {
            (ConnectionState::default(), Some(ProviderError::new(ErrorKind::Protocol, what)))
        }
    }
}

/// What a panic says. A message that was put together from values may hold a secret, so only a fixed one is told.
fn words(panic: &(dyn Any + Send)) -> &'static str {
    panic
        .downcast_ref::<&'static str>()
        .copied()
        .unwrap_or("its message is not shown, since it may hold a secret")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_tells_a_fixed_message_and_no_value() {
        let secret = "hunter2".to_owned();
        let said = |called| match called {
            Called::Lost(what) => what,
            Called::Returned(()) => panic!("it returned"),
        };
        let lost = said(guarded(async { panic!("lost its way") }).await);
        assert_eq!(lost, "the adapter panicked, which is a bug: lost its way");
        let lost = said(guarded(async { panic!("the password was {secret}") }).await);
        assert!(lost.ends_with("its message is not shown, since it may hold a secret"), "{lost}");
    }
}
