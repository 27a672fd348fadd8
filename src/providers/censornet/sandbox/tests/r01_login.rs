//! Rules 1 to 8: the login.

use super::caller::{Caller, FIELDS, MULTIPART, form, json};
use crate::providers::censornet::sandbox::Censornet;

#[tokio::test]
async fn r01_the_login_is_a_post() {
    let caller = Caller::stranger(Censornet::builder()).await;
    for method in ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"] {
        let seen = caller.send_sized(method, "/auth", MULTIPART, &form(&FIELDS)).await;
        assert_eq!((seen.status(), seen.header("allow").as_deref()), (405, Some("POST")), "{method}");
    }
    assert_eq!(caller.sandbox.logins(), 0);
}

#[tokio::test]
async fn r02_the_login_is_complete_multipart() {
    let caller = Caller::stranger(Censornet::builder()).await;
    let urlencoded = "username=admin%40example.com&password=adminpass123";
    let object = r#"{"username":"admin@example.com","password":"adminpass123"}"#;
    let whole = form(&FIELDS);
    for (content_type, body) in [
        ("Content-Type: application/x-www-form-urlencoded\r\n", urlencoded),
        ("Content-Type: application/json\r\n", object),
        ("Content-Type: multipart/form-data\r\n", whole.as_str()),
        ("Content-Type: multipart/form-data; boundary=YY\r\n", whole.as_str()),
        (MULTIPART, whole.trim_end().strip_suffix("--XX--").unwrap()),
        (MULTIPART, ""),
        ("", whole.as_str()),
    ] {
        let seen = caller.send_sized("POST", "/auth", content_type, body).await;
        assert_eq!(seen.status(), 400, "{content_type}{body}");
    }
    assert_eq!((caller.sandbox.logins(), caller.sandbox.failed_logins()), (0, 0));
    assert_eq!(caller.send_sized("POST", "/auth", MULTIPART, &whole).await.status(), 200);
}

#[tokio::test]
async fn r03_the_form_has_both_fields_once_and_nothing_else() {
    let caller = Caller::stranger(Censornet::builder()).await;
    let [username, password] = FIELDS;
    for fields in [
        vec![username],
        vec![password],
        vec![username, password, password],
        vec![username, username, password],
        vec![username, password, ("remember", "1")],
        vec![username, ("Password", password.1)],
    ] {
        assert_eq!(caller.login_with(&fields).await.status(), 400, "{fields:?}");
    }
    let file = form(&FIELDS).replace("name=\"password\"", "name=\"password\"; filename=\"p\"");
    assert_eq!(caller.send_sized("POST", "/auth", MULTIPART, &file).await.status(), 400);
    assert_eq!(caller.login_with(&[password, username]).await.status(), 200);
}

#[tokio::test]
async fn r04_values_are_raw() {
    let caller = Caller::stranger(Censornet::builder().credential("a", "b \"+%41 ü")).await;
    assert_eq!(caller.login_with(&[("username", "\"a\""), ("password", "b \"+%41 ü")]).await.status(), 401);
    assert_eq!(caller.login_with(&[("username", "a"), ("password", "b \"+A ü")]).await.status(), 401);
    assert_eq!(caller.login_with(&[("username", "a"), ("password", "b \"+%41 ü ")]).await.status(), 401);
    assert_eq!(caller.login_with(&[("username", "a"), ("password", "b \"+%41 ü")]).await.status(), 200);
}

#[tokio::test]
async fn r05_a_query_string_is_refused() {
    let caller = Caller::stranger(Censornet::builder()).await;
    let target = "/auth?username=admin@example.com&password=adminpass123";
    for (target, headers, body) in [
        (target, "", String::new()),
        (target, MULTIPART, form(&FIELDS)),
        ("/auth?", MULTIPART, form(&FIELDS)),
    ] {
        assert_eq!(caller.send_sized("POST", target, headers, &body).await.status(), 400, "{target}");
    }
    assert_eq!(caller.sandbox.logins(), 0);
}

#[tokio::test]
async fn r06_wrong_credentials_are_401() {
    let caller = Caller::stranger(Censornet::builder()).await;
    for (username, password) in
        [("admin@example.com", "wrong"), ("Admin@example.com", "adminpass123"), ("", "")]
    {
        let seen = caller.login_with(&[("username", username), ("password", password)]).await;
        assert_eq!(seen.status(), 401);
        assert!(json(&seen)["access_token"].is_null() && json(&seen)["message"].is_string());
    }
    assert_eq!((caller.sandbox.logins(), caller.sandbox.failed_logins()), (0, 3));
}

#[tokio::test]
async fn r07_a_login_answers_a_token_and_more() {
    let account = "00000000-0000-4000-8000-000000000001";
    let caller = Caller::stranger(Censornet::builder().account(account)).await;
    let seen = caller.login_with(&FIELDS).await;
    let reply = json(&seen);
    assert_eq!(seen.status(), 200);
    assert_eq!(reply["access_token"].as_str().unwrap().len(), 32);
    assert_eq!((&reply["token_type"], &reply["expires_in"]), (&"Bearer".into(), &86400.into()));
    assert_eq!(reply["accounts_id"], account);
    assert!(reply.as_object().unwrap().len() > 4 && !seen.body().contains("adminpass123"));
    assert_ne!(caller.login().await, reply["access_token"]);
    assert_eq!(caller.sandbox.logins(), 2);
}

#[tokio::test]
async fn r08_with_a_second_factor_there_is_no_token() {
    let caller = Caller::stranger(Censornet::builder().two_factor()).await;
    let seen = caller.login_with(&FIELDS).await;
    assert_eq!(seen.status(), 200);
    assert!(json(&seen)["access_token"].is_null(), "{}", seen.body());
    assert_eq!(caller.login_with(&[("username", "a"), ("password", "b")]).await.status(), 401);
    assert_eq!(caller.sandbox.logins(), 0);
}
