//! The login, and what `doctor` says.

use super::*;
use crate::provider::{Check, CheckState};
use crate::providers::atmail::sandbox::AuthFailure;

#[tokio::test]
async fn a_refused_login_costs_one_call_however_it_is_told() {
    for style in [AuthFailure::Page, AuthFailure::Xml, AuthFailure::Xml400] {
        let wrong = login(Sandbox::USERNAME, "wrong-canary");
        let bench = Bench::with(|builder| builder.auth_failure(style), wrong, |_| ()).await;
        let kinds = [Kind::Mailbox, Kind::Alias, Kind::Administrator, Kind::Domain];
        let (state, error) = bench.try_read(kinds.map(|kind| whole(kind, &[])).to_vec()).await;
        let error = error.expect("refused");
        assert_eq!(error.kind, ErrorKind::Auth, "{style:?}: {error}");
        assert!(!format!("{error:?}").contains("canary"));
        assert_eq!((bench.calls().len(), state.incomplete().len()), (1, 4), "{style:?}");
        let error = bench.perform(&create(mailbox(ANN), person())).await.expect_err("refused");
        assert_eq!((error.kind, bench.calls().len()), (ErrorKind::Auth, 0));
    }
}

fn shown(checks: &[Check]) -> Vec<(&str, CheckState)> {
    checks.iter().map(|check| (check.name.as_str(), check.state)).collect()
}

#[tokio::test]
async fn doctor_looks_at_the_login_the_domains_and_the_rights() {
    let bench = Bench::new(|rows| {
        rows.admin("sub", "sub-password", &[Right::UList], &["example.com"]);
    })
    .await;
    let well = ["reach", "login", "domains", "rights"].map(|name| (name, CheckState::Passed));
    assert_eq!(shown(&bench.provider.check().await), well);
    assert_eq!(bench.provider.account().as_deref(), Some(Sandbox::USERNAME));
    let sub = connect(&format!("{}{BASE}", bench.server.url()), login("sub", "sub-password")).await;
    let checks = sub.check().await;
    assert_eq!(shown(&checks)[3], ("rights", CheckState::Warning));
    let wrong = connect(&format!("{}{BASE}", bench.server.url()), login("sub", "wrong")).await;
    assert_eq!(shown(&wrong.check().await), [("reach", CheckState::Passed), ("login", CheckState::Failed)]);
}

#[tokio::test]
async fn doctor_finds_the_path_and_a_plan_does_not_follow_it() {
    for path in ["/index.php/api", "/mail/index.php/api", "/admin/index.php/api"] {
        let sandbox = Sandbox::builder().base_path(path).domain("example.com").build();
        let server = start(sandbox.simulator()).await.expect("a server");
        let astray = connect(&format!("{}/webmail", server.url()), me()).await;
        let checks = astray.check().await;
        assert_eq!(shown(&checks), [("reach", CheckState::Failed)]);
        assert!(
            checks[0].detail.contains(&format!("{}{path}: write that as `url`", server.url())),
            "{}",
            checks[0].detail
        );
        server.clear();
        let (state, _) = read(&*astray, &Scope::of(vec![whole(Kind::Mailbox, &[])])).await;
        assert!(!state.incomplete().is_empty());
        let error = astray.perform(&create(mailbox(ANN), person()), &Plain).await.expect_err("astray");
        assert_ne!(error.kind, ErrorKind::NotFound, "{error}");
        assert!(server.requests().iter().all(|request| request.path.starts_with("/webmail/")));
        let found = connect(&format!("{}{path}", server.url()), me()).await;
        assert_eq!(shown(&found.check().await)[0], ("reach", CheckState::Passed));
    }
}

#[tokio::test]
async fn a_connection_says_what_it_lacks() {
    let url = ("url", text("https://mail.example.com/index.php/api"));
    for (params, words) in [
        (vec![url.clone(), ("password", secret("x"))], "username"),
        (vec![url.clone(), ("username", text("me"))], "password"),
        (vec![url, ("username", text("a:b")), ("password", secret("x"))], "`:`"),
    ] {
        let spec = spec(params);
        let error = (super::super::provider_type().connect)(&spec, &Plain, &Places::default()).await;
        let error = error.expect_err("incomplete");
        assert!(error.kind == ErrorKind::Invalid && error.message.contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_makes_the_connection_useless() {
    let gone = {
        let bench = Bench::new(|_| ()).await;
        bench.server.url().clone()
    };
    let page = Bench::new(|_| ()).await;
    for url in [format!("{gone}{BASE}"), format!("{}/webmail", page.server.url())] {
        let provider = connect(&url, me()).await;
        for kind in [Kind::Domain, Kind::Mailbox, Kind::Alias, Kind::Administrator] {
            let parts = vec![whole(Kind::Permission, &[]), whole(kind, &[])];
            let (state, error) = read(&*provider, &Scope::of(parts.clone())).await;
            assert!(error.is_some_and(|error| error.hint.is_some()), "{url} {kind}");
            for collection in parts.iter().map(|part| &part.collection) {
                let word = state.completeness(collection).expect("told");
                assert!(!word.is_complete(), "{url} {kind}: nothing was read");
            }
        }
    }
}
