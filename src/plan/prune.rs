//! Deletes what nobody declared where the configuration says that the world is closed.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Address, BlockCode, ClosedExtent, ClosedWorld, Collection, Completeness, ConnectionName, ConnectionState,
    DomainName, Field, Identity, Kind, Leaving, Note, ObjectRef, ObservedObject, Standing, Value,
};
use crate::provider::{Capabilities, KindCapabilities, StoredIn};

use super::Input;
use super::diff::delete;
use super::draft::{Cause, Drafts};
use super::narrow::Within;
use super::parts::permissions_of;
use super::rename::Renames;
use super::scope::has_addresses;

/// Local parts that RFC 2142 and RFC 5321 want answered: removed only by `absent`.
const ESSENTIAL: [&str; 2] = ["postmaster", "abuse"];

/// What a closed world holds now.
struct Candidates<'a> {
    members: Vec<&'a ObservedObject>,
    /// Why no delete may rest on what was read of it.
    gap: Option<String>,
    reason: String,
}

/// Adds a delete for every undeclared object of a closed world, blocked where the reading has gaps. A mailbox that
/// some `was` names is not undeclared, and what moves with it is looked up by the name that it will have.
pub(super) fn prune(input: &Input<'_>, within: &Within<'_>, renames: &Renames<'_>, drafts: &mut Drafts) {
    let mut tables: BTreeMap<&ConnectionName, Tables<'_>> = BTreeMap::new();
    let mut seen: BTreeSet<ObjectRef> = BTreeSet::new();
    let leaving = leaving_worlds(input);
    // Where two worlds cover an object, the one that says so first must not depend on the order of files.
    let mut worlds: Vec<&ClosedWorld> = input.desired.closed.iter().chain(&leaving).collect();
    worlds.sort_by(|a, b| (&a.connection, &a.extent, &a.at).cmp(&(&b.connection, &b.extent, &b.at)));
    for closed in worlds {
        let connection = &closed.connection;
        let (Some(state), Some(can)) =
            (input.observed.connections.get(connection), input.capabilities.get(connection))
        else {
            continue;
        };
        if !within.connection(connection) {
            continue;
        }
        let tables =
            tables.entry(connection).or_insert_with(|| Tables::new(input, renames, connection, state, can));
        let left = match &closed.extent {
            ClosedExtent::Domain(_, domain) => input.desired.domains.get_key_value(domain),
            ClosedExtent::AliasesOf(_) | ClosedExtent::PermissionsOf(_) => None,
        };
        let left = left.filter(|(_, wish)| wish.leaving.get(connection) == Some(&Leaving::Remove));
        let rests_on = match &closed.extent {
            // Of a store that is left nothing is read where `--only` names few.
            ClosedExtent::Domain(kind, domain) if left.is_some() => vec![Collection::domain(*kind, domain)],
            ClosedExtent::Domain(kind, domain) => rests_on(within, *kind, domain),
            ClosedExtent::AliasesOf(_) | ClosedExtent::PermissionsOf(_) => Vec::new(),
        };
        let Some(Candidates { members, mut gap, mut reason }) =
            candidates(within, renames, state, closed, rests_on, tables)
        else {
            continue;
        };
        if let Some((domain, _)) = left {
            reason = format!("{domain} leaves {connection} (leaving: remove)");
        }
        for observed in members {
            let Some(kind) = can.kind(observed.identity.kind()) else { continue };
            let object = ObjectRef { connection: connection.clone(), identity: observed.identity.clone() };
            let afterwards = renames.part_afterwards(connection, &observed.identity, kind);
            let meant = ObjectRef {
                connection: connection.clone(),
                identity: afterwards.unwrap_or_else(|| observed.identity.clone()),
            };
            let moves = matches!(&observed.identity, Identity::Mailbox(address)
                if renames.named_by(connection, address).is_some());
            if input.desired.objects.contains_key(&object)
                || input.desired.objects.contains_key(&meant)
                || moves
                || !within.object(connection, &meant.identity)
                || within.is_ignored(&object.identity)
                || is_kept(observed, kind)
                || !seen.insert(object)
            {
                continue;
            }
            // What goes rests on all of its world, also where it was asked for by its address at first.
            if gap.is_none()
                && let ClosedExtent::Domain(kind, domain) = &closed.extent
            {
                gap = self::gap(state, &[Collection::domain(*kind, domain)]);
            }
            let mut draft =
                delete(connection, observed, kind, &reason).at(closed.at.as_ref()).cause(Cause::Pruned);
            if let Some(gap) = &gap {
                draft.block(BlockCode::IncompleteRead, gap.clone(), None, None);
            }
            drafts.changes.push(draft);
        }
        if let Some(gap) = gap {
            let text = format!("nothing is pruned there, the reading is not complete: {gap}");
            drafts.notes.push(Note { text, at: closed.at.clone() });
        }
    }
}

/// What one connection holds, looked up by what closed worlds speak of.
struct Tables<'a> {
    /// By kind and domain; what moves with its mailbox stands where it will be.
    by_domain: BTreeMap<(Kind, &'a str), Vec<&'a ObservedObject>>,
    /// Aliases by their only target.
    single_targets: BTreeMap<&'a Address, Vec<&'a ObservedObject>>,
    /// Why what was read of aliases is not all of them; none for aliases that stand in the records of mailboxes, where
    /// each mailbox's own are asked for.
    alias_gap: Option<String>,
    /// True where aliases stand in the records of mailboxes.
    hides_aliases: bool,
    /// True where an alias may stand in the record of a mailbox.
    moves_aliases: bool,
}

impl<'a> Tables<'a> {
    fn new(
        input: &Input<'a>,
        renames: &Renames<'a>,
        connection: &ConnectionName,
        state: &'a ConnectionState,
        can: &Capabilities,
    ) -> Self {
        let mut by_domain: BTreeMap<(Kind, &str), Vec<&ObservedObject>> = BTreeMap::new();
        let mut single_targets: BTreeMap<&Address, Vec<&ObservedObject>> = BTreeMap::new();
        for object in state.objects.values() {
            let kind = object.identity.kind();
            let moves = can.kind(kind).filter(|can| can.stored_in == StoredIn::Mailbox);
            let new = moves.and(object.identity.part_of()).and_then(|of| renames.becomes(connection, of));
            if let Some(domain) = new.map(Address::domain).or(object.identity.domain()) {
                by_domain.entry((kind, domain)).or_default().push(object);
            }
            let targets = object.fields.value(&Field::Targets).and_then(Value::addresses);
            if let (Identity::Alias(_), Some(targets)) = (&object.identity, targets)
                && targets.len() == 1
                && let Some(only) = targets.first()
            {
                single_targets.entry(only).or_default().push(object);
            }
        }
        let served = input.desired.domains.iter().filter(|(_, wish)| wish.stores().any(|c| c == connection));
        let alias_collections: Vec<Collection> =
            served.map(|(domain, _)| Collection::domain(Kind::Alias, domain)).collect();
        let hides_aliases = can.kind(Kind::Alias).is_some_and(|can| can.stored_in == StoredIn::Mailbox);
        let alias_gap = if hides_aliases { None } else { gap(state, &alias_collections) };
        let moves_aliases = can.kind(Kind::Alias).is_some_and(KindCapabilities::may_lie_in_mailbox);
        Self { by_domain, single_targets, alias_gap, hides_aliases, moves_aliases }
    }
}

fn candidates<'a>(
    within: &Within<'_>,
    renames: &Renames<'a>,
    state: &'a ConnectionState,
    closed: &ClosedWorld,
    rests_on: Vec<Collection>,
    tables: &Tables<'a>,
) -> Option<Candidates<'a>> {
    let connection = &closed.connection;
    Some(match &closed.extent {
        ClosedExtent::Domain(kind, domain) => {
            if !within.domain(Some(domain.as_str())) {
                return None;
            }
            let mut collections = rests_on;
            if kind.is_part() {
                let formers = renames.moving_into(connection, domain.as_str());
                collections.extend(formers.map(|former| Collection::parts_of(*kind, former)));
            }
            Candidates {
                members: tables.by_domain.get(&(*kind, domain.as_str())).cloned().unwrap_or_default(),
                gap: gap(state, &collections),
                reason: format!("not declared, and {domain} prunes {}", kind.plural()),
            }
        }
        ClosedExtent::AliasesOf(mailbox) | ClosedExtent::PermissionsOf(mailbox)
            if !within.object(connection, &Identity::Mailbox(mailbox.clone())) =>
        {
            return None;
        }
        ClosedExtent::AliasesOf(mailbox) => Candidates {
            // Those in its record come along when it is renamed.
            members: [Some(mailbox), renames.former(connection, mailbox).filter(|_| tables.moves_aliases)]
                .into_iter()
                .flatten()
                .filter_map(|target| tables.single_targets.get(target))
                .flatten()
                .copied()
                .collect(),
            gap: if tables.hides_aliases {
                gap(state, &[Collection::parts_of(Kind::Alias, mailbox)])
            } else {
                tables.alias_gap.clone()
            },
            reason: format!("not in the aliases of {mailbox}"),
        },
        ClosedExtent::PermissionsOf(mailbox) => {
            let now = renames.former(connection, mailbox).unwrap_or(mailbox);
            Candidates {
                members: permissions_of(state, now).collect(),
                gap: gap(state, &[Collection::parts_of(Kind::Permission, now)]),
                reason: format!("not in the permissions of {mailbox}"),
            }
        }
    })
}

/// What a delete from a domain rests on: all of it, or what `--only` names in it.
fn rests_on(within: &Within<'_>, kind: Kind, domain: &DomainName) -> Vec<Collection> {
    let object = |address: Address| match kind {
        Kind::Mailbox => Some(Collection::object(&Identity::Mailbox(address))),
        Kind::Alias => Some(Collection::object(&Identity::Alias(address))),
        Kind::Registration => Some(Collection::object(&Identity::Registration(address))),
        _ => kind.is_part().then(|| Collection::parts_of(kind, &address)),
    };
    match within.addresses_in(domain).filter(|_| has_addresses(kind)) {
        Some(few) => {
            few.into_iter().filter(|one| kind == Kind::Alias || !one.is_domain()).filter_map(object).collect()
        }
        None => vec![Collection::domain(kind, domain)],
    }
}

/// Why a delete may not rest on these collections.
fn gap(state: &ConnectionState, collections: &[Collection]) -> Option<String> {
    collections.iter().find_map(|collection| match state.completeness(collection) {
        Some(Completeness::Complete) => None,
        Some(Completeness::Incomplete(reason)) => Some(format!("{collection}: {reason}")),
        None => Some(format!("{collection} were not read")),
    })
}

/// True for what no closed world removes: somebody else's, the service's own, the essential.
fn is_kept(observed: &ObservedObject, kind: &KindCapabilities) -> bool {
    is_essential(&observed.identity, kind)
        || matches!(observed.standing, Standing::Foreign(_) | Standing::Default(_) | Standing::Remains(_))
}

/// True for an alias that is removed only by `absent`.
pub(super) fn is_essential(identity: &Identity, kind: &KindCapabilities) -> bool {
    identity.kind() == Kind::Alias
        && identity.address().is_some_and(|address| {
            ESSENTIAL.contains(&address.local()) || kind.essential.contains(&address.local())
        })
}

/// A store that a domain leaves with `remove` is a closed world of every kind that it holds.
fn leaving_worlds(input: &Input<'_>) -> Vec<ClosedWorld> {
    let mut worlds = Vec::new();
    for (domain, wish) in &input.desired.domains {
        for (connection, leaving) in &wish.leaving {
            if *leaving == Leaving::Remove {
                let held = input.capabilities.get(connection).map(|can| can.kinds.keys().copied());
                let kinds =
                    held.into_iter().flatten().filter(|kind| !matches!(kind, Kind::Domain | Kind::Object));
                worlds.extend(kinds.map(|kind| ClosedWorld {
                    connection: connection.clone(),
                    extent: ClosedExtent::Domain(kind, domain.clone()),
                    at: wish.at.clone(),
                }));
            }
        }
    }
    worlds
}
