//! `ActiveSync` and spam settings, which have calls of their own.

use super::*;

const JANE: &str = "jane@example.com";

fn jane(rows: &mut Rows<'_>) {
    rows.mailbox(JANE, "Secret123!");
}

fn on(yes: bool) -> Fields {
    Fields::new().with(setting("activesync"), Value::Bool(yes))
}

#[tokio::test]
async fn active_sync_is_switched_on_and_off() {
    let bench = Bench::new(jane).await;
    let switch = |yes| update_by("activesync", mailbox(JANE), on(yes));
    let now = async || {
        let object = bench.object(&mailbox(JANE), &[setting("activesync")]).await.expect("there");
        object.fields.value(&setting("activesync")).cloned()
    };
    for yes in [true, false] {
        bench.write(&switch(yes)).await;
        assert_eq!(now().await, Some(Value::Bool(yes)));
        assert_eq!(bench.perform(&switch(yes)).await.expect("held"), Done::NotNeeded);
    }
    let nobody = update_by("activesync", mailbox("x@example.com"), on(false));
    assert_eq!(bench.perform(&nobody).await.expect_err("nobody").kind, ErrorKind::NotFound);
    bench.write(&switch(true)).await;
    let state = bench.read(vec![whole(Kind::Mailbox, &[setting("activesync")])]).await;
    assert_eq!(state.objects[&mailbox(JANE)].fields.value(&setting("activesync")), Some(&Value::Bool(true)));
}

#[tokio::test]
async fn spam_settings_always_carry_the_level() {
    let bench = Bench::new(jane).await;
    let (level, to_domain, owner) = (
        setting("spam_filter_level"),
        setting("spam_send_to_domain_quarantine"),
        setting("spam_quarantine_owner"),
    );
    let all = [level.clone(), to_domain.clone(), owner.clone()];
    let now = async || bench.object(&mailbox(JANE), &all).await.expect("there").fields.values();
    let change = |after: Fields, fields: &[&Field]| {
        let mut change = update_by("spam", mailbox(JANE), after);
        change.fields = fields.iter().map(|field| (*field).clone()).collect();
        change
    };
    let exclusive = Fields::new().with(level.clone(), Value::text("exclusive"));
    bench.write(&change(exclusive.clone(), &[&level])).await;
    assert_eq!(now().await.get(&level), Some(&Value::text("exclusive")));

    // Known from the plan, the level needs no look; unknown, it is read first and stays.
    let known = exclusive.with(to_domain.clone(), Value::Bool(true));
    bench.write(&change(known, &[&to_domain])).await;
    assert_eq!(bench.calls(), ["PUT mailboxes/jane/spam/settings"]);
    let boss = Fields::new().with(owner.clone(), Value::text("boss@example.com"));
    bench.write(&change(boss, &[&owner])).await;
    assert_eq!(bench.calls(), ["GET mailboxes/jane/spam/settings", "PUT mailboxes/jane/spam/settings"]);
    let seen = now().await;
    assert_eq!(seen.get(&level), Some(&Value::text("exclusive")));
    assert_eq!(
        (seen.get(&to_domain), seen.get(&owner)),
        (Some(&Value::Bool(true)), Some(&Value::text("boss@example.com")))
    );

    // Cleared by a flag of its own, as a wish for an empty text and as a field without one.
    for after in [Fields::new().with(owner.clone(), Value::text("")), Fields::new()] {
        bench.write(&change(after, &[&owner])).await;
        assert_eq!(bench.forms()[0].get("removeQuarantineOwner").map(String::as_str), Some("true"));
        assert_eq!(now().await.get(&owner), Some(&Value::text("")));
    }
}

#[tokio::test]
async fn spam_settings_that_fail_leave_the_rest_known() {
    let bench = Bench::new(jane).await;
    let path = "/v1/customers/me/domains/example.com/ex/mailboxes/jane/spam/settings";
    bench.server.faults().add(Fault::new(FaultKind::HtmlPage).to(Method::GET, path));
    let fields = [Field::DisplayName, setting("spam_filter_level")];
    let jane = bench.object(&mailbox(JANE), &fields).await.expect("there");
    assert!(jane.fields.value(&Field::DisplayName).is_some());
    assert!(not_read(&jane, &setting("spam_filter_level")).contains("spam/settings"));
}
