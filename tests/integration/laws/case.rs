//! Random situations, as plain data: what the services hold, what is wanted, and how badly the services read. The
//! address pool is tiny, so that collisions, swaps, conversions and renames are the rule.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::subsequence;

use crate::memory::STORES;

/// The addresses that everything happens to, by number. The first ones are mailboxes of people.
pub(crate) const POOL: [&str; 10] = [
    "a@a.example",
    "b@a.example",
    "c@a.example",
    "d@a.example",
    "postmaster@a.example",
    "@a.example",
    "a@b.example",
    "b@b.example",
    "x@out.example",
    "y@corp.example",
];

/// How many addresses of [`POOL`] lie in managed domains.
pub(crate) const OURS: usize = 8;

/// How many of them can be mailboxes with parts in a case.
pub(crate) const OWNERS: usize = 4;

/// The logins of administrators.
pub(crate) const LOGINS: [&str; 3] = ["a@a.example", "d@a.example", "root"];

/// What holds an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Held {
    Nothing,
    Mailbox { name: u8, quota: u8, suspended: bool, standing: u8 },
    Alias { targets: Vec<usize>, senders: Vec<usize>, standing: u8 },
    Remains,
}

/// What is wanted of an address.
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
    pub(crate) name: Option<u8>,
    pub(crate) quota: Option<u8>,
    pub(crate) suspended: Option<bool>,
    pub(crate) password: bool,
    pub(crate) was: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WantAlias {
    pub(crate) targets: Vec<usize>,
    pub(crate) senders: Option<Vec<usize>>,
}

/// A part or an administrator: what is there and what is wanted. The outer option of `want` is "declared", the
/// inner one "present".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Both<H, W> {
    pub(crate) held: Option<H>,
    #[expect(
        clippy::option_option,
        reason = "unmanaged, absent, or there: proptest draws and shrinks it as it is"
    )]
    pub(crate) want: Option<Option<W>>,
}

type ForwardCase = Both<(Vec<usize>, bool), (Vec<usize>, Option<bool>)>;

/// The parts of one mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) forward: ForwardCase,
    /// Rights as bits, by grantee's number.
    pub(crate) permissions: Vec<(usize, Both<u8, u8>)>,
    pub(crate) block: Both<u8, u8>,
    pub(crate) close_permissions: bool,
    pub(crate) close_aliases: bool,
}

/// How the services misbehave when they are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// Kind and domain (true: b.example) of listings with gaps.
    pub(crate) gaps: Vec<(u8, bool)>,
    /// Objects that such a listing leaves out, as bits over the pool.
    pub(crate) hidden: u16,
    /// Kind and address of what is neither there nor not there.
    pub(crate) unknown: Vec<(u8, usize)>,
    /// Address and field that is not told.
    pub(crate) not_read: Vec<(usize, u8)>,
}

impl Trouble {
    pub(crate) fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// One situation.
#[expect(clippy::struct_excessive_bools, reason = "independent switches of a random case")]
#[derive(Clone)]
pub(crate) struct Case {
    /// Profiles of the connections `one` and `two`.
    pub(crate) profiles: (usize, usize),
    /// b.example lies on `two`, else on `one`.
    pub(crate) split: bool,
    /// Where b.example is split off: whether it leaves `one`, and (true) has what is there removed.
    pub(crate) leaving: Option<bool>,
    /// a.example is known to the filter.
    pub(crate) filter: bool,
    /// a.example is `ignore`d for `c@*`.
    pub(crate) ignore: bool,
    pub(crate) slots: Vec<(Held, Want)>,
    /// What the store that b.example leaves still holds of its addresses.
    pub(crate) left_behind: Vec<Held>,
    pub(crate) parts: Vec<Parts>,
    pub(crate) administrators: Vec<Both<bool, bool>>,
    /// None, d@a.example, or root.
    pub(crate) login: u8,
    /// Registrations that the filter has, as bits over the pool.
    pub(crate) registered: u16,
    /// Kind and domain (true: b.example) that are pruned.
    pub(crate) prune: Vec<(u8, bool)>,
    pub(crate) cap: Option<u64>,
    pub(crate) protected: bool,
    /// Externals are allowed; listed; listed and expired.
    pub(crate) external: u8,
    /// Which of [`ALLOW`] are given.
    pub(crate) allow: Vec<usize>,
    pub(crate) only: Option<&'static str>,
    pub(crate) trouble: Trouble,
}

impl std::fmt::Debug for Case {
    /// One line for each thing that is there or wanted, however it is asked: a whole case is a page of nothings.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "profiles {:?} split {} leaving {:?} filter {} ignore {} login {} registered {:b}",
            self.profiles, self.split, self.leaving, self.filter, self.ignore, self.login, self.registered
        )?;
        for (number, slot) in self.slots.iter().enumerate() {
            if *slot != (Held::Nothing, Want::Nothing) {
                writeln!(f, "{number} {}: {slot:?}", POOL[number])?;
            }
        }
        for (number, held) in self.left_behind.iter().enumerate() {
            if *held != Held::Nothing {
                writeln!(f, "{} left behind: {held:?}", POOL[number + 6])?;
            }
        }
        for (number, parts) in self.parts.iter().enumerate() {
            writeln!(f, "parts of {number}: forward {:?}", parts.forward)?;
            for (grantee, both) in &parts.permissions {
                writeln!(f, "  permission for {grantee}: {both:?}")?;
            }
            writeln!(
                f,
                "  block {:?} closed: {} {}",
                parts.block, parts.close_permissions, parts.close_aliases
            )?;
        }
        for (login, both) in LOGINS.iter().zip(&self.administrators) {
            writeln!(f, "administrator {login}: {both:?}")?;
        }
        let allow: Vec<&str> = self.allow.iter().map(|&number| ALLOW[number]).collect();
        writeln!(f, "prune {:?} cap {:?} protected {}", self.prune, self.cap, self.protected)?;
        writeln!(f, "external {} allow {allow:?} only {:?}", self.external, self.only)?;
        write!(f, "{:?}", self.trouble)
    }
}

/// Releases that a case may hold.
pub(crate) const ALLOW: [&str; 10] = [
    "deletes:mailbox=9",
    "deletes:alias=9",
    "delete:mailbox:b@a.example",
    "delete:mailbox:d@a.example",
    "delete:alias:b@a.example",
    "update:mailbox:b@a.example",
    "rename:mailbox:b@a.example",
    "update:alias:a@a.example",
    "delete:administrator:root",
    "delete:mailbox:a@a.example",
];

fn targets() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        4 => subsequence((0..POOL.len()).filter(|n| *n != 5).collect::<Vec<_>>(), 1..=2),
        1 => subsequence((0..OWNERS).collect::<Vec<_>>(), 1..=3),
    ]
}

fn standing() -> impl Strategy<Value = u8> {
    prop_oneof![12 => Just(0_u8), 1 => Just(1_u8), 1 => Just(2_u8)]
}

fn held() -> impl Strategy<Value = Held> {
    prop_oneof![
        3 => Just(Held::Nothing),
        5 => (0_u8..3, 0_u8..3, prop::bool::weighted(0.2), standing()).prop_map(
            |(name, quota, suspended, standing)| Held::Mailbox { name, quota, suspended, standing }
        ),
        4 => (targets(), subsequence((0..OWNERS).collect::<Vec<_>>(), 0..=1), standing())
            .prop_map(|(targets, senders, standing)| Held::Alias { targets, senders, standing }),
        1 => Just(Held::Remains),
    ]
}

fn want_mailbox() -> impl Strategy<Value = WantMailbox> {
    (
        option::of(0_u8..3),
        option::of(0_u8..3),
        option::weighted(0.4, prop::bool::weighted(0.4)),
        prop::bool::weighted(0.7),
        option::weighted(0.35, 0..OURS),
    )
        .prop_map(|(name, quota, suspended, password, was)| WantMailbox {
            name,
            quota,
            suspended,
            password,
            was,
        })
}

fn want_alias() -> impl Strategy<Value = WantAlias> {
    (targets(), option::weighted(0.3, subsequence((0..OWNERS).collect::<Vec<_>>(), 0..=2)))
        .prop_map(|(targets, senders)| WantAlias { targets, senders })
}

fn want() -> impl Strategy<Value = Want> {
    prop_oneof![
        4 => Just(Want::Nothing),
        5 => want_mailbox().prop_map(Want::Mailbox),
        2 => Just(Want::NoMailbox),
        4 => want_alias().prop_map(Want::Alias),
        1 => Just(Want::NoAlias),
        2 => want_alias().prop_map(Want::ToAlias),
        2 => want_mailbox().prop_map(Want::ToMailbox),
    ]
}

fn both<H: std::fmt::Debug + Clone, W: std::fmt::Debug + Clone>(
    held: impl Strategy<Value = H>,
    want: impl Strategy<Value = W>,
) -> impl Strategy<Value = Both<H, W>> {
    (option::weighted(0.4, held), option::weighted(0.4, option::weighted(0.75, want)))
        .prop_map(|(held, want)| Both { held, want })
}

fn parts() -> impl Strategy<Value = Parts> {
    (
        both((targets(), any::<bool>()), (targets(), option::of(any::<bool>()))),
        vec((0..POOL.len() - 2, both(1_u8..8, 1_u8..8)), 0..3),
        both(1_u8..4, 1_u8..4),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.3),
    )
        .prop_map(|(forward, permissions, block, close_permissions, close_aliases)| Parts {
            forward,
            permissions,
            block,
            close_permissions,
            close_aliases,
        })
}

fn trouble() -> impl Strategy<Value = Trouble> {
    let some = (
        vec((0_u8..6, any::<bool>()), 0..3),
        any::<u16>(),
        vec((0_u8..4, 0..OURS), 0..2),
        vec((0..OURS, 0_u8..4), 0..2),
    )
        .prop_map(|(gaps, hidden, unknown, not_read)| Trouble { gaps, hidden, unknown, not_read });
    prop_oneof![2 => Just(Trouble::default()), 1 => some]
}

/// Every situation.
pub(crate) fn case() -> impl Strategy<Value = Case> {
    let services = (
        (0..STORES.len(), 0..STORES.len()),
        prop::bool::weighted(0.5),
        option::weighted(0.5, any::<bool>()),
        any::<bool>(),
        prop::bool::weighted(0.15),
    );
    let objects = (
        vec((held(), want()), OURS),
        vec(held(), 2),
        vec(parts(), OWNERS),
        vec(both(any::<bool>(), any::<bool>()), LOGINS.len()),
        prop_oneof![3 => Just(0_u8), 1 => Just(1_u8), 1 => Just(2_u8)],
        any::<u16>(),
    );
    let policy = (
        vec((0_u8..7, any::<bool>()), 0..4),
        option::weighted(0.3, 0_u64..3),
        prop::bool::weighted(0.3),
        prop_oneof![4 => Just(0_u8), 1 => Just(1_u8), 1 => Just(2_u8)],
        subsequence((0..ALLOW.len()).collect::<Vec<_>>(), 0..=4),
        prop_oneof![8 => Just(None), 1 => Just(Some("a@*")), 1 => Just(Some("*@b.example"))],
    );
    (services, objects, policy, trouble()).prop_map(|(services, objects, policy, trouble)| {
        let (profiles, split, leaving, filter, ignore) = services;
        let (slots, left_behind, parts, administrators, login, registered) = objects;
        let (prune, cap, protected, external, allow, only) = policy;
        Case {
            profiles,
            split,
            leaving,
            filter,
            ignore,
            slots,
            left_behind,
            parts,
            administrators,
            login,
            registered,
            prune,
            cap,
            protected,
            external,
            allow,
            only,
            trouble,
        }
    })
}
