//! Carries out one change: which call it is, and what its answer means.

use secrecy::ExposeSecret as _;

use crate::model::{Address, Change, Field, Fields, Identity, Quota, Right, Value, Verb};
use crate::provider::{Done, ErrorKind, ProviderError, Secrets};

use super::api::{Api, Existing};
use super::capabilities::QUOTA;
use super::convert::{self, Users};
use super::row::{self, Edit, Grant, Row};

/// Carries out a change. `login` is what the connection logs in as.
pub(super) async fn perform(
    api: &Api,
    login: Option<&Address>,
    change: &Change,
    secrets: &dyn Secrets,
) -> Result<Done, ProviderError> {
    match (&change.identity, change.verb) {
        (Identity::Mailbox(address), Verb::Create) => add_mailbox(api, address, &change.after, secrets).await,
        (Identity::Mailbox(address), Verb::Update) if change.route == QUOTA => {
            let Some(Value::Quota(quota)) = change.after.get(&Field::Quota) else {
                return Err(cannot(change));
            };
            done(api.set_quota(&stored(change, address), convert::quota_text(*quota)).await)
        }
        (Identity::Mailbox(address), Verb::Delete) => {
            not_own(login, address)?;
            gone(api.remove_user(&stored(change, address)).await)
        }
        (Identity::Administrator(name), Verb::Create | Verb::Update) => {
            if change.after.get(&Field::Full).is_some_and(|full| *full != Value::Bool(true)) {
                return Err(invalid(
                    "the box's administrators may do everything; `full: false` cannot be had",
                ));
            }
            done(api.add_admin(name).await)
        }
        (Identity::Administrator(name), Verb::Delete) => {
            if let Ok(address) = Address::parse(name) {
                not_own(login, &address)?;
            }
            gone(api.remove_admin(name).await)
        }
        (Identity::Alias(address), Verb::Delete) => {
            // In a row of this name a mailbox that was made meanwhile has its forward.
            if !address.is_domain() && Users::new(&api.users().await?).has(address) {
                return Ok(Done::NotNeeded);
            }
            gone(api.remove_alias(&stored(change, address)).await)
        }
        (Identity::Alias(address), Verb::Create | Verb::Update) => put_alias(api, address, change).await,
        (Identity::Forward(owner), verb) if verb != Verb::Rename => {
            let wish = (verb != Verb::Delete).then_some((&change.after, &change.fields[..]));
            let (current, users) = look(api, owner).await?;
            if !users.has(owner) {
                return without_mailbox(owner, verb);
            }
            if verb == Verb::Update && current.is_none() {
                return Err(vanished(change));
            }
            write(api, owner, row::edit_forward(current.as_ref(), owner, wish, &users)).await
        }
        (Identity::Permission { mailbox, grantee }, verb) if verb != Verb::Rename => {
            let granted = grant(change)?;
            let (current, users) = look(api, mailbox).await?;
            if !users.has(mailbox) {
                return without_mailbox(mailbox, verb);
            }
            let edit = row::edit_permission(current.as_ref(), mailbox, grantee, granted, &users)?;
            write(api, mailbox, edit).await
        }
        _ => Err(cannot(change)),
    }
}

async fn add_mailbox(
    api: &Api,
    address: &Address,
    after: &Fields,
    secrets: &dyn Secrets,
) -> Result<Done, ProviderError> {
    let Some(Value::Secret(reference)) = after.get(&Field::Password) else {
        return Err(invalid("a mailbox is made with a `password`, and none is given"));
    };
    let password = secrets.reveal(reference, address.as_str()).await?;
    // The box's own rules (`contracts/mailinabox.md §3`), told before the secret goes out.
    let text = password.expose_secret();
    if text.trim().is_empty() || text.chars().count() < 8 {
        return Err(invalid("the box takes passwords of eight characters or more, and this one is shorter")
            .hint(format!("make the secret {reference} longer")));
    }
    let quota = match after.get(&Field::Quota) {
        Some(Value::Quota(quota)) if *quota != Quota::Unlimited => Some(convert::quota_text(*quota)),
        _ => None,
    };
    done(api.add_user(address.as_str(), password, quota).await)
}

async fn put_alias(api: &Api, address: &Address, change: &Change) -> Result<Done, ProviderError> {
    let rows = api.aliases().await?;
    let (automatic, current) = match find(&rows, address) {
        Some(row) if row.auto => (true, None),
        row => (false, row),
    };
    let has_senders = current.as_ref().is_some_and(|row| row.senders.is_some());
    let users =
        if has_senders || !address.is_domain() { Users::new(&api.users().await?) } else { Users::default() };
    if users.has(address) {
        // The row would be the mailbox's forward, and take its mail away.
        let message = format!("{address} has become a mailbox, and an alias would take its mail away");
        return Err(ProviderError::new(ErrorKind::Conflict, message).hint("plan again"));
    }
    let mut edit = row::edit_alias(current.as_ref(), address, &change.after, &change.fields, &users)?;
    if let Edit::Put(written) = &mut edit {
        match (change.verb, &current) {
            (Verb::Create, Some(_)) => {
                let message = format!("the alias {address} was made meanwhile, and differs");
                return Err(ProviderError::new(ErrorKind::Conflict, message).hint("plan again"));
            }
            (Verb::Update, None) if !automatic => return Err(vanished(change)),
            _ => {}
        }
        if row::would_hide(address, &written.forwards_to, &rows) {
            return Err(invalid(&format!(
                "the box would list its own alias {address} and hide this one, so nobody could read it back"
            ))
            .hint("give it a target that sorts after `administrator@`, or leave it to the box"));
        }
        if automatic {
            // An explicit row may be hidden behind the box's own.
            written.existing = Existing::Replace;
        }
    }
    write(api, address, edit).await
}

/// A mailbox's row as it is now, and who the box's users are. An automatic row is not the mailbox's own.
async fn look(api: &Api, owner: &Address) -> Result<(Option<Row>, Users), ProviderError> {
    let rows = api.aliases().await?;
    let users = Users::new(&api.users().await?);
    Ok((find(&rows, owner).filter(|row| !row.auto), users))
}

fn find(rows: &[super::api::AliasRow], address: &Address) -> Option<Row> {
    rows.iter()
        .find(|row| Address::parse_or_domain(&row.address).is_ok_and(|listed| listed == *address))
        .and_then(Row::read)
}

async fn write(api: &Api, address: &Address, edit: Edit) -> Result<Done, ProviderError> {
    let written = match edit {
        Edit::Same => return Ok(Done::NotNeeded),
        Edit::Remove => return gone(api.remove_alias(address.as_str()).await),
        Edit::Put(written) => written,
    };
    let mut notes = api
        .put_alias(address.as_str(), &written.forwards_to, &written.permitted_senders, written.existing)
        .await?;
    for sender in &written.dropped {
        notes.push(format!("{sender} may no longer send as {address}: the box has no such mailbox any more"));
    }
    Ok(Done::Written { notes })
}

/// Which way a permission goes. The box knows the right to send as an address alone.
fn grant(change: &Change) -> Result<Grant, ProviderError> {
    if change.verb == Verb::Delete {
        return Ok(Grant::Take);
    }
    match change.after.get(&Field::Rights) {
        Some(Value::Rights(rights)) if rights.iter().eq([&Right::SendAs]) => Ok(Grant::Give),
        _ => Err(invalid("the box can hold the right `send_as` and no other")),
    }
}

/// The object's name at the box: as it was listed, else in the form that the box stores.
fn stored(change: &Change, address: &Address) -> String {
    change.remote.as_deref().map_or_else(|| address.as_str().to_owned(), str::to_owned)
}

fn done(result: Result<Vec<String>, ProviderError>) -> Result<Done, ProviderError> {
    result.map(|notes| Done::Written { notes })
}

/// What is not there need not be removed.
fn gone(result: Result<Vec<String>, ProviderError>) -> Result<Done, ProviderError> {
    match result {
        Err(error) if error.kind == ErrorKind::NotFound => Ok(Done::NotNeeded),
        other => done(other),
    }
}

/// The last brake: without this account nobody gets in any more but on the box itself.
fn not_own(login: Option<&Address>, address: &Address) -> Result<(), ProviderError> {
    if login == Some(address) {
        return Err(ProviderError::new(
            ErrorKind::Denied,
            format!("{address} is what this connection logs in as, and is never removed by it"),
        )
        .hint("log in as another administrator"));
    }
    Ok(())
}

fn invalid(message: &str) -> ProviderError {
    ProviderError::new(ErrorKind::Invalid, message)
}

/// What becomes of a part of a mailbox that is not there: a row of its name is an alias that somebody made meanwhile.
fn without_mailbox(owner: &Address, verb: Verb) -> Result<Done, ProviderError> {
    if verb == Verb::Delete {
        return Ok(Done::NotNeeded);
    }
    let message = format!("the mailbox {owner} is not there any more");
    Err(ProviderError::new(ErrorKind::NotFound, message).hint("plan again"))
}

fn vanished(change: &Change) -> ProviderError {
    ProviderError::new(
        ErrorKind::NotFound,
        format!("{} {} is not there any more", change.identity.kind(), change.identity),
    )
    .hint("plan again")
}

fn cannot(change: &Change) -> ProviderError {
    invalid(&format!(
        "the box cannot {} {} {}",
        change.verb,
        change.identity.kind().singular(),
        change.identity
    ))
}
