//! No plan locks the tool out of a real type of service, or everybody: a fresh service is filled by one wish and attacked by
//! another, with every brake released that has a release. What locked out means, and the wishes, are those of the laws over
//! services in memory; what a service holds is read from its rows.

mod rows;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::Path;

use async_trait::async_trait;
use mailwright::model::{ConnectionName, Field, Identity, Kind, Observed, Plan};
use mailwright::provider::Suspension;
use mailwright::providers::atmail::sandbox::{Atmail, Right};
use proptest::prelude::*;

use super::atmail::Webadmin;
use super::cases::law;
use super::mailinabox::Simulated;
use super::service::{Dump, Service, Type, databases};
use super::site::{Cut, Providers, Site, lines};
use crate::laws::flow::delivery::Mail;
use crate::laws::lock_out::offered;
use crate::laws::lock_out::oracle::Terms;
use crate::laws::lock_out::wish::{Pool, Wish, wish};
use crate::tally::{self, What};

const ADDRESSES: [&str; 5] =
    ["me@example.com", "ann@example.com", "bob@example.com", "ann@example.org", "zoe@example.org"];

fn pool(kind: Type) -> Pool {
    Pool {
        domains: ["example.com", "example.org"],
        addresses: ADDRESSES,
        logins: match kind {
            Type::Atmail => ["boss", "ann@example.com", "helper"],
            Type::PostfixAdmin(_) => ["me@example.com", "ann@example.com", "boss@other.example"],
            _ => ["me@example.com", "ann@example.com", "zoe@example.org"],
        },
        administered: "svc",
        needs: kind.needs().unwrap_or_default(),
    }
}

/// A fresh service, and what its connection logs in as there.
async fn fresh(kind: Type) -> (Box<dyn Service>, Vec<Identity>) {
    match kind {
        Type::MailInABox | Type::FilteredBox => {
            let mailbox = Identity::Mailbox(ADDRESSES[0].parse().expect("an address"));
            (kind.fresh().await, vec![mailbox, Identity::administrator(ADDRESSES[0])])
        }
        Type::Atmail => {
            let mut service = Webadmin::fresh().await;
            service.username = "boss";
            let rights = [
                Right::UMasterAdmin,
                Right::UAdd,
                Right::UDelete,
                Right::UModify,
                Right::UList,
                Right::UAlias,
            ];
            service.sandbox.edit(|rows| {
                rows.admin("boss", Atmail::PASSWORD, &rights, &["example.com", "example.org"]);
            });
            (Box::new(service), vec![Identity::administrator("boss")])
        }
        _ => (kind.fresh().await, Vec::new()),
    }
}

/// The services as they are now.
async fn mail(kind: Type, service: &dyn Service, site: &Site) -> Mail {
    let refuses = site.capabilities().iter().filter(|(_, can)| {
        can.kind(Kind::Mailbox).is_some_and(|can| can.suspend == Suspension::LoginAndMail)
    });
    let svc = ConnectionName::new("svc");
    let stores = if kind == Type::Censornet { Vec::new() } else { vec![svc] };
    let domains = pool(kind).domains.map(|domain| (domain.to_owned(), stores.clone()));
    Mail {
        stores: domains.into_iter().filter(|(_, stores)| !stores.is_empty()).collect(),
        refusing: refuses.map(|(name, _)| name.clone()).collect(),
        objects: rows::held(kind, &service.dump().await),
    }
}

/// A plan with every release that plans offer.
fn released(site: &Site, observed: &Observed) -> Plan {
    let mut overrides = Vec::new();
    loop {
        let plan = site.plan_with(observed, &overrides);
        let before = overrides.len();
        let new: Vec<_> = offered(&plan).into_iter().filter(|release| !overrides.contains(release)).collect();
        overrides.extend(new);
        if overrides.len() == before {
            return plan;
        }
    }
}

/// The password of the login's row, in words.
fn password(dump: &Dump, login: &Identity) -> Option<String> {
    let row = dump.get(&format!("user {login}"))?;
    row.split("; ").find(|word| word.starts_with("password ")).map(str::to_owned)
}

async fn connected(site: &Site) -> (Providers, Observed) {
    let providers = site.connect().await.expect("the login still connects");
    let (observed, failure) = site.observe(&providers).await;
    assert!(failure.is_none(), "the login may no longer read: {failure:?}");
    (providers, observed)
}

/// Carries a wish out. True where it could be read at all.
async fn strike(kind: Type, service: &dyn Service, logins: &[Identity], wish: &Wish, all: bool) -> bool {
    let svc = ConnectionName::new("svc");
    let text = {
        // What the type can hold does not depend on the wish.
        let bare = Site::load(service, "version: 1\n").expect("a wish for nothing");
        let can = &bare.capabilities()[&svc];
        wish.yaml(&pool(kind), [can, can], [kind.serving(), kind.serving()])
    };
    let Ok(site) = Site::load(service, &text) else { return false };
    let (providers, observed) = connected(&site).await;
    let plan = if all { released(&site, &observed) } else { site.plan(&observed) };
    let own = site.capabilities().iter().filter(|(_, can)| {
        can.kind(Kind::Administrator).is_some_and(|kind| kind.fields.contains_key(&Field::Password))
    });
    let terms = Terms {
        logins: logins.iter().map(|login| (svc.clone(), login.clone())).collect(),
        own_passwords: own.map(|(name, _)| name.clone()).collect::<BTreeSet<_>>(),
        protected: Terms::globs(&wish.protected(&pool(kind))),
    };
    let (before, dump) = (mail(kind, service, &site).await, service.dump().await);
    site.apply(service, &providers, &plan, Cut::Never).await.expect("nobody kills it");
    let (after, now) = (mail(kind, service, &site).await, service.dump().await);
    let mut found = terms.locked_out(&before, &after);
    if !all {
        found.extend(terms.unprotected(&before, &after));
    }
    for login in logins.iter().filter(|login| password(&dump, login) != password(&now, login)) {
        found.push(format!("the password of {login} was set"));
    }
    assert!(found.is_empty(), "{found:#?}\n{text}before\n{before}after\n{after}plan\n{}", lines(&plan));
    connected(&site).await;
    true
}

fn attack(kind: Type, name: &str, cases: u32) {
    let (tried, struck) = (Cell::new(0_usize), Cell::new(0_usize));
    law(cases, (wish(), wish(), any::<bool>()), |(fill, attack, all)| {
        kind.block_on(async {
            let (service, logins) = fresh(kind).await;
            for (wish, all) in [(fill, true), (attack, *all)] {
                tried.set(tried.get() + 1);
                if strike(kind, &*service, &logins, wish, all).await {
                    struck.set(struck.get() + 1);
                }
            }
        });
    });
    assert!(2 * struck.get() > tried.get(), "only {} of {} wishes were read", struck.get(), tried.get());
    tally::held(What::LockOuts, name, struck.get());
}

#[test]
fn a_box_locks_nobody_out() {
    attack(Type::MailInABox, "mailinabox", 20);
}

#[test]
fn a_box_behind_a_filter_locks_nobody_out() {
    attack(Type::FilteredBox, "filtered", 8);
}

#[test]
fn a_database_locks_nobody_out() {
    for (number, kind) in databases().enumerate() {
        attack(kind, &format!("postfixadmin-{number}"), if number == 0 { 12 } else { 3 });
    }
}

#[test]
fn a_filter_locks_nobody_out() {
    attack(Type::Censornet, "censornet", 8);
}

#[test]
fn exchange_locks_nobody_out() {
    attack(Type::Rackspace, "rackspace", 12);
}

#[test]
fn open_xchange_locks_nobody_out() {
    attack(Type::OpenXchange, "open-xchange", 12);
}

#[test]
fn atmail_locks_nobody_out() {
    attack(Type::Atmail, "atmail", 16);
}

/// A box that two connections reach, each under a login of its own.
struct TwoLogins(Simulated);

const OTHER: &str = "ann@example.com";

#[async_trait]
impl Service for TwoLogins {
    fn type_name(&self) -> &'static str {
        self.0.type_name()
    }

    fn connection(&self) -> String {
        self.0.connection()
    }

    fn connections(&self) -> Vec<(&'static str, String)> {
        vec![("svc", self.connection()), ("other", self.connection().replace(ADDRESSES[0], OTHER))]
    }

    fn folder(&self) -> &Path {
        self.0.folder()
    }

    async fn dump(&self) -> Dump {
        self.0.dump().await
    }

    async fn trace(&self) -> String {
        self.0.trace().await
    }

    async fn settle(&self) {
        self.0.settle().await;
    }
}

#[test]
fn what_another_connection_to_the_same_service_logs_in_as_is_kept() {
    Type::MailInABox.block_on(async {
        let service = TwoLogins(Simulated::fresh().await);
        service.0.sandbox.edit(|rows| {
            rows.user(OTHER, "adminpass123").privilege(OTHER, "admin");
        });
        for wish in [
            "mailboxes: {ann@example.com: absent}",
            "administrators: {svc: {ann@example.com: absent}}",
            "mailboxes: {ann@example.com: {forward: {to: [x@out.example], keep_copy: false}}}",
        ] {
            let domains = "domains: {example.com: {provider: svc}, example.org: {provider: other}}";
            let site = Site::load(&service, &format!("version: 1\n{domains}\n{wish}\n")).expect("it loads");
            let (_, plan) = site.look().await;
            assert_eq!(plan.ready().count(), 0, "{}", lines(&plan));
            let says = lines(&plan).contains("own login: other logs in");
            assert!(says, "{wish}\n{}", lines(&plan));
        }
    });
}
