use super::*;

fn address(text: &str) -> Address {
    Address::parse(text).expect(text)
}

fn loose(text: &str) -> Loose {
    Loose::of(&serde_json::from_str(text).expect("a document")).expect("an object").flattened("contactInfo")
}

/// The document's own example (`contracts/rackspace.md §7`).
const SHOWN: &str = r#"{"name":"apiexmailbox90", "displayName":"API Test", "size":2048, "currentUsage":0,
    "isHidden":false, "isPublicFolderAdmin":true, "enabled":true, "lastLogin":"2\/12\/2006 1:00:00 AM",
    "contactInfo":{"firstName":"API", "lastName":"Test", "jobTitle":"Dev", "company":"My Company",
    "department":"R&D", "businessNumber":"111-1111", "homeNumber":"222-2222", "mobileNumber":"333-3333",
    "faxNumber":"444-4444", "pagerNumber":"1234", "addressLine1":"123 Main Street", "city":"Blacksburg",
    "state":"VA", "zip":"24060", "country":"USA", "notes":"My Notes", "customID":"0123456789"},
    "emailForwardingAddress":"apiexmailbox8@apidomain24.com", "saveForwardedEmail":false,
    "emailAddressList":[{"address":"apiexmailbox90@apidomain92.com", "replyTo":true}],
    "hasBlackBerryMobileService":false, "hasActiveSyncMobileService":false,
    "samAccountName":"apiexmailbox90_53B5B", "visibleInRackspaceEmailCompanyDirectory":false}"#;

#[test]
fn the_example_tells_every_field() {
    let shown = loose(SHOWN);
    let readings = mailbox(&shown, Extent::Record);
    assert_eq!(readings.iter().count(), fields::record().len() + 1);
    assert!(readings.iter().all(|(_, reading)| reading.known().is_some()), "{readings:?}");
    let value = |field: &Field| readings.value(field).expect("read").to_string();
    assert_eq!(value(&Field::Quota), "2 GiB");
    assert_eq!(value(&Field::GivenName), "API");
    assert_eq!(value(&fields::setting("custom_id")), "0123456789");
    assert_eq!(readings.value(&Field::State), Some(&Value::State(AccountState::Active)));
    let jane = address("apiexmailbox90@apidomain92.com");
    assert_eq!(aliases(&jane, "apiexmailbox90", &shown), Ok(Vec::new()));
    let forward = forward(&jane, "apiexmailbox90", &shown).expect("a forward");
    assert_eq!(forward.fields.value(&Field::KeepCopy), Some(&Value::Bool(false)));
    assert_eq!(&*forward.record, "mailbox:apiexmailbox90@apidomain92.com");
    let facts = facts(&shown);
    assert_eq!(facts["last_login"], "2/12/2006 1:00:00 AM");
    assert_eq!(facts["usage"], "0");
}

#[test]
fn texts_that_are_not_there_are_empty_and_the_rest_is_not_read() {
    let readings =
        mailbox(&loose(r#"{"name":"a","size":"512","enabled":"False","city":" "}"#), Extent::Record);
    assert_eq!(readings.value(&fields::setting("city")), Some(&Value::text("")));
    assert_eq!(readings.value(&Field::GivenName), Some(&Value::text("")));
    assert_eq!(readings.value(&Field::Quota).map(ToString::to_string).as_deref(), Some("512 MiB"));
    assert_eq!(readings.value(&Field::State), Some(&Value::State(AccountState::Suspended)));
    assert_eq!(readings.value(&Field::HiddenFromDirectory), None);
    let row = mailbox(&loose(r#"{"name":"a","displayName":"A","size":0}"#), Extent::Row);
    assert_eq!(row.iter().count(), 2);
    assert!(
        matches!(row.get(&Field::Quota), Some(Reading::NotRead(reason)) if reason.contains("`size` as `0`"))
    );
}

#[test]
fn extra_addresses_are_aliases_and_some_are_not_ours() {
    let jane = address("jane@example.com");
    let text = r#"{"emailAddressList":[{"address":"Jane@example.com","replyTo":false},
        {"address":"sales@example.com","replyTo":"true"},{"address":"Info@Example.com"},
        {"address":"jane@alias.example","replyTo":false},"plain@example.com",{"address":"x y@example.com"}]}"#;
    let found = aliases(&jane, "jane", &loose(text)).expect("told");
    let shown: Vec<(String, bool)> = found
        .iter()
        .map(|alias| (alias.identity.to_string(), matches!(alias.standing, Standing::Foreign(_))))
        .collect();
    let expected = [
        ("sales@example.com", true),
        ("Info@Example.com", false),
        ("jane@alias.example", true),
        ("plain@example.com", false),
    ];
    assert_eq!(shown, expected.map(|(text, foreign)| (text.to_owned(), foreign)));
    assert!(aliases(&jane, "jane", &loose("{}")).is_err());
    assert!(aliases(&jane, "jane", &loose(r#"{"emailAddressList":7}"#)).is_err());
}

#[test]
fn rights_go_both_ways() {
    for (word, shown) in
        [("sendAs", "send_as"), ("FullAccess", "full_access"), ("Both", "full_access, send_as")]
    {
        let rights = rights(word).expect(word);
        assert_eq!(Value::Rights(rights.clone()).to_string(), shown);
        assert!(rights_word(&rights).expect(word).eq_ignore_ascii_case(word));
    }
    assert_eq!(rights("owner"), None);
    assert_eq!(rights_word(&BTreeSet::new()), None);
    assert_eq!(rights_word(&[Right::SendOnBehalf].into()), None);
    let jane = address("jane@example.com");
    let entry = |email: &str, word: &str| {
        permission(
            &jane,
            "jane",
            &loose(&format!(r#"{{"emailAddress":"{email}","permissionType":"{word}"}}"#)),
        )
        .expect("an entry")
    };
    assert!(matches!(entry("x@other.example", "both").standing, Standing::Foreign(_)));
    let odd = entry("joe@example.com", "owner");
    assert!(matches!(odd.fields.get(&Field::Rights), Some(Reading::NotRead(_))));
    assert_eq!(entry("joe", "both").identity.to_string(), "jane@example.com/joe@example.com");
}

#[test]
fn forms_hold_what_the_service_reads() {
    let quota = Value::Quota(Quota::Bytes(2 << 30));
    for (form, value, text) in [
        (Form::Text, Some(Value::text("R&D")), Some("R&D")),
        (Form::Text, None, Some("")),
        (Form::Bool, Some(Value::Bool(true)), Some("true")),
        (Form::Bool, None, None),
        (Form::Enabled, Some(Value::State(AccountState::Suspended)), Some("false")),
        (Form::Megabytes, Some(quota), Some("2048")),
        (Form::Megabytes, Some(Value::Quota(Quota::Bytes(1000))), None),
        (Form::Megabytes, Some(Value::Quota(Quota::Unlimited)), None),
    ] {
        assert_eq!(form_text(form, value.as_ref()).as_deref(), text, "{form:?} {value:?}");
    }
}

#[test]
fn hosts_and_networks_have_lists_of_their_own() {
    for (word, list) in [
        ("*@spam.example", SenderList::Block),
        ("spam.example", SenderList::Block),
        ("192.0.2.7", SenderList::IpBlock),
        ("192.0.2.0/24", SenderList::IpBlock),
        ("2001:db8::/32", SenderList::IpBlock),
        ("192.0.2.0/x", SenderList::Block),
        ("a/b@example.com", SenderList::Block),
    ] {
        assert_eq!(list_of(&Field::Block, word), list, "{word}");
    }
    assert_eq!(list_of(&Field::Allow, "192.0.2.7"), SenderList::IpSafe);
    assert_eq!(list_of(&Field::Allow, "example.com"), SenderList::Safe);
}

#[test]
fn spam_settings_are_read_by_their_words() {
    let read =
        spam(&loose(r#"{"filterLevel":"Exclusive","sendToDomainQuarantine":false,"quarantineOwner":" "}"#));
    assert_eq!(read.value(&fields::setting("spam_filter_level")), Some(&Value::text("exclusive")));
    assert_eq!(read.value(&fields::setting("spam_quarantine_owner")), Some(&Value::text("")));
    let odd = spam(&loose(r#"{"filterLevel":"high"}"#));
    assert!(odd.value(&fields::setting("spam_filter_level")).is_none());
}
