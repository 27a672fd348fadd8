//! Whole audits.

use std::collections::BTreeMap;

use super::*;
use crate::model::{
    Address, Change, ChangeId, ClosedExtent, ClosedWorld, Collection, ConnectionName, ConnectionReading,
    ConnectionState, Digests, DomainName, DomainWish, External, Field, Fields, Ground, Identity, Incomplete,
    Kind, Narrowing, ObjectRef, ObservedObject, PLAN_FORMAT, Quota, Readings, Risk, Severity, Source,
    Standing, Status, Value, Verb, Wish,
};

fn store() -> ConnectionName {
    ConnectionName::new("box")
}

fn mailbox(text: &str) -> Identity {
    Identity::Mailbox(Address::parse(text).expect("an address"))
}

fn alias(text: &str) -> Identity {
    Identity::Alias(Address::parse(text).expect("an address"))
}

fn object(identity: Identity) -> ObjectRef {
    ObjectRef { connection: store(), identity }
}

fn place(line: u32) -> Source {
    Source { file: "team.yaml".into(), line, column: 3 }
}

fn change(verb: Verb, identity: Identity) -> Change {
    Change {
        id: ChangeId::new(verb, &store(), &identity, ""),
        connection: store(),
        record: "r".into(),
        identity,
        verb,
        before_identity: None,
        route: String::new(),
        remote: None,
        before: None,
        after: Fields::new(),
        fields: Vec::new(),
        needs: Vec::new(),
        ground: Ground::Unknown,
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

fn plan(changes: Vec<Change>) -> Plan {
    Plan {
        format: PLAN_FORMAT,
        id: String::new(),
        version: String::new(),
        today: jiff::civil::date(2026, 2, 1),
        digests: Digests::default(),
        narrowing: Narrowing::default(),
        left_out: BTreeMap::new(),
        overrides: Vec::new(),
        connections: BTreeMap::from([(store(), ConnectionReading::default())]),
        changes,
        effects: Vec::new(),
        notes: Vec::new(),
    }
}

fn desired() -> Desired {
    let name = DomainName::parse("example.com").expect("a domain");
    let domain = DomainWish {
        store: Some(store()),
        also: Vec::new(),
        filters: Vec::new(),
        leaving: BTreeMap::new(),
        prune: [Kind::Alias].into(),
        ignore: vec!["svc-*@example.com".into()],
        at: Some(place(1)),
    };
    Desired {
        domains: BTreeMap::from([(name.clone(), domain)]),
        closed: vec![ClosedWorld {
            connection: store(),
            extent: ClosedExtent::Domain(Kind::Alias, name),
            at: Some(place(2)),
        }],
        ..Desired::default()
    }
}

fn observed(objects: impl IntoIterator<Item = ObservedObject>) -> Observed {
    let mut state = ConnectionState::default();
    for object in objects {
        state.objects.insert(object.identity.clone(), Box::new(object));
    }
    Observed { connections: BTreeMap::from([(store(), state)]) }
}

fn findings_of(plan: &Plan, desired: &Desired, observed: &Observed) -> Vec<Finding> {
    audit(plan, desired, observed, &BTreeMap::new()).findings
}

fn lines(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| {
            let object = finding.object.as_ref().map_or_else(String::new, |object| format!("{object} "));
            let at = finding.at.as_ref().map_or_else(String::new, |at| format!(" ({at})"));
            format!("{} {object}{}{at}", finding.rule.0, finding.message)
        })
        .collect()
}

#[test]
fn each_change_is_a_finding_of_its_rule() {
    let mut desired = desired();
    let li = mailbox("li@example.com");
    let five = Value::Quota("5 GiB".parse::<Quota>().expect("a quota"));
    let mut wish = Wish::present(Fields::new().with(Field::Quota, five.clone()));
    wish.at = Some(place(10));
    wish.field_at.insert(Field::Quota, place(11));
    desired.objects.insert(object(li.clone()), wish);
    let mut tombstone = Wish::absent();
    tombstone.at = Some(place(20));
    desired.objects.insert(object(mailbox("gone@example.com")), tombstone);

    let mut update = change(Verb::Update, li);
    update.before = Some(Fields::new().with(Field::Quota, Value::Quota("1 GiB".parse().expect("a quota"))));
    update.after = Fields::new().with(Field::Quota, five);
    update.fields = vec![Field::Quota];
    let mut rename = change(Verb::Rename, mailbox("new@example.com"));
    rename.before_identity = Some(mailbox("old@example.com"));
    let plan = plan(vec![
        update,
        change(Verb::Create, mailbox("nora@example.com")),
        change(Verb::Delete, mailbox("gone@example.com")),
        change(Verb::Delete, alias("stray@example.com")),
        rename,
    ]);
    let findings = findings_of(&plan, &desired, &Observed::default());
    insta::assert_snapshot!(lines(&findings).join("\n"), @"
MW001 mailbox li@example.com on box quota is 1 GiB, declared 5 GiB (team.yaml:11:3)
MW002 mailbox nora@example.com on box is declared and is not there
MW003 mailbox gone@example.com on box is declared absent and is there (team.yaml:20:3)
MW004 alias stray@example.com on box is not declared, and its list is closed
MW006 mailbox new@example.com on box is still there as old@example.com
");
    assert!(has_drift(&findings));
    assert_eq!(findings[0].remote.as_deref(), Some("1 GiB"));
    assert_eq!(findings[0].declared.as_deref(), Some("5 GiB"));
}

#[test]
fn what_nobody_declared_is_a_note_unless_it_is_ignored_or_not_ours() {
    let plain = |identity| ObservedObject::plain(identity, Readings::new());
    let mut login = plain(mailbox("admin@example.com"));
    login.standing = Standing::Login;
    let there = observed([
        plain(mailbox("stray@example.com")),
        plain(mailbox("svc-backup@example.com")),
        plain(mailbox("other@elsewhere.example")),
        login,
    ]);
    let findings = findings_of(&plan(Vec::new()), &desired(), &there);
    insta::assert_snapshot!(lines(&findings).join("\n"), @"MW007 mailbox stray@example.com on box is not declared (team.yaml:1:3)");
    assert!(!has_drift(&findings));
    assert_eq!(findings[0].severity, Severity::Note);
}

#[test]
fn what_was_not_read_is_no_drift_and_is_said() {
    let mut desired = desired();
    let jane = mailbox("jane@example.com");
    desired.objects.insert(
        object(jane.clone()),
        Wish::present(Fields::new().with(Field::DisplayName, Value::text("Jane"))),
    );
    let there = observed([ObservedObject::plain(
        jane,
        Readings::new().not_read(Field::DisplayName, "the detail call failed"),
    )]);
    let mut plan = plan(Vec::new());
    plan.connections.entry(store()).or_default().incomplete =
        vec![Incomplete { collection: Collection::everything(Kind::Alias), reason: "503".into() }];
    let findings = findings_of(&plan, &desired, &there);
    insta::assert_snapshot!(lines(&findings).join("\n"), @"
MW005 aliases on box could not be read: 503
MW009 mailbox jane@example.com on box display_name could not be read: the detail call failed
");
    assert!(!has_drift(&findings));
}

#[test]
fn a_ledger_entry_counts_until_the_end_of_its_last_day() {
    let mut desired = desired();
    for (address, day) in [("a@partner.example", 31), ("b@partner.example", 30)] {
        desired.external.insert(
            Address::parse(address).expect("an address"),
            External {
                reason: "contractor".into(),
                owner: Some("it@example.com".into()),
                expires: Some(jiff::civil::date(2026, 1, day)),
                at: None,
            },
        );
    }
    let mut plan = plan(Vec::new());
    plan.today = jiff::civil::date(2026, 1, 31);
    let findings = findings_of(&plan, &desired, &Observed::default());
    insta::assert_snapshot!(lines(&findings).join("\n"), @"MW010 mail may go to b@partner.example until 2026-01-30, which has passed; it@example.com answers for it");
}

#[test]
fn rule_names_are_used_once() {
    for (index, rule) in RULES.iter().enumerate() {
        assert_eq!(rule.id.0, format!("MW{:03}", index + 1));
        assert!(RULES[..index].iter().all(|other| other.name != rule.name));
        assert!(rule.doc.ends_with('.') && rule.name.bytes().all(|b| b == b'-' || b.is_ascii_lowercase()));
    }
}

#[test]
fn every_rule_has_a_page_of_cause_and_mend() {
    for one in RULES {
        let mut rest = one.page();
        let title = format!("# {} {}\n", one.id.0, one.name);
        rest =
            rest.strip_prefix(&title).unwrap_or_else(|| panic!("{} does not begin with {title}", one.id.0));
        let sections: Vec<&str> = rest.split("\n## ").skip(1).collect();
        let titles: Vec<&str> = sections.iter().filter_map(|section| section.lines().next()).collect();
        let expected = ["What it means", "How it comes about", "How to mend it", "How to accept it"];
        assert_eq!(titles, expected, "{}", one.id.0);
        for section in &sections {
            let text = section.split_once("\n\n").map_or("", |(_, text)| text);
            assert!(text.trim().len() > 40, "{}: {section}", one.id.0);
        }
        assert!(sections[2].contains("```sh\nmailwright "), "{}: no command mends it", one.id.0);
        assert_eq!(one.page().matches("```").count() % 2, 0, "{}", one.id.0);
    }
}

fn report(findings: &[(&str, Option<&str>)]) -> AuditReport {
    let finding = |(message, remote): &(&str, Option<&str>)| {
        let mut finding = live::found(&rules::FIELD, Some(object(mailbox("li@example.com"))), *message);
        finding.remote = remote.map(ToOwned::to_owned);
        finding.fingerprint = fingerprint::fingerprint(&finding);
        finding
    };
    AuditReport { findings: findings.iter().map(finding).collect(), ..AuditReport::default() }
}

#[test]
fn a_fingerprint_outlives_a_move_in_the_file_and_a_stricter_policy_and_nothing_else() {
    let [one, other] = [("quota is 1 GiB", Some("1 GiB")), ("quota is 1 GiB", None)];
    let report = report(&[one, other, ("quota is 2 GiB", Some("1 GiB"))]);
    let mut moved = report.findings[0].clone();
    moved.at = Some(place(99));
    moved.severity = Severity::Note;
    assert_eq!(fingerprint::fingerprint(&moved), report.findings[0].fingerprint);
    let mut all: Vec<&str> = report.findings.iter().map(|finding| &*finding.fingerprint).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 3, "each differs");
    assert!(all.iter().all(|one| one.len() == 32 && one.bytes().all(|b| b.is_ascii_hexdigit())));
    assert_eq!(report.findings[0].fingerprint, "cf49c9925a49bc22c26c86aad21c544d");
}

#[test]
fn a_baseline_takes_out_as_many_as_it_holds() {
    let known = report(&[("a", None), ("a", None), ("b", None)]);
    let mut baseline = Baseline::default();
    for finding in &known.findings {
        *baseline.fingerprints.entry(finding.fingerprint.clone()).or_default() += 1;
    }
    let now = compare(report(&[("a", None), ("a", None), ("a", None), ("c", None)]), &baseline);
    assert_eq!(
        lines(&now.findings),
        ["MW001 mailbox li@example.com on box a", "MW001 mailbox li@example.com on box c"]
    );
    assert_eq!((now.known, now.gone), (2, 1));
}

#[test]
fn what_was_not_looked_at_is_not_gone() {
    let baseline = Baseline { fingerprints: BTreeMap::from([("f".repeat(32), 1)]), ..Baseline::default() };
    assert_eq!(compare(report(&[]), &baseline).gone, 1);
    let mut narrowed = report(&[]);
    narrowed.narrowing.domains = vec!["example.org".to_owned()];
    assert_eq!(compare(narrowed, &baseline).gone, 0);
    let mut cut_short = report(&[("a", None)]);
    cut_short.findings[0].rule = rules::INCOMPLETE.id;
    assert_eq!(compare(cut_short, &baseline).gone, 0);
}
