//! What `doctor` asks of a context: reach, credentials, the context, and which of the unproven paths answer. All of it
//! reads.

use serde_json::Value as Json;

use crate::http::excerpt;
use crate::provider::{Check, CheckState, ErrorKind, ProviderError};

use super::api::{Api, Numbers};
use super::convert::{Sort, User};
use super::fields::ATTRIBUTES;
use super::paths::{self, Op};

/// Checks a connection.
pub(super) async fn check(api: &Api) -> Vec<Check> {
    let mut checks = Vec::new();
    let users = match api.users(None).await {
        Ok(users) => users,
        Err(error) if error.kind == ErrorKind::Auth => {
            checks.push(made("reach", CheckState::Passed, "the service answers".into()));
            checks.push(failed("credentials", &error));
            return checks;
        }
        Err(error) if matches!(error.kind, ErrorKind::Denied | ErrorKind::NotFound) => {
            checks.push(made("reach", CheckState::Passed, "the service answers".into()));
            checks.push(missing_context(api, &error).await);
            return checks;
        }
        Err(error) => {
            checks.push(failed("reach", &error));
            return checks;
        }
    };
    checks.push(made("reach", CheckState::Passed, "the service answers".into()));
    checks.push(made("credentials", CheckState::Passed, "the login may read the context's users".into()));
    let total = users.len();
    let users: Vec<User> = users.into_iter().filter_map(User::of).collect();
    let mut mailboxes: Vec<&User> = users.iter().filter(|user| user.sort == Sort::Mailbox).collect();
    mailboxes.sort_by(|one, other| one.mail.cmp(&other.mail));
    for user in &mailboxes {
        if let Some(uid) = user.uid {
            api.note_uid(&user.login, uid);
        }
    }
    let logins: Vec<&str> = mailboxes.iter().map(|user| user.login.as_str()).collect();
    let number = match api.context_number(&logins).await {
        Ok(number) => {
            let detail = format!("context {number}: {total} users, {} with a mailbox", mailboxes.len());
            checks.push(made("context", CheckState::Passed, detail));
            number
        }
        Err(_) if mailboxes.is_empty() => {
            // All but attributes works without it, and the first mailbox tells it.
            let detail = "it is there, without a mailbox yet; until it has one its number is not known, unless `context` \
                          is the number";
            checks.push(made("context", CheckState::Warning, detail.into()));
            of_context(api, None, &mut checks).await;
            return checks;
        }
        Err(error) => {
            checks.push(failed("context", &error));
            return checks;
        }
    };
    match api.read_brand(number).await {
        Ok(brand) => {
            let name = brand.text("brandname").known().unwrap_or_else(|| "a brand without a name".into());
            checks.push(made("paths.brand", CheckState::Passed, excerpt(&name)));
        }
        Err(error) => checks.push(unanswered(Op::Brand, &error)),
    }
    of_context(api, Some(number), &mut checks).await;
    match mailboxes.first() {
        Some(user) => of_user(api, user, &mut checks).await,
        None => checks.push(made(
            "paths",
            CheckState::Warning,
            "the context has no mailbox yet, so the paths of users could not be tried".into(),
        )),
    }
    checks
}

async fn missing_context(api: &Api, error: &ProviderError) -> Check {
    let word = api.context().rsplit('_').next().unwrap_or_default();
    let alike = match api.context_names(word).await {
        Ok(names) if !names.is_empty() => format!("; this login has {}", excerpt(&names.join(", "))),
        _ => String::new(),
    };
    let mut check = failed("context", error);
    check.detail.push_str(&alike);
    check
}

/// The lists that need no user.
async fn of_context(api: &Api, number: Option<u64>, checks: &mut Vec<Check>) {
    let is_known = number.is_some();
    let number = number.unwrap_or_default().to_string();
    let numeric = [("context", number.as_str())];
    let given = [("context", api.context())];
    let lists: [(Op, &[(&str, &str)]); 6] = [
        (Op::ListUsers, &numeric),
        (Op::Forwards, &given),
        (Op::SharedDomains, &[]),
        (Op::ExplicitDomains, &numeric),
        (Op::BrandDomains, &[]),
        (Op::Announcements, &[]),
    ];
    for (op, values) in lists {
        let needs_number = matches!(op, Op::ListUsers | Op::ExplicitDomains);
        if !api.has(op) || needs_number && !is_known {
            continue;
        }
        match api.try_read(op, values).await {
            Ok(document) => {
                checks.push(answered(op, count(&document)));
                if op == Op::Forwards {
                    exists(api, &document, checks).await;
                }
            }
            Err(error) => checks.push(unanswered(op, &error)),
        }
    }
    if !api.has(Op::ExplicitDomains) {
        let detail = "explicit domains are not managed: nobody knows where they are until \
                      `paths.explicit_domains`, `paths.explicit_domain` and `paths.domain_users` are given";
        checks.push(made("paths.explicit_domains", CheckState::Passed, detail.into()));
    }
}

/// Whether the call answers that asks for a forwarding alias: of one that is there.
async fn exists(api: &Api, forwards: &Json, checks: &mut Vec<Check>) {
    let Some((alias, _)) = forwards.as_object().and_then(|aliases| aliases.iter().next()) else { return };
    let values = [("context", api.context()), ("alias", alias.as_str())];
    checks.push(match api.exists(Op::ForwardExists, &values).await {
        Ok(Some(true)) => answered(Op::ForwardExists, "an alias that is there is found".into()),
        Ok(Some(false)) => made(
            &name(Op::ForwardExists),
            CheckState::Warning,
            "an alias that is there is not found: give the right path".into(),
        ),
        Ok(None) => made(
            &name(Op::ForwardExists),
            CheckState::Warning,
            "the service has no such verb there; aliases are read instead".into(),
        ),
        Err(error) => unanswered(Op::ForwardExists, &error),
    });
}

/// The paths of users, tried with one of them. Counters are read, messages never.
async fn of_user(api: &Api, user: &User, checks: &mut Vec<Check>) {
    let numbers = match api.numbers(&user.login, user.uid).await {
        Ok(numbers) => numbers,
        Err(error) => {
            checks.push(failed("paths", &error));
            return;
        }
    };
    let attributes = ATTRIBUTES.iter().map(|attribute| attribute.op);
    let others = [
        Op::QuotaMode,
        Op::Blacklist,
        Op::Whitelist,
        Op::MailQuota,
        Op::MailNew,
        Op::MailUnread,
        Op::MailUnreadInbox,
    ];
    for op in attributes.chain(others) {
        checks.push(attribute(api, op, &numbers).await);
    }
    checks.push(match api.search("UIDNAME", &user.login).await {
        Ok(found) => answered(Op::Search, format!("it finds {}", found.len())),
        Err(error) => unanswered(Op::Search, &error),
    });
}

async fn attribute(api: &Api, op: Op, numbers: &Numbers) -> Check {
    match api.try_read(op, &numbers.values()).await {
        Ok(_) => answered(op, "it answers".into()),
        // Where the user is there, this is the answer for what is not set.
        Err(error) if error.kind == ErrorKind::NotFound => made(
            &name(op),
            CheckState::Passed,
            "status 404: nothing is set there, or the path is another".into(),
        ),
        Err(error) => unanswered(op, &error),
    }
}

fn count(document: &Json) -> String {
    let inner = document.as_object().and_then(|object| object.get("domains")).unwrap_or(document);
    let number = inner.as_array().map(Vec::len).or_else(|| inner.as_object().map(serde_json::Map::len));
    number.map_or_else(|| "it answers".to_owned(), |number| format!("it lists {number}"))
}

fn name(op: Op) -> String {
    format!("paths.{}", paths::operation(op).key)
}

fn answered(op: Op, detail: String) -> Check {
    made(&name(op), CheckState::Passed, detail)
}

/// What rests on this path does not work; all else does.
fn unanswered(op: Op, error: &ProviderError) -> Check {
    let hint = error.hint.as_ref().map_or_else(String::new, |hint| format!("; {hint}"));
    made(&name(op), CheckState::Warning, format!("{error}{hint}"))
}

fn made(name: &str, state: CheckState, detail: String) -> Check {
    Check { name: name.into(), state, detail }
}

fn failed(name: &str, error: &ProviderError) -> Check {
    let hint = error.hint.as_ref().map_or_else(String::new, |hint| format!("; {hint}"));
    made(name, CheckState::Failed, format!("{error}{hint}"))
}
