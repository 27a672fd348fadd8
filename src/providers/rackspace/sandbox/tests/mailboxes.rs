//! Mailboxes.

use serde_json::{Value, json};

use super::client::{ALEX, Client, assert_fault, assert_written, fault};
use crate::providers::rackspace::sandbox::{Builder, PermissionType, Quirk, Rackspace, WriteStyle};

/// The document's sample of one mailbox.
const SAMPLE: &str = r#"{"name":"apiexmailbox90", "displayName":"API Test", "size":2048, "currentUsage":0, "isHidden":false, "isPublicFolderAdmin":true, "enabled":true, "lastLogin":"2\/12\/2006 1:00:00 AM", "contactInfo":{"firstName":"API", "lastName":"Test", "jobTitle":"Dev", "company":"My Company", "department":"R&D", "businessNumber":"111-1111", "homeNumber":"222-2222", "mobileNumber":"333-3333", "faxNumber":"444-4444", "pagerNumber":"1234", "addressLine1":"123 Main Street", "city":"Blacksburg", "state":"VA", "zip":"24060", "country":"USA", "notes":"My Notes", "customID":"0123456789"}, "emailForwardingAddress":"apiexmailbox8@apidomain24.com", "saveForwardedEmail":false, "emailAddressList":[{"address":"apiexmailbox90@apidomain92.com", "replyTo":true}], "hasBlackBerryMobileService":false, "hasActiveSyncMobileService":false, "samAccountName":"apiexmailbox90_53B5B", "visibleInRackspaceEmailCompanyDirectory":false}"#;

#[tokio::test]
async fn r38_a_mailbox_is_the_documents_sample() {
    let client = Client::new(Rackspace::builder().domain("apidomain92.com")).await;
    let path = "/v1/customers/me/domains/apidomain92.com/ex/mailboxes/apiexmailbox90";
    let form = "displayName=API+Test&password=Secret123!&size=2048&isPublicFolderAdmin=true&firstName=API&\
        lastName=Test&jobTitle=Dev&company=My+Company&department=R%26D&businessNumber=111-1111&\
        homeNumber=222-2222&mobileNumber=333-3333&faxNumber=444-4444&pagerNumber=1234&\
        addressLine1=123+Main+Street&city=Blacksburg&state=VA&zip=24060&country=USA&notes=My+Notes&\
        customID=0123456789&emailForwardingAddress=apiexmailbox8@apidomain24.com";
    assert_written(&client.call("POST", path, form).await);
    let address = "apiexmailbox90@apidomain92.com";
    client.sandbox.edit(|rows| {
        rows.last_login(address, Some("2/12/2006 1:00:00 AM"));
        rows.sam_account_name(address, "apiexmailbox90_53B5B");
    });
    assert_eq!(client.get(path).await, serde_json::from_str::<Value>(SAMPLE).unwrap());
    // In the order of the sample too.
    let compact = SAMPLE.replace("\", \"", "\",\"").replace("\\/", "/");
    let compact = compact.replace("\": ", "\":").replace(", \"", ",\"");
    assert_eq!(client.call("GET", path, "").await.body(), compact);
}

#[tokio::test]
async fn r39_three_fields_are_required() {
    let client = Client::default().await;
    for missing in ["displayName", "password", "size"] {
        let form: Vec<&str> = ALEX.split('&').filter(|pair| !pair.starts_with(missing)).collect();
        let seen = client.mailbox("POST", "alex", &form.join("&")).await;
        let message = format!("Missing required field: {missing}");
        assert_fault(&seen, 400, "badRequestFault", &message);
    }
    assert_written(&client.mailbox("POST", "alex", ALEX).await);
    let alex = client.read("alex").await;
    assert_eq!((&alex["enabled"], &alex["isHidden"]), (&json!(true), &json!(false)));
    assert_eq!((&alex["displayName"], &alex["contactInfo"]["city"]), (&json!("Alex Smith"), &json!("")));
    assert_eq!(alex["contactInfo"].as_object().unwrap().len(), 17);
}

#[tokio::test]
async fn r40_a_password_has_eight_characters_and_is_not_read() {
    let client = Client::default().await;
    let message = "Password must be at least 8 characters long";
    for password in ["", "seven77"] {
        let form = format!("displayName=Alex&size=2048&password={password}");
        assert_fault(&client.mailbox("POST", "alex", &form).await, 400, "badRequestFault", message);
    }
    assert_written(&client.mailbox("POST", "alex", "displayName=Alex&size=1&password=aaaaaaaa").await);
    assert_fault(&client.mailbox("PUT", "alex", "password=short").await, 400, "badRequestFault", message);
    assert_written(&client.mailbox("PUT", "alex", "password=hunter2hunter2").await);
    assert!(!client.mailbox("GET", "alex", "").await.body().contains("hunter2"));
    assert_eq!(client.sandbox.password_of("alex@example.com").as_deref(), Some("hunter2hunter2"));
    let snapshot = client.sandbox.snapshot();
    assert_eq!(snapshot.mailbox("alex@example.com").unwrap().password_writes, 2);
    assert!(!format!("{snapshot:?}").contains("hunter2"));
}

#[tokio::test]
async fn r41_names_have_rules() {
    let client = Client::default().await;
    let long = "a".repeat(65);
    for name in ["a%20b", ".a", "a.", "a..b", "a@b", "%C3%A4", "a%2Fb", long.as_str()] {
        assert_fault(&client.mailbox("POST", name, ALEX).await, 400, "badRequestFault", "Invalid user name");
    }
    for name in ["a.b-c_d", "o'hara", "a+b", "r&d"] {
        assert_written(&client.mailbox("POST", name, ALEX).await);
    }
    let long = "x".repeat(257);
    for name in ["", "+", "a%0Ab", long.as_str()] {
        let form = format!("displayName={name}&password=Secret123&size=1");
        let seen = client.mailbox("POST", "alex", &form).await;
        assert_fault(&seen, 400, "badRequestFault", "Invalid display name");
        let seen = client.mailbox("PUT", "r&d", &format!("displayName={name}")).await;
        assert_fault(&seen, 400, "badRequestFault", "Invalid display name");
    }
}

#[tokio::test]
async fn r42_an_address_is_held_once() {
    let client = Client::holding(&["alex"]).await;
    client.sandbox.edit(|rows| {
        rows.address("alex@example.com", "second@example.com").address("alex@example.com", "far@two.example");
        rows.contact("supplier@example.com", "Supplier").distribution_list("staff@example.com", "Staff");
        rows.domain("two.example");
    });
    for name in ["alex", "ALEX", "second", "supplier", "staff"] {
        let seen = client.mailbox("POST", name, ALEX).await;
        let message = format!("The email address {name}@example.com is already in use");
        assert_fault(&seen, 400, "badRequestFault", &message);
    }
    let far = "/v1/domains/two.example/ex/mailboxes/far";
    assert_eq!(client.call("POST", far, ALEX).await.status(), 400);
    assert_eq!(client.call("POST", &far.replace("far", "near"), ALEX).await.status(), 200);
}

#[tokio::test]
async fn r43_an_edit_is_partial() {
    let client = Client::default().await;
    assert_written(
        &client.mailbox("POST", "alex", &format!("{ALEX}&city=Here&notes=Some&isHidden=true")).await,
    );
    assert_written(&client.mailbox("PUT", "alex", "homeNumber=8005551234&notes=").await);
    assert_written(&client.mailbox("PUT", "alex", "").await);
    let refused = client.mailbox("PUT", "alex", "city=There&enabled=maybe").await;
    assert_eq!(fault(&refused).0, 400);
    let alex = client.read("alex").await;
    let contact = &alex["contactInfo"];
    assert_eq!(
        [&contact["homeNumber"], &contact["notes"], &contact["city"], &alex["isHidden"], &alex["size"]],
        [&json!("8005551234"), &json!(""), &json!("Here"), &json!(true), &json!(2048)]
    );
    let absent = client.mailbox("PUT", "bob", "city=There").await;
    assert_fault(&absent, 404, "itemNotFoundFault", "bob@example.com not found");
}

async fn with(builder: Builder) -> Value {
    let client = Client::new(builder).await.with(&["alex"]);
    assert_written(&client.mailbox("PUT", "alex", "city=Here&customID=7").await);
    assert_written(&client.mailbox("PUT", "alex", "city=").await);
    client.read("alex").await
}

#[tokio::test]
async fn r44_empty_text_can_read_back_as_a_space() {
    let alex = with(Rackspace::builder().with(Quirk::BlankIsSpace)).await;
    assert_eq!((&alex["contactInfo"]["city"], &alex["emailForwardingAddress"]), (&json!(" "), &json!(" ")));
    assert_eq!(alex["contactInfo"]["customID"], "7");
    assert_eq!(with(Rackspace::builder()).await["contactInfo"]["city"], "");
}

#[tokio::test]
async fn r45_custom_id_can_read_back_in_another_spelling() {
    let alex = with(Rackspace::builder().with(Quirk::CustomIdKey)).await;
    assert_eq!(
        (&alex["contactInfo"]["CustomId"], &alex["contactInfo"]["customID"]),
        (&json!("7"), &Value::Null)
    );
}

#[tokio::test]
async fn r46_the_last_login_is_text_or_null() {
    let client = Client::holding(&["alex"]).await;
    assert_eq!(client.read("alex").await["lastLogin"], Value::Null);
    client.sandbox.edit(|rows| {
        rows.last_login("alex@example.com", Some("2/12/2010 1:00:00 AM"));
    });
    assert_eq!(client.read("alex").await["lastLogin"], "2/12/2010 1:00:00 AM");
}

#[tokio::test]
async fn r47_mail_is_forwarded_to_one_address() {
    let client = Client::holding(&["alex"]).await;
    assert_written(
        &client.mailbox("PUT", "alex", "emailForwardingAddress=a%40b.org&saveForwardedEmail=true").await,
    );
    for value in ["a@b.org,c@d.org", "a@b.org;c@d.org", "nonsense", "+"] {
        let seen = client.mailbox("PUT", "alex", &format!("emailForwardingAddress={value}")).await;
        assert_eq!(fault(&seen).1, "validationFault");
    }
    assert_written(&client.mailbox("PUT", "alex", "city=Here").await);
    assert_eq!(client.read("alex").await["emailForwardingAddress"], "a@b.org");
    assert_written(&client.mailbox("PUT", "alex", "emailForwardingAddress=").await);
    let alex = client.read("alex").await;
    assert_eq!((&alex["emailForwardingAddress"], &alex["saveForwardedEmail"]), (&json!(""), &json!(true)));
}

#[tokio::test]
async fn r48_what_is_deleted_is_gone() {
    let client = Client::holding(&["alex", "bob"]).await;
    client.sandbox.edit(|rows| {
        let alex = "alex@example.com";
        rows.field(alex, "city", "Here").address(alex, "a@example.com").active_sync(alex).usage(alex, 9);
        rows.permission(alex, "bob@example.com", PermissionType::Both);
    });
    assert_written(&client.mailbox("DELETE", "alex", "").await);
    let absent = client.mailbox("DELETE", "alex", "").await;
    assert_fault(&absent, 404, "itemNotFoundFault", "alex@example.com not found");
    assert_eq!(client.mailbox("GET", "alex", "").await.status(), 404);
    assert_written(&client.mailbox("POST", "a", ALEX).await);
    assert_written(&client.mailbox("POST", "alex", ALEX).await);
    let snapshot = client.sandbox.snapshot();
    let alex = snapshot.mailbox("alex@example.com").unwrap();
    assert!(alex.addresses.is_empty() && alex.permissions.is_empty() && !alex.active_sync);
    assert_eq!((alex.field("city"), alex.password_writes), ("", 1));
    assert_eq!(client.read("alex").await["currentUsage"], 0);
}

#[tokio::test]
async fn r49_writes_are_answered_in_three_ways() {
    for (style, status, body) in
        [(WriteStyle::Empty, 200, ""), (WriteStyle::NoContent, 204, ""), (WriteStyle::Json, 200, "{}")]
    {
        let client = Client::new(Rackspace::builder().write_style(style)).await;
        let added = client.mailbox("POST", "alex", ALEX).await;
        assert_eq!(added.status(), status);
        match style {
            WriteStyle::Json => assert!(added.body().starts_with(r#"{"name":"alex","#)),
            _ => assert_eq!(added.body(), ""),
        }
        let deleted = client.mailbox("DELETE", "alex", "").await;
        assert_eq!((deleted.status(), deleted.body().as_str()), (status, body));
    }
}

#[tokio::test]
async fn r50_case_is_kept_and_not_looked_at() {
    let client = Client::default().await;
    assert_written(&client.mailbox("POST", "Alex.Smith", ALEX).await);
    assert_eq!(client.read("alex.smith").await["name"], "Alex.Smith");
    assert_written(&client.mailbox("PUT", "ALEX.SMITH", "city=Here").await);
    let snapshot = client.sandbox.snapshot();
    assert_eq!(snapshot.mailbox("alex.smith@example.com").unwrap().address, "Alex.Smith@example.com");
    assert_written(&client.call("DELETE", "/v1/domains/EXAMPLE.com/ex/mailboxes/alex.Smith", "").await);
}
