//! Gathers a provider's stream into what the planner reads.

use std::sync::Arc;

use futures_util::StreamExt as _;

use crate::model::{Completeness, ConnectionState, Scope};

use super::{Found, Provider, ProviderError};

/// Reads what `scope` asks and gathers it. After a failure the state holds what was found before it, and every
/// collection of the scope that had not ended is incomplete with that reason.
pub async fn read(provider: &dyn Provider, scope: &Scope) -> (ConnectionState, Option<ProviderError>) {
    let before = provider.calls();
    let mut state = ConnectionState::default();
    let mut failure = None;
    let mut stream = provider.observe(scope);
    while let Some(found) = stream.next().await {
        match found {
            Found::Object(object) => {
                state.objects.insert(object.identity.clone(), object);
            }
            Found::Unknown { identity, reason } => {
                state.unknown.insert(identity, reason);
            }
            Found::End { collection, completeness } => state.end(collection, &completeness),
            Found::Failed(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    drop(stream);
    let reason: Arc<str> = match &failure {
        Some(error) => error.to_string().into(),
        None => "the reading ended without a word about it".into(),
    };
    for part in &scope.parts {
        if state.completeness(&part.collection).is_none() {
            state.end(part.collection.clone(), &Completeness::Incomplete(Arc::clone(&reason)));
        }
    }
    state.account = provider.account();
    state.calls = provider.calls().saturating_sub(before);
    (state, failure)
}
