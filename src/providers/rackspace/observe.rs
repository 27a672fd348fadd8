//! Reads what a scope asks, with as few calls as that takes (`contracts/rackspace.md §4, §7`).
//!
//! A domain's mailboxes are listed, by state where the list is to tell it. A mailbox is looked at itself only where a
//! wanted field, its forward or its extra addresses need that; permissions, spam settings and sender lists are read
//! only where they are asked for.

use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, future};
use tokio::sync::mpsc;

use crate::model::{
    Collection, DomainName, Extent, Facts, Identity, Kind, ObservedObject, Readings, Reason, Scope,
};
use crate::provider::{ErrorKind, Found, ProviderError};

use super::api::{Api, Loose};
use super::convert;

mod detail;
mod domain;
mod holders;
mod index;
mod known;
mod paging;
mod tell;
mod wanted;

pub(super) use detail::{permissions, sender_list, sender_lists};
pub(super) use holders::Holders;
pub(super) use tell::permissions as granted;

use detail::{Asker, Patience};
use domain::Site;
use paging::{Gap, Total, list};
use tell::Teller;
use wanted::{KEPT, Wanted};

/// Everything that the scope asks, as it is read.
pub(super) fn observe<'a>(
    api: &'a Api,
    holders: &'a Holders,
    in_flight: usize,
    scope: &'a Scope,
) -> BoxStream<'a, Found> {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let work = async move {
        let tell = Teller(sender);
        if let Err(error) = read(api, holders, in_flight, scope, &tell).await {
            tell.say(Found::Failed(error));
        }
    };
    let work = stream::once(work).filter_map(|()| future::ready(None));
    let found = stream::poll_fn(move |context| receiver.poll_recv(context));
    stream::select(found, work).boxed()
}

async fn read(
    api: &Api,
    holders: &Holders,
    in_flight: usize,
    scope: &Scope,
    tell: &Teller,
) -> Result<(), ProviderError> {
    for part in &scope.parts {
        if !KEPT.contains(&part.collection.kind) && part.collection.kind != Kind::Domain {
            // The service holds none of these, so all of them were seen.
            tell.end(part.collection.clone(), Ok(()));
        }
    }
    let needs_list = scope.parts.iter().any(|part| {
        part.collection.extent == Extent::Everything
            && (part.collection.kind == Kind::Domain || KEPT.contains(&part.collection.kind))
    });
    let (all, mut gap) = if needs_list { domains(api, tell).await? } else { (Vec::new(), None) };
    read_domains(api, scope, tell).await?;
    let patience = Patience::default();
    let site = Site { api, scope, tell, asker: Asker { api, patience: &patience }, holders, in_flight };
    for (domain, wanted) in Wanted::of(scope, &all) {
        let word = domain::read(site, &domain, &wanted).await?;
        gap = gap.or(word.err());
    }
    for collection in wanted::everything(scope).filter(|collection| KEPT.contains(&collection.kind)) {
        tell.end(collection.clone(), gap.clone().map_or(Ok(()), Err));
    }
    Ok(())
}

/// The account's domains are told; those with Exchange, and why some may be missing.
async fn domains(api: &Api, tell: &Teller) -> Result<(Vec<DomainName>, Option<Reason>), ProviderError> {
    let key = |domain: &Loose| domain.text("name").known().unwrap_or_default().to_lowercase();
    let listed = list(Total::Counts, key, |offset| api.domains(offset)).await;
    let mut names = Vec::new();
    for document in &listed.items {
        if let Some(name) = document.text("name").known().and_then(|name| DomainName::parse(&name).ok()) {
            tell.object(domain_object(&name, document));
            if convert::has_exchange(document) {
                names.push(name);
            }
        }
    }
    let gap = match listed.gap {
        Some(Gap::Failed(error)) if error.kind == ErrorKind::Auth => return Err(error),
        gap => gap.map(|gap| gap.reason()),
    };
    tell.end(Collection::everything(Kind::Domain), gap.clone().map_or(Ok(()), Err));
    Ok((names, gap))
}

/// The domains that are asked for one by one.
async fn read_domains(api: &Api, scope: &Scope, tell: &Teller) -> Result<(), ProviderError> {
    for part in scope.parts.iter().filter(|part| part.collection.kind == Kind::Domain) {
        let names: Vec<DomainName> = match &part.collection.extent {
            Extent::Everything => continue,
            Extent::Domain(name) => vec![name.clone()],
            Extent::PartsOf(_) => Vec::new(),
            Extent::Objects(objects) => objects
                .iter()
                .filter_map(
                    |object| if let Identity::Domain(name) = object { Some(name.clone()) } else { None },
                )
                .collect(),
        };
        for name in names {
            let word = match api.domain(&name).await {
                Ok(document) => {
                    if let Some(document) = document {
                        tell.object(domain_object(&name, &document));
                    }
                    Ok(())
                }
                Err(error) if error.kind == ErrorKind::Auth => return Err(error),
                Err(error) => Err(Reason::from(error.to_string())),
            };
            tell.end(Collection::object(&Identity::Domain(name.clone())), word.clone());
            if matches!(part.collection.extent, Extent::Domain(_)) {
                tell.end(part.collection.clone(), word);
            }
        }
    }
    Ok(())
}

fn domain_object(name: &DomainName, document: &Loose) -> ObservedObject {
    let mut object = ObservedObject::plain(Identity::Domain(name.clone()), Readings::new());
    let told = [("service_type", "serviceType"), ("account", "accountNumber")];
    object.facts = told
        .into_iter()
        .filter_map(|(fact, key)| Some((fact.to_owned(), crate::http::excerpt(&document.text(key).known()?))))
        .collect::<Facts>();
    object
}
