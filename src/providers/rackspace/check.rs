//! What `doctor` asks of an account.

use crate::http::Reply;
use crate::provider::{Check, CheckState, ErrorKind, ProviderError};

use super::api::{Api, Loose};
use super::sign::Clock;
use super::{convert, fault};

/// How far the clocks may be apart, in seconds, before it is worth a word. What the service bears is not known.
const SKEW: u64 = 300;

/// Lists the account's domains, once.
pub(super) async fn check(api: &Api, clock: Clock) -> Vec<Check> {
    let mut checks = Vec::new();
    let reply = match api.send(api.domains_call(0)).await {
        Ok(reply) => reply,
        Err(error) if error.kind == ErrorKind::Auth => {
            checks.push(made("reach", CheckState::Passed, "the service answers".into()));
            checks.push(failed("credentials", &error));
            return checks;
        }
        Err(error) => {
            checks.push(failed("reach", &error));
            return checks;
        }
    };
    checks.push(made("reach", CheckState::Passed, "the service answers".into()));
    checks.push(clocks(&reply, clock()));
    let error = (!reply.is_success()).then(|| fault::refusal(&reply));
    if let Some(error) = error.as_ref().filter(|error| error.kind == ErrorKind::Auth) {
        checks.push(failed("credentials", error));
        return checks;
    }
    let is_known =
        error.as_ref().is_none_or(|error| matches!(error.kind, ErrorKind::Denied | ErrorKind::NotFound));
    if is_known {
        checks.push(made(
            "credentials",
            CheckState::Passed,
            "the keys and their signature are accepted".into(),
        ));
    }
    checks.push(match error {
        Some(error) if is_known => made(
            "account",
            CheckState::Warning,
            format!(
                "the account's domains cannot be listed ({error}); a business user's keys may lack that right, and \
                 plans of declared domains do without it"
            ),
        ),
        Some(error) => failed("account", &error),
        None => match api.domains_in(&reply) {
            Ok(page) => {
                let more = page.total.is_some_and(|total| total > page.items.len() as u64);
                account(&page.items, if more { page.total } else { None })
            }
            Err(error) => failed("account", &error),
        },
    });
    checks
}

/// The clock of this machine beside the service's.
fn clocks(reply: &Reply, here: jiff::Timestamp) -> Check {
    let there = reply.header("date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    match there {
        Some(there) => skew(here, there.timestamp()),
        None => made("clock", CheckState::Warning, "the service does not tell its time".into()),
    }
}

fn skew(here: jiff::Timestamp, there: jiff::Timestamp) -> Check {
    let seconds = here.duration_since(there).as_secs();
    let detail = match seconds {
        0 => "this machine and the service agree".to_owned(),
        ahead @ 1.. => format!("this machine is {ahead} s ahead of the service"),
        behind => format!("this machine is {} s behind the service", behind.unsigned_abs()),
    };
    if seconds.unsigned_abs() > SKEW {
        return made(
            "clock",
            CheckState::Warning,
            format!("{detail}: signatures hold the time, set the clock"),
        );
    }
    made("clock", CheckState::Passed, detail)
}

/// What the account's domains tell of it. `total` is how many there are, where these are not all.
fn account(domains: &[Loose], total: Option<u64>) -> Check {
    let text = |domain: &Loose, key: &str| domain.text(key).known();
    let mut numbers: Vec<String> =
        domains.iter().filter_map(|domain| text(domain, "accountNumber")).collect();
    numbers.sort();
    numbers.dedup();
    let exchange = domains.iter().filter(|domain| convert::has_exchange(domain)).count();
    let whose = match numbers.as_slice() {
        [] => "the account".to_owned(),
        [number] => format!("account {}", crate::http::excerpt(number)),
        several => format!("{} accounts, so the keys are a reseller's", several.len()),
    };
    let count = domains.len();
    let of = total.map_or_else(String::new, |total| format!(" (the first {count} of {total})"));
    let domains = if count == 1 { "domain" } else { "domains" };
    let detail = format!("{whose}: {count} {domains}{of}, {exchange} with Exchange");
    if exchange == 0 {
        return made("account", CheckState::Warning, format!("{detail}: there is nothing to manage"));
    }
    made("account", CheckState::Passed, detail)
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

    fn domain(text: &str) -> Loose {
        Loose::of(&serde_json::from_str(text).expect("a document")).expect("an object")
    }

    #[test]
    fn clocks_may_be_a_little_apart() {
        let at = |text: &str| text.parse().expect("a time");
        let noon = at("2026-11-25T12:00:00Z");
        for (other, state, words) in [
            ("2026-11-25T12:00:00Z", CheckState::Passed, "agree"),
            ("2026-11-25T11:55:00Z", CheckState::Passed, "300 s ahead"),
            ("2026-11-25T12:05:01Z", CheckState::Warning, "301 s behind"),
        ] {
            let check = skew(noon, at(other));
            assert_eq!(check.state, state, "{other}");
            assert!(check.detail.contains(words), "{}", check.detail);
        }
    }

    #[test]
    fn an_account_needs_a_domain_with_exchange() {
        let exchange = domain(r#"{"name":"a.example","accountNumber":"17","serviceType":"both"}"#);
        let other = domain(r#"{"name":"b.example","accountNumber":18,"serviceType":"rsemail"}"#);
        let one = account(std::slice::from_ref(&exchange), None);
        assert_eq!(
            (one.state, one.detail.as_str()),
            (CheckState::Passed, "account 17: 1 domain, 1 with Exchange")
        );
        assert!(
            account(&[exchange, other.clone()], Some(300))
                .detail
                .contains("2 accounts, so the keys are a reseller's")
        );
        assert_eq!(account(&[other], None).state, CheckState::Warning);
    }
}
