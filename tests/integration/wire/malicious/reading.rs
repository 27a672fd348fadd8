//! Every evil at every call of a plan.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mailwright::model::{ConnectionState, Plan, Verb};
use mailwright::render::{Style, text};
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::evils::all;
use super::proxy::{Evil, Strike};
use super::{Proxied, name};
use crate::fuzz::targets::tame;
use crate::tally::{What, held};
use crate::wire::service::{Service as _, Type};
use crate::wire::site::{Site, lines};
use crate::wire::struck::{ready, rests_on_a_gap};

/// The most calls that a plan may take: four lists of the most pages that are read of one, and the rest.
const MOST_CALLS: usize = 8_100;

/// The most bytes that all calls of a plan may take: a few whole replies, and what is under way.
const MOST_BYTES: u64 = 300 << 20;

/// The longest that a plan may wait.
const LONGEST: Duration = Duration::from_hours(6);

/// A listener that nothing may come to.
pub(super) struct Elsewhere {
    pub(super) address: String,
    came: Arc<AtomicUsize>,
}

impl Elsewhere {
    pub(super) async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let came = Arc::new(AtomicUsize::new(0));
        let counting = Arc::clone(&came);
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counting.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, came }
    }

    pub(super) fn heard(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }
}

/// What was there before, and what is wished then: something new, something else, something gone, and a closed world.
pub(super) fn wishes(kind: Type) -> (String, String) {
    let needs = kind.needs().unwrap_or_default();
    let serving = kind.serving();
    let prune = if kind == Type::Censornet { "registrations" } else { "aliases" };
    let ann =
        if kind == Type::Censornet { needs.to_owned() } else { format!("{needs}, aliases: [a@example.com]") };
    let first = format!(
        "version: 1\ndomains:\n  example.com: {{{serving}}}\nmailboxes:\n  ann@example.com: {{{ann}}}\n  bob@example.com: {{{needs}}}\n"
    );
    let second = format!(
        "version: 1\ndomains:\n  example.com: {{{serving}, prune: [{prune}]}}\nmailboxes:\n  ann@example.com: {{{}}}\n  \
         bob@example.com: absent\n  new@example.com: {{{needs}}}\n",
        if kind == Type::Censornet { "" } else { "aliases: [b@example.com]" }
    );
    (first, second)
}

/// Plans while the service is evil, and fails the test where something comes of it.
pub(super) async fn endures(service: &Proxied, site: &Site, strike: Strike, elsewhere: &Elsewhere) -> Plan {
    service.proxy.set(None);
    let (_, clean) = site.look().await;
    let trace = service.trace().await;
    let Strike { evil: Evil { name, lies, .. }, from, times } = strike.clone();
    let told = format!("{}: {name} at call {from}, {times} times", service.type_name());
    service.proxy.set(Some(strike));
    let started = Instant::now();
    let providers = site.connect().await.expect("connecting sends nothing");
    let (observed, failure) = site.observe(&providers).await;
    let plan = site.plan(&observed);
    assert_eq!(elsewhere.heard(), 0, "{told}: something was called elsewhere");
    assert!(service.proxy.calls() <= MOST_CALLS, "{told}: {} calls", service.proxy.calls());
    assert!(service.proxy.taken() <= MOST_BYTES, "{told}: {} bytes", service.proxy.taken());
    assert!(started.elapsed() < LONGEST, "{told}: {:?}", started.elapsed());
    assert_eq!(service.trace().await, trace, "{told}: a plan writes nothing");
    if let Some(error) = &failure {
        tame(&error.to_string(), &told);
        tame(error.hint.as_deref().unwrap_or_default(), &told);
        assert!(!error.to_string().contains("root:"), "{told}: a file was read: {error}");
    }
    for (collection, reason) in observed.connections.values().flat_map(ConnectionState::incomplete) {
        tame(&reason, &format!("{told}: {collection}"));
    }
    tame(&text::plan(&plan, Style::plain()), &told);
    let deletes = ready(&plan, Some(Verb::Delete));
    let honest = ready(&clean, None);
    assert!(deletes.is_subset(&honest), "{told}: it deletes\n{}instead of\n{}", lines(&plan), lines(&clean));
    let is_told =
        failure.is_some() || plan.is_incomplete() || rests_on_a_gap(&plan) || ready(&plan, None) == honest;
    assert!(lies || is_told, "{told}: nobody is told\n{}instead of\n{}", lines(&plan), lines(&clean));
    plan
}

fn at_every_call(kind: Type) {
    kind.block_on(async {
        let service = Proxied::fresh(kind).await;
        let elsewhere = Elsewhere::listen().await;
        let (first, second) = wishes(kind);
        Site::load(&service, &first).expect("loads").run(&service).await;
        let site = Site::load(&service, &second).expect("loads");
        service.proxy.set(None);
        site.look().await;
        let calls = service.proxy.calls();
        assert!(calls >= 2, "{calls}");
        let mut count = 0;
        for (number, evil) in all(&elsewhere.address).into_iter().enumerate() {
            // Once at each call in turn, and from one call on.
            let once = Strike { evil: evil.clone(), from: number % calls, times: 1 };
            let again = Strike { evil: evil.clone(), from: (number / calls) % calls, times: 1 };
            let always = Strike { evil, from: number % 3, times: usize::MAX };
            let strikes = if number % 3 == 0 { vec![once, again, always] } else { vec![once] };
            for strike in strikes {
                endures(&service, &site, strike, &elsewhere).await;
                count += 1;
            }
        }
        held(What::HostileInputs, &format!("malicious-server-{}", name(kind)), count);
    });
}

#[test]
fn a_malicious_box() {
    at_every_call(Type::MailInABox);
}

#[test]
fn a_malicious_rackspace() {
    at_every_call(Type::Rackspace);
}

#[test]
fn a_malicious_open_xchange() {
    at_every_call(Type::OpenXchange);
}

#[test]
fn a_malicious_atmail() {
    at_every_call(Type::Atmail);
}

#[test]
fn a_malicious_censornet() {
    at_every_call(Type::Censornet);
}
