//! Carries out one change: which calls it is, and what their answers mean (`contracts/atmail.md §4, §5`).
//!
//! One change of a login is under way at a time. A change of several calls that fails after its first write is in
//! doubt: each of its steps does only what is missing, so that it can be carried out again.

use secrecy::{ExposeSecret as _, SecretString};

use crate::model::{Address, Change, Field, Fields, Identity, Value, Verb};
use crate::provider::{Done, ErrorKind, ProviderError, Secrets};

use super::Options;
use super::api::Api;

mod administrator;
mod alias;
mod domain;
mod forward;
mod mailbox;
mod verify;

/// What carrying out a change needs.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    api: &'a Api,
    options: Options,
    secrets: &'a dyn Secrets,
}

/// Carries out a change.
pub(super) async fn perform(
    api: &Api,
    options: Options,
    change: &Change,
    secrets: &dyn Secrets,
) -> Result<Done, ProviderError> {
    let _turn = api.account().turn().await;
    let site = Site { api, options, secrets };
    match (&change.identity, change.verb) {
        (Identity::Domain(name), Verb::Create) => domain::create(site, name).await,
        (Identity::Domain(name), Verb::Delete) => domain::delete(site, name).await,
        (Identity::Mailbox(address), Verb::Create) => mailbox::create(site, address, change).await,
        (Identity::Mailbox(address), Verb::Update) => mailbox::update(site, address, change).await,
        (Identity::Mailbox(address), Verb::Rename) => mailbox::rename(site, address, change).await,
        (Identity::Mailbox(address), Verb::Delete) => mailbox::delete(site, address, change).await,
        (Identity::Alias(address), verb) if verb != Verb::Rename => {
            alias::perform(site, address, change).await
        }
        (Identity::Forward(mailbox), verb) if verb != Verb::Rename => {
            forward::perform(site, mailbox, change).await
        }
        (Identity::Administrator(login), verb) if verb != Verb::Rename => {
            administrator::perform(site, login, change).await
        }
        _ => Err(cannot(change)),
    }
}

/// An error that comes after a first write: nobody may take the service to be as it was.
fn after_a_write(error: ProviderError) -> ProviderError {
    ProviderError { kind: ErrorKind::Ambiguous, ..error }
}

/// An error that comes after a first write, where there was one.
fn in_doubt(written: bool) -> impl Fn(ProviderError) -> ProviderError {
    move |error| if written { after_a_write(error) } else { error }
}

/// The password that a change carries.
///
/// # Errors
/// `Invalid` for one that the service would take for none: it makes one up then.
async fn password(
    site: Site<'_>,
    fields: &Fields,
    subject: &str,
) -> Result<Option<SecretString>, ProviderError> {
    let Some(Value::Secret(reference)) = fields.get(&Field::Password) else { return Ok(None) };
    let password = site.secrets.reveal(reference, subject).await?;
    if password.expose_secret().trim().is_empty() {
        return Err(invalid(format!(
            "the password of {subject} is empty, and the service would make one up"
        ))
        .hint(format!("give the secret {reference} a content")));
    }
    Ok(Some(password))
}

/// The name that the service listed an object under, else its address.
fn listed<'a>(change: &'a Change, address: &'a Address) -> &'a str {
    change.remote.as_deref().unwrap_or(address.as_str())
}

fn invalid(message: impl Into<String>) -> ProviderError {
    ProviderError::new(ErrorKind::Invalid, message)
}

fn vanished(what: &str) -> ProviderError {
    ProviderError::new(ErrorKind::NotFound, format!("{what} is not there any more")).hint("plan again")
}

fn cannot(change: &Change) -> ProviderError {
    let kind = change.identity.kind().singular();
    invalid(format!("the service cannot {} {kind} {} like this", change.verb, change.identity))
}
