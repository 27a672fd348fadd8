//! What the tests of the providers share: changes made by hand, and plans for one connection.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Change, ChangeId, ConnectionName, ConnectionSpec, ConnectionState, Desired, DomainName, DomainWish,
    Fields, Ground, Identity, Narrowing, ObjectRef, Observed, Plan, Risk, Scope, Status, Verb, Wish,
};
use crate::plan::{Input, further_scopes, plan, scopes};
use crate::provider::{Capabilities, Done, Provider, ProviderError, read};

/// A ready change of one object, which sets all that `after` holds.
pub(super) fn change(connection: &str, verb: Verb, identity: Identity, after: Fields) -> Change {
    let connection = ConnectionName::new(connection);
    Change {
        id: ChangeId::new(verb, &connection, &identity, ""),
        connection,
        record: format!("record of {identity}").into(),
        identity,
        verb,
        before_identity: None,
        route: String::new(),
        remote: None,
        before: None,
        fields: after.iter().map(|(field, _)| field.clone()).collect(),
        after,
        needs: Vec::new(),
        ground: Ground::Unknown,
        absent: Vec::new(),
        present: Vec::new(),
        parts: BTreeMap::new(),
        risk: Risk::Safe,
        reason: "a test".into(),
        effects: Vec::new(),
        calls: 1,
        status: Status::Ready,
        at: None,
    }
}

/// A domain of this store, of which nothing else is said.
pub(super) fn domain(name: &str, store: Option<&ConnectionName>) -> (DomainName, DomainWish) {
    let wish = DomainWish {
        store: store.cloned(),
        also: Vec::new(),
        filters: Vec::new(),
        leaving: BTreeMap::new(),
        prune: BTreeSet::new(),
        ignore: Vec::new(),
        at: None,
    };
    (name.parse().expect("a domain"), wish)
}

/// What is wanted of one connection: objects with their fields, absent where there are none.
pub(super) fn desired(
    spec: ConnectionSpec,
    domains: impl IntoIterator<Item = (DomainName, DomainWish)>,
    objects: Vec<(Identity, Option<Fields>)>,
) -> Desired {
    let connection = spec.name.clone();
    let object = |(identity, fields): (Identity, Option<Fields>)| {
        let wish = fields.map_or_else(Wish::absent, Wish::present);
        (ObjectRef { connection: connection.clone(), identity }, wish)
    };
    Desired {
        connections: BTreeMap::from([(connection.clone(), spec)]),
        domains: domains.into_iter().collect(),
        objects: objects.into_iter().map(object).collect(),
        ..Desired::default()
    }
}

/// Reads what is needed of the one connection, and plans.
pub(super) async fn planned(
    desired: &Desired,
    capabilities: fn(&ConnectionSpec) -> Capabilities,
    read: impl AsyncFn(&Scope) -> ConnectionState,
) -> Plan {
    let (name, spec) = desired.connections.iter().next().expect("one connection");
    let capabilities = BTreeMap::from([(name.clone(), capabilities(spec))]);
    let narrowing = Narrowing::default();
    let mut observed = Observed::default();
    for further in [false, true] {
        let scopes = if further {
            further_scopes(desired, &observed, &capabilities, &narrowing)
        } else {
            scopes(desired, &capabilities, &narrowing)
        };
        if let Some(scope) = scopes.get(name) {
            observed.connections.entry(name.clone()).or_default().absorb(read(scope).await);
        }
    }
    let input = Input {
        desired,
        observed: &observed,
        capabilities: &capabilities,
        overrides: &[],
        narrowing: &narrowing,
        today: "2026-11-21".parse().expect("a day"),
    };
    plan(input).expect("a proven plan")
}

/// The same of a provider, all of whose reading must succeed.
pub(super) async fn planned_on(
    provider: &dyn Provider,
    desired: &Desired,
    capabilities: fn(&ConnectionSpec) -> Capabilities,
) -> Plan {
    planned(desired, capabilities, async |scope: &Scope| {
        let (state, error) = read(provider, scope).await;
        assert!(error.is_none(), "{error:?}");
        state
    })
    .await
}

/// Carries out at most `steps` changes of a plan that blocks none, and says how many there are.
pub(super) async fn carry_out(
    plan: Plan,
    steps: usize,
    perform: impl AsyncFn(&Change) -> Result<Done, ProviderError>,
) -> usize {
    for change in &plan.changes {
        assert!(change.is_ready(), "{:?} {:?}", change.id, change.status);
    }
    for change in plan.changes.iter().take(steps) {
        perform(change).await.unwrap_or_else(|error| panic!("{:?}: {error}", change.id));
    }
    plan.changes.len()
}

/// Fails the test where a plan has anything to do.
pub(super) fn assert_empty(plan: &Plan) {
    let ids: Vec<&str> = plan.changes.iter().map(|change| change.id.as_str()).collect();
    assert_eq!(ids, [""; 0], "a plan after an apply is empty");
}
