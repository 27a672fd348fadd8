//! What `doctor` says of a context.

use super::*;
use crate::provider::{Check, CheckState};

async fn checked(bench: &Bench) -> Vec<Check> {
    bench.server.clear();
    let checks = bench.provider.check().await;
    let requests = bench.server.requests();
    assert!(
        requests.iter().all(|request| matches!(request.method, Method::GET | Method::HEAD)),
        "it only reads"
    );
    assert_eq!(bench.sandbox.snapshot().counts.content_reads, 0);
    checks
}

fn of<'a>(checks: &'a [Check], name: &str) -> &'a Check {
    checks.iter().find(|check| check.name == name).unwrap_or_else(|| panic!("{name}: {checks:?}"))
}

fn rows(rows: &mut Rows<'_>) {
    rows.user(CONTEXT, JANE, "pw").forward(CONTEXT, "press@example.com", &[JANE]);
}

#[tokio::test]
async fn a_context_in_good_order_passes_and_every_unproven_path_is_named() {
    let bench = Bench::with(|builder| builder, keys_with(&EXPLICIT), rows).await;
    let checks = checked(&bench).await;
    assert!(checks.iter().all(|check| check.state == CheckState::Passed), "{checks:?}");
    assert!(of(&checks, "context").detail.contains("context 24: 2 users, 1 with a mailbox"));
    for name in [
        "custom",
        "msisdn",
        "quotamode",
        "blacklist",
        "whitelist",
        "search",
        "list_users",
        "brand",
        "forwards",
        "forward_exists",
        "shared_domains",
        "explicit_domains",
        "brand_domains",
        "announcements",
        "mail_quota",
    ] {
        of(&checks, &format!("paths.{name}"));
    }
}

#[tokio::test]
async fn a_path_that_does_not_answer_is_told_and_the_rest_goes_on() {
    let build = |builder: Builder| {
        builder
            .at("quotamode", "/elsewhere/{context}/{user}")
            .at("list_users", "/elsewhere/{context}")
            .with(Quirk::NoHead)
            .tenant("tenant", "secret")
    };
    let bench = Bench::with(build, keys(), rows).await;
    let checks = checked(&bench).await;
    assert_eq!(of(&checks, "paths.list_users").state, CheckState::Warning);
    assert_eq!(of(&checks, "paths.forward_exists").state, CheckState::Warning);
    assert!(of(&checks, "paths.quotamode").detail.contains("the path is another"));
    assert!(of(&checks, "paths.mail_quota").detail.contains("another class of credentials"));
    assert!(of(&checks, "paths.explicit_domains").detail.contains("not managed"));
    assert_eq!(of(&checks, "paths.custom").state, CheckState::Passed);
    bench.read(vec![whole(Kind::Mailbox, &[])]).await;
}

#[tokio::test]
async fn wrong_credentials_and_no_service_end_it() {
    let bench = Bench::with(|builder| builder.brand("other", "secret"), keys(), |_| ()).await;
    let checks = checked(&bench).await;
    assert_eq!(of(&checks, "credentials").state, CheckState::Failed);
    assert_eq!((checks.len(), bench.calls().len()), (2, 1));
    let bench = Bench::with(|builder| builder, keys(), |_| ()).await;
    bench.server.faults().add(Fault::new(FaultKind::HtmlPage).every());
    assert_eq!(of(&checked(&bench).await, "reach").state, CheckState::Failed);
}

#[tokio::test]
async fn a_context_without_a_mailbox_is_in_order() {
    let bench = Bench::with(|builder| builder, keys(), |_| ()).await;
    let checks = checked(&bench).await;
    assert!(checks.iter().all(|check| check.state != CheckState::Failed), "{checks:?}");
    assert!(of(&checks, "context").detail.contains("without a mailbox yet"));
    assert_eq!(of(&checks, "paths.forwards").state, CheckState::Passed);
}
