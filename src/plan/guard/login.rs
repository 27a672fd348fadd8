//! The brake on whatever would take away what a connection logs in with.

use crate::model::{
    Address, Change, ConnectionName, ConnectionState, Field, Identity, Kind, Looked, ObservedObject,
    Standing, Value, Verb,
};
use crate::plan::Input;
use crate::provider::Capabilities;

use super::{demotes, suspends};

/// Why a change of a plan would take away what some connection logs in with.
pub(super) fn hits(input: &Input<'_>, change: &Change) -> Option<String> {
    let of = |connection: &ConnectionName| {
        Some((input.observed.connections.get(connection)?, input.capabilities.get(connection)?))
    };
    let own = of(&change.connection).and_then(|(state, can)| hits_login(change, state, can));
    own.or_else(|| {
        // Of several stores that answer for a domain, one can take the mail of a mailbox in another.
        let domain = input.desired.domains.get(change.identity.domain()?)?;
        let is_alias = change.identity.kind() == Kind::Alias;
        let before = domain.stores().take_while(|store| **store != change.connection).filter(|_| is_alias);
        let behind = domain.stores().skip_while(|store| **store != change.connection).skip(1);
        let shadowed = |connection: &ConnectionName| {
            let (state, can) = of(connection)?;
            Logins { change, connection, state, can }.shadowed()
        };
        before.chain(behind).find_map(shadowed)
    })
}

/// Why a change would take away what a connection to the service logs in with, as far as this reading of it and the keys
/// of its connections tell: the own one, and any other that reaches the same service.
pub fn hits_login(change: &Change, state: &ConnectionState, can: &Capabilities) -> Option<String> {
    let logins = Logins { change, connection: &change.connection, state, can };
    let touched = [Some(&change.identity), change.before_identity.as_ref()];
    let own = touched.into_iter().flatten().find_map(|identity| logins.who(identity));
    let would = |who: &ConnectionName, what: &str| {
        Some(format!("{who} logs in with it; {what} it would lock this tool out"))
    };
    match (&change.identity, change.verb) {
        (Identity::Mailbox(_) | Identity::Administrator(_), Verb::Delete) => would(own?, "deleting"),
        (Identity::Mailbox(_) | Identity::Administrator(_), Verb::Rename) => would(own?, "renaming"),
        (Identity::Mailbox(_), Verb::Create | Verb::Update) if suspends(change) => would(own?, "suspending"),
        (Identity::Administrator(_), Verb::Update) if demotes(change) => would(own?, "taking rights from"),
        (Identity::Mailbox(_) | Identity::Administrator(_), Verb::Update)
            if change.fields.contains(&Field::Password) =>
        {
            would(own?, "setting the password of")
        }
        (Identity::Alias(_), Verb::Create | Verb::Update) => logins.shadowed(),
        (Identity::Forward(mailbox), Verb::Create | Verb::Update)
            if change.after.get(&Field::KeepCopy) == Some(&Value::Bool(false)) =>
        {
            let who = logins.at(mailbox)?;
            Some(format!("{who} logs in as {mailbox}; a forward without a copy would shadow it"))
        }
        (Identity::Domain(domain), Verb::Delete) => {
            let is_inside = |identity: &Identity| identity.domain() == Some(domain.as_str());
            let told = can.logins.iter().find(|(identity, _)| is_inside(identity)).map(|(_, who)| who);
            let read = || {
                let mut objects = state.objects.values().map(|object| &**object);
                let is_login = |object: &ObservedObject| {
                    object.standing == Standing::Login && is_inside(&object.identity)
                };
                objects.any(is_login).then_some(&change.connection)
            };
            let who = told.or_else(read)?;
            Some(format!("{who} logs in with an address of {domain}"))
        }
        _ => None,
    }
}

/// The same login under its other kind: it may be known as an administrator, as a mailbox, or as both.
fn twin(identity: &Identity) -> Option<Identity> {
    match identity {
        Identity::Mailbox(address) => Some(Identity::administrator(address.as_str())),
        Identity::Administrator(login) => Address::parse(login).ok().map(Identity::Mailbox),
        _ => None,
    }
}

/// What tells whether a change would take away what its connection logs in with ([`hits_login`]), its own object
/// included; nothing where no such change could.
pub fn login_witnesses(change: &Change) -> Vec<Identity> {
    let shadowed = match (&change.identity, change.verb) {
        (Identity::Mailbox(_) | Identity::Administrator(_), Verb::Delete | Verb::Rename) => None,
        (Identity::Mailbox(_), Verb::Create | Verb::Update) if suspends(change) => None,
        (Identity::Administrator(_), Verb::Update) if demotes(change) => None,
        (Identity::Mailbox(_) | Identity::Administrator(_), Verb::Update)
            if change.fields.contains(&Field::Password) =>
        {
            None
        }
        (Identity::Alias(address), Verb::Create | Verb::Update) if !address.is_domain() => {
            Some(Identity::Mailbox(address.clone()))
        }
        (Identity::Forward(mailbox), Verb::Create | Verb::Update)
            if change.after.get(&Field::KeepCopy) == Some(&Value::Bool(false)) =>
        {
            Some(Identity::Mailbox(mailbox.clone()))
        }
        _ => return Vec::new(),
    };
    let touched = match &shadowed {
        None => [Some(&change.identity), change.before_identity.as_ref()],
        Some(mailbox) => [Some(mailbox), None],
    };
    touched
        .into_iter()
        .flatten()
        .flat_map(|identity| [Some(identity.clone()), twin(identity)])
        .flatten()
        .collect()
}

/// What is known of the logins of a service, for one change.
#[derive(Clone, Copy)]
struct Logins<'a> {
    change: &'a Change,
    connection: &'a ConnectionName,
    state: &'a ConnectionState,
    can: &'a Capabilities,
}

impl<'a> Logins<'a> {
    /// The connection that logs in as this very object.
    fn exactly(self, identity: &Identity) -> Option<&'a ConnectionName> {
        let standing = self.state.objects.get(identity).map(|object| &object.standing);
        let own = Some(self.connection).filter(|_| standing == Some(&Standing::Login));
        own.or_else(|| self.can.logins.get(identity))
    }

    /// The connection that logs in as an object, which may be known as an administrator, as a mailbox, or as both.
    fn who(self, identity: &Identity) -> Option<&'a ConnectionName> {
        self.exactly(identity).or_else(|| self.exactly(&twin(identity)?))
    }

    /// The connection that logs in as a mailbox, unless it is known that there is none at the address.
    fn at(self, address: &Address) -> Option<&'a ConnectionName> {
        let mailbox = Identity::Mailbox(address.clone());
        let is_absent = matches!(self.state.look(&mailbox), Looked::Absent { .. });
        self.exactly(&mailbox).or_else(|| self.who(&mailbox).filter(|_| !is_absent))
    }

    /// Why an alias, or a mailbox of a store that is asked first, would stand before the mailbox of a login.
    fn shadowed(self) -> Option<String> {
        let (address, what) = match (&self.change.identity, self.change.verb) {
            (Identity::Alias(address), Verb::Create | Verb::Update) => (address, "an alias"),
            (Identity::Mailbox(address), Verb::Create | Verb::Rename) => (address, "another mailbox"),
            _ => return None,
        };
        let who = self.at(address)?;
        Some(format!("{who} logs in as {address}; {what} there would shadow it"))
    }
}
