//! What is no finding: what is not known, what is ignored, what is left out, what is meant.

use std::collections::BTreeSet;

use mailwright::model::{Address, DomainName};
use mailwright::model::{AuditReport, Field, Identity, Kind, Narrowing, RuleId, Severity, Standing};

use super::bench::{Bench, line};
use crate::memory::State;

const ONE: &str = "domains: {example.com: {provider: store}}\n";

fn alias(text: &str) -> Identity {
    Identity::Alias(Address::parse_or_domain(text).expect("an address"))
}

fn domain(text: &str) -> DomainName {
    DomainName::parse(text).expect("a domain")
}

/// The lines of one rule.
fn of(rule: &str, report: &AuditReport) -> Vec<String> {
    let rule: Vec<_> = report.findings.iter().filter(|finding| finding.rule.0 == rule).map(line).collect();
    rule
}

fn rules(report: &AuditReport) -> BTreeSet<RuleId> {
    report.findings.iter().map(|finding| finding.rule).collect()
}

#[tokio::test]
async fn what_is_not_known_is_not_found() {
    let wish = format!("{ONE}external: {{x@far.example: {{reason: a job}}}}\n");
    let holds = "alias to-gone@example.com > gone@example.com\n\
                 permission ann@example.com/gone@example.com rights=send_as\nmailbox ann@example.com";
    let known = Bench::new(&wish);
    known.holds("store", holds);
    let report = known.audit().await.report;
    for rule in ["MW014", "MW016", "MW018"] {
        assert_eq!(of(rule, &report).len(), 1, "{rule}");
    }
    // Whether there is an alias at the address, and whether one leads outside, may stand on the page that never came.
    let gap: fn(&mut State) = |state| _ = state.gaps.insert((Kind::Alias, domain("example.com")));
    let untold: fn(&mut State) =
        |state| _ = state.not_read.insert((alias("to-gone@example.com"), Field::Targets));
    let unknown: fn(&mut State) = |state| _ = state.unknown.insert(alias("gone@example.com"));
    for (trouble, still) in [(gap, vec![]), (untold, vec!["MW018"]), (unknown, vec![])] {
        let bench = Bench::new(&wish);
        bench.holds("store", holds);
        bench.at("store", trouble);
        let report = bench.audit().await.report;
        for rule in ["MW014", "MW016", "MW018"] {
            assert_eq!(!of(rule, &report).is_empty(), still.contains(&rule), "{rule}: {:?}", rules(&report));
        }
    }
}

#[tokio::test]
async fn what_a_domain_ignores_is_left_alone_and_still_uses_the_ledger() {
    let wish = "domains: {example.com: {provider: store, ignore: [\"svc-*@example.com\"]}}\n\
                external: {a@far.example: {reason: a job}, b@far.example: {reason: over, expires: 2026-01-31}}\n";
    let bench = Bench::new(wish);
    bench.holds(
        "store",
        "alias svc-out@example.com > a@far.example,b@far.example,c@far.example\n\
         alias svc-dead@example.com > gone@example.com\n\
         permission svc-box@example.com/gone@example.com rights=send_as\nmailbox svc-box@example.com\n\
         alias team@example.com senders=svc-gone@example.com > svc-box@example.com",
    );
    let lines = bench.lines().await;
    assert_eq!(
        lines,
        [
            "MW007 note alias team@example.com on store: is not declared :6",
            "MW010 warning: mail may go to b@far.example until 2026-01-31, which has passed :7",
        ]
    );
}

#[tokio::test]
async fn a_narrowed_audit_speaks_of_what_is_left_in() {
    let wish = "domains: {example.com: {provider: store}, example.org: {provider: second}}\n\
                external: {a@far.example: {reason: a job}}\n";
    let whole = Bench::new(wish);
    let fill = |bench: &Bench| {
        bench.holds("store", "alias a@example.com > x@far.example\nalias b@example.com > y@far.example");
        bench.holds("second", "alias c@example.org > z@far.example");
    };
    fill(&whole);
    let report = whole.audit().await.report;
    assert_eq!(of("MW011", &report).len(), 3);
    assert_eq!(of("MW014", &report).len(), 1);
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let none = Narrowing::default;
    for (narrowing, left) in [
        (Narrowing { only: words(&["a@example.com"]), ..none() }, vec!["a@example.com"]),
        (Narrowing { only: words(&["[ac]@*"]), ..none() }, vec!["a@example.com", "c@example.org"]),
        (Narrowing { domains: words(&["example.org"]), ..none() }, vec!["c@example.org"]),
        (Narrowing { providers: words(&["store"]), ..none() }, vec!["a@example.com", "b@example.com"]),
    ] {
        let mut bench = Bench::new(wish);
        fill(&bench);
        bench.narrowing = narrowing;
        let audited = bench.audit().await;
        let report = &audited.report;
        let objects: Vec<String> = report
            .findings
            .iter()
            .filter_map(|finding| Some(finding.object.as_ref()?.identity.to_string()))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        assert_eq!(objects, left, "{:?}", report.narrowing);
        assert_eq!(of("MW014", report), Vec::<String>::new(), "nobody looked everywhere");
        assert_eq!(report.narrowing, bench.narrowing);
        assert_eq!(report.connections, audited.plan.connections);
        let whom: BTreeSet<String> =
            audited.review.entries.iter().map(|entry| entry.whom.to_string()).collect();
        assert!(whom.iter().eq(&left), "{whom:?} of {left:?}");
    }
}

#[tokio::test]
async fn with_only_an_address_nothing_else_is_read() {
    let mut bench = Bench::new(ONE);
    bench.holds(
        "store",
        "mailbox ann@example.com\nmailbox bob@example.com\nforward ann@example.com > a@far.example",
    );
    bench.narrowing.only = vec!["ann@example.com".to_owned()];
    let audited = bench.audit().await;
    assert_eq!(audited.plan.connections.values().map(|reading| reading.read[&Kind::Mailbox]).sum::<u64>(), 1);
    assert_eq!(of("MW011", &audited.report).len(), 1);
}

/// Somebody may still be at the store that a domain leaves, and mail that reaches anybody is not lost.
#[tokio::test]
async fn rights_and_targets_are_looked_for_wherever_they_may_be() {
    let wish = "domains: {example.com: {provider: store, also: [second], leaving: {old: keep}}, example.org: {provider: store}}\n";
    let bench = Bench::new(wish);
    bench.holds(
        "store",
        "mailbox ann@example.com\npermission ann@example.com/moving@example.com rights=send_as\n\
         permission ann@example.com/there@example.com rights=send_as\n\
         permission ann@example.com/ann@example.com rights=full_access\n\
         alias all@example.com > there@example.com,team@example.org\nalias @example.org > @example.com",
    );
    bench.holds("second", "mailbox there@example.com\nalias team@example.com > ann@example.com");
    bench.holds("old", "mailbox moving@example.com");
    let report = bench.audit().await.report;
    assert_eq!(of("MW018", &report), Vec::<String>::new());
    assert_eq!(of("MW016", &report), Vec::<String>::new());
    let dead = Bench::new(wish);
    dead.holds("store", "alias all@example.com > nobody@example.org\nalias @example.org > @example.com");
    assert_eq!(
        of("MW016", &dead.audit().await.report).len(),
        0,
        "the domain alias goes on, what is behind it bounces"
    );
}

#[tokio::test]
async fn whose_an_object_is_matters_for_what_can_be_done_and_not_for_where_mail_goes() {
    let fill = |bench: &Bench| {
        bench.holds(
            "store",
            "alias root@example.com > gone@example.com,a@far.example\nalias @example.com > a@far.example\n\
             administrator me@far.example full=true",
        );
    };
    let stand = |state: &mut State, standing: &Standing| {
        for name in ["root@example.com", "@example.com"] {
            state.objects.get_mut(&alias(name)).expect("held").standing = standing.clone();
        }
        let me = Identity::administrator("me@far.example");
        state.objects.get_mut(&me).expect("held").standing = Standing::Login;
    };
    for (standing, expected) in [
        (Standing::Plain, vec!["MW007", "MW011", "MW017"]),
        (Standing::Foreign("a directory's".into()), vec!["MW011", "MW017"]),
        (Standing::Default("made by the service".into()), vec!["MW011"]),
    ] {
        let bench = Bench::new(ONE);
        fill(&bench);
        bench.at("store", |state| stand(state, &standing));
        let report = bench.audit().await.report;
        let found: Vec<&str> = rules(&report).into_iter().map(|rule| rule.0).collect();
        assert_eq!(found, expected, "{standing:?}");
    }
}

/// The severity follows the policy, and the fingerprint does not: a baseline outlives a stricter policy.
#[tokio::test]
async fn a_policy_makes_an_unlisted_forward_an_error() {
    let mut fingerprints = BTreeSet::new();
    for (policy, severity, drifts) in [("allow", Severity::Warning, false), ("listed", Severity::Error, true)]
    {
        let bench = Bench::new(&format!("{ONE}policy: {{external_forwards: {policy}}}\n"));
        bench.holds("store", "alias a@example.com > x@far.example");
        let report = bench.audit().await.report;
        let found = report.findings.iter().find(|finding| finding.rule.0 == "MW011").expect("found");
        assert_eq!(found.severity, severity);
        assert_eq!(mailwright::audit::has_drift(&report.findings), drifts);
        fingerprints.insert(found.fingerprint.clone());
    }
    assert_eq!(fingerprints.len(), 1);
}

/// A suspended mailbox takes mail at some services and refuses it at others.
#[tokio::test]
async fn a_suspended_mailbox_that_takes_mail_is_no_dead_end() {
    let bench = Bench::new(ONE);
    bench.holds(
        "store",
        "mailbox left@example.com state=suspended\nalias team@example.com > left@example.com",
    );
    assert_eq!(of("MW016", &bench.audit().await.report).len(), 1);
    let mut capable = Bench::new(ONE);
    capable.suspending_stops_logins();
    capable.holds(
        "store",
        "mailbox left@example.com state=suspended\nalias team@example.com > left@example.com",
    );
    assert_eq!(of("MW016", &capable.audit().await.report), Vec::<String>::new());
}
