//! What the services hold now, as the rules on mail and on rights look at it.

use std::collections::BTreeMap;

use crate::model::{
    AccountState, Address, ConnectionName, Desired, DomainWish, Field, Finding, Identity, Kind, Looked,
    ObjectRef, Observed, ObservedObject, Plan, Severity, Source, Standing, Value,
};
use crate::plan::{Network, Within};
use crate::provider::Capabilities;

use super::rules::Rule;

/// The live state, what is wanted, and what of it the audit looks at.
pub(super) struct Live<'a> {
    pub(super) plan: &'a Plan,
    pub(super) desired: &'a Desired,
    pub(super) observed: &'a Observed,
    pub(super) network: Network<'a>,
    capabilities: &'a BTreeMap<ConnectionName, Capabilities>,
    within: Within<'a>,
}

/// Whether somebody is behind an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// It lies outside the declared domains.
    Outside,
    /// A mailbox that may be used, or an alias.
    There,
    /// A mailbox, and it is suspended wherever it is.
    Suspended,
    /// Neither a mailbox nor an alias.
    Gone,
    /// Not all of it was read.
    Unknown,
}

impl<'a> Live<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        desired: &'a Desired,
        observed: &'a Observed,
        capabilities: &'a BTreeMap<ConnectionName, Capabilities>,
    ) -> Self {
        Self {
            plan,
            desired,
            observed,
            network: Network::live(desired, observed, capabilities),
            capabilities,
            within: Within::new(desired, &plan.narrowing),
        }
    }

    /// The declared domain of an object, where this connection is a store of it.
    pub(super) fn domain_of(&self, object: &ObjectRef) -> Option<&'a DomainWish> {
        let domain = self.desired.domains.get(object.identity.domain()?)?;
        domain.stores().any(|store| *store == object.connection).then_some(domain)
    }

    /// True where the narrowing and the domain's `ignore` let the audit speak of the object.
    pub(super) fn looks_at(&self, object: &ObjectRef) -> bool {
        self.within.object(&object.connection, &object.identity)
    }

    /// True where a domain's `ignore` speaks of an address.
    pub(super) fn is_ignored(&self, address: &Address) -> bool {
        self.within.is_ignored(&Identity::Mailbox(address.clone()))
    }

    /// What was read of an object that is there.
    pub(super) fn there(&self, object: &ObjectRef) -> Option<&'a ObservedObject> {
        match self.look(&object.connection, &object.identity) {
            Looked::Present(there) => Some(there),
            Looked::Absent { .. } | Looked::Unknown(_) => None,
        }
    }

    /// What a connection said of an object. What it can hold no such thing, it does not hold.
    pub(super) fn look(&self, connection: &ConnectionName, identity: &Identity) -> Looked<'a> {
        if self.holds(connection, identity.kind()) {
            self.observed.look(connection, identity)
        } else {
            Looked::Absent { remains: None }
        }
    }

    /// True where the service has objects of the kind at all.
    pub(super) fn holds(&self, connection: &ConnectionName, kind: Kind) -> bool {
        self.capabilities.get(connection).is_none_or(|can| can.kind(kind).is_some())
    }

    /// Every object that is there, in the order of connections and identities.
    pub(super) fn objects(&self) -> impl Iterator<Item = (ObjectRef, &'a ObservedObject)> {
        self.observed.connections.iter().flat_map(|(connection, state)| {
            state.objects.iter().filter(|(_, there)| !matches!(there.standing, Standing::Remains(_))).map(
                |(identity, there)| {
                    (ObjectRef { connection: connection.clone(), identity: identity.clone() }, &**there)
                },
            )
        })
    }

    /// Whether somebody is behind an address.
    pub(super) fn holder(&self, address: &Address) -> Holder {
        let Some(domain) = self.desired.domains.get(address.domain()) else { return Holder::Outside };
        let (mailbox, alias) = (Identity::Mailbox(address.clone()), Identity::Alias(address.clone()));
        // A store that the domain leaves may still have people in it.
        let mailboxes = domain.stores().chain(domain.leaving.keys()).map(|store| self.look(store, &mailbox));
        let (mut suspended, mut unknown) = (0, false);
        for looked in mailboxes {
            match looked {
                Looked::Present(there) => match there.fields.value(&Field::State) {
                    Some(Value::State(AccountState::Suspended)) => suspended += 1,
                    _ => return Holder::There,
                },
                Looked::Absent { .. } => {}
                Looked::Unknown(_) => unknown = true,
            }
        }
        for store in domain.stores() {
            match self.look(store, &alias) {
                Looked::Present(_) => return Holder::There,
                Looked::Absent { .. } => {}
                // Whoever has a mailbox at an address needs no alias there.
                Looked::Unknown(_) => unknown |= suspended == 0,
            }
        }
        match (unknown, suspended) {
            (true, _) => Holder::Unknown,
            (false, 0) => Holder::Gone,
            (false, _) => Holder::Suspended,
        }
    }

    /// Where an object, or a field of it, is declared; where nobody declared it, where its domain is.
    pub(super) fn place(&self, object: &ObjectRef, field: Option<&Field>) -> Option<Source> {
        let wish = self.desired.objects.get(object);
        let declared =
            wish.and_then(|wish| field.and_then(|field| wish.field_at.get(field)).or(wish.at.as_ref()));
        let domain = || self.desired.domains.get(object.identity.domain()?)?.at.as_ref();
        let connection = || self.desired.connections.get(&object.connection)?.at.as_ref();
        declared.or_else(domain).or_else(connection).cloned()
    }
}

/// A finding of a rule, with its severity; the rest is for whoever found it.
pub(super) fn found(rule: &Rule, object: Option<ObjectRef>, message: impl Into<String>) -> Finding {
    Finding {
        rule: rule.id,
        severity: rule.severity,
        fingerprint: String::new(),
        object,
        message: message.into(),
        declared: None,
        remote: None,
        at: None,
    }
}

/// The same finding, graver.
pub(super) fn graver(finding: Finding, severity: Severity) -> Finding {
    Finding { severity: severity.max(finding.severity), ..finding }
}
