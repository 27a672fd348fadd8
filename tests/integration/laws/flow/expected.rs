//! What a plan must tell of mail and access, from the two states alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use mailwright::model::{Address, ConnectionName, EffectCode};

use super::access::{Can, only_in, rights};
use super::delivery::{Mail, Ways};

/// One thing that happens to one address, or to one right: an effect taken apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fact {
    pub(crate) code: EffectCode,
    pub(crate) whom: Option<Address>,
    pub(crate) lost: BTreeSet<String>,
    pub(crate) gained: BTreeSet<String>,
    pub(crate) along: BTreeSet<Address>,
    pub(crate) connection: Option<ConnectionName>,
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.code)?;
        if let Some(whom) = &self.whom {
            write!(f, " {whom}")?;
        }
        for (word, set) in [("lost", &self.lost), ("gained", &self.gained)] {
            if !set.is_empty() {
                let set: Vec<&str> = set.iter().map(String::as_str).collect();
                write!(f, ", {word} {}", set.join(" "))?;
            }
        }
        if !self.along.is_empty() {
            write!(f, ", along {:?}", self.along)?;
        }
        self.connection.iter().try_for_each(|connection| write!(f, ", on {connection}"))
    }
}

/// The addresses that renames move, each with its new one.
pub(crate) type Renamed = BTreeMap<Address, Address>;

/// The two states.
pub(crate) struct Diff<'a> {
    before: &'a Mail,
    after: &'a Mail,
    renamed: &'a Renamed,
}

impl<'a> Diff<'a> {
    pub(crate) fn new(before: &'a Mail, after: &'a Mail, renamed: &'a Renamed) -> Self {
        Self { before, after, renamed }
    }

    /// All that is to be told.
    pub(crate) fn facts(&self) -> BTreeSet<Fact> {
        let all = self.addresses();
        let reported = all.iter().filter(|address| self.is_reported(address));
        let mail = reported.flat_map(|address| self.of_mail(address));
        mail.chain(self.of_access(&all)).collect()
    }

    /// Every address that could be told of.
    pub(crate) fn addresses(&self) -> BTreeSet<Address> {
        let mut all = &self.before.named() | &self.after.named();
        let mut people = &self.before.people() | &self.after.people();
        let synonyms = &self.before.synonyms() | &self.after.synonyms();
        // A domain alias may stand for one that stands for a third.
        loop {
            let more: BTreeSet<Address> = synonyms
                .iter()
                .flat_map(|(old, new)| {
                    let there = people.iter().filter(|address| address.domain() == new.domain());
                    there.map(|address| {
                        Address::new(address.local(), &old.domain_name())
                            .expect("a local part that an address has")
                    })
                })
                .filter(|address| !people.contains(address))
                .collect();
            if more.is_empty() {
                break;
            }
            all.extend(more.iter().cloned());
            people.extend(more);
        }
        all.retain(|address| self.before.is_ours(address));
        all
    }

    /// Of an address that nothing holds is told only where nothing is told of its `@domain`.
    fn is_reported(&self, address: &Address) -> bool {
        let whole = Address::whole_domain(&address.domain_name());
        let stays = || self.before.ways(&whole) == self.after.ways(&whole);
        address.is_domain() || self.before.is_held(address) || self.after.is_held(address) || stays()
    }

    /// An address of the state before, as it is called afterwards.
    fn called(&self, address: &Address) -> Address {
        self.renamed.get(address).unwrap_or(address).clone()
    }

    fn ways_before(&self, address: &Address) -> Ways {
        let ways = self.before.ways(address);
        let called = |set: BTreeSet<Address>| set.iter().map(|address| self.called(address)).collect();
        Ways {
            recipients: called(ways.recipients),
            outside: called(ways.outside),
            dead: called(ways.dead),
            circle: called(ways.circle),
        }
    }

    fn of_mail(&self, address: &Address) -> Vec<Fact> {
        let (was, is) = (self.ways_before(address), self.after.ways(address));
        let none = BTreeSet::new();
        let mut facts = Vec::new();
        let mut tell = |code, lost: &BTreeSet<Address>, gained: &BTreeSet<Address>| {
            facts.push(Fact {
                code,
                whom: Some(address.clone()),
                lost: lost.iter().map(ToString::to_string).collect(),
                gained: gained.iter().map(ToString::to_string).collect(),
                along: BTreeSet::new(),
                connection: None,
            });
        };
        match (was.recipients.is_empty(), is.recipients.is_empty()) {
            (true, false) if address.is_domain() => tell(EffectCode::Swallowed, &none, &is.recipients),
            (true, _) => {}
            (false, true) => tell(EffectCode::Bounces, &was.recipients, &none),
            (false, false) => {
                let mut lost = &was.recipients - &is.recipients;
                let mut gained = &is.recipients - &was.recipients;
                if self.after.has_mailbox(address) && lost.remove(address) {
                    tell(EffectCode::NoCopy, &none, &none);
                }
                if self.before.has_mailbox(address) && gained.remove(address) {
                    tell(EffectCode::Copy, &none, &none);
                }
                // What is not held and still has a recipient, the catch-all takes.
                let falls = self.before.is_held(address) && !self.after.is_held(address);
                match (lost.is_empty(), gained.is_empty()) {
                    (true, true) => {}
                    _ if falls => tell(EffectCode::Swallowed, &lost, &gained),
                    (false, _) => tell(EffectCode::Moves, &lost, &gained),
                    (true, false) => tell(EffectCode::Receive, &none, &gained),
                }
            }
        }
        let leaves = &is.outside - &was.recipients;
        if !leaves.is_empty() {
            tell(EffectCode::Leaves, &none, &leaves);
        }
        let dead = &is.dead - &was.dead;
        if !dead.is_empty() && !is.recipients.is_empty() {
            tell(EffectCode::DeadEnd, &none, &dead);
        }
        let circle = &is.circle - &was.circle;
        if !circle.is_empty() {
            tell(EffectCode::Circle, &none, &circle);
        }
        facts
    }

    fn of_access(&self, all: &BTreeSet<Address>) -> Vec<Fact> {
        let is = rights(&self.after.objects);
        let was: BTreeSet<Can> = rights(&self.before.objects)
            .into_iter()
            .map(|can| {
                let who = can.who.parse().map(|who: Address| self.called(&who).to_string());
                // A login is called what it was.
                let who = if can.connection.is_some() { can.who } else { who.expect("a grantee's address") };
                Can { who, whom: can.whom.map(|whom| self.called(&whom)), ..can }
            })
            .collect();
        let lost = only_in(&was, &is).into_iter().map(|can| {
            let along = Self::along(&can, all, self.before, |address| self.ways_before(address));
            let along = along.iter().map(|address| self.called(address));
            let along = along.filter(|address| Some(address) != can.whom.as_ref()).collect();
            Fact { lost: [can.who.clone()].into(), ..fact(&can, along) }
        });
        let gained = only_in(&is, &was).into_iter().map(|can| {
            let along = Self::along(&can, all, self.after, |address| self.after.ways(address));
            Fact { gained: [can.who.clone()].into(), ..fact(&can, along) }
        });
        lost.chain(gained).collect()
    }

    /// The other addresses whose mail ends up in a mailbox that somebody reads.
    fn along(
        can: &Can,
        all: &BTreeSet<Address>,
        state: &Mail,
        ways: impl Fn(&Address) -> Ways,
    ) -> BTreeSet<Address> {
        let Some(mailbox) = can.whom.as_ref().filter(|_| can.code == EffectCode::Read) else {
            return BTreeSet::new();
        };
        let others = all.iter().filter(|address| *address != mailbox);
        let others = others.filter(|address| address.is_domain() || state.is_held(address));
        others.filter(|address| ways(address).recipients.contains(mailbox)).cloned().collect()
    }
}

fn fact(can: &Can, along: BTreeSet<Address>) -> Fact {
    Fact {
        code: can.code,
        whom: can.whom.clone(),
        lost: BTreeSet::new(),
        gained: BTreeSet::new(),
        along,
        connection: can.connection.clone(),
    }
}
