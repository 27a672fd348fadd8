//! What a request must carry, and where it goes.

use super::client::{
    AGENT, ALEX, Client, FORM, JSON, MAILBOXES, assert_fault, assert_written, fault, now, signed,
};
use crate::providers::rackspace::sandbox::{Quirk, Rackspace};

/// Status and message of adding `alex` with these headers beside the signature.
async fn add(client: &Client, headers: &str, body: &str) -> (u16, String) {
    let headers = signed(AGENT, &now()) + headers;
    let seen = client.raw("POST", &format!("{MAILBOXES}/alex"), &headers, body).await;
    if seen.status() == 200 {
        client.sandbox.edit(|rows| {
            rows.remove_mailbox("alex@example.com");
        });
        return (200, String::new());
    }
    assert_eq!(client.sandbox.snapshot().mailboxes().count(), 0);
    let (status, _, message) = fault(&seen);
    (status, message)
}

#[tokio::test]
async fn r06_json_is_asked_for_by_name() {
    let client = Client::default().await;
    let length = format!("{FORM}Content-Length: {}\r\n", ALEX.len());
    for accept in ["", "Accept: */*\r\n", "Accept: text/xml\r\n", "Accept: application/json;q=0\r\n"] {
        let refused = add(&client, &format!("{accept}{length}"), ALEX).await;
        assert_eq!(refused, (406, "Invalid format".into()), "{accept}");
    }
    for accept in ["application/json", "text/xml, application/json;q=0.5", "Application/JSON; charset=utf-8"]
    {
        assert_eq!(add(&client, &format!("Accept: {accept}\r\n{length}"), ALEX).await.0, 200, "{accept}");
    }
}

#[tokio::test]
async fn r07_a_form_is_labelled_as_one() {
    let client = Client::holding(&["bob"]).await;
    let length = format!("{JSON}Content-Length: {}\r\n", ALEX.len());
    client.sandbox.edit(|rows| {
        rows.remove_mailbox("bob@example.com");
    });
    for kind in ["", "Content-Type: application/json\r\n", "Content-Type: text/plain\r\n"] {
        assert_eq!(add(&client, &format!("{length}{kind}"), ALEX).await.0, 415, "{kind}");
    }
    let charset = "Content-Type: Application/X-WWW-Form-Urlencoded; charset=utf-8\r\n";
    assert_eq!(add(&client, &format!("{length}{charset}"), ALEX).await.0, 200);

    let client = client.with(&["bob"]);
    let headers = signed(AGENT, &now()) + JSON + "Content-Length: 0\r\n";
    let path = format!("{MAILBOXES}/bob/activesyncmobileservice");
    assert_eq!(client.raw("POST", &path, &headers, "").await.status(), 415);
    assert_eq!(client.raw("POST", &path, &format!("{headers}{FORM}"), "").await.status(), 200);
}

#[tokio::test]
async fn r08_a_form_tells_its_length() {
    let client = Client::default().await;
    assert_eq!(add(&client, &format!("{JSON}{FORM}"), "").await.0, 411);
    let chunked = format!("{JSON}{FORM}Transfer-Encoding: chunked\r\n");
    let body = format!("{:x}\r\n{ALEX}\r\n0\r\n\r\n", ALEX.len());
    assert_eq!(add(&client, &chunked, &body).await.0, 411);
}

#[tokio::test]
async fn r09_each_field_is_known_and_sent_once() {
    let client = Client::holding(&["alex"]).await;
    for (form, message) in [
        ("colour=red", "Unknown field: colour"),
        ("firstname=Alex", "Unknown field: firstname"),
        ("lastLogin=2%2F12%2F2010", "Read-only field: lastLogin"),
        ("samAccountName=alex", "Read-only field: samAccountName"),
        ("city=Here&city=There", "Duplicate field: city"),
        ("city", "Malformed form body"),
        ("city=Here&", "Malformed form body"),
        ("city=%4", "Malformed form body"),
        ("city=%zz", "Malformed form body"),
        ("city=%ff", "Malformed form body"),
        ("city=%00", "Malformed form body"),
    ] {
        let seen = client.mailbox("PUT", "alex", form).await;
        assert_fault(&seen, 400, "badRequestFault", message);
    }
    assert_written(&client.mailbox("PUT", "alex", "city=Z%C3%BCrich+%2B+1&notes=a%3Db%26c").await);
    let snapshot = client.sandbox.snapshot();
    let alex = snapshot.mailbox("alex@example.com").unwrap();
    assert_eq!((alex.field("city"), alex.field("notes")), ("Zürich + 1", "a=b&c"));
}

#[tokio::test]
async fn r10_values_have_their_type() {
    let client = Client::holding(&["alex"]).await;
    let flag = |name: &str| format!("Invalid value for {name}: must be \"true\" or \"false\"");
    for name in ["enabled", "isHidden", "isPublicFolderAdmin", "saveForwardedEmail"] {
        for value in ["True", "1", "yes", ""] {
            let seen = client.mailbox("PUT", "alex", &format!("{name}={value}")).await;
            assert_fault(&seen, 400, "validationFault", &flag(name));
        }
    }
    for size in ["", "0", "-1", "%2B5", "2048.0", "2+GB", "99999999999"] {
        let seen = client.mailbox("PUT", "alex", &format!("size={size}")).await;
        assert_fault(&seen, 400, "validationFault", "Invalid value for size: must be a positive integer");
    }
    assert_written(&client.mailbox("PUT", "alex", "enabled=false&size=4096").await);
}

#[tokio::test]
async fn r11_routes_without_fields_take_an_empty_form() {
    let client = Client::holding(&["alex"]).await;
    for path in
        ["alex/emailaddresses/a@example.com", "alex/activesyncmobileservice", "alex/spam/safelist/b.org"]
    {
        let seen = client.mailbox("POST", path, "a=b").await;
        assert_fault(&seen, 400, "badRequestFault", "Unknown field: a");
        assert_written(&client.mailbox("POST", path, "").await);
    }
}

#[tokio::test]
async fn r12_a_delete_has_no_body() {
    let client = Client::holding(&["alex"]).await;
    let headers = signed(AGENT, &now()) + JSON;
    let path = format!("{MAILBOXES}/alex");
    let with_body = client.raw("DELETE", &path, &format!("{headers}Content-Length: 3\r\n"), "a=b").await;
    assert_fault(&with_body, 400, "badRequestFault", "A DELETE request must not have a body");
    assert!(client.sandbox.snapshot().mailbox("alex@example.com").is_some());
    assert_written(&client.raw("DELETE", &path, &format!("{headers}Content-Length: 0\r\n"), "").await);
}

#[tokio::test]
async fn r13_path_segments_are_decoded_one_by_one() {
    let client = Client::holding(&["alex.smith", "o'hara+x"]).await;
    assert_eq!(client.read("alex%2Esmith").await["name"], "alex.smith");
    for path in ["o'hara+x", "o%27hara%2Bx"] {
        assert_eq!(client.read(path).await["name"], "o'hara+x");
    }
    let path = "alex.smith/emailaddresses";
    assert_written(&client.mailbox("POST", &format!("{path}/a@example.com"), "").await);
    assert_written(&client.mailbox("POST", &format!("{path}/b%40example.com"), "").await);
    assert_written(&client.mailbox("DELETE", &format!("{path}/a%40example.com"), "").await);
    let snapshot = client.sandbox.snapshot();
    assert_eq!(snapshot.mailbox("alex.smith@example.com").unwrap().addresses, ["b@example.com"]);
    for path in ["alex%2", "alex%zz", "alex%ff", "alex%00"] {
        assert_fault(&client.mailbox("GET", path, "").await, 400, "badRequestFault", "Malformed path");
    }
    assert_eq!(client.mailbox("GET", "alex.smith%2Fpermissions", "").await.status(), 404);
}

#[tokio::test]
async fn r14_the_version_is_the_first_segment() {
    let client = Client::default().await;
    assert_eq!(client.call("GET", "/v2/domains", "").await.status(), 404);
    let client = Client::new(Rackspace::builder().version("v2")).await;
    assert_eq!(client.call("GET", "/v2/domains", "").await.status(), 200);
    assert_eq!(client.call("GET", "/v1/domains", "").await.status(), 404);
}

#[tokio::test]
async fn r15_an_account_goes_by_three_names() {
    let client = Client::holding(&["alex"]).await;
    for account in ["/customers/100012", "/customers/me", ""] {
        let path = format!("/v1{account}/domains/example.com/ex/mailboxes/alex");
        assert_eq!(client.get(&path).await["name"], "alex");
        assert_eq!(client.get(&format!("/v1{account}/domains")).await["total"], 1);
    }
    assert_eq!(client.get("/v1/customers/all/domains").await["total"], 1);
}

#[tokio::test]
async fn r16_an_unknown_account_is_not_found() {
    let client = Client::default().await;
    for path in ["/7/domains", "/x/domains", "/7/domains/example.com", "/all/domains/example.com"] {
        let seen = client.call("GET", &format!("/v1/customers{path}"), "").await;
        assert_fault(&seen, 404, "itemNotFoundFault", "Invalid account number");
        assert!(seen.body().contains(r#""resourceType":"Customer""#));
    }
}

#[tokio::test]
async fn r17_unknown_paths_and_verbs() {
    let client = Client::holding(&["alex"]).await;
    for path in ["alex/", "alex/colour", "alex/spam", "alex/spam/greylist", "alex/permissions/"] {
        let seen = client.mailbox("GET", path, "").await;
        assert_fault(&seen, 404, "itemNotFoundFault", "Resource not found");
    }
    for path in ["/v1", "/v1/customers", "/v1/domains/example.com/ex", "/v1/domains/example.com/rs/mailboxes"]
    {
        assert_eq!(client.call("GET", path, "").await.status(), 404, "{path}");
    }
    for (method, path) in [
        ("POST", ""),
        ("PATCH", "/alex"),
        ("HEAD", "/alex"),
        ("GET", "/alex/emailaddresses/a@example.com"),
        ("PUT", "/alex/activesyncmobileservice"),
        ("GET", "/alex/permissions/bob"),
    ] {
        let seen = client.call(method, &format!("{MAILBOXES}{path}"), "").await;
        assert_eq!(seen.status(), 405, "{method} {path}");
    }
}

#[tokio::test]
async fn r18_any_domain_can_exist() {
    let client = Client::new(Rackspace::builder().with(Quirk::AnyDomain)).await;
    let path = "/v1/domains/elsewhere.org/ex/mailboxes/alex";
    assert_written(&client.call("POST", path, ALEX).await);
    assert!(client.sandbox.snapshot().mailbox("alex@elsewhere.org").is_some());
    assert_eq!(client.get("/v1/domains?domainNames=another.org").await["total"], 1);
    let address = format!("{path}/emailaddresses/alex@third.org");
    assert_written(&client.call("POST", &address, "").await);
    assert_eq!(client.call("GET", "/v1/domains/not%20one", "").await.status(), 404);
    let client = Client::new(Rackspace::builder().domain("two.example")).await;
    assert_eq!(client.get("/v1/domains").await["total"], 2);
}

#[tokio::test]
async fn r19_refusals_have_an_order() {
    let client = Client::default().await;
    let nowhere = "/v1/customers/7/domains/nowhere.org/ex/mailboxes/alex";
    let signed = signed(AGENT, &now());
    let length = "Content-Length: 6\r\n";
    let mut headers = format!("User-Agent: {AGENT}\r\n{length}");
    for (next, status) in [
        (format!("{signed}{length}"), 403),
        (format!("{signed}{length}{JSON}"), 406),
        (format!("{signed}{length}{JSON}{FORM}"), 415),
    ] {
        let seen = client.raw("POST", nowhere, &headers, "size=x").await;
        assert_eq!(seen.status(), status);
        headers = next;
    }
    assert_eq!(client.raw("POST", "/v1/x", &signed, "").await.status(), 406);
    assert_eq!(client.raw("PATCH", nowhere, &format!("{signed}{JSON}"), "").await.status(), 405);
    let seen = client.raw("POST", nowhere, &headers, "size=x").await;
    assert_fault(&seen, 404, "itemNotFoundFault", "Invalid account number");
    let seen = client.raw("POST", &nowhere.replace("/7/", "/me/"), &headers, "size=x").await;
    assert_fault(&seen, 404, "itemNotFoundFault", "nowhere.org not found");
}
