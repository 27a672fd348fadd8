//! What the model services can do: five quite different ones, so that no planner rule holds by luck.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use mailwright::model::{Field, Kind, Right};
use mailwright::provider::{
    Ability, Capabilities, Deletion, FieldCapability, KindCapabilities, Limits, StoredIn, Suspension,
    TargetRule,
};

/// Every store profile, by the name that tests and scenarios use.
pub(crate) const STORES: [&str; 5] = ["everything", "own_records", "strict", "one_record", "lone_target"];

/// The capabilities of a profile.
pub(crate) fn profile(name: &str) -> Capabilities {
    match name {
        "everything" => everything(),
        "own_records" => own_records(),
        "strict" => strict(),
        "one_record" => one_record(),
        "lone_target" => lone_target(),
        "filter" => filter(),
        "privileges" => privileges(),
        "panel" => panel(),
        other => unreachable!("no profile is called {other}"),
    }
}

fn service(kinds: impl IntoIterator<Item = (Kind, KindCapabilities)>) -> Capabilities {
    Capabilities {
        kinds: kinds.into_iter().collect(),
        cannot: BTreeMap::new(),
        limits: Limits { max_in_flight: 4, reads_per_minute: None, writes_per_minute: None },
        consistency: Duration::ZERO,
        confirms: true,
        hands_over: false,
        logins: BTreeMap::new(),
    }
}

fn field() -> FieldCapability {
    FieldCapability::new()
}

fn password() -> FieldCapability {
    field().write_only("passwords cannot be read").create_only("passwords are set once")
}

/// Holds every kind and field, renames, and keeps the parts of a mailbox in the mailbox's record.
fn everything() -> Capabilities {
    let part = || KindCapabilities { stored_in: StoredIn::Mailbox, ..KindCapabilities::new() };
    service([
        (Kind::Domain, KindCapabilities::new()),
        (
            Kind::Mailbox,
            KindCapabilities { rename: Ability::Yes, ..KindCapabilities::new() }
                .field(Field::DisplayName, field())
                .field(Field::GivenName, field())
                .field(Field::State, field())
                .field(Field::Quota, field())
                .field(Field::Password, password()),
        ),
        (
            Kind::Alias,
            KindCapabilities { essential: vec!["hostmaster"], ..KindCapabilities::new() }
                .field(Field::Targets, field().required())
                .field(Field::PermittedSenders, field()),
        ),
        (Kind::Forward, part().field(Field::Targets, field().required()).field(Field::KeepCopy, field())),
        (Kind::Permission, part().field(Field::Rights, field().required())),
        (Kind::SenderRules, part().field(Field::Allow, field()).field(Field::Block, field())),
        (Kind::Administrator, KindCapabilities::new().field(Field::Full, field())),
    ])
}

/// Keeps parts in records of their own, cannot change an alias, writes a mailbox by several calls, wants a password,
/// keeps what a deleted mailbox held, and lets an address change hands in one write.
fn own_records() -> Capabilities {
    let mut service = service([
        (
            Kind::Mailbox,
            KindCapabilities {
                delete: Deletion::Archived("the maildir stays and comes back with a new mailbox"),
                suspend: Suspension::Login,
                ..KindCapabilities::new()
            }
            .field(Field::DisplayName, field().route("profile"))
            .field(Field::State, field().route("status").after_create("accounts start active"))
            .field(Field::Quota, field().route("quota").after_create("accounts start without a limit"))
            .field(Field::Password, password().required()),
        ),
        (
            Kind::Alias,
            KindCapabilities {
                catch_all: Ability::Yes,
                domain_alias: Ability::no("it knows no domain aliases"),
                ..KindCapabilities::new()
            }
            .field(
                Field::Targets,
                FieldCapability { update: Ability::no("an alias is written once"), ..field().required() },
            ),
        ),
        (
            Kind::Forward,
            KindCapabilities::new()
                .field(Field::Targets, field().route("targets").required())
                .field(Field::KeepCopy, field().route("copy").after_create("a copy is always kept at first")),
        ),
        (
            Kind::Permission,
            KindCapabilities {
                rights: BTreeMap::from([(Right::SendOnBehalf, Ability::no("it knows two rights"))]),
                ..KindCapabilities::new().field(
                    Field::Rights,
                    FieldCapability { update: Ability::no("rights are granted once"), ..field().required() },
                )
            },
        ),
        (Kind::Administrator, KindCapabilities::new().field(Field::Full, field())),
    ]);
    service.confirms = false;
    service.hands_over = true;
    service.cannot.insert(Kind::SenderRules, "it filters nothing");
    service
}

/// Refuses whatever points to nothing, takes two targets at most, and lets an address change hands in one write.
fn strict() -> Capabilities {
    let checked = KindCapabilities {
        targets: TargetRule {
            max: Some((2, "a row has two columns for them")),
            max_without_copy: None,
            local_only: None,
            checked: true,
        },
        checks_references: true,
        ..KindCapabilities::new()
    };
    let alias = KindCapabilities {
        catch_all: Ability::no("it knows no catch-all"),
        domain_alias: Ability::no("it knows no domain aliases"),
        ..checked.clone()
    };
    let mut service = service([
        (
            Kind::Mailbox,
            KindCapabilities {
                suspend: Suspension::No("it knows no suspended account"),
                ..KindCapabilities::new()
            }
            .field(
                Field::DisplayName,
                FieldCapability {
                    clear: Ability::No(Cow::Borrowed("a name once given cannot be emptied")),
                    ..field()
                },
            )
            .field(Field::Quota, field()),
        ),
        (
            Kind::Alias,
            alias.field(Field::Targets, field().required()).field(Field::PermittedSenders, field()),
        ),
        (
            Kind::Forward,
            KindCapabilities { stored_in: StoredIn::Mailbox, ..checked.clone() }
                .field(Field::Targets, field().required())
                .field(Field::KeepCopy, field()),
        ),
        (
            Kind::Permission,
            KindCapabilities { stored_in: StoredIn::Mailbox, ..checked }
                .field(Field::Rights, field().required()),
        ),
        (Kind::Administrator, KindCapabilities::new().field(Field::Full, field())),
    ]);
    service.hands_over = true;
    service
}

/// Keeps everything in the mailbox's record, its aliases too, which therefore are found by looking into every mailbox;
/// names cost a look each.
fn one_record() -> Capabilities {
    let part = || KindCapabilities { stored_in: StoredIn::Mailbox, ..KindCapabilities::new() };
    service([
        (
            Kind::Mailbox,
            KindCapabilities::new()
                .field(Field::DisplayName, field().detail())
                .field(Field::State, field())
                .field(Field::Quota, field())
                .field(Field::Password, password()),
        ),
        (
            Kind::Alias,
            KindCapabilities {
                targets: TargetRule {
                    max: Some((1, "an alias is one more address of a mailbox")),
                    max_without_copy: None,
                    local_only: None,
                    checked: true,
                },
                checks_references: true,
                same_domain: Some("an address is known in its mailbox's domain"),
                catch_all: Ability::no("it knows no catch-all"),
                domain_alias: Ability::no("it knows no domain aliases"),
                ..part()
            }
            .field(
                Field::Targets,
                FieldCapability { update: Ability::no("an address is given once"), ..field().required() },
            ),
        ),
        (
            Kind::Forward,
            KindCapabilities {
                targets: TargetRule { max: Some((1, "it forwards to one address")), ..TargetRule::default() },
                ..part()
            }
            .field(Field::Targets, field().required())
            .field(Field::KeepCopy, field()),
        ),
        (
            Kind::Permission,
            KindCapabilities { checks_references: true, ..part() }.field(Field::Rights, field().required()),
        ),
    ])
}

/// Keeps an alias in its mailbox's record while that is its one target, and in a record of its own otherwise; takes the
/// members of lists one at a time, and renames within a domain.
fn lone_target() -> Capabilities {
    service([
        (Kind::Domain, KindCapabilities::new()),
        (
            Kind::Mailbox,
            KindCapabilities {
                rename: Ability::Yes,
                rename_in_domain: Some("a mailbox stays in its domain"),
                suspend: Suspension::WebLogin,
                logs_out: Some("closes its sessions"),
                ..KindCapabilities::new()
            }
            .field(Field::DisplayName, field())
            .field(Field::State, field().route("access"))
            .field(Field::Quota, field())
            .field(Field::Password, password()),
        ),
        (
            Kind::Alias,
            KindCapabilities {
                stored_in: StoredIn::LoneTarget,
                targets: TargetRule { checked: true, ..TargetRule::default() },
                call_per_member: true,
                catch_all: Ability::no("it knows no catch-all"),
                domain_alias: Ability::no("it knows no domain aliases"),
                ..KindCapabilities::new()
            }
            .field(Field::Targets, field().required()),
        ),
        (
            Kind::Forward,
            KindCapabilities {
                targets: TargetRule {
                    max_without_copy: Some((1, 128, "its column holds one address")),
                    ..TargetRule::default()
                },
                ..KindCapabilities::new()
            }
            .field(Field::Targets, field().required())
            .field(
                Field::KeepCopy,
                FieldCapability { update: Ability::no("it is another record"), ..field().required() },
            ),
        ),
    ])
}

/// Makes an administrator of a mailbox by a mark in its record; whoever is one may do everything.
fn privileges() -> Capabilities {
    let mut service = everything();
    let administrator = KindCapabilities {
        login_is_address: Some("its administrators are mailboxes"),
        stored_in: StoredIn::Mailbox,
        checks_references: true,
        ..KindCapabilities::new()
    };
    service.kinds.insert(Kind::Administrator, administrator.field(Field::Full, field()));
    service
}

/// Has administrators with passwords, domains and rights of their own, and lets an address change hands in one write.
fn panel() -> Capabilities {
    let mut service = everything();
    let administrator = KindCapabilities::new()
        .field(Field::Password, password())
        .field(Field::Domains, field())
        .field(Field::AdminRights, field())
        .field(Field::Full, field());
    service.kinds.insert(Kind::Administrator, administrator);
    service.hands_over = true;
    service
}

/// A filter: it knows addresses and nothing else.
fn filter() -> Capabilities {
    service([(Kind::Registration, KindCapabilities::new())])
}
