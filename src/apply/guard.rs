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

fn words(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a word".to_owned())
}
