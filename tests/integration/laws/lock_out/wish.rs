//! Random wishes that are out for harm: a few addresses, the login among them in every part that it can play, and every
//! word of a configuration that takes something away.

use std::fmt::Write as _;

use mailwright::model::{Field, Kind};
use mailwright::provider::{Capabilities, Suspension};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// What the wishes of one kind of service speak of.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    /// The two domains.
    pub(crate) domains: [&'static str; 2],
    /// Addresses in them. The first is the login's, where that has one.
    pub(crate) addresses: [&'static str; 5],
    /// Administrators.
    pub(crate) logins: [&'static str; 3],
    /// The connection whose administrators are declared.
    pub(crate) administered: &'static str,
    /// What a mailbox must have to be made.
    pub(crate) needs: &'static str,
}

/// What is wanted of one address.
#[derive(Debug, Clone, PartialEq)]
enum Slot {
    Silent,
    Mailbox(Mailbox),
    Alias(u8),
    NoMailbox,
    NoAlias,
    /// The mailbox goes and an alias takes its address.
    ToAlias(u8),
}

#[derive(Debug, Clone, PartialEq)]
struct Mailbox {
    state: Option<bool>,
    quota: Option<u8>,
    /// Targets and whether a copy is kept; none for `absent`.
    #[expect(
        clippy::option_option,
        reason = "unmanaged, absent, or there: proptest draws and shrinks it as it is"
    )]
    forward: Option<Option<(u8, Option<bool>)>>,
    closes_aliases: bool,
    closes_permissions: bool,
    was: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum CatchAll {
    Silent,
    To(u8),
    OtherDomain,
    Absent,
}

#[derive(Debug, Clone, PartialEq)]
enum Administrator {
    Silent,
    Absent,
    Of { full: Option<bool>, domains: Option<u8>, rights: Option<u8> },
}

/// A wish.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wish {
    slots: Vec<Slot>,
    catch_alls: [CatchAll; 2],
    administrators: Vec<Administrator>,
    prune: [Option<u8>; 2],
    ignores: Option<usize>,
    /// The second domain leaves the connection that it lay on, and (true) has what is there removed.
    pub(crate) leaving: Option<bool>,
    protected: u8,
    /// What the plan is narrowed to: a glob, or a domain.
    pub(crate) only: Option<usize>,
}

/// What can be protected.
const PROTECTED: [fn(&Pool) -> String; 4] = [
    |pool| pool.addresses[0].to_owned(),
    |pool| pool.addresses[1].to_owned(),
    |pool| format!("*@{}", pool.domains[1]),
    |pool| format!("{}*", pool.addresses[2].split_at(2).0),
];

/// Kinds that can be pruned.
const PRUNED: [Kind; 6] =
    [Kind::Mailbox, Kind::Alias, Kind::Forward, Kind::Permission, Kind::SenderRules, Kind::Administrator];

const OUTSIDE: &str = "x@out.example";

fn mailbox() -> impl Strategy<Value = Mailbox> {
    (
        option::weighted(0.4, prop::bool::weighted(0.3)),
        option::weighted(0.2, 1_u8..4),
        option::weighted(0.35, option::weighted(0.8, (1_u8..64, option::of(any::<bool>())))),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.1),
        option::weighted(0.3, 0_usize..5),
    )
        .prop_map(|(state, quota, forward, closes_aliases, closes_permissions, was)| Mailbox {
            state,
            quota,
            forward,
            closes_aliases,
            closes_permissions,
            was,
        })
}

fn slot() -> impl Strategy<Value = Slot> {
    prop_oneof![
        3 => Just(Slot::Silent),
        6 => mailbox().prop_map(Slot::Mailbox),
        3 => (1_u8..64).prop_map(Slot::Alias),
        2 => Just(Slot::NoMailbox),
        1 => Just(Slot::NoAlias),
        2 => (1_u8..64).prop_map(Slot::ToAlias),
    ]
}

/// Any wish.
pub(crate) fn wish() -> impl Strategy<Value = Wish> {
    let catch_all = || {
        prop_oneof![
            4 => Just(CatchAll::Silent),
            2 => (1_u8..64).prop_map(CatchAll::To),
            2 => Just(CatchAll::OtherDomain),
            1 => Just(CatchAll::Absent),
        ]
    };
    let administrator = prop_oneof![
        2 => Just(Administrator::Silent),
        2 => Just(Administrator::Absent),
        5 => (option::of(any::<bool>()), option::of(0_u8..4), option::of(0_u8..4))
            .prop_map(|(full, domains, rights)| Administrator::Of { full, domains, rights }),
    ];
    let prune = || option::weighted(0.35, any::<u8>());
    (
        vec(slot(), 5),
        [catch_all(), catch_all()],
        vec(administrator, 3),
        [prune(), prune()],
        option::weighted(0.1, 0_usize..5),
        option::of(any::<bool>()),
        prop_oneof![2 => Just(0_u8), 3 => any::<u8>()],
        option::weighted(0.15, 0_usize..5),
    )
        .prop_map(|(slots, catch_alls, administrators, prune, ignores, leaving, protected, only)| Wish {
            slots,
            catch_alls,
            administrators,
            prune,
            ignores,
            leaving,
            protected,
            only,
        })
}

impl Pool {
    fn domain_of(&self, address: &str) -> usize {
        usize::from(address.ends_with(&format!("@{}", self.domains[1])))
    }
}

impl Wish {
    /// The globs of protected addresses.
    pub(crate) fn protected(&self, pool: &Pool) -> Vec<String> {
        let chosen = PROTECTED.iter().enumerate().filter(|(bit, _)| self.protected >> bit & 1 == 1);
        chosen.map(|(_, glob)| glob(pool)).collect()
    }

    /// The wish as a file, as far as the stores of the two domains can hold it. `serving` are the roles that
    /// connections play for the domains, as keys of a flow map.
    pub(crate) fn yaml(&self, pool: &Pool, can: [&Capabilities; 2], serving: [&str; 2]) -> String {
        let mut text = String::from("version: 1\ndomains:\n");
        for (number, domain) in pool.domains.iter().enumerate() {
            let mut keys = vec![serving[number].to_owned()];
            keys.extend(self.prune(number, can[number]));
            let ignored = self.ignores.map(|at| pool.addresses[at]);
            keys.extend(
                ignored
                    .filter(|at| pool.domain_of(at) == number)
                    .and_then(|at| Some(format!("ignore: [\"{}@*\"]", at.split_once('@')?.0))),
            );
            let _ = writeln!(text, "  {domain}: {{{}}}", keys.join(", "));
        }
        let (mailboxes, aliases) = self.addresses(pool, can);
        let administrators = self.administrators(pool, can[0]);
        for (key, body) in
            [("mailboxes", mailboxes), ("aliases", aliases), ("administrators", administrators)]
        {
            if !body.is_empty() {
                let _ = write!(text, "{key}:\n{body}");
            }
        }
        let protected: Vec<String> = self.protected(pool).iter().map(|glob| format!("\"{glob}\"")).collect();
        let _ = writeln!(text, "policy: {{protected: [{}]}}", protected.join(", "));
        text
    }

    fn prune(&self, number: usize, can: &Capabilities) -> Option<String> {
        let bits = self.prune[number]?;
        let held = PRUNED.iter().enumerate().filter(|(_, kind)| can.kind(**kind).is_some());
        let named: Vec<&str> =
            held.filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, kind)| kind.plural()).collect();
        let is_all = named.is_empty() || bits >> PRUNED.len() & 1 == 1;
        Some(format!("prune: [{}]", if is_all { "all".to_owned() } else { named.join(", ") }))
    }

    fn addresses(&self, pool: &Pool, can: [&Capabilities; 2]) -> (String, String) {
        let (mut mailboxes, mut aliases) = (String::new(), String::new());
        for (index, slot) in self.slots.iter().enumerate() {
            let address = pool.addresses[index];
            if self.is_ignored(index, pool) {
                continue;
            }
            let can = can[pool.domain_of(address)];
            let has_aliases = can.kind(Kind::Alias).is_some();
            if matches!(slot, Slot::NoMailbox | Slot::ToAlias(_)) {
                let _ = writeln!(mailboxes, "  {address}: absent");
            }
            match slot {
                Slot::Mailbox(mailbox) => {
                    let _ =
                        writeln!(mailboxes, "  {address}: {{{}}}", self.mailbox(index, mailbox, pool, can));
                    if index % 2 == 0 && has_aliases {
                        let _ = writeln!(aliases, "  {address}: absent");
                    }
                }
                Slot::Alias(mask) | Slot::ToAlias(mask) if has_aliases => {
                    let mut targets = self.targets(pool, address, *mask, max_targets(can, Kind::Alias));
                    let is_near = |target: &String| {
                        target.split_once('@').map(|at| at.1) == address.split_once('@').map(|at| at.1)
                    };
                    if can.kind(Kind::Alias).is_some_and(|kind| kind.same_domain.is_some()) {
                        targets.retain(is_near);
                    }
                    if !targets.is_empty() {
                        let _ = writeln!(aliases, "  {address}: [{}]", targets.join(", "));
                    }
                }
                Slot::NoAlias if has_aliases => {
                    let _ = writeln!(aliases, "  {address}: absent");
                }
                _ => {}
            }
        }
        for (number, catch_all) in self.catch_alls.iter().enumerate() {
            let Some(kind) = can[number].kind(Kind::Alias) else { continue };
            let at = format!("@{}", pool.domains[number]);
            match catch_all {
                CatchAll::To(mask) if kind.catch_all.is_yes() => {
                    let targets = self.targets(pool, &at, *mask, max_targets(can[number], Kind::Alias));
                    let _ = writeln!(aliases, "  \"{at}\": [{}]", targets.join(", "));
                }
                // Two domains that stand for each other are a loop.
                CatchAll::OtherDomain
                    if kind.domain_alias.is_yes()
                        && (number == 0 || self.catch_alls[0] != CatchAll::OtherDomain) =>
                {
                    let _ = writeln!(aliases, "  \"{at}\": [\"@{}\"]", pool.domains[1 - number]);
                }
                CatchAll::Absent if kind.catch_all.is_yes() => {
                    let _ = writeln!(aliases, "  \"{at}\": absent");
                }
                _ => {}
            }
        }
        (mailboxes, aliases)
    }

    fn is_ignored(&self, index: usize, pool: &Pool) -> bool {
        let parts = |at: usize| pool.addresses[at].split_once('@');
        self.ignores.is_some_and(|ignored| parts(ignored) == parts(index))
    }

    fn mailbox(&self, index: usize, mailbox: &Mailbox, pool: &Pool, can: &Capabilities) -> String {
        let Some(kind) = can.kind(Kind::Mailbox) else { return String::new() };
        let needs = Some(pool.needs.to_owned())
            .filter(|needs| !needs.is_empty() && kind.fields.contains_key(&Field::Password));
        let mut keys: Vec<String> = needs.into_iter().collect();
        let suspends = kind.fields.contains_key(&Field::State) && !matches!(kind.suspend, Suspension::No(_));
        if let Some(suspended) = mailbox.state.filter(|_| suspends) {
            keys.push(format!("state: {}", if suspended { "suspended" } else { "active" }));
        }
        if let Some(quota) = mailbox.quota.filter(|_| !pool.needs.contains("quota")) {
            keys.push(format!("quota: {quota} GiB"));
        }
        let address = pool.addresses[index];
        if let (Some(forward), Some(kind)) = (&mailbox.forward, can.kind(Kind::Forward)) {
            keys.push(forward.as_ref().map_or_else(
                || "forward: absent".to_owned(),
                |(mask, keep)| {
                    let may = kind.fields.contains_key(&Field::KeepCopy);
                    let keep = keep.filter(|_| may).or(may.then_some(mask % 2 == 0));
                    let alone = kind.targets.max_without_copy.filter(|_| keep == Some(false));
                    let max = alone.map_or_else(|| max_targets(can, Kind::Forward), |(max, ..)| max);
                    let targets = self.targets(pool, address, *mask, max).join(", ");
                    let keep = keep.map_or(String::new(), |keep| format!(", keep_copy: {keep}"));
                    format!("forward: {{to: [{targets}]{keep}}}")
                },
            ));
        }
        let (local, domain) = address.split_once('@').expect("an address");
        if mailbox.closes_aliases && can.kind(Kind::Alias).is_some() {
            keys.push(format!("aliases: [{local}-0@{domain}]"));
        }
        if mailbox.closes_permissions && can.kind(Kind::Permission).is_some() {
            keys.push("permissions: {}".to_owned());
        }
        // A former address is not declared.
        let former = mailbox.was.filter(|&was| {
            was != index
                && self.slots[was] == Slot::Silent
                && !self.is_ignored(was, pool)
                && self.may_be_former(was, index)
        });
        keys.extend(former.map(|was| format!("was: [{}]", pool.addresses[was])));
        keys.join(", ")
    }

    /// True where no earlier mailbox was the same one.
    fn may_be_former(&self, was: usize, index: usize) -> bool {
        !self.slots[..index].iter().any(|slot| matches!(slot, Slot::Mailbox(other) if other.was == Some(was)))
    }

    /// What a mask picks of the pool and beyond it, the address itself left out.
    fn targets(&self, pool: &Pool, own: &str, mask: u8, max: usize) -> Vec<String> {
        let all = pool.addresses.iter().copied().chain([OUTSIDE]).enumerate();
        let picked = all.filter(|(bit, address)| {
            let gone = matches!(self.slots.get(*bit), Some(Slot::NoMailbox | Slot::NoAlias));
            mask >> bit & 1 == 1 && *address != own && !gone
        });
        let picked: Vec<String> = picked.map(|(_, address)| address.to_owned()).take(max).collect();
        if picked.is_empty() { vec![OUTSIDE.to_owned()] } else { picked }
    }

    fn administrators(&self, pool: &Pool, can: &Capabilities) -> String {
        let Some(kind) = can.kind(Kind::Administrator) else { return String::new() };
        let mut text = String::new();
        for (login, administrator) in pool.logins.iter().zip(&self.administrators) {
            let is_address = login.contains('@');
            if kind.login_is_address.is_some() && !is_address {
                continue;
            }
            let Administrator::Of { full, domains, rights } = administrator else {
                if *administrator == Administrator::Absent {
                    let _ = writeln!(text, "    {login}: absent");
                }
                continue;
            };
            let has = |field: &Field| kind.fields.contains_key(field);
            let mut keys = Vec::new();
            let full = full.filter(|_| has(&Field::Full));
            keys.extend(full.map(|full| format!("full: {}", full || kind.fixed.contains_key(&Field::Full))));
            if has(&Field::Password) {
                keys.push("password: {env: FIRST_PASSWORD}".to_owned());
            }
            let members = |bits: u8, words: [&str; 2]| {
                let picked = words.into_iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
                picked.map(|(_, word)| word).collect::<Vec<_>>().join(", ")
            };
            let domains = domains.filter(|_| has(&Field::Domains));
            keys.extend(domains.map(|bits| format!("domains: [{}]", members(bits, pool.domains))));
            let rights = rights.filter(|_| has(&Field::AdminRights));
            keys.extend(rights.map(|bits| format!("rights: [{}]", members(bits, ["add", "delete"]))));
            let _ = writeln!(text, "    {login}: {{{}}}", keys.join(", "));
        }
        if text.is_empty() { text } else { format!("  {}:\n{text}", pool.administered) }
    }
}

fn max_targets(can: &Capabilities, kind: Kind) -> usize {
    can.kind(kind).and_then(|kind| kind.targets.max).map_or(usize::MAX, |(max, _)| max)
}
