//! From a random case to a configuration that wants something.

use std::collections::{BTreeMap, BTreeSet};

use mailwright::model::{
    Address, Cap, ClosedExtent, ClosedWorld, ConnectionName, ConnectionSpec, Desired, DomainWish, External,
    ExternalForwards, Field, Fields, Identity, Kind, Leaving, ObjectRef, Policy, Presence, Protected,
    SecretRef, Value, Wish,
};
use mailwright::provider::Capabilities;

use super::case::{Case, LOGINS, OWNERS, Want, WantAlias, WantMailbox};
use super::values::{address, addresses, connection, domain, kind_of, name, quota, rights, state, words};
use crate::memory::STORES;

impl Case {
    /// The configuration.
    pub(super) fn wish(&self, capabilities: &BTreeMap<ConnectionName, Capabilities>) -> Desired {
        let mut desired = Desired { policy: self.policy(), ..Desired::default() };
        for name in capabilities.keys() {
            desired.connections.insert(
                name.clone(),
                ConnectionSpec {
                    name: name.clone(),
                    type_name: "memory".into(),
                    params: BTreeMap::new(),
                    at: None,
                },
            );
        }
        for b in [false, true] {
            let name = domain(if b { "b.example" } else { "a.example" });
            let leaving = self
                .leaving
                .filter(|_| b && self.split)
                .map(|remove| (connection("one"), if remove { Leaving::Remove } else { Leaving::Keep }));
            let wish = DomainWish {
                store: Some(connection(if b && self.split { "two" } else { "one" })),
                also: Vec::new(),
                filters: if self.filter && !b { vec![connection("gate")] } else { Vec::new() },
                leaving: leaving.into_iter().collect(),
                prune: self.pruned(b),
                ignore: if self.ignore && !b { vec!["c@*".to_owned()] } else { Vec::new() },
                at: None,
            };
            desired.domains.insert(name, wish);
        }
        for (number, (_, want)) in self.slots.iter().enumerate() {
            self.wish_address(&mut desired, number, want);
        }
        self.wish_parts(&mut desired);
        for (login, both) in LOGINS.iter().zip(&self.administrators) {
            if let Some(want) = both.want {
                let fields = want.map(|full| Fields::new().with(Field::Full, Value::Bool(full)));
                declare(&mut desired, &connection("one"), Identity::administrator(login), fields);
            }
        }
        self.close(&mut desired);
        if self.external > 0 {
            let expires = (self.external == 2).then(|| jiff::civil::date(2026, 1, 31));
            let listed = External { reason: "partner".into(), owner: None, expires, at: None };
            desired.external.insert(address(8), listed.clone());
            desired.external.insert(
                Address::parse_or_domain("@corp.example").expect("valid"),
                External { expires: None, ..listed },
            );
        }
        desired
    }

    fn policy(&self) -> Policy {
        let mut policy = Policy::default();
        if let Some(count) = self.cap {
            policy.max_deletes.insert(Kind::Mailbox, Cap { count, at: None });
            policy.max_deletes.insert(Kind::Alias, Cap { count: count + 1, at: None });
            policy.max_creates.insert(Kind::Mailbox, Cap { count: count + 1, at: None });
        }
        if self.protected {
            policy.protected.push(Protected { glob: "b@*".into(), at: None });
            policy.protected.push(Protected { glob: "*@b.example".into(), at: None });
        }
        if self.external > 0 {
            policy.external_forwards = ExternalForwards::Listed;
        }
        policy
    }

    fn pruned(&self, b: bool) -> BTreeSet<Kind> {
        self.prune.iter().filter(|(_, of_b)| *of_b == b).map(|(kind, _)| kind_of(*kind)).collect()
    }

    fn wish_address(&self, desired: &mut Desired, number: usize, want: &Want) {
        let at = address(number);
        if self.is_ignored(&at) || self.is_loop(number) {
            return;
        }
        let store = self.store_of(number);
        let (mailbox, alias) = match want {
            Want::Nothing => (None, None),
            Want::Mailbox(mailbox) => (Some(Some(mailbox)), None),
            Want::NoMailbox => (Some(None), None),
            Want::Alias(alias) => (None, Some(Some(alias))),
            Want::NoAlias => (None, Some(None)),
            Want::ToAlias(alias) => (Some(None), Some(Some(alias))),
            Want::ToMailbox(mailbox) => (Some(Some(mailbox)), Some(None)),
        };
        if let Some(mailbox) = mailbox
            && !at.is_domain()
        {
            let identity = Identity::Mailbox(at.clone());
            declare(
                desired,
                &store,
                identity.clone(),
                mailbox.map(|mailbox| self.mailbox_fields(mailbox, &store)),
            );
            let was = mailbox.and_then(|mailbox| mailbox.was).map(address);
            if let Some(was) = was.filter(|was| *was != at && self.may_have_been(was, number))
                && let Some(wish) =
                    desired.objects.get_mut(&ObjectRef { connection: store.clone(), identity })
            {
                wish.was.push(was);
            }
            if self.filter && at.domain() == "a.example" {
                let registered = mailbox.map(|_| Fields::new());
                declare(desired, &connection("gate"), Identity::Registration(at.clone()), registered);
            }
        }
        if let Some(alias) = alias {
            let fields = alias.map(|alias: &WantAlias| {
                let mut fields = Fields::new().with(Field::Targets, addresses(&alias.targets));
                if let Some(senders) = &alias.senders {
                    fields.set(Field::PermittedSenders, addresses(senders));
                }
                fields
            });
            declare(desired, &store, Identity::Alias(at), fields);
        }
    }

    /// True where the alias leads back to itself by what is declared: refused when the configuration is read.
    fn is_loop(&self, number: usize) -> bool {
        let mut open = vec![number];
        let mut seen = BTreeSet::new();
        while let Some(at) = open.pop() {
            let (Some((_, Want::Alias(alias) | Want::ToAlias(alias))), true) =
                (self.slots.get(at), seen.insert(at))
            else {
                continue;
            };
            if alias.targets.contains(&number) {
                return true;
            }
            open.extend(&alias.targets);
        }
        false
    }

    /// What a configuration must keep to, or it is refused when it is read: a former address is not declared as a
    /// mailbox, and nobody else was it.
    fn may_have_been(&self, former: &Address, number: usize) -> bool {
        let wants = |want: &Want| match want {
            Want::Mailbox(mailbox) | Want::ToMailbox(mailbox) => Some(mailbox.clone()),
            _ => None,
        };
        let declared = self.slots.iter().enumerate().any(|(other, (_, want))| {
            let is_mailbox = !matches!(want, Want::Nothing | Want::Alias(_) | Want::NoAlias);
            let same =
                other < number && wants(want).and_then(|m| m.was).map(address).as_ref() == Some(former);
            address(other) == *former && is_mailbox || same
        });
        !declared && !former.is_domain() && !self.is_ignored(former)
    }

    fn mailbox_fields(&self, mailbox: &WantMailbox, store: &ConnectionName) -> Fields {
        let mut fields = Fields::new();
        if let Some(number) = mailbox.name {
            fields.set(Field::DisplayName, name(number));
        }
        if let Some(number) = mailbox.quota {
            fields.set(Field::Quota, quota(number));
        }
        if let Some(suspended) = mailbox.suspended {
            fields.set(Field::State, state(suspended));
        }
        let number = if store.as_str() == "two" { self.profiles.1 } else { self.profiles.0 };
        if mailbox.password && STORES[number] != "strict" {
            fields.set(Field::Password, Value::Secret(SecretRef::Env("PASSWORD".into())));
        }
        fields
    }

    fn wish_parts(&self, desired: &mut Desired) {
        for (number, parts) in self.parts.iter().enumerate().take(OWNERS) {
            let mailbox = address(number);
            if self.is_ignored(&mailbox) {
                continue;
            }
            let store = self.store_of(number);
            if let Some(want) = &parts.forward.want {
                let fields = want.as_ref().map(|(targets, keep)| {
                    let mut fields = Fields::new().with(Field::Targets, addresses(targets));
                    if let Some(keep) = keep {
                        fields.set(Field::KeepCopy, Value::Bool(*keep));
                    }
                    fields
                });
                declare(desired, &store, Identity::Forward(mailbox.clone()), fields);
            }
            for (grantee, both) in &parts.permissions {
                if let Some(want) = both.want.filter(|_| *grantee != number && *grantee != 5) {
                    let identity =
                        Identity::Permission { mailbox: mailbox.clone(), grantee: address(*grantee) };
                    let fields = want.map(|bits| Fields::new().with(Field::Rights, rights(bits)));
                    declare(desired, &store, identity, fields);
                }
            }
            if let Some(want) = parts.block.want {
                let fields = want.map(|bits| Fields::new().with(Field::Block, words(bits)));
                declare(desired, &store, Identity::SenderRules(mailbox), fields);
            }
        }
    }

    fn close(&self, desired: &mut Desired) {
        for b in [false, true] {
            let name = domain(if b { "b.example" } else { "a.example" });
            for kind in self.pruned(b) {
                let filtered = kind == Kind::Registration;
                if filtered && (b || !self.filter) || kind == Kind::Administrator {
                    continue;
                }
                let store = connection(if b && self.split { "two" } else { "one" });
                desired.closed.push(ClosedWorld {
                    connection: if filtered { connection("gate") } else { store },
                    extent: ClosedExtent::Domain(kind, name.clone()),
                    at: None,
                });
            }
        }
        for (number, parts) in self.parts.iter().enumerate() {
            let mailbox = address(number);
            let object =
                ObjectRef { connection: self.store_of(number), identity: Identity::Mailbox(mailbox.clone()) };
            if desired.objects.get(&object).is_none_or(|wish| wish.presence == Presence::Absent) {
                continue;
            }
            for (closes, extent) in [
                (parts.close_aliases, ClosedExtent::AliasesOf(mailbox.clone())),
                (parts.close_permissions, ClosedExtent::PermissionsOf(mailbox.clone())),
            ] {
                if closes {
                    desired.closed.push(ClosedWorld {
                        connection: object.connection.clone(),
                        extent,
                        at: None,
                    });
                }
            }
        }
    }

    pub(crate) fn is_ignored(&self, address: &Address) -> bool {
        self.ignore && address.as_str() == "c@a.example"
    }
}

/// Declares an object; none for a tombstone.
pub(super) fn declare(
    desired: &mut Desired,
    connection: &ConnectionName,
    identity: Identity,
    fields: Option<Fields>,
) {
    let wish = fields.map_or_else(Wish::absent, Wish::present);
    desired.objects.insert(ObjectRef { connection: connection.clone(), identity }, wish);
}
