//! Permissions.

use serde_json::json;

use super::client::{ALEX, Client, assert_fault, assert_written, fault};
use crate::providers::rackspace::sandbox::{PermissionType, Quirk, Rackspace};

const DOMAIN: &str = "/v1/customers/100012/domains/enterpriseallservices.net/ex/mailboxes";

#[tokio::test]
async fn r55_the_index_is_the_documents_sample() {
    let builder = Rackspace::builder().domain("enterpriseallservices.net");
    for (builder, total) in [(builder.clone(), 0), (builder.with(Quirk::TruePermissionTotal), 1)] {
        let client = Client::new(builder).await;
        client.sandbox.edit(|rows| {
            let (jane, joe) = ("jane.doe@enterpriseallservices.net", "joe.schmoe@enterpriseallservices.net");
            rows.mailbox(jane, "Secret123!").mailbox(joe, "Secret123!");
            rows.permission(jane, joe, PermissionType::FullAccess);
        });
        let seen = client.call("GET", &format!("{DOMAIN}/jane.doe/permissions"), "").await;
        let sample = r#"{"offset":0,"size":50,"total":0,"permissions":[{"emailAddress":"joe.schmoe@enterpriseallservices.net","permissionType":"fullAccess"}]}"#;
        assert_eq!(seen.body(), sample.replace("\"total\":0", &format!("\"total\":{total}")));
        let second = client.get(&format!("{DOMAIN}/jane.doe/permissions?offset=1&size=1")).await;
        assert_eq!(second["permissions"], json!([]));
    }
}

#[tokio::test]
async fn r56_there_is_one_record_for_mailbox_and_delegate() {
    let client = Client::holding(&["jane", "John", "kim"]).await;
    let read = async || client.read("jane/permissions").await["permissions"].clone();
    assert_written(&client.mailbox("POST", "jane/permissions/john", "permission=fullAccess").await);
    assert_written(&client.mailbox("POST", "jane/permissions/kim", "permission=sendAs").await);
    assert_written(&client.mailbox("PUT", "jane/permissions/john", "permission=both").await);
    assert_eq!(
        read().await,
        json!([
            {"emailAddress": "John@example.com", "permissionType": "both"},
            {"emailAddress": "kim@example.com", "permissionType": "sendAs"},
        ])
    );
    assert_written(&client.mailbox("DELETE", "jane/permissions/john", "").await);
    assert_eq!(read().await, json!([{"emailAddress": "kim@example.com", "permissionType": "sendAs"}]));
    let snapshot = client.sandbox.snapshot();
    let jane = snapshot.mailbox("jane@example.com").unwrap();
    assert_eq!(jane.permissions["kim@example.com"], PermissionType::SendAs);
}

#[tokio::test]
async fn r57_the_type_is_one_of_three_words() {
    let client = Client::holding(&["jane", "john"]).await;
    let missing = client.mailbox("POST", "jane/permissions/john", "").await;
    assert_fault(&missing, 400, "badRequestFault", "Missing required field: permission");
    for word in ["SendAs", "FULLACCESS", "none", ""] {
        let seen = client.mailbox("POST", "jane/permissions/john", &format!("permission={word}")).await;
        let message = "Invalid value for permission: must be sendAs, fullAccess or both";
        assert_fault(&seen, 400, "validationFault", message);
    }
    let unknown = client.mailbox("POST", "jane/permissions/john", "permission=both&a=b").await;
    assert_fault(&unknown, 400, "badRequestFault", "Unknown field: a");
    for word in ["sendAs", "fullAccess", "both"] {
        client.mailbox("DELETE", "jane/permissions/john", "").await;
        assert_written(&client.mailbox("POST", "jane/permissions/john", &format!("permission={word}")).await);
    }
}

#[tokio::test]
async fn r58_the_delegate_is_another_mailbox_of_the_domain() {
    let client = Client::holding(&["jane"]).await;
    client.sandbox.edit(|rows| {
        rows.mailbox("far@two.example", "Secret123!").contact("supplier@example.com", "Supplier");
    });
    let grant = async |delegate: &str| {
        let path = format!("jane/permissions/{delegate}");
        let (status, _, message) = fault(&client.mailbox("POST", &path, "permission=both").await);
        (status, message)
    };
    for address in ["far@two.example", "far%40two.example", "jane@example.com"] {
        assert_eq!(grant(address).await, (400, "Invalid user name".into()));
    }
    for absent in ["far", "nobody", "supplier"] {
        assert_eq!(grant(absent).await, (404, format!("{absent}@example.com not found")));
    }
    assert_eq!(grant("Jane").await, (400, "A mailbox cannot have a permission on itself".into()));
    let absent = client.mailbox("POST", "nobody/permissions/jane", "permission=both").await;
    assert_fault(&absent, 404, "itemNotFoundFault", "nobody@example.com not found");
}

#[tokio::test]
async fn r59_grants_and_changes_have_their_own_verbs() {
    let client = Client::holding(&["jane", "john"]).await;
    for (method, form) in [("PUT", "permission=both"), ("DELETE", "")] {
        let seen = client.mailbox(method, "jane/permissions/john", form).await;
        let message = "User john@example.com has no permission on jane@example.com";
        assert_fault(&seen, 404, "itemNotFoundFault", message);
        assert!(seen.body().contains(r#""resourceType":"Permission""#));
    }
    assert_written(&client.mailbox("POST", "jane/permissions/john", "permission=sendAs").await);
    let again = client.mailbox("POST", "jane/permissions/john", "permission=both").await;
    let message = "User john@example.com has a permission on jane@example.com already";
    assert_fault(&again, 400, "badRequestFault", message);
    assert_eq!(client.read("jane/permissions").await["permissions"][0]["permissionType"], "sendAs");
}

#[tokio::test]
async fn r60_permissions_vanish_with_either_mailbox() {
    let client = Client::holding(&["jane", "john", "kim"]).await;
    client.sandbox.edit(|rows| {
        rows.permission("jane@example.com", "john@example.com", PermissionType::Both);
        rows.permission("john@example.com", "kim@example.com", PermissionType::SendAs);
    });
    assert_written(&client.mailbox("DELETE", "john", "").await);
    assert_written(&client.mailbox("POST", "john", ALEX).await);
    for name in ["jane", "john"] {
        assert_eq!(client.read(&format!("{name}/permissions")).await["permissions"], json!([]));
    }
}

#[tokio::test]
async fn r61_types_can_read_back_with_capitals() {
    let client = Client::new(Rackspace::builder().with(Quirk::CapitalPermissionTypes)).await;
    let client = client.with(&["jane", "john"]);
    for (written, read) in [("sendAs", "SendAs"), ("fullAccess", "FullAccess"), ("both", "Both")] {
        client.mailbox("DELETE", "jane/permissions/john", "").await;
        let form = format!("permission={written}");
        assert_written(&client.mailbox("POST", "jane/permissions/john", &form).await);
        assert_eq!(client.read("jane/permissions").await["permissions"][0]["permissionType"], read);
    }
}
