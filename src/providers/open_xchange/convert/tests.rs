//! Shapes that drift, read one by one.

use super::*;
use crate::providers::open_xchange::fields::{ATTRIBUTES, setting};

fn loose(text: &str) -> Loose {
    Loose::of(&serde_json::from_str(text).expect("a document")).expect("an object")
}

fn user(text: &str) -> Option<User> {
    User::of(loose(text))
}

fn read(name: &str, document: Option<&str>) -> Reading {
    let attribute = ATTRIBUTES.iter().find(|known| known.setting == name).expect(name);
    let document = document.map(|text| serde_json::from_str(text).expect("a document"));
    super::attribute(attribute, document.as_ref())
}

fn words(list: &[&str]) -> Reading {
    Reading::Known(Value::Words(list.iter().map(|word| (*word).to_owned()).collect()))
}

#[test]
fn guests_are_left_out_and_the_administrator_is_somebody_elses() {
    assert!(user(r#"{"name":"g","mail":"g@example.com","guest":true}"#).is_none());
    assert!(user(r#"{"name":"g","mail":"g@example.com","guestId":"7"}"#).is_none());
    assert!(user(r#"{"name":"oxadmin","isContextAdmin":true}"#).is_none());
    let admin = user(r#"{"name":"oxadmin","mail":"a@example.com","uid":"2"}"#).expect("it has an address");
    assert_eq!(admin.sort, Sort::Administrator);
    let object = admin.object(Identity::Mailbox(admin.mail.clone()), Readings::new());
    assert!(matches!(object.standing, Standing::Foreign(_)));
    let jane =
        user(r#"{"name":"Jane@Example.com","mail":"Jane@Example.com","uid":7,"guestId":0}"#).expect("a user");
    assert_eq!(
        (jane.sort, jane.remote().as_ref(), jane.record().as_ref()),
        (Sort::Mailbox, "7 Jane@Example.com", "user:Jane@Example.com")
    );
    assert_eq!(
        user(r#"{"name":"k@example.com"}"#).expect("called by its address").mail.as_str(),
        "k@example.com"
    );
    assert!(user(r#"{"name":"short"}"#).is_none());
}

#[test]
fn quotas_count_in_mebibytes_and_nothing_is_unlimited() {
    let of = |text: &str| {
        let document = loose(text);
        (quota_key(&document), quota(&document))
    };
    let bytes = |mib: u64| Reading::Known(Value::Quota(Quota::Bytes(mib << 20)));
    let unlimited = Reading::Known(Value::Quota(Quota::Unlimited));
    assert_eq!(of(r#"{"unifiedQuota":5}"#), ("unifiedQuota", bytes(5)));
    assert_eq!(of(r#"{"unifiedQuota":"5","usedQuota":1}"#), ("unifiedQuota", bytes(5)));
    assert_eq!(of(r#"{"mailQuota":5,"fileQuota":7}"#), ("mailQuota", bytes(5)));
    assert_eq!(of("{}"), ("unifiedQuota", unlimited.clone()));
    assert_eq!(of(r#"{"fileQuota":7}"#), ("mailQuota", unlimited.clone()));
    assert_eq!(of(r#"{"unifiedQuota":null}"#), ("unifiedQuota", unlimited.clone()));
    assert_eq!(of(r#"{"unifiedQuota":-1}"#), ("unifiedQuota", unlimited));
    for strange in [r#"{"unifiedQuota":0}"#, r#"{"unifiedQuota":"much"}"#, r#"{"unifiedQuota":-2}"#] {
        assert!(matches!(of(strange).1, Reading::NotRead(_)), "{strange}");
    }
    assert_eq!(quota_json(Some(&Value::Quota(Quota::Bytes(5 << 20)))), Some(Json::from(5)));
    assert_eq!(quota_json(None), Some(Json::Null));
    assert_eq!(quota_json(Some(&Value::Quota(Quota::Bytes(5)))), None);
}

#[test]
fn attributes_come_as_documents_texts_and_lists() {
    assert_eq!(read("custom", Some(r#"{"custom":["a","b"]}"#)), words(&["a", "b"]));
    assert_eq!(read("custom", Some(r#"{"custom":"a"}"#)), words(&["a"]));
    assert_eq!(read("custom", None), words(&[]));
    assert_eq!(read("class_of_service", Some(r#""cloud_pim""#)), words(&["cloud_pim"]));
    assert_eq!(read("class_of_service", Some(r#""""#)), words(&[]));
    assert_eq!(read("class_of_service", Some("[]")), words(&[]));
    assert_eq!(read("class_of_service", Some("null")), words(&[]));
    assert!(matches!(read("custom", Some(r#"{"custom":[1]}"#)), Reading::NotRead(_)));
    let text = |text: &str| Reading::Known(Value::text(text));
    assert_eq!(read("msisdn", Some(r#"{"msisdn":"+49"}"#)), text("+49"));
    assert_eq!(read("msisdn", Some(r#"{"msisdn":["+49"]}"#)), text("+49"));
    for nothing in [None, Some("null"), Some("{}"), Some(r#"{"msisdn":""}"#), Some(r#"{"msisdn":[]}"#)] {
        assert_eq!(read("msisdn", nothing), text(""), "{nothing:?}");
    }
    assert_eq!(read("antivirus", Some(r#"{"antivirus":"true"}"#)), Reading::Known(Value::Bool(true)));
    // One that is not set is otherwise than any wish, and one that cannot be read is not read.
    assert_eq!(read("antivirus", None), text(""));
    assert_eq!(read("spam_level", None), text(""));
    assert!(matches!(read("antivirus", Some("{}")), Reading::NotRead(_)));
    assert_eq!(read("spam_level", Some(r#"{"spamlevel":"HIGH"}"#)), text("high"));
    assert!(matches!(read("spam_level", Some(r#"{"spamlevel":"most"}"#)), Reading::NotRead(_)));
}

#[test]
fn a_name_that_is_told_of_nobody_is_untold() {
    let jane = loose(r#"{"name":"jane@example.com"}"#);
    let nobody = mailbox(&jane, Tells::default());
    assert!(matches!(nobody.get(&Field::GivenName), Some(Reading::Untold(_))));
    assert!(matches!(nobody.get(&setting("language")), Some(Reading::Untold(_))));
    let mut tells = Tells::default();
    tells.note(&loose(r#"{"name":"john@example.com","surName":"Roe"}"#));
    let somebody = mailbox(&jane, tells);
    assert_eq!(somebody.value(&Field::GivenName), Some(&Value::text("")));
    assert!(matches!(somebody.get(&setting("language")), Some(Reading::Untold(_))));
    assert!(somebody.get(&Field::State).is_none(), "what it may do was not told");
    let suspended = mailbox(&loose(r#"{"name":"j","userPermissions":{"weblogin":false}}"#), tells);
    assert_eq!(suspended.value(&Field::State), Some(&Value::State(AccountState::Suspended)));
}

#[test]
fn aliases_come_in_several_shapes_and_one_that_is_none_is_a_gap() {
    assert_eq!(aliases(&loose("{}")), Ok(Vec::new()));
    assert_eq!(aliases(&loose(r#"{"aliases":null}"#)), Ok(Vec::new()));
    assert_eq!(aliases(&loose(r#"{"aliases":"a@example.com"}"#)), Ok(vec!["a@example.com".to_owned()]));
    assert_eq!(aliases(&loose(r#"{"aliases":[{"address":"a@b"}]}"#)), Ok(vec!["a@b".to_owned()]));
    assert!(aliases(&loose(r#"{"aliases":[7]}"#)).is_err());
    assert!(aliases(&loose(r#"{"aliases":{"x":1,"y":2}}"#)).is_err());
}

#[test]
fn recipients_that_cannot_be_named_are_not_read() {
    let of = |list: &[&str]| targets(Some(&list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()));
    assert!(matches!(of(&["A@Example.com"]), Reading::Known(_)));
    assert!(matches!(of(&["a@example.com", "|/bin/sh"]), Reading::NotRead(_)));
    assert!(matches!(targets(None), Reading::NotRead(_)));
}

#[test]
fn times_are_told_in_utc_and_others_are_refused() {
    let document = loose(
        r#"{"id":4,"name":"news","startDatetime":"2027-01-31T09:00:00+01:00","endDatetime":"","msgJsonObject":{"b":1,"a":2},
            "enabled":"true","brands":"acme","version":3}"#,
    );
    let object = announcement(&document).expect("an announcement");
    assert_eq!(object.fields.value(&setting("start")), Some(&Value::text("2027-01-31T08:00:00Z")));
    assert_eq!(object.fields.value(&setting("end")), Some(&Value::text("")));
    assert_eq!(object.fields.value(&setting("enabled")), Some(&Value::Bool(true)));
    assert_eq!(object.facts["version"], "3");
    let check = |text: &str| {
        let value = Value::text(text);
        check_times([(&setting("start"), &value)].into_iter())
    };
    assert!(check("2027-01-31T08:00:00Z").is_ok() && check("").is_ok());
    let error = check("2027-01-31T09:00:00+01:00").expect_err("another spelling");
    assert_eq!(error.hint.as_deref(), Some("write 2027-01-31T08:00:00Z"));
    assert!(check("tomorrow").is_err());
}
