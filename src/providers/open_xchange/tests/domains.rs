//! Domains: shared ones at once, explicit ones where their paths are given.

use super::*;

fn named(name: &str) -> Identity {
    Identity::Domain(name.parse().expect(name))
}

fn scoped(word: &str) -> Fields {
    Fields::new().with(setting("scope"), Value::text(word))
}

async fn bench(paths: &[(&str, &str)]) -> Bench {
    Bench::with(
        |builder| builder.with(Quirk::DeletesUsedDomains),
        keys_with(paths),
        |rows| {
            rows.user(CONTEXT, JANE, "pw").explicit_domain(CONTEXT, "own.example");
        },
    )
    .await
}

#[tokio::test]
async fn shared_domains_are_listed_made_and_removed() {
    let bench = bench(&[]).await;
    let state = bench.read(vec![part(Collection::everything(Kind::Domain), &[setting("scope")])]).await;
    assert_eq!(bench.calls(), ["GET /api/oxaas/v1/admin/sharedmaildomains/*"]);
    assert_eq!(state.objects.len(), 1);
    let Looked::Present(domain) = state.look(&named("example.com")) else { panic!("a domain") };
    assert_eq!(domain.fields.values(), scoped("shared"));
    bench.write(&create(named("new.example"), scoped("shared"))).await;
    assert_eq!(bench.writes(), ["POST sharedmaildomains/new.example"]);
    assert_eq!(
        bench.refused(&create(named("new.example"), scoped("shared"))).await.kind,
        ErrorKind::Conflict
    );
    let new = bench.object(&named("new.example"), &[]).await.expect("made");
    bench.write(&delete(&new)).await;
    assert_eq!(bench.perform(&delete(&new)).await.expect("gone"), Done::NotNeeded);
    assert_eq!(bench.refused(&create(named("x.example"), scoped("explicit"))).await.kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn explicit_domains_need_their_paths() {
    let bench = bench(&EXPLICIT).await;
    let own = bench.object(&named("own.example"), &[]).await.expect("read");
    assert_eq!(own.fields.values(), scoped("explicit"));
    bench.write(&create(named("new.example"), scoped("explicit"))).await;
    assert_eq!(
        bench.calls(),
        [
            "GET /api/oxaas/v1/admin/explicitmaildomains/24/new.example",
            "GET /api/oxaas/v1/admin/explicitmaildomains/new.example",
            "POST /api/oxaas/v1/admin/explicitmaildomains/24/new.example",
            "GET /api/oxaas/v1/admin/explicitmaildomains/24/new.example",
        ]
    );
    let new = bench.object(&named("new.example"), &[]).await.expect("made");
    bench.write(&delete(&new)).await;
    assert!(bench.calls()[0].ends_with("/explicitmaildomains/new.example/users"));
    assert_eq!(bench.perform(&delete(&new)).await.expect("gone"), Done::NotNeeded);
    bench.sandbox.edit(|rows| {
        rows.context("acme_other").explicit_domain("acme_other", "theirs.example");
    });
    let error = bench.refused(&create(named("theirs.example"), scoped("explicit"))).await;
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert!(error.message.contains("another context's"));
}

#[tokio::test]
async fn a_domain_that_is_in_use_is_not_removed() {
    for records in [false, true] {
        let bench = bench(&EXPLICIT).await;
        bench.sandbox.edit(|rows| {
            rows.user(CONTEXT, "li@own.example", "pw");
            if records {
                rows.quirk(Quirk::DomainUsersAsRecords);
            }
        });
        for (domain, user) in [("own.example", "li@own.example"), ("example.com", JANE)] {
            let observed = bench.object(&named(domain), &[]).await.expect("read");
            let error = bench.refused(&delete(&observed)).await;
            assert_eq!(error.kind, ErrorKind::Conflict);
            assert!(error.message.contains(user), "{error}");
            assert!(bench.writes().is_empty());
        }
    }
}

#[tokio::test]
async fn a_list_that_fails_hides_no_domain() {
    let bench = bench(&EXPLICIT).await;
    bench.server.faults().add(
        Fault::new(FaultKind::ErrorBefore)
            .to(Method::GET, "/api/oxaas/v1/admin/explicitmaildomains/24")
            .every(),
    );
    let (state, error) = bench.try_read(vec![part(Collection::object(&named("own.example")), &[])]).await;
    assert!(error.is_none());
    assert!(matches!(state.look(&named("own.example")), Looked::Unknown(_)));
}

#[tokio::test]
async fn shared_domains_live_on_the_admin_host() {
    let sandbox = Sandbox::builder().separate_hosts().build();
    let rest = start(sandbox.simulator()).await.expect("a server");
    let admin = start(sandbox.admin_simulator()).await.expect("a server");
    let keys = keys().into_iter().chain([("admin_url", text(&admin.url()))]).collect();
    let provider = connect(&rest.url(), keys).await;
    let scope = Scope::of(vec![part(Collection::everything(Kind::Domain), &[])]);
    let (state, error) = read(&*provider, &scope).await;
    assert!(error.is_none() && state.objects.len() == 1, "{error:?}");
    provider.perform(&create(named("new.example"), scoped("shared")), &Plain).await.expect("made");
    assert!(rest.requests().is_empty() && provider.calls() == 4);
}
