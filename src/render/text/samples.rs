//! Plans for the tests of this folder.

use std::collections::BTreeMap;

use crate::model::{
    Address, Block, BlockCode, Change, ChangeId, ConnectionName, ConnectionReading, Digests, Effect,
    EffectKind, Fields, Ground, Identity, Kind, Narrowing, Need, NeedKind, Note, PLAN_FORMAT, Plan, Quota,
    Risk, Source, Status, Value, Verb,
};

pub(super) fn address(text: &str) -> Address {
    Address::parse_or_domain(text).expect("an address")
}

pub(super) fn at(file: &str, line: u32) -> Source {
    Source { file: file.into(), line, column: 3 }
}

pub(super) fn change(verb: Verb, identity: Identity) -> Change {
    let connection = ConnectionName::new("box");
    Change {
        id: ChangeId::new(verb, &connection, &identity, ""),
        record: format!("{}:{identity}", identity.kind()).into(),
        connection,
        identity,
        verb,
        before_identity: None,
        route: String::new(),
        remote: None,
        before: (verb != Verb::Create).then(Fields::new),
        after: Fields::new(),
        fields: Vec::new(),
        needs: Vec::new(),
        ground: Ground::Absent,
        absent: Vec::new(),
        risk: Risk::Safe,
        reason: String::new(),
        effects: Vec::new(),
        calls: 1,
        status: Status::Ready,
        at: None,
    }
}

pub(super) fn mailbox(verb: Verb, text: &str) -> Change {
    change(verb, Identity::Mailbox(address(text)))
}

pub(super) fn with(
    mut change: Change,
    field: crate::model::Field,
    old: Option<Value>,
    new: Option<Value>,
) -> Change {
    if let (Some(before), Some(old)) = (&mut change.before, old) {
        before.set(field.clone(), old);
    }
    if let Some(new) = new {
        change.after.set(field.clone(), new);
    }
    change.fields.push(field);
    change
}

pub(super) fn addresses(list: &[&str]) -> Value {
    Value::Addresses(list.iter().map(|text| address(text)).collect())
}

pub(super) fn quota(text: &str) -> Value {
    Value::Quota(text.parse::<Quota>().expect("a quota"))
}

pub(super) fn block(code: BlockCode, reason: &str, release: Option<&str>, at: Option<Source>) -> Block {
    Block { code, reason: reason.into(), release: release.map(str::to_owned), at }
}

pub(super) fn needs(mut change: Change, other: &Change) -> Change {
    change.needs.push(Need { change: other.id.clone(), kind: NeedKind::Hard });
    change
}

pub(super) fn plan(changes: Vec<Change>) -> Plan {
    Plan {
        format: PLAN_FORMAT,
        id: "7f3a91c2d0".into(),
        version: "0.1.0".into(),
        today: jiff::civil::date(2026, 1, 31),
        digests: Digests::default(),
        narrowing: Narrowing::default(),
        overrides: Vec::new(),
        connections: BTreeMap::from([(
            ConnectionName::new("box"),
            ConnectionReading {
                type_name: "model".into(),
                domains: vec!["example.com".into()],
                read: BTreeMap::from([(Kind::Mailbox, 214)]),
                calls: 3,
                account: None,
                incomplete: Vec::new(),
                writes_per_minute: Some(100),
            },
        )]),
        changes,
        effects: Vec::new(),
        notes: Vec::new(),
    }
}

pub(super) fn effect(kind: EffectKind, text: &str) -> Effect {
    Effect { kind, text: text.into() }
}

pub(super) fn note(text: &str, at: Option<Source>) -> Note {
    Note { text: text.into(), at }
}
