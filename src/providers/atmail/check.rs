//! What `doctor` asks of a server.

use crate::http::{Client, Config, Standard};
use crate::provider::{Check, CheckState, ErrorKind, ProviderError};

use super::account::Me;
use super::api::Api;
use super::fault;
use super::fields::RIGHTS;

/// The paths that the documents give the interface (`contracts/atmail.md §1`).
const PATHS: [&str; 3] = ["/index.php/api", "/mail/index.php/api", "/admin/index.php/api"];

/// The names that the documents give the call that only logs in.
const LOGINS: [&str; 2] = ["login", "admin"];

/// Logs in, reads the domains and who the login is.
pub(super) async fn check(api: &Api, config: &Config) -> Vec<Check> {
    let mut checks = Vec::new();
    let own = match Client::new(config.clone(), api.account().gate.throttle(), Standard) {
        Ok(own) => own,
        Err(error) => return vec![failed("reach", &error)],
    };
    match login(api, &own).await {
        Ok(()) => {
            checks.push(made(
                "reach",
                CheckState::Passed,
                format!("the interface answers at {}", api.base()),
            ));
            checks.push(made("login", CheckState::Passed, format!("{} is accepted", api.username())));
        }
        Err(error) if matches!(error.kind, ErrorKind::Auth | ErrorKind::Denied) => {
            checks.push(made("reach", CheckState::Passed, format!("a server answers at {}", api.base())));
            checks.push(failed("login", &error));
            return checks;
        }
        Err(error) => {
            let elsewhere = if error.kind == ErrorKind::Protocol { probe(api, config).await } else { None };
            let mut check = failed("reach", &error);
            if let Some(found) = elsewhere {
                check.detail = format!("{error}; the interface answers at {found}: write that as `url`");
            }
            checks.push(check);
            return checks;
        }
    }
    checks.push(match api.domains().await {
        Ok(domains) if domains.is_empty() => {
            made("domains", CheckState::Warning, "the login is shown no domain".into())
        }
        Ok(domains) if domains.len() == 1 => {
            made("domains", CheckState::Passed, format!("the domain {} is listed", domains[0]))
        }
        Ok(domains) => made("domains", CheckState::Passed, format!("{} domains are listed", domains.len())),
        Err(error) => failed("domains", &error),
    });
    checks.push(match api.me().await {
        Ok(me) => rights(me),
        Err(error) => failed("rights", &error),
    });
    checks
}

/// Asks whether the login is accepted, by either name of the call.
async fn login(api: &Api, client: &Client) -> Result<(), ProviderError> {
    let mut first = None;
    for by in LOGINS {
        match api.send_by(client, Api::authenticate(by)).await.and_then(|reply| fault::judge(&reply)) {
            Ok(_) => return Ok(()),
            Err(error) if error.kind == ErrorKind::Protocol && first.is_none() => first = Some(error),
            Err(error) if error.kind == ErrorKind::Protocol => {}
            Err(error) => return Err(error),
        }
    }
    first.map_or(Ok(()), Err)
}

/// The address at which the interface answers, of those that the documents know, at the same host.
async fn probe(api: &Api, config: &Config) -> Option<String> {
    let host = origin(api.base())?;
    for path in PATHS {
        let url = format!("{host}{path}");
        if url == api.base() {
            continue;
        }
        let config = Config { url: url.clone(), ..config.clone() };
        let Ok(client) = Client::new(config, api.account().gate.throttle(), Standard) else { continue };
        match login(api, &client).await {
            Ok(()) => return Some(url),
            Err(error) if error.kind == ErrorKind::Auth => return None,
            Err(_) => {}
        }
    }
    None
}

/// Scheme, host and port of an address.
fn origin(url: &str) -> Option<&str> {
    let start = url.find("://")? + 3;
    let end = url[start..].find('/').map_or(url.len(), |slash| start + slash);
    Some(&url[..end])
}

fn rights(me: Me) -> Check {
    match me {
        Me::Main => made(
            "rights",
            CheckState::Passed,
            "the login is the server's own administrator, no sub-admin".into(),
        ),
        Me::SubAdmin { full: true, .. } => {
            made("rights", CheckState::Passed, "the login is a sub-admin that may do everything".into())
        }
        Me::SubAdmin { lists_users, aliases, .. } => {
            let missing: Vec<&str> = [("list", lists_users), ("alias", aliases)]
                .into_iter()
                .filter(|(_, has)| *has == Some(false))
                .filter_map(|(word, _)| RIGHTS.iter().find(|(known, _)| *known == word).map(|(_, key)| *key))
                .collect();
            let detail = if missing.is_empty() {
                "the login is a sub-admin: it sees its own domains alone".to_owned()
            } else {
                format!(
                    "the login is a sub-admin without {}: what it may not see is not read, and nothing is deleted on \
                     its word",
                    missing.join(" and ")
                )
            };
            made("rights", CheckState::Warning, detail)
        }
        Me::Untold => made(
            "rights",
            CheckState::Warning,
            "the service does not say what the login may do: domains that it is not shown count as not read"
                .into(),
        ),
    }
}

fn made(name: &str, state: CheckState, detail: String) -> Check {
    Check { name: name.into(), state, detail }
}

fn failed(name: &str, error: &ProviderError) -> Check {
    let hint = error.hint.as_ref().map_or_else(String::new, |hint| format!("; {hint}"));
    made(name, CheckState::Failed, format!("{error}{hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_that_sees_less_is_a_warning() {
        let blind = rights(Me::SubAdmin { full: false, lists_users: Some(false), aliases: Some(true) });
        assert_eq!(blind.state, CheckState::Warning);
        assert!(blind.detail.contains("without UList:"), "{}", blind.detail);
        let sub = Me::SubAdmin { full: false, lists_users: Some(true), aliases: None };
        for (me, state) in
            [(Me::Main, CheckState::Passed), (sub, CheckState::Warning), (Me::Untold, CheckState::Warning)]
        {
            assert_eq!(rights(me).state, state, "{me:?}");
        }
    }

    #[test]
    fn an_origin_is_what_stands_before_the_path() {
        assert_eq!(origin("https://a.example:8443/mail/index.php/api"), Some("https://a.example:8443"));
        assert_eq!(origin("http://127.0.0.1:1"), Some("http://127.0.0.1:1"));
        assert_eq!(origin("a.example"), None);
    }
}
