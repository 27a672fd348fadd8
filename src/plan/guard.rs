//! The brakes: caps, protected addresses, unlisted external targets, the own login, the last administrator, and
//! addresses that would end without a recipient.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    AccountState, Address, BlockCode, Change, ConnectionName, ExternalForwards, Field, Identity, Kind,
    Override, Source, Status, Value, Verb,
};

use super::Input;
use super::draft::{Cause, Draft, Drafts};
use super::flow::{self, Delivery, Flow};
use super::narrow::globs;
use super::network::Network;
use super::risk;
use super::world::World;

mod administrators;
mod login;

pub(super) use administrators::{can_log_in_alone, guard_administrators};
pub use login::{hits_login, login_witnesses};

/// Assesses every change and blocks those that a guard forbids by themselves; caps come last, over what is left.
pub(super) fn guard(input: &Input<'_>, drafts: &mut Drafts) {
    let protected = Protected::new(input);
    for draft in &mut drafts.changes {
        let kind = input
            .capabilities
            .get(&draft.change.connection)
            .and_then(|can| can.kind(draft.change.identity.kind()));
        draft.change.risk = risk::assess(draft, input.desired, kind);
        if let Some(reason) = login::hits(input, &draft.change) {
            draft.block(BlockCode::Login, reason, None, None);
        }
        protected.guard(input, draft);
        guard_external(input, draft);
    }
    guard_caps(input, drafts);
}

/// True where an `--allow` lets this one change pass.
pub(super) fn is_released(input: &Input<'_>, draft: &Draft) -> bool {
    input.overrides.contains(&draft.release())
}

struct Protected<'a> {
    globs: Vec<(globset::GlobSet, &'a crate::model::Protected)>,
}

impl<'a> Protected<'a> {
    fn new(input: &Input<'a>) -> Self {
        let mut entries: Vec<&crate::model::Protected> = input.desired.policy.protected.iter().collect();
        entries.sort_by(|a, b| a.glob.cmp(&b.glob));
        let globs = entries.into_iter().map(|entry| (globs([entry.glob.as_str()]), entry)).collect();
        Self { globs }
    }

    fn of(&self, address: &Address) -> Option<&'a crate::model::Protected> {
        self.globs.iter().find(|(glob, _)| glob.is_match(address.as_str())).map(|(_, entry)| *entry)
    }

    /// The addresses of declared domains that are protected by their name, and not by a pattern.
    fn named(&self, input: &Input<'_>) -> BTreeSet<Address> {
        let named = self.globs.iter().filter_map(|(_, entry)| Address::parse(&entry.glob).ok());
        named
            .filter(|address| {
                !address.as_str().contains(['*', '?', '[', '{'])
                    && input.desired.domains.contains_key(address.domain())
            })
            .collect()
    }

    fn guard(&self, input: &Input<'_>, draft: &mut Draft) {
        let change = &draft.change;
        let verb = match change.verb {
            Verb::Delete if draft.cause != Cause::Replaced => "deleted",
            Verb::Rename => "renamed",
            Verb::Update if suspends(change) => "suspended",
            _ => return,
        };
        if !matches!(change.identity.kind(), Kind::Mailbox | Kind::Alias | Kind::Registration) {
            return;
        }
        let addresses = change.identity.address().into_iter();
        let former = change.before_identity.as_ref().and_then(Identity::address);
        let Some(entry) = addresses.chain(former).find_map(|address| self.of(address)) else {
            return;
        };
        if !is_released(input, draft) {
            let reason = format!("`{}` is protected and would be {verb}", entry.glob);
            let release = draft.release();
            draft.block(BlockCode::Protected, reason, Some(&release), entry.at.as_ref());
        }
    }
}

pub(super) fn suspends(change: &Change) -> bool {
    change.fields.contains(&Field::State)
        && change.after.get(&Field::State) == Some(&Value::State(AccountState::Suspended))
}

fn guard_external(input: &Input<'_>, draft: &mut Draft) {
    if input.desired.policy.external_forwards != ExternalForwards::Listed
        || !matches!(draft.change.identity.kind(), Kind::Alias | Kind::Forward)
        || is_released(input, draft)
    {
        return;
    }
    for target in draft.new_targets() {
        if !risk::is_external(&target, input.desired) {
            continue;
        }
        let whole = Address::whole_domain(&target.domain_name());
        let entry = input.desired.external.get(&target).or_else(|| input.desired.external.get(&whole));
        let (reason, at): (String, Option<&Source>) = match entry {
            None => (format!("{target} is outside and `external` does not list it"), None),
            Some(entry) => match entry.expires {
                Some(day) if day < input.today => {
                    (format!("{target} is listed in `external`, but only until {day}"), entry.at.as_ref())
                }
                _ => continue,
            },
        };
        let release = draft.release();
        draft.block(BlockCode::UnlistedExternal, reason, Some(&release), at);
    }
}

/// True where an administrator has fewer rights afterwards.
fn demotes(change: &Change) -> bool {
    change.fields.iter().any(|field| match (field, change.after.get(field)) {
        (Field::Full, Some(Value::Bool(false))) => true,
        (Field::AdminRights | Field::Domains, Some(after)) => {
            let before = change.before.as_ref().and_then(|before| before.get(field)).map(Value::members);
            let after = after.members();
            before.unwrap_or_default().iter().any(|right| !after.contains(right))
        }
        _ => false,
    })
}

/// Above a cap all changes of that verb and kind are blocked: nobody can say which of them were meant.
fn guard_caps(input: &Input<'_>, drafts: &mut Drafts) {
    let mut counts: BTreeMap<(ConnectionName, Kind, Verb), u64> = BTreeMap::new();
    for draft in &drafts.changes {
        if draft.is_counted() && draft.change.is_ready() {
            let change = &draft.change;
            *counts.entry((change.connection.clone(), change.identity.kind(), change.verb)).or_default() += 1;
        }
    }
    for ((connection, kind, verb), count) in counts {
        let Some(cap) = input.desired.policy.cap(verb, kind) else {
            continue;
        };
        let allowed = input
            .overrides
            .iter()
            .filter_map(|release| match release {
                Override::Cap { verb: v, kind: k, count } if (*v, *k) == (verb, kind) => Some(*count),
                _ => None,
            })
            .fold(cap.count, u64::max);
        if count <= allowed {
            continue;
        }
        let what = if count == 1 { kind.singular() } else { kind.plural() };
        let source = if cap.at.is_some() { "policy allows" } else { "the default is" };
        let reason =
            format!("{count} {what} would be {verb}d on {connection}, and {source} at most {}", cap.count);
        let release = Override::Cap { verb, kind, count };
        for draft in &mut drafts.changes {
            let change = &draft.change;
            if draft.is_counted()
                && change.is_ready()
                && (&change.connection, change.identity.kind(), change.verb) == (&connection, kind, verb)
            {
                draft.block(BlockCode::Cap, reason.clone(), Some(&release), cap.at.as_ref());
            }
        }
    }
}

/// Blocks what would leave an address without a recipient that the plan does not itself remove, or that is
/// protected. True where something was blocked.
pub(super) fn guard_delivery(input: &Input<'_>, drafts: &mut Drafts) -> bool {
    let protected = Protected::new(input);
    let is_loss = |delivery: &Delivery| {
        delivery.is_lost() && (!delivery.is_removed || protected.of(&delivery.address).is_some())
    };
    if !flow::may_take(drafts) {
        return false;
    }
    let flow = Flow::new(input, drafts);
    let mut deliveries: Vec<Delivery> = flow.compare(drafts).filter(is_loss).collect();
    // A protected address may be one that nothing holds and a catch-all takes.
    let mut named = protected.named(input);
    named.retain(|address| deliveries.iter().all(|delivery| delivery.address != *address));
    deliveries.extend(flow.compare_these(drafts, named).into_iter().filter(is_loss));
    if deliveries.is_empty() {
        return false;
    }
    let takers = takers(input, drafts);
    let culprits_of = |delivery: &Delivery| -> BTreeSet<usize> {
        delivery.path.iter().filter_map(|address| takers.get(address)).flatten().copied().collect()
    };
    let culprits: BTreeSet<usize> = deliveries.iter().flat_map(culprits_of).collect();
    // Where a change that was released takes the recipients away by itself, stopping another one saves nothing.
    let spared = Network::of(input, World::after(input, drafts, &culprits));
    let mut losses: BTreeMap<usize, Losses<'_>> = BTreeMap::new();
    for delivery in &deliveries {
        if !spared.ends(&delivery.address).has_recipient() {
            continue;
        }
        for number in culprits_of(delivery) {
            let losses = losses.entry(number).or_default();
            match protected.of(&delivery.address) {
                Some(entry) => losses.protected.push((delivery.address.clone(), entry)),
                None => losses.collateral.push(delivery.address.clone()),
            }
        }
    }
    let blocked = !losses.is_empty();
    for (number, losses) in losses {
        let draft = &mut drafts.changes[number];
        let release = draft.release();
        for (address, entry) in losses.protected {
            let reason = format!("`{}` is protected and {address} would reach nobody", entry.glob);
            draft.block(BlockCode::Protected, reason, Some(&release), entry.at.as_ref());
        }
        if let Some(reason) = collateral(&losses.collateral) {
            draft.block(BlockCode::CollateralLoss, reason, Some(&release), None);
        }
    }
    blocked
}

/// The addresses that one change would leave without a recipient.
#[derive(Default)]
struct Losses<'a> {
    protected: Vec<(Address, &'a crate::model::Protected)>,
    collateral: Vec<Address>,
}

/// What is said of addresses that nobody removes and that would reach nobody; of many, two are named.
fn collateral(addresses: &[Address]) -> Option<String> {
    let (who, them) = match addresses {
        [] => return None,
        [one] => (one.to_string(), "it"),
        [one, two] => (format!("{one} and {two}"), "them"),
        [one, two, three] => (format!("{one}, {two} and {three}"), "them"),
        [one, two, more @ ..] => (format!("{one}, {two} and {} more addresses", more.len()), "them"),
    };
    Some(format!("{who} would reach nobody, and the plan does not remove {them}"))
}

/// The changes that run, are not released and can take recipients away, by the addresses at which they do.
fn takers(input: &Input<'_>, drafts: &Drafts) -> BTreeMap<Address, Vec<usize>> {
    let mut takers: BTreeMap<Address, Vec<usize>> = BTreeMap::new();
    for (number, draft) in drafts.changes.iter().enumerate() {
        let change = &draft.change;
        if !change.is_ready() || !flow::takes_away(change) || is_released(input, draft) {
            continue;
        }
        for identity in [Some(&change.identity), change.before_identity.as_ref()].into_iter().flatten() {
            if let Some(address) = identity.address() {
                takers.entry(address.clone()).or_default().push(number);
            }
        }
    }
    takers
}

impl Draft {
    /// True where a cap counts it.
    fn is_counted(&self) -> bool {
        matches!(self.cause, Cause::Declared | Cause::Pruned)
    }
}

impl Drafts {
    /// True where the change is blocked for a reason of its own.
    pub(super) fn is_blocked(&self, number: usize) -> bool {
        matches!(self.changes[number].change.status, Status::Blocked(_))
    }
}
