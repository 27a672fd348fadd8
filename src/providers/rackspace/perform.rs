//! Carries out one change: which call it is, and what its answer means (`contracts/rackspace.md §7`).

use crate::model::{Change, Identity, Verb};
use crate::provider::{Done, ErrorKind, ProviderError, Secrets};

use super::api::Api;
use super::fields::{ACTIVE_SYNC, SPAM};
use super::observe::Holders;

mod alias;
mod forward;
mod forwarding;
mod mailbox;
mod permission;
mod rules;
mod spam;

pub(super) use forwarding::Forwarding;

/// What carrying out a change needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) api: &'a Api,
    pub(super) holders: &'a Holders,
    pub(super) forwarding: &'a Forwarding,
}

/// Carries out a change.
pub(super) async fn perform(
    site: Site<'_>,
    change: &Change,
    secrets: &dyn Secrets,
) -> Result<Done, ProviderError> {
    match (&change.identity, change.verb) {
        (Identity::Mailbox(address), Verb::Create) => mailbox::create(site, address, change, secrets).await,
        (Identity::Mailbox(address), Verb::Update) => match change.route.as_str() {
            "" => mailbox::update(site, address, change, secrets).await,
            ACTIVE_SYNC => mailbox::switch_active_sync(site, address, change).await,
            SPAM => spam::update(site, address, change).await,
            _ => Err(cannot(change)),
        },
        (Identity::Mailbox(address), Verb::Delete) => mailbox::delete(site, address, change).await,
        (Identity::Alias(address), Verb::Create) => alias::create(site, address, change).await,
        (Identity::Alias(address), Verb::Delete) => alias::delete(site, address, change).await,
        (Identity::Forward(mailbox), Verb::Create | Verb::Update) => {
            forward::put(site, mailbox, change).await
        }
        (Identity::Forward(mailbox), Verb::Delete) => forward::delete(site, mailbox, change).await,
        (Identity::Permission { mailbox, grantee }, verb) if verb != Verb::Rename => {
            permission::perform(site, mailbox, grantee, change).await
        }
        (Identity::SenderRules(mailbox), verb) if verb != Verb::Rename => {
            rules::perform(site, mailbox, change).await
        }
        _ => Err(cannot(change)),
    }
}

/// True where the service may say that something is not there in the words of a bad request
/// (`contracts/rackspace.md §6`): then only a reading tells.
fn may_be_gone(error: &ProviderError) -> bool {
    matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict)
}

fn invalid(message: impl Into<String>) -> ProviderError {
    ProviderError::new(ErrorKind::Invalid, message)
}

fn vanished(change: &Change) -> ProviderError {
    let message =
        format!("the mailbox of {} {} is not there any more", change.identity.kind(), change.identity);
    ProviderError::new(ErrorKind::NotFound, message).hint("plan again")
}

fn cannot(change: &Change) -> ProviderError {
    let kind = change.identity.kind().singular();
    let route = if change.route.is_empty() { String::new() } else { format!(" by `{}`", change.route) };
    invalid(format!("the service cannot {} {kind} {}{route}", change.verb, change.identity))
}
