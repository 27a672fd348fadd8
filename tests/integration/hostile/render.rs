//! Hostile texts through the whole pipeline: declared in a wish, held by a service, told by its errors; loaded, read,
//! planned, audited, and rendered in every form.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use mailwright::config::{self, ExportConnection, ExportInput};
use mailwright::model::{
    ChangeResult, Collection, Completeness, ConnectionName, Event, Extent, Field, Fields, Identity, Kind,
    Observed, Outcome, Plan, ResultState, Trace, Value,
};
use mailwright::plan::Network;
use mailwright::provider::{Check, CheckState};
use mailwright::render::{Colour, Held, Style, csv, escape, json, markdown, sarif, text};

use super::Tries;
use super::oracle::{flaw_of_csv, flaw_of_markdown, flaw_of_text, marker, shape, texts};
use super::strings;
use crate::audits::bench::{Audited, Bench};
use crate::memory::Stored;

/// Wide enough for every line: what is on a line of its own is so for another reason.
const WIDE: Style = Style { colour: Colour::Never, width: 50_000 };

/// A text as YAML, whatever it holds.
pub(super) fn yaml(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            c => write!(quoted, "\\U{:08X}", u32::from(c)).expect("a string"),
        }
    }
    quoted + "\""
}

/// Each place of a wish that takes any text, with the wish that holds it there.
const PLACES: [(&str, &str); 7] = [
    ("mailboxes", "  jane@example.com: {display_name: TEXT, given_name: x}\n"),
    ("mailboxes", "  john@example.com: {display_name: after, given_name: TEXT}\n"),
    ("mailboxes", "  new@example.com: {display_name: TEXT}\n"),
    ("sender_rules", "  jane@example.com: {block: [TEXT]}\n"),
    ("administrators", "  store: {TEXT: {full: true}}\n"),
    ("external", "  out@partner.example: {reason: TEXT, owner: TEXT, expires: 2026-01-01}\n"),
    ("external", "  \"@corp.example\": {reason: TEXT}\n"),
];

/// What every wish has besides.
const REST: &str = "
domains:
  example.com: {provider: store, prune: [aliases]}
aliases:
  sales@example.com: [jane@example.com, out@partner.example]
forwards:
  john@example.com: {to: [out@partner.example, x@corp.example]}
policy: {external_forwards: listed}
";

/// The wish with the text wherever that is taken, and how many places refused it.
fn wish(tries: &mut Tries, text: &str) -> (String, usize) {
    let mut refused = 0;
    let mut sections: BTreeMap<&str, String> = BTreeMap::new();
    for (section, line) in PLACES {
        let line = line.replace("TEXT", &yaml(text));
        let alone = format!("domains:\n  example.com: {{provider: store}}\n{section}:\n{line}");
        match Bench::load("everything", "wish.yaml", &alone) {
            Ok(_) => sections.entry(section).or_default().push_str(&line),
            Err(problems) => {
                tries.none(&format!("{text:?} refused"), flaw_of_text(&problems.to_string()));
                refused += 1;
            }
        }
    }
    let mut wish = REST.to_owned();
    for (section, lines) in sections {
        write!(wish, "{section}:\n{lines}").expect("a string");
    }
    (wish, refused)
}

/// What the service holds: the text in every field, standing, fact and reason.
async fn observed(bench: &Bench, text: &str) -> Observed {
    let mailbox = |name: &str| Identity::Mailbox(format!("{name}@example.com").parse().expect("an address"));
    bench.holds(
        "store",
        "mailbox john@example.com\nmailbox jane@example.com\nalias old@example.com > jane@example.com\n\
         alias foreign@example.com > jane@example.com\nmailbox strange@example.com\nforward john@example.com > a@b.example",
    );
    bench.at("store", |state| {
        for (name, field) in
            [("john", Field::DisplayName), ("jane", Field::GivenName), ("strange", Field::DisplayName)]
        {
            let object = state.objects.get_mut(&mailbox(name)).expect("held");
            object.fields.set(field, Value::text(text));
        }
        let login = Identity::administrator(&format!("x{text}"));
        state.objects.insert(login, Stored::plain(Fields::new()));
        let rules = Identity::SenderRules("john@example.com".parse().expect("an address"));
        let words = Value::Words(BTreeSet::from([text.to_owned(), "plain".to_owned()]));
        state.objects.insert(rules, Stored::plain(Fields::from_iter([(Field::Allow, words)])));
    });
    let mut observed = bench.observed(|memory| Box::new(memory)).await;
    let state = observed.connections.get_mut(&ConnectionName::new("store")).expect("read");
    state.account = Some(text.to_owned());
    for (identity, object) in &mut state.objects {
        object.facts =
            BTreeMap::from([(text.to_owned(), text.to_owned()), ("usage".to_owned(), text.to_owned())]);
        if identity.to_string().starts_with("foreign") {
            object.standing = mailwright::model::Standing::Foreign(text.into());
        }
        if identity.to_string().starts_with("strange") {
            object.standing = mailwright::model::Standing::Default(text.into());
        }
    }
    let unknown = Identity::Alias("unknown@example.com".parse().expect("an address"));
    state.unknown.insert(unknown, text.into());
    let permissions = Collection { kind: Kind::Permission, extent: Extent::Everything };
    state.end(permissions, &Completeness::Incomplete(text.into()));
    observed
}

fn outcome(plan: &Plan, text: &str) -> Outcome {
    let state = |index: usize| match index % 4 {
        0 => ResultState::Failed { error: text.to_owned(), hint: Some(text.to_owned()) },
        1 => ResultState::Skipped { reason: text.to_owned() },
        2 => ResultState::InDoubt { reason: text.to_owned() },
        _ => ResultState::Done,
    };
    let results = plan.changes.iter().enumerate().map(|(index, change)| ChangeResult {
        change: change.id.clone(),
        state: state(index),
        notes: vec![text.to_owned()],
    });
    Outcome {
        plan: plan.id.clone(),
        results: results.collect(),
        interrupted: false,
        generated: vec![text.to_owned()],
    }
}

/// Every rendering for people, by name, in a style.
fn shown(seen: &Seen, style: Style) -> Vec<(&'static str, String)> {
    let Seen { audited: Audited { plan, report, review }, outcome, trace, observed, checks, text: word } =
        seen;
    let store = ConnectionName::new("store");
    let state = &observed.connections[&store];
    let gaps = vec![(Collection::everything(Kind::Alias), word.as_str().into())];
    let all = [Held {
        connection: &store,
        objects: state.objects.values().map(|object| &**object).collect(),
        gaps,
    }];
    let mut shown = vec![
        ("plan", text::plan(plan, style)),
        ("plan to apply", text::plan_to_apply(plan, style)),
        ("outcome", text::outcome(plan, outcome, style)),
        ("audit", text::audit(report, style)),
        ("access", text::access(review, style)),
        ("trace", text::trace(trace, style)),
        ("show", text::objects(&all, style)),
        ("doctor", text::checks(checks, style)),
    ];
    for change in &plan.changes {
        let waiting = Event::Waiting { change, delay: Duration::from_secs(3), reason: word };
        shown.extend(text::progress(&waiting, style).map(|line| ("waiting", line)));
    }
    for (change, result) in plan.changes.iter().zip(&outcome.results) {
        shown.extend(text::progress(&Event::Ended(change, result), style).map(|line| ("ended", line)));
    }
    shown
}

/// Everything that was read, decided and done with one text.
struct Seen {
    text: String,
    audited: Audited,
    outcome: Outcome,
    trace: Trace,
    observed: Observed,
    checks: Vec<(ConnectionName, Vec<Check>)>,
}

async fn see(wish: &str, file: &str, text: &str) -> (Bench, Seen) {
    let bench =
        Bench::load("everything", file, wish).unwrap_or_else(|problems| panic!("{text:?}: {problems}"));
    let observed = observed(&bench, text).await;
    let audited = bench.audit_of(&observed);
    let network = Network::live(&bench.desired, &observed, &bench.capabilities);
    let trace = network.trace(&"sales@example.com".parse().expect("an address"));
    let outcome = outcome(&audited.plan, text);
    let check = |state| Check { name: text.to_owned(), state, detail: text.to_owned() };
    let checks = vec![(
        ConnectionName::new("store"),
        vec![check(CheckState::Passed), check(CheckState::Warning), check(CheckState::Failed)],
    )];
    let text = text.to_owned();
    (bench, Seen { text, audited, outcome, trace, observed, checks })
}

fn comments(seen: &Seen) -> Vec<(&'static str, String)> {
    let Seen { audited, outcome, trace, .. } = seen;
    vec![
        ("plan", markdown::plan(&audited.plan)),
        ("outcome", markdown::outcome(&audited.plan, outcome)),
        ("audit", markdown::audit(&audited.report)),
        ("trace", markdown::trace(trace)),
        ("access", markdown::access(&audited.review)),
    ]
}

/// The same wish with every hostile text taken for a plain one as wide: how many lines and blocks there are then.
async fn plain(wish: &str, text: &str) -> Seen {
    let same = escape(text).replace(|c: char| c != ' ', "x");
    see(&wish.replace(&yaml(text), &yaml(&same)), "wish.yaml", &same).await.1
}

async fn check(tries: &mut Tries, what: &str, text: &str) {
    let (wish, refused) = wish(tries, text);
    tries.count += refused;
    let file = format!("{text}.yaml");
    let (bench, seen) = see(&wish, &file, text).await;
    let baseline = plain(&wish, text).await;
    for style in [Style::plain(), Style { colour: Colour::Never, width: 40 }] {
        for (name, rendered) in shown(&seen, style) {
            tries.none(&format!("{what} in {name}"), flaw_of_text(&rendered));
        }
    }
    for ((name, rendered), (_, usual)) in shown(&seen, WIDE).into_iter().zip(shown(&baseline, WIDE)) {
        // A plan breaks a long value where its words end.
        let count = |text: &str| {
            let rows = text.lines().filter(|line| begins_a_row(line)).count();
            if name.starts_with("plan") { rows } else { text.lines().count() }
        };
        tries.that(count(&rendered) == count(&usual), || {
            format!("{what} makes or takes a line of {name}:\n{rendered}\n{usual}")
        });
    }
    for ((name, comment), (_, usual)) in comments(&seen).into_iter().zip(comments(&baseline)) {
        tries.none(&format!("{what} in {name}, {comment}"), flaw_of_markdown(&comment, marker(name)));
        tries.none(&format!("{what} in {name}"), flaw_of_text(&comment));
        let is_short = text.len() < 1000;
        tries.that(!is_short || shape(&comment) == shape(&usual), || {
            format!("{what} makes or takes a block of {name}:\n{comment}\n{usual}")
        });
    }
    machines(tries, what, &seen);
    exported(tries, what, &bench, &seen);
}

/// True for a line of a plan that stands for a change.
fn begins_a_row(line: &str) -> bool {
    ["  + ", "  ~ ", "  - ", "  ! "].iter().any(|start| line.starts_with(start))
}

/// What programs read: it says the same text again.
fn machines(tries: &mut Tries, what: &str, seen: &Seen) {
    let Seen { audited: Audited { plan, report, review }, outcome, trace, text: word, checks, .. } = seen;
    let places = sarif::Places { root: word, fallback: word };
    let documents = [
        ("plan", json::plan(plan)),
        ("outcome", json::outcome(outcome)),
        ("audit", json::audit(report)),
        ("trace", json::trace(trace)),
        ("access", json::access(review)),
        ("checks", json::checks(checks)),
        ("sarif", sarif::audit(report, places)),
    ];
    for (name, document) in documents {
        let document = document.expect("JSON");
        tries.none(&format!("{what} in the JSON of {name}"), flaw_of_text(&document));
        let value: serde_json::Value =
            serde_json::from_str(&document).unwrap_or_else(|e| panic!("{what}: {e}"));
        let said = texts(&value);
        match name {
            // Its texts are shown by a host: they are made safe, and hold no link.
            "sarif" => tries.that(!messages(&value).contains("]("), || format!("{what}: {document}")),
            "trace" | "access" => {}
            _ => tries
                .that(said.iter().any(|one| one == word), || format!("{what} is not in the JSON of {name}")),
        }
    }
    let again: Plan = serde_json::from_str(&json::plan(plan).expect("JSON")).expect("a plan");
    tries.that(again == *plan, || format!("{what}: another plan is read back"));
    for sheet in [csv::audit(report), csv::access(review)] {
        tries.none(&format!("{what}\n{sheet}"), flaw_of_csv(&sheet));
    }
}

/// The messages of a document in SARIF.
fn messages(sarif: &serde_json::Value) -> String {
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    results.iter().map(|result| result["message"]["text"].as_str().expect("a message")).collect()
}

/// What is exported is loaded again as what it was, and plans to nothing.
fn exported(tries: &mut Tries, what: &str, bench: &Bench, seen: &Seen) {
    let connections = bench
        .capabilities
        .iter()
        .map(|(name, capabilities)| (name.clone(), ExportConnection { type_name: "model", capabilities }));
    let exported = config::export(&ExportInput {
        observed: &seen.observed,
        connections: connections.collect(),
        domains: &bench.desired.domains,
        adopt: None,
    });
    tries.none(&format!("{what} in the export"), flaw_of_text(&exported));
    let body = exported.replace("version: 1\n", "");
    let domains = "domains:\n  example.com: {provider: store}\n";
    match Bench::load("everything", "export.yaml", &format!("{domains}{body}")) {
        Ok(again) => {
            let planned = again.audit_of(&seen.observed).plan;
            let changes: Vec<_> = planned.changes.iter().map(|change| change.id.to_string()).collect();
            tries.that(changes.is_empty(), || format!("{what}: {changes:?}\n{exported}"));
        }
        Err(problems) => tries.that(false, || format!("{what}: {problems}\n{exported}")),
    }
}

fn suite(name: &str, part: usize, parts: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let mut tries = Tries::default();
    for (_, (what, text)) in strings::all().iter().enumerate().filter(|(index, _)| index % parts == part) {
        runtime.block_on(check(&mut tries, what, text));
    }
    tries.end(name);
}

#[test]
fn no_text_breaks_a_rendering() {
    suite("hostile-render", 0, 2);
}

#[test]
fn no_other_text_breaks_a_rendering() {
    suite("hostile-render-2", 1, 2);
}
