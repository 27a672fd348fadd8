//! Makes the connections that a command needs, all at the same time.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;

use crate::config::Loaded;
use crate::model::{ConnectionName, ConnectionSpec, Desired, Param};
use crate::provider::{Capabilities, Catalogue, ErrorKind, Places, Provider, ProviderError, Secrets};

use super::error::CliError;
use super::shell::Shell;

/// The connections that were made.
pub(super) type Providers = BTreeMap<ConnectionName, Arc<dyn Provider>>;

/// Connects to each of these; the first that cannot be used ends it.
pub(super) async fn connect(
    shell: &Shell,
    loaded: &Loaded,
    names: impl IntoIterator<Item = &ConnectionName>,
    secrets: &dyn Secrets,
) -> Result<Providers, CliError> {
    let all = try_connect(shell, loaded, names, secrets).await;
    let mut made = Providers::new();
    for (name, result) in all {
        match result {
            Ok(provider) => {
                made.insert(name, provider);
            }
            Err(error) => return Err(unusable(&loaded.desired, &name, error)),
        }
    }
    Ok(made)
}

/// Connects to each of these and says of each how it went.
pub(super) async fn try_connect(
    shell: &Shell,
    loaded: &Loaded,
    names: impl IntoIterator<Item = &ConnectionName>,
    secrets: &dyn Secrets,
) -> Vec<(ConnectionName, Result<Arc<dyn Provider>, ProviderError>)> {
    let places = &Places { root: loaded.root.clone() };
    join_all(names.into_iter().map(|name| async move {
        let result = match loaded.desired.connections.get(name) {
            Some(spec) => one(&shell.catalogue, spec, secrets, places).await,
            None => Err(ProviderError::new(ErrorKind::Invalid, "it is not declared")),
        };
        (name.clone(), result)
    }))
    .await
}

async fn one(
    catalogue: &Catalogue,
    spec: &ConnectionSpec,
    secrets: &dyn Secrets,
    places: &Places,
) -> Result<Arc<dyn Provider>, ProviderError> {
    let entry = catalogue.get(&spec.type_name).ok_or_else(|| {
        ProviderError::new(ErrorKind::Invalid, format!("`{}` is not a type of connection", spec.type_name))
    })?;
    (entry.connect)(spec, secrets, places).await
}

/// What each connection can do.
pub(super) fn capabilities(
    desired: &Desired,
    catalogue: &Catalogue,
) -> BTreeMap<ConnectionName, Capabilities> {
    catalogue.all_capabilities(&desired.connections)
}

/// The error of a connection that cannot be used, with the keys that have to do with it.
pub(super) fn unusable(desired: &Desired, name: &ConnectionName, error: ProviderError) -> CliError {
    let keys = desired.connections.get(name).map(|spec| keys(spec, error.kind)).unwrap_or_default();
    CliError::Connection { name: name.clone(), keys, error: Box::new(error) }
}

fn keys(spec: &ConnectionSpec, kind: ErrorKind) -> Vec<String> {
    let fitting = |key: &str, param: &Param| match kind {
        ErrorKind::Auth | ErrorKind::Denied => matches!(param, Param::Secret(_)),
        ErrorKind::Unavailable | ErrorKind::Protocol | ErrorKind::NotFound => key.ends_with("url"),
        _ => false,
    };
    spec.params
        .iter()
        .filter(|(key, param)| fitting(key, param))
        .map(|(key, _)| format!("providers.{}.{key}", spec.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SecretRef;

    #[test]
    fn a_refused_credential_names_its_keys_and_no_secret() {
        let name = ConnectionName::new("box");
        let spec = ConnectionSpec {
            name: name.clone(),
            type_name: "model".into(),
            params: BTreeMap::from([
                ("url".to_owned(), Param::Text("https://box.example.com".to_owned())),
                ("password".to_owned(), Param::Secret(SecretRef::Env("BOX_PASSWORD".into()))),
            ]),
            at: None,
        };
        let desired = Desired { connections: BTreeMap::from([(name.clone(), spec)]), ..Desired::default() };
        let refused = ProviderError::new(ErrorKind::Auth, "the service refused the password");
        let error = unusable(&desired, &name, refused);
        assert_eq!(error.exit().code(), 1);
        assert_eq!(error.to_string(), "cannot use the connection `box`: the service refused the password");
        assert_eq!(error.hint().as_deref(), Some("look at providers.box.password"));
        let away = unusable(&desired, &name, ProviderError::new(ErrorKind::Unavailable, "no route to host"));
        assert_eq!(away.hint().as_deref(), Some("look at providers.box.url"));
    }
}
