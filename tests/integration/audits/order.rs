//! The order in which services list what they hold changes not a byte.

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use mailwright::model::{Change, Scope};
use mailwright::provider::{Check, Done, Found, Provider, ProviderError, Secrets};
use mailwright::render::json;

use super::bench::Bench;
use crate::memory::Memory;

/// A service that lists what it holds in another order, each time the same.
#[derive(Debug)]
struct Shuffled(Memory, u64);

#[async_trait]
impl Provider for Shuffled {
    fn observe<'a>(&'a self, scope: &'a Scope) -> BoxStream<'a, Found> {
        let mut seed = self.1;
        let told = self.0.observe(scope).collect::<Vec<Found>>();
        stream::once(told)
            .map(move |mut told| {
                for last in (1..told.len()).rev() {
                    seed =
                        seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let pick = usize::try_from(seed >> 33).expect("31 bits") % (last + 1);
                    told.swap(last, pick);
                }
                stream::iter(told)
            })
            .flatten()
            .boxed()
    }

    async fn perform(&self, change: &Change, secrets: &dyn Secrets) -> Result<Done, ProviderError> {
        self.0.perform(change, secrets).await
    }

    async fn check(&self) -> Vec<Check> {
        self.0.check().await
    }
}

#[tokio::test]
async fn reports_and_reviews_are_the_same_byte_for_byte() {
    let shown = async |seed: Option<u64>| {
        let bench = Bench::new(
            "domains: {example.com: {provider: store, also: [second]}, example.org: {provider: second}}\n\
             mailboxes: {ann@example.com: {quota: 1 GiB}, bob@example.com: {}}\n\
             external: {a@far.example: {reason: a job, expires: 2026-05-10}}\npolicy: {external_forwards: listed}\n",
        );
        bench.holds(
            "store",
            "mailbox ann@example.com\nmailbox bob@example.com\nmailbox left@example.com state=suspended\n\
             forward ann@example.com > bob@example.com,a@far.example\nforward bob@example.com > ann@example.com\n\
             permission ann@example.com/bob@example.com rights=full_access,send_as\n\
             permission ann@example.com/left@example.com rights=send_as\n\
             permission bob@example.com/x@far.example rights=send_on_behalf\n\
             alias team@example.com senders=bob@example.com,gone@example.com > ann@example.com,bob@example.com\n\
             alias @example.com > ann@example.com\nadministrator left@example.com full=true",
        );
        bench.holds(
            "second",
            "mailbox carl@example.org\nalias all@example.org > carl@example.org,team@example.com,y@far.example\n\
             permission carl@example.org/ann@example.com rights=full_access",
        );
        bench.at("second", |state| {
            let carl = mailwright::model::Address::parse("carl@example.org").expect("an address");
            let carl = mailwright::model::Identity::Mailbox(carl);
            state.not_read.insert((carl, mailwright::model::Field::State));
        });
        let audited = bench
            .audit_through(|memory| match seed {
                Some(seed) => Box::new(Shuffled(memory, seed)) as Box<dyn Provider>,
                None => Box::new(memory),
            })
            .await;
        assert!(audited.report.findings.len() > 10 && audited.review.entries.len() > 10);
        assert_eq!(audited.review.not_read.len(), 1, "{:?}", audited.review.not_read);
        (json::audit(&audited.report).expect("JSON"), json::pretty(&audited.review).expect("JSON"))
    };
    let mut told = shown(None).await;
    // How many calls it took is the service's to count, and the one in between counts none.
    let uncounted = |report: &str| -> String {
        report
            .lines()
            .filter(|line| !line.trim_start().starts_with("\"calls\""))
            .collect::<Vec<_>>()
            .join("\n")
    };
    told.0 = uncounted(&told.0);
    for seed in 1..=20 {
        let again = shown(Some(seed)).await;
        assert_eq!((uncounted(&again.0), again.1), told, "seed {seed}");
    }
}
