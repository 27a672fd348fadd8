//! Carries out one change: which calls it is, and what their answers mean (`contracts/open_xchange.md §2-§7`).

use crate::model::{Change, Identity, Value, Verb};
use crate::provider::{Done, ErrorKind, ProviderError, Secrets};

use super::api::Api;
use super::capabilities::LOGS_OUT;
use super::convert::Remote;
use super::fields::{ANNOUNCEMENT, DETAILS, ENABLED, PERMISSIONS, RECORD};

mod alias;
mod announcement;
mod attributes;
mod create;
mod domain;
mod forward;
mod locate;
mod mailbox;
mod rules;

use locate::Located;

/// Carries out a change.
pub(super) async fn perform(
    api: &Api,
    change: &Change,
    secrets: &dyn Secrets,
) -> Result<Done, ProviderError> {
    match (&change.identity, change.verb) {
        (Identity::Mailbox(address), Verb::Create) => create::create(api, address, change, secrets).await,
        (Identity::Mailbox(address), Verb::Update) => match change.route.as_str() {
            RECORD => mailbox::update(api, address, change, secrets).await,
            PERMISSIONS => mailbox::permit(api, address, change).await,
            DETAILS => attributes::details(api, address, change).await,
            _ => attributes::single(api, address, change).await,
        },
        (Identity::Mailbox(address), Verb::Rename) => mailbox::rename(api, address, change).await,
        (Identity::Mailbox(address), Verb::Delete) => mailbox::delete(api, address, change).await,
        (Identity::Alias(address), Verb::Create) => alias::create(api, address, change).await,
        (Identity::Alias(address), Verb::Update) => forward::update(api, address, change).await,
        (Identity::Alias(address), Verb::Delete) => alias::delete(api, address, change).await,
        (Identity::Domain(domain), Verb::Create) => domain::create(api, domain, change).await,
        (Identity::Domain(domain), Verb::Delete) => domain::delete(api, domain, change).await,
        (Identity::SenderRules(mailbox), verb) if verb != Verb::Rename => {
            rules::perform(api, mailbox, change).await
        }
        (Identity::Object { kind, name }, verb) if &**kind == ANNOUNCEMENT => match verb {
            Verb::Create => announcement::create(api, name, change).await,
            Verb::Update if change.route == ENABLED => announcement::switch(api, change).await,
            Verb::Update => announcement::update(api, change).await,
            Verb::Delete => announcement::delete(api, change).await,
            Verb::Rename => Err(cannot(change)),
        },
        (Identity::Object { kind, .. }, _) => {
            Err(invalid(format!("the service has no objects of the kind `{kind}`"))
                .hint(format!("its only kind is `{ANNOUNCEMENT}`")))
        }
        _ => Err(cannot(change)),
    }
}

/// True where a change says that it closes the user's sessions.
fn closes(change: &Change) -> bool {
    change.effects.iter().any(|effect| effect == LOGS_OUT)
}

/// Closes a user's sessions after something was taken from it. The write is done, so a failure leaves it in doubt.
async fn close_after(api: &Api, change: &Change, user: &Located) -> Result<(), ProviderError> {
    if !closes(change) {
        return Ok(());
    }
    api.close_sessions(&user.login, user.uid).await.map_err(|error| {
        doubtful(
            error,
            &format!("{} was written, but sessions of {} may still be open", change.id, user.login),
        )
    })
}

/// An error after a write of the same change: the change is half done.
fn doubtful(error: ProviderError, what: &str) -> ProviderError {
    ProviderError {
        kind: ErrorKind::Ambiguous,
        message: format!("{what}: {}", error.message),
        retry_after: None,
        ..error
    }
}

/// An error of a call, which leaves the change in doubt where an earlier one of it was taken.
fn after(written: usize, error: ProviderError) -> ProviderError {
    if written == 0 { error } else { doubtful(error, &format!("after {written} writes of this change")) }
}

fn remote(change: &Change) -> Option<Remote> {
    change.remote.as_deref().and_then(Remote::read)
}

fn invalid(message: impl Into<String>) -> ProviderError {
    ProviderError::new(ErrorKind::Invalid, message)
}

fn vanished(change: &Change) -> ProviderError {
    let message = format!("{} {} is not there any more", change.identity.kind(), change.identity);
    ProviderError::new(ErrorKind::NotFound, message).hint("plan again")
}

fn conflict(message: impl Into<String>) -> ProviderError {
    ProviderError::new(ErrorKind::Conflict, message).hint("plan again")
}

fn cannot(change: &Change) -> ProviderError {
    let kind = change.identity.kind().singular();
    let route = if change.route.is_empty() { String::new() } else { format!(" by `{}`", change.route) };
    invalid(format!("the service cannot {} {kind} {}{route}", change.verb, change.identity))
}

/// The error for a value that the service has no form for.
fn unwritable(field: &crate::model::Field, value: Option<&Value>) -> ProviderError {
    let shown = value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    invalid(format!("the service cannot hold {shown} as `{field}`"))
}
