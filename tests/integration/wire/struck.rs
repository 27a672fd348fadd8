//! A run that a fault strikes while it reads or while it writes, and what must hold of it all the same.
//!
//! Reading tells of its gaps and lets nothing be removed over one; what applying tells became of each change is what
//! the service holds; and once all is well again, a run ends where an undisturbed one does and leaves nothing to do.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use mailwright::model::{BlockCode, Change, Ground, Outcome, Plan, ResultState, Status, Verb};
use mailwright::sandbox::{Fault, FaultKind, Running};

use super::service::{Dump, STRANGER, Service, Shift, Type};
use super::site::{Cut, Site, lines, results};

/// How long the connections wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Nothing listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

/// Every fault of one call. Where the clock cannot be stopped, only those that are over at once.
pub(super) fn every_fault(kind: Type) -> Vec<FaultKind> {
    let is_stopped = kind.has_stopped_clock();
    let wait = Some(Duration::from_secs(if is_stopped { 3 } else { 1 }));
    let moved = |status| FaultKind::Redirect { status, to: NOWHERE.to_owned() };
    let mut faults = vec![
        FaultKind::Throttled { retry_after: None },
        FaultKind::Throttled { retry_after: wait },
        FaultKind::ErrorBefore,
        FaultKind::ErrorAfterCommit,
        FaultKind::Unavailable { retry_after: None },
        FaultKind::Unavailable { retry_after: wait },
        FaultKind::LostReply,
        FaultKind::Reset,
        FaultKind::Refused(Duration::from_millis(500)),
        FaultKind::CutShort,
        FaultKind::HalfBody,
        FaultKind::ContentType("text/html".to_owned()),
        FaultKind::ContentType("application/json".to_owned()),
        FaultKind::HtmlPage,
        FaultKind::Endless { limit: 1 << 20 },
        FaultKind::SessionsExpired,
        moved(StatusCode::FOUND),
        moved(StatusCode::TEMPORARY_REDIRECT),
        moved(StatusCode::PERMANENT_REDIRECT),
    ];
    if is_stopped {
        faults.extend([
            FaultKind::Refused(Duration::from_mins(1)),
            FaultKind::Slow(Duration::from_secs(2)),
            FaultKind::Slow(Duration::from_mins(1)),
            FaultKind::Late(Duration::from_secs(2)),
            FaultKind::Late(Duration::from_secs(12)),
            FaultKind::Hang,
        ]);
    }
    faults
}

/// What goes wrong.
#[derive(Debug, Clone)]
pub(super) enum Trouble {
    Fault(FaultKind),
    /// Somebody else changes a list, just before the call is processed.
    Shift(Shift),
}

/// Trouble that strikes calls in a row, the first of them the `nth`.
#[derive(Debug, Clone)]
pub(super) struct Strike {
    pub(super) trouble: Trouble,
    pub(super) times: u64,
    pub(super) nth: u64,
    /// Which of the servers, counted around.
    pub(super) server: usize,
}

impl Strike {
    pub(super) fn server<'a>(&self, service: &'a dyn Service) -> &'a Running {
        let servers = service.servers();
        servers[self.server % servers.len()]
    }

    async fn at(&self, service: &dyn Service) {
        let server = self.server(service);
        let fault = match &self.trouble {
            // Who refuses a call goes down after the one before it.
            Trouble::Fault(FaultKind::Refused(time)) if self.nth == 1 => return server.refuse(*time).await,
            Trouble::Fault(fault @ FaultKind::Refused(_)) => Fault::new(fault.clone()).nth(self.nth - 1),
            Trouble::Fault(fault) => Fault::new(fault.clone()).nth(self.nth),
            Trouble::Shift(shift) => {
                let (change, shift) = (service.shift().expect("it has pages"), *shift);
                Fault::new(FaultKind::Meanwhile(Arc::new(move || change(shift)))).nth(self.nth)
            }
        };
        server.faults().add(fault.times(self.times));
    }

    /// Ends the trouble. True where it had struck.
    async fn over(&self, service: &dyn Service) -> bool {
        let faults = self.server(service).faults();
        let struck = faults.waiting() == 0 || self.times > 1;
        faults.clear();
        match &self.trouble {
            Trouble::Fault(FaultKind::Refused(time)) => tokio::time::sleep(*time).await,
            Trouble::Shift(_) => service.shift().expect("it has pages")(Shift::Goes),
            Trouble::Fault(_) => {}
        }
        struck
    }

    /// Whether calls in a row are struck, so that trying again does not help.
    fn lasts(&self) -> bool {
        self.times > 1 || matches!(self.trouble, Trouble::Fault(FaultKind::Refused(time)) if time > TIMEOUT)
    }

    /// What comes in place of a list and is not asked for again: a write whose own reply proves nothing is in doubt
    /// then.
    fn is_no_answer(&self) -> bool {
        matches!(
            self.trouble,
            Trouble::Fault(
                FaultKind::Redirect { .. }
                    | FaultKind::HtmlPage
                    | FaultKind::HalfBody
                    | FaultKind::Endless { .. }
            )
        )
    }
}

/// The ids of what runs; of the deletes alone where `verb` says so.
pub(super) fn ready(plan: &Plan, verb: Option<Verb>) -> BTreeSet<String> {
    plan.ready()
        .filter(|change| verb.is_none_or(|verb| verb == change.verb))
        .map(|change| change.id.to_string())
        .collect()
}

/// True where a change is blocked for something that could not be read.
pub(super) fn rests_on_a_gap(plan: &Plan) -> bool {
    let blocks = plan.changes.iter().filter_map(|change| match &change.status {
        Status::Blocked(blocks) => Some(blocks),
        Status::Ready | Status::WaitsFor(_) => None,
    });
    blocks.flatten().any(|block| block.code == BlockCode::IncompleteRead)
}

/// Fails the test where a ready change was not done, unless the plan said that nobody knew whether its address is free.
fn done_but_for_the_unread(plan: &Plan, outcome: &Outcome, told: &str) {
    let is_noted = |change: &Change| {
        let address = change.identity.to_string();
        plan.notes
            .iter()
            .any(|note| note.text.contains("it refuses what is taken") && note.text.contains(&address))
    };
    let mut refused = false;
    for (change, state) in results(plan, outcome).filter(|(change, _)| change.is_ready()) {
        match state {
            ResultState::Done | ResultState::NotNeeded => {}
            ResultState::Failed { .. } if is_noted(change) => refused = true,
            ResultState::Skipped { .. } if refused => {}
            other => panic!("{}: {other:?}\n{told}", change.id),
        }
    }
}

/// Two wishes, one after the other, and what an undisturbed run of the second does.
pub(super) struct Scenario {
    kind: Type,
    one: String,
    two: String,
    clean: Plan,
    wanted: Dump,
}

impl Scenario {
    /// None where a wish is refused offline.
    pub(super) async fn of(kind: Type, one: String, two: String) -> Option<Self> {
        let service = kind.fresh().await;
        Site::load(&*service, &one).ok()?.run(&*service).await;
        let (clean, _) = Site::load(&*service, &two).ok()?.run(&*service).await;
        let wanted = service.dump().await;
        Some(Self { kind, one, two, clean, wanted })
    }

    /// A service that holds the first wish, with the second.
    pub(super) async fn begin(&self) -> (Box<dyn Service>, Site) {
        self.begin_with(|_| ()).await
    }

    async fn begin_with(&self, before: impl FnOnce(&dyn Service)) -> (Box<dyn Service>, Site) {
        let service = self.kind.fresh().await;
        before(&*service);
        Site::load(&*service, &self.one).expect("it loaded before").run(&*service).await;
        let site = Site::load(&*service, &self.two).expect("it loaded before");
        (service, site)
    }

    /// The same, where somebody is there who goes.
    async fn before(&self, strike: &Strike) -> (Box<dyn Service>, Site) {
        let goes = matches!(strike.trouble, Trouble::Shift(Shift::Goes));
        self.begin_with(|service| {
            if let (true, Some(change)) = (goes, service.shift()) {
                change(Shift::Comes);
            }
        })
        .await
    }

    /// A run after all trouble is over must end where an undisturbed one does, and leave nothing to do.
    pub(super) async fn recovers(&self, service: &dyn Service, site: &Site, told: &str) {
        for server in service.servers() {
            server.faults().clear();
        }
        if self.kind.has_stopped_clock() {
            // What was sent late arrives in the meantime.
            tokio::time::sleep(Duration::from_mins(2)).await;
        } else {
            service.settle().await;
        }
        let (plan, _) = site.run(service).await;
        assert_eq!(self.wanted, service.dump().await, "{told}\nthe run after it\n{}", lines(&plan));
    }

    /// Strikes a run while it reads, and applies what it plans then. True where it was struck.
    pub(super) async fn reads_through(&self, strike: &Strike) -> bool {
        let (service, site) = self.before(strike).await;
        let service = &*service;
        let managed = |mut dump: Dump| {
            dump.retain(|key, _| !key.ends_with(STRANGER));
            dump
        };
        let (before, trace) = (managed(service.dump().await), service.trace().await);
        strike.at(service).await;
        let providers = site.connect().await.expect("connecting sends nothing");
        let (observed, failure) = site.observe(&providers).await;
        let struck = strike.over(service).await;
        assert_eq!(managed(service.dump().await), before, "reading and planning write nothing");
        assert_eq!(service.trace().await, trace, "reading and planning write nothing");
        let plan = site.plan(&observed);
        let told = format!("at a read, {strike:?}, failure {failure:?}\n{}", lines(&plan));
        let clean = ready(&self.clean, None);
        for delete in ready(&plan, Some(Verb::Delete)) {
            assert!(clean.contains(&delete), "{delete} rests on a failed read\n{told}");
        }
        assert!(
            // What is of one mailbox only is told of that one, and blocks what rests on it.
            failure.is_some() || plan.is_incomplete() || rests_on_a_gap(&plan) || ready(&plan, None) == clean,
            "{told}\nclean\n{}",
            lines(&self.clean)
        );
        assert!(failure.is_none() || plan.is_incomplete(), "{told}");
        let outcome = site.apply(service, &providers, &plan, Cut::Never).await.expect("nobody kills it");
        drop(providers);
        done_but_for_the_unread(&plan, &outcome, &told);
        self.recovers(service, &site, &told).await;
        struck
    }

    /// Strikes a run while it applies. True where it was struck.
    pub(super) async fn writes_through(&self, strike: &Strike) -> bool {
        let (service, site) = self.before(strike).await;
        let service = &*service;
        let (providers, plan) = site.look().await;
        strike.at(service).await;
        let outcome = site.apply(service, &providers, &plan, Cut::Never).await.expect("nobody kills it");
        drop(providers);
        let struck = strike.over(service).await;
        let told: Vec<String> =
            results(&plan, &outcome).map(|(change, state)| format!("  {} {state:?}", change.id)).collect();
        let told = format!("at a call, {strike:?}\n{}", told.join("\n"));
        if matches!(strike.trouble, Trouble::Fault(FaultKind::Late(late)) if late > TIMEOUT) {
            // A write that was given up, tried again and then carried out a second time may undo what came after it.
            // Nobody can know that, so the outcome is not held against it; the next run must make it good.
            self.recovers(service, &site, &told).await;
            return struck;
        }
        let (_, left) = site.look().await;
        for (change, state) in results(&plan, &outcome).filter(|(change, _)| change.is_ready()) {
            self.is_true(strike, (change, state), &left, &told);
        }
        self.recovers(service, &site, &told).await;
        struck
    }

    /// Fails the test where what is told of a change is not so, as `left`, the plan after it, shows.
    fn is_true(&self, strike: &Strike, (change, state): (&Change, &ResultState), left: &Plan, told: &str) {
        let is_left = left.changes.iter().any(|left| left.id == change.id);
        let is_left_of = || left.changes.iter().any(|left| left.identity == change.identity);
        match state {
            ResultState::Done | ResultState::NotNeeded => {
                assert!(!is_left, "{} is told to be done\n{told}\nleft\n{}", change.id, lines(left));
            }
            ResultState::Skipped { reason } => {
                assert!(is_left && !reason.is_empty(), "{} is told not to be done\n{told}", change.id);
            }
            ResultState::Failed { error, .. } => {
                // What was half made is an update the next time; what a new object has by itself was not needed.
                let is_of_new = change.verb == Verb::Update && change.ground == Ground::Absent;
                assert!(
                    (is_left_of() || is_of_new) && !error.is_empty(),
                    "{} is told to have failed\n{told}",
                    change.id
                );
            }
            ResultState::InDoubt { reason } => {
                let unread = reason.contains("reading back") && strike.is_no_answer();
                let unproven = self.kind != Type::MailInABox && unread;
                assert!(
                    unproven || strike.lasts(),
                    "one fault leaves no doubt: {} {reason}\n{told}",
                    change.id
                );
            }
        }
    }
}
