//! Every variant of what is shown keeps to the schemas; a new variant does not compile before it stands here.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::model::{
    Ability, AccountState, Block, BlockCode, Change, ChangeResult, Collection, DomainName, Effect,
    EffectCode, EffectKind, Extent, Field, Fields, Ground, Hop, Identity, Incomplete, Json, Kind, Narrowing,
    Need, NeedKind, ObjectRef, ObservedObject, Quota, Readings, ResultState, Right, Risk, SecretRef,
    Standing, StateOf, Status, Step, Value as FieldValue, Verb,
};
use crate::provider::CheckState;
use crate::render::samples::{
    address, at, audit_report, block, change, finding, mailbox, many_kinds_of_changes, note, plan as sample,
    review, trace as sample_trace,
};

/// A value of each variant.
macro_rules! every {
    ($type:ty: $($pattern:pat => $value:expr),+ $(,)?) => {{
        fn known(value: &$type) {
            match value {
                $($pattern => {}),+
            }
        }
        let all: Vec<$type> = vec![$($value),+];
        all.iter().for_each(known);
        all
    }};
}

fn wrong(schema: &str, document: &str) -> Vec<String> {
    let schema: Value = serde_json::from_str(schema).expect("a schema");
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
    let document: Value = serde_json::from_str(document).expect("JSON");
    validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn keeps_to(schema: &str, document: &str) {
    let wrong = wrong(schema, document);
    assert!(wrong.is_empty(), "{wrong:#?}\n{document}");
    // A word that the schema does not know is found.
    let mut odd: Value = serde_json::from_str(document).expect("JSON");
    odd["nowhere"] = json!(true);
    assert!(!self::wrong(schema, &odd.to_string()).is_empty(), "the schema lets everything pass");
}

const PLAN: &str = include_str!("../../../schemas/plan.schema.json");
const OUTCOME: &str = include_str!("../../../schemas/outcome.schema.json");
const AUDIT: &str = include_str!("../../../schemas/audit.schema.json");
const ACCESS: &str = include_str!("../../../schemas/access.schema.json");
const TRACE: &str = include_str!("../../../schemas/trace.schema.json");
const OBJECTS: &str = include_str!("../../../schemas/objects.schema.json");
const CHECKS: &str = include_str!("../../../schemas/checks.schema.json");

fn identities() -> Vec<Identity> {
    every!(Identity:
        Identity::Domain(_) => Identity::Domain(DomainName::parse("example.com").expect("a domain")),
        Identity::Mailbox(_) => Identity::Mailbox(address("a@example.com")),
        Identity::Alias(_) => Identity::Alias(address("@example.com")),
        Identity::Forward(_) => Identity::Forward(address("a@example.com")),
        Identity::Permission { .. } =>
            Identity::Permission { mailbox: address("a@example.com"), grantee: address("b@example.com") },
        Identity::SenderRules(_) => Identity::SenderRules(address("a@example.com")),
        Identity::Administrator(_) => Identity::administrator("root"),
        Identity::Registration(_) => Identity::Registration(address("a@example.com")),
        Identity::Object { .. } => Identity::Object { kind: "announcement".into(), name: "x".into() },
    )
}

fn collections() -> Vec<Collection> {
    every!(Extent:
        Extent::Everything => Extent::Everything,
        Extent::Domain(_) => Extent::Domain(DomainName::parse("example.com").expect("a domain")),
        Extent::PartsOf(_) => Extent::PartsOf([address("a@example.com")].into()),
        Extent::Objects(_) => Extent::Objects(identities().into_iter().collect()),
    )
    .into_iter()
    .map(|extent| Collection { kind: Kind::Mailbox, extent })
    .collect()
}

fn secrets() -> Vec<SecretRef> {
    every!(SecretRef:
        SecretRef::Env(_) => SecretRef::Env("A".into()),
        SecretRef::File(_) => SecretRef::File("secrets/a".into()),
        SecretRef::Command(_) => SecretRef::Command(vec!["pass".into(), "a".into()]),
        SecretRef::Generate { .. } => SecretRef::Generate { dir: "secrets".into(), keep: true },
    )
}

fn fields() -> Fields {
    let mut fields = Fields::new();
    let named = |name: &str| Field::Setting(name.into());
    let values = every!(FieldValue:
        FieldValue::Text(_) => FieldValue::text("Jörg"),
        FieldValue::Bool(_) => FieldValue::Bool(true),
        FieldValue::Int(_) => FieldValue::Int(-3),
        FieldValue::State(_) => FieldValue::State(AccountState::Suspended),
        FieldValue::Quota(_) => FieldValue::Quota(Quota::Unlimited),
        FieldValue::Addresses(_) => FieldValue::Addresses([address("a@example.com")].into()),
        FieldValue::Rights(_) => FieldValue::Rights(Right::ALL.into()),
        FieldValue::Words(_) => FieldValue::Words(["x".to_owned()].into()),
        FieldValue::Domains(_) =>
            FieldValue::Domains([DomainName::parse("example.com").expect("a domain")].into()),
        FieldValue::Json(_) => FieldValue::Json(Json::parse("{\"a\": 1}").expect("JSON")),
        FieldValue::Secret(_) => FieldValue::Secret(secrets()[0].clone()),
    );
    for (index, value) in values.into_iter().enumerate() {
        fields.set(named(&format!("value{index}")), value);
    }
    for (index, secret) in secrets().into_iter().enumerate() {
        fields.set(named(&format!("secret{index}")), FieldValue::Secret(secret));
    }
    fields.set(Field::DisplayName, FieldValue::text(""));
    fields
}

fn blocks() -> Vec<Block> {
    let codes = every!(BlockCode:
        BlockCode::Cap => BlockCode::Cap,
        BlockCode::Protected => BlockCode::Protected,
        BlockCode::UnlistedExternal => BlockCode::UnlistedExternal,
        BlockCode::CollateralLoss => BlockCode::CollateralLoss,
        BlockCode::Login => BlockCode::Login,
        BlockCode::LastAdministrator => BlockCode::LastAdministrator,
        BlockCode::IncompleteRead => BlockCode::IncompleteRead,
        BlockCode::Foreign => BlockCode::Foreign,
        BlockCode::Cannot => BlockCode::Cannot,
        BlockCode::MissingField => BlockCode::MissingField,
        BlockCode::MissingTarget => BlockCode::MissingTarget,
        BlockCode::RenameConflict => BlockCode::RenameConflict,
        BlockCode::AddressTaken => BlockCode::AddressTaken,
        BlockCode::Cycle => BlockCode::Cycle,
    );
    let mut blocks: Vec<Block> = codes.into_iter().map(|code| block(code, "why", None, None)).collect();
    blocks.push(block(BlockCode::Cap, "why", Some("deletes:mailbox=3"), Some(at("a.yaml", 1))));
    blocks
}

fn changes() -> Vec<Change> {
    let verbs = every!(Verb:
        Verb::Create => Verb::Create,
        Verb::Update => Verb::Update,
        Verb::Rename => Verb::Rename,
        Verb::Delete => Verb::Delete,
    );
    let mut changes = many_kinds_of_changes();
    for (index, identity) in identities().into_iter().enumerate() {
        changes.push(change(verbs[index % verbs.len()], identity));
    }
    let mut full = mailbox(Verb::Update, "full@example.com");
    let needs = every!(NeedKind: NeedKind::Hard => NeedKind::Hard, NeedKind::Soft => NeedKind::Soft);
    full.needs = needs.into_iter().map(|kind| Need { change: changes[0].id.clone(), kind }).collect();
    full.before = Some(fields());
    full.after = fields();
    full.route = "name".into();
    full.remote = Some("12".into());
    full.calls = 2;
    full.absent = vec![ObjectRef { connection: full.connection.clone(), identity: full.identity.clone() }];
    let id = full.id.clone();
    let statuses = every!(Status:
        Status::Ready => Status::Ready,
        Status::Blocked(_) => Status::Blocked(blocks()),
        Status::WaitsFor(_) => Status::WaitsFor(vec![id.clone()]),
    );
    let grounds = every!(Ground:
        Ground::Absent => Ground::Absent,
        Ground::Present { .. } => Ground::Present { digest: "ab".repeat(32) },
        Ground::Unknown => Ground::Unknown,
    );
    let risks = every!(Risk:
        Risk::Safe => Risk::Safe,
        Risk::Disruptive => Risk::Disruptive,
        Risk::Exposure => Risk::Exposure,
        Risk::Destructive => Risk::Destructive,
    );
    for (index, risk) in risks.into_iter().enumerate() {
        let mut one = full.clone();
        one.status = statuses[index % statuses.len()].clone();
        one.ground = grounds[index % grounds.len()].clone();
        one.risk = risk;
        changes.push(one);
    }
    changes
}

fn effects() -> Vec<Effect> {
    let codes = every!(EffectCode:
        EffectCode::Bounces => EffectCode::Bounces,
        EffectCode::Circle => EffectCode::Circle,
        EffectCode::DeadEnd => EffectCode::DeadEnd,
        EffectCode::Moves => EffectCode::Moves,
        EffectCode::Swallowed => EffectCode::Swallowed,
        EffectCode::NoCopy => EffectCode::NoCopy,
        EffectCode::Copy => EffectCode::Copy,
        EffectCode::Leaves => EffectCode::Leaves,
        EffectCode::Receive => EffectCode::Receive,
        EffectCode::Read => EffectCode::Read,
        EffectCode::SendAs => EffectCode::SendAs,
        EffectCode::SendOnBehalf => EffectCode::SendOnBehalf,
        EffectCode::Administer => EffectCode::Administer,
        EffectCode::AdministerAll => EffectCode::AdministerAll,
    );
    let kinds =
        every!(EffectKind: EffectKind::Mail => EffectKind::Mail, EffectKind::Access => EffectKind::Access);
    let mut effects: Vec<Effect> = codes
        .into_iter()
        .enumerate()
        .map(|(index, code)| Effect::new(kinds[index % kinds.len()], code, "what"))
        .collect();
    effects[0] = Effect {
        addresses: vec![address("@example.com")],
        lost: vec!["root".into()],
        gained: vec!["a@example.com".into()],
        along: vec![address("b@example.com")],
        connection: Some(ConnectionName::new("box")),
        ..effects[0].clone()
    };
    effects
}

fn read_of_everything(plan: &mut Plan) {
    plan.narrowing = Narrowing {
        only: vec!["*".into()],
        providers: vec!["box".into()],
        domains: vec!["example.com".into()],
    };
    plan.left_out = Kind::ALL.into_iter().map(|kind| (kind, 2)).collect();
    if let Some(reading) = plan.connections.get_mut(&ConnectionName::new("box")) {
        reading.read = Kind::ALL.into_iter().map(|kind| (kind, 2)).collect();
        reading.account = Some("12".into());
        reading.incomplete = collections()
            .into_iter()
            .map(|collection| Incomplete { collection, reason: "timed out".into() })
            .collect();
    }
}

#[test]
fn plans() {
    let mut full = sample(changes());
    full.id = "ab".repeat(32);
    let digest = "cd".repeat(32);
    full.digests.connections.clone_from(&digest);
    full.digests.policy.clone_from(&digest);
    full.digests.wish = digest;
    full.overrides = vec!["deletes:mailbox=12".parse().expect("an override")];
    full.effects = effects();
    full.notes = vec![note("a", None), note("b", Some(at("a.yaml", 2)))];
    read_of_everything(&mut full);
    let text = plan(&full).expect("JSON");
    keeps_to(PLAN, &text);
    let read: Plan = serde_json::from_str(&text).expect("a saved plan");
    assert!(plan(&read).expect("JSON") == text, "a saved plan is read back as it was");
}

#[test]
fn outcomes() {
    let states = every!(ResultState:
        ResultState::Done => ResultState::Done,
        ResultState::NotNeeded => ResultState::NotNeeded,
        ResultState::Failed { .. } => ResultState::Failed { error: "why".into(), hint: Some("what".into()) },
        ResultState::Skipped { .. } => ResultState::Skipped { reason: "why".into() },
        ResultState::InDoubt { .. } => ResultState::InDoubt { reason: "why".into() },
    );
    let id = mailbox(Verb::Create, "a@example.com").id;
    let results =
        states.into_iter().map(|state| ChangeResult { change: id.clone(), state, notes: vec!["a".into()] });
    let mut all = Outcome { plan: "ab".into(), results: results.collect(), ..Outcome::default() };
    all.generated = vec!["secrets/a".into()];
    keeps_to(OUTCOME, &outcome(&all).expect("JSON"));
    keeps_to(OUTCOME, &outcome(&Outcome::default()).expect("JSON"));
}

#[test]
fn audits() {
    let mut report = audit_report();
    let severities = every!(Severity:
        Severity::Note => Severity::Note,
        Severity::Warning => Severity::Warning,
        Severity::Error => Severity::Error,
    );
    for severity in severities {
        for identity in identities() {
            let mut one = finding("MW001", severity, "what");
            one.object = Some(ObjectRef { connection: ConnectionName::new("box"), identity });
            report.findings.push(one);
        }
    }
    report.known = 2;
    report.gone = 1;
    let mut read = sample(Vec::new());
    read_of_everything(&mut read);
    report.narrowing = read.narrowing;
    report.left_out = read.left_out;
    report.connections = read.connections;
    let text = audit(&report).expect("JSON");
    keeps_to(AUDIT, &text);
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(document["totals"], json!({"errors": 10, "warnings": 10, "notes": 10}));
    keeps_to(AUDIT, &audit(&AuditReport::default()).expect("JSON"));
}

#[test]
fn access_reviews() {
    let mut all = review();
    let abilities: Vec<Ability> = all.entries.iter().map(|entry| entry.can).collect();
    assert!(Ability::ALL.iter().all(|can| abilities.contains(can)));
    keeps_to(ACCESS, &access(&all).expect("JSON"));
    all.address = Some(address("a@example.com"));
    all.state = StateOf::Desired;
    all.not_read.clear();
    keeps_to(ACCESS, &access(&all).expect("JSON"));
}

#[test]
fn traces() {
    fn steps(hop: &Hop, found: &mut Vec<&'static str>) {
        found.push(match &hop.step {
            Step::Mailbox { .. } => "mailbox",
            Step::Forward { .. } => "forward",
            Step::Refused { .. } => "refused",
            Step::Alias { .. } => "alias",
            Step::CatchAll { .. } => "catch_all",
            Step::DomainAlias { .. } => "domain_alias",
            Step::Leaves { .. } => "leaves",
            Step::WholeDomain => "whole_domain",
            Step::Nobody => "nobody",
            Step::Circle => "circle",
            Step::Seen => "seen",
            Step::Unknown { .. } => "unknown",
        });
        hop.next.iter().for_each(|next| steps(next, found));
    }
    let mut all = sample_trace();
    let mut found = Vec::new();
    steps(&all.root, &mut found);
    let schema: Value = serde_json::from_str(TRACE).expect("a schema");
    let known = schema["$defs"]["hop"]["oneOf"].as_array().expect("steps");
    for step in known.iter().map(|step| step["properties"]["step"]["const"].as_str().expect("a word")) {
        assert!(found.contains(&step), "no hop of the sample is {step}");
    }
    for state in every!(StateOf: StateOf::Live => StateOf::Live, StateOf::Desired => StateOf::Desired) {
        all.state = state;
        keeps_to(TRACE, &trace(&all).expect("JSON"));
    }
}

#[test]
fn objects_and_checks() {
    let standings = every!(Standing:
        Standing::Plain => Standing::Plain,
        Standing::Foreign(_) => Standing::Foreign("why".into()),
        Standing::Default(_) => Standing::Default("why".into()),
        Standing::Login => Standing::Login,
        Standing::Remains(_) => Standing::Remains("why".into()),
    );
    let there: Vec<ObservedObject> = identities()
        .into_iter()
        .enumerate()
        .map(|(index, identity)| {
            let mut readings = Readings::from(fields());
            readings.set(Field::Quota, Reading::NotRead("timed out".into()));
            readings.set(Field::KeepCopy, Reading::Untold("hidden".into()));
            let mut object = ObservedObject::plain(identity, readings);
            object.standing = standings[index % standings.len()].clone();
            object.facts = BTreeMap::from([("usage".into(), "3 GiB".into())]);
            object
        })
        .collect();
    let name = ConnectionName::new("box");
    let gaps = collections().into_iter().map(|one| (one, Arc::from("timed out"))).collect();
    let held = [Held { connection: &name, objects: there.iter().collect(), gaps }];
    keeps_to(OBJECTS, &objects(&held).expect("JSON"));
    let states = every!(CheckState:
        CheckState::Passed => CheckState::Passed,
        CheckState::Warning => CheckState::Warning,
        CheckState::Failed => CheckState::Failed,
    );
    let all = states.into_iter().map(|state| Check { name: "reach".into(), state, detail: "well".into() });
    keeps_to(CHECKS, &checks(&[(name, all.collect())]).expect("JSON"));
}
