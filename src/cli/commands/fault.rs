//! What `--fault` can say.

use std::time::Duration;

use axum::http::Method;

use crate::cli::error::CliError;
use crate::sandbox::{Fault, FaultKind};

/// How long throttled callers are told to wait.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// How much later a slow reply comes, and how long connections are refused.
const SLOW: Duration = Duration::from_secs(3);

/// The kinds that can be asked for by name.
fn kinds() -> [FaultKind; 16] {
    [
        FaultKind::Throttled { retry_after: Some(RETRY_AFTER) },
        FaultKind::Unavailable { retry_after: Some(RETRY_AFTER) },
        FaultKind::ErrorBefore,
        FaultKind::ErrorAfterCommit,
        FaultKind::LostReply,
        FaultKind::Reset,
        FaultKind::Refused(SLOW),
        FaultKind::Slow(SLOW),
        FaultKind::Late(SLOW),
        FaultKind::Hang,
        FaultKind::CutShort,
        FaultKind::HalfBody,
        FaultKind::HtmlPage,
        FaultKind::Endless { limit: FaultKind::ENDLESS },
        FaultKind::SessionsExpired,
        FaultKind::Repeat,
    ]
}

/// Reads `KIND[:N|:every][@METHOD PATH]`.
pub(super) fn parse(text: &str) -> Result<Fault, CliError> {
    let wrong = |message: String| {
        let names: Vec<&str> = kinds().iter().map(FaultKind::name).collect::<Vec<_>>();
        CliError::usage(message, format!("KIND, KIND:N or KIND:every, where KIND is {}", names.join(", ")))
    };
    let (what, calls) = match text.split_once('@') {
        Some((what, calls)) => (what, Some(calls)),
        None => (text, None),
    };
    let (name, when) = match what.split_once(':') {
        Some((name, when)) => (name, Some(when)),
        None => (what, None),
    };
    let kind = kinds()
        .into_iter()
        .find(|kind| kind.name() == name)
        .ok_or_else(|| wrong(format!("--fault {text}: there is no fault `{name}`")))?;
    let mut fault = Fault::new(kind);
    fault = match when {
        None => fault,
        Some("every") => fault.every(),
        Some(number) => match number.parse() {
            Ok(number) if number > 0 => fault.nth(number),
            _ => {
                return Err(wrong(format!("--fault {text}: `{number}` is not a number from 1")));
            }
        },
    };
    if let Some(calls) = calls {
        let bad = || wrong(format!("--fault {text}: `{calls}` is not a method and a path"));
        let (method, path) = calls.split_once(' ').ok_or_else(bad)?;
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| bad())?;
        fault = fault.to(method, path);
    }
    Ok(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_read_as_documented() {
        for good in
            ["throttled", "lost-reply:3", "slow:every", "reset:2@POST /mail/users/add", "repeat@GET /a*"]
        {
            assert!(parse(good).is_ok(), "{good}");
        }
        for bad in ["", "explode", "slow:0", "slow:x", "slow@POST", "slow@ /x"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
