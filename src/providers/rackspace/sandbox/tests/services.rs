//! ActiveSync, spam, contacts and distribution lists.

use serde_json::json;

use super::client::{Client, assert_fault, assert_written, fault};
use crate::providers::rackspace::sandbox::{Quirk, Rackspace};

#[tokio::test]
async fn r62_active_sync_is_the_documents_sample() {
    let client = Client::holding(&["apiexmailbox66", "apiexmailbox36", "apiexmailbox85", "john.smith"]).await;
    client.sandbox.edit(|rows| {
        for name in ["apiexmailbox36", "apiexmailbox66", "apiexmailbox85"] {
            rows.active_sync(&format!("{name}@example.com"));
        }
    });
    let index = client.call("GET", "/v1/domains/example.com/ex/activesyncmobileservices", "").await;
    assert_eq!(
        index.body(),
        r#"{"offset":0,"size":50,"total":3,"mailboxes":["apiexmailbox36","apiexmailbox66","apiexmailbox85"]}"#
    );
    client.sandbox.edit(|rows| {
        rows.active_sync_as("john.smith@example.com", "johnsmith1234");
    });
    assert_eq!(
        client.mailbox("GET", "john.smith/activesyncmobileservice", "").await.body(),
        r#"{"emailAddress":"john.smith@example.com","serverAddress":"mex07A.emailsrvr.com","userName":"johnsmith1234","domainAddress":"mex07A.mlsrvr.com"}"#
    );
}

#[tokio::test]
async fn r63_active_sync_is_on_or_off() {
    let client = Client::holding(&["john.smith"]).await;
    let path = "john.smith/activesyncmobileservice";
    let off = "User john.smith@example.com has no active ActiveSync Mobile Service.";
    let on = "User john.smith@example.com has ActiveSync Mobile Service already";
    assert_fault(&client.mailbox("GET", path, "").await, 404, "itemNotFoundFault", off);
    assert_fault(&client.mailbox("DELETE", path, "").await, 404, "itemNotFoundFault", off);
    assert_written(&client.mailbox("POST", path, "").await);
    assert_fault(&client.mailbox("POST", path, "").await, 400, "badRequestFault", on);
    assert_eq!(client.read("john.smith").await["hasActiveSyncMobileService"], true);
    assert!(client.sandbox.snapshot().mailbox("john.smith@example.com").unwrap().active_sync);
    assert_written(&client.mailbox("DELETE", path, "").await);
    assert_eq!(client.read("john.smith").await["hasActiveSyncMobileService"], false);
}

#[tokio::test]
async fn r64_spam_settings_are_written_in_lower_case() {
    let client = Client::holding(&["alex"]).await;
    let path = "alex/spam/settings";
    assert_eq!(
        client.mailbox("GET", path, "").await.body(),
        r#"{"filterLevel":"on","sendToDomainQuarantine":false,"quarantineOwner":""}"#
    );
    let missing = client.mailbox("PUT", path, "sendtodomainquarantine=true").await;
    assert_fault(&missing, 400, "badRequestFault", "Missing required field: filterlevel");
    for form in ["filterLevel=on", "filterlevel=on&sendToDomainQuarantine=true", "filterlevel=high"] {
        assert_eq!(fault(&client.mailbox("PUT", path, form).await).0, 400, "{form}");
    }
    let form = "filterlevel=exclusive&sendtodomainquarantine=true&quarantineowner=boss@example.com";
    assert_written(&client.mailbox("PUT", path, form).await);
    assert_eq!(
        client.read(path).await,
        json!({
            "filterLevel": "exclusive", "sendToDomainQuarantine": true, "quarantineOwner": "boss@example.com"
        })
    );
}

#[tokio::test]
async fn r65_turning_the_filter_off_ends_the_domain_quarantine() {
    let client = Client::holding(&["alex"]).await;
    let path = "alex/spam/settings";
    let form = "filterlevel=on&sendtodomainquarantine=true&quarantineowner=boss@example.com";
    assert_written(&client.mailbox("PUT", path, form).await);
    assert_written(&client.mailbox("PUT", path, "filterlevel=off&sendtodomainquarantine=true").await);
    assert_eq!(
        client.read(path).await,
        json!({"filterLevel": "off", "sendToDomainQuarantine": false, "quarantineOwner": "boss@example.com"})
    );
    for form in [
        "filterlevel=on&quarantineowner=",
        "filterlevel=on&quarantineowner=a@example.com&removeQuarantineOwner=true",
        "filterlevel=on&removeQuarantineOwner=yes",
    ] {
        assert_eq!(fault(&client.mailbox("PUT", path, form).await).1, "validationFault", "{form}");
    }
    assert_written(&client.mailbox("PUT", path, "filterlevel=on&removeQuarantineOwner=false").await);
    assert_eq!(client.read(path).await["quarantineOwner"], "boss@example.com");
    assert_written(&client.mailbox("PUT", path, "filterlevel=on&removeQuarantineOwner=true").await);
    let snapshot = client.sandbox.snapshot();
    let spam = &snapshot.mailbox("alex@example.com").unwrap().spam;
    assert_eq!(
        (spam.filter_level.as_str(), spam.to_domain_quarantine, spam.quarantine_owner.as_str()),
        ("on", false, "")
    );
}

#[tokio::test]
async fn r66_spam_lists_are_changed_by_entry() {
    let client = Client::holding(&["alex"]).await;
    for (list, entries, wrong) in [
        ("blacklist", ["a@b.org", "c.org"], "nonsense"),
        ("ipblacklist", ["192.0.2.1", "2001:db8::1"], "b.org"),
        ("safelist", ["a@b.org", "c.org"], "a@@b.org"),
        ("ipsafelist", ["192.0.2.1", "192.0.2.2"], "192.0.2.256"),
    ] {
        for entry in entries {
            let path = format!("alex/spam/{list}/{entry}");
            assert_written(&client.mailbox("POST", &path, "").await);
            let again = client.mailbox("POST", &path, "").await;
            assert_fault(&again, 400, "badRequestFault", &format!("{entry} is on the list already"));
        }
        let refused = client.mailbox("POST", &format!("alex/spam/{list}/{wrong}"), "").await;
        assert_eq!(fault(&refused).1, "validationFault");
        let read = client.read(&format!("alex/spam/{list}")).await;
        assert_eq!(read, json!({"offset": 0, "size": 50, "total": 2, "addresses": entries}));
        let path = format!("alex/spam/{list}/{}", entries[0]);
        assert_written(&client.mailbox("DELETE", &path, "").await);
        let absent = client.mailbox("DELETE", &path, "").await;
        assert_fault(&absent, 404, "itemNotFoundFault", &format!("{} not found", entries[0]));
    }
    let snapshot = client.sandbox.snapshot();
    assert_eq!(snapshot.mailbox("alex@example.com").unwrap().spam.lists.len(), 4);
}

#[tokio::test]
async fn r67_spam_lists_can_go_by_their_new_names() {
    let client = Client::new(Rackspace::builder().with(Quirk::RenamedSpamLists)).await.with(&["alex"]);
    for (name, status) in [
        ("blocklist", 200),
        ("ipblocklist", 200),
        ("safelist", 200),
        ("blacklist", 404),
        ("ipblacklist", 404),
    ] {
        assert_eq!(client.mailbox("GET", &format!("alex/spam/{name}"), "").await.status(), status, "{name}");
    }
    let client = Client::holding(&["alex"]).await;
    assert_eq!(client.mailbox("GET", "alex/spam/blocklist", "").await.status(), 404);
}

#[tokio::test]
async fn r68_contacts_and_distribution_lists_are_listed() {
    let client = Client::default().await;
    client.sandbox.edit(|rows| {
        for name in ["a", "b", "c"] {
            rows.contact(&format!("{name}@example.com"), &name.to_uppercase());
            rows.distribution_list(&format!("list-{name}@example.com"), &name.to_uppercase());
        }
    });
    let contacts = client.get("/v1/domains/example.com/ex/contacts?size=1&offset=1").await;
    assert_eq!(
        contacts,
        json!({"offset": 1, "size": 1, "total": 3, "contacts": [{"name": "b", "displayName": "B"}]})
    );
    let lists = client.get("/v1/domains/example.com/ex/distributionlists?limit=1&marker=list-a").await;
    assert_eq!(
        (&lists["Order"], &lists["DistributionLists"]),
        (&json!("asc"), &json!([{"CommonName": "list-b", "DisplayName": "B"}]))
    );
    assert_eq!(
        client.call("GET", "/v1/domains/example.com/ex/distributionlists?limit=0", "").await.status(),
        400
    );
}
