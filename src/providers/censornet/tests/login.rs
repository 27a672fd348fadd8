//! Who logs in, how often, for which account, and what happens when the service says no.

use std::io::Write;
use std::sync::Mutex;
use std::time::Duration;

use axum::http::StatusCode;

use super::super::Censornet;
use super::super::sandbox::{Refusals, Tokens};
use super::*;
use crate::provider::CheckState;

fn login(username: &str, password: &str) -> [(&'static str, Param); 2] {
    [("username", text(username)), ("password", secret(password))]
}

#[tokio::test]
async fn a_wrong_credential_makes_exactly_one_call() {
    for wrong in [login("admin@example.com", "wr0ng"), login("nobody@example.com", "adminpass123")] {
        let wrong = wrong.into_iter().chain([("max_in_flight", Param::Int(8))]);
        let bench = Bench::with(|b| b, wrong, |_| ()).await;
        let reads = futures_util::future::join_all((0..5).map(|_| bench.try_read(everything()))).await;
        for (state, error) in reads {
            let error = error.expect("refused");
            assert_eq!(error.kind, ErrorKind::Auth);
            assert!(error.message.contains("refuses the login (status 401)"), "{error}");
            assert!(error.hint.is_some_and(|hint| hint.contains("without a second factor")));
            assert_eq!(state.incomplete().len(), 1);
        }
        let error = bench.perform(&create("x@example.com")).await.expect_err("refused");
        assert_eq!(error.kind, ErrorKind::Auth);
        assert_eq!(bench.provider.check().await[1].state, CheckState::Failed);
        assert_eq!((bench.count(), bench.sandbox.failed_logins()), (1, 1));
    }
}

#[tokio::test]
async fn a_second_factor_is_said_after_one_call() {
    let bench = Bench::with(Builder::two_factor, me(), |_| ()).await;
    for _ in 0..2 {
        let error = bench.try_read(everything()).await.1.expect("no token");
        assert_eq!(error.kind, ErrorKind::Auth);
        assert!(error.message.contains("needs a second factor or the password is wrong"), "{error}");
        assert!(error.hint.is_some_and(|hint| hint.contains("Manage Mailboxes")));
    }
    assert_eq!(bench.count(), 1);
}

#[tokio::test]
async fn connections_with_one_credential_log_in_once_together() {
    let bench = Bench::with(|b| b.tokens(Tokens::Newest), me(), crowd(3)).await;
    let second = connect(&bench.server.url(), me()).await.expect("a connection");
    futures_util::future::join_all((0..4).map(|_| bench.read(everything()))).await;
    let (state, error) = read(&*second, &scope(everything())).await;
    assert!(error.is_none() && state.objects.len() == 3);
    assert_eq!(bench.sandbox.logins(), 1);
    assert!(bench.server.counters().max_in_flight <= 1);
}

#[tokio::test]
async fn a_session_that_worked_and_lapsed_is_renewed_once() {
    let bench = Bench::new(crowd(45)).await;
    bench.read(everything()).await;
    bench.sandbox.expire_tokens();
    bench.perform(&create("new@example.com")).await.expect("the login is renewed, the write goes out again");
    assert_eq!(bench.sandbox.logins(), 2);
    // In the middle of a list, too.
    bench.server.faults().add(Fault::new(FaultKind::SessionsExpired).to(Method::GET, LIST).nth(2));
    assert_eq!(bench.read(everything()).await.objects.len(), 46);
    assert_eq!(bench.sandbox.logins(), 3);
    // A second 401 for one call is no lapse.
    bench.server.faults().add(Fault::new(FaultKind::SessionsExpired).to(Method::GET, LIST).times(2));
    bench.server.clear();
    for _ in 0..2 {
        let error = bench.try_read(everything()).await.1.expect("refused");
        assert_eq!(error.kind, ErrorKind::Auth);
    }
    assert_eq!(bench.count(), 3, "a call, a login, the call again, and no more");
}

#[tokio::test]
async fn a_session_that_never_worked_is_not_renewed() {
    let bench = Bench::new(|_| ()).await;
    bench.server.faults().add(Fault::new(FaultKind::SessionsExpired).to(Method::GET, LIST).every());
    for _ in 0..2 {
        let error = bench.try_read(everything()).await.1.expect("refused");
        assert_eq!(error.kind, ErrorKind::Auth);
        assert!(error.hint.is_some_and(|hint| hint.contains("account_id")));
    }
    assert_eq!((bench.sandbox.logins(), bench.count()), (1, 2));
}

/// The clock of [`a_session_is_renewed_before_it_ends`].
static TIME: AtomicU64 = AtomicU64::new(1_795_219_071);

#[tokio::test]
async fn a_session_is_renewed_before_it_ends() {
    // Without a further connection, whose clock the account would take over.
    let sandbox = Sandbox::builder().expires_in(Duration::from_mins(10)).build();
    let server = start(sandbox.simulator()).await.expect("a server");
    let spec = spec(me().into_iter().chain([("url", text(&server.url()))]));
    let clock = || TIME.load(Ordering::Relaxed);
    let provider = Censornet::connect(&spec, &Plain, &Places::default(), clock).await.expect("a connection");
    let read = async |seconds: u64| {
        TIME.fetch_add(seconds, Ordering::Relaxed);
        sandbox.elapse(Duration::from_secs(seconds));
        let (_, error) = read(&provider, &scope(everything())).await;
        assert!(error.is_none(), "{error:?}");
        sandbox.logins()
    };
    assert_eq!(read(0).await, 1);
    assert_eq!(read(540).await, 1, "a minute is left");
    assert_eq!(read(1).await, 2);
    let requests = server.requests();
    let refused = requests.iter().filter(|request| request.status == Some(StatusCode::UNAUTHORIZED)).count();
    assert_eq!(refused, 0, "no call met its end");
}

#[tokio::test]
async fn a_login_that_gets_no_answer_leaves_nothing_in_doubt() {
    for fault in [FaultKind::LostReply, FaultKind::ErrorBefore, FaultKind::HtmlPage, FaultKind::CutShort] {
        let bench = Bench::new(|_| ()).await;
        bench.server.faults().add(Fault::new(fault.clone()).to(Method::POST, "/auth"));
        let error = bench.perform(&create("new@example.com")).await.expect_err("no login");
        assert_eq!(error.kind, ErrorKind::Unavailable, "{fault:?}: {error}");
        assert!(bench.sandbox.snapshot().mailboxes.is_empty());
        assert_eq!(bench.count(), 1, "it is not repeated blindly");
        bench.perform(&create("new@example.com")).await.expect("the next call logs in");
    }
}

#[tokio::test]
async fn the_account_is_the_connection_s_or_the_login_s() {
    let other = "0a3b1c9e-0000-4000-8000-000000000001";
    let bench = Bench::with(|b| b.further_account(other), me(), crowd(3)).await;
    assert_eq!(bench.provider.account(), None, "not known before the first login");
    bench.read(everything()).await;
    assert_eq!(bench.provider.account().as_deref(), Some(ACCOUNT));

    let named = me().into_iter().chain([("account_id", text(other))]);
    let customer = connect(&bench.server.url(), named).await.expect("a connection");
    assert_eq!(customer.account().as_deref(), Some(other));
    let (state, error) = read(&*customer, &scope(everything())).await;
    assert!(error.is_none() && state.objects.is_empty(), "another account, without mailboxes");
    assert_eq!(state.account.as_deref(), Some(other));
    customer.perform(&create("new@example.com"), &Plain).await.expect("made");
    assert_eq!(bench.sandbox.snapshot_of(other).addresses(), ["new@example.com"]);
    assert_eq!(bench.sandbox.snapshot().mailboxes.len(), 3);
    assert_eq!(bench.sandbox.logins(), 1, "one login serves both");

    let foreign = me().into_iter().chain([("account_id", text("somebody-elses"))]);
    let foreign = connect(&bench.server.url(), foreign).await.expect("a connection");
    let error = foreign.perform(&create("new@example.com"), &Plain).await.expect_err("denied");
    assert_eq!(error.kind, ErrorKind::Denied);
}

#[tokio::test]
async fn a_connection_says_what_it_lacks() {
    for (login, words) in [
        (vec![("password", secret("p"))], "has no `username`"),
        (vec![("username", text("admin@example.com"))], "has no `password`"),
    ] {
        let error = connect("http://127.0.0.1:1", login).await.expect_err(words);
        assert_eq!(error.kind, ErrorKind::Invalid);
        assert!(error.message.contains(words), "{error}");
    }
    let error = connect("http://apiv2.example.com", me()).await.expect_err("plain http");
    assert_eq!(error.kind, ErrorKind::Invalid);
    let at_home = (super::super::provider_type().connect)(&spec(me()), &Plain, &Places::default()).await;
    assert_eq!(at_home.expect("the address has a default").calls(), 0);
}

#[tokio::test]
async fn doctor_looks_at_login_account_and_rights() {
    let bench = Bench::with(|b| b.further_account("other"), me(), crowd(3)).await;
    let checks = bench.provider.check().await;
    let names: Vec<&str> = checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(names, ["reach", "login", "account", "rights", "session"]);
    assert!(checks.iter().all(|check| check.state == CheckState::Passed), "{checks:?}");
    assert!(checks[2].detail.contains(ACCOUNT));
    assert!(checks[3].detail.starts_with("3 mailboxes"));
    assert_eq!(bench.count(), 2, "doctor reads one page");

    let elsewhere = me().into_iter().chain([("account_id", text("other"))]);
    let other = connect(&bench.server.url(), elsewhere).await.expect("a connection").check().await;
    assert_eq!(other[2].state, CheckState::Warning);
    assert!(other[2].detail.contains("other") && other[2].detail.contains(ACCOUNT), "{other:?}");

    let build = |b: Builder| b.without_the_right().expires_in(Duration::from_mins(10));
    let bench = Bench::with(build, me(), |_| ()).await;
    let checks = bench.provider.check().await;
    assert_eq!(checks[3].state, CheckState::Failed);
    assert!(checks[3].detail.contains("Manage Mailboxes"));
    assert_eq!(checks[4].state, CheckState::Warning);

    let lost = connect(&format!("{}/elsewhere", bench.server.url()), me()).await.expect("a connection");
    let checks = lost.check().await;
    assert_eq!((checks.len(), checks[0].state), (1, CheckState::Failed));
    assert!(checks[0].detail.contains("check `url`"), "{checks:?}");
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_secret_is_logged_or_told() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    let logging = tracing::Dispatch::new(subscriber.with_writer(move || writer.clone()).finish());
    // While there is but one, tracing asks the thread that meets a call site first whether it is of interest; that may
    // be another test's, which has none.
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    let _second = tracing::Dispatch::new(subscriber.with_writer(std::io::sink).finish());
    let _guard = tracing::dispatcher::set_default(&logging);
    let (user, password) = ("c4nary-user@example.com", "c4nary \"pässword\"/");
    let mut told = Vec::new();
    for refusals in [Refusals::Message, Refusals::Errors, Refusals::Html, Refusals::Unsuccessful] {
        let build = |b: Builder| b.credential(user, password).refusals(refusals);
        let secret_login = [("username", secret(user)), ("password", secret(password))];
        let bench = Bench::with(build, secret_login, crowd(1)).await;
        told.push(format!("{:?}", bench.provider));
        told.push(format!("{:?}", bench.provider.check().await));
        // Words of the service that quote what it was sent.
        for address in ["u0@example.com", "x@untracked.example"] {
            told.push(format!("{:?}", bench.perform(&create(address)).await));
        }
        for fault in [FaultKind::ErrorAfterCommit, FaultKind::HtmlPage, FaultKind::HalfBody] {
            bench.server.faults().add(Fault::new(fault.clone()));
            told.push(format!("{:?}", bench.try_read(everything()).await.1));
        }
        bench.server.faults().add(Fault::new(FaultKind::SessionsExpired).to(Method::GET, LIST).times(2));
        told.push(format!("{:?}", bench.try_read(everything()).await.1));
        told.push(format!("{:?}", bench.provider));
        let tokens = bench.server.requests().into_iter().filter_map(|request| {
            let value = request.headers.get("authorization")?.to_str().ok()?.to_owned();
            Some(value.trim_start_matches("Bearer ").to_owned())
        });
        let logged = String::from_utf8(log.0.lock().expect("not poisoned").clone()).expect("text");
        assert!(logged.contains("/auth"), "something was logged");
        let quoted = serde_json::to_string(password).expect("JSON");
        for canary in tokens.chain([user.into(), password.into(), quoted.trim_matches('"').into()]) {
            assert!(!logged.contains(&canary), "{canary} was logged");
            assert!(!told.concat().contains(&canary), "{canary} was told");
        }
    }
}
