//! Reads what a scope asks, with as few calls as that takes (`contracts/atmail.md §3`).
//!
//! The aliases come in one list of the whole server, which every domain of a reading shares. A domain's accounts are
//! listed where all of them, or many, are asked for; a few are looked at one by one. Nothing counts as absent before
//! it is known that the login sees the domain.

use std::collections::BTreeSet;

use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, future};
use tokio::sync::mpsc::{self, UnboundedSender};

use crate::model::{
    Collection, Completeness, DomainName, Extent, Field, Identity, Kind, ObservedObject, Readings, Reason,
    Scope,
};
use crate::provider::{Found, ProviderError};

use super::Options;
use super::api::Api;
use super::convert::{self, Lens};
use super::rows::Rows;

mod administrators;
mod domain;
pub(super) mod paging;
mod sight;
mod users;
mod wanted;

use sight::{Sight, Sights};
use wanted::{KEPT, Wanted};

/// Everything that the scope asks, as it is read.
pub(super) fn observe<'a>(api: &'a Api, options: Options, scope: &'a Scope) -> BoxStream<'a, Found> {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let work = async move {
        let tell = Teller(sender);
        let lens = lens(api, options);
        let site = Site { api, options, scope, tell: &tell, lens: &lens };
        if let Err(error) = read(site).await {
            tell.say(Found::Failed(error));
        }
    };
    let work = stream::once(work).filter_map(|()| future::ready(None));
    let found = stream::poll_fn(move |context| receiver.poll_recv(context));
    stream::select(found, work).boxed()
}

/// What is known of the server beside its answers.
pub(super) fn lens(api: &Api, options: Options) -> Lens {
    Lens { unit: options.unit.or_else(|| api.account().unit()), lost: api.account().lost() }
}

/// Tells what was read as soon as it was.
#[derive(Debug)]
struct Teller(UnboundedSender<Found>);

impl Teller {
    /// Tells a piece. That nobody listens any more is no failure.
    fn say(&self, found: Found) {
        let _ = self.0.send(found);
    }

    fn object(&self, object: ObservedObject) {
        self.say(Found::Object(object));
    }

    fn unknown(&self, identity: Identity, reason: Reason) {
        self.say(Found::Unknown { identity, reason });
    }

    fn end(&self, collection: Collection, word: Result<(), Reason>) {
        let completeness = match word {
            Ok(()) => Completeness::Complete,
            Err(reason) => Completeness::Incomplete(reason),
        };
        self.say(Found::End { collection, completeness });
    }
}

/// What a reading needs.
#[derive(Debug, Clone, Copy)]
struct Site<'a> {
    api: &'a Api,
    options: Options,
    scope: &'a Scope,
    tell: &'a Teller,
    lens: &'a Lens,
}

/// A reason in place of an error, unless that ends the reading.
fn reason<T>(api: &Api, result: Result<T, ProviderError>) -> Result<Result<T, Reason>, ProviderError> {
    match result {
        Ok(read) => Ok(Ok(read)),
        Err(error) if api.ends_all(&error) => Err(error),
        Err(error) => Ok(Err(error.to_string().into())),
    }
}

async fn read(site: Site<'_>) -> Result<(), ProviderError> {
    let scope = site.scope;
    if scope.asks(Kind::Administrator) {
        administrators::read(site).await?;
    }
    let mut sights = Sights::new(site.api);
    read_domains(site, &mut sights).await?;
    let rows = if scope.asks(Kind::Alias) || scope.asks(Kind::Forward) {
        Some(reason(site.api, site.api.aliases().await.map(Rows::new))?)
    } else {
        None
    };
    let asks_all = |part: &crate::model::ScopePart| {
        part.collection.extent == Extent::Everything && KEPT.contains(&part.collection.kind)
    };
    let (all, mut gap) = if scope.parts.iter().any(asks_all) {
        match sights.listed().await? {
            Ok(listed) => (everywhere(listed, rows.as_ref()), None),
            Err(reason) => (BTreeSet::new(), Some(reason)),
        }
    } else {
        (BTreeSet::new(), None)
    };
    for (domain, wanted) in Wanted::of(scope, &all) {
        let word = domain::read(site, &mut sights, rows.as_ref(), &domain, &wanted).await?;
        gap = gap.or(word.err());
    }
    for part in scope.parts.iter().filter(|part| asks_all(part)) {
        site.tell.end(part.collection.clone(), gap.clone().map_or(Ok(()), Err));
    }
    if let Some(error) = site.api.account().take_silence() {
        // Not one call was answered by the service: this is no gap in what was read.
        return Err(error);
    }
    for part in &scope.parts {
        let kind = part.collection.kind;
        if !KEPT.contains(&kind) && !matches!(kind, Kind::Domain | Kind::Administrator) {
            // The service holds none of these, so all of them were seen.
            site.tell.end(part.collection.clone(), Ok(()));
        }
    }
    Ok(())
}

/// The domains that are listed, and those that aliases divert, which need not be domains of their own.
fn everywhere(listed: &BTreeSet<DomainName>, rows: Option<&Result<Rows, Reason>>) -> BTreeSet<DomainName> {
    let diverted = rows.into_iter().flatten().flat_map(Rows::domains);
    listed.iter().chain(diverted).cloned().collect()
}

/// The domains that are asked for as objects.
async fn read_domains(site: Site<'_>, sights: &mut Sights<'_>) -> Result<(), ProviderError> {
    let object = |name: &DomainName| ObservedObject::plain(Identity::Domain(name.clone()), Readings::new());
    for part in site.scope.parts.iter().filter(|part| part.collection.kind == Kind::Domain) {
        let names: Vec<DomainName> = match &part.collection.extent {
            Extent::Everything => {
                let word = match sights.listed().await? {
                    Ok(listed) => {
                        for name in listed {
                            site.tell.object(object(name));
                        }
                        Ok(())
                    }
                    Err(reason) => Err(reason),
                };
                site.tell.end(part.collection.clone(), word);
                continue;
            }
            Extent::Domain(name) => vec![name.clone()],
            Extent::PartsOf(_) => Vec::new(),
            Extent::Objects(objects) => objects
                .iter()
                .filter_map(
                    |object| if let Identity::Domain(name) = object { Some(name.clone()) } else { None },
                )
                .collect(),
        };
        let mut words = Ok(());
        for name in names {
            let word = match sights.of(&name).await? {
                Sight::Seen => {
                    site.tell.object(object(&name));
                    Ok(())
                }
                Sight::Gone => Ok(()),
                Sight::Hidden(reason) => Err(reason),
            };
            site.tell.end(Collection::object(&Identity::Domain(name)), word.clone());
            words = words.and(word);
        }
        if !matches!(part.collection.extent, Extent::Objects(_)) {
            site.tell.end(part.collection.clone(), words);
        }
    }
    Ok(())
}

/// A mailbox, with the fields that the scope asks of it.
fn mailbox_object(
    site: Site<'_>,
    address: &crate::model::Address,
    user: &super::record::User,
) -> ObservedObject {
    let identity = Identity::Mailbox(address.clone());
    convert::mailbox(address, user, &|field: &Field| site.scope.wants(&identity, field), site.lens)
}
