//! Who may call, and how a request is read.

use super::client::{BASE, Client, FORM, Told, basic};
use crate::providers::atmail::sandbox::{Atmail, AuthFailure, Names, Quirk, Right};
use crate::sandbox::raw::Seen;

fn is_login_page(seen: &Seen) -> bool {
    let is_html = seen.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    seen.status() == 200 && is_html && seen.body().contains("<title>Login</title>")
}

#[tokio::test]
async fn r01_every_request_carries_basic_credentials() {
    let client = Client::default().await;
    let right = basic(Atmail::USERNAME, Atmail::PASSWORD);
    for headers in [
        String::new(),
        basic(Atmail::USERNAME, "Changeme"),
        basic(Atmail::USERNAME, ""),
        basic("admin", Atmail::PASSWORD),
        right.replace("Basic", "Bearer"),
        right.replace("Basic ", "Basic !"),
        format!("{right}{right}"),
    ] {
        for path in ["login/authenticate", "domain/create/name/two.org", "no/such"] {
            let seen = client.raw("POST", &format!("{BASE}/{path}"), &headers, "").await;
            assert_eq!(seen.status(), 401, "{headers}");
            assert!(seen.header("www-authenticate").unwrap().starts_with("Basic realm="));
            assert!(seen.header("content-type").unwrap().starts_with("text/html"));
        }
    }
    assert!(client.snapshot().domain("two.org").is_none());
    client.post("domain/create/name/two.org", "").await.succeeded("two.org added");
}

#[tokio::test]
async fn r02_credentials_can_be_refused_in_xml() {
    for (style, status) in [(AuthFailure::Xml, 200), (AuthFailure::Xml400, 400)] {
        let client = Client::new(Atmail::builder().auth_failure(style)).await;
        let told = Told::of(&client.raw("GET", &format!("{BASE}/domain/list"), "", "").await);
        assert_eq!((told.http, told.method.name.as_str()), (status, "authenticate"));
        assert_eq!((told.status(), told.message()), ("failed", "Authentication failed"));
    }
}

#[tokio::test]
async fn r03_every_valid_login_authenticates() {
    let mut client = Client::new(Atmail::builder().admin("admin", "pass:word")).await;
    client.login("admin", "pass:word");
    for path in ["login/authenticate/", "admin/authenticate", "login/authenticate/Username/x/Password/y"] {
        let told = client.get(path).await;
        told.succeeded("Authentication success");
        assert_eq!(told.method.name, "authenticate");
    }
    assert_eq!(client.sandbox.ignored_parameters(), ["Password", "Username"]);
}

#[tokio::test]
async fn r04_a_sub_admin_logs_in() {
    let mut client = Client::default().await;
    client.sandbox.edit(|rows| {
        rows.admin("helper", "secret1", &[Right::UList], &["example.com"]);
    });
    client.login("Helper", "secret1");
    client.get("login/authenticate").await.succeeded("Authentication success");
    assert!(client.get("users/list").await.items().is_empty());
    client.login("helper", "secret2");
    assert_eq!(client.seen("GET", "login/authenticate", "").await.status(), 401);
}

#[tokio::test]
async fn r05_other_paths_show_a_login_page() {
    let client = Client::default().await;
    let headers = basic(Atmail::USERNAME, Atmail::PASSWORD);
    for path in [
        "/",
        "/mail/index.php/api/login/authenticate",
        "/admin/index.php/api/users/list",
        "/index.php/apis/users/list",
        "/index.php/mail",
        BASE,
        "/index.php/api/",
    ] {
        assert!(is_login_page(&client.raw("GET", path, &headers, "").await), "{path}");
        assert!(is_login_page(&client.raw("GET", path, "", "").await), "{path}");
    }
    for base in ["/mail/index.php/api", "/admin/index.php/api/"] {
        let client = Client::new(Atmail::builder().base_path(base)).await;
        let path = format!("{}/domain/list", base.trim_end_matches('/'));
        assert_eq!(Told::of(&client.raw("GET", &path, &headers, "").await).items().len(), 1);
        assert!(is_login_page(&client.raw("GET", &format!("{BASE}/domain/list"), &headers, "").await));
    }
}

#[tokio::test]
async fn r06_an_unknown_operation_is_404() {
    let client = Client::default().await;
    for path in ["users/purge", "users", "user/list", "Users/list", "users/List", "subadmin/authenticate"] {
        let told = client.get(path).await;
        assert_eq!((told.http, told.status()), (404, "failed"), "{path}");
        assert!(told.method.at("response/message").is_some());
    }
}

#[tokio::test]
async fn r07_four_verbs_do_the_same() {
    let client = Client::default().await;
    for (index, verb) in ["GET", "POST", "PUT", "DELETE"].into_iter().enumerate() {
        let name = format!("u{index}@example.com");
        client.call(verb, &format!("users/create/name/{name}"), "").await.succeeded(&format!("{name} added"));
        assert_eq!(client.call(verb, "users/list", "").await.items().len(), index + 1);
    }
    for verb in ["PATCH", "OPTIONS"] {
        assert_eq!(client.seen(verb, "users/list", "").await.status(), 405);
    }
}

#[tokio::test]
async fn r08_post_can_be_refused() {
    let client = Client::new(Atmail::builder().with(Quirk::PostRefused)).await;
    let seen = client.seen("POST", "domain/create/name/two.org", "").await;
    assert_eq!((seen.status(), client.snapshot().domains.len()), (405, 1));
    assert!(seen.header("content-type").unwrap().starts_with("text/html"));
    client.get("domain/create/name/two.org").await.succeeded("two.org added");
}

#[tokio::test]
async fn r09_writes_by_get_are_recorded() {
    let client = Client::default().await;
    client.post("users/create/name/alex@example.com", "").await;
    client.get("users/view/name/alex@example.com").await;
    client.get("aliases/list").await;
    assert!(client.sandbox.writes_by_get().is_empty());
    client.get("users/update/name/alex@example.com/UserFirstName/Alex").await.succeeded("Account updated");
    client.get("users/delete/name/nobody@example.com").await.failed("User does not exist");
    assert_eq!(client.sandbox.writes_by_get(), ["users/update", "users/delete"]);
    assert_eq!(client.snapshot().user("alex@example.com").unwrap().first_name.as_deref(), Some("Alex"));
}

#[tokio::test]
async fn r10_passwords_in_urls_are_recorded() {
    let client = Client::default().await;
    client.post("users/create/name/alex@example.com", "Password=secret1&PasswordQuestion=q").await;
    client.post("users/update/name/alex@example.com/PasswordQuestion/pet", "").await;
    assert!(client.sandbox.passwords_in_urls().is_empty());
    client.post("users/update/name/alex@example.com/Password/secret2", "").await.succeeded("Account updated");
    client.post("users/update?PasswordMD5=0123456789abcdef0123456789abcdef", "name=alex@example.com").await;
    client.raw("GET", &format!("{BASE}/subadmin/create/password/x"), "", "").await;
    assert_eq!(client.sandbox.passwords_in_urls(), ["users/update", "users/update", "subadmin/create"]);
}

#[tokio::test]
async fn r11_a_plus_in_the_path_is_a_space() {
    let client = Client::default().await.with(&["alex+tag", "bob"]);
    for path in ["users/view/name/alex%2Btag%40example.com", "users/view/name/alex%2btag@example.com"] {
        assert_eq!(client.get(path).await.record().text_at("Account"), Some("alex+tag@example.com"));
    }
    client.get("users/view/name/alex+tag@example.com").await.failed("User does not exist");
    client.post("users/update/name/bob@example.com/UserFirstName/B+%C3%B6%2B", "").await;
    assert_eq!(client.snapshot().user("bob@example.com").unwrap().first_name.as_deref(), Some("B ö+"));
}

#[tokio::test]
async fn r12_slashes_in_segments_are_refused_by_the_web_server() {
    let client = Client::default().await;
    for (path, status) in [("a%2Fb", 404), ("a%2fb", 404), ("a%00b", 404), ("a%zz", 400), ("a%4", 400)] {
        let seen = client.seen("POST", &format!("users/create/name/{path}@example.com"), "").await;
        assert_eq!(seen.status(), status, "{path}");
        assert!(seen.header("content-type").unwrap().starts_with("text/html"));
    }
    let told = client.post("users/create/name/alex@example.com?MailDir=/a%2Fb", "").await;
    told.succeeded("alex@example.com added");
    assert_eq!(client.snapshot().users[0].mail_dir.as_deref(), Some("/a/b"));
}

#[tokio::test]
async fn r13_an_empty_value_at_the_end_of_the_path_is_lost() {
    let client = Client::default().await.with(&["alex"]);
    let forward = || client.snapshot().user("alex@example.com").unwrap().forward.clone();
    let set = || {
        client.sandbox.edit(|rows| {
            rows.column("alex@example.com", "Forward", "b@c.org");
        });
    };
    set();
    for end in ["/Forward/", "/Forward", "/Forward//"] {
        client
            .post(&format!("users/update/name/alex@example.com{end}"), "")
            .await
            .succeeded("Account updated");
        assert_eq!(forward().as_deref(), Some("b@c.org"), "{end}");
    }
    client.post("users/update/Forward//name/alex@example.com", "").await.succeeded("Account updated");
    assert_eq!(forward(), None);
    set();
    client.post("users/update/name/alex@example.com", "Forward=").await.succeeded("Account updated");
    assert_eq!(forward(), None);
    // Lost is absent: the form counts.
    client.post("users/update/name/alex@example.com/Forward/", "Forward=d@e.org").await;
    assert_eq!(forward().as_deref(), Some("d@e.org"));
}

#[tokio::test]
async fn r14_repeated_names_make_arrays() {
    let client = Client::new(Atmail::builder().domain("two.org").domain("three.org")).await;
    let domains = |name: &str| {
        let snapshot = client.snapshot();
        snapshot.admin(name).unwrap().domains.iter().cloned().collect::<Vec<String>>()
    };
    client.post("subadmin/create/Username/a/Domains/two.org/Domains/three.org", "Password=x").await;
    client.post("subadmin/create/Username/b", "Password=x&Domains[]=two.org&Domains%5B%5D=example.com").await;
    client.post("subadmin/create/Username/c", "Password=x&Domains=two.org&Domains=example.com").await;
    client
        .post("subadmin/create/Username/d/Domains/a.b/Domains/c.d/Domains/e.f", "Password=x")
        .await
        .failed("Local domain does not exist");
    assert_eq!(domains("a"), ["three.org", "two.org"]);
    assert_eq!(domains("b"), ["example.com", "two.org"]);
    assert_eq!(domains("c"), ["example.com"]);
    let told = client.post("users/create/name/a@example.com/name/b@example.com", "").await;
    told.failed("Invalid value for name");
    assert!(client.snapshot().users.is_empty());
}

#[tokio::test]
async fn r15_the_path_wins_over_query_and_form() {
    let client = Client::default().await.with(&["alex"]);
    let both = "UserFirstName=form&UserLastName=form&PasswordQuestion=form";
    let path = "users/update/name/alex@example.com/UserFirstName/path?UserFirstName=query&UserLastName=query";
    client.post(path, both).await.succeeded("Account updated");
    let user = client.snapshot().user("alex@example.com").unwrap().clone();
    assert_eq!(user.first_name.as_deref(), Some("path"));
    assert_eq!(user.last_name.as_deref(), Some("query"));
    assert_eq!(user.password_question.as_deref(), Some("form"));
}

#[tokio::test]
async fn r16_only_a_posts_form_is_read() {
    let client = Client::default().await;
    let auth = basic(Atmail::USERNAME, Atmail::PASSWORD);
    let path = format!("{BASE}/domain/create");
    for (verb, headers, body) in [
        ("POST", auth.clone(), "name=two.org"),
        ("POST", format!("{auth}Content-Type: application/json\r\n"), r#"{"name":"two.org"}"#),
        ("POST", format!("{auth}Content-Type: text/plain\r\n"), "name=two.org"),
        ("PUT", format!("{auth}{FORM}"), "name=two.org"),
        ("GET", format!("{auth}{FORM}"), "name=two.org"),
    ] {
        Told::of(&client.raw(verb, &path, &headers, body).await).failed("Missing argument: name");
    }
    let headers = format!("{auth}Content-Type: Application/x-www-form-urlencoded; charset=UTF-8\r\n");
    Told::of(&client.raw("POST", &path, &headers, "name=two.org").await).succeeded("two.org added");
}

#[tokio::test]
async fn r17_names_count_in_exact_spelling() {
    let client = Client::default().await;
    client.post("domain/create/Name/two.org", "").await.failed("Missing argument: name");
    let told = client.post("users/create/name/alex@example.com", "userquota=5&FirstName=Alex&Ugroup=1").await;
    told.succeeded("alex@example.com added");
    let user = client.snapshot().users[0].clone();
    assert_eq!((user.quota, user.first_name), (None, None));
    assert_eq!(client.sandbox.ignored_parameters(), ["FirstName", "Name", "Ugroup", "userquota"]);
    client
        .post("aliases/delete/aliasname/x@example.com", "")
        .await
        .failed("illegal argument name used: aliasname");
}

#[tokio::test]
async fn r18_names_follow_a_profile() {
    let text = "UserFirstName=Text&UserLastName=Text";
    let list = "FirstName=List&LastName=List";
    for (names, form, first) in [
        (Names::Text, text, Some("Text")),
        (Names::Text, list, None),
        (Names::List, list, Some("List")),
        (Names::List, text, None),
        (Names::Both, text, Some("Text")),
        (Names::Both, list, Some("List")),
    ] {
        let client = Client::new(Atmail::builder().names(names)).await;
        client.post("users/create/name/alex@example.com", form).await.succeeded("alex@example.com added");
        let user = client.snapshot().users[0].clone();
        assert_eq!(
            (user.first_name.as_deref(), user.last_name.as_deref()),
            (first, first),
            "{names:?} {form}"
        );
    }
    let alias = "AliasName=a@example.com&AliasTo=b@c.org";
    for (names, kind, failure) in [
        (Names::Text, "AliasType=Deliver", None),
        (Names::Text, "AliasType=Divert", Some("Invalid value for AliasType")),
        (Names::Text, "aliasType=Local", Some("Missing argument: AliasType")),
        (Names::List, "aliasType=Divert", None),
        (Names::List, "aliasType=Deliver", Some("Invalid value for aliasType")),
        (Names::List, "AliasType=Local", Some("Missing argument: aliasType")),
        (Names::Both, "aliasType=Divert", None),
        (Names::Both, "AliasType=Deliver", None),
    ] {
        let client = Client::new(Atmail::builder().names(names)).await;
        let told = client.post("aliases/create", &format!("{alias}&{kind}")).await;
        if let Some(message) = failure {
            told.failed(message);
        } else {
            told.succeeded("Success");
            assert_eq!(client.snapshot().aliases[0].kind, "Deliver");
        }
    }
}

#[tokio::test]
async fn r19_arguments_are_needed_and_must_fit() {
    let client = Client::default().await.with(&["alex"]);
    for (path, name) in [
        ("domain/create", "name"),
        ("domain/delete", "name"),
        ("domain/check", "name"),
        ("users/create", "name"),
        ("users/view", "name"),
        ("users/update", "name"),
        ("users/delete", "name"),
        ("aliases/create", "AliasName"),
        ("aliases/create/AliasName/a@example.com", "AliasTo"),
        ("aliases/create/AliasName/a@example.com/AliasTo/b@c.org", "AliasType"),
        ("subadmin/create", "Username"),
        ("subadmin/create/Username/x", "Password"),
        ("subadmin/view", "Username"),
        ("subadmin/update", "Username"),
        ("subadmin/delete", "Username"),
    ] {
        client.post(path, "").await.failed(&format!("Missing argument: {name}"));
    }
    for (form, name) in [
        ("UserQuota=much", "UserQuota"),
        ("UserQuota=-1", "UserQuota"),
        ("UserQuota=1.5", "UserQuota"),
        ("UserStatus=on", "UserStatus"),
        ("PasswordMD5=short", "PasswordMD5"),
        ("Forward[]=a@b.org", "Forward"),
    ] {
        let told = client.post("users/update/name/alex@example.com", form).await;
        told.failed(&format!("Invalid value for {name}"));
    }
}
