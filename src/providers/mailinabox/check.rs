//! What `doctor` asks of a box.

use crate::provider::{Check, CheckState, ErrorKind, ProviderError};

use super::account::Credential;
use super::api::{Api, Status};
use super::row;

/// The first version whose interface knows quotas (`contracts/mailinabox.md §1`).
const QUOTAS: u32 = 73;

/// Reads the version and both lists.
pub(super) async fn check(api: &Api, credential: &Credential) -> Vec<Check> {
    let mut checks = Vec::new();
    let version = match api.version().await {
        Ok(version) => version,
        Err(error) if matches!(error.kind, ErrorKind::Auth | ErrorKind::Denied) => {
            checks.push(made("reach", CheckState::Passed, "the box answers".into()));
            checks.push(failed("login", &error));
            return checks;
        }
        Err(error) => {
            checks.push(failed("reach", &error));
            return checks;
        }
    };
    checks.push(made("reach", CheckState::Passed, "the box answers".into()));
    checks.push(made("login", CheckState::Passed, format!("{credential:?} is an administrator of the box")));
    checks.push(version.map_or_else(
        || made("version", CheckState::Warning, "the box cannot tell its version".into()),
        |version| judged(&version),
    ));
    checks.push(match api.users().await {
        Ok(users) => {
            let active = users.iter().filter(|user| user.status == Status::Active).count();
            let archived = users.len() - active;
            made("mailboxes", CheckState::Passed, format!("{active} mailboxes, {archived} archived"))
        }
        Err(error) => failed("mailboxes", &error),
    });
    checks.push(match api.aliases().await {
        Ok(rows) => {
            let target = row::administrator_address(&rows);
            match target.filter(|target| !rows.iter().any(|row| row.address == *target)) {
                None => made("aliases", CheckState::Passed, format!("{} aliases", rows.len())),
                Some(target) => made(
                    "aliases",
                    CheckState::Warning,
                    format!(
                        "{target} is not there, and postmaster@, admin@ and abuse@ of every domain go to it: make an \
                         alias of it"
                    ),
                ),
            }
        }
        Err(error) => failed("aliases", &error),
    });
    checks
}

fn judged(version: &str) -> Check {
    let shown = crate::http::excerpt(version);
    let number: Option<u32> = version
        .strip_prefix('v')
        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next())
        .and_then(|digits| digits.parse().ok());
    let (state, detail) = match number {
        Some(number) if number >= QUOTAS => (CheckState::Passed, format!("Mail-in-a-Box {shown}")),
        Some(_) => (
            CheckState::Warning,
            format!(
                "Mail-in-a-Box {shown} knows no quotas: leave `quota` out, or upgrade to v{QUOTAS} or later"
            ),
        ),
        None => (CheckState::Warning, format!("`{shown}` is no version that is known here")),
    };
    made("version", state, detail)
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
    fn judges_versions() {
        for (version, state) in [
            ("v75", CheckState::Passed),
            ("v73", CheckState::Passed),
            ("v73-4-gabc", CheckState::Passed),
            ("v72", CheckState::Warning),
            ("v0.54", CheckState::Warning),
            ("", CheckState::Warning),
            ("latest", CheckState::Warning),
        ] {
            assert_eq!(judged(version).state, state, "{version}");
        }
    }
}
