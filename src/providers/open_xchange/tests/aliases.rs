//! Aliases: those in a user's list and those that forward.

use super::*;

const SALES: &str = "sales@example.com";

async fn with(build: impl FnOnce(Builder) -> Builder) -> Bench {
    Bench::with(build, keys(), |rows| {
        rows.user(CONTEXT, JANE, "pw").user(CONTEXT, JOHN, "pw");
    })
    .await
}

async fn read(bench: &Bench) -> ObservedObject {
    bench.object(&alias(SALES), &[Field::Targets]).await.expect("it is there")
}

/// An update of what was read.
async fn change_to(bench: &Bench, list: &[&str]) -> Change {
    let observed = read(bench).await;
    Change { record: observed.record, remote: observed.remote, ..update("", alias(SALES), targets(list)) }
}

#[tokio::test]
async fn an_alias_of_one_user_stands_in_its_list_beside_the_others() {
    for primary in [false, true] {
        let bench =
            with(|builder| if primary { builder.with(Quirk::PrimaryInAliases) } else { builder }).await;
        bench.sandbox.edit(|rows| {
            rows.change(JANE, |jane| jane.aliases = vec!["Other@Example.com".into()]);
        });
        bench.write(&create(alias(SALES), targets(&[JANE]))).await;
        assert_eq!(bench.sandbox.snapshot().user(JANE).expect("jane").aliases, ["Other@Example.com", SALES]);
        let error = bench.refused(&create(alias(SALES), targets(&[JANE]))).await;
        assert_eq!(error.kind, ErrorKind::Conflict);
        let error = bench.refused(&create(alias(SALES), targets(&[JOHN]))).await;
        assert_eq!(error.kind, ErrorKind::Conflict, "another user has it");
        let observed = read(&bench).await;
        bench.write(&delete(&observed)).await;
        assert_eq!(bench.sandbox.snapshot().user(JANE).expect("jane").aliases, ["Other@Example.com"]);
        assert_eq!(bench.perform(&delete(&observed)).await.expect("gone"), Done::NotNeeded);
    }
}

#[tokio::test]
async fn an_alias_with_several_targets_or_an_outer_one_forwards() {
    let bench = with(|builder| builder).await;
    for list in [&[JANE, JOHN][..], &["x@partner.example"]] {
        bench.write(&create(alias(SALES), targets(list))).await;
        assert!(
            bench.writes()[0].starts_with("POST forwards/acme_shop/sales@example.com ["),
            "{:?}",
            bench.writes()
        );
        let observed = read(&bench).await;
        assert_eq!(observed.fields.values(), targets(list));
        assert_eq!(bench.refused(&create(alias(SALES), targets(list))).await.kind, ErrorKind::Conflict);
        bench.write(&delete(&observed)).await;
        assert_eq!(
            bench.calls(),
            [
                "DELETE /api/oxaas/v1/admin/forwards/acme_shop/sales@example.com",
                "HEAD /api/oxaas/v1/admin/forwards/acme_shop/sales@example.com"
            ]
        );
        assert_eq!(bench.perform(&delete(&observed)).await.expect("gone"), Done::NotNeeded);
    }
    assert_eq!(bench.sandbox.snapshot().counts.forward_wipes, 0);
}

#[tokio::test]
async fn a_record_of_its_own_makes_an_alias_forward_whoever_its_target_is() {
    let bench = with(|builder| builder).await;
    let own = Change { record: "alias:sales@example.com".into(), ..create(alias(SALES), targets(&[JANE])) };
    bench.write(&own).await;
    assert_eq!(bench.sandbox.snapshot().forward(SALES), Some(&[JANE.to_owned()][..]));
    let home = Change {
        record: "mailbox:nobody@example.com".into(),
        ..create(alias("a@example.com"), targets(&["nobody@example.com"]))
    };
    assert_eq!(bench.refused(&home).await.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn recipients_are_added_taken_and_replaced_by_the_call_for_it() {
    let bench = with(|builder| builder).await;
    bench.write(&create(alias(SALES), targets(&[JANE, JOHN]))).await;
    for (list, write) in [
        (
            &[JANE, JOHN, "x@partner.example"][..],
            "PUT forwards/acme_shop/sales@example.com [\"x@partner.example\"]",
        ),
        (&[JANE, "x@partner.example"], "DELETE forwards/acme_shop/sales@example.com/john@example.com"),
        (
            &[JOHN, "y@partner.example"],
            "POST forwards/acme_shop/sales@example.com [\"john@example.com\",\"y@partner.example\"]",
        ),
    ] {
        let change = change_to(&bench, list).await;
        bench.write(&change).await;
        assert_eq!(bench.writes(), [write]);
        assert_eq!(read(&bench).await.fields.values(), targets(list));
        assert_eq!(bench.perform(&change).await.expect("it holds"), Done::NotNeeded);
    }
    bench.sandbox.edit(|rows| {
        rows.remove_forward(SALES);
    });
    let vanished = update("", alias(SALES), targets(&[JANE, JOHN]));
    assert_eq!(bench.refused(&vanished).await.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_service_without_head_is_asked_by_reading() {
    let bench = with(|builder| builder.with(Quirk::NoHead)).await;
    bench.write(&create(alias(SALES), targets(&[JANE, JOHN]))).await;
    bench.write(&change_to(&bench, &[JANE]).await).await;
    let observed = read(&bench).await;
    bench.write(&delete(&observed)).await;
    assert!(bench.sandbox.snapshot().forward(SALES).is_none());
}

#[tokio::test]
async fn a_create_that_is_answered_204_is_read_back() {
    let bench = with(|builder| builder.with(Quirk::CreatedForwardIs204)).await;
    bench.write(&create(alias(SALES), targets(&[JANE, JOHN]))).await;
    let bench = with(|builder| builder.with(Quirk::ExistingForwardKept)).await;
    // Somebody makes another one just between looking and writing.
    let sandbox = bench.sandbox.clone();
    let meanwhile = move || {
        sandbox.edit(|rows| {
            rows.forward(CONTEXT, SALES, &["theirs@partner.example"]);
        });
    };
    bench.server.faults().add(Fault::new(FaultKind::Meanwhile(Arc::new(meanwhile))).to_method(Method::POST));
    let error = bench.refused(&create(alias(SALES), targets(&[JANE, JOHN]))).await;
    assert_eq!(error.kind, ErrorKind::Conflict, "{error}");
    assert!(error.message.contains("theirs@partner.example"));
}

#[tokio::test]
async fn verbs_that_are_the_other_way_round_lose_nobody_are_noticed_and_can_be_given() {
    let bench = with(|builder| builder.with(Quirk::ForwardVerbsSwapped)).await;
    bench.write(&create(alias(SALES), targets(&[JANE, JOHN]))).await;
    let change = change_to(&bench, &[JANE, "x@partner.example"]).await;
    let notes = bench.write(&change).await;
    assert!(notes[0].contains("paths.forward_replace"), "{notes:?}");
    assert_eq!(read(&bench).await.fields.values(), targets(&[JANE, "x@partner.example"]));
    // Adding alone, where the verb that adds replaces.
    let change = change_to(&bench, &[JANE, "x@partner.example", "y@partner.example"]).await;
    bench.write(&change).await;
    assert_eq!(
        read(&bench).await.fields.values(),
        targets(&[JANE, "x@partner.example", "y@partner.example"])
    );
    let change = change_to(&bench, &[JANE, JOHN]).await;
    let path = "/api/oxaas/v1/admin/forwards/{context}/{alias}";
    let paths = [("forward_replace", format!("PUT {path}")), ("forward_add", format!("POST {path}"))];
    let paths: Vec<(&str, &str)> = paths.iter().map(|(key, path)| (*key, path.as_str())).collect();
    let provider = connect(&bench.server.url(), keys_with(&paths)).await;
    assert_eq!(provider.perform(&change, &Plain).await.expect("written"), Done::written());
    assert_eq!(read(&bench).await.fields.values(), targets(&[JANE, JOHN]));
}

#[tokio::test]
async fn a_service_that_leaves_an_alias_alone_that_is_there_is_brought_to_it_all_the_same() {
    let bench = with(|builder| builder.with(Quirk::ExistingForwardKept)).await;
    bench.write(&create(alias(SALES), targets(&[JANE, JOHN]))).await;
    bench.write(&change_to(&bench, &[JANE, "x@partner.example"]).await).await;
    assert_eq!(read(&bench).await.fields.values(), targets(&[JANE, "x@partner.example"]));
}

#[tokio::test]
async fn a_service_that_takes_one_recipient_at_a_time_gets_them_so() {
    let bench = with(|builder| builder.with(Quirk::OneRecipient)).await;
    for list in [&["x@partner.example"][..], &[JANE, JOHN]] {
        bench.write(&create(alias(SALES), targets(list))).await;
        assert_eq!(read(&bench).await.fields.values(), targets(list));
        bench.write(&change_to(&bench, &["y@partner.example", "z@partner.example"]).await).await;
        bench
            .write(&change_to(&bench, &["y@partner.example", "z@partner.example", "x@partner.example"]).await)
            .await;
        let observed = read(&bench).await;
        assert_eq!(
            observed.fields.values(),
            targets(&["x@partner.example", "y@partner.example", "z@partner.example"])
        );
        bench.write(&delete(&observed)).await;
    }
    // A recipient that is refused in both forms leaves all as it was.
    let bench = with(|builder| builder).await;
    let error = bench.refused(&create(alias("sales@elsewhere.example"), targets(&[JANE, JOHN]))).await;
    assert_eq!(error.kind, ErrorKind::Invalid, "{error}");
}

#[tokio::test]
async fn an_alias_goes_whose_mailbox_was_renamed_before() {
    for without in [None, Some(Quirk::ListWithoutUid), Some(Quirk::ShortLogins)] {
        let bench = with(|builder| without.into_iter().fold(builder, Builder::with)).await;
        bench.sandbox.edit(|rows| {
            rows.change(JANE, |jane| jane.aliases = vec![SALES.into()]);
        });
        let observed = read(&bench).await;
        let jane = bench.object(&mailbox(JANE), &[]).await.expect("jane");
        let renamed = change(Verb::Rename, mailbox("nora@example.com"), Fields::new());
        let renamed = Change {
            before_identity: Some(mailbox(JANE)),
            record: jane.record,
            remote: jane.remote,
            ..renamed
        };
        bench.write(&renamed).await;
        bench.write(&delete(&observed)).await;
        assert_eq!(bench.sandbox.snapshot().user("nora@example.com").expect("nora").aliases, [""; 0]);
    }
}

#[tokio::test]
async fn aliases_that_a_users_own_record_does_not_tell_are_kept() {
    let bench = with(|builder| builder.with(Quirk::UserWithoutAliases)).await;
    bench.sandbox.edit(|rows| {
        rows.change(JANE, |jane| jane.aliases = vec!["other@example.com".into()]);
    });
    bench.read(vec![whole(Kind::Alias, &[])]).await;
    bench.write(&create(alias(SALES), targets(&[JANE]))).await;
    assert_eq!(bench.sandbox.snapshot().user(JANE).expect("jane").aliases, ["other@example.com", SALES]);
    bench.write(&delete(&read(&bench).await)).await;
    assert_eq!(bench.sandbox.snapshot().user(JANE).expect("jane").aliases, ["other@example.com"]);
}

#[tokio::test]
async fn a_user_with_a_short_login_is_found_without_all_users() {
    let bench = with(|builder| builder).await;
    bench.sandbox.edit(|rows| {
        rows.change(JANE, |jane| jane.name = "jane".into());
    });
    bench.read(vec![whole(Kind::Mailbox, &[])]).await;
    bench.write(&create(alias(SALES), targets(&[JANE]))).await;
    assert_eq!(
        bench.calls(),
        [
            "GET /cloudapi/v2/users/jane?name=acme_shop&includepermissions=true",
            "PUT /cloudapi/v2/users/jane?name=acme_shop"
        ]
    );
}

#[tokio::test]
async fn an_address_that_is_there_twice_is_unknown() {
    let bench = with(|builder| builder).await;
    bench.sandbox.edit(|rows| {
        rows.change(JANE, |jane| jane.aliases = vec![SALES.into()]).forward(CONTEXT, SALES, &[JOHN]);
    });
    let state = bench.read(vec![whole(Kind::Alias, &[])]).await;
    assert!(matches!(state.look(&alias(SALES)), Looked::Unknown(reason) if reason.contains("twice")));
}

#[tokio::test]
async fn catch_alls_are_refused_and_sent_nowhere() {
    let bench = with(|builder| builder).await;
    for change in
        [create(alias("@example.com"), targets(&[JANE])), create(alias(SALES), targets(&["@other.example"]))]
    {
        assert_eq!(bench.refused(&change).await.kind, ErrorKind::Invalid);
        assert!(bench.writes().is_empty());
    }
}
