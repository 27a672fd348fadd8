//! Mailboxes: changed, suspended, renamed and removed.

use secrecy::ExposeSecret as _;
use serde_json::{Map, Value as Json};

use crate::model::{AccountState, Address, Change, Field, Identity, Value};
use crate::provider::{Done, ErrorKind, ProviderError, Secrets};

use crate::providers::open_xchange::api::{Api, Moved};
use crate::providers::open_xchange::convert;
use crate::providers::open_xchange::fields::{self, TEXTS};

use super::{Located, cannot, close_after, closes, conflict, locate, remote, unwritable, vanished};

/// Changes fields of a user's record. Only what changes is sent.
pub(super) async fn update(
    api: &Api,
    address: &Address,
    change: &Change,
    secrets: &dyn Secrets,
) -> Result<Done, ProviderError> {
    let user = locate::one(api, address, change).await?;
    let mut body = Map::new();
    for field in &change.fields {
        let value = change.after.get(field);
        match (field, value) {
            (Field::Password, Some(Value::Secret(reference))) => {
                let password = secrets.reveal(reference, address.as_str()).await?;
                body.insert("password".into(), Json::from(password.expose_secret()));
            }
            (Field::Quota, quota) => {
                let mib = convert::quota_json(quota).ok_or_else(|| unwritable(field, value))?;
                body.insert(convert::quota_key(&user.document).into(), mib);
            }
            _ => {
                let known = TEXTS.iter().find(|(known, _)| known == field);
                let (_, key) = known.ok_or_else(|| unwritable(field, value))?;
                let text = match value {
                    None => "",
                    Some(Value::Text(text)) => text,
                    Some(_) => return Err(unwritable(field, value)),
                };
                body.insert((*key).into(), Json::from(text));
            }
        }
    }
    if body.is_empty() {
        return Err(cannot(change));
    }
    api.change_user(&user.login, &Json::Object(body)).await?;
    close_after(api, change, &user).await?;
    Ok(Done::written())
}

/// Changes what a user may do: log in to the web interface, and change its password.
pub(super) async fn permit(api: &Api, address: &Address, change: &Change) -> Result<Done, ProviderError> {
    let user = locate::one(api, address, change).await?;
    let now = convert::permissions(&user.document);
    let mut body = Map::new();
    let mut differs = false;
    let edit_password = fields::edit_password();
    for (field, key) in [(&Field::State, "weblogin"), (&edit_password, "editPassword")] {
        let told = now.as_ref().and_then(|now| now.bool(key).known());
        let wished = match change.after.get(field).filter(|_| change.fields.contains(field)) {
            Some(Value::State(state)) => Some(*state == AccountState::Active),
            Some(Value::Bool(yes)) => Some(*yes),
            Some(value) => return Err(unwritable(field, Some(value))),
            None if change.fields.contains(field) => return Err(unwritable(field, None)),
            None => None,
        };
        differs |= wished.is_some() && wished != told;
        // Both are sent, since nothing says that one which is left out stays.
        if let Some(yes) = wished.or(told) {
            body.insert(key.into(), Json::from(yes));
        }
    }
    if differs {
        api.change_permissions(&user.login, &Json::Object(body)).await?;
    }
    close_after(api, change, &user).await?;
    Ok(if differs || closes(change) { Done::written() } else { Done::NotNeeded })
}

/// Gives a user another address; its login follows where it was the address.
pub(super) async fn rename(api: &Api, new: &Address, change: &Change) -> Result<Done, ProviderError> {
    let Some(Identity::Mailbox(old)) = &change.before_identity else { return Err(cannot(change)) };
    let known = remote(change);
    let Some(user) = locate::find(api, old, known.as_ref()).await? else {
        // An earlier try may have got as far as this.
        let Some(user) = locate::find(api, new, None).await? else { return Err(vanished(change)) };
        let before = known.and_then(|known| known.uid);
        if before.is_some() && user.uid.is_some() && before != user.uid {
            return Err(conflict(format!("{new} is another user, and {old} is gone")));
        }
        let uid = user.uid.or(before);
        close_after(api, change, &Located { uid, ..user }).await?;
        return Ok(if closes(change) { Done::written() } else { Done::NotNeeded });
    };
    let mut body = Map::new();
    body.insert("mail".into(), Json::from(new.as_str()));
    let login = if user.login.eq_ignore_ascii_case(old.as_str()) {
        Some(new.as_str())
    } else if user.login.eq_ignore_ascii_case(old.local()) {
        Some(new.local())
    } else {
        None
    };
    if let Some(login) = login {
        body.insert("newName".into(), Json::from(login));
    }
    let listed =
        convert::aliases(&user.document).map_err(|reason| ProviderError::new(ErrorKind::Protocol, reason))?;
    let is_old = |alias: &String| convert::nameable(alias).is_some_and(|alias| alias == *old);
    if listed.iter().any(is_old) {
        // The list holds the primary address too, so it moves there as well.
        let moved = |alias: &String| if is_old(alias) { new.as_str().to_owned() } else { alias.clone() };
        body.insert("aliases".into(), listed.iter().map(moved).collect());
    }
    let number = match user.uid {
        Some(uid) => Some(uid),
        // Looked up before, since nothing finds it by its old login afterwards.
        None if closes(change) => api.numbers(&user.login, None).await?.user.parse().ok(),
        None => None,
    };
    api.change_user(&user.login, &Json::Object(body)).await.map_err(|error| match error.kind {
        ErrorKind::Conflict => conflict(format!("{new} is taken: {}", error.message)),
        _ => error,
    })?;
    api.forget_uid(&user.login);
    let login = login.map_or(user.login.clone(), str::to_owned);
    if let Some(uid) = number {
        api.note_uid(&login, uid);
    }
    api.note_moved(&user.login, Moved { login: login.clone(), address: new.clone() });
    close_after(api, change, &Located { login, uid: number, ..user }).await?;
    Ok(Done::written())
}

/// Removes a user with all that it has. Its sessions are closed before, while there is a user to name.
pub(super) async fn delete(api: &Api, address: &Address, change: &Change) -> Result<Done, ProviderError> {
    let Some(user) = locate::find(api, address, remote(change).as_ref()).await? else {
        return Ok(Done::NotNeeded);
    };
    if closes(change) {
        match api.close_sessions(&user.login, user.uid).await {
            // One that has none need not be found.
            Err(error) if error.kind == ErrorKind::NotFound => {}
            // The user is still there, whatever became of its sessions.
            Err(error) if error.kind == ErrorKind::Ambiguous => {
                return Err(ProviderError { kind: ErrorKind::Unavailable, ..error });
            }
            closed => closed?,
        }
    }
    let deleted = api.delete_user(&user.login).await;
    api.forget_uid(&user.login);
    match deleted {
        Ok(_) => Ok(Done::written()),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(Done::NotNeeded),
        Err(error) => Err(error),
    }
}
