//! Aliases: made and removed where they stand, in a user's list or for themselves.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::model::{Address, Change, Field, Fields, Value};
use crate::provider::{Done, ErrorKind, ProviderError};

use crate::providers::open_xchange::api::Api;
use crate::providers::open_xchange::convert::{self, User, is_own_record};

use super::{Located, cannot, conflict, forward, invalid, locate, remote, unwritable};

/// The addresses that a change wants an alias to deliver to.
pub(super) fn wished(change: &Change) -> Result<&BTreeSet<Address>, ProviderError> {
    let value = change.after.get(&Field::Targets);
    let targets = value.and_then(Value::addresses).ok_or_else(|| unwritable(&Field::Targets, value))?;
    match targets.iter().find(|target| target.is_domain()) {
        Some(domain) => {
            Err(invalid(format!("the service cannot deliver to {domain}, which is a whole domain")))
        }
        None => Ok(targets),
    }
}

/// The one mailbox that an alias may belong to.
fn lone(fields: &Fields) -> Option<&Address> {
    let targets = fields.get(&Field::Targets).and_then(Value::addresses)?;
    targets.first().filter(|target| targets.len() == 1 && !target.is_domain())
}

/// Makes an alias: of one user of the context in its list, any other for itself.
pub(super) async fn create(api: &Api, alias: &Address, change: &Change) -> Result<Done, ProviderError> {
    if alias.is_domain() {
        return Err(cannot(change));
    }
    let targets = wished(change)?;
    let Some(mailbox) = lone(&change.after).filter(|_| !is_own_record(&change.record)) else {
        return forward::create(api, alias, targets).await;
    };
    let Some(user) = locate::find(api, mailbox, None).await? else {
        if change.record.starts_with("user:") || change.record.starts_with("mailbox:") {
            let message = format!("the mailbox {mailbox} of the alias {alias} is not there");
            return Err(ProviderError::new(ErrorKind::NotFound, message).hint("plan again"));
        }
        return forward::create(api, alias, targets).await;
    };
    let mut listed = aliases(api, &user).await?;
    if listed.iter().any(|known| is(known, alias)) {
        return Err(conflict(format!("{mailbox} has the alias {alias} already")));
    }
    listed.push(alias.as_str().to_owned());
    write(api, &user, listed).await.map_err(|error| match error.kind {
        ErrorKind::Conflict => conflict(format!("{alias} is taken: {}", error.message))
            .hint("another user, an alias or a forwarding alias has this address"),
        _ => error,
    })
}

/// Removes an alias from where it was read.
pub(super) async fn delete(api: &Api, alias: &Address, change: &Change) -> Result<Done, ProviderError> {
    if is_own_record(&change.record) {
        return forward::delete(api, alias, change.remote.as_deref()).await;
    }
    let known = remote(change);
    // The mailbox in whose list it stands may have been renamed since it was read.
    let moved = known.as_ref().and_then(|known| api.moved(&known.login)).map(|moved| moved.address);
    let mailbox = moved.as_ref().or_else(|| change.before.as_ref().and_then(lone));
    let user = match mailbox {
        Some(mailbox) => locate::find(api, mailbox, known.as_ref()).await?,
        None => None,
    };
    let listed = match &user {
        Some(user) => aliases(api, user).await?,
        None => Vec::new(),
    };
    let kept: Vec<String> = listed.iter().filter(|known| !is(known, alias)).cloned().collect();
    match user {
        Some(user) if kept.len() < listed.len() => write(api, &user, kept).await,
        _ if change.record.starts_with("user:") => Ok(Done::NotNeeded),
        _ => forward::delete(api, alias, None).await,
    }
}

fn is(listed: &str, alias: &Address) -> bool {
    convert::nameable(listed).is_some_and(|address| address == *alias)
}

/// The aliases in a user's list as it is now. Whether the primary address is among them is the service's business.
///
/// A record that tells none of a user whose aliases the list of users told says nothing: written as it is, it would take
/// them all away. Then the list is asked again.
async fn aliases(api: &Api, user: &Located) -> Result<Vec<String>, ProviderError> {
    let mut document = user.document.clone();
    if !document.has("aliases") && api.had_aliases(&user.login) {
        let listed = api.users(Some(&user.login)).await?;
        let is_it = |user: &User, login: &str| user.login.eq_ignore_ascii_case(login);
        let found = listed.into_iter().filter_map(User::of).find(|found| is_it(found, &user.login));
        let Some(found) = found else {
            let message = format!("the aliases of {} are not told", user.login);
            return Err(ProviderError::new(ErrorKind::Protocol, message).hint("plan again"));
        };
        document = found.document;
    }
    convert::aliases(&document).map_err(|reason| {
        ProviderError::new(
            ErrorKind::Protocol,
            format!("the aliases of {} cannot be read: {reason}", user.login),
        )
    })
}

async fn write(api: &Api, user: &Located, aliases: Vec<String>) -> Result<Done, ProviderError> {
    let aliases: Json = aliases.into();
    api.change_user(&user.login, &json!({ "aliases": aliases })).await?;
    Ok(Done::written())
}
