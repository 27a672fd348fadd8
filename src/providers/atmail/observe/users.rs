//! The accounts of a domain: listed, or looked at one by one.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt as _;
use futures_util::stream;

use crate::model::{Address, DomainName, Reason};
use crate::provider::ProviderError;

use crate::providers::atmail::api::PAGE;
use crate::providers::atmail::record::User;

use super::Site;
use super::paging::{Gap, list};
use super::reason;

/// The accounts of a domain, as far as they were read.
#[derive(Debug, Default)]
pub(super) struct Users {
    /// Those that are there.
    pub(super) there: BTreeMap<Address, User>,
    /// Those that were looked at and are not there, as the service says.
    absent: BTreeSet<Address>,
    /// Those that were looked at and could not be read.
    failed: BTreeMap<Address, Reason>,
    /// Whether the domain's list was read to its end; none where it was not asked for.
    list: Option<Result<(), Reason>>,
}

impl Users {
    /// No account: those of a domain that the server does not have.
    pub(super) fn none() -> Self {
        Self { list: Some(Ok(())), ..Self::default() }
    }

    /// Nothing known, for this reason.
    pub(super) fn unread(reason: Reason) -> Self {
        Self { list: Some(Err(reason)), ..Self::default() }
    }

    /// The same, with a list that may not be whole, for this reason.
    pub(super) fn doubted(mut self, reason: Reason) -> Self {
        self.list = Some(self.all().and(Err(reason)));
        self
    }

    /// Whether all accounts of the domain are known.
    pub(super) fn all(&self) -> Result<(), Reason> {
        self.list.clone().unwrap_or_else(|| Err("the domain's accounts were not listed".into()))
    }

    /// True where the domain's accounts were listed, or there is a reason why not.
    pub(super) fn is_listed(&self) -> bool {
        self.list.is_some()
    }

    /// The account at an address; none where there is none.
    pub(super) fn at(&self, address: &Address) -> Result<Option<&User>, Reason> {
        if let Some(user) = self.there.get(address) {
            return Ok(Some(user));
        }
        if address.is_domain() || self.absent.contains(address) {
            return Ok(None);
        }
        if let Some(reason) = self.failed.get(address) {
            return Err(Reason::clone(reason));
        }
        self.all().map(|()| None)
    }

    /// Notes that what is not there may be hidden, for this reason.
    pub(super) fn hide(&mut self, reason: &Reason) {
        for address in std::mem::take(&mut self.absent) {
            self.failed.insert(address, Reason::clone(reason));
        }
        if matches!(self.list, Some(Ok(()))) {
            self.list = Some(Err(Reason::clone(reason)));
        }
    }

    /// True where some account that was looked at is not there.
    pub(super) fn misses_some(&self) -> bool {
        !self.absent.is_empty()
    }
}

/// Lists a domain's accounts.
///
/// # Errors
/// `Auth`.
pub(super) async fn listed(site: Site<'_>, domain: &DomainName) -> Result<Users, ProviderError> {
    let listed = list(PAGE, |start| site.api.users(domain, start, PAGE)).await;
    let mut users = Users::default();
    for user in listed.users {
        // A server that ignores `domain` lists others too.
        if let Some(address) = user.address().filter(|address| address.domain() == domain.as_str()) {
            users.there.insert(address, user);
        }
    }
    users.list = Some(match listed.gap {
        None => Ok(()),
        Some(Gap::Strange(reason)) => Err(reason),
        Some(Gap::Failed(error)) if site.api.ends_all(&error) => return Err(error),
        Some(Gap::Failed(error)) => Err(error.to_string().into()),
    });
    Ok(users)
}

/// Looks at these accounts themselves, and adds what they tell to what is known.
///
/// # Errors
/// `Auth`.
pub(super) async fn look(
    site: Site<'_>,
    users: &mut Users,
    addresses: impl IntoIterator<Item = Address>,
) -> Result<(), ProviderError> {
    let looks: Vec<(Address, String)> = addresses
        .into_iter()
        .map(|address| {
            let name = users.there.get(&address).map_or(address.as_str(), |user| &user.account).to_owned();
            (address, name)
        })
        .collect();
    let looks = stream::iter(looks).map(async |(address, name)| {
        let user = site.api.user(&name).await;
        (address, user)
    });
    let mut looks = looks.buffer_unordered(site.options.in_flight.max(1));
    while let Some((address, looked)) = looks.next().await {
        match reason(site.api, looked)? {
            Ok(Some(user)) => {
                let user = match users.there.remove(&address) {
                    Some(known) => known.filled(user),
                    None => user,
                };
                users.there.insert(address, user);
            }
            Ok(None) => {
                users.there.remove(&address);
                users.absent.insert(address);
            }
            // What the list told of it stays; the rest was not told.
            Err(_) if users.there.contains_key(&address) => {}
            Err(reason) => {
                users.failed.insert(address, reason);
            }
        }
    }
    Ok(())
}
