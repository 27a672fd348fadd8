//! What must be read: from what is declared or pruned to scopes, one per connection.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::{
    AccountState, Address, Collection, ConnectionName, Desired, DomainName, Field, Fields, Identity, Kind,
    Leaving, Narrowing, ObjectRef, Presence, Scope, Value, Wish,
};
use crate::provider::{Capabilities, KindCapabilities, StoredIn};

use super::narrow::Within;
use super::update::is_replaceable;

mod closed;
mod fold;
mod follow_up;
mod records;
mod way;
mod whole;

pub(super) use closed::has_addresses;
pub use follow_up::further_scopes;
pub use way::trace_scopes;
pub use whole::{audit_scopes, whole_scopes};

/// What a plan of `desired` needs to know of each connection. A connection that nothing is asked of has no entry.
pub fn scopes(
    desired: &Desired,
    capabilities: &BTreeMap<ConnectionName, Capabilities>,
    narrowing: &Narrowing,
) -> BTreeMap<ConnectionName, Scope> {
    Needs::of_plan(desired, capabilities, &Within::new(desired, narrowing)).into_scopes()
}

impl<'a> Needs<'a> {
    /// What a plan needs.
    fn of_plan(
        desired: &'a Desired,
        capabilities: &'a BTreeMap<ConnectionName, Capabilities>,
        within: &Within<'_>,
    ) -> Self {
        let mut needs = Needs { desired, capabilities, by_connection: BTreeMap::new() };
        let mut asked = Asked::default();
        for (object, wish) in &desired.objects {
            if !within.object(&object.connection, &object.identity) {
                continue;
            }
            let fields = || wish.fields.iter().map(|(field, _)| field.clone()).collect::<Vec<Field>>();
            match needs.record_of(object, wish) {
                Some(mailbox) => {
                    needs.in_record(&object.connection, &object.identity, mailbox, &fields(), within);
                }
                None if asked.holds(object, wish) => {}
                None => {
                    if needs.identity(&object.connection, &object.identity, &fields(), within) {
                        asked.note(object, wish);
                    }
                }
            }
            let can_move =
                || needs.can(&object.connection, Kind::Mailbox).is_some_and(|can| can.rename.is_yes());
            let moves = !wish.was.is_empty() && can_move();
            for former in &wish.was {
                needs.identity(&object.connection, &Identity::Mailbox(former.clone()), &fields(), within);
                if moves {
                    needs.moving_parts(&object.connection, former);
                }
            }
            let goes = wish.presence == Presence::Absent
                || moves
                || wish.fields.get(&Field::State) == Some(&Value::State(AccountState::Suspended));
            if object.identity.kind() == Kind::Mailbox && goes {
                needs.administrators(&object.connection);
                needs.parts(&object.connection, &object.identity);
            }
            for target in wish.fields.iter().filter_map(|(_, value)| value.addresses()).flatten() {
                needs.reference(target);
            }
            if let Identity::Permission { grantee, .. } = &object.identity {
                needs.reference(grantee);
            }
            if let (Presence::Absent, Identity::Registration(address)) = (wish.presence, &object.identity) {
                needs.answering_one(address);
            }
        }
        for closed in &desired.closed {
            needs.closed(&closed.connection, &closed.extent, within);
        }
        for (domain, wish) in &desired.domains {
            for (connection, leaving) in &wish.leaving {
                if !within.connection(connection) || !within.domain(Some(domain.as_str())) || within.is_few()
                {
                    continue;
                }
                needs.domain(connection, Kind::Mailbox, domain, &[]);
                if *leaving == Leaving::Remove {
                    let held = capabilities.get(connection).map(|can| can.kinds.keys()).into_iter().flatten();
                    for &kind in held.filter(|kind| **kind != Kind::Domain) {
                        needs.domain(connection, kind, domain, &[]);
                    }
                }
            }
        }
        needs
    }
}

type Wanted = BTreeMap<Collection, BTreeSet<Field>>;

/// What was asked of whole domains. A hundred thousand mailboxes with the same fields ask the same of their domain.
#[derive(Default)]
struct Asked<'a>(HashMap<(&'a ConnectionName, Kind, Option<&'a str>), Vec<&'a Fields>>);

impl<'a> Asked<'a> {
    /// The most sets of fields that are compared of one domain.
    const MOST: usize = 8;

    /// True where an object of this domain asked for the same fields.
    fn holds(&self, object: &'a ObjectRef, wish: &Wish) -> bool {
        let same = |known: &&Fields| {
            known.len() == wish.fields.len()
                && known.iter().zip(wish.fields.iter()).all(|((known, _), (field, _))| known == field)
        };
        self.0.get(&Self::key(object)).is_some_and(|all| all.iter().any(same))
    }

    fn note(&mut self, object: &'a ObjectRef, wish: &'a Wish) {
        let all = self.0.entry(Self::key(object)).or_default();
        if all.len() < Self::MOST {
            all.push(&wish.fields);
        }
    }

    fn key(object: &'a ObjectRef) -> (&'a ConnectionName, Kind, Option<&'a str>) {
        (&object.connection, object.identity.kind(), object.identity.domain())
    }
}

struct Needs<'a> {
    desired: &'a Desired,
    capabilities: &'a BTreeMap<ConnectionName, Capabilities>,
    by_connection: BTreeMap<ConnectionName, Wanted>,
}

impl Needs<'_> {
    /// What a connection can do with a kind.
    fn can(&self, connection: &ConnectionName, kind: Kind) -> Option<&KindCapabilities> {
        self.capabilities.get(connection).and_then(|can| can.kind(kind))
    }

    /// True where reading a field costs a call for each object.
    fn costs_a_call(&self, connection: &ConnectionName, kind: Kind, field: &Field) -> bool {
        self.can(connection, kind).and_then(|can| can.fields.get(field)).is_some_and(|can| can.detail)
    }

    fn add(&mut self, connection: &ConnectionName, collection: Collection, fields: &[Field]) {
        let holds = self.capabilities.get(connection).and_then(|can| can.kind(collection.kind));
        let Some(kind) = holds else { return };
        let wanted = self.by_connection.entry(connection.clone()).or_default().entry(collection).or_default();
        for field in fields {
            if kind.fields.get(field).is_some_and(|capability| capability.read.is_yes())
                && !wanted.contains(field)
            {
                wanted.insert(field.clone());
            }
        }
    }

    fn domain(&mut self, connection: &ConnectionName, kind: Kind, domain: &DomainName, fields: &[Field]) {
        let fields = self.with_shown(connection, kind, fields);
        self.add(connection, Collection::domain(kind, domain), &fields);
    }

    /// These fields, and those that are always worth reading because plans speak of them: where mail goes and who may
    /// do what. One that costs a call for each object is not: it is read only where a wish speaks of it.
    fn with_shown(&self, connection: &ConnectionName, kind: Kind, fields: &[Field]) -> Vec<Field> {
        let shown = shown(kind).iter().filter(|field| !self.costs_a_call(connection, kind, field));
        shown.chain(fields).cloned().collect()
    }

    /// What must be known of an object. True where that is asked of its whole domain, whichever object it is.
    fn identity(
        &mut self,
        connection: &ConnectionName,
        identity: &Identity,
        fields: &[Field],
        within: &Within<'_>,
    ) -> bool {
        let kind = identity.kind();
        let mut fields = self.with_shown(connection, kind, fields);
        fields.extend(self.carried_over(connection, kind));
        if kind == Kind::Administrator {
            // The guard on the last administrator needs them all.
            self.administrators(connection);
            self.add(connection, Collection::everything(kind), &fields);
            return false;
        }
        let listable = self
            .capabilities
            .get(connection)
            .and_then(|can| can.kind(kind))
            .is_some_and(|kind| kind.list.is_yes());
        match identity.domain() {
            _ if kind.is_part() => {
                if let Some(mailbox) = identity.part_of() {
                    self.add(connection, Collection::parts_of(kind, mailbox), &fields);
                    self.twins(connection, mailbox, within);
                }
            }
            Some(domain) if listable && !within.is_few() && kind != Kind::Domain => {
                if let Some((domain, _)) = self.desired.domains.get_key_value(domain) {
                    let (details, listed): (Vec<Field>, Vec<Field>) =
                        fields.into_iter().partition(|field| self.costs_a_call(connection, kind, field));
                    self.add(connection, Collection::domain(kind, domain), &listed);
                    if !details.is_empty() {
                        self.add(connection, Collection::object(identity), &details);
                    }
                    self.twins_of_domain(connection, kind, domain);
                    return details.is_empty();
                }
            }
            _ => {
                self.add(connection, Collection::object(identity), &fields);
                if let Some(address) = identity.address().filter(|_| kind != Kind::Registration) {
                    self.twins(connection, address, within);
                }
            }
        }
        false
    }

    /// Whether a mailbox is there, and what is worth knowing of it.
    fn mailbox(&mut self, connection: &ConnectionName, address: &Address) {
        let fields = self.with_shown(connection, Kind::Mailbox, &[]);
        self.add(connection, Collection::object(&Identity::Mailbox(address.clone())), &fields);
    }

    /// What a replacement carries over, where the service cannot change an object of this kind.
    fn carried_over(&self, connection: &ConnectionName, kind: Kind) -> Vec<Field> {
        let can = self.capabilities.get(connection).and_then(|can| can.kind(kind));
        can.filter(|can| {
            can.fields.iter().any(|(field, can)| !can.update.is_yes() && is_replaceable(kind, field))
        })
        .map_or(Vec::new(), |can| can.fields.keys().cloned().collect())
    }

    /// An address may be held by a mailbox or by an alias: a claim needs to know both.
    fn twins(&mut self, connection: &ConnectionName, address: &Address, within: &Within<'_>) {
        if within.is_few() || !self.desired.domains.contains_key(address.domain()) {
            if !address.is_domain() {
                self.mailbox(connection, address);
            }
            if !self.hides_aliases(connection) {
                let alias = Collection::object(&Identity::Alias(address.clone()));
                self.add(connection, alias, &[Field::Targets]);
            }
        } else {
            let domain = address.domain_name();
            self.twins_of_domain(connection, Kind::Forward, &domain);
        }
    }

    fn twins_of_domain(&mut self, connection: &ConnectionName, kind: Kind, domain: &DomainName) {
        if kind != Kind::Registration {
            self.domain(connection, Kind::Mailbox, domain, &[]);
            if !self.hides_aliases(connection) {
                self.add(connection, Collection::domain(Kind::Alias, domain), &[Field::Targets]);
            }
        }
    }

    /// Parts that outlive a mailbox must go with it, so they must be known.
    fn parts(&mut self, connection: &ConnectionName, identity: &Identity) {
        let (Some(can), Some(mailbox)) = (self.capabilities.get(connection), identity.address()) else {
            return;
        };
        for (&kind, capability) in &can.kinds {
            if kind.is_part() && capability.stored_in == StoredIn::Own {
                let fields = self.with_shown(connection, kind, &[]);
                self.add(connection, Collection::parts_of(kind, mailbox), &fields);
            }
        }
        self.aliases_inside(connection, mailbox);
    }

    /// Parts in the record of a mailbox move with it, so they must be known at its old address.
    fn moving_parts(&mut self, connection: &ConnectionName, former: &Address) {
        let Some(can) = self.capabilities.get(connection) else { return };
        for (&kind, capability) in &can.kinds {
            if kind.is_part() && capability.stored_in == StoredIn::Mailbox {
                let fields: Vec<Field> = capability.fields.keys().cloned().collect();
                self.add(connection, Collection::parts_of(kind, former), &fields);
            }
        }
        self.aliases_inside(connection, former);
    }

    fn administrators(&mut self, connection: &ConnectionName) {
        self.add(connection, Collection::everything(Kind::Administrator), &[Field::Full]);
    }

    fn reference(&mut self, target: &Address) {
        let Some(wish) = self.desired.domains.get(target.domain()) else {
            return;
        };
        if target.is_domain() {
            // It may stand for a further domain, which not every service follows.
            for connection in wish.stores() {
                let chains = |can: &Capabilities| {
                    can.kind(Kind::Alias).is_none_or(|can| can.domain_alias_chain.is_yes())
                };
                if !self.capabilities.get(connection).is_some_and(chains) {
                    let whole = Collection::object(&Identity::Alias(target.clone()));
                    self.add(connection, whole, &[Field::Targets]);
                }
            }
            return;
        }
        let catch_all = Address::whole_domain(&target.domain_name());
        for connection in wish.stores() {
            let mailbox = Identity::Mailbox(target.clone());
            self.mailbox(connection, target);
            // Where a mailbox is to be, the service itself sees to it that no alias is.
            let object = ObjectRef { connection: connection.clone(), identity: mailbox };
            let is_mailbox =
                self.desired.objects.get(&object).is_some_and(|wish| wish.presence == Presence::Present);
            if is_mailbox && self.hides_aliases(connection) {
                continue;
            }
            for alias in [target, &catch_all] {
                self.add(connection, Collection::object(&Identity::Alias(alias.clone())), &[Field::Targets]);
            }
        }
    }

    /// A registration of an address that a store answers for is never pruned, so the stores' mailboxes must be known.
    /// Whether an alias answers is asked once it is known of which addresses.
    fn answering(&mut self, domain: &DomainName) {
        let Some(wish) = self.desired.domains.get(domain) else { return };
        for store in wish.stores().chain(wish.leaving.keys()) {
            self.domain(store, Kind::Mailbox, domain, &[]);
            if !self.hides_aliases(store) {
                self.add(store, Collection::domain(Kind::Alias, domain), &[Field::Targets]);
            }
        }
    }

    /// Whether a store answers for one address.
    fn answering_one(&mut self, address: &Address) {
        let Some(wish) = self.desired.domains.get(address.domain()) else { return };
        for store in wish.stores().chain(wish.leaving.keys()) {
            self.mailbox(store, address);
            if !self.hides_aliases(store) {
                self.add(store, Collection::object(&Identity::Alias(address.clone())), &[Field::Targets]);
            }
        }
    }
}

/// The fields that are always worth reading, where that costs nothing.
fn shown(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Mailbox => &[Field::State],
        Kind::Alias => &[Field::Targets],
        Kind::Forward => &[Field::Targets, Field::KeepCopy],
        Kind::Permission => &[Field::Rights],
        Kind::Administrator => &[Field::Full],
        Kind::Domain | Kind::SenderRules | Kind::Registration | Kind::Object => &[],
    }
}
