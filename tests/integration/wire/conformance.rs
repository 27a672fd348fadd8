//! The conformance suite: full desired states that every provider runs, each twice, the second changing nothing.
//!
//! `tests/conformance/NN-NAME.yaml` holds steps, each a whole configuration after a line `--- # TITLE`; the
//! connection is called `svc`. The steps go one after the other to the same fresh service. What a type makes of them
//! (what is refused offline, what is blocked, which changes run, which rows differ then) stands beside it in
//! `NN-NAME.TYPE.txt`; `SNAPSHOTS=overwrite` writes what is so now. Where a service makes no mailbox with a password
//! alone, the wish for a new one is given what else it needs ([`Type::needs`]).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use mailwright::model::{Plan, ResultState, Severity};

use super::service::{Dump, Service, Type, databases};
use super::site::{Cut, Site, held, line, lines, results};

/// What a wish for a new mailbox says in the suite.
const PASSWORD: &str = "password: {env: FIRST_PASSWORD}";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

/// The steps of a file: title and configuration.
pub(super) fn steps(text: &str) -> Vec<(&str, String)> {
    let steps: Vec<(&str, String)> = text
        .split("--- # ")
        .skip(1)
        .map(|step| {
            let (title, body) = step.split_once('\n').expect("a title and a body");
            (title, format!("version: 1\n{body}"))
        })
        .collect();
    assert!(!steps.is_empty(), "a file has steps");
    steps
}

/// A wish with all that a new mailbox needs here: one with a password is meant to be new.
pub(super) fn complete(kind: Type, wish: &str) -> String {
    let Some(needs) = kind.needs() else { return wish.to_owned() };
    let mut is_mailbox = false;
    let mut complete = |line: &str| {
        if !line.starts_with(' ') {
            is_mailbox = line == "mailboxes:";
        }
        let Some((before, after)) = line.split_once(PASSWORD).filter(|_| is_mailbox) else {
            return line.to_owned();
        };
        let given =
            |key: &str| key.split_once(": ").is_some_and(|(name, _)| line.contains(&format!("{name}: ")));
        let missing = needs.split(", ").filter(|key| *key == PASSWORD || !given(key));
        before.to_owned() + &missing.collect::<Vec<_>>().join(", ") + after
    };
    wish.lines().map(|line| complete(line) + "\n").collect()
}

/// What differs between two dumps, row by row.
fn differences(before: &Dump, after: &Dump) -> String {
    let mut text = String::new();
    let keys: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys {
        if before.get(key) == after.get(key) {
            continue;
        }
        for (sign, dump) in [('-', before), ('+', after)] {
            if let Some(row) = dump.get(key) {
                let _ = writeln!(text, "  {sign} {}", format!("{key}: {row}").trim_end_matches([' ', ':']));
            }
        }
    }
    text
}

async fn step(service: &dyn Service, title: &str, wish: &str) -> String {
    let mut told = format!("== {title}\n");
    let before = service.dump().await;
    let site = match Site::load(service, wish) {
        Ok(site) => site,
        Err(problems) => {
            for problem in &problems.diagnostics {
                let at = problem.at.as_ref().map_or(String::new(), |excerpt| format!(" at {}", excerpt.at));
                let word = if problem.severity == Severity::Error { "refused" } else { "warned" };
                let _ = writeln!(told, "  {word}{at}: {}: {}", problem.code, problem.message);
                if let Some(help) = &problem.help {
                    let _ = writeln!(told, "    help: {help}");
                }
            }
            return told;
        }
    };
    let (providers, plan) = site.look().await;
    for change in &plan.changes {
        let _ = writeln!(told, "  {}", line(change));
    }
    let outcome = site.apply(service, &providers, &plan, Cut::Never).await.expect("nobody kills it");
    let mut failed = false;
    for (change, state) in results(&plan, &outcome).filter(|(change, _)| change.is_ready()) {
        match state {
            ResultState::Done => {}
            ResultState::Failed { error, hint } => {
                failed = true;
                let _ = writeln!(told, "  {} failed: {error}", change.id);
                if let Some(hint) = hint {
                    let _ = writeln!(told, "    hint: {hint}");
                }
            }
            ResultState::Skipped { reason } if failed => {
                let _ = writeln!(told, "  {} skipped: {reason}", change.id);
            }
            other => panic!("{title}: {} {other:?}\n{}", change.id, lines(&plan)),
        }
    }
    let after = service.dump().await;
    told.push_str(&differences(&before, &after));
    if failed {
        return told;
    }
    second_run(service, &site, title, &plan).await;
    assert_eq!(after, service.dump().await, "{title}: the second run changes nothing");
    told
}

/// A new process reads, plans and applies the same wish again: nothing is ready, nothing is written.
async fn second_run(service: &dyn Service, site: &Site, title: &str, first: &Plan) {
    let trace = service.trace().await;
    let (providers, again) = site.look().await;
    assert_eq!(again.ready().count(), 0, "{title}\n{}and again\n{}", lines(first), lines(&again));
    // What a service makes along with something else may be held before and be there after.
    assert!(held(&again).is_subset(&held(first)), "{title}\n{}and again\n{}", lines(first), lines(&again));
    site.apply(service, &providers, &again, Cut::Never).await.expect("nobody kills it");
    assert_eq!(trace, service.trace().await, "{title}: the second run writes nothing");
}

/// The files of the suite, in order.
pub(super) fn files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    files.sort();
    assert!(files.len() >= 10, "the suite is there: {files:?}");
    files
}

fn conforms(kind: Type) {
    let mut wrong = Vec::new();
    for file in files() {
        let text = std::fs::read_to_string(&file).expect("readable");
        let (name, told) = kind.block_on(async {
            let service = kind.fresh().await;
            let mut told = String::new();
            for (title, wish) in steps(&text) {
                told += &step(&*service, title, &complete(kind, &wish)).await;
            }
            // A port is another each time.
            for server in service.servers() {
                told = told.replace(&server.url(), "http://SERVER");
            }
            (service.type_name(), told)
        });
        let golden = file.with_extension(format!("{name}.txt"));
        if std::env::var("SNAPSHOTS").is_ok_and(|word| word == "overwrite") {
            std::fs::write(&golden, &told).expect("written");
        } else if std::fs::read_to_string(&golden).unwrap_or_default() != told {
            wrong.push(format!("{} is not what is so now:\n{told}", golden.display()));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nrun with SNAPSHOTS=overwrite and look at the difference",
        wrong.join("\n")
    );
}

#[test]
fn a_box_conforms() {
    conforms(Type::MailInABox);
}

#[test]
fn a_database_conforms() {
    databases().for_each(conforms);
}

#[test]
fn a_filter_conforms() {
    conforms(Type::Censornet);
}

#[test]
fn exchange_conforms() {
    conforms(Type::Rackspace);
}

#[test]
fn open_xchange_conforms() {
    conforms(Type::OpenXchange);
}

#[test]
fn atmail_conforms() {
    conforms(Type::Atmail);
}

/// Every step again with a filter before the box: what concerns the box is the same to the line.
#[test]
fn a_filter_changes_nothing_of_what_its_store_does() {
    for file in files() {
        let text = std::fs::read_to_string(&file).expect("readable");
        if text.contains("filters:") {
            continue;
        }
        Type::FilteredBox.block_on(async {
            let service = Type::FilteredBox.fresh().await;
            let mut told = String::new();
            for (title, wish) in steps(&text) {
                let wish = wish.replace(Type::MailInABox.serving(), Type::FilteredBox.serving());
                told += &step(&*service, title, &wish).await;
            }
            let of_filter =
                ["registration:gate:", " registration ", "    hint: the service does not tell why"];
            let of_box = |line: &&str| !of_filter.iter().any(|word| line.contains(word));
            let golden = std::fs::read_to_string(file.with_extension("mailinabox.txt")).expect("a golden");
            // Where all that serve an address are named, it is one of them.
            let told = told.replace(", `gate` (censornet)", "");
            let told: Vec<&str> = told.lines().filter(of_box).collect();
            assert_eq!(told, golden.lines().collect::<Vec<_>>(), "{}", file.display());
        });
    }
}
