//! The program itself, killed by the system half-way, and what the next run of it says and does.
//!
//! A service that is simulated in this process holds a write before or after it is processed, so that the program is at
//! a known place; elsewhere the journal is watched, and the kill comes at the record. `MAILWRIGHT_MATRIX=full` tries
//! every place; otherwise `MAILWRIGHT_WIRE_SEED` picks some.
#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::http::Method;
use mailwright::model::SecretRef;
use mailwright::provider::Secrets as _;
use mailwright::sandbox::{Fault, FaultKind, Running};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use tokio::process::Child;

use crate::process::bench::{Bench, PATIENCE, Ran, ended};
use crate::tally::{self, What};

use super::mailinabox::Simulated;
use super::postfixadmin::Engine;
use super::rich::rich;
use super::service::{Dump, Known, Service, Type};
use super::site::Site;

/// The secrets that connections and wishes of these tests refer to.
const SECRETS: [&str; 6] = [
    "BOX_PASSWORD",
    "EXCHANGE_USER_KEY",
    "EXCHANGE_SECRET_KEY",
    "CLOUD_SECRET",
    "ATMAIL_PASSWORD",
    "FIRST_PASSWORD",
];

/// Where a run is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kill {
    /// This request of this server is a write that has arrived; nothing is done of it.
    Arrived(usize, u64),
    /// The same; it is done, and nobody was told.
    Done(usize, u64),
    /// The journal has so many records.
    Recorded(usize),
    /// So many passwords are made, and the next one is being written.
    Drafted(usize),
}

/// A folder with a wish for a service, with one call at a time.
pub(super) async fn bench(service: &dyn Service, wish: &str) -> Bench {
    let mut bench = Bench::empty();
    let mut connections = String::from("version: 1\nproviders:\n");
    for (name, keys) in service.connections() {
        let keys = if service.servers().is_empty() {
            keys
        } else {
            keys.trim_end_matches('}').to_owned() + ", max_in_flight: 1}"
        };
        let _ = writeln!(connections, "  {name}: {keys}");
    }
    bench.write("mail/providers.yaml", &connections);
    bench.write("mail/wish.yaml", wish);
    for name in SECRETS {
        let secret = Known.reveal(&SecretRef::Env(name.into()), "").await.expect("known");
        bench.set(name, secret.expose_secret());
    }
    bench
}

fn is_write(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

/// The journals of a bench, oldest first, each with its lines; the last line of a killed one may be cut.
fn journals(bench: &Bench) -> Vec<Vec<Value>> {
    let folder = bench.path("mail/.mailwright/journal");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let text = fs::read(path).expect("readable");
        let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
        // What follows the last line end is nothing, or cut.
        lines.pop();
        lines.iter().map(|line| serde_json::from_slice(line).expect("a whole line is an object")).collect()
    };
    paths.iter().map(read).collect()
}

/// The changes of a journal that have an intent and no result.
fn in_doubt(journal: &[Value]) -> BTreeSet<String> {
    let mut open = BTreeSet::new();
    for line in journal {
        let of = |what: &str| line["entry"][what]["change"].as_str().map(str::to_owned);
        if let Some(change) = of("intent") {
            assert!(open.insert(change), "an intent stands twice");
        } else if let Some(change) = of("result") {
            assert!(open.remove(&change), "a result has an intent");
        }
    }
    open
}

/// The changes that a run says an earlier one left in doubt.
fn said(ran: &Ran) -> BTreeSet<String> {
    let note = "note: an earlier run left in doubt whether this was done: ";
    let said: Vec<String> =
        ran.err.lines().filter_map(|line| line.strip_prefix(note)).map(str::to_owned).collect();
    let once: BTreeSet<String> = said.iter().cloned().collect();
    assert_eq!(said.len(), once.len(), "each once: {ran}");
    once
}

/// Fails the test where a run left something behind that is none of what stays.
fn tidy(bench: &Bench, told: &str) {
    let mut folders = vec![bench.path("mail")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(bench.path("mail")).expect("within").to_string_lossy().into_owned();
            let stays = match Path::new(&name).extension().and_then(|ending| ending.to_str()) {
                Some("yaml") => !name.contains('/'),
                Some("jsonl") => name.starts_with(".mailwright/journal/"),
                Some("lock") => {
                    name.starts_with(".mailwright/apply-") && fs::read(&path).expect("read").is_empty()
                }
                _ => name.starts_with("passwords/") && !name.contains("/."),
            };
            assert!(stays, "{name} is left behind\n{told}");
        }
    }
}

/// Waits, without a pause of its own, until something is so. False where the run ended before.
async fn until(run: &mut Child, is_so: impl Fn() -> bool) -> bool {
    let waiting = async {
        loop {
            if is_so() {
                return true;
            }
            if run.try_wait().expect("a child").is_some() {
                return is_so();
            }
            tokio::time::sleep(Duration::from_micros(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("the place is reached")
}

fn struck(server: &Running) -> bool {
    server.requests().iter().any(|request| request.fault.is_some())
}

/// Starts a run and kills it there; none where it had ended before.
async fn killed(bench: &Bench, service: &dyn Service, kill: Kill) -> Ran {
    let servers = service.servers();
    for server in &servers {
        server.clear();
    }
    match kill {
        Kill::Arrived(server, nth) => servers[server].faults().add(Fault::new(FaultKind::Hang).nth(nth)),
        Kill::Done(server, nth) => {
            servers[server].faults().add(Fault::new(FaultKind::Slow(Duration::from_mins(2))).nth(nth));
        }
        Kill::Recorded(_) | Kill::Drafted(_) => {}
    }
    let mut run = bench.start(["apply", "mail", "--yes"]);
    let reached = match kill {
        Kill::Arrived(server, _) | Kill::Done(server, _) => until(&mut run, || struck(servers[server])).await,
        Kill::Recorded(records) => {
            until(&mut run, || journals(bench).last().is_some_and(|lines| lines.len() >= records)).await
        }
        Kill::Drafted(made) => {
            let is_so = || {
                let (drafts, passwords): (Vec<_>, Vec<_>) =
                    passwords(bench).into_keys().partition(|name| name.starts_with('.'));
                !drafts.is_empty() && passwords.len() >= made
            };
            until(&mut run, is_so).await
        }
    };
    let is_held = matches!(kill, Kill::Arrived(..) | Kill::Done(..));
    assert!(reached || !is_held, "{kill:?} is not reached: {}", ended(run).await);
    // A service in this process has done what it was told before anything else has its turn so often.
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
    // Where it has ended by itself, there is nobody to kill.
    let _ = run.start_kill();
    for server in &servers {
        server.faults().clear();
    }
    ended(run).await
}

/// What an undisturbed run does and how it ends.
struct Whole {
    wanted: Dump,
    code: Option<i32>,
    /// How a plan ends that finds nothing to do.
    plan_code: Option<i32>,
    kills: Vec<Kill>,
}

/// A service that holds the first of the rich wishes, and a bench with the second one.
async fn ready(kind: Type) -> (Box<dyn Service>, Bench) {
    let (one, two) = rich(kind);
    let service = kind.fresh().await;
    Site::load(&*service, &one).expect("loads").run(&*service).await;
    let bench = bench(&*service, &two).await;
    (service, bench)
}

async fn whole(kind: Type) -> Whole {
    let (service, bench) = ready(kind).await;
    for server in service.servers() {
        server.clear();
    }
    let ran = bench.run(["apply", "mail", "--yes"]).await;
    assert!(matches!(ran.code, Some(0 | 3)), "{ran}");
    let mut kills = Vec::new();
    for (index, server) in service.servers().iter().enumerate() {
        let requests = server.requests();
        let writes = requests
            .iter()
            .zip(1..)
            .filter(|(request, _)| is_write(&request.method) && request.path != "/login");
        kills.extend(writes.flat_map(|(_, nth)| [Kill::Arrived(index, nth), Kill::Done(index, nth)]));
    }
    let journal = journals(&bench).pop().expect("a journal");
    assert!(journal.len() > 20, "a rich run: {ran}");
    assert_eq!(in_doubt(&journal), BTreeSet::new());
    kills.extend((1..=journal.len()).map(Kill::Recorded));
    let again = bench.run(["plan", "mail", "--detailed-exitcode"]).await;
    assert!(again.code == ran.code, "{again}");
    Whole { wanted: service.dump().await, code: ran.code, plan_code: again.code, kills }
}

/// Kills a run, and looks at the two that follow.
async fn survives(kind: Type, whole: &Whole, kill: Kill) {
    let (service, bench) = ready(kind).await;
    let dead = killed(&bench, &*service, kill).await;
    if matches!(kill, Kill::Arrived(..) | Kill::Done(..)) {
        assert_eq!(dead.code, None, "it was killed");
    }
    let journal = journals(&bench).pop().unwrap_or_default();
    let doubts = in_doubt(&journal);
    let ran = bench.run(["apply", "mail", "--yes", "--verbose"]).await;
    let told = format!("MAILWRIGHT_WIRE_SEED={}: {kill:?}\nfirst\n{dead}\nthen\n{ran}", seed());
    assert_eq!(said(&ran), doubts, "{told}");
    if dead.code.is_none() {
        assert_eq!(ran.code, whole.code, "{told}");
    }
    assert_eq!(service.dump().await, whole.wanted, "{told}");
    let last = bench.run(["apply", "mail", "--yes"]).await;
    assert_eq!(said(&last), BTreeSet::new(), "no doubt is told for ever: {last}\n{told}");
    let plan = bench.run(["plan", "mail", "--detailed-exitcode"]).await;
    assert_eq!(plan.code, whole.plan_code, "{plan}\n{told}");
    tidy(&bench, &told);
}

/// What the files of generated passwords hold, drafts too.
fn passwords(bench: &Bench) -> BTreeMap<String, String> {
    let entries = fs::read_dir(bench.path("mail/passwords")).into_iter().flatten();
    let files = entries.map(|entry| entry.expect("an entry").path());
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    // A draft may go between the list and the look.
    files.filter_map(|path| Some((name(&path), fs::read_to_string(&path).ok()?))).collect()
}

fn seed() -> u64 {
    std::env::var("MAILWRIGHT_WIRE_SEED").ok().map_or(1, |text| text.parse().expect("a whole number"))
}

fn is_full() -> bool {
    std::env::var("MAILWRIGHT_MATRIX").is_ok_and(|word| word == "full")
}

/// Some of a list that a seed picks, spread over all of it; or the whole list.
fn some<T: Copy>(all: &[T], count: usize) -> Vec<T> {
    if is_full() || all.len() <= count {
        return all.to_vec();
    }
    let start = usize::try_from(seed().wrapping_mul(7919) % all.len() as u64).expect("below a length");
    let at = |n: usize| all[(start + n * all.len() / count) % all.len()];
    (0..count).map(at).collect()
}

fn survives_sigkill(kind: Type) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let whole = whole(kind).await;
        let mut kills = some(&whole.kills, 5);
        // Where the last write was done, the next run has nothing to do, and must settle the doubt all the same.
        let last = whole.kills.iter().rfind(|kill| matches!(kill, Kill::Done(..)));
        kills.extend(last.filter(|last| !kills.contains(last)));
        for kill in &kills {
            survives(kind, &whole, *kill).await;
        }
        tally::held(What::Kills, &format!("sigkill-{}", kind.word()), kills.len());
    });
}

#[test]
fn a_run_on_a_box_is_killed_by_the_system() {
    survives_sigkill(Type::MailInABox);
}

#[test]
fn a_run_on_a_database_is_killed_by_the_system() {
    survives_sigkill(Type::PostfixAdmin(Engine::Sqlite));
}

#[test]
fn a_run_on_a_filter_is_killed_by_the_system() {
    survives_sigkill(Type::Censornet);
}

#[test]
fn a_run_on_a_filtered_box_is_killed_by_the_system() {
    survives_sigkill(Type::FilteredBox);
}

#[test]
fn a_run_on_exchange_is_killed_by_the_system() {
    survives_sigkill(Type::Rackspace);
}

#[test]
fn a_run_on_open_xchange_is_killed_by_the_system() {
    survives_sigkill(Type::OpenXchange);
}

#[test]
fn a_run_on_atmail_is_killed_by_the_system() {
    survives_sigkill(Type::Atmail);
}

const GENERATED: &str = "
version: 1
domains:
  example.com: {provider: svc}
profiles:
  staff: {password: {generate: {dir: passwords}}}
mailboxes:
  ann@example.com: {profile: staff}
  bob@example.com: {profile: staff}
  cat@example.com: {profile: staff}
";

/// A password is in its file, whole and for good, before the service has it.
#[tokio::test]
async fn a_generated_password_is_never_lost() {
    let names = ["ann@example.com", "bob@example.com", "cat@example.com"];
    let mut kills: Vec<Kill> = (0..3).flat_map(|made| [Kill::Drafted(made); 4]).collect();
    let first = {
        let service = Simulated::fresh().await;
        let bench = bench(&service, GENERATED).await;
        assert_eq!(bench.run(["apply", "mail", "--yes"]).await.code, Some(0));
        let requests = service.server.requests();
        let mut adds = requests.iter().zip(1..).filter(|(request, _)| request.path == "/mail/users/add");
        adds.next().expect("a mailbox is made").1
    };
    kills.extend((first..first + 3).flat_map(|nth| [Kill::Arrived(0, nth), Kill::Done(0, nth)]));
    for kill in &kills {
        let service = Simulated::fresh().await;
        let bench = bench(&service, GENERATED).await;
        let dead = killed(&bench, &service, *kill).await;
        let before = passwords(&bench);
        let ran = bench.run(["apply", "mail", "--yes"]).await;
        let told = format!("{kill:?}\n{dead}\n{ran}");
        assert_eq!(ran.code, Some(0), "{told}");
        let after = passwords(&bench);
        assert_eq!(after.keys().map(String::as_str).collect::<Vec<_>>(), names, "{told}");
        for (name, password) in &after {
            assert_eq!(password.len(), 33, "{told}");
            assert!(service.sandbox.password_is(name, password.trim_end()), "{name}: {told}");
            assert!(before.get(name).is_none_or(|before| before == password), "{name}: {told}");
        }
        tidy(&bench, &told);
    }
    tally::held(What::Kills, "sigkill-generated", kills.len());
}
