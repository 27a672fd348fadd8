//! Aliases: those in the records of users, and those that forward without a mailbox.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Address, Extent, Field, Identity, Kind, ObservedObject, Reading, Readings, Reason, Scope, Value,
};
use crate::provider::ProviderError;

use crate::providers::open_xchange::api::Api;
use crate::providers::open_xchange::convert::{self, Sort, User};

use super::{Teller, Users, collections, gap};

const TWICE: &str = "the service has this address twice: as an alias of a user and as another alias";

/// What the scope asks of aliases, sorted out.
struct Asked<'a> {
    scope: &'a Scope,
    /// The mailboxes whose aliases are asked for.
    of: BTreeSet<&'a Address>,
}

impl Asked<'_> {
    fn covers(&self, identity: &Identity, home: Option<&Address>) -> bool {
        self.scope.covers(identity) || home.is_some_and(|home| self.of.contains(home))
    }
}

/// Reads aliases. Those of a mailbox alone need the list of users and no more.
pub(super) async fn read(
    api: &Api,
    scope: &Scope,
    users: &Users,
    tell: &mut Teller,
) -> Result<(), ProviderError> {
    let of = collections(scope, Kind::Alias).filter_map(|collection| match &collection.extent {
        Extent::PartsOf(mailboxes) => Some(mailboxes),
        _ => None,
    });
    let asked = Asked { scope, of: of.flatten().collect() };
    let (mut found, gaps) = of_users(users, &asked);
    let is_partial = |extent: &Extent| matches!(extent, Extent::PartsOf(_));
    let needs_forwards = collections(scope, Kind::Alias).any(|collection| !is_partial(&collection.extent));
    let mut word = match gaps.first_key_value() {
        None => Ok(()),
        Some((mailbox, reason)) => Err(Reason::from(format!("{mailbox}: {reason}"))),
    };
    if needs_forwards {
        match gap(api.forwards().await)? {
            Ok(forwards) => {
                for (alias, recipients) in forwards {
                    let Some(address) = convert::nameable(&alias) else { continue };
                    let identity = Identity::Alias(address);
                    if asked.covers(&identity, None) {
                        let object = forwarding(identity, &alias, recipients.as_deref());
                        found.entry(object.identity.clone()).or_default().push(object);
                    }
                }
            }
            Err(reason) => word = Err(reason),
        }
    }
    let mut homes = BTreeSet::new();
    for (identity, mut objects) in found {
        match (objects.pop(), objects.is_empty()) {
            (Some(object), true) => {
                homes.extend(home(&object, users));
                tell.object(object);
            }
            _ => tell.unknown(identity, TWICE.into()),
        }
    }
    // Whose alias it is can be seen only where its mailbox is told too.
    for user in homes.into_iter().filter_map(|mailbox| users.by_address.get(&mailbox)) {
        let identity = Identity::Mailbox(user.mail.clone());
        if !scope.covers(&identity) {
            tell.object(user.object(identity, convert::mailbox(&user.document, users.tells)));
        }
    }
    for collection in collections(scope, Kind::Alias) {
        let Extent::PartsOf(mailboxes) = &collection.extent else {
            tell.end(collection.clone(), word.clone());
            continue;
        };
        for mailbox in mailboxes {
            let said = gaps.get(mailbox).map_or(Ok(()), |reason| Err(Reason::clone(reason)));
            tell.end(crate::model::Collection::parts_of(Kind::Alias, mailbox), said);
        }
    }
    Ok(())
}

type Found = BTreeMap<Identity, Vec<ObservedObject>>;

/// The aliases in the records of users, and why those of some could not be read.
fn of_users(users: &Users, asked: &Asked<'_>) -> (Found, BTreeMap<Address, Reason>) {
    let mut found = Found::new();
    let mut gaps = BTreeMap::new();
    for user in users.by_address.values().filter(|user| user.sort == Sort::Mailbox) {
        let listed = match user.aliases() {
            Ok(listed) => listed,
            Err(reason) => {
                gaps.insert(user.mail.clone(), reason.into());
                continue;
            }
        };
        let addresses: BTreeSet<Address> = listed.iter().filter_map(|text| convert::nameable(text)).collect();
        for address in addresses.into_iter().filter(|address| *address != user.mail) {
            let identity = Identity::Alias(address);
            if asked.covers(&identity, Some(&user.mail)) {
                found.entry(identity.clone()).or_default().push(inside(user, identity));
            }
        }
    }
    (found, gaps)
}

fn inside(user: &User, identity: Identity) -> ObservedObject {
    let targets = Value::Addresses(BTreeSet::from([user.mail.clone()]));
    user.object(identity, Readings::new().known(Field::Targets, targets))
}

fn forwarding(identity: Identity, listed: &str, recipients: Option<&[String]>) -> ObservedObject {
    let mut fields = Readings::new();
    fields.set(Field::Targets, convert::targets(recipients));
    let mut object = ObservedObject::plain(identity, fields);
    object.remote = Some(listed.into());
    object
}

/// The mailbox in whose record an alias was found.
fn home(object: &ObservedObject, users: &Users) -> Option<Address> {
    let Reading::Known(Value::Addresses(targets)) = object.fields.get(&Field::Targets)? else { return None };
    let lone = targets.first().filter(|_| targets.len() == 1)?;
    users.by_address.get(lone).filter(|user| user.record() == object.record).map(|user| user.mail.clone())
}
