//! Ctrl-C, a kill half-way, two runs at once, and a reader that goes away.
#![cfg(unix)]

use std::time::Duration;

use axum::http::Method;
use mailwright::sandbox::{Fault, FaultKind, Running};
use tokio::io::AsyncWriteExt as _;

use super::bench::{BOX_PASSWORD, ended, read_until, signal, simulated_box};
use super::{Bench, shows};

const SIX: &str = "domains:\n  example.com: {provider: box}\nprofiles:\n  staff: {password: {env: NORA_PASSWORD}}\nmailboxes:\n  \
                   a@example.com: {profile: staff}\n  b@example.com: {profile: staff}\n  c@example.com: {profile: staff}\n  \
                   d@example.com: {profile: staff}\n  e@example.com: {profile: staff}\n  f@example.com: {profile: staff}\n";

/// A box that needs this long for the third mailbox, and a configuration of six.
async fn slow_third(kind: FaultKind) -> (Running, Bench) {
    let service = simulated_box().await;
    service.faults().add(Fault::new(kind).nth(3).to(Method::POST, "/mail/users/add"));
    let bench = Bench::boxed(&service.url(), SIX);
    (service, bench)
}

/// Waits until the third mailbox is asked for.
async fn third_call(service: &Running) {
    while service.requests().iter().filter(|request| request.path == "/mail/users/add").count() < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn ctrl_c_lets_the_call_under_way_finish_and_a_new_run_does_the_rest() {
    let (service, bench) = slow_third(FaultKind::Slow(Duration::from_millis(600))).await;
    let run = bench.start(["apply", "mail", "--yes"]);
    third_call(&service).await;
    signal(&run, "INT").await;
    let ran = ended(run).await;
    let (_, outcome) = ran.out.split_once("6 writes.\n").expect("the plan comes first");
    insta::assert_snapshot!(outcome.trim_start(), @"
skipped   create mailbox d@example.com on box  mail.yaml:9:3
            interrupted
  skipped   create mailbox e@example.com on box  mail.yaml:10:3
            interrupted
  skipped   create mailbox f@example.com on box  mail.yaml:11:3
            interrupted

3 done, 3 skipped. Interrupted: run it again to do the rest.
");
    insta::assert_snapshot!(ran.err, @"stopping  no new calls; those under way finish (Ctrl-C again ends at once)");
    assert_eq!(ran.code, Some(130));
    assert_eq!(service.counters().of(&Method::POST, "/mail/users/add"), 3);
    assert_eq!(bench.run(["apply", "mail", "--yes"]).await.code, Some(0));
    assert_eq!(bench.run(["plan", "mail", "--detailed-exitcode"]).await.code, Some(0));
    service.stop().await;
}

#[tokio::test]
async fn a_second_ctrl_c_ends_at_once() {
    let (service, bench) = slow_third(FaultKind::Slow(Duration::from_secs(20))).await;
    bench.edit("mail/providers.yaml", "timeout: 2", "timeout: 30");
    let mut run = bench.start(["apply", "mail", "--yes"]);
    third_call(&service).await;
    signal(&run, "INT").await;
    // The first one is answered before the second one is sent: two pending signals would be one.
    let err = run.stderr.as_mut().expect("a pipe");
    let mut said = Vec::new();
    while !String::from_utf8_lossy(&said).contains("Ctrl-C again") {
        tokio::io::AsyncReadExt::read_buf(err, &mut said).await.expect("readable");
    }
    let asked = std::time::Instant::now();
    signal(&run, "INT").await;
    assert_eq!(ended(run).await.code, Some(130));
    assert!(asked.elapsed() < Duration::from_secs(5));
    drop(service);
}

#[tokio::test]
async fn after_a_kill_the_next_run_tells_what_was_in_doubt_and_converges() {
    let (service, bench) = slow_third(FaultKind::Slow(Duration::from_secs(20))).await;
    let run = bench.start(["apply", "mail", "--yes"]);
    third_call(&service).await;
    signal(&run, "KILL").await;
    assert_eq!(ended(run).await.code, None);
    let ran = bench.run(["apply", "mail", "--yes"]).await;
    insta::assert_snapshot!(ran.err, @"note: an earlier run left in doubt whether this was done: create:mailbox:box:c@example.com");
    assert_eq!(ran.code, Some(0), "{ran}");
    let again = bench.run(["apply", "mail", "--yes"]).await;
    assert_eq!((again.code, again.err.as_str()), (Some(0), ""));
    drop(service);
}

#[tokio::test]
async fn two_applies_of_one_configuration_are_kept_apart() {
    let (service, bench) = slow_third(FaultKind::Slow(Duration::from_secs(1))).await;
    let first = bench.start(["apply", "mail", "--yes"]);
    third_call(&service).await;
    shows!(bench.run(["apply", "mail", "--yes"]).await, @"
--- stderr
error: another run applies this configuration, process N on HOST, since TIME
hint: wait until it ends; a crashed run holds no lock
--- exit 6
");
    assert_eq!(bench.run(["plan", "mail"]).await.code, Some(0), "a plan needs no lock");
    assert_eq!(ended(first).await.code, Some(0));
    service.stop().await;
}

#[tokio::test]
async fn ctrl_c_while_reading_changes_nothing() {
    let service = simulated_box().await;
    service.faults().add(Fault::new(FaultKind::Hang).every());
    let bench = Bench::boxed(&service.url(), SIX);
    let run = bench.start(["plan", "mail"]);
    while service.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    signal(&run, "INT").await;
    shows!(ended(run).await, @"
--- stderr
error: interrupted; nothing was changed
--- exit 130
");
    drop(service);
}

#[tokio::test]
async fn the_sandbox_serves_what_it_prints_until_it_is_asked_to_stop() {
    for name in ["INT", "TERM"] {
        let mut bench = Bench::empty();
        bench.set("BOX_PASSWORD", BOX_PASSWORD);
        // The sandbox tells the made-up password, so its output is not looked through for secrets.
        let mut sandbox = bench.start(["sandbox", "mailinabox", "--port", "0"]);
        let printed = read_until(&mut sandbox, "BOX_PASSWORD}\n").await;
        bench.write("mail/providers.yaml", &printed);
        bench.write(
            "mail/mail.yaml",
            "domains: {example.com: {provider: box}}\nmailboxes: {me@example.com: {}}\n",
        );
        let planned = bench.run(["plan", "mail"]).await;
        assert!(planned.out.ends_with("No changes: everything is as declared.\n"), "{planned}");
        signal(&sandbox, name).await;
        assert_eq!(ended(sandbox).await.code, Some(0), "it was asked to serve until then");
    }
}

#[tokio::test]
async fn a_reader_that_goes_away_is_no_error() {
    let bench = Bench::quickstart();
    let mut run = bench.start(["plan", "mail"]);
    drop(run.stdout.take());
    let ran = ended(run).await;
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
}

#[tokio::test]
async fn an_answer_on_a_pipe_is_not_taken_for_a_yes() {
    let bench = Bench::quickstart();
    let mut command = bench.command(["apply", "mail"]);
    let mut run = command.stdin(std::process::Stdio::piped()).spawn().expect("started");
    let mut pipe = run.stdin.take().expect("a pipe");
    // It may be gone before it reads.
    let _ = pipe.write_all(b"y\n").await;
    assert_eq!(ended(run).await.code, Some(1));
    assert!(!bench.path("mail/data").exists());
}
