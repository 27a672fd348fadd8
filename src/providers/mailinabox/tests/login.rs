//! Who logs in, how often, and what happens when the box says no.

use std::io::Write;
use std::sync::Mutex;

use axum::http::Method;

use super::*;
use crate::provider::{CheckState, ErrorKind};
use crate::sandbox::{Fault, FaultKind};

const TOTP: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn with_totp(secret_text: &str) -> Vec<(&'static str, Param)> {
    me().into_iter().chain([("totp", secret(secret_text))]).collect()
}

async fn totp_bench() -> Bench {
    Bench::with(|builder| builder.totp(TOTP), with_totp(TOTP), |_| ()).await
}

fn logins(bench: &Bench) -> u64 {
    bench.server.counters().of(&Method::POST, "/login")
}

#[tokio::test]
async fn a_wrong_credential_makes_exactly_one_call() {
    let refused = "Incorrect email address or password.";
    let email = |text: &str| ("email", Param::Text(text.into()));
    for (login, reason) in [
        (vec![email("me@example.com"), ("password", secret("wrongwrong"))], refused),
        (vec![email("nobody@example.com"), ("password", secret("adminpass123"))], refused),
        (vec![("api_key", secret("0123456789abcdef"))], "Enter a password."),
    ] {
        let bench = Bench::with(
            Builder::side_by_side,
            login.into_iter().chain([("max_in_flight", Param::Int(8))]),
            |_| (),
        )
        .await;
        let kinds = [Kind::Mailbox];
        let reads = futures_util::future::join_all((0..5).map(|_| bench.try_read(&kinds))).await;
        for (state, error) in reads {
            let error = error.expect("refused");
            assert_eq!(error.kind, ErrorKind::Auth);
            assert!(error.message.contains(reason), "{error}");
            assert_eq!(state.incomplete().len(), 1);
        }
        let error = bench.perform(delete(mailbox("x@example.com"))).await.expect_err("refused");
        assert_eq!(error.kind, ErrorKind::Auth);
        assert_eq!(bench.provider.check().await[1].state, CheckState::Failed);
        assert_eq!(bench.count(), 1, "one call in all");
        assert_eq!(bench.sandbox.failed_logins(), 1);
    }
}

#[tokio::test]
async fn two_connections_with_one_wrong_credential_make_one_call_together() {
    let login = || vec![("email", Param::Text("me@example.com".into())), ("password", secret("wrongwrong"))];
    let bench = Bench::with(|builder| builder, login(), |_| ()).await;
    let second = connect(&bench.server.url(), login()).await.expect("a connection");
    assert!(bench.try_read(&[Kind::Mailbox]).await.1.is_some());
    assert_eq!(second.check().await[1].state, CheckState::Failed);
    assert_eq!(bench.count(), 1);
}

#[tokio::test]
async fn a_mailbox_that_is_no_administrator_is_denied() {
    let login = [("email", Param::Text("ann@example.com".into())), ("password", secret("longenough1"))];
    let bench = Bench::with(
        |builder| builder,
        login,
        |rows| {
            rows.user("ann@example.com", "longenough1");
        },
    )
    .await;
    for _ in 0..2 {
        let error = bench.try_read(&[Kind::Mailbox]).await.1.expect("denied");
        assert_eq!(error.kind, ErrorKind::Denied);
        assert!(error.message.contains("ann@example.com is not an administrator"), "{error}");
    }
    assert_eq!(bench.count(), 1);
}

#[tokio::test]
async fn a_missing_second_factor_is_said() {
    let bench = Bench::with(|builder| builder.totp(TOTP), me(), |_| ()).await;
    let error = bench.try_read(&[Kind::Mailbox]).await.1.expect("refused");
    assert_eq!(error.kind, ErrorKind::Auth);
    assert!(error.hint.is_some_and(|hint| hint.contains("`totp`")));
}

#[tokio::test]
async fn the_api_key_needs_no_mailbox() {
    let bench = Bench::with(|b| b.api_key("k3y"), [("api_key", secret("k3y"))], |_| ()).await;
    let state = bench.read(&[Kind::Mailbox]).await;
    assert_eq!(state.objects[&mailbox("me@example.com")].standing, crate::model::Standing::Plain);
}

#[tokio::test]
async fn logs_in_once_with_the_second_factor() {
    let bench = totp_bench().await;
    bench.read(&Kind::ALL).await;
    bench.perform(delete(mailbox("nobody@example.com"))).await.expect("not needed");
    assert_eq!(logins(&bench), 1);
    let login = &bench.server.requests()[0];
    assert!(login.headers.contains_key("x-auth-token"));
    let later = &bench.server.requests()[1];
    assert!(!later.headers.contains_key("x-auth-token"), "the session needs no code");
}

#[tokio::test]
async fn many_calls_at_once_log_in_once() {
    let login = with_totp(TOTP).into_iter().chain([("max_in_flight", Param::Int(8))]);
    let bench = Bench::with(|b| b.totp(TOTP).side_by_side(), login, |_| ()).await;
    let kinds = [Kind::Mailbox];
    futures_util::future::join_all((0..5).map(|_| bench.read(&kinds))).await;
    assert_eq!(logins(&bench), 1);
}

#[tokio::test]
async fn a_session_that_worked_and_lapsed_is_renewed_once() {
    let bench = totp_bench().await;
    bench.read(&[Kind::Mailbox]).await;
    bench.sandbox.expire_sessions();
    let made = create(
        mailbox("nora@example.com"),
        Fields::new().with(Field::Password, Value::Secret(SecretRef::Env("longenough1".into()))),
    );
    bench.perform(made).await.expect("the login is renewed, the write goes out again");
    assert_eq!(logins(&bench), 2);
    // Both codes that the box takes now are used.
    bench.sandbox.expire_sessions();
    let error = bench.try_read(&[Kind::Mailbox]).await.1.expect("no code left");
    assert_eq!(error.kind, ErrorKind::Auth);
    assert!(error.hint.is_some_and(|hint| hint.contains("run again in a minute")));
    assert_eq!(logins(&bench), 2);
    assert_eq!(bench.sandbox.failed_logins(), 2, "the two lapses; no code was guessed");
}

#[tokio::test]
async fn a_session_that_never_worked_is_not_renewed() {
    let bench = totp_bench().await;
    bench.server.faults().add(Fault::new(FaultKind::SessionsExpired).to(Method::GET, "/mail/users").every());
    for _ in 0..2 {
        let error = bench.try_read(&[Kind::Mailbox]).await.1.expect("refused");
        assert_eq!(error.kind, ErrorKind::Auth);
    }
    assert_eq!((logins(&bench), bench.count()), (1, 2));
}

#[tokio::test]
async fn a_wrong_second_factor_makes_one_call() {
    let wrong = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    let bench = Bench::with(|builder| builder.totp(TOTP), with_totp(wrong), |_| ()).await;
    for _ in 0..3 {
        let error = bench.try_read(&[Kind::Mailbox]).await.1.expect("refused");
        assert_eq!(error.kind, ErrorKind::Auth);
        assert!(error.message.contains("invalid-totp-token"), "{error}");
    }
    assert_eq!(bench.count(), 1);
}

#[tokio::test]
async fn a_login_that_gets_no_answer_leaves_nothing_in_doubt() {
    for fault in [FaultKind::LostReply, FaultKind::ErrorBefore, FaultKind::HtmlPage, FaultKind::CutShort] {
        let bench = totp_bench().await;
        bench.server.faults().add(Fault::new(fault.clone()).to(Method::POST, "/login"));
        let error = bench.perform(delete(mailbox("nobody@example.com"))).await.expect_err("no login");
        assert_eq!(error.kind, ErrorKind::Unavailable, "{fault:?}: {error}");
        bench.perform(delete(mailbox("nobody@example.com"))).await.expect("the next code logs in");
    }
}

#[tokio::test]
async fn a_connection_says_what_it_lacks() {
    for (login, words) in [
        (vec![], "has neither `email` nor `api_key`"),
        (vec![("email", Param::Text("me@example.com".into()))], "has no `password`"),
        (me().into_iter().chain([("api_key", secret("k"))]).collect(), "has an `api_key` and"),
        (with_totp("no base32!"), "`totp` is not"),
        (vec![("email", Param::Text("me".into())), ("password", secret("adminpass123"))], "`email` me"),
    ] {
        let error = connect("http://127.0.0.1:1", login).await.expect_err(words);
        assert_eq!(error.kind, ErrorKind::Invalid);
        assert!(error.message.contains(words), "{error}");
    }
    let error = connect("http://box.example.com", me()).await.expect_err("plain http");
    assert_eq!(error.kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn doctor_looks_at_login_version_and_lists() {
    let bench = Bench::with(Builder::behind_nginx, me(), |_| ()).await;
    let checks = bench.provider.check().await;
    assert_eq!(checks[0].state, CheckState::Failed, "without /admin nothing answers: {checks:?}");
    assert!(checks[0].detail.contains("/admin"), "{checks:?}");

    let at_admin = connect(&format!("{}/admin", bench.server.url()), me()).await.expect("a connection");
    let names: Vec<String> = at_admin
        .check()
        .await
        .into_iter()
        .map(|check| {
            assert_eq!(check.state, CheckState::Passed, "{check:?}");
            check.name
        })
        .collect();
    assert_eq!(names, ["reach", "login", "version", "mailboxes", "aliases"]);

    bench.sandbox.edit(|rows| {
        rows.remove_alias("administrator@box.example.com");
    });
    let last = at_admin.check().await.pop().expect("a check");
    assert_eq!(last.state, CheckState::Warning);
    assert!(last.detail.starts_with("administrator@box.example.com is not there"), "{last:?}");

    let old = Bench::with(|b| b.version(super::super::sandbox::Version::V72), me(), |_| ()).await;
    assert_eq!(old.provider.check().await[2].state, CheckState::Warning);
    assert_eq!(bench.server.counters().of(&Method::POST, "/mail/users/add"), 0, "doctor reads");
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
async fn no_secret_is_logged_at_any_level() {
    use base64::Engine as _;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    let logging = tracing::Dispatch::new(subscriber.with_writer(move || writer.clone()).finish());
    // While there is but one, tracing asks the thread that meets a call site first whether it is of interest; that may
    // be another test's, which has none.
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    let _second = tracing::Dispatch::new(subscriber.with_writer(std::io::sink).finish());
    let _guard = tracing::dispatcher::set_default(&logging);
    let bench = totp_bench().await;
    let made = create(
        mailbox("nora@example.com"),
        Fields::new().with(Field::Password, Value::Secret(SecretRef::Env("n0ra-secret".into()))),
    );
    bench.perform(made).await.expect("made");
    bench.server.faults().add(Fault::new(FaultKind::ErrorAfterCommit));
    bench.perform(delete(mailbox("nora@example.com"))).await.expect_err("500");
    let logged = String::from_utf8(log.0.lock().expect("not poisoned").clone()).expect("text");
    assert!(logged.contains("/mail/users/add"), "something was logged");
    assert!(logged.contains("password"), "a form's keys may be: {logged}");
    let requests = bench.server.requests();
    let code = requests[0].headers["x-auth-token"].to_str().expect("text");
    let session = requests[1].headers["authorization"].to_str().expect("text").trim_start_matches("Basic ");
    let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let secrets =
        ["adminpass123", "n0ra-secret", TOTP, code, session, &encode("me@example.com:adminpass123")];
    for secret in secrets {
        assert!(!logged.contains(secret), "{secret} was logged");
    }
}
