//! Cases: what the services hold at first, who logs in to them as what, and what is wanted of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use mailwright::config;
use mailwright::model::{Address, ConnectionName, Field, Fields, Identity, Narrowing, Plan, Value};
use mailwright::provider::{
    Catalogue, ConnectFuture, ErrorKind, KeyKind, KeySpec, ProviderError, ProviderType,
};
use proptest::prelude::*;

use super::super::bench::Bench;
use super::super::values::{address, connection, domain};
use super::wish::{Pool, Wish, wish};
use crate::memory::{Memory, State, Stored, profile};

pub(super) const POOL: Pool = Pool {
    domains: ["a.example", "b.example"],
    addresses: ["d@a.example", "a@a.example", "b@a.example", "a@b.example", "b@b.example"],
    logins: ["d@a.example", "b@a.example", "root"],
    administered: "one",
    needs: "password: {env: FIRST_PASSWORD}",
};

/// How the connections stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// One serves both domains.
    One,
    /// The second domain lies on another service, and may leave the first.
    Two,
    /// The second connection reaches the same service under another login.
    Same,
    /// The second is the store of both domains, and the login's mailbox lies on a further one.
    Further,
}

/// What a connection logs in as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Login {
    /// A mailbox and nothing else.
    Mailbox,
    /// A mailbox that is an administrator.
    Both,
    /// An administrator without an address.
    Root,
    /// An administrator with an address at which there is no mailbox.
    Bare,
    /// Nothing that the service shows.
    Nothing,
}

#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) layout: Layout,
    pub(super) login: Login,
    /// The login is full, where it is an administrator.
    pub(super) is_full: bool,
    /// Another full administrator is there.
    pub(super) other: bool,
    /// The keys of the connections tell what they log in as, and not only the services.
    pub(super) tells: bool,
    pub(super) fill: Wish,
    pub(super) attack: Wish,
}

pub(super) fn case() -> impl Strategy<Value = Case> {
    let layout = prop_oneof![
        4 => Just(Layout::One),
        2 => Just(Layout::Two),
        2 => Just(Layout::Same),
        1 => Just(Layout::Further),
    ];
    let login = prop_oneof![
        2 => Just(Login::Mailbox),
        4 => Just(Login::Both),
        2 => Just(Login::Root),
        1 => Just(Login::Bare),
        2 => Just(Login::Nothing),
    ];
    let bits = (any::<bool>(), any::<bool>(), any::<bool>());
    (layout, login, bits, wish(), wish()).prop_map(
        |(layout, login, (is_full, other, tells), fill, attack)| {
            // A login that nothing tells of can only be known to its own connection.
            let tells = tells || matches!(layout, Layout::Same | Layout::Further);
            Case { layout, login, is_full, other, tells, fill, attack }
        },
    )
}

const KEYS: &[KeySpec] = &[
    KeySpec { name: "url", kind: KeyKind::Url, required: true, default: None, doc: "Where it is" },
    KeySpec { name: "username", kind: KeyKind::Text, required: false, default: None, doc: "Who logs in" },
];

/// A type of connections to services in memory.
macro_rules! model {
    ($name:literal) => {
        ProviderType {
            name: $name,
            summary: "A service in memory",
            keys: KEYS,
            settings: &[],
            capabilities: |spec| {
                let mut can = profile($name);
                let told = spec.text("username").into_iter().flat_map(str::split_whitespace);
                let logins = told.map(|login| match login.split_once(':') {
                    Some(("mailbox", address)) => {
                        Identity::Mailbox(Address::parse(address).expect("an address"))
                    }
                    Some((_, login)) => Identity::administrator(login),
                    None => unreachable!("{login} is no login"),
                });
                can.logins = logins.map(|login| (login, spec.name.clone())).collect();
                can
            },
            connect: |_, _, _| -> ConnectFuture<'_> {
                Box::pin(async { Err(ProviderError::new(ErrorKind::Invalid, "a test holds the connection")) })
            },
        }
    };
}

fn catalogue() -> Catalogue {
    Catalogue::new([
        model!("everything"),
        model!("privileges"),
        model!("panel"),
        model!("own_records"),
        model!("strict"),
        model!("one_record"),
        model!("lone_target"),
    ])
}

/// A case on services of one profile.
pub(super) struct Stage<'a> {
    pub(super) case: &'a Case,
    pub(super) profile: &'static str,
    pub(super) services: BTreeMap<ConnectionName, Memory>,
}

impl<'a> Stage<'a> {
    pub(super) fn new(case: &'a Case, profile_name: &'static str) -> Self {
        let can = profile(profile_name);
        let place = || {
            let mut state = State::of(can.clone(), POOL.domains.map(domain));
            let mut put = |identity: Identity, fields: Fields| {
                let Some(kind) = can.kind(identity.kind()) else { return };
                let fields = fields.iter().filter(|(field, _)| kind.fields.contains_key(field));
                let fields = fields.map(|(field, value)| (field.clone(), value.clone())).collect();
                state.objects.insert(identity, Stored::plain(fields));
            };
            let administrator = |full: bool| {
                let words = ["add", "delete"].map(str::to_owned);
                Fields::new()
                    .with(Field::Full, Value::Bool(full))
                    .with(Field::Domains, Value::Domains(POOL.domains.map(domain).into()))
                    .with(Field::AdminRights, Value::Words(words.into()))
            };
            for login in case.logins() {
                let fields = match login {
                    Identity::Administrator(_) => administrator(case.is_full),
                    _ => Fields::new(),
                };
                put(login, fields);
            }
            if case.other {
                put(Identity::Mailbox(address(1)), Fields::new());
                put(Identity::administrator("b@a.example"), administrator(true));
            }
            put(Identity::Mailbox(address(0)), Fields::new());
            Memory::new(state)
        };
        let one = place();
        let logged_in = one.logged_in_as(case.logins());
        let mut services = BTreeMap::from([(connection("one"), logged_in)]);
        let other = Identity::administrator("b@a.example");
        match case.layout {
            Layout::One => None,
            Layout::Same => Some(one.logged_in_as([other, Identity::Mailbox(address(1))])),
            Layout::Two | Layout::Further => {
                Some(Memory::new(State::of(can.clone(), POOL.domains.map(domain))))
            }
        }
        .map(|two| services.insert(connection("two"), two));
        Self { case, profile: profile_name, services }
    }

    /// The same services as they are now, apart from these.
    pub(super) fn copy(&self) -> Self {
        let mut made: BTreeMap<ConnectionName, Memory> = BTreeMap::new();
        let shared = self.case.layout == Layout::Same;
        for (name, service) in &self.services {
            let logins = service.logins().clone();
            let copy = match made.values().next().filter(|_| shared) {
                Some(first) => first.logged_in_as(logins),
                None => Memory::new(service.state().clone()).logged_in_as(logins),
            };
            made.insert(name.clone(), copy);
        }
        Self { case: self.case, profile: self.profile, services: made }
    }

    /// What connects, and what plays which role for the two domains.
    pub(super) fn yaml(&self, wish: &Wish) -> String {
        let can = profile(self.profile);
        let leaving = match wish.leaving {
            Some(true) => ", leaving: {one: remove}",
            Some(false) => ", leaving: {one: keep}",
            None => "",
        };
        let left = format!("provider: two{leaving}");
        let serving = match self.case.layout {
            Layout::One => ["provider: one", "provider: one"],
            Layout::Two => ["provider: one", left.as_str()],
            Layout::Same => ["provider: one", "provider: two"],
            Layout::Further => ["provider: two, also: [one]", "provider: two"],
        };
        let mut text = wish.yaml(&POOL, [&can, &can], serving);
        text += "providers:\n";
        for (name, service) in &self.services {
            let url = if self.case.layout == Layout::Same { "one" } else { name.as_str() };
            let logins = service.logins().iter().map(|login| format!("{}:{login}", login.kind()));
            let logins = logins.collect::<Vec<_>>().join(" ");
            let told = if self.case.tells { format!(", username: \"{logins}\"") } else { String::new() };
            let kind = self.profile;
            let _ = writeln!(text, "  {name}: {{type: {kind}, url: \"https://{url}.example\"{told}}}");
        }
        text
    }

    /// The services with a wish; none where that is refused as it is read.
    pub(super) fn bench(self, wish: &Wish) -> Option<Bench> {
        let text = self.yaml(wish);
        let sources = vec![("wish.yaml".to_owned(), text.into_bytes())];
        let desired = config::load_sources(sources, Path::new("."), &catalogue()).ok()?.desired;
        let capabilities = catalogue().all_capabilities(&desired.connections);
        let mut narrowing = Narrowing::default();
        narrowing.only.extend(wish.only.map(|at| POOL.addresses[at].to_owned()));
        Some(Bench {
            desired,
            services: self.services,
            capabilities,
            overrides: Vec::new(),
            narrowing,
            today: jiff::civil::date(2026, 3, 1),
        })
    }
}

impl Case {
    fn logins(&self) -> Vec<Identity> {
        let mailbox = Identity::Mailbox(address(3));
        let administrator = Identity::administrator("d@a.example");
        match self.login {
            Login::Mailbox => vec![mailbox],
            Login::Both => vec![mailbox, administrator],
            Login::Root => vec![Identity::administrator("root")],
            Login::Bare => vec![administrator],
            Login::Nothing => Vec::new(),
        }
    }
}

/// The plan of one wish for a service that another one filled.
pub(super) fn plan_after(held: &str, wish: &str) -> Plan {
    let can = profile("everything");
    let service = Memory::new(State::of(can, POOL.domains.map(domain)));
    let [_, plan] = [held, wish].map(|wish| {
        let services = "version: 1\nproviders: {one: {type: everything, url: \"https://one.example\"}}\n\
                    domains: {a.example: {provider: one}}\n";
        let sources = vec![("wish.yaml".to_owned(), format!("{services}{wish}").into_bytes())];
        let desired = config::load_sources(sources, Path::new("."), &catalogue()).expect("it loads").desired;
        let bench = Bench {
            capabilities: catalogue().all_capabilities(&desired.connections),
            desired,
            services: BTreeMap::from([(connection("one"), service.clone())]),
            overrides: Vec::new(),
            narrowing: Narrowing::default(),
            today: jiff::civil::date(2026, 3, 1),
        };
        let plan = bench.plan();
        if wish == held {
            assert!(bench.run(&plan, usize::MAX).is_clean());
        }
        plan
    });
    plan
}
