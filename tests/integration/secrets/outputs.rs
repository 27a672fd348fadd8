//! Everything that a run shows, with services that are well, broken and careless.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use mailwright::sandbox::{Fault, FaultKind};

use super::canary::Canary;
use super::echo::{FORMS, Manner, STATUSES};
use super::seed::{cases, pick, random};
use super::world::{WAYS, Way, World};
use crate::process::bench::{Ran, ended, signal_to};
use crate::tally::{self, What};

/// Every command with its forms, in the order of a first day: nothing is there, then it is applied, then looked at.
const COMMANDS: [&str; 17] = [
    "validate mail",
    "plan mail",
    "plan mail --format json",
    "plan mail --format markdown",
    "plan mail --out plan.json --report plan.md --report plan.txt",
    "doctor mail",
    "apply mail --yes --report outcome.json --report outcome.md --report outcome.txt",
    "apply mail --plan plan.json --yes",
    "plan mail",
    "audit mail --report found.sarif --report found.json --report found.md --report found.csv",
    "audit mail --access-review",
    "export mail",
    "show env@example.com mail --format json",
    "show made@example.com mail",
    "trace team@example.com mail",
    "access made@example.com mail",
    "doctor mail --format json",
];

/// How much is said: everything that any library in the program has to say, or what people ask for.
const ALL: [&str; 2] = ["--log-format text", "--log-format json"];
const SOME: [&str; 6] = ["-q", "", "-v", "-vv", "-vvv --log-format json", "-vvvv"];

fn arguments<'a>(command: &'a str, more: &'a str) -> Vec<&'a str> {
    command.split(' ').chain(more.split(' ').filter(|word| !word.is_empty())).collect()
}

/// Runs every command of one connection.
async fn day(way: Way) -> usize {
    let mut random = random(format!("day {way:?}"));
    let mut world = World::fresh(way, None).await;
    for command in COMMANDS {
        world.bench.set("MAILWRIGHT_LOG", "trace");
        world.bench.set("RUST_LOG", "trace");
        world.run(&arguments(command, pick(&mut random, &ALL))).await;
        world.bench.set("MAILWRIGHT_LOG", "");
        world.run(&arguments(command, pick(&mut random, &SOME))).await;
    }
    // The day was worth searching: the service was written to, with the secrets that were planted.
    let writes = world.server.requests().iter().filter(|request| request.method != "GET").count();
    assert!(writes > 0, "{way:?} was never written to");
    world.search.pairs
}

/// Where a fault strikes, and which.
fn faults() -> Vec<FaultKind> {
    let long = Some(Duration::from_secs(1_000_000));
    vec![
        FaultKind::Throttled { retry_after: long },
        FaultKind::Unavailable { retry_after: long },
        FaultKind::ErrorBefore,
        FaultKind::ErrorAfterCommit,
        FaultKind::LostReply,
        FaultKind::Reset,
        FaultKind::Hang,
        FaultKind::CutShort,
        FaultKind::HalfBody,
        FaultKind::ContentType("text/html".to_owned()),
        FaultKind::HtmlPage,
        FaultKind::SessionsExpired,
        FaultKind::Redirect { status: StatusCode::FOUND, to: "https://elsewhere.example".to_owned() },
        FaultKind::Repeat,
    ]
}

/// Longer than a run needs that does not read back.
const LONG: Duration = Duration::from_secs(10);

/// Runs the program to its end; once a write was struck it is told to stop, and then to stop at once: it may read back
/// for minutes. What is said until then is what is searched.
async fn cut_short(world: &World, arguments: &[&str]) -> Ran {
    let child = world.bench.start(arguments.iter().copied());
    let pid = child.id().expect("it runs");
    let struck = async {
        let is_struck =
            || world.server.requests().iter().any(|r| r.fault.is_some() && r.method != Method::GET);
        let begun = tokio::time::Instant::now();
        while !is_struck() && begun.elapsed() < LONG {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        signal_to(pid, "INT").await;
        tokio::time::sleep(LONG / 2).await;
        signal_to(pid, "INT").await;
        std::future::pending::<Ran>().await
    };
    tokio::select! {
        ran = ended(child) => ran,
        ran = struck => ran,
    }
}

async fn broken(way: Way) -> usize {
    let mut random = random(format!("broken {way:?}"));
    let faults = faults();
    let mut pairs = 0;
    for _ in 0..cases(4) {
        let mut world = World::fresh(way, None).await;
        world.bench.set("MAILWRIGHT_LOG", "trace");
        let (kind, nth) = (pick(&mut random, &faults), 1 + random() % 9);
        world.server.faults().add(Fault::new(kind.clone()).nth(nth));
        let ran =
            cut_short(&world, &arguments("apply mail --yes --report o.json", pick(&mut random, &ALL))).await;
        world.searched(&ran, &format!("{way:?}: {} at call {nth}", kind.name()));
        pairs += world.search.pairs;
    }
    pairs
}

async fn careless(way: Way) -> usize {
    let mut random = random(format!("careless {way:?}"));
    let (mut pairs, mut repeated) = (0, 0);
    for case in 0..cases(8) {
        let small = |number: u64| usize::try_from(number).expect("small");
        let manner = Manner {
            passes: small(if case % 2 == 0 { random() % 2 } else { random() % 9 }),
            status: pick(&mut random, &STATUSES),
            form: pick(&mut random, &FORMS),
            first: small(random() % 12),
            before: small(if random() % 2 == 0 { 0 } else { 150 + random() % 60 }),
        };
        let mut world = World::fresh(way, Some(manner)).await;
        let command =
            pick(&mut random, &["plan mail", "doctor mail", "apply mail --yes", "apply mail --yes"]);
        world.bench.set("MAILWRIGHT_LOG", if random() % 2 == 0 { "trace" } else { "" });
        world.run(&arguments(command, pick(&mut random, &ALL))).await;
        repeated += world.echo.as_ref().expect("one").repeated();
        pairs += world.search.pairs;
    }
    assert!(repeated > 0, "{way:?} met no echo");
    pairs
}

#[tokio::test]
async fn no_command_shows_a_secret() {
    let mut pairs = 0;
    for way in WAYS {
        pairs += day(way).await;
    }
    tally::held(What::Canaries, "secrets-commands", pairs);
}

#[tokio::test]
async fn no_fault_brings_a_secret_out() {
    let all = futures_util::future::join_all(WAYS.map(broken)).await;
    tally::held(What::Canaries, "secrets-faults", all.iter().sum());
}

#[tokio::test]
async fn a_service_that_repeats_what_it_was_sent_brings_no_secret_out() {
    let all = futures_util::future::join_all(WAYS.map(careless)).await;
    tally::held(What::Canaries, "secrets-echoes", all.iter().sum());
}

#[tokio::test]
async fn what_cannot_be_reached_or_trusted_shows_no_secret() {
    let mut pairs = 0;
    for way in WAYS {
        let mut world = World::fresh(way, None).await;
        let address = world.server.address();
        let well = world.bench.read("mail/mail.yaml");
        // Nobody listens; what listens speaks no TLS; the authorities are no certificates but a secret.
        let nobody = well.replace(&address.to_string(), "127.0.0.1:1");
        let plain = well.replace("http://", "https://");
        let no_authority = plain.replace("timeout: 1,", "timeout: 1, ca_file: secrets/file,");
        for text in [nobody, plain, no_authority] {
            world.bench.write("mail/mail.yaml", &text);
            world.bench.set("MAILWRIGHT_LOG", "trace");
            world.run(&["doctor", "mail"]).await;
        }
        pairs += world.search.pairs;
    }
    tally::held(What::Canaries, "secrets-unreached", pairs);
}

#[tokio::test]
async fn the_address_of_a_database_is_never_shown() {
    let mut pairs = 0;
    for scheme in ["postgres", "mysql", "mariadb", "oracle", "sqlite"] {
        let password = Canary::signs("the database's password");
        let coded = password.value.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        for address in [
            format!("{scheme}://me:{coded}@127.0.0.1:1/mail"),
            format!("{scheme}://me:{}@127.0.0.1:1/mail", password.value),
            format!("{scheme}://me:{coded}@127.0.0.1:port/mail?sslmode={coded}"),
            format!("{scheme}://me@127.0.0.1:1/mail?password={coded}&user={coded}"),
            format!("{scheme}:{}", password.value),
        ] {
            let mut world = World::fresh(Way::PostfixAdmin, None).await;
            let well = world.bench.read("mail/mail.yaml");
            let text = well.replace("\"sqlite:directory.db\", create: true", "{env: DATABASE}");
            assert_ne!(well, text);
            world.bench.write("mail/mail.yaml", &text);
            world.bench.set("DATABASE", &address);
            world.bench.set("MAILWRIGHT_LOG", "trace");
            world.search.add(password.clone());
            world.search.add(Canary::of("the database's address", address.clone()));
            let ran = world.run(&["plan", "mail"]).await;
            assert_eq!(ran.code, Some(1), "{ran}");
            pairs += world.search.pairs;
        }
    }
    tally::held(What::Canaries, "secrets-databases", pairs);
}
