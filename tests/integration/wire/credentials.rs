//! A refused credential, and answers that are no answers.

use std::time::Duration;

use axum::http::Method;
use mailwright::provider::ErrorKind;
use mailwright::sandbox::{Fault, FaultKind};

use super::mailinabox::Simulated;
use super::service::{Service, Type};
use super::site::Site;

/// Whose reading takes both lists of the box, and whose plan deletes.
const WISH: &str = "
version: 1
domains:
  example.com: {provider: svc, prune: [aliases, forwards, permissions]}
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
fn what_is_no_answer_is_a_clear_error_and_deletes_nothing() {
    for fault in [
        FaultKind::HtmlPage,
        FaultKind::HalfBody,
        FaultKind::CutShort,
        FaultKind::Endless { limit: 80 << 20 },
        FaultKind::Hang,
        FaultKind::Slow(Duration::from_mins(10)),
    ] {
        for path in ["/login", "/mail/users", "/mail/aliases"] {
            Type::MailInABox.block_on(async {
                let service = Simulated::fresh().await;
                let method = if path == "/login" { Method::POST } else { Method::GET };
                service.server.faults().add(Fault::new(fault.clone()).to(method, path).every());
                let site = Site::load(&service, WISH).expect("loads");
                let before = service.dump().await;
                let providers = site.connect().await.expect("connecting sends nothing");
                let begun = tokio::time::Instant::now();
                let (observed, failure) = site.observe(&providers).await;
                assert!(
                    begun.elapsed() < Duration::from_mins(5),
                    "{fault:?} at {path}: {:?}",
                    begun.elapsed()
                );
                let struck =
                    service.server.requests().iter().filter(|request| request.fault.is_some()).count();
                assert!(struck <= 8, "{fault:?} at {path}: asked {struck} times");
                let plan = site.plan(&observed);
                if struck > 0 {
                    let error = failure.unwrap_or_else(|| panic!("{fault:?} at {path} is told"));
                    assert!(error.call.is_some() && !error.message.is_empty(), "{error:?}");
                    let told = super::site::lines(&plan);
                    assert_eq!(plan.ready().count(), 0, "{fault:?} at {path}\n{told}");
                    assert!(plan.is_incomplete(), "{fault:?} at {path}");
                }
                assert_eq!(before, service.dump().await);
            });
        }
    }
}
