//! A refused credential, and answers that are no answers.

use std::time::Duration;

use axum::http::Method;
use mailwright::provider::ErrorKind;
use mailwright::sandbox::{Fault, FaultKind};

use super::censornet::{Filter, Filtered, LIST};
use super::mailinabox::Simulated;
use super::rackspace::{Exchange, MAILBOXES};
use super::service::{Service, Type};
use super::site::{Cut, Site, lines};

/// Whose reading takes both lists of the box, and whose plan deletes.
const WISH: &str = "
version: 1
domains:
  example.com: {provider: svc, prune: [aliases, forwards, permissions]}
mailboxes:
  keep@example.com: absent
";

/// The same of a filter.
const FILTER_WISH: &str = "
version: 1
domains:
  example.com: {filters: [svc], prune: [registrations]}
mailboxes:
  keep@example.com: absent
";

#[test]
fn a_wrong_credential_is_sent_once() {
    Type::MailInABox.block_on(async {
        let mut service = Simulated::fresh().await;
        service.password = "WRONG_PASSWORD";
        let site = Site::load(&service, WISH).expect("loads");
        let providers = site.connect().await.expect("connecting sends nothing");
        let (observed, failure) = site.observe(&providers).await;
        let error = failure.expect("refused");
        assert_eq!(error.kind, ErrorKind::Auth, "{error:?}");
        assert_eq!(service.server.counters().total, 1, "one call, and none after it");
        assert_eq!(service.sandbox.failed_logins(), 1);
        assert!(!format!("{error:?}").contains("not the password"), "{error:?}");
        let plan = site.plan(&observed);
        assert_eq!(plan.ready().count(), 0, "nothing rests on a refused reading");
        // A second reading of the same process does not try the credential again.
        let (_, failure) = site.observe(&providers).await;
        assert_eq!(failure.expect("refused").kind, ErrorKind::Auth);
        assert_eq!(service.sandbox.failed_logins(), 1);
    });
}

#[test]
fn a_wrong_credential_of_a_filter_is_sent_once() {
    Type::Censornet.block_on(async {
        let mut filter = Filter::fresh().await;
        filter.password = "WRONG_PASSWORD";
        let site = Site::load(&filter, FILTER_WISH).expect("loads");
        let providers = site.connect().await.expect("connecting sends nothing");
        let (observed, failure) = site.observe(&providers).await;
        let error = failure.expect("refused");
        assert_eq!(error.kind, ErrorKind::Auth, "{error:?}");
        assert_eq!(filter.server.counters().total, 1, "one call, and none after it");
        assert_eq!(filter.sandbox.failed_logins(), 1);
        assert!(!format!("{error:?}").contains("not the password"), "{error:?}");
        let plan = site.plan(&observed);
        assert_eq!(plan.ready().count(), 0, "nothing rests on a refused reading");
        // Neither a second reading nor a second connection of the same process tries the credential again.
        let (_, failure) = site.observe(&providers).await;
        assert_eq!(failure.expect("refused").kind, ErrorKind::Auth);
        let again = site.connect().await.expect("connecting sends nothing");
        let (_, failure) = site.observe(&again).await;
        assert_eq!(failure.expect("refused").kind, ErrorKind::Auth);
        assert_eq!(filter.server.counters().total, 1);
    });
}

#[test]
fn a_wrong_credential_of_a_filter_leaves_its_store_as_it_is_known() {
    Type::FilteredBox.block_on(async {
        let mut service = Filtered::fresh().await;
        service.gate.password = "WRONG_PASSWORD";
        let wish = "version: 1\ndomains:\n  example.com: {provider: svc, filters: [gate]}\nmailboxes:\n  \
                    ann@example.com: {password: {env: FIRST_PASSWORD}}\n  keep@example.com: absent\n";
        let site = Site::load(&service, wish).expect("loads");
        let providers = site.connect().await.expect("connecting sends nothing");
        let (observed, failure) = site.observe(&providers).await;
        assert_eq!(failure.expect("refused").kind, ErrorKind::Auth);
        let plan = site.plan(&observed);
        assert!(plan.is_incomplete());
        let ready: Vec<&str> = plan.ready().map(|change| change.id.as_str()).collect();
        assert!(ready.iter().all(|id| id.contains(":svc:")), "{ready:?}");
        site.apply(&service, &providers, &plan, Cut::Never).await.expect("nobody kills it");
        assert_eq!(service.gate.server.counters().total, 1);
        assert_eq!(service.gate.sent(), (0, 0));
    });
}

#[test]
fn wrong_keys_of_exchange_are_sent_once() {
    Type::Rackspace.block_on(async {
        let mut exchange = Exchange::fresh().await;
        exchange.secret_key = "WRONG_PASSWORD";
        let site = Site::load(&exchange, WISH).expect("loads");
        let providers = site.connect().await.expect("connecting sends nothing");
        let (observed, failure) = site.observe(&providers).await;
        let error = failure.expect("refused");
        assert_eq!(error.kind, ErrorKind::Auth, "{error:?}");
        assert_eq!(exchange.server.counters().total, 1, "one call, and none after it");
        assert!(!format!("{error:?}").contains("not the password"), "{error:?}");
        let plan = site.plan(&observed);
        assert!(plan.is_incomplete());
        assert_eq!(plan.ready().count(), 0, "nothing rests on a refused reading\n{}", lines(&plan));
        // Neither a second reading nor a second connection of the same process tries the keys again.
        let again = site.connect().await.expect("connecting sends nothing");
        for providers in [&providers, &again] {
            let (_, failure) = site.observe(providers).await;
            assert_eq!(failure.expect("refused").kind, ErrorKind::Auth);
        }
        assert_eq!(exchange.server.counters().total, 1);
    });
}

/// What answers at `path` in place of the service.
fn no_answers() -> Vec<FaultKind> {
    vec![
        FaultKind::HtmlPage,
        FaultKind::HalfBody,
        FaultKind::CutShort,
        FaultKind::Endless { limit: 80 << 20 },
        FaultKind::Hang,
        FaultKind::Slow(Duration::from_mins(10)),
    ]
}

/// Strikes every call to `path`: the error says so, within bounded time and calls, and nothing rests on it.
async fn is_told(service: &dyn Service, wish: &str, fault: FaultKind, path: &str) {
    let [server] = service.servers()[..] else { panic!("one server") };
    let method = if ["/login", "/auth"].contains(&path) { Method::POST } else { Method::GET };
    server.faults().add(Fault::new(fault.clone()).to(method, path).every());
    let site = Site::load(service, wish).expect("loads");
    let before = service.dump().await;
    let providers = site.connect().await.expect("connecting sends nothing");
    let begun = tokio::time::Instant::now();
    let (observed, failure) = site.observe(&providers).await;
    assert!(begun.elapsed() < Duration::from_mins(5), "{fault:?} at {path}: {:?}", begun.elapsed());
    let struck = server.requests().iter().filter(|request| request.fault.is_some()).count();
    assert!(struck <= 8, "{fault:?} at {path}: asked {struck} times");
    let plan = site.plan(&observed);
    if struck > 0 {
        // What strikes one list or one mailbox may be told of that alone.
        let of_part = || observed.connections.values().any(|state| !state.incomplete().is_empty());
        match failure {
            Some(error) => assert!(error.call.is_some() && !error.message.is_empty(), "{error:?}"),
            None => assert!(path.starts_with(MAILBOXES) && of_part(), "{fault:?} at {path} is told"),
        }
        assert_eq!(plan.ready().count(), 0, "{fault:?} at {path}\n{}", lines(&plan));
        assert!(plan.is_incomplete(), "{fault:?} at {path}");
    }
    assert_eq!(before, service.dump().await);
}

#[test]
fn what_is_no_answer_is_a_clear_error_and_deletes_nothing() {
    for fault in no_answers() {
        for path in ["/login", "/mail/users", "/mail/aliases"] {
            Type::MailInABox.block_on(async {
                is_told(&Simulated::fresh().await, WISH, fault.clone(), path).await;
            });
        }
        // The list of mailboxes, and one of them.
        for path in [MAILBOXES.to_owned(), format!("{MAILBOXES}/keep")] {
            Type::Rackspace.block_on(async {
                is_told(&Exchange::fresh().await, WISH, fault.clone(), &path).await;
            });
        }
        for path in ["/auth", LIST] {
            Type::Censornet.block_on(async {
                is_told(&Filter::fresh().await, FILTER_WISH, fault.clone(), path).await;
            });
        }
    }
}
