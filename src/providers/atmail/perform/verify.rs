//! Reads a mailbox back after a write: the service says success of fields that some of its versions do not keep, and
//! only this shows what its quotas count in (`contracts/atmail.md §5`).

use crate::model::{AccountState, Field, Fields, Reading, Value};
use crate::provider::{ErrorKind, ProviderError};

use crate::providers::atmail::account::Unit;
use crate::providers::atmail::convert::{self, Lens};
use crate::providers::atmail::fields::{AUTO_REPLY, named};
use crate::providers::atmail::record::User;

use super::Site;

/// Looks at a mailbox and compares what these fields hold with what was written. Returns what a person should know.
pub(super) async fn mailbox(
    site: Site<'_>,
    name: &str,
    before: Option<&Fields>,
    after: &Fields,
    fields: &[&Field],
) -> Result<Vec<String>, ProviderError> {
    let read_back = |field: &&&Field| ***field != Field::Password;
    if !fields.iter().any(|field| read_back(&field)) {
        return Ok(Vec::new());
    }
    let user = match site.api.user(name).await {
        Ok(Some(user)) => user,
        Ok(None) => return Ok(vec!["the service does not show the mailbox yet".to_owned()]),
        Err(error) => return Ok(vec![format!("what was written could not be read back: {error}")]),
    };
    let suspended = Value::State(AccountState::Suspended);
    if fields.contains(&&Field::State)
        && after.get(&Field::State) == Some(&suspended)
        && kept(site, &user, after, &Field::State) == Some(false)
    {
        // Whoever reads that it is done takes the login for shut.
        let kind = if fields.len() == 1 { ErrorKind::Invalid } else { ErrorKind::Ambiguous };
        let message =
            format!("the service says success, and the mailbox {name} is not suspended all the same");
        return Err(ProviderError::new(kind, message).hint(
            "suspend it in WebAdmin; where this version keeps no state, name `state` in `unsupported` of this \
             connection",
        ));
    }
    let mut notes = Vec::new();
    for field in fields.iter().filter(read_back) {
        let Some(kept) = kept(site, &user, after, field) else { continue };
        site.api.account().note(field, kept);
        if !kept {
            notes.push(lost(field, before.is_some()));
        }
    }
    notes.extend(unit_to_say(site, &user, after, fields));

    Ok(notes)
}

/// Whether an account holds in a field what was written; none where it does not tell.
fn kept(site: Site<'_>, user: &User, after: &Fields, field: &Field) -> Option<bool> {
    if *field == Field::Quota {
        return kept_quota(site, user.quota.as_deref()?, after);
    }
    let told = convert::mailbox(&user.address()?, user, &|_| false, &Lens::default());
    let told = match told.fields.get(field)? {
        Reading::Known(value) => value.clone(),
        Reading::NotRead(_) | Reading::Untold(_) => return Some(false),
    };
    let reply = named(AUTO_REPLY);
    Some(match (after.get(field), told) {
        (Some(Value::Text(wanted)), Value::Text(told)) if *field == reply => convert::lines(wanted) == *told,
        (Some(Value::Text(wanted)), Value::Text(told)) => wanted.trim() == &*told,
        (Some(wanted), told) => *wanted == told,
        (None, Value::Text(told)) => told.is_empty(),
        (None, _) => false,
    })
}

/// Whether a quota was kept, by what it counts in or by what that must be.
fn kept_quota(site: Site<'_>, told: &str, after: &Fields) -> Option<bool> {
    let Some(Value::Quota(quota)) = after.get(&Field::Quota) else { return None };
    let (written, account) = (convert::megabytes(*quota)?, site.api.account());
    let Ok(told) = told.parse::<u64>() else { return Some(false) };
    match site.options.unit.or_else(|| account.unit()) {
        Some(Unit::Mib) => Some(told == written),
        Some(Unit::Kib) => Some(Some(told) == written.checked_mul(1024)),
        None if told == written => {
            account.learn_unit(Unit::Mib);
            Some(true)
        }
        None if Some(told) == written.checked_mul(1024) => {
            account.learn_unit(Unit::Kib);
            Some(true)
        }
        None => Some(false),
    }
}

/// What to write at the connection, where a quota that was just written is not read by the next run: it does not know
/// what this one has seen. Told once.
fn unit_to_say(site: Site<'_>, user: &User, after: &Fields, fields: &[&Field]) -> Option<String> {
    let unit = site.api.account().unit().filter(|_| site.options.unit.is_none())?;
    let wanted = after.get(&Field::Quota).filter(|_| fields.contains(&&Field::Quota))?;
    let told = user.quota.as_deref()?;
    let is_read = |unit| convert::quota(told, unit) == Reading::Known(wanted.clone());
    if is_read(None) || !is_read(Some(unit)) || !site.api.account().tells_unit_first() {
        return None;
    }
    let (word, counts) = match unit {
        Unit::Mib => ("mib", "MiB"),
        Unit::Kib => ("kib", "KiB"),
    };
    Some(format!(
        "the service tells quotas in {counts}, which a later run cannot see from {told}: write `quota_unit: {word}` at \
         this connection"
    ))
}

fn lost(field: &Field, is_update: bool) -> String {
    let when = if is_update { "its" } else { "the new mailbox's" };
    format!(
        "the service says success and did not keep {when} `{field}`; this run does not compare it any more, and \
         `unsupported` of the connection silences this"
    )
}

/// Whether the service keeps forwards, seen after one was written. An error is what that means for the change.
pub(super) async fn forward(
    site: Site<'_>,
    name: &str,
    before: Option<&str>,
    wanted: &str,
) -> Result<Vec<String>, ProviderError> {
    let told = match site.api.user(name).await {
        Ok(user) => user.and_then(|user| user.forward),
        Err(error) => return Ok(vec![format!("what was written could not be read back: {error}")]),
    };
    let Some(told) = told else {
        return Ok(vec!["the service does not tell where the mailbox forwards to".to_owned()]);
    };
    let kept = told.eq_ignore_ascii_case(wanted);
    site.api.account().note(&Field::Targets, kept);
    if kept {
        return Ok(Vec::new());
    }
    let shown =
        if told.is_empty() { "nowhere".to_owned() } else { format!("to `{}`", crate::http::excerpt(&told)) };
    let message = format!("the service says success, and the mailbox {name} forwards {shown} all the same");
    // Where it is as it was, nothing was done.
    let kind = if before == Some(&*told) { ErrorKind::Invalid } else { ErrorKind::Ambiguous };
    Err(ProviderError::new(kind, message)
        .hint("where this version of the service keeps no forwards, name `forward` in `unsupported` of this connection"))
}
