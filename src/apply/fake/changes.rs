//! The plans and changes of this folder's tests: mailboxes and aliases in one domain, on the connection `box`.

use std::collections::BTreeMap;

use crate::model::{
    Address, Change, ChangeId, ConnectionName, Field, Fields, Ground, Identity, Need, NeedKind, PLAN_FORMAT,
    Plan, Risk, SecretRef, Status, Value, Verb,
};

pub(in crate::apply) fn connection(name: &str) -> ConnectionName {
    ConnectionName::new(name)
}

pub(in crate::apply) fn mailbox(local: &str) -> Identity {
    Identity::Mailbox(Address::parse(&format!("{local}@example.com")).expect(local))
}

pub(in crate::apply) fn alias(local: &str) -> Identity {
    Identity::Alias(Address::parse(&format!("{local}@example.com")).expect(local))
}

pub(in crate::apply) fn named(name: &str) -> Fields {
    Fields::new().with(Field::DisplayName, Value::text(name))
}

/// A change of a mailbox on `box`, resting on what its verb suggests.
pub(in crate::apply) fn change(verb: Verb, local: &str, fields: Fields) -> Change {
    change_of(verb, mailbox(local), fields)
}

fn change_of(verb: Verb, identity: Identity, fields: Fields) -> Change {
    Change {
        id: ChangeId::new(verb, &connection("box"), &identity, ""),
        connection: connection("box"),
        record: format!("{}:{identity}", identity.kind()).into(),
        identity,
        verb,
        before_identity: None,
        route: String::new(),
        remote: None,
        before: None,
        fields: fields.iter().map(|(field, _)| field.clone()).collect(),
        after: fields,
        needs: Vec::new(),
        ground: Ground::Absent,
        absent: Vec::new(),
        present: Vec::new(),
        parts: BTreeMap::new(),
        risk: Risk::Safe,
        reason: "declared".to_owned(),
        effects: Vec::new(),
        calls: 1,
        status: Status::Ready,
        at: None,
    }
}

pub(in crate::apply) fn create(local: &str) -> Change {
    change(Verb::Create, local, named(local))
}

/// A create that carries a password.
pub(in crate::apply) fn create_with_password(local: &str) -> Change {
    let password = Value::Secret(SecretRef::Env("JANE".into()));
    change(Verb::Create, local, named(local).with(Field::Password, password))
}

/// An update of the display name from `before`.
pub(in crate::apply) fn update(local: &str, before: &str, after: &str) -> Change {
    let before = named(before);
    Change {
        ground: Ground::Present { digest: crate::plan::ground_digest(&before) },
        absent: Vec::new(),
        present: Vec::new(),
        parts: BTreeMap::new(),
        before: Some(before),
        ..change(Verb::Update, local, named(after))
    }
}

pub(in crate::apply) fn delete(local: &str) -> Change {
    let before = named(local);
    Change {
        ground: Ground::Present { digest: crate::plan::ground_digest(&before) },
        absent: Vec::new(),
        present: Vec::new(),
        parts: BTreeMap::new(),
        before: Some(before),
        ..change(Verb::Delete, local, Fields::new())
    }
}

/// What an alias holds that leads to one mailbox.
pub(in crate::apply) fn to(local: &str) -> Fields {
    let target = Address::parse(&format!("{local}@example.com")).expect(local);
    Fields::new().with(Field::Targets, Value::Addresses([target].into()))
}

/// A create of an alias that leads to `z`.
pub(in crate::apply) fn create_alias(local: &str) -> Change {
    change_of(Verb::Create, alias(local), to("z"))
}

/// A delete of an alias that led to `z`.
pub(in crate::apply) fn delete_alias(local: &str) -> Change {
    Change {
        ground: Ground::Present { digest: crate::plan::ground_digest(&to("z")) },
        absent: Vec::new(),
        present: Vec::new(),
        parts: BTreeMap::new(),
        before: Some(to("z")),
        ..change_of(Verb::Delete, alias(local), Fields::new())
    }
}

pub(in crate::apply) fn needs(mut change: Change, before: &Change, kind: NeedKind) -> Change {
    change.needs.push(Need { change: before.id.clone(), kind });
    change
}

pub(in crate::apply) fn plan(changes: Vec<Change>) -> Plan {
    Plan {
        format: PLAN_FORMAT,
        id: "7f3a91c2".to_owned(),
        version: "0.1.0".to_owned(),
        today: jiff::civil::date(2026, 1, 31),
        digests: crate::model::Digests::default(),
        narrowing: crate::model::Narrowing::default(),
        left_out: BTreeMap::new(),
        overrides: Vec::new(),
        connections: BTreeMap::new(),
        changes,
        effects: Vec::new(),
        notes: Vec::new(),
    }
}
