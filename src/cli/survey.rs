//! Reads the services: each connection within its scope, all at the same time.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use crate::config::Loaded;
use crate::model::{ConnectionName, ConnectionState, Observed, Scope};
use crate::provider::{self, ErrorKind, ProviderError, Secrets};

use super::connect::{Providers, connect, unusable};
use super::error::CliError;
use super::progress::Spinner;
use super::shell::Shell;

/// What was read, and the connections that it was read through.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) providers: Providers,
    pub(super) observed: Observed,
}

/// Connects and reads what these scopes ask. A connection that cannot be used at all ends it; one that fails on the
/// way is read incompletely, and the plan says so.
pub(super) async fn survey(
    shell: &Shell,
    loaded: &Loaded,
    scopes: &BTreeMap<ConnectionName, Scope>,
    secrets: &dyn Secrets,
) -> Result<Survey, CliError> {
    let mut survey = Survey::default();
    survey.read(shell, loaded, scopes, secrets).await?;
    Ok(survey)
}

impl Survey {
    /// Reads what these scopes ask besides what was read.
    pub(super) async fn read(
        &mut self,
        shell: &Shell,
        loaded: &Loaded,
        scopes: &BTreeMap<ConnectionName, Scope>,
        secrets: &dyn Secrets,
    ) -> Result<(), CliError> {
        let scopes: BTreeMap<&ConnectionName, &Scope> =
            scopes.iter().filter(|(_, scope)| !scope.is_empty()).collect();
        if scopes.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = scopes.keys().map(|name| name.as_str()).collect();
        let spinner = Spinner::new(shell.printer, &format!("reading {}", names.join(", ")));
        let new = scopes.keys().copied().filter(|name| !self.providers.contains_key(*name));
        let connected = shell.interrupt.or(connect(shell, loaded, new, secrets)).await??;
        self.providers.extend(connected);
        let providers = &self.providers;
        let reading = join_all(scopes.iter().filter_map(|(name, scope)| {
            let provider = providers.get(*name)?;
            Some(async move {
                let (state, failure) = provider::read(&**provider, scope).await;
                (*name, *scope, state, failure)
            })
        }));
        let calls = || scopes.keys().filter_map(|name| providers.get(*name)).map(|one| one.calls()).sum();
        let readings = shell.interrupt.or(spinner.follow(reading, calls)).await?;
        drop(spinner);
        for (name, scope, state, failure) in readings {
            let known = self.observed.connections.entry(name.clone()).or_default();
            if let Some(error) = failure {
                if known.is_empty() && is_unusable(&error, &state, scope) {
                    return Err(unusable(&loaded.desired, name, error));
                }
                // Whoever shows what was read shows this too.
                tracing::info!(connection = %name, %error, "the reading broke off");
            }
            known.absorb(state);
        }
        Ok(())
    }
}

/// True where the connection is of no use: the credential was refused, or not a single thing could be read.
fn is_unusable(error: &ProviderError, state: &ConnectionState, scope: &Scope) -> bool {
    let nothing_read = state.objects.is_empty()
        && scope
            .parts
            .iter()
            .all(|part| state.completeness(&part.collection).is_none_or(|word| !word.is_complete()));
    error.kind == ErrorKind::Auth || nothing_read
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Collection, Completeness, Kind, ScopePart};

    #[test]
    fn a_failure_on_the_way_is_no_failed_connection() {
        let mailboxes = Collection::everything(Kind::Mailbox);
        let aliases = Collection::everything(Kind::Alias);
        let part = |collection: &Collection| ScopePart {
            collection: collection.clone(),
            fields: std::collections::BTreeSet::new(),
        };
        let scope = Scope::of(vec![part(&mailboxes), part(&aliases)]);
        let away = ProviderError::new(ErrorKind::Unavailable, "no route to host");
        let mut state = ConnectionState::default();
        assert!(is_unusable(&away, &state, &scope));
        state.end(mailboxes, &Completeness::Complete);
        assert!(!is_unusable(&away, &state, &scope));
        assert!(is_unusable(&ProviderError::new(ErrorKind::Auth, "refused"), &state, &scope));
    }
}
