//! Credentials.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;

use super::client::{
    AGENT, ALEX, Client, FORM, JSON, MAILBOXES, assert_fault, fault, now, signed, signed_by,
};
use crate::providers::rackspace::sandbox::Rackspace;

const FAILED: (u16, &str, &str) = (403, "unauthorizedFault", "Authentication failed.");

async fn status(client: &Client, headers: &str) -> u16 {
    let seen = client.raw("GET", MAILBOXES, &format!("{headers}{JSON}"), "").await;
    if seen.status() != 200 {
        let (status, name, message) = fault(&seen);
        assert_eq!((status, name.as_str(), message.as_str()), FAILED);
    }
    seen.status()
}

#[tokio::test]
async fn r01_both_headers_are_needed() {
    let client = Client::default().await;
    let headers = signed(AGENT, &now());
    let (agent, signature) = headers.split_once("\r\n").unwrap();
    for headers in [String::new(), format!("{agent}\r\n"), signature.to_owned()] {
        let seen = client.raw("GET", MAILBOXES, &format!("{headers}{JSON}"), "").await;
        assert_fault(&seen, FAILED.0, FAILED.1, FAILED.2);
        assert_eq!(seen.header("x-error-message").as_deref(), Some(FAILED.2));
    }
}

#[tokio::test]
async fn r02_the_published_vectors_are_accepted() {
    let client = Client::new(Rackspace::builder().clock("2001-03-09T00:00:00Z".parse().unwrap())).await;
    for (day, timestamp, digest) in [
        ("2001-03-08T14:37:25Z", "20010308143725", "46VIwd66mOFGG8IkbgnLlXnfnkU="),
        ("2001-03-17T14:37:25Z", "20010317143725", "HKUn0aajpSDx7qqGK3vqzn3FglI="),
    ] {
        client.sandbox.set_clock(day.parse().unwrap());
        let headers = format!(
            "User-Agent: Rackspace Management Interface\r\n\
             X-Api-Signature: eGbq9/2hcZsRlr1JV1Pi:{timestamp}:{digest}\r\n"
        );
        assert_eq!(status(&client, &headers).await, 200);
        assert_eq!(headers, signed(AGENT, timestamp));
        let wrong = headers.replace(digest, "HKUn0aajpSDx7qqGK3vqzn3FglJ=");
        assert_eq!(status(&client, &wrong).await, 403);
    }
}

#[tokio::test]
async fn r03_anything_but_the_signature_is_refused_alike() {
    let client = Client::default().await;
    let now = now();
    let good = signed(AGENT, &now);
    assert_eq!(status(&client, &good).await, 200);
    let (agent, signature) = good.split_once("\r\n").unwrap();
    let digest = BASE64_STANDARD.decode(signature.trim_end().rsplit(':').next().unwrap()).unwrap();
    let hex = digest.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    for headers in [
        signed_by("nobody", Rackspace::SECRET_KEY, AGENT, &now),
        signed_by(Rackspace::USER_KEY, "another", AGENT, &now),
        good.replace("Management", "management"),
        good.replace(AGENT, &format!("{AGENT} reqwest/1")),
        good.trim_end().to_owned() + ":more\r\n",
        good.replace(&format!(":{now}:"), ":"),
        format!("{agent}\r\n{good}"),
        format!("{good}{signature}"),
        format!("{agent}\r\nX-Api-Signature: {}:{now}:{hex}\r\n", Rackspace::USER_KEY),
    ] {
        assert_eq!(status(&client, &headers).await, 403, "{headers}");
    }
    let builder = Rackspace::builder().credentials("one", "first").credentials("two", "second");
    let client = Client::new(builder).await;
    assert_eq!(status(&client, &signed_by("one", "first", AGENT, &now)).await, 200);
    assert_eq!(status(&client, &signed_by("two", "second", AGENT, &now)).await, 200);
    assert_eq!(status(&client, &good).await, 403);
}

#[tokio::test]
async fn r04_the_time_is_near_the_clock() {
    let clock: Timestamp = "2024-02-29T12:00:00Z".parse().unwrap();
    let client = Client::new(Rackspace::builder().clock(clock)).await;
    for (timestamp, expected) in [
        ("20240229120000", 200),
        ("20240228120000", 200),
        ("20240301120000", 200),
        ("20240228115959", 403),
        ("20240301120001", 403),
        ("20240230120000", 403),
        ("2024022912000", 403),
        ("202402291200000", 403),
        ("2024-02-29T12:0", 403),
        ("+2024022912000", 403),
    ] {
        assert_eq!(status(&client, &signed(AGENT, timestamp)).await, expected, "{timestamp}");
    }
    let narrow = Rackspace::builder().clock(clock).skew(Duration::from_mins(5));
    let client = Client::new(narrow).await;
    assert_eq!(status(&client, &signed(AGENT, "20240229115500")).await, 200);
    assert_eq!(status(&client, &signed(AGENT, "20240229115459")).await, 403);
}

#[tokio::test]
async fn r05_one_signature_serves_many_requests() {
    let clock: Timestamp = "2024-02-29T12:00:00Z".parse().unwrap();
    let client = Client::new(Rackspace::builder().clock(clock).skew(Duration::from_mins(5))).await;
    let headers = signed(AGENT, "20240229120000") + JSON;
    let form = format!("{headers}{FORM}Content-Length: {}\r\n", ALEX.len());
    let alex = format!("{MAILBOXES}/alex");
    assert_eq!(client.raw("POST", &alex, &form, ALEX).await.status(), 200);
    assert_eq!(client.raw("GET", &alex, &headers, "").await.status(), 200);
    assert_eq!(client.raw("GET", MAILBOXES, &headers, "").await.status(), 200);
    client.sandbox.set_clock("2024-02-29T12:05:01Z".parse().unwrap());
    assert_eq!(client.raw("GET", MAILBOXES, &headers, "").await.status(), 403);
}
