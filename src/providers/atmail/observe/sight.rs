//! Whether the login sees a domain: what it does not see may be there all the same (`contracts/atmail.md §5`).

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{DomainName, Reason};
use crate::provider::ProviderError;

use crate::providers::atmail::account::Me;
use crate::providers::atmail::api::Api;
use crate::providers::atmail::record::AdminRecord;

use super::reason;

/// What is known of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sight {
    /// The login sees it and what it holds.
    Seen,
    /// The server does not have it.
    Gone,
    /// The login may not see it, and how that shows.
    Hidden(Reason),
}

/// The domains that were asked about in one reading.
#[derive(Debug)]
pub(super) struct Sights<'a> {
    api: &'a Api,
    listed: Option<Result<BTreeSet<DomainName>, Reason>>,
    known: BTreeMap<DomainName, Sight>,
}

impl<'a> Sights<'a> {
    pub(super) fn new(api: &'a Api) -> Self {
        Self { api, listed: None, known: BTreeMap::new() }
    }

    /// Every domain that the login is shown; why there is no list, where there is none.
    ///
    /// # Errors
    /// `Auth`.
    pub(super) async fn listed(&mut self) -> Result<Result<&BTreeSet<DomainName>, Reason>, ProviderError> {
        if self.listed.is_none() {
            let listed = self.api.domains().await.map(|names| names.into_iter().collect());
            self.listed = Some(reason(self.api, listed)?);
        }
        Ok(match &self.listed {
            Some(Ok(listed)) => Ok(listed),
            Some(Err(reason)) => Err(Reason::clone(reason)),
            None => Err("the domains were not listed".into()),
        })
    }

    /// What is known of a domain.
    ///
    /// # Errors
    /// `Auth`.
    pub(super) async fn of(&mut self, domain: &DomainName) -> Result<Sight, ProviderError> {
        if let Some(known) = self.known.get(domain) {
            return Ok(known.clone());
        }
        let listed = self.listed().await?.map(|listed| listed.contains(domain));
        let sight = match listed {
            Ok(true) => Sight::Seen,
            Ok(false) | Err(_) => match reason(self.api, self.api.has_domain(domain).await)? {
                // Its list does not show what is there: a sub-admin of other domains.
                Ok(true) if listed.is_ok() => Sight::Hidden(hidden(domain)),
                Ok(true) => Sight::Seen,
                Ok(false) if self.api.me().await?.sees_all() => Sight::Gone,
                Ok(false) => Sight::Hidden(
                    format!(
                        "the service does not have the domain {domain}, or does not show it to this login: which, is \
                         known of an administrator alone that sees all domains"
                    )
                    .into(),
                ),
                Err(why) => {
                    Sight::Hidden(format!("whether the service has the domain {domain} is not known: {why}").into())
                }
            },
        };
        self.known.insert(domain.clone(), sight.clone());
        Ok(sight)
    }

    /// Why a list may show fewer things than there are: some servers answer a login that may not list them with
    /// nothing.
    ///
    /// # Errors
    /// `Auth`.
    pub(super) async fn blind(&self, what: Listing, is_empty: bool) -> Result<Option<Reason>, ProviderError> {
        let me = self.api.me().await?;
        if me.sees_all() {
            return Ok(None);
        }
        let told = match (what, me) {
            (Listing::Users, Me::SubAdmin { lists_users, .. }) => lists_users,
            (Listing::Aliases, Me::SubAdmin { aliases, .. }) => aliases,
            (_, Me::Main | Me::Untold) => None,
        };
        let right = match what {
            Listing::Users => "accounts: its right `list` (UList)",
            Listing::Aliases => "aliases: its right `alias` (UAlias)",
        };
        Ok(match told {
            Some(false) => Some(format!("this login may not list {right} is missing").into()),
            None if is_empty => Some(EMPTY.into()),
            Some(true) | None => None,
        })
    }
}

/// Why a list of the sub-admins may show fewer than there are.
///
/// # Errors
/// `Auth`.
pub(super) async fn hides_administrators(
    api: &Api,
    listed: &[AdminRecord],
) -> Result<Option<Reason>, ProviderError> {
    let own = listed.iter().find(|record| record.login.eq_ignore_ascii_case(api.username()));
    let is_told = own.is_none_or(|own| own.full == Some(true));
    if is_told && !listed.is_empty() {
        return Ok(None);
    }
    Ok(match api.me().await? {
        me if me.sees_all() => None,
        Me::SubAdmin { .. } => Some("this login is a sub-admin, and may not see the others".into()),
        Me::Main | Me::Untold => Some(EMPTY.into()),
    })
}

const EMPTY: &str = "the list is empty, and whether this login may see what is in it is not told";

/// A list that a login may or may not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    /// That of a domain's accounts.
    Users,
    /// That of all aliases.
    Aliases,
}

fn hidden(domain: &DomainName) -> Reason {
    format!("this login may not see the domain {domain}").into()
}
