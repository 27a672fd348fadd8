//! Reads what a scope asks, with as few calls as that takes (`contracts/open_xchange.md §2-§6`).
//!
//! The users of the context come in one reply and so do its forwarding aliases. Attributes, lists of senders and, where
//! the list does not tell it, what a user may do cost calls for each user: they are asked of those alone that a part of
//! the scope names with such a field.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};

use crate::model::{
    Address, Collection, Completeness, Extent, Field, Identity, Kind, ObservedObject, Readings, Reason,
    Scope, Value,
};
use crate::provider::{ErrorKind, Found, ProviderError};

use super::api::Api;
use super::convert::{Sort, Tells, User};

mod aliases;
mod announcements;
mod detail;
mod domains;
mod subject;

use detail::Asker;
use subject::Subject;

pub(super) use announcements::{documents as announcements_raw, list as announcements};
pub(super) use detail::{ATTRIBUTE_GONE, entries};

/// Everything that the scope asks. What was read before a failure is told too.
pub(super) async fn observe(api: &Api, in_flight: usize, scope: &Scope) -> Vec<Found> {
    let mut tell = Teller(Vec::new());
    if let Err(error) = read(api, in_flight, scope, &mut tell).await {
        tell.0.push(Found::Failed(error));
    }
    tell.0
}

/// What was found so far.
struct Teller(Vec<Found>);

impl Teller {
    fn object(&mut self, object: ObservedObject) {
        self.0.push(Found::Object(object));
    }

    fn unknown(&mut self, identity: Identity, reason: Reason) {
        self.0.push(Found::Unknown { identity, reason });
    }

    /// A collection ends here, whole or not.
    fn end(&mut self, collection: Collection, word: Result<(), Reason>) {
        let completeness = match word {
            Ok(()) => Completeness::Complete,
            Err(reason) => Completeness::Incomplete(reason),
        };
        self.0.push(Found::End { collection, completeness });
    }

    /// Every part of a kind ends with the same word.
    fn end_all(&mut self, scope: &Scope, kind: Kind, word: &Result<(), Reason>) {
        for collection in collections(scope, kind) {
            self.end(collection.clone(), word.clone());
        }
    }
}

fn collections(scope: &Scope, kind: Kind) -> impl Iterator<Item = &Collection> {
    scope.parts.iter().map(|part| &part.collection).filter(move |collection| collection.kind == kind)
}

/// A failure that does not end the whole reading, in words.
fn gap<T>(read: Result<T, ProviderError>) -> Result<Result<T, Reason>, ProviderError> {
    match read {
        Ok(read) => Ok(Ok(read)),
        Err(error) if error.kind == ErrorKind::Auth => Err(error),
        Err(error) => Ok(Err(Reason::from(error.to_string()))),
    }
}

async fn read(api: &Api, in_flight: usize, scope: &Scope, tell: &mut Teller) -> Result<(), ProviderError> {
    for kind in [Kind::Forward, Kind::Permission, Kind::Administrator, Kind::Registration] {
        // The service holds none of these, so all of them were seen.
        tell.end_all(scope, kind, &Ok(()));
    }
    if scope.asks(Kind::Domain) {
        domains::read(api, scope, tell).await?;
    }
    if scope.asks(Kind::Object) {
        announcements::read(api, scope, tell).await?;
    }
    if [Kind::Mailbox, Kind::Alias, Kind::SenderRules].iter().any(|kind| scope.asks(*kind)) {
        users(api, in_flight, scope, tell).await?;
    }
    Ok(())
}

/// The context's users that have an address, and what the service tells of any of them.
pub(super) struct Users {
    pub(super) by_address: BTreeMap<Address, User>,
    tells: Tells,
}

impl Users {
    async fn read(api: &Api) -> Result<Self, ProviderError> {
        let mut tells = Tells::default();
        let mut by_address = BTreeMap::new();
        for document in api.users(None).await? {
            tells.note(&document);
            let Some(user) = User::of(document) else { continue };
            if let Some(uid) = user.uid {
                api.note_uid(&user.login, uid);
            }
            api.note_login(&user.mail, &user.login);
            if user.document.has("aliases") {
                api.note_aliases(&user.login);
            }
            by_address.insert(user.mail.clone(), user);
        }
        Ok(Self { by_address, tells })
    }
}

async fn users(api: &Api, in_flight: usize, scope: &Scope, tell: &mut Teller) -> Result<(), ProviderError> {
    let users = Users::read(api).await?;
    if scope.asks(Kind::Alias) {
        aliases::read(api, scope, &users, tell).await?;
    }
    let brand = brand(api, scope, &users).await?;
    let subjects: Vec<Subject<'_>> =
        users.by_address.values().filter_map(|user| Subject::of(user, scope, users.tells)).collect();
    let logins: Vec<&str> = subjects.iter().map(|subject| subject.user.login.as_str()).collect();
    let number = if subjects.iter().any(Subject::needs_numbers) {
        // Found once, before many ask at the same time.
        gap(api.context_number(&logins).await)?.map(|_| ())
    } else {
        Ok(())
    };
    let asker = Asker::new(api, users.tells, brand, number);
    let mut rules = BTreeMap::new();
    let looks: Vec<_> = subjects.into_iter().map(|subject| asker.look(subject)).collect();
    let mut looked = stream::iter(looks).buffer_unordered(in_flight);
    while let Some(seen) = looked.next().await {
        let seen = seen?;
        if let Some(mailbox) = seen.mailbox {
            tell.object(mailbox);
        }
        match seen.rules {
            None => {}
            Some((address, Ok(object))) => {
                if let Some(object) = object {
                    tell.object(object);
                }
                rules.insert(address, Ok(()));
            }
            Some((address, Err(reason))) => {
                tell.unknown(Identity::SenderRules(address.clone()), Reason::clone(&reason));
                rules.insert(address, Err(reason));
            }
        }
    }
    tell.end_all(scope, Kind::Mailbox, &Ok(()));
    end_rules(scope, &rules, tell);
    Ok(())
}

/// Whose context it is, where facts are asked.
async fn brand(api: &Api, scope: &Scope, users: &Users) -> Result<Option<String>, ProviderError> {
    if !scope.facts {
        return Ok(None);
    }
    let mailboxes = users.by_address.values().filter(|user| user.sort == Sort::Mailbox);
    let logins: Vec<&str> = mailboxes.map(|user| user.login.as_str()).collect();
    let Ok(number) = gap(api.context_number(&logins).await)? else { return Ok(None) };
    let brand = gap(api.read_brand(number).await)?.ok();
    Ok(brand.and_then(|brand| {
        let name = brand.text("brandname").known()?;
        let top = brand.text("toplevel-brand").known().filter(|top| *top != name);
        Some(crate::http::excerpt(&top.map_or(name.clone(), |top| format!("{name} of {top}"))))
    }))
}

/// Ends the collections of sender rules: of a mailbox that is not listed, none were missed.
fn end_rules(scope: &Scope, rules: &BTreeMap<Address, Result<(), Reason>>, tell: &mut Teller) {
    let word = |address: &Address| rules.get(address).cloned().unwrap_or(Ok(()));
    for collection in collections(scope, Kind::SenderRules) {
        match &collection.extent {
            Extent::PartsOf(mailboxes) => {
                for mailbox in mailboxes {
                    tell.end(Collection::parts_of(Kind::SenderRules, mailbox), word(mailbox));
                }
            }
            Extent::Objects(objects) => {
                for object in objects {
                    let said = object.address().map_or(Ok(()), word);
                    tell.end(Collection::object(object), said);
                }
            }
            Extent::Everything | Extent::Domain(_) => {
                let inside = rules
                    .iter()
                    .filter(|(address, _)| collection.covers(&Identity::SenderRules((*address).clone())));
                let mut bad = inside.filter_map(|(address, word)| Some((address, word.as_ref().err()?)));
                let said = match bad.next() {
                    None => Ok(()),
                    Some((address, reason)) => Err(match bad.count() {
                        0 => format!("{address}: {reason}").into(),
                        more => format!("{address} and {more} more: {reason}").into(),
                    }),
                };
                tell.end(collection.clone(), said);
            }
        }
    }
}

/// Sender rules of a mailbox, where it has any.
fn rules_object(
    user: &User,
    block: std::collections::BTreeSet<String>,
    allow: std::collections::BTreeSet<String>,
) -> Option<ObservedObject> {
    if block.is_empty() && allow.is_empty() {
        return None;
    }
    let fields =
        Readings::new().known(Field::Allow, Value::Words(allow)).known(Field::Block, Value::Words(block));
    Some(user.object(Identity::SenderRules(user.mail.clone()), fields))
}
