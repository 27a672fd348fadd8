//! Random situations in which a lot happens to mail: few addresses, several stores, catch-alls, domain aliases, forwards
//! with and without a copy, circles, permissions and administrators.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::super::case::Both;

/// The addresses that everything happens to, by number.
pub(crate) const POOL: [&str; 14] = [
    "a@a.example",
    "b@a.example",
    "c@a.example",
    "l@a.example",
    "@a.example",
    "a@b.example",
    "b@b.example",
    "@b.example",
    "a@c.example",
    "@c.example",
    "nobody@a.example",
    "x@out.example",
    "y@corp.example",
    "@out.example",
];

/// At how many of them something may stand.
pub(crate) const STANDS: usize = 10;

/// The declared domains.
pub(crate) const DOMAINS: [&str; 3] = ["a.example", "b.example", "c.example"];

/// The connections that are stores.
pub(crate) const STORES: [&str; 2] = ["one", "two"];

/// The logins of administrators. None of them is a mailbox that may be renamed.
pub(crate) const LOGINS: [&str; 3] = ["root", "ops@a.example", "helpdesk"];

/// The stores of a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    One,
    Two,
    OneThenTwo,
    TwoThenOne,
    /// It lies on `one` and leaves `two`, which (true) gives up what it holds.
    LeavesTwo(bool),
}

/// The targets of a forward, and whether a copy is kept, where that is said.
pub(crate) type Forward = (Vec<usize>, Option<bool>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Held {
    Nothing,
    Mailbox { suspended: bool, forward: Option<Forward> },
    Alias { targets: Vec<usize>, senders: Vec<usize> },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Want {
    Nothing,
    Mailbox(WantMailbox),
    NoMailbox,
    Alias(WantAlias),
    NoAlias,
    /// The mailbox goes and an alias takes its address.
    ToAlias(WantAlias),
    /// The alias goes and a mailbox takes its address.
    ToMailbox(WantMailbox),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WantMailbox {
    pub(crate) suspended: Option<bool>,
    #[expect(clippy::option_option, reason = "unmanaged, absent, or there, as in `Both`")]
    pub(crate) forward: Option<Option<Forward>>,
    pub(crate) was: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WantAlias {
    pub(crate) targets: Vec<usize>,
    pub(crate) senders: Option<Vec<usize>>,
}

/// One address of the pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    /// What each store holds there, and in which standing.
    pub(crate) held: [(Held, u8); 2],
    pub(crate) want: Want,
    /// Wanted on the domain's second store, where it has two.
    pub(crate) on_second: bool,
    /// The mailbox is to go from the domain's other store.
    pub(crate) leaves_other: bool,
}

/// A permission: on which store, on whose mailbox, for whom; the rights as bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Permission {
    pub(crate) store: usize,
    pub(crate) mailbox: usize,
    pub(crate) grantee: usize,
    pub(crate) rights: Both<u8, u8>,
}

/// Whether an administrator may do everything, and the domains as bits.
pub(crate) type Powers = (bool, u8);

/// One situation.
#[derive(Clone)]
pub(crate) struct Case {
    /// Profiles of the stores.
    pub(crate) profiles: [usize; 2],
    pub(crate) layouts: [Layout; 3],
    /// a.example is known to a filter, which has no part in delivery.
    pub(crate) filter: bool,
    pub(crate) slots: Vec<Slot>,
    pub(crate) permissions: Vec<Permission>,
    /// By store, then by login.
    pub(crate) administrators: Vec<Both<Powers, Powers>>,
    /// Every brake on a single change is released.
    pub(crate) released: bool,
}

impl std::fmt::Debug for Case {
    /// One line for each thing that is there or wanted.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { profiles, layouts, filter, released, .. } = self;
        writeln!(f, "profiles {profiles:?} layouts {layouts:?} filter {filter} released {released}")?;
        for (number, slot) in self.slots.iter().enumerate() {
            let nothing = slot.held.iter().all(|(held, _)| *held == Held::Nothing);
            if !nothing || slot.want != Want::Nothing {
                writeln!(f, "{number} {}: {slot:?}", POOL[number])?;
            }
        }
        for permission in &self.permissions {
            writeln!(f, "{permission:?}")?;
        }
        for (number, both) in self.administrators.iter().enumerate() {
            if both.held.is_some() || both.want.is_some() {
                let (store, login) = (STORES[number / LOGINS.len()], LOGINS[number % LOGINS.len()]);
                writeln!(f, "administrator {login} on {store}: {both:?}")?;
            }
        }
        Ok(())
    }
}

fn is_domain(number: usize) -> bool {
    POOL[number].starts_with('@')
}

/// Targets of ordinary addresses; now and then a whole domain.
fn targets() -> BoxedStrategy<Vec<usize>> {
    let people = || (0..POOL.len()).filter(|number| !is_domain(*number)).collect::<Vec<_>>();
    let within = (0..4).collect::<Vec<usize>>();
    prop_oneof![
        8 => subsequence(people(), 1..=3),
        6 => subsequence(within, 1..=2),
        1 => select(vec![vec![7], vec![9]]),
    ]
    .boxed()
}

/// Targets of an alias at an address: `@domain` leads to people, or stands for another domain.
fn alias_targets(number: usize) -> BoxedStrategy<Vec<usize>> {
    if !is_domain(number) {
        return targets();
    }
    let others: Vec<Vec<usize>> =
        [4, 7, 9, 13].into_iter().filter(|other| *other != number).map(|other| vec![other]).collect();
    let people = (0..POOL.len()).filter(|number| !is_domain(*number)).collect::<Vec<_>>();
    prop_oneof![1 => select(others), 1 => subsequence(people, 1..=2)].boxed()
}

fn forward() -> impl Strategy<Value = Forward> {
    let people = (0..POOL.len()).filter(|number| !is_domain(*number)).collect::<Vec<_>>();
    (subsequence(people, 1..=2), option::weighted(0.8, any::<bool>()))
}

fn senders() -> impl Strategy<Value = Vec<usize>> {
    subsequence((0..4).collect::<Vec<usize>>(), 0..=2)
}

fn held(number: usize) -> BoxedStrategy<Held> {
    let alias = (alias_targets(number), senders())
        .prop_map(|(targets, senders)| Held::Alias { targets, senders })
        .boxed();
    if is_domain(number) {
        return prop_oneof![1 => Just(Held::Nothing), 1 => alias].boxed();
    }
    let mailbox = (prop::bool::weighted(0.1), option::weighted(0.4, forward()));
    let mailbox = mailbox.prop_map(|(suspended, forward)| Held::Mailbox { suspended, forward });
    prop_oneof![2 => Just(Held::Nothing), 4 => mailbox, 4 => alias].boxed()
}

fn want_mailbox() -> impl Strategy<Value = WantMailbox> {
    let forward = option::weighted(0.5, option::weighted(0.7, forward()));
    let was = option::weighted(0.25, (0..STANDS).prop_filter("an address", |number| !is_domain(*number)));
    (option::weighted(0.3, prop::bool::weighted(0.6)), forward, was)
        .prop_map(|(suspended, forward, was)| WantMailbox { suspended, forward, was })
}

fn want_alias(number: usize) -> impl Strategy<Value = WantAlias> {
    (alias_targets(number), option::weighted(0.4, senders()))
        .prop_map(|(targets, senders)| WantAlias { targets, senders })
}

fn want(number: usize) -> BoxedStrategy<Want> {
    let alias = want_alias(number).prop_map(Want::Alias);
    if is_domain(number) {
        return prop_oneof![4 => Just(Want::Nothing), 3 => alias, 2 => Just(Want::NoAlias)].boxed();
    }
    prop_oneof![
        5 => Just(Want::Nothing),
        4 => want_mailbox().prop_map(Want::Mailbox),
        2 => Just(Want::NoMailbox),
        3 => alias,
        2 => Just(Want::NoAlias),
        2 => want_alias(number).prop_map(Want::ToAlias),
        1 => want_mailbox().prop_map(Want::ToMailbox),
    ]
    .boxed()
}

fn slot(number: usize) -> impl Strategy<Value = Slot> {
    let standing = || prop_oneof![20 => Just(0_u8), 1 => Just(1_u8), 1 => Just(2_u8)];
    let stands = || (held(number), standing());
    let switches = (any::<bool>(), prop::bool::weighted(0.3));
    (stands(), stands(), want(number), switches).prop_map(|(one, two, want, (on_second, leaves_other))| {
        Slot { held: [one, two], want, on_second, leaves_other }
    })
}

fn layout() -> impl Strategy<Value = Layout> {
    prop_oneof![
        4 => Just(Layout::One),
        2 => Just(Layout::Two),
        2 => Just(Layout::OneThenTwo),
        2 => Just(Layout::TwoThenOne),
        1 => any::<bool>().prop_map(Layout::LeavesTwo),
    ]
}

fn both<T: std::fmt::Debug + Clone + 'static>(
    value: impl Fn() -> BoxedStrategy<T>,
) -> BoxedStrategy<Both<T, T>> {
    (option::weighted(0.5, value()), option::weighted(0.5, option::weighted(0.7, value())))
        .prop_map(|(held, want)| Both { held, want })
        .boxed()
}

fn permission() -> impl Strategy<Value = Permission> {
    let people = || select((0..STANDS).filter(|number| !is_domain(*number)).collect::<Vec<_>>());
    (0..STORES.len(), people(), people(), both(|| (1_u8..8).boxed()))
        .prop_map(|(store, mailbox, grantee, rights)| Permission { store, mailbox, grantee, rights })
}

/// Every situation.
pub(crate) fn case() -> impl Strategy<Value = Case> {
    // The first profile is the one that holds everything.
    let profile = || prop_oneof![6 => Just(0_usize), 2 => Just(1_usize), 1 => 2_usize..5];
    let slots: Vec<_> = (0..STANDS).map(|number| slot(number).boxed()).collect();
    let powers = || (prop::bool::weighted(0.4), 0_u8..8).boxed();
    (
        [profile(), profile()],
        [layout(), layout(), layout()],
        (prop::bool::weighted(0.2), any::<bool>()),
        slots,
        vec(permission(), 0..8),
        vec(both(powers), LOGINS.len() * STORES.len()),
    )
        .prop_map(|(profiles, layouts, (filter, released), slots, permissions, administrators)| Case {
            profiles,
            layouts,
            filter,
            slots,
            permissions,
            administrators,
            released,
        })
}
