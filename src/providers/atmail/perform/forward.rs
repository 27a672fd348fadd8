//! Forwards: without a copy a field of the account, with one rows of type Deliver at its address
//! (`contracts/atmail.md §5`).

use std::collections::BTreeSet;

use crate::model::{Address, Change, Field, Value, Verb};
use crate::provider::{Done, ErrorKind, ProviderError};

use crate::providers::atmail::fields::{FORWARD, LONGEST_FORWARD};
use crate::providers::atmail::rows::{Copies, copies, place};

use super::alias::{Rows, Sort, before, moved, removed, targets};
use super::mailbox::UPDATE;
use super::{Site, cannot, in_doubt, invalid, vanished, verify};

/// Makes, changes or removes a forward.
pub(super) async fn perform(
    site: Site<'_>,
    mailbox: &Address,
    change: &Change,
) -> Result<Done, ProviderError> {
    let keeps = |fields: &crate::model::Fields| match fields.get(&Field::KeepCopy) {
        Some(Value::Bool(keeps)) => Some(*keeps),
        _ => None,
    };
    let rows = Rows { site, name: mailbox, sort: Sort::Deliver };
    let wanted = targets(&change.after);
    match change.verb {
        Verb::Create => match keeps(&change.after) {
            _ if wanted.is_empty() => Err(cannot(change)),
            Some(true) => {
                not_to_itself(mailbox, &wanted)?;
                if site.api.user(mailbox.as_str()).await?.is_none() {
                    return Err(vanished(&format!("the mailbox {mailbox}")));
                }
                if copies_now(site, mailbox, &BTreeSet::new(), &wanted).await? == wanted {
                    return Ok(Done::NotNeeded);
                }
                rows.make(&wanted).await
            }
            Some(false) => {
                let user = account(site, mailbox).await?;
                if user.is_set {
                    let message = format!("the mailbox {mailbox} forwards already");
                    return Err(ProviderError::new(ErrorKind::Conflict, message).hint("plan again"));
                }
                put(site, &user, single(mailbox, &wanted)?).await
            }
            None => Err(invalid("a forward is made with `keep_copy`, and none is given")),
        },
        Verb::Update => match keeps(&change.after).or(change.before.as_ref().and_then(keeps)) {
            Some(true) => {
                not_to_itself(mailbox, &wanted)?;
                if wanted.is_empty() {
                    return Err(cannot(change));
                }
                if site.api.user(mailbox.as_str()).await?.is_none() {
                    return Err(vanished(&format!("the mailbox {mailbox}")));
                }
                let now = copies_now(site, mailbox, &before(change), &wanted).await?;
                if now.is_empty() {
                    return Err(vanished(&format!("the forward of {mailbox}")));
                }
                rows.change(&now, &wanted).await
            }
            Some(false) => {
                let user = account(site, mailbox).await?;
                put(site, &user, single(mailbox, &wanted)?).await
            }
            None => Err(cannot(change)),
        },
        Verb::Delete => {
            let kept = change.before.as_ref().and_then(keeps);
            let mut written = false;
            if kept != Some(true) {
                written = clear(site, mailbox).await?;
            }
            if kept != Some(false) {
                let known = before(change);
                if !written && site.api.user(mailbox.as_str()).await?.is_none() {
                    // Rows of this name are an alias that somebody made meanwhile.
                    return Ok(Done::NotNeeded);
                }
                let mut gone = if kept == Some(true) && !known.is_empty() {
                    copies_now(site, mailbox, &known, &wanted).await?
                } else {
                    removed(site, mailbox, change).await.map_err(in_doubt(written))?
                };
                gone.remove(mailbox);
                written |= rows.remove_all(&gone).await.map_err(in_doubt(written))? != Done::NotNeeded;
                // How some servers store that a copy is kept: without it the account receives as before.
                written |= rows.remove_own().await.map_err(in_doubt(written))?;
            }
            Ok(if written { Done::written() } else { Done::NotNeeded })
        }
        Verb::Rename => Err(cannot(change)),
    }
}

/// Where the rows at a mailbox's address deliver besides, just before they are written.
///
/// # Errors
/// `Conflict` where somebody has changed them since they were read.
async fn copies_now(
    site: Site<'_>,
    mailbox: &Address,
    before: &BTreeSet<Address>,
    wanted: &BTreeSet<Address>,
) -> Result<BTreeSet<Address>, ProviderError> {
    let mut rows = site.api.aliases().await?;
    rows.retain(|row| place(&row.name).as_ref() == Some(mailbox));
    let now = match copies(mailbox, &rows) {
        Copies::None | Copies::Itself => return Ok(BTreeSet::new()),
        Copies::To(now) => now,
        Copies::Untold(reason) => {
            return Err(ProviderError::new(ErrorKind::Conflict, reason.to_string()).hint("plan again"));
        }
    };
    match now.iter().find(|target| !before.contains(*target) && !wanted.contains(*target)) {
        Some(other) => Err(moved(mailbox, other)),
        None => Ok(now),
    }
}

/// An account as it is just before a write.
struct Current {
    /// Its name, as stored.
    name: String,
    /// What its field holds, where that is told.
    forward: Option<String>,
    /// Whether that is another address.
    is_set: bool,
}

async fn account(site: Site<'_>, mailbox: &Address) -> Result<Current, ProviderError> {
    let user = site.api.user(mailbox.as_str()).await?;
    let user = user.ok_or_else(|| vanished(&format!("the mailbox {mailbox}")))?;
    let is_set =
        user.forward.as_deref().is_some_and(|to| !to.is_empty() && !to.eq_ignore_ascii_case(&user.account));
    Ok(Current { name: user.account, forward: user.forward, is_set })
}

/// The one target that the field holds.
fn single<'a>(mailbox: &Address, wanted: &'a BTreeSet<Address>) -> Result<&'a str, ProviderError> {
    not_to_itself(mailbox, wanted)?;
    let mut all = wanted.iter().filter(|target| !target.is_domain());
    match (all.next(), wanted.len()) {
        (Some(target), 1) if target.as_str().chars().count() <= LONGEST_FORWARD => Ok(target.as_str()),
        _ => Err(invalid(format!(
            "a forward without a copy goes to one address of at most {LONGEST_FORWARD} characters"
        ))
        .hint("keep a copy (`keep_copy: true`), or make it an alias")),
    }
}

fn not_to_itself(mailbox: &Address, wanted: &BTreeSet<Address>) -> Result<(), ProviderError> {
    if wanted.contains(mailbox) {
        return Err(invalid(format!(
            "{mailbox} cannot forward to itself: the service takes that for no forward"
        ))
        .hint("`keep_copy: true` leaves a copy in the mailbox"));
    }
    Ok(())
}

async fn put(site: Site<'_>, user: &Current, target: &str) -> Result<Done, ProviderError> {
    let name = user.name.as_str();
    match site.api.write(UPDATE, Some(("name", name)), vec![(FORWARD.written, target.into())]).await {
        Ok(_) => {}
        Err(error) if error.kind == ErrorKind::NotFound => {
            return Err(vanished(&format!("the mailbox {name}")));
        }
        Err(error) => return Err(error),
    }
    let notes = verify::forward(site, name, user.forward.as_deref(), target).await?;
    Ok(Done::Written { notes })
}

/// Empties the field. True where it held something.
async fn clear(site: Site<'_>, mailbox: &Address) -> Result<bool, ProviderError> {
    let user = match account(site, mailbox).await {
        Ok(user) => user,
        Err(error) if error.kind == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if user.forward.as_deref().is_some_and(str::is_empty) {
        return Ok(false);
    }
    put(site, &user, "").await.map(|_| true)
}
