//! Mailboxes: made, changed, emptied, suspended, removed.

use super::*;
use crate::model::AccountState;

const NORA: &str = "nora@example.com";

fn all_settings() -> Vec<(Field, Value)> {
    let texts = [
        "custom_id",
        "company",
        "department",
        "job_title",
        "address_line1",
        "city",
        "state",
        "zip",
        "country",
        "business_number",
        "home_number",
        "mobile_number",
        "fax_number",
        "pager_number",
        "notes",
    ];
    let texts = texts.into_iter().map(|name| (setting(name), Value::text(&format!("a {name} & ü+%"))));
    let flags = ["public_folder_admin", "visible_in_rackspace_email_company_directory"];
    let flags = flags.into_iter().map(|name| (setting(name), Value::Bool(true)));
    texts.chain(flags).collect()
}

fn everything() -> Fields {
    let mut fields = person("Nora Ünal")
        .with(Field::GivenName, Value::text("Nora"))
        .with(Field::FamilyName, Value::text("Ünal"))
        .with(Field::State, Value::State(AccountState::Suspended))
        .with(Field::HiddenFromDirectory, Value::Bool(true));
    for (field, value) in all_settings() {
        fields.set(field, value);
    }
    fields
}

async fn now(bench: &Bench, fields: &[Field]) -> Fields {
    let object = bench.object(&mailbox(NORA), fields).await.expect("there");
    let known = object.fields.values();
    fields.iter().filter_map(|field| Some((field.clone(), known.get(field)?.clone()))).collect()
}

#[tokio::test]
async fn every_field_is_made_changed_and_emptied() {
    let bench = Bench::new(|_| ()).await;
    let wished = everything();
    bench.write(&create(mailbox("Nora@Example.com"), wished.clone())).await;
    assert_eq!(bench.calls(), ["POST mailboxes/nora"]);
    assert_eq!(bench.forms()[0]["size"], "2048");
    assert_eq!(bench.sandbox.password_of(NORA).as_deref(), Some("password-canary"));
    let mut readable = wished.clone();
    readable.remove(&Field::Password);
    let fields: Vec<Field> = readable.iter().map(|(field, _)| field.clone()).collect();
    assert_eq!(now(&bench, &fields).await, readable);

    // Each field alone: nothing else moves.
    for field in &fields {
        let value = match readable.get(field).expect("set") {
            Value::Text(_) => Value::text("other"),
            Value::Bool(yes) => Value::Bool(!yes),
            Value::State(_) => Value::State(AccountState::Active),
            _ => Value::Quota(Quota::Bytes(3 << 20)),
        };
        let mut change = update(mailbox(NORA), readable.clone().with(field.clone(), value.clone()));
        change.fields = vec![field.clone()];
        bench.write(&change).await;
        assert_eq!(bench.forms()[0].len(), 1, "{field}");
        readable.set(field.clone(), value);
        assert_eq!(now(&bench, &fields).await, readable, "{field}");
    }

    // Emptied: as an empty text, and as a field that stands in `fields` and not in `after`.
    let texts: Vec<&Field> = fields
        .iter()
        .filter(|field| matches!(readable.get(field), Some(Value::Text(_))) && **field != Field::DisplayName)
        .collect();
    for (number, field) in texts.into_iter().enumerate() {
        let mut change = update(mailbox(NORA), Fields::new());
        if number % 2 == 0 {
            change.after.set(field.clone(), Value::text(""));
        }
        change.fields = vec![field.clone()];
        bench.write(&change).await;
        assert_eq!(
            now(&bench, std::slice::from_ref(field)).await.get(field),
            Some(&Value::text("")),
            "{field}"
        );
    }
}

#[tokio::test]
async fn any_answer_to_a_write_that_succeeds_will_do() {
    use super::super::sandbox::WriteStyle;
    for style in [WriteStyle::Empty, WriteStyle::NoContent, WriteStyle::Json] {
        let bench = Bench::with(|builder| builder.write_style(style), keys(), |_| ()).await;
        bench.write(&create(mailbox(NORA), person("Nora"))).await;
        let seen = now(&bench, &[Field::DisplayName]).await;
        bench.write(&delete(mailbox(NORA), seen)).await;
        assert_eq!(bench.calls(), ["DELETE mailboxes/nora"]);
        assert_eq!(
            bench.perform(&delete(mailbox(NORA), Fields::new())).await.expect("gone"),
            Done::NotNeeded
        );
    }
}

#[tokio::test]
async fn a_password_is_set_again_where_that_is_asked_for() {
    let bench = Bench::new(|rows| {
        rows.mailbox(NORA, "Secret123!");
    })
    .await;
    let password = Value::Secret(SecretRef::Env("another-one".into()));
    bench.write(&update(mailbox(NORA), Fields::new().with(Field::Password, password))).await;
    assert_eq!(bench.sandbox.password_of(NORA).as_deref(), Some("another-one"));
}

#[tokio::test]
async fn refusals_have_their_kinds_in_every_wording() {
    use super::super::sandbox::FaultStyle;
    for style in [FaultStyle::Json, FaultStyle::TrailingComma, FaultStyle::ShortNames, FaultStyle::HeaderOnly]
    {
        let bench = Bench::with(
            |builder| builder.fault_style(style),
            keys(),
            |rows| {
                rows.mailbox(NORA, "Secret123!").mailbox("ann@example.com", "Secret123!");
                rows.address("ann@example.com", "sales@example.com").contact("li@example.com", "Li");
            },
        )
        .await;
        for taken in [NORA, "sales@example.com", "li@example.com"] {
            let error = bench.perform(&create(mailbox(taken), person("X"))).await.expect_err("taken");
            assert_eq!(error.kind, ErrorKind::Conflict, "{style:?} {taken}: {error}");
            assert!(error.message.contains("already in use"), "{error}");
            assert!(
                error.hint.as_deref().is_some_and(|hint| hint.contains("distribution list")),
                "{error:?}"
            );
        }
        let nobody = update(mailbox("x@example.com"), Fields::new().with(Field::GivenName, Value::text("X")));
        let error = bench.perform(&nobody).await.expect_err("nobody");
        assert_eq!(error.kind, ErrorKind::NotFound, "{style:?}");
        let blank = person("X").with(Field::DisplayName, Value::text(""));
        let error = bench.perform(&create(mailbox("b@example.com"), blank)).await.expect_err("no name");
        assert_eq!(error.kind, ErrorKind::Invalid, "{style:?}");
        assert!(error.message.contains("Invalid display name"), "{error}");
    }
}

#[tokio::test]
async fn the_domain_of_somebody_else_is_not_a_mailbox_that_is_gone() {
    let bench = Bench::new(|_| ()).await;
    for change in [
        delete(mailbox("nora@other.example"), Fields::new()),
        delete(forward("nora@other.example"), targets(&["x@partner.example"])),
        delete(alias("sales@other.example"), targets(&["nora@other.example"])),
        delete(permission("nora@other.example", "x@other.example"), rights(&[Right::SendAs])),
        create(mailbox("nora@other.example"), person("Nora")),
    ] {
        let error = bench.perform(&change).await.expect_err("denied");
        assert_eq!(error.kind, ErrorKind::Denied, "{}", change.id);
        assert!(error.message.contains("the domain is not one of this account"), "{error}");
    }
}

#[tokio::test]
async fn what_cannot_be_is_not_sent() {
    let bench = Bench::new(|_| ()).await;
    let without = |field: Field| {
        let mut fields = person("Nora");
        fields.remove(&field);
        create(mailbox(NORA), fields)
    };
    let short = Value::Secret(SecretRef::Env("1234567".into()));
    let odd = Value::Quota(Quota::Bytes(1000));
    for change in [
        without(Field::DisplayName),
        without(Field::Quota),
        without(Field::Password),
        create(mailbox(NORA), person("Nora").with(Field::Password, short)),
        create(mailbox(NORA), person("Nora").with(Field::Quota, odd)),
        update_by("unknown", mailbox(NORA), Fields::new()),
        change(Verb::Rename, mailbox(NORA), Fields::new()),
        create(Identity::Domain(domain()), Fields::new()),
        create(Identity::Registration(address(NORA)), Fields::new()),
        update(alias("sales@example.com"), targets(&[NORA])),
        create(permission(NORA, "x@other.example"), rights(&[Right::SendAs])),
        create(permission(NORA, "x@example.com"), rights(&[Right::SendOnBehalf])),
        create(forward(NORA), targets(&["a@example.com", "b@example.com"])),
        create(alias("sales@other.example"), targets(&[NORA])),
    ] {
        let error = bench.perform(&change).await.expect_err("cannot");
        assert_eq!(error.kind, ErrorKind::Invalid, "{}: {error}", change.id);
        assert_eq!(bench.calls(), [""; 0], "{}", change.id);
    }
}

#[tokio::test]
async fn a_licence_that_is_used_up_is_told_as_such() {
    let bench = Bench::with(|builder| builder.max_mailboxes(0), keys(), |_| ()).await;
    let error = bench.perform(&create(mailbox(NORA), person("Nora"))).await.expect_err("full");
    assert_eq!(error.kind, ErrorKind::LimitReached, "{error:?}");
}
