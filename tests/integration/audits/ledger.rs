//! `external_forwards: listed` stops new mail to what the ledger does not list, until somebody releases it once.

use std::collections::BTreeSet;

use mailwright::model::{BlockCode, Override, Plan, Status};

use super::bench::Bench;

struct Case {
    /// What the service can do.
    can: &'static str,
    /// The objects of the wish.
    wish: &'static str,
    /// What there is.
    holds: &'static str,
    /// The changes that are stopped, with the address that is outside.
    stops: &'static [(&'static str, &'static str)],
}

const LEDGER: &str = "external:\n  listed@far.example: {reason: a job}\n  today@far.example: {reason: a job, expires: 2026-05-04}\n  \
                      over@far.example: {reason: a job, expires: 2026-05-03}\n  \"@near.example\": {reason: theirs}\n  \
                      over@near.example: {reason: a job, expires: 2026-05-03}\n  \"@late.example\": {reason: theirs, expires: 2026-05-03}\n  \
                      own@late.example: {reason: a job}\n";

const CASES: &[Case] = &[
    Case {
        can: "everything",
        wish: "aliases:\n  a@example.com: [x@far.example]\n  b@example.com: [listed@far.example, today@far.example]\n  \
               c@example.com: [over@far.example]\n",
        holds: "",
        stops: &[
            ("create:alias:store:a@example.com", "x@far.example"),
            ("create:alias:store:c@example.com", "over@far.example"),
        ],
    },
    // An address's own entry counts before its domain's, for good and for ill.
    Case {
        can: "everything",
        wish: "aliases:\n  a@example.com: [x@near.example]\n  b@example.com: [over@near.example]\n  \
               c@example.com: [x@late.example]\n  d@example.com: [own@late.example]\n",
        holds: "",
        stops: &[
            ("create:alias:store:b@example.com", "over@near.example"),
            ("create:alias:store:c@example.com", "x@late.example"),
        ],
    },
    // What goes out already is left; who may send as an alias gets none of its mail.
    Case {
        can: "everything",
        wish: "aliases:\n  a@example.com: [old@far.example, listed@far.example]\n  b@example.com: [old@far.example, x@far.example]\n  \
               c@example.com: {to: [old@far.example], permitted_senders: [old@far.example]}\n  \
               d@example.com: {to: [listed@far.example], permitted_senders: [x@far.example]}\n",
        holds: "alias a@example.com > old@far.example\nalias b@example.com > old@far.example\nalias c@example.com > old@far.example",
        stops: &[("update:alias:store:b@example.com", "x@far.example")],
    },
    Case {
        can: "everything",
        wish: "mailboxes: {ann@example.com: {}, bob@example.com: {}, carl@example.com: {}}\nforwards:\n  \
               ann@example.com: {to: [x@far.example], keep_copy: true}\n  \
               bob@example.com: {to: [old@far.example, over@far.example], keep_copy: true}\n  \
               carl@example.com: {to: [old@far.example], keep_copy: false}\n",
        holds: "mailbox ann@example.com\nmailbox bob@example.com\nmailbox carl@example.com\n\
                forward bob@example.com keep_copy=true > old@far.example\nforward carl@example.com keep_copy=true > old@far.example",
        stops: &[
            ("create:forward:store:ann@example.com", "x@far.example"),
            ("update:forward:store:bob@example.com", "over@far.example"),
        ],
    },
    // A whole domain that stands for one outside, and a catch-all that leads there.
    Case {
        can: "everything",
        wish: "aliases:\n  \"@example.com\": [\"@far.example\"]\n  \"@example.org\": [\"@near.example\"]\n  \
               \"@example.net\": [x@far.example]\n",
        holds: "",
        stops: &[
            ("create:alias:store:@example.com", "@far.example"),
            ("create:alias:store:@example.net", "x@far.example"),
        ],
    },
    // An alias that cannot be changed is deleted and made again: what it led to before is not new.
    Case {
        can: "own_records",
        wish: "mailboxes: {ann@example.com: {}}\naliases:\n  a@example.com: [old@far.example, ann@example.com]\n  \
               b@example.com: [old@far.example, x@far.example]\n",
        holds: "mailbox ann@example.com\nalias a@example.com > old@far.example\nalias b@example.com > old@far.example",
        stops: &[("create:alias:store:b@example.com", "x@far.example")],
    },
];

impl Case {
    fn bench(&self, policy: &str) -> Bench {
        let domains = "domains: {example.com: {provider: store}, example.net: {provider: store}, example.org: {provider: store}}\n";
        let wish = format!("{domains}policy: {{external_forwards: {policy}}}\n{LEDGER}{}", self.wish);
        let bench = Bench::of(self.can, &wish);
        bench.holds("store", self.holds);
        bench
    }
}

/// The changes that the ledger stops: their ids, their reasons and what releases them.
fn stopped(plan: &Plan) -> Vec<(String, String, Override)> {
    let mut stopped = Vec::new();
    for change in &plan.changes {
        let Status::Blocked(blocks) = &change.status else { continue };
        for block in blocks.iter().filter(|block| block.code == BlockCode::UnlistedExternal) {
            let release = block.release.as_deref().and_then(|release| release.strip_prefix("--allow "));
            let release = release.expect("a release").parse().expect("one that is understood");
            stopped.push((change.id.to_string(), block.reason.to_string(), release));
        }
    }
    stopped.sort_by(|a, b| a.0.cmp(&b.0));
    stopped
}

#[tokio::test]
async fn new_mail_to_what_is_not_listed_is_stopped_and_can_be_released_once() {
    for case in CASES {
        let bench = case.bench("listed");
        let plan = bench.plan(&[]).await;
        let found = stopped(&plan);
        let ids: Vec<&str> = found.iter().map(|(id, _, _)| id.as_str()).collect();
        assert_eq!(
            ids,
            case.stops.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
            "{}\n{found:#?}",
            case.wish
        );
        for ((id, reason, _), (_, outside)) in found.iter().zip(case.stops) {
            assert!(reason.starts_with(outside), "{id}: {reason}");
        }
        let waits = |plan: &Plan| plan.changes.iter().filter(|change| !change.is_ready()).count();
        assert!(waits(&plan) >= found.len());
        for (id, _, release) in &found {
            let one = bench.plan(std::slice::from_ref(release)).await;
            assert!(one.changes.iter().any(|change| change.id.as_str() == id && change.is_ready()), "{id}");
            assert_eq!(stopped(&one).len(), found.len() - 1, "{release} releases this one alone");
        }
        let releases: BTreeSet<Override> = found.into_iter().map(|(_, _, release)| release).collect();
        let through = bench.plan(&releases.into_iter().collect::<Vec<_>>()).await;
        assert_eq!(waits(&through), 0, "{:#?}", through.changes);
    }
}

#[tokio::test]
async fn where_policy_allows_it_nothing_is_stopped() {
    for case in CASES {
        let plan = case.bench("allow").plan(&[]).await;
        assert!(!plan.changes.is_empty() && stopped(&plan).is_empty(), "{}", case.wish);
    }
}
