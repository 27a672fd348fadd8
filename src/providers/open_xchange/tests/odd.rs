//! Answers that drift: statuses, bodies, types and orders that the contract names.

use axum::http::StatusCode;

use super::*;
use crate::providers::open_xchange::sandbox::{ErrorStyle, WriteBody};

fn rows(rows: &mut Rows<'_>) {
    rows.user(CONTEXT, JANE, "pw").user(CONTEXT, JOHN, "pw").forward(
        CONTEXT,
        "press@example.com",
        &[JANE, JOHN],
    );
}

/// Writes of every kind, and what they leave.
async fn writes_stick(bench: &Bench) {
    let jane = |route: &str, name: &str, value: Value| {
        update(route, mailbox(JANE), Fields::new().with(setting(name), value))
    };
    let press = Change {
        record: "alias:press@example.com".into(),
        ..update("", alias("press@example.com"), targets(&[JANE, "x@partner.example"]))
    };
    for change in [
        create(mailbox("nora@example.com"), person("Nora")),
        jane("spam_level", "spam_level", Value::text("high")),
        jane("details", "custom", words(&["a", "b"])),
        jane("details", "msisdn", Value::text("+49")),
        jane("details", "msisdn", Value::text("")),
        create(alias("sales@example.com"), targets(&[JANE])),
        press,
        update("", sender_rules(JANE), Fields::new().with(Field::Block, words(&["x@spam.example"]))),
        create(
            Identity::Domain("new.example".parse().expect("a domain")),
            Fields::new().with(setting("scope"), Value::text("shared")),
        ),
    ] {
        bench.write(&change).await;
    }
    let parts = vec![
        part(
            Collection::object(&mailbox(JANE)),
            &[setting("spam_level"), setting("custom"), setting("msisdn")],
        ),
        whole(Kind::Alias, &[]),
        parts_of(Kind::SenderRules, &[JANE, JOHN]),
    ];
    let state = bench.read(parts).await;
    let Looked::Present(jane) = state.look(&mailbox(JANE)) else { panic!("jane") };
    assert_eq!(jane.fields.value(&setting("spam_level")), Some(&Value::text("high")));
    assert_eq!(jane.fields.value(&setting("custom")), Some(&words(&["a", "b"])));
    assert_eq!(jane.fields.value(&setting("msisdn")), Some(&Value::text("")));
    assert!(matches!(state.look(&alias("sales@example.com")), Looked::Present(_)));
    assert!(matches!(state.look(&sender_rules(JANE)), Looked::Present(_)));
    assert!(matches!(state.look(&sender_rules(JOHN)), Looked::Absent { .. }));
    assert!(bench.sandbox.snapshot().shared_domains.contains("new.example"));
}

#[tokio::test]
async fn any_status_and_any_body_of_a_write_is_a_success() {
    for status in [StatusCode::OK, StatusCode::CREATED, StatusCode::NO_CONTENT] {
        for body in [WriteBody::Documented, WriteBody::Null, WriteBody::Empty, WriteBody::Text] {
            let build = |builder: Builder| builder.write_status(status).write_body(body);
            let bench = Bench::with(build, keys(), rows).await;
            writes_stick(&bench).await;
        }
    }
}

#[tokio::test]
async fn refusals_in_every_style_mean_the_same() {
    for style in [ErrorStyle::Own, ErrorStyle::Errors, ErrorStyle::Text, ErrorStyle::Null, ErrorStyle::Empty]
    {
        let build = |builder: Builder| builder.error_style(style);
        let bench = Bench::with(build, keys(), rows).await;
        writes_stick(&bench).await;
        let error = bench.refused(&create(mailbox(JANE), person("Jane"))).await;
        assert_eq!(error.kind, ErrorKind::Conflict, "{style:?}");
        let gone =
            update("", mailbox("gone@example.com"), Fields::new().with(Field::GivenName, Value::text("x")));
        assert_eq!(bench.refused(&gone).await.kind, ErrorKind::NotFound, "{style:?}");
    }
    let bench = Bench::with(|builder| builder.with(Quirk::ExistsIsBadRequest), keys(), rows).await;
    let error = bench.refused(&create(mailbox(JANE), person("Jane"))).await;
    assert_eq!(error.kind, ErrorKind::Conflict);
}

#[tokio::test]
async fn types_drift_and_nothing_is_lost() {
    for quirk in [
        Quirk::TextIds,
        Quirk::EmptyIsNull,
        Quirk::JsonAsText,
        Quirk::ServiceAsText,
        Quirk::UnsetServiceIsEmptyText,
        Quirk::UnsetServiceIsEmptyList,
        Quirk::CustomInRecord,
        Quirk::SearchAlwaysArray,
        Quirk::SearchNoneIs404,
        Quirk::SearchContains,
        Quirk::PrimaryInAliases,
        Quirk::ShortLogins,
        Quirk::ContextIdShown,
        Quirk::SpamLevelInList,
        Quirk::ListWithoutUid,
        Quirk::NoHead,
        Quirk::AddNeedsForward,
        Quirk::ReplacedForwardIs204,
    ] {
        let bench = Bench::with(|builder| builder.with(quirk), keys(), rows).await;
        writes_stick(&bench).await;
        let class = setting("class_of_service");
        let set = update("class_of_service", mailbox(JANE), Fields::new().with(class.clone(), words(&[])));
        bench.write(&set).await;
        let jane = bench.object(&mailbox(JANE), std::slice::from_ref(&class)).await.expect("jane");
        assert_eq!(jane.fields.value(&class), Some(&words(&[])), "{quirk:?}");
    }
}

#[tokio::test]
async fn a_fresh_user_whose_attributes_are_not_there_yet_is_not_read_or_empty_and_never_wrong() {
    let build = |builder: Builder| builder.fresh_attributes_fail(1, StatusCode::INTERNAL_SERVER_ERROR);
    let bench = Bench::with(build, keys(), rows).await;
    bench.write(&create(mailbox("nora@example.com"), person("Nora"))).await;
    let wanted = [setting("spam_level")];
    let nora = bench.object(&mailbox("nora@example.com"), &wanted).await.expect("nora");
    assert!(!not_read(&nora, &wanted[0]).is_empty());
    let nora = bench.object(&mailbox("nora@example.com"), &wanted).await.expect("nora");
    assert_eq!(nora.fields.value(&wanted[0]), Some(&Value::text("medium")));
}

#[tokio::test]
async fn a_context_by_number_works_as_one_by_name() {
    let params = keys()
        .into_iter()
        .map(|(key, param)| if key == "context" { (key, text("24")) } else { (key, param) });
    let bench = Bench::with(|builder| builder, params.collect(), rows).await;
    writes_stick(&bench).await;
    let suspended = Fields::new().with(Field::State, Value::State(crate::model::AccountState::Suspended));
    bench.write(&logging_out(update("permissions", mailbox(JANE), suspended))).await;
    assert!(bench.calls().last().expect("calls").contains("contextId=24&user"), "{:?}", bench.calls());
    assert_eq!(bench.sandbox.snapshot().counts.context_wide_closes, 0);
}
