//! Plans, audits, traces and reviews for the tests of the renderers.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::model::{
    Ability, AccessEntry, AccessReview, Address, AuditReport, Block, BlockCode, Change, ChangeId,
    ConnectionName, ConnectionReading, Digests, Effect, EffectCode, EffectKind, Ends, Field, Fields, Finding,
    Ground, Hop, Identity, Kind, LedgerLine, Narrowing, Need, NeedKind, Note, ObjectRef, PLAN_FORMAT, Plan,
    Quota, Right, Risk, RuleId, Severity, Source, StateOf, Status, Step, Trace, Value, Verb,
};

pub(in crate::render) fn address(text: &str) -> Address {
    Address::parse_or_domain(text).expect("an address")
}

pub(in crate::render) fn at(file: &str, line: u32) -> Source {
    Source { file: file.into(), line, column: 3 }
}

pub(in crate::render) fn change(verb: Verb, identity: Identity) -> Change {
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
        present: Vec::new(),
        parts: BTreeMap::new(),
        risk: Risk::Safe,
        reason: String::new(),
        effects: Vec::new(),
        calls: 1,
        status: Status::Ready,
        at: None,
    }
}

pub(in crate::render) fn mailbox(verb: Verb, text: &str) -> Change {
    change(verb, Identity::Mailbox(address(text)))
}

pub(in crate::render) fn with(
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

pub(in crate::render) fn addresses(list: &[&str]) -> Value {
    Value::Addresses(list.iter().map(|text| address(text)).collect())
}

pub(in crate::render) fn quota(text: &str) -> Value {
    Value::Quota(text.parse::<Quota>().expect("a quota"))
}

pub(in crate::render) fn block(
    code: BlockCode,
    reason: &str,
    release: Option<&str>,
    at: Option<Source>,
) -> Block {
    Block { code, reason: reason.into(), release: release.map(str::to_owned), at }
}

pub(in crate::render) fn needs(mut change: Change, other: &Change) -> Change {
    change.needs.push(Need { change: other.id.clone(), kind: NeedKind::Hard });
    change
}

pub(in crate::render) fn plan(changes: Vec<Change>) -> Plan {
    Plan {
        format: PLAN_FORMAT,
        id: "7f3a91c2d0".into(),
        version: "0.1.0".into(),
        today: jiff::civil::date(2026, 1, 31),
        digests: Digests::default(),
        narrowing: Narrowing::default(),
        left_out: BTreeMap::new(),
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

pub(in crate::render) fn effect(kind: EffectKind, text: &str) -> Effect {
    let code = if kind == EffectKind::Mail { EffectCode::Bounces } else { EffectCode::Read };
    Effect::new(kind, code, text)
}

pub(in crate::render) fn note(text: &str, at: Option<Source>) -> Note {
    Note { text: text.into(), at }
}

/// The plan of the design.
pub(in crate::render) fn design_plan() -> Plan {
    let mut ceo = mailbox(Verb::Delete, "ceo@example.com");
    ceo.risk = Risk::Destructive;
    ceo.status = Status::Blocked(vec![block(
        BlockCode::Protected,
        "protected",
        Some("delete:mailbox:ceo@example.com"),
        Some(at("policy.yaml", 8)),
    )]);
    let mut old_sales = with(
        change(Verb::Delete, Identity::Alias(address("old-sales@example.com"))),
        Field::Targets,
        Some(addresses(&["sales@example.com"])),
        None,
    );
    old_sales.risk = Risk::Disruptive;
    old_sales.reason = "absent".into();
    old_sales.at = Some(at("team.yaml", 71));
    let mut nora = with(mailbox(Verb::Create, "nora@example.com"), Field::Quota, None, Some(quota("5 GiB")));
    nora.at = Some(at("team.yaml", 42));
    let mut li = with(
        mailbox(Verb::Update, "li@example.com"),
        Field::Quota,
        Some(quota("1 GiB")),
        Some(quota("5 GiB")),
    );
    li.at = Some(at("team.yaml", 57));
    let mut plan = plan(vec![ceo, old_sales, nora, li]);
    plan.effects = vec![
        effect(EffectKind::Mail, "old-sales@example.com will bounce"),
        effect(EffectKind::Access, "john.roe@example.com can newly read jane.doe@example.com"),
    ];
    plan
}

/// A change of each kind that rows tell apart.
pub(in crate::render) fn many_kinds_of_changes() -> Vec<Change> {
    let long =
        "I am away until Monday. For anything urgent please write to the desk, which is staffed daily.";
    let mut renamed = mailbox(Verb::Rename, "new.name@example.com");
    renamed.before_identity = Some(Identity::Mailbox(address("old.name@example.com")));
    renamed.at = Some(at("a.yaml", 1));
    renamed.risk = Risk::Disruptive;
    let team = with(
        change(Verb::Update, Identity::Alias(address("team@example.com"))),
        Field::Targets,
        Some(addresses(&["a@example.com", "b@example.com"])),
        Some(addresses(&["b@example.com", "c@example.com", "d@partner.example"])),
    );
    let reply = with(
        mailbox(Verb::Update, "desk@example.com"),
        Field::Setting("auto_reply".into()),
        Some(Value::text(long)),
        Some(Value::text(&long.replace("Monday", "Friday"))),
    );
    let mut cleared = with(
        mailbox(Verb::Update, "desk@example.com"),
        Field::DisplayName,
        Some(Value::text("Desk\u{1b}[2J")),
        None,
    );
    cleared.id = ChangeId::new(Verb::Update, &cleared.connection, &cleared.identity, "name");
    let mut shared = with(
        change(
            Verb::Create,
            Identity::Permission {
                mailbox: address("jane.doe@example.com"),
                grantee: address("john.roe@example.com"),
            },
        ),
        Field::Rights,
        None,
        Some(Value::Rights([Right::FullAccess, Right::SendAs].into())),
    );
    shared.risk = Risk::Exposure;
    let mut capped = mailbox(Verb::Create, "x@example.com");
    capped.status = Status::Blocked(vec![block(
        BlockCode::Cap,
        "51 creates of mailboxes, at most 50",
        Some("--allow creates:mailbox=51"),
        None,
    )]);
    let mut capped_too = mailbox(Verb::Create, "y@example.com");
    capped_too.status = capped.status.clone();
    let mut waiting = needs(
        with(
            change(Verb::Create, Identity::Alias(address("x-list@example.com"))),
            Field::Targets,
            None,
            Some(addresses(&["x@example.com"])),
        ),
        &capped,
    );
    waiting.status = Status::WaitsFor(vec![capped.id.clone()]);
    let mut login = mailbox(Verb::Delete, "admin@example.com");
    login.risk = Risk::Destructive;
    login.status = Status::Blocked(vec![
        block(BlockCode::Login, "this connection logs in as it", None, None),
        block(
            BlockCode::Protected,
            "protected by `admin@*`",
            Some("delete:mailbox:admin@example.com"),
            Some(at("policy.yaml", 3)),
        ),
    ]);
    let mut gone = mailbox(Verb::Delete, "left@example.com");
    gone.risk = Risk::Destructive;
    gone.reason = "absent".into();
    gone.at = Some(at("people/left.yaml", 12));
    gone.effects = vec!["its forward and 2 permissions go with it".into()];
    vec![renamed, team, reply, cleared, shared, capped, capped_too, waiting, login, gone]
}

/// Text with everything that some format reads something into.
pub(in crate::render) fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("`".to_owned()),
        Just("```\n".to_owned()),
        Just("~~~".to_owned()),
        Just("|".to_owned()),
        Just("</details>".to_owned()),
        Just("<script>alert(1)</script>".to_owned()),
        Just("<!-- x -->".to_owned()),
        Just("&lt;".to_owned()),
        Just("@someone".to_owned()),
        Just("a@b".to_owned()),
        Just("#12 GH-3 !4 ~5".to_owned()),
        Just("[a](https://evil.example)".to_owned()),
        Just("![a](x)".to_owned()),
        Just("https://evil.example".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n# x\n".to_owned()),
        Just("\u{202e}\u{2066}\u{200b}".to_owned()),
        Just("\u{1b}[31m".to_owned()),
        Just("\\".to_owned()),
        Just("*_{}$:smile:".to_owned()),
        Just("1. ".to_owned()),
        Just("- ".to_owned()),
        Just("日本 Jörg".to_owned()),
        Just(" ".to_owned()),
        "[ -~]{0,12}",
        any::<char>().prop_map(String::from),
    ];
    prop_oneof![
        9 => prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat()),
        1 => (prop_oneof![Just("`"), Just("x@y "), Just("|"), Just("\u{202e}")], 1..6000_usize)
            .prop_map(|(piece, times)| piece.repeat(times)),
    ]
}

pub(in crate::render) fn finding(rule: &'static str, severity: Severity, message: &str) -> Finding {
    Finding {
        rule: RuleId(rule),
        severity,
        fingerprint: String::new(),
        object: Some(ObjectRef {
            connection: ConnectionName::new("box"),
            identity: Identity::Mailbox(address("li@example.com")),
        }),
        message: message.into(),
        declared: None,
        remote: None,
        at: Some(at("team.yaml", 57)),
    }
}

/// An audit with a finding of each severity, with and without an object and a place.
pub(in crate::render) fn audit_report() -> AuditReport {
    let mut field = finding("MW001", Severity::Error, "quota is 1 GiB, declared 5 GiB");
    field.declared = Some("5 GiB".into());
    field.remote = Some("1 GiB".into());
    field.fingerprint = "5f".repeat(32);
    let mut gap = finding("MW005", Severity::Warning, "aliases on box could not be read: {0} [a](b)");
    gap.object = None;
    gap.at = None;
    let mut undeclared = finding("MW007", Severity::Note, "is not declared");
    undeclared.at = None;
    let plan = plan(Vec::new());
    AuditReport {
        connections: plan.connections,
        findings: vec![undeclared, gap, field],
        ..AuditReport::default()
    }
}

fn ledger() -> LedgerLine {
    LedgerLine {
        entry: address("@partner.example"),
        reason: "mother company".into(),
        owner: Some("it@example.com".into()),
        expires: Some(jiff::civil::date(2027, 1, 31)),
    }
}

/// A trace with every step that there is.
pub(in crate::render) fn trace() -> Trace {
    let store = || ConnectionName::new("box");
    let hop = |text: &str, step: Step, next: Vec<Hop>| Hop { address: address(text), step, next, at: None };
    let mut root = hop(
        "sales@example.com",
        Step::Alias { connection: store() },
        vec![
            hop("ann@example.com", Step::Mailbox { connection: store(), suspended: false }, vec![]),
            hop(
                "jane@example.com",
                Step::Forward { connection: store(), keeps_copy: true },
                vec![hop("jane@partner.example", Step::Leaves { ledger: Some(ledger()) }, vec![])],
            ),
            hop(
                "joe@example.com",
                Step::Forward { connection: store(), keeps_copy: false },
                vec![hop("joe@home.example", Step::Leaves { ledger: None }, vec![])],
            ),
            hop("left@example.com", Step::Refused { connection: store() }, vec![]),
            hop(
                "nowhere@example.com",
                Step::CatchAll { connection: store(), alias: address("@example.com") },
                vec![hop("old@example.com", Step::Mailbox { connection: store(), suspended: true }, vec![])],
            ),
            hop(
                "team@old.example",
                Step::DomainAlias { connection: store(), alias: address("@old.example") },
                vec![hop("team@example.com", Step::Nobody, vec![])],
            ),
            hop("sales@example.com", Step::Circle, vec![]),
            hop("ann@example.com", Step::Seen, vec![]),
            hop("x@gate.example", Step::Unknown { reason: "timed out".into() }, vec![]),
            hop("@brand.example", Step::WholeDomain, vec![]),
        ],
    );
    root.at = Some(at("team.yaml", 9));
    let set = |list: &[&str]| list.iter().map(|text| address(text)).collect();
    Trace {
        state: StateOf::Live,
        root,
        ends: Ends {
            mailboxes: set(&["ann@example.com", "jane@example.com", "old@example.com"]),
            outside: set(&["jane@partner.example", "joe@home.example"]),
            bounces: set(&["left@example.com", "team@example.com"]),
            circle: set(&["sales@example.com"]),
            unknown: set(&["x@gate.example"]),
        },
    }
}

/// A review with every ability that there is.
pub(in crate::render) fn review() -> AccessReview {
    let entry = |whom: &str, can: Ability, who: &str, because: &str| AccessEntry {
        whom: address(whom),
        can,
        who: who.into(),
        through: Vec::new(),
        because: because.into(),
        connection: ConnectionName::new("box"),
        at: Some(at("team.yaml", 12)),
        ledger: None,
        outside: false,
    };
    let mut leaves = entry("jane@example.com", Ability::Receive, "jane@partner.example", "alias, forward");
    leaves.through = vec![address("sales@example.com")];
    leaves.outside = true;
    leaves.ledger = Some(ledger());
    let mut undeclared = entry("sales@example.com", Ability::SendAs, "jane@example.com", "permitted sender");
    undeclared.at = None;
    AccessReview {
        state: StateOf::Live,
        address: None,
        entries: vec![
            entry("@example.com", Ability::Administer, "root@example.com", "administrator"),
            entry("jane@example.com", Ability::Read, "john@example.com", "permission full_access"),
            entry("jane@example.com", Ability::SendOnBehalf, "john@example.com", "permission send_on_behalf"),
            leaves,
            undeclared,
        ],
        not_read: vec!["aliases on gate: timed out".into()],
    }
}
