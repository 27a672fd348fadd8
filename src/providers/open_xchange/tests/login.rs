//! Credentials: refused once, and never sent again.

use super::*;

async fn refused(params: Vec<(&'static str, Param)>) -> (Running, Arc<dyn Provider>) {
    let sandbox = Sandbox::builder().build();
    let server = start(sandbox.simulator()).await.expect("a server");
    let provider = connect(&server.url(), params).await;
    (server, provider)
}

fn with(key: &str, param: &Param) -> Vec<(&'static str, Param)> {
    keys().into_iter().map(|(known, old)| (known, if known == key { param.clone() } else { old })).collect()
}

#[tokio::test]
async fn a_wrong_password_is_sent_once() {
    let (server, provider) = refused(with("password", &secret("wrong-canary"))).await;
    let scope = Scope::of(vec![whole(Kind::Mailbox, &[]), whole(Kind::Alias, &[])]);
    for _ in 0..2 {
        let (_, error) = read(&*provider, &scope).await;
        let error = error.expect("refused");
        assert_eq!(error.kind, ErrorKind::Auth);
        assert!(!format!("{error:?}").contains("canary"));
        let hint = error.hint.expect("a hint");
        assert!(hint.contains("password is wrong") && hint.contains("credential of this class"), "{hint}");
    }
    let error = provider.perform(&create(mailbox(JANE), person("Jane")), &Plain).await.expect_err("refused");
    assert_eq!(error.kind, ErrorKind::Auth);
    assert_eq!(server.requests().len(), 1, "one call in all");
    assert!(!format!("{provider:?}").contains("canary"));
}

#[tokio::test]
async fn a_credential_of_another_class_ends_everything_too() {
    let (server, provider) = refused(
        with("username", &text("oxadmin@24"))
            .into_iter()
            .map(
                |(key, param)| {
                    if key == "password" { (key, secret(Sandbox::ADMIN_PASSWORD)) } else { (key, param) }
                },
            )
            .collect(),
    )
    .await;
    let (_, error) = read(&*provider, &Scope::of(vec![whole(Kind::Mailbox, &[])])).await;
    assert!(error.expect("refused").hint.expect("a hint").contains("context's administrator"));
    read(&*provider, &Scope::of(vec![whole(Kind::Mailbox, &[])])).await;
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_context_that_is_not_there_says_so_whatever_the_status() {
    for quirk in [None, Some(Quirk::AbsentContextIsOk)] {
        let sandbox = Sandbox::builder();
        let sandbox = quirk.map_or(sandbox.clone(), |quirk| sandbox.with(quirk)).build();
        let server = start(sandbox.simulator()).await.expect("a server");
        let provider = connect(&server.url(), with("context", &text("shop"))).await;
        let (_, error) = read(&*provider, &Scope::of(vec![whole(Kind::Mailbox, &[])])).await;
        let error = error.expect("refused");
        assert!(error.message.contains("Context not found"), "{error}");
        assert!(error.hint.expect("a hint").contains("`context`"));
        let checks = provider.check().await;
        assert!(checks.iter().any(|check| check.detail.contains("this login has acme_shop")), "{checks:?}");
    }
}

#[tokio::test]
async fn a_connection_without_what_it_needs_says_what() {
    for key in ["context", "username", "password"] {
        let params = keys().into_iter().filter(|(known, _)| *known != key).collect();
        let error = try_connect("http://127.0.0.1:1", params).await.expect_err("incomplete");
        assert!(error.message.contains(&format!("has no `{key}`")), "{error}");
    }
    let error = try_connect("http://127.0.0.1:1", keys_with(&[("custom", "/x")])).await.expect_err("no path");
    assert!(error.message.contains("paths.custom"), "{error}");
}
