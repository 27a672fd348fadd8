//! The samples of the document, byte for byte as they stand there.

use super::caller::{Caller, headers, json};
use crate::providers::censornet::sandbox::Censornet;

/// The beginning of the sample of a list; other records follow.
const LISTED: &str = r#"{
"data": [
{
"id": 12182348,
"email_address_id": 12503482,
"email_address": "mailbox1@domain.com",
"executive": 0,
"realname": " ",
"is_ad_mailbox": 1
},
{
"id": 12636697,
"email_address_id": 13717757,
"email_address": "mailbox2@domain.com",
"executive": 0,
"realname": " ",
"is_ad_mailbox": 1
},"#;

/// The end of it.
const META: &str = r#"],
"meta": {
"page": 1,
"page_size": 20,
"total": 27,
"total_pages": 2
}
}"#;

const CREATED: &str = r#"[{"id":"USSportal.email.model.Mailbox-1","email_address_id":0,"executive":0,"email_address":"newuser@domain.com"}]"#;
const DELETED: &str = r#"[{"id":12765948,"email_address_id":14028850,"email_address":"newuser@domain.com"}]"#;

/// The document's layout taken out.
fn compact(sample: &str) -> String {
    sample.lines().map(|line| line.replace("\": ", "\":")).collect()
}

#[tokio::test]
async fn the_list() {
    let caller = Caller::of(Censornet::builder()).await;
    caller.sandbox.edit(|rows| {
        rows.mailbox_with_ids("mailbox1@domain.com", 12_182_348, 12_503_482).adopt("mailbox1@domain.com");
        rows.mailbox_with_ids("mailbox2@domain.com", 12_636_697, 13_717_757).adopt("mailbox2@domain.com");
        for number in 3..=27 {
            rows.mailbox(&format!("mailbox{number}@domain.com"));
        }
    });
    let seen = caller.list("").await;
    let body = seen.body();
    assert!(body.starts_with(&compact(LISTED)), "{body}");
    assert!(body.ends_with(&compact(META)), "{body}");
    assert_eq!(json(&seen)["data"].as_array().unwrap().len(), 20);
    assert_eq!(caller.addresses("?search=acme.com").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_new_mailbox_and_its_removal() {
    let caller = Caller::of(Censornet::builder().tracking("domain.com")).await;
    assert_eq!(caller.change("POST", CREATED).await.status(), 200);
    assert_eq!(caller.sandbox.snapshot().addresses(), ["newuser@domain.com"]);
    assert_eq!(caller.change("DELETE", DELETED).await.status(), 200);
    assert_eq!(caller.sandbox.snapshot().addresses(), Vec::<&str>::new());
}

#[tokio::test]
async fn a_login_as_curl_sends_it() {
    let caller = Caller::stranger(Censornet::builder()).await;
    let boundary = "------------------------d74496d66958873e";
    let body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nadmin@example.com\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nadminpass123\r\n\
         --{boundary}--\r\n"
    );
    let content_type = format!("Content-Type: multipart/form-data; boundary={boundary}\r\n");
    let seen = caller.send_sized("POST", "/auth", &content_type, &body).await;
    let reply = json(&seen);
    assert_eq!(
        (seen.status(), &reply["token_type"], &reply["expires_in"]),
        (200, &"Bearer".into(), &86400.into())
    );
    let headers = headers(reply["access_token"].as_str().unwrap(), reply["accounts_id"].as_str().unwrap());
    assert_eq!(caller.send("GET", "/email/mailbox/v2", &headers, "").await.status(), 200);
}
