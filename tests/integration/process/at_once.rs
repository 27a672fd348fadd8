//! Two runs at once: on one machine, where a lock keeps them apart, and on two, where nothing does. And a place for
//! lock and journal that cannot be used.
#![cfg(unix)]

use std::fs;
use std::time::Duration;

use axum::http::Method;
use mailwright::sandbox::{Fault, FaultKind, Recorded, Running};
use tokio::process::Command;

use crate::tally::{self, What};

use super::bench::{Ran, ended, simulated_box};
use super::{Bench, shows};

const SIX: &str = "domains:\n  example.com: {provider: box}\nprofiles:\n  staff: {password: {env: NORA_PASSWORD}}\nmailboxes:\n  \
                   a@example.com: {profile: staff, quota: 1 GiB}\n  b@example.com: {profile: staff}\n  c@example.com: {profile: staff}\n  \
                   d@example.com: {profile: staff}\n  e@example.com: {profile: staff}\n  f@example.com: {profile: staff}\naliases:\n  \
                   all@example.com: [a@example.com, b@example.com]\n";

/// Where a box is told to make a mailbox.
const ADD: &str = "/mail/users/add";

fn added(service: &Running) -> u64 {
    service.counters().of(&Method::POST, ADD)
}

async fn held_at(service: &Running, nth: u64) {
    while added(service) < nth {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A box that holds the reply to the third mailbox, until the faults are cleared and the process is gone.
async fn held() -> (Running, Bench) {
    let service = simulated_box().await;
    service.faults().add(Fault::new(FaultKind::Slow(Duration::from_mins(5))).nth(3).to(Method::POST, ADD));
    let bench = Bench::boxed(&service.url(), SIX);
    bench.edit("mail/providers.yaml", "timeout: 2", "timeout: 30");
    (service, bench)
}

#[tokio::test]
async fn only_an_apply_waits_for_nobody_and_is_refused() {
    let (service, bench) = held().await;
    let mut first = bench.start(["apply", "mail", "--yes"]);
    held_at(&service, 3).await;
    // The plan, the audit and whatever only reads need no lock; another spelling of the folder is the same folder.
    for (arguments, code) in [
        (["plan", "mail", "--detailed-exitcode"].as_slice(), 2),
        (&["audit", "mail"], 2),
        (&["export", "mail"], 0),
        (&["apply", "mail", "--yes"], 6),
        (&["apply", "./mail/../mail/", "--yes"], 6),
    ] {
        let ran = bench.run(arguments.iter().copied()).await;
        assert_eq!(ran.code, Some(code), "{arguments:?}: {ran}");
        if code == 6 {
            let pid = first.id().expect("it runs");
            let told = format!("error: another run applies this configuration, process {pid} on ");
            assert!(ran.err.starts_with(&told) && ran.err.contains(", since 2"), "{ran}");
            assert_eq!(ran.out, "", "nothing is read or planned");
        }
    }
    first.kill().await.expect("killed");
    let ran = bench.run(["apply", "mail", "--yes"]).await;
    assert_eq!(ran.code, Some(0), "the lock of a dead process is none: {ran}");
    tally::held(What::Races, "one-machine-held", 5);
    drop(service);
}

#[tokio::test]
async fn of_runs_that_start_at_the_same_moment_one_works_at_a_time() {
    const ROUNDS: usize = 12;
    let mut refused = 0;
    for round in 0..ROUNDS {
        let service = simulated_box().await;
        let bench = Bench::boxed(&service.url(), SIX);
        let runs = [(); 3].map(|()| bench.start(["apply", "mail", "--yes"]));
        let mut worked = 0;
        for run in runs {
            let ran = ended(run).await;
            match ran.code {
                Some(0) => worked += 1,
                Some(6) => {
                    refused += 1;
                    assert!(ran.err.starts_with("error: another run applies this configuration"), "{ran}");
                }
                _ => panic!("round {round}: {ran}"),
            }
        }
        assert!(worked >= 1, "round {round}");
        assert_eq!(added(&service), 6, "round {round}: nobody makes a mailbox that another one makes");
        assert_eq!(bench.run(["plan", "mail", "--detailed-exitcode"]).await.code, Some(0));
        service.stop().await;
    }
    assert!(refused > 0, "they never met");
    tally::held(What::Races, "one-machine-at-once", ROUNDS);
}

/// How many mailboxes the box has made.
fn added_well(service: &Running) -> usize {
    let requests = service.requests();
    let made =
        |request: &&Recorded| request.path == ADD && request.status.is_some_and(|status| status.is_success());
    requests.iter().filter(made).count()
}

/// Where a run on another machine was first, a mailbox is not made again, whose password is not this run's: the run says
/// so, and fails.
fn told_what_was_there(ran: &Ran) {
    assert!(matches!(ran.code, Some(0 | 5)), "{ran}");
    let failed = ran.out.lines().filter(|line| line.trim_start().starts_with("failed ")).count();
    assert_eq!(failed, ran.out.matches("the box says: User already exists.").count(), "{ran}");
    assert_eq!(ran.code == Some(5), failed > 0, "{ran}");
}

#[tokio::test]
async fn two_machines_that_start_at_the_same_moment_make_everything_once() {
    const ROUNDS: usize = 8;
    for round in 0..ROUNDS {
        let service = simulated_box().await;
        let bench = Bench::boxed(&service.url(), SIX);
        let runs =
            ["here", "there"].map(|state| bench.start(["apply", "mail", "--yes", "--state-dir", state]));
        for run in runs {
            let ran = ended(run).await;
            told_what_was_there(&ran);
        }
        assert_eq!(bench.run(["apply", "mail", "--yes"]).await.code, Some(0), "round {round}");
        assert_eq!(added_well(&service), 6, "round {round}");
        assert_eq!(bench.run(["plan", "mail", "--detailed-exitcode"]).await.code, Some(0));
        service.stop().await;
    }
    tally::held(What::Races, "two-machines-at-once", ROUNDS);
}

#[tokio::test]
async fn what_another_machine_did_while_a_run_stood_still_is_kept_and_told() {
    let service = simulated_box().await;
    service.faults().add(Fault::new(FaultKind::Slow(Duration::from_secs(1))).nth(3).to(Method::POST, ADD));
    let bench = Bench::boxed(&service.url(), SIX);
    bench.edit("mail/providers.yaml", "timeout: 2", "timeout: 30");
    let first = bench.start(["apply", "mail", "--yes", "--state-dir", "here"]);
    held_at(&service, 3).await;
    // The other one wants another quota, knows an alias that the first one does not, and has what the first will make.
    bench.write("other/providers.yaml", &bench.read("mail/providers.yaml"));
    let other = SIX.replace("quota: 1 GiB", "quota: 2 GiB") + "  more@example.com: [f@example.com]\n";
    bench.write("other/mail.yaml", &other);
    let second = bench.run(["apply", "other", "--yes", "--state-dir", "there"]).await;
    assert_eq!(second.code, Some(0), "{second}");
    let first = ended(first).await;
    told_what_was_there(&first);
    assert_eq!(first.code, Some(5), "three were there: {first}");
    assert_eq!(bench.run(["plan", "other", "--detailed-exitcode"]).await.code, Some(0), "{first}");
    let left = bench.run(["plan", "mail"]).await;
    shows!(left, @"
Plan ID · example.com on box · 7 mailboxes, 10 aliases read, complete · 2 calls

  ~ mailbox  a@example.com  quota 2 GiB → 1 GiB  mail.yaml:6:42

1 to change · 1 write. Nothing was changed.
--- exit 0
");
    tally::held(What::Races, "two-machines-held", 1);
    service.stop().await;
}

#[tokio::test]
async fn a_lock_that_is_none_is_told_and_nothing_is_sent() {
    let service = simulated_box().await;
    let bench = Bench::boxed(&service.url(), SIX);
    assert_eq!(bench.run(["plan", "mail"]).await.code, Some(0));
    bench.write("precious", "kept\n");
    bench.write("file", "");
    // The lock's name is the configuration's; a first run says which.
    bench.write("mail/mail.yaml", "domains:\n  example.com: {provider: box}\n");
    assert_eq!(bench.run(["apply", "mail", "--yes"]).await.code, Some(0));
    bench.write("mail/mail.yaml", SIX);
    let lock = fs::read_dir(bench.path("mail/.mailwright"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .find(|path| path.extension().is_some_and(|ending| ending == "lock"))
        .expect("a lock");
    service.clear();
    let refused = async |arguments: &[&str], told: &str| {
        let ran = bench.run(["apply", "mail", "--yes"].iter().chain(arguments).copied()).await;
        assert_eq!(ran.code, Some(1), "{ran}");
        assert!(
            ran.err.contains(told) && ran.err.contains("hint: --state-dir names another folder"),
            "{ran}"
        );
    };
    fs::remove_file(&lock).expect("removed");
    std::os::unix::fs::symlink(bench.path("precious"), &lock).expect("a link");
    refused(&[], ".lock cannot be taken: it is a symbolic link").await;
    assert_eq!(bench.read("precious"), "kept\n");
    fs::remove_file(&lock).expect("removed");
    fs::create_dir(&lock).expect("a folder");
    refused(&[], ".lock cannot be taken: it is a folder").await;
    fs::remove_dir(&lock).expect("removed");
    refused(&["--state-dir", "file"], "the lock file/apply-").await;
    refused(&["--state-dir", "file/within"], "the lock file/within/apply-").await;
    refused(&["--state-dir", "/proc/nowhere"], "the lock /proc/nowhere/apply-").await;
    assert_eq!(service.requests().len(), 0, "nothing is even read");
    // The journal comes after the reading, and before anything is written.
    bench.write("state/journal", "");
    refused(&["--state-dir", "state"], "the journal state/journal cannot be made").await;
    assert!(service.requests().iter().all(|request| request.method != Method::POST));
    tally::held(What::Races, "no-lock", 6);
    service.stop().await;
}

/// Runs an apply that can write files of so many blocks of 512 bytes only, as on a disk that is full.
async fn on_a_full_disk(bench: &Bench, blocks: u32) -> Ran {
    let plain = bench.command(["apply", "mail", "--yes"]);
    let plain = plain.as_std();
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")])
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(plain.get_current_dir().expect("a folder"))
        .env_clear()
        .envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true);
    ended(command.spawn().expect("started")).await
}

#[tokio::test]
async fn on_a_full_disk_nothing_is_sent_that_is_not_journalled() {
    const MOST: u32 = 6;
    let mut stopped = 0;
    for blocks in 0..MOST {
        let service = simulated_box().await;
        let bench = Bench::boxed(&service.url(), SIX);
        let ran = on_a_full_disk(&bench, blocks).await;
        let journal: String = fs::read_dir(bench.path("mail/.mailwright/journal"))
            .into_iter()
            .flatten()
            .map(|entry| fs::read_to_string(entry.expect("an entry").path()).expect("text"))
            .collect();
        // What follows the last line end is a record that was cut.
        let whole = journal.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let made = whole.matches("\"intent\":{\"change\":\"create:mailbox").count() as u64;
        assert_eq!(added(&service), made, "{blocks} blocks: {ran}\n{journal}");
        if blocks == 0 {
            assert_eq!((ran.code, service.requests().len()), (Some(1), 0), "{ran}");
            assert!(ran.err.contains(".lock cannot be taken: File too large"), "{ran}");
        } else if ran.code != Some(0) {
            stopped += 1;
            assert_eq!(ran.code, Some(5), "{ran}");
            assert!(ran.out.contains("nothing is sent that the journal does not hold"), "{ran}");
        }
        let again = bench.run(["apply", "mail", "--yes"]).await;
        assert_eq!(again.code, Some(0), "{again}");
        assert_eq!(added(&service), 6, "{blocks} blocks");
        let last = bench.run(["apply", "mail", "--yes"]).await;
        assert_eq!((last.code, last.err.as_str()), (Some(0), ""), "{last}");
        service.stop().await;
    }
    assert!(stopped > 0, "the disk was never full");
    tally::held(What::Kills, "full-disk", MOST as usize);
}
