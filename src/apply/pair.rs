//! Two changes in one write: one gives an address up, the other takes it over, and nobody finds it without either.
//!
//! Which two belong together follows from the plan and from what the connection can do; no plan says so, and where the
//! claim still waits for something else when the release starts, each goes alone.

use std::collections::BTreeMap;

use crate::model::{Change, ChangeId, ConnectionName, NeedKind, Plan};
use crate::provider::Done;

use super::perform::{Ended, Site, answered, in_doubt, skipped};
use super::prepared::Prepared;
use super::run::why_not;

/// What goes to the service in one call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Write<'p> {
    /// The change; with a claim, the one that gives the address up.
    pub(super) change: &'p Change,
    /// The one that takes the address over.
    pub(super) claim: Option<&'p Change>,
}

impl<'p> Write<'p> {
    /// A change by itself.
    pub(super) fn one(change: &'p Change) -> Self {
        Self { change, claim: None }
    }

    /// The change that may carry a secret: what gives an address up carries none.
    pub(super) fn bearer(self) -> &'p Change {
        self.claim.unwrap_or(self.change)
    }

    /// Its changes, in the order in which they are done.
    pub(super) fn changes(self) -> impl Iterator<Item = &'p Change> {
        std::iter::once(self.change).chain(self.claim)
    }
}

/// What became of a write.
#[derive(Debug)]
pub(super) struct Ends {
    pub(super) change: Ended,
    /// There where the write had a claim.
    pub(super) claim: Option<Ended>,
}

impl Ends {
    /// The end of a write of which nothing arrived: the claim needs the other, which did not come to be.
    pub(super) fn of(write: Write<'_>, change: Ended) -> Self {
        let claim = write.claim.map(|_| unclaimed(write.change, &change));
        Self { change, claim }
    }

    /// Both ends.
    pub(super) fn each(&mut self) -> impl Iterator<Item = &mut Ended> {
        std::iter::once(&mut self.change).chain(&mut self.claim)
    }
}

fn unclaimed(release: &Change, ended: &Ended) -> Ended {
    skipped(why_not(release, &ended.state, NeedKind::Hard)).into()
}

/// What is known of the claim once the release has ended.
#[derive(Debug)]
pub(super) enum Claim {
    /// Nothing that was sent arrived.
    Untouched,
    /// The service answered.
    Answered(Done),
    /// The answer was lost, and the release turned out to be done.
    Lost(Doubt),
    /// The answer was lost, and reading back the release tells nothing of the claim.
    Unknown,
}

/// A write that may have been done or not.
#[derive(Debug, Clone)]
pub(super) struct Doubt {
    /// Why, in words.
    pub(super) words: String,
    /// The adapter was lost on the way: it is not sent again.
    pub(super) is_lost: bool,
}

impl Site<'_> {
    /// How the claim of a write ends whose release ended like this.
    pub(super) async fn end_claim(
        &self,
        release: (&Change, &Ended),
        claim: &Change,
        known: Claim,
        secrets: &Prepared<'_>,
    ) -> Ended {
        match known {
            Claim::Untouched => unclaimed(release.0, release.1),
            Claim::Answered(done) => answered(self, claim, done).await,
            Claim::Lost(doubt) => self.carry_out(Write::one(claim), secrets, Some(doubt)).await.0,
            Claim::Unknown => in_doubt(format!(
                "it was sent together with {}, and what became of that is not known",
                release.0.id
            ))
            .into(),
        }
    }
}

/// The releases of a plan with their claims, by index, that their connections can carry out in one write.
pub(super) fn pairs(
    plan: &Plan,
    sites: &BTreeMap<&ConnectionName, Site<'_>>,
) -> impl Iterator<Item = (usize, usize)> {
    let hands_over = |change: &Change| {
        let capabilities = sites.get(&change.connection).and_then(|site| site.capabilities);
        change.is_ready() && capabilities.is_some_and(|capabilities| capabilities.hands_over)
    };
    let ready: Vec<(usize, &Change)> =
        plan.changes.iter().enumerate().filter(|(_, change)| hands_over(change)).collect();
    let by_id: BTreeMap<&ChangeId, usize> =
        ready.iter().map(|(index, change)| (&change.id, *index)).collect();
    ready.into_iter().filter_map(move |(claim, change)| {
        let mut needs = change.needs.iter().filter_map(|need| by_id.get(&need.change).copied());
        Some((needs.find(|&release| plan.changes[release].hands_over_to(change))?, claim))
    })
}
