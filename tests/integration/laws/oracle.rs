//! What may differ after an apply, worked out from the configuration alone and without the planner.

use std::collections::{BTreeMap, BTreeSet};

use mailwright::model::{
    AccountState, Address, ClosedExtent, ConnectionName, Field, Fields, Identity, Kind, Leaving, ObjectRef,
    Plan, Presence, Standing, Value, Verb, Wish,
};

use mailwright::provider::StoredIn;

use super::bench::{Bench, Snapshot, lines};
use crate::memory::{Stored, default_value};

/// A configuration that declares exactly what the services hold.
pub(crate) fn declare_all(bench: &Bench) -> BTreeMap<ObjectRef, Wish> {
    let mut all = BTreeMap::new();
    for (connection, objects) in bench.snapshot() {
        let can = &bench.capabilities[&connection];
        for (identity, stored) in objects {
            let ignored = identity.address().is_some_and(|address| is_ignored(bench, address));
            let Some(kind) = can.kind(identity.kind()).filter(|_| !ignored) else { continue };
            let readable = kind.fields.iter().filter(|(_, field)| field.read.is_yes());
            let fields = readable.map(|(field, _)| (field.clone(), value(&stored, field))).collect();
            all.insert(ObjectRef { connection: connection.clone(), identity }, Wish::present(fields));
        }
    }
    all
}

fn value(stored: &Stored, field: &Field) -> Value {
    stored.fields.get(field).cloned().unwrap_or_else(|| default_value(field))
}

fn is_ignored(bench: &Bench, address: &Address) -> bool {
    let wish = bench.desired.domains.get(address.domain());
    wish.is_some_and(|wish| !wish.ignore.is_empty()) && address.local() == "c"
}

fn is_left_out(bench: &Bench, identity: &Identity) -> bool {
    let text = match identity {
        Identity::Administrator(login) => login.to_string(),
        identity => identity.address().map(|address| address.as_str().to_owned()).unwrap_or_default(),
    };
    match bench.narrowing.only.first().map(String::as_str) {
        None => false,
        Some("a@*") => !text.starts_with("a@"),
        Some("*@b.example") => !text.ends_with("@b.example"),
        Some(other) => unreachable!("no case narrows to {other}"),
    }
}

/// No ready delete of something undeclared may rest on a listing that ended early.
pub(crate) fn no_delete_from_a_gap(bench: &Bench, plan: &Plan) {
    for change in plan.ready().filter(|change| change.verb == Verb::Delete) {
        let state = bench.services[&change.connection].state();
        assert!(!state.unknown.contains(&change.identity), "{}\n{}", change.id, lines(plan));
        let object = ObjectRef { connection: change.connection.clone(), identity: change.identity.clone() };
        let with_mailbox = change.identity.part_of().is_some_and(|mailbox| {
            plan.ready().any(|other| {
                other.verb == Verb::Delete && other.identity == Identity::Mailbox(mailbox.clone())
            })
        });
        if bench.desired.objects.contains_key(&object) || with_mailbox {
            continue;
        }
        let gap = state.gaps.iter().any(|(kind, domain)| {
            *kind == change.identity.kind() && change.identity.domain() == Some(domain.as_str())
        });
        assert!(!gap, "{} rests on a gap\n{}", change.id, lines(plan));
    }
}

/// Whatever differs was asked for: by a wish in the fields that it names, by a closed world, or as a part of a
/// mailbox that went or moved.
pub(crate) fn only_asked(bench: &Bench, before: &Snapshot, after: &Snapshot, plan: &Plan) {
    for (connection, was) in before {
        let is = &after[connection];
        for (identity, stored) in was {
            let Some(now) = is.get(identity) else {
                let allowed = may_go(bench, connection, identity, stored, before, after);
                assert!(allowed, "{identity:?} on {connection} is gone\n{}", lines(plan));
                continue;
            };
            if now == stored {
                continue;
            }
            let fail = || format!("{identity:?} on {connection}: {stored:?} became {now:?}\n{}", lines(plan));
            assert!(!matches!(stored.standing, Standing::Foreign(_)), "{}", fail());
            assert!(!is_left_out(bench, identity), "{}", fail());
            let wish = wish(bench, connection, identity).unwrap_or_else(|| panic!("{}", fail()));
            let kind = &bench.capabilities[connection].kinds[&identity.kind()];
            for field in kind.fields.keys().filter(|field| value(now, field) != value(stored, field)) {
                assert_eq!(wish.fields.get(field), now.fields.get(field), "`{field}`: {}", fail());
                assert!(wish.fields.get(field).is_some(), "`{field}`: {}", fail());
            }
        }
        for (identity, now) in is.iter().filter(|(identity, _)| !was.contains_key(identity)) {
            let fail = || format!("{identity:?} on {connection} is new: {now:?}\n{}", lines(plan));
            assert!(!is_left_out(bench, identity), "{}", fail());
            let wish = wish(bench, connection, identity);
            let moved = identity.part_of().is_some_and(|mailbox| is_renamed(bench, connection, mailbox));
            assert!(wish.is_some_and(|wish| wish.presence == Presence::Present) || moved, "{}", fail());
        }
    }
}

fn wish<'a>(bench: &'a Bench, connection: &ConnectionName, identity: &Identity) -> Option<&'a Wish> {
    let object = ObjectRef { connection: connection.clone(), identity: identity.clone() };
    bench.desired.objects.get(&object)
}

fn is_renamed(bench: &Bench, connection: &ConnectionName, mailbox: &Address) -> bool {
    wish(bench, connection, &Identity::Mailbox(mailbox.clone())).is_some_and(|wish| !wish.was.is_empty())
}

/// True where the configuration asks that the object goes.
fn may_go(
    bench: &Bench,
    connection: &ConnectionName,
    identity: &Identity,
    stored: &Stored,
    before: &Snapshot,
    after: &Snapshot,
) -> bool {
    if matches!(stored.standing, Standing::Default(_)) {
        // A mailbox that is declared there overrides what the service made by itself.
        let mailbox = identity.address().map(|address| Identity::Mailbox(address.clone()));
        return mailbox.is_some_and(|mailbox| wish(bench, connection, &mailbox).is_some());
    }
    // A part goes, or moves, with its mailbox.
    if let Some(mailbox) = identity.part_of() {
        let mailbox = Identity::Mailbox(mailbox.clone());
        if before[connection].contains_key(&mailbox) && !after[connection].contains_key(&mailbox) {
            return true;
        }
    }
    // So does an alias in a mailbox's record.
    let alias = bench.capabilities[connection].kind(Kind::Alias);
    if identity.kind() == Kind::Alias
        && alias.is_some_and(|can| can.stored_in == StoredIn::Mailbox) | stored.is_inside
    {
        let targets = stored.fields.get(&Field::Targets).and_then(Value::addresses);
        let mailbox = targets.and_then(BTreeSet::first).map(|target| Identity::Mailbox(target.clone()));
        if mailbox.is_some_and(|mailbox| !after[connection].contains_key(&mailbox)) {
            return true;
        }
    }
    if matches!(stored.standing, Standing::Foreign(_)) && identity.part_of().is_none() {
        return false;
    }
    if is_left_out(bench, identity) && !is_renamed_away(bench, connection, identity) {
        return false;
    }
    if let Some(wish) = wish(bench, connection, identity) {
        return wish.presence == Presence::Absent;
    }
    if identity.address().is_some_and(|address| is_ignored(bench, address)) {
        return false;
    }
    if is_renamed_away(bench, connection, identity) {
        return true;
    }
    let essential = identity.kind() == Kind::Alias
        && identity.address().is_some_and(|address| address.local() == "postmaster");
    !essential && is_closed(bench, connection, identity, stored)
}

fn is_renamed_away(bench: &Bench, connection: &ConnectionName, identity: &Identity) -> bool {
    let Identity::Mailbox(address) = identity else { return false };
    bench.desired.objects.iter().any(|(object, wish)| {
        object.connection == *connection
            && !is_left_out(bench, &object.identity)
            && wish.was.contains(address)
    })
}

fn is_closed(bench: &Bench, connection: &ConnectionName, identity: &Identity, stored: &Stored) -> bool {
    let domain = identity.domain();
    let leaves = domain
        .and_then(|domain| bench.desired.domains.get(domain))
        .is_some_and(|wish| wish.leaving.get(connection) == Some(&Leaving::Remove));
    leaves
        || bench.desired.closed.iter().filter(|closed| closed.connection == *connection).any(|closed| {
            match &closed.extent {
                ClosedExtent::Domain(kind, of) => *kind == identity.kind() && domain == Some(of.as_str()),
                ClosedExtent::AliasesOf(mailbox) => {
                    let targets = stored.fields.get(&Field::Targets).and_then(Value::addresses);
                    identity.kind() == Kind::Alias
                        && targets.is_some_and(|targets| targets.len() == 1 && targets.contains(mailbox))
                }
                ClosedExtent::PermissionsOf(mailbox) => {
                    identity.kind() == Kind::Permission
                        && identity.part_of().is_some_and(|of| {
                            // The permissions of a mailbox that is renamed lie at its former address.
                            of == mailbox
                                || wish(bench, connection, &Identity::Mailbox(mailbox.clone()))
                                    .is_some_and(|wish| wish.was.contains(of))
                        })
                }
            }
        })
}

/// Logins stay usable, a full administrator stays, and a protected address goes only where it was released by name.
pub(crate) fn nobody_is_locked_out(bench: &Bench, before: &Snapshot, after: &Snapshot, plan: &Plan) {
    for (connection, was) in before {
        let is = &after[connection];
        for (identity, stored) in was.iter().filter(|(_, stored)| stored.standing == Standing::Login) {
            let now = is.get(identity).unwrap_or_else(|| panic!("{identity:?} is gone\n{}", lines(plan)));
            assert_eq!(now.standing, Standing::Login);
            let suspended = Value::State(AccountState::Suspended);
            assert_ne!(now.fields.get(&Field::State), Some(&suspended), "{}", lines(plan));
            let was_full = value(stored, &Field::Full);
            let full = Value::Bool(true);
            assert!(was_full != full || value(now, &Field::Full) == full, "{}", lines(plan));
            if let Some(address) = identity.address() {
                let shadow = Identity::Alias(address.clone());
                assert!(was.contains_key(&shadow) || !is.contains_key(&shadow), "{}", lines(plan));
            }
        }
        let full = |objects: &BTreeMap<Identity, Stored>| {
            objects.iter().any(|(identity, stored)| is_enabled_full(objects, identity, &stored.fields))
        };
        assert!(!full(was) || full(is), "no full administrator of {connection} is left\n{}", lines(plan));
        if bench.desired.policy.protected.is_empty() {
            continue;
        }
        for identity in was.keys().filter(|identity| !is.contains_key(identity)) {
            let guarded = matches!(identity.kind(), Kind::Mailbox | Kind::Alias | Kind::Registration);
            let protected = identity
                .address()
                .is_some_and(|address| address.local() == "b" || address.domain() == "b.example");
            let overridden = matches!(was[identity].standing, Standing::Default(_));
            // Half of a replacement comes back; a rename is released under its new name.
            let released = bench.overrides.iter().any(|release| {
                let text = release.to_string();
                text == format!("delete:{}:{identity}", identity.kind()) || text.starts_with("rename:")
            });
            assert!(
                !guarded || !protected || released || overridden,
                "{identity:?} was protected\n{}",
                lines(plan)
            );
        }
    }
}

fn is_enabled_full(objects: &BTreeMap<Identity, Stored>, identity: &Identity, fields: &Fields) -> bool {
    let Identity::Administrator(login) = identity else { return false };
    let suspended = Address::parse(login).ok().is_some_and(|address| {
        objects.get(&Identity::Mailbox(address)).is_some_and(|mailbox| {
            mailbox.fields.get(&Field::State) == Some(&Value::State(AccountState::Suspended))
        })
    });
    fields.get(&Field::Full) == Some(&Value::Bool(true)) && !suspended
}
