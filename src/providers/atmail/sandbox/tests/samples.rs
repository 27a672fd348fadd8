//! Every reply that the document prints, as text and as XML.

use super::client::{BASE, Client, FORM, Told, parse};
use crate::providers::atmail::sandbox::{Atmail, AuthFailure, Depth, Quirk, Right};

/// A reply in the document's layout.
fn sample(method: &str, inside: &str, status: &str) -> String {
    let tail = if method == "aliasesdelete" { " \n</aliasesdelete></api>" } else { "" };
    let end = if tail.is_empty() { format!("</{method}>\n</api>") } else { tail.to_owned() };
    format!("<api generator=\"zend\" version=\"1.0\">\n<{method}>\n{inside}<status>{status}</status>\n{end}")
}

/// With the message under `response`, and what stands beside it.
fn within(method: &str, message: &str, beside: &str, status: &str) -> String {
    sample(method, &format!("<response>\n<message>{message}</message>\n{beside}</response>\n"), status)
}

/// With the message directly under the method.
fn direct(method: &str, message: &str, status: &str) -> String {
    sample(method, &format!("<message>{message}</message>\n"), status)
}

fn assert_sample(told: &Told, expected: &str) {
    assert_eq!(told.http, 200);
    let body = told.body.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap();
    assert_eq!(body.trim_end(), expected);
    assert_eq!(parse(body), parse(expected));
}

#[test]
fn the_layout_is_the_documents() {
    assert_eq!(
        within("useradd", "user@domain.com added", "<id>1</id>\n", "success"),
        "<api generator=\"zend\" version=\"1.0\">\n<useradd>\n<response>\n<message>user@domain.com added</message>\n\
         <id>1</id>\n</response>\n<status>success</status>\n</useradd>\n</api>"
    );
    assert_eq!(
        within("aliasesdelete", "Alias(s) removed", "", "success"),
        "<api generator=\"zend\" version=\"1.0\">\n<aliasesdelete>\n<response>\n\
         <message>Alias(s) removed</message>\n</response>\n<status>success</status>\n \n</aliasesdelete></api>"
    );
}

#[tokio::test]
async fn authentication() {
    let client = Client::new(Atmail::builder().auth_failure(AuthFailure::Xml)).await;
    let told = client.get("login/authenticate/").await;
    assert_sample(&told, &within("authenticate", "Authentication success", "", "success"));
    let told = Told::of(&client.raw("GET", &format!("{BASE}/login/authenticate/"), FORM, "").await);
    assert_sample(&told, &within("authenticate", "Authentication failed", "", "failed"));
}

#[tokio::test]
async fn domains() {
    let mut client = Client::new(Atmail::builder().max_domains(2)).await;
    let create = "domain/create/name/domain.com";
    assert_sample(&client.get(create).await, &direct("domainadd", "domain.com added", "success"));
    assert_sample(&client.get(create).await, &direct("domainadd", "domain.com already exists", "failed"));
    let told = client.get("domain/create/name/jim.com").await;
    assert_sample(&told, &direct("domainadd", "No domain credits", "failed"));
    let told = client.get("domain/check/name/domain.com").await;
    assert_sample(&told, &within("domaincheck", "domain.com exists", "", "success"));

    client.sandbox.edit(|rows| {
        rows.remove_domain("domain.com").domain("jim.com").admin("helper", "x", &[Right::UAdd], &["jim.com"]);
    });
    let told = client.get("domain/check/name/domain.com").await;
    assert_sample(&told, &within("domaincheck", "domain.com does not exist", "", "failed"));
    let delete = "domain/delete/name/jim.com";
    assert_sample(&client.get(delete).await, &direct("domaindelete", "jim.com deleted", "success"));
    assert_sample(&client.get(delete).await, &direct("domaindelete", "jim.com does not exist", "failed"));
    client.login("helper", "x");
    assert_sample(&client.get(create).await, &direct("domainadd", "Permission denied", "failed"));
}

#[tokio::test]
async fn users() {
    let mut client = Client::new(Atmail::builder().domain("domain.com").max_users(1)).await;
    let failed = |method: &str, message: &str| within(method, message, "", "failed");
    let (create, update) = ("users/create/name/user@domain.com", "users/update/name/user@domain.com");
    let delete = "users/delete/name/user@domain.com";
    let added = within("useradd", "user@domain.com added", "<id>1</id>\n", "success");
    assert_sample(&client.get(create).await, &added);
    assert_sample(&client.get(create).await, &failed("useradd", "User exists"));
    let told = client.get("users/create/name/user@no.com").await;
    assert_sample(&told, &failed("useradd", "Local domain does not exist"));
    let told = client.get("users/create/name/user2@domain.com").await;
    assert_sample(&told, &failed("useradd", "No user credits available"));
    assert_sample(&client.get(update).await, &within("userupdate", "Account updated", "", "success"));
    assert_sample(&client.get(delete).await, &within("userdelete", "Account deleted", "", "success"));
    assert_sample(&client.get(delete).await, &failed("userdelete", "User does not exist"));
    assert_sample(&client.get(update).await, &failed("userupdate", "Account does not exist"));

    client.sandbox.edit(|rows| {
        rows.admin("helper", "x", &Right::ALL[..9], &["example.com"]);
    });
    client.login("helper", "x");
    for (path, method) in [(create, "useradd"), (update, "userupdate"), (delete, "userdelete")] {
        assert_sample(&client.get(path).await, &failed(method, "Permission denied"));
    }
}

#[tokio::test]
async fn aliases() {
    let client = Client::new(Atmail::builder().domain("localdomain.com")).await;
    let form = "AliasName=abuse@localdomain.com&AliasTo=admin@isp.com&AliasType=Local";
    let told = client.post("aliases/create/", form).await;
    assert_sample(&told, &within("aliasescreate", "Success", "", "success"));
    let told = client.post("aliases/create/", form).await;
    assert_sample(&told, &within("aliasescreate", "Duplicate admin@isp.com", "", "failed"));
    let delete = "aliases/delete/AliasTo/admin@isp.com/AliasName/abuse@localdomain.com";
    assert_sample(&client.get(delete).await, &within("aliasesdelete", "Alias(s) removed", "", "success"));
    assert_sample(&client.get(delete).await, &within("aliasesdelete", "Alias does not exist", "", "failed"));
    let told = client.get("aliases/delete/someArgName/x").await;
    let message = "illegal argument name used: someArgName";
    assert_sample(&told, &within("aliasesdelete", message, "", "failed"));
    client.sandbox.edit(|rows| {
        rows.alias_to_directory("a@localdomain.com", "b@c.org", "/some/path");
    });
    let told = client.get("aliases/delete/?AliasMailDir=/some/path").await;
    assert_sample(&told, &within("aliasesdelete", "Alias(s) removed", "", "success"));
}

/// The order and the depth of the mail server's line, whose sample the contract quotes.
#[tokio::test]
async fn the_mail_servers_order() {
    let builder = Atmail::builder().with(Quirk::StatusFirst).depth(Depth::Results);
    let client = Client::new(builder).await.with(&["alex"]);
    let told = client.get("users/list").await;
    assert_eq!(told.method.names(), ["status", "response"]);
    assert_eq!(told.method.at("response").unwrap().names(), ["message", "results"]);
    assert_eq!(told.method.text_at("response/results/key_0/id"), Some("1"));
}
