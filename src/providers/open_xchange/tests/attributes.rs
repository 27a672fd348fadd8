//! Attributes: each by its own call, several details by the bulk change.

use super::*;

async fn bench() -> Bench {
    with(|builder| builder).await
}

async fn with(build: impl FnOnce(Builder) -> Builder) -> Bench {
    let build = |builder: Builder| build(builder.with(Quirk::ProfileInReads));
    Bench::with(build, keys(), |rows| {
        rows.user(CONTEXT, JANE, "pw").change(JANE, |jane| jane.sessions = vec!["s".into()]);
    })
    .await
}

fn set(route: &str, fields: &[(&str, Value)]) -> Change {
    let fields = fields.iter().map(|(name, value)| (setting(name), value.clone())).collect();
    Change { remote: Some("3 jane@example.com".into()), ..update(route, mailbox(JANE), fields) }
}

#[tokio::test]
async fn each_attribute_goes_by_its_own_call() {
    let bench = bench().await;
    for (route, name, value, call) in [
        ("spam_level", "spam_level", Value::text("high"), r#"PUT 3/spamlevel {"spamlevel":"high"}"#),
        ("antivirus", "antivirus", Value::Bool(false), r#"PUT 3/antivirus {"antivirus":false}"#),
        ("antiphishing", "antiphishing", Value::text("x"), r#"PUT 3/oxantiphishing {"oxantiphishing":"x"}"#),
        ("uidname", "uidname", Value::text("j@x"), r#"PUT 3/uidname {"uidname":"j@x"}"#),
        ("legacy_ref", "legacy_ref", Value::text("L"), r#"PUT 3/oxlegacyref {"oxlegacyref":"L"}"#),
        ("details", "msisdn", Value::text("+49"), r#"PUT 3/msisdn {"msisdn":"+49"}"#),
        (
            "details",
            "delivery_status",
            Value::text("OX"),
            r#"PUT 3/oxdeliverystatus {"oxdeliverystatus":"OX"}"#,
        ),
        ("details", "custom", words(&["17"]), r#"PUT 3/custom {"custom":"17"}"#),
    ] {
        bench.write(&set(route, &[(name, value.clone())])).await;
        assert_eq!(bench.writes(), [call]);
        let jane = bench.object(&mailbox(JANE), &[setting(name)]).await.expect("jane");
        assert_eq!(jane.fields.value(&setting(name)), Some(&value), "{name}");
    }
    for (route, name, empty, call) in [
        ("antiphishing", "antiphishing", Value::text(""), "DELETE 3/oxantiphishing"),
        ("legacy_ref", "legacy_ref", Value::text(""), "DELETE 3/oxlegacyref"),
        ("details", "msisdn", Value::text(""), "DELETE 3/msisdn"),
        ("details", "delivery_status", Value::text(""), "DELETE 3/oxdeliverystatus"),
        ("details", "custom", words(&[]), "DELETE 3/custom"),
    ] {
        let change = set(route, &[(name, empty.clone())]);
        bench.write(&change).await;
        assert_eq!(bench.writes(), [call]);
        let jane = bench.object(&mailbox(JANE), &[setting(name)]).await.expect("jane");
        assert_eq!(jane.fields.value(&setting(name)), Some(&empty), "{name}");
        bench.perform(&change).await.expect("it holds already");
    }
    for (route, name) in [("uidname", "uidname"), ("spam_level", "spam_level")] {
        assert_eq!(bench.refused(&set(route, &[(name, Value::text(""))])).await.kind, ErrorKind::Invalid);
    }
}

#[tokio::test]
async fn several_details_and_several_ids_go_by_the_bulk_change() {
    let bench = bench().await;
    let change = set("details", &[("custom", words(&["a", "b"]))]);
    bench.write(&change).await;
    assert_eq!(bench.writes(), [r#"POST 3 {"custom":["a","b"]}"#]);
    let change = set(
        "details",
        &[("custom", words(&[])), ("msisdn", Value::text("+49")), ("delivery_status", Value::text("OX"))],
    );
    bench.write(&change).await;
    assert_eq!(bench.writes(), [r#"POST 3 {"custom":[],"msisdn":"+49","oxdeliverystatus":"OX"}"#]);
    let snapshot = bench.sandbox.snapshot();
    let jane = snapshot.user(JANE).expect("jane");
    assert_eq!((jane.custom.len(), jane.msisdn.as_deref()), (0, Some("+49")));
}

#[tokio::test]
async fn an_id_that_was_added_instead_of_put_in_place_is_put_in_place() {
    let bench = with(|builder| builder.with(Quirk::CustomAdds)).await;
    bench.sandbox.edit(|rows| {
        rows.change(JANE, |jane| jane.custom = vec!["old".into()]);
    });
    bench.write(&set("details", &[("custom", words(&["new"]))])).await;
    assert_eq!(bench.writes(), [r#"PUT 3/custom {"custom":"new"}"#, r#"POST 3 {"custom":["new"]}"#]);
    assert_eq!(bench.sandbox.snapshot().user(JANE).expect("jane").custom, ["new"]);
}

#[tokio::test]
async fn a_class_of_service_that_the_record_tells_is_changed_there_and_taken_by_the_attribute() {
    let bench = bench().await;
    let change = logging_out(set("class_of_service", &[("class_of_service", words(&["cloud_mail"]))]));
    bench.write(&change).await;
    assert_eq!(bench.writes()[0], r#"PUT users/jane@example.com {"classOfService":["cloud_mail"]}"#);
    assert_eq!(bench.sandbox.snapshot().user(JANE).expect("jane").sessions.len(), 0);
    bench.write(&set("class_of_service", &[("class_of_service", words(&[]))])).await;
    assert_eq!(bench.writes(), ["DELETE 3/classofservice"]);
    // Now the record tells none, so the attribute is asked and changed.
    bench.write(&set("class_of_service", &[("class_of_service", words(&["a", "b"]))])).await;
    assert_eq!(bench.writes(), [r#"PUT 3/classofservice {"classofservice":["a","b"]}"#]);
    assert_eq!(bench.sandbox.snapshot().counts.context_wide_closes, 0);
}

#[tokio::test]
async fn what_is_not_found_is_the_user_or_the_attribute() {
    let bench = bench().await;
    let gone = Change {
        remote: None,
        ..update(
            "spam_level",
            mailbox("gone@example.com"),
            Fields::new().with(setting("spam_level"), Value::text("low")),
        )
    };
    assert_eq!(bench.refused(&gone).await.kind, ErrorKind::NotFound);
    assert!(bench.writes().is_empty());
    // The path leads nowhere, and the user is there.
    let moved =
        connect(&bench.server.url(), keys_with(&[("spamlevel", "/elsewhere/{context}/{user}/level")])).await;
    let error = moved
        .perform(&set("spam_level", &[("spam_level", Value::text("low"))]), &Plain)
        .await
        .expect_err("nothing answers");
    assert_eq!(error.kind, ErrorKind::Protocol);
    assert!(error.hint.expect("a hint").contains("`paths`"));
}

#[tokio::test]
async fn a_route_and_its_field_belong_together() {
    let bench = bench().await;
    for change in [
        set("spam_level", &[("antivirus", Value::Bool(true))]),
        set("details", &[("uidname", Value::text("x"))]),
        set("spam_level", &[("spam_level", Value::Bool(true))]),
        set("nowhere", &[("msisdn", Value::text("x"))]),
    ] {
        assert_eq!(bench.refused(&change).await.kind, ErrorKind::Invalid, "{change:?}");
        assert!(bench.writes().is_empty());
    }
}
