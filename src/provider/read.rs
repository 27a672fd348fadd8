//! Gathers a provider's stream into what the planner reads.

use std::sync::Arc;

use futures_util::StreamExt as _;

use crate::model::{Completeness, ConnectionState, Facts, Scope};

use super::{Found, Provider, ProviderError};

/// Reads what `scope` asks and gathers it. After a failure the state holds what was found before it, and every
/// collection of the scope that had not ended is incomplete with that reason. Facts that the scope does not ask are left
/// out.
pub async fn read(provider: &dyn Provider, scope: &Scope) -> (ConnectionState, Option<ProviderError>) {
    let before = provider.calls();
    let mut state = ConnectionState::default();
    let mut failure = None;
    let mut objects = Vec::new();
    let mut stream = provider.observe(scope);
    while let Some(found) = stream.next().await {
        match found {
            Found::Object(mut object) => {
                object.fields.shrink_to_fit();
                if !scope.facts {
                    object.facts = Facts::new();
                }
                objects.push(Box::new(object));
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
    state.tell(objects);
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
