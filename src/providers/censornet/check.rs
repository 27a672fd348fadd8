//! What `doctor` asks of the service.

use crate::http::excerpt;
use crate::provider::{Check, CheckState, ErrorKind, ProviderError};

use super::account::Session;
use super::api::Api;

/// Logs in and reads one page.
pub(super) async fn check(api: &Api) -> Vec<Check> {
    let reached = || made("reach", CheckState::Passed, "the service answers".into());
    let (session, left) = match api.login().await {
        Ok(login) => login,
        Err(error) if matches!(error.kind, ErrorKind::Auth | ErrorKind::Denied) => {
            return vec![reached(), failed("login", &error)];
        }
        Err(error) => return vec![failed("reach", &error)],
    };
    let mut checks = vec![reached(), made("login", CheckState::Passed, "the service takes the login".into())];
    match api.account_of(&session) {
        Ok(id) => checks.push(account(&id, &session)),
        Err(error) => {
            checks.push(failed("account", &error));
            return checks;
        }
    }
    checks.push(match api.page(None, None).await {
        Ok(page) => {
            made("rights", CheckState::Passed, format!("{} mailboxes can be listed", page.meta.total))
        }
        Err(error) => failed("rights", &error),
    });
    checks.push(expiry(left));
    checks
}

fn account(id: &str, session: &Session) -> Check {
    let shown = excerpt(id);
    match session.accounts_id.as_deref() {
        Some(own) if own != id => made(
            "account",
            CheckState::Warning,
            format!(
                "works on the account {shown}, while the login's own is {}: see that it is meant",
                excerpt(own)
            ),
        ),
        Some(_) => {
            made("account", CheckState::Passed, format!("works on the account {shown}, the login's own"))
        }
        None => made(
            "account",
            CheckState::Warning,
            format!("works on the account {shown}; the service did not say whether it is the login's own"),
        ),
    }
}

fn expiry(left: Option<u64>) -> Check {
    match left {
        // Shorter, and a long plan logs in again and again.
        Some(seconds) if seconds >= 3600 => {
            made("session", CheckState::Passed, format!("lasts {} hours more", seconds / 3600))
        }
        Some(seconds) => made(
            "session",
            CheckState::Warning,
            format!("lasts {} minutes more: a long run logs in several times", seconds / 60),
        ),
        None => made(
            "session",
            CheckState::Warning,
            "the service did not say how long it lasts: it is renewed once it is refused".into(),
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
