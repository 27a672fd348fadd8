//! Rules 40 to 47: deleting mailboxes, and the directory that brings some back.

use super::caller::{Caller, MAILBOX, named};
use crate::providers::censornet::sandbox::{Builder, Censornet, Ids, RepeatedDelete};

/// A service with `a@example.com` (ids of the document), `B@example.com` and, of the directory, `ad@example.com`.
async fn three(builder: Builder) -> Caller {
    let caller = Caller::of(builder).await;
    caller.sandbox.edit(|rows| {
        rows.mailbox("a@example.com").mailbox("B@example.com").ad_mailbox("ad@example.com", "Ada");
    });
    caller
}

const A: (u64, u64) = (12_765_948, 14_028_850);
const B: (u64, u64) = (12_765_949, 14_028_851);

#[tokio::test]
async fn r40_the_length_is_told() {
    let caller = three(Censornet::builder()).await;
    let body = named(A.0, A.1, "a@example.com");
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let headers = format!("{}Transfer-Encoding: chunked\r\n", caller.headers);
    assert_eq!(caller.send("DELETE", MAILBOX, &headers, &chunked).await.status(), 411);
    assert_eq!(caller.send("DELETE", MAILBOX, &caller.headers, "").await.status(), 411);
    assert_eq!(caller.change("DELETE", "").await.status(), 400);
    assert_eq!((caller.sandbox.snapshot().mailboxes.len(), caller.sandbox.wiped()), (3, 0));
    assert_eq!(caller.change("DELETE", &body).await.status(), 200);
}

#[tokio::test]
async fn r41_the_three_members() {
    let caller = three(Censornet::builder()).await;
    for body in [
        r#"{"id":12765948,"email_address_id":14028850,"email_address":"a@example.com"}"#,
        r#"[{"id":12765948}]"#,
        r#"[{"id":12765948,"email_address_id":14028850}]"#,
        r#"[{"id":12765948,"email_address":"a@example.com"}]"#,
        r#"[{"email_address_id":14028850,"email_address":"a@example.com"}]"#,
        r#"[{"id":12765948,"email_address_id":14028850,"email_address":"a@example.com","executive":0}]"#,
        r#"[{"id":"12765948","email_address_id":14028850,"email_address":"a@example.com"}]"#,
        r#"[{"id":12765948,"email_address_id":"14028850","email_address":"a@example.com"}]"#,
        r#"[{"id":12765948.0,"email_address_id":14028850,"email_address":"a@example.com"}]"#,
        "[12765948]",
        r#"[[12765948,14028850,"a@example.com"]]"#,
        "null",
        "",
    ] {
        assert_eq!(caller.change("DELETE", body).await.status(), 400, "{body}");
    }
    assert_eq!(caller.sandbox.snapshot().mailboxes.len(), 3);

    let caller = three(Censornet::builder().ids(Ids::Texts)).await;
    let texts = r#"[{"id":"12765948","email_address_id":"14028850","email_address":"a@example.com"}]"#;
    assert_eq!(caller.change("DELETE", texts).await.status(), 200);
    assert_eq!(caller.change("DELETE", &named(B.0, B.1, "B@example.com")).await.status(), 200);
}

#[tokio::test]
async fn r42_all_three_match_or_nothing_goes() {
    let caller = three(Censornet::builder()).await;
    let a = named(A.0, A.1, "a@example.com");
    for (wrong, status) in [
        (named(A.0, B.1, "a@example.com"), 400),
        (named(A.0, A.1, "B@example.com"), 400),
        (named(A.1, A.0, "a@example.com"), 404),
        (named(B.0, B.1, "b@example.com"), 400),
        (named(1, A.1, "a@example.com"), 404),
        (a.clone(), 400),
    ] {
        let both = format!("{},{}", a.trim_end_matches(']'), wrong.trim_start_matches('['));
        assert_eq!(caller.change("DELETE", &both).await.status(), status, "{both}");
    }
    assert_eq!(caller.sandbox.snapshot().mailboxes.len(), 3);
    let b = named(B.0, B.1, "B@example.com");
    let both = format!("{},{}", a.trim_end_matches(']'), b.trim_start_matches('['));
    assert_eq!(caller.change("DELETE", &both).await.status(), 200);
    assert_eq!(caller.sandbox.snapshot().addresses(), ["ad@example.com"]);
}

#[tokio::test]
async fn r43_an_empty_array_deletes_everything() {
    let other = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
    let caller = three(Censornet::builder().further_account(other)).await;
    caller.sandbox.edit_account(other, |rows| {
        rows.mailbox("b@example.com");
    });
    assert_eq!(caller.sandbox.wiped(), 0);
    assert_eq!(caller.change("DELETE", "[]").await.status(), 200);
    assert_eq!(caller.sandbox.wiped(), 1);
    assert_eq!(caller.sandbox.snapshot().addresses(), Vec::<&str>::new());
    assert_eq!(caller.sandbox.snapshot_of(other).addresses(), ["b@example.com"]);
}

#[tokio::test]
async fn r44_what_hangs_on_a_mailbox_goes_with_it() {
    let caller = three(Censornet::builder()).await;
    caller.sandbox.edit(|rows| {
        rows.alias("a@example.com", "Alias@example.com").quarantine("a@example.com", 7);
    });
    let row = caller.sandbox.snapshot().mailbox("a@example.com").unwrap().clone();
    assert_eq!((row.aliases, row.quarantined), (vec!["alias@example.com".to_owned()], 7));
    assert_eq!(caller.create(&["alias@example.com"]).await.status(), 409);
    assert_eq!(caller.delete("a@example.com").await.status(), 200);
    assert_eq!(caller.create(&["a@example.com", "alias@example.com"]).await.status(), 200);
    let row = caller.sandbox.snapshot().mailbox("a@example.com").unwrap().clone();
    assert_eq!((row.aliases, row.quarantined), (Vec::new(), 0));
}

#[tokio::test]
async fn r45_deleting_again() {
    for (repeated, status) in [(RepeatedDelete::NotFound, 404), (RepeatedDelete::Success, 200)] {
        let caller = three(Censornet::builder().repeated_delete(repeated)).await;
        let body = caller.named("a@example.com");
        assert_eq!(caller.change("DELETE", &body).await.status(), 200);
        assert_eq!(caller.change("DELETE", &body).await.status(), status);
        assert_eq!(caller.change("DELETE", &named(1, 2, "a@example.com")).await.status(), 404);
        assert_eq!(caller.create(&["a@example.com"]).await.status(), 200);
        assert_eq!(caller.change("DELETE", &body).await.status(), status);
        assert_eq!(
            caller.sandbox.snapshot().addresses(),
            ["B@example.com", "ad@example.com", "a@example.com"]
        );
    }
}

#[tokio::test]
async fn r46_the_directory_brings_its_mailboxes_back() {
    let caller = three(Censornet::builder()).await;
    let before = caller.sandbox.snapshot().mailbox("ad@example.com").unwrap().clone();
    assert_eq!(caller.delete("ad@example.com").await.status(), 200);
    assert_eq!(caller.delete("a@example.com").await.status(), 200);
    assert_eq!(caller.addresses("").await, ["B@example.com"]);
    caller.sandbox.sync();
    assert_eq!(caller.addresses("").await, ["B@example.com", "ad@example.com"]);
    let after = caller.sandbox.snapshot().mailbox("ad@example.com").unwrap().clone();
    assert_eq!((after.ad, after.real_name.as_str()), (true, "Ada"));
    assert!(after.id > before.id && after.email_address_id > before.email_address_id);
    caller.sandbox.sync();
    assert_eq!(caller.sandbox.snapshot().mailbox("ad@example.com"), Some(&after));
}

#[tokio::test]
async fn r47_a_sync_follows_the_directory() {
    let caller = three(Censornet::builder()).await;
    caller.sandbox.edit(|rows| {
        rows.leave_directory("ad@example.com").directory_entry("New@example.com", "Nina");
        rows.directory_entry("b@example.com", "Bea").alias("B@example.com", "c@example.com");
        rows.directory_entry("c@example.com", "Cleo");
    });
    assert_eq!(caller.sandbox.snapshot().directory, ["b@example.com", "c@example.com", "New@example.com"]);
    assert_eq!(caller.addresses("").await, ["a@example.com", "B@example.com", "ad@example.com"]);
    caller.sandbox.sync();
    let snapshot = caller.sandbox.snapshot();
    assert_eq!(snapshot.addresses(), ["a@example.com", "B@example.com", "New@example.com"]);
    let of = |address: &str| {
        let row = snapshot.mailbox(address).unwrap();
        (row.id, row.ad, row.real_name.as_str())
    };
    assert_eq!(of("a@example.com"), (A.0, false, ""));
    assert_eq!(of("B@example.com"), (B.0, true, "Bea"));
    assert!(of("New@example.com").1);
}
