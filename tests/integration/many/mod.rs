//! 1,203 mailboxes at Rackspace behind Censornet: how many calls a plan and an apply make, and that every seventh of
//! them may fail without anything lost, doubled, or sent again that took effect.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use axum::http::Method;
use mailwright::apply::{self, AccountKey, Context, Grounds, OnFailure};
use mailwright::config;
use mailwright::model::{
    ConnectionName, Desired, Narrowing, Observed, Outcome, Override, Plan, ResultState, SecretRef,
};
use mailwright::plan;
use mailwright::provider::{self, Capabilities, Places, Provider, SecretError, Secrets};
use mailwright::providers;
use mailwright::providers::censornet::sandbox::Censornet;
use mailwright::providers::rackspace::sandbox::Rackspace;
use mailwright::sandbox::{Fault, FaultKind, Running, start};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::scenarios::golden;

const MAILBOXES: usize = 1203;

/// What every call of the tests' credentials and passwords is.
struct Known;

#[async_trait::async_trait]
impl Secrets for Known {
    async fn reveal(&self, reference: &SecretRef, _: &str) -> Result<SecretString, SecretError> {
        match reference {
            SecretRef::Env(name) if &**name == "USER_KEY" => Ok(Rackspace::USER_KEY.into()),
            SecretRef::Env(name) if &**name == "SECRET_KEY" => Ok(Rackspace::SECRET_KEY.into()),
            SecretRef::Env(name) if &**name == "GATEWAY" => Ok("adminpass123".into()),
            SecretRef::Env(name) if &**name == "FIRST" => Ok("correct horse battery".into()),
            other => panic!("no test refers to {other}"),
        }
    }
}

struct Company {
    rackspace: Rackspace,
    censornet: Censornet,
    exchange: Running,
    gateway: Running,
}

/// Number `number` of the mailboxes.
fn address(number: usize) -> String {
    format!("user{number:04}@example.com")
}

/// The configuration: every mailbox with name, size and state, and what `more` says of some.
fn wish(more: impl Fn(usize) -> String) -> String {
    let mut text = String::from(
        "domains:\n  example.com: {provider: exchange, filters: [gateway], prune: [mailboxes, registrations]}\n\
         policy: {max_creates: {mailboxes: 2000, registrations: 2000}}\nprofiles:\n  staff: {quota: 2 GiB, state: active, \
         password: {env: FIRST}}\nmailboxes:\n",
    );
    for number in 0..MAILBOXES {
        let more = more(number);
        let _ =
            writeln!(text, "  {}: {{profile: staff, display_name: User {number}{more}}}", address(number));
    }
    text
}

fn plain(_: usize) -> String {
    String::new()
}

impl Company {
    async fn empty() -> Self {
        let (rackspace, censornet) = (Rackspace::builder().build(), Censornet::builder().build());
        let exchange = start(rackspace.simulator()).await.expect("served");
        let gateway = start(censornet.simulator()).await.expect("served");
        Self { rackspace, censornet, exchange, gateway }
    }

    /// Everybody is there already.
    async fn full() -> Self {
        let company = Self::empty().await;
        company.rackspace.edit(|rows| {
            for number in 0..MAILBOXES {
                let address = address(number);
                rows.mailbox(&address, "correct horse battery");
                rows.field(&address, "displayName", &format!("User {number}"));
            }
        });
        company.censornet.edit(|rows| {
            for number in 0..MAILBOXES {
                rows.mailbox(&address(number));
            }
        });
        company
    }

    fn load(&self, wish: &str) -> Desired {
        // The pace is the simulators' own, so that no limit of the real service hides a call too many.
        let connections = format!(
            "version: 1\nproviders:\n  exchange: {{type: rackspace, url: \"{}\", user_key: {{env: USER_KEY}}, secret_key: \
             {{env: SECRET_KEY}}, reads_per_minute: 1000000, writes_per_minute: 1000000}}\n  gateway: {{type: censornet, \
             url: \"{}\", username: admin@example.com, password: {{env: GATEWAY}}}}\n",
            self.exchange.url(),
            self.gateway.url(),
        );
        let files = vec![
            ("providers.yaml".to_owned(), connections.into_bytes()),
            ("wish.yaml".to_owned(), wish.as_bytes().to_vec()),
        ];
        config::load_sources(files, Path::new("."), &providers::catalogue())
            .expect("a good configuration")
            .desired
    }

    /// Opens both connections anew, as a new process does.
    async fn connect(desired: &Desired) -> BTreeMap<ConnectionName, Arc<dyn Provider>> {
        let catalogue = providers::catalogue();
        let mut made = BTreeMap::new();
        for (name, spec) in &desired.connections {
            let entry = catalogue.get(&spec.type_name).expect("a known type");
            made.insert(
                name.clone(),
                (entry.connect)(spec, &Known, &Places::default()).await.expect("connects"),
            );
        }
        made
    }

    /// A run: reads, plans and applies, and the calls that each of the two took.
    async fn run(&self, wish: &str, overrides: &[Override]) -> Ran {
        let desired = self.load(wish);
        let capabilities = capabilities(&desired);
        let connections = Self::connect(&desired).await;
        let narrowing = Narrowing::default();
        let before = self.seen();
        let mut observed = Observed::default();
        for further in [false, true] {
            let scopes = if further {
                plan::further_scopes(&desired, &observed, &capabilities, &narrowing)
            } else {
                plan::scopes(&desired, &capabilities, &narrowing)
            };
            for (name, scope) in scopes {
                let (state, failure) = provider::read(&*connections[&name], &scope).await;
                assert!(failure.is_none(), "{failure:?}");
                observed.connections.entry(name).or_default().absorb(state);
            }
        }
        let input = plan::Input {
            desired: &desired,
            observed: &observed,
            capabilities: &capabilities,
            overrides,
            narrowing: &narrowing,
            today: jiff::civil::date(2026, 5, 4),
        };
        let plan = plan::plan(input).unwrap_or_else(|error| panic!("{error}"));
        assert!(!plan.is_incomplete() && !plan.is_blocked());
        let reading = self.calls(before);
        let before = self.seen();
        let accounts =
            desired.connections.iter().map(|(name, spec)| (name.clone(), AccountKey::of(spec))).collect();
        let context = Context {
            providers: &connections,
            capabilities: &capabilities,
            accounts: &accounts,
            secrets: &Known,
            journal: None,
            events: &|_| {},
            stop: CancellationToken::new(),
            on_failure: OnFailure::Continue,
            grounds: Grounds::default(),
        };
        let outcome = apply::apply(&plan, context).await;
        Ran { plan, outcome, reading, applying: self.calls(before) }
    }

    /// How many requests each service has seen.
    fn seen(&self) -> (usize, usize) {
        (self.exchange.requests().len(), self.gateway.requests().len())
    }

    /// The calls since then by what they are for, names and addresses left out.
    fn calls(&self, (exchange, gateway): (usize, usize)) -> BTreeMap<String, usize> {
        let mut calls = BTreeMap::new();
        let requests = self.exchange.requests().into_iter().skip(exchange);
        for request in requests.chain(self.gateway.requests().into_iter().skip(gateway)) {
            let path = request.path.split_once("/domains/").map_or(request.path.as_str(), |(_, path)| path);
            let path: Vec<&str> = path
                .split('/')
                .map(|part| if part.contains("user") || part.contains("example.com") { "…" } else { part })
                .collect();
            let query: Vec<&str> = request
                .query
                .as_deref()
                .unwrap_or("")
                .split('&')
                .filter(|part| part.starts_with("enabled"))
                .collect();
            let call = format!("{} {} {}", request.method, path.join("/"), query.join("&"));
            *calls.entry(call.trim_end().to_owned()).or_default() += 1;
        }
        calls
    }

    /// Fails the test unless everybody is there once, with the first password set once, and nothing else is.
    fn is_as_wished(&self) {
        let snapshot = self.rackspace.snapshot();
        let held: Vec<String> = snapshot.mailboxes().map(|row| row.address.clone()).collect();
        let wanted: Vec<String> = (0..MAILBOXES).map(address).collect();
        assert_eq!(held, wanted);
        let first = |address: &String| {
            self.rackspace.password_of(address).as_deref() == Some("correct horse battery")
        };
        assert!(wanted.iter().all(first), "everybody has the first password");
        let filtered = self.censornet.snapshot();
        let mut registered = filtered.addresses();
        registered.sort_unstable();
        assert_eq!(registered, wanted);
        assert_eq!((self.censornet.wiped(), self.censornet.empty_creations()), (0, 0));
    }
}

struct Ran {
    plan: Plan,
    outcome: Outcome,
    reading: BTreeMap<String, usize>,
    applying: BTreeMap<String, usize>,
}

impl Ran {
    fn is_done(&self) {
        for result in &self.outcome.results {
            let done = matches!(result.state, ResultState::Done | ResultState::NotNeeded);
            assert!(done, "{}: {:?}", result.change, result.state);
        }
    }

    fn text(&self, what: &str) -> String {
        let mut text = format!("{what}: {} changes\n", self.plan.changes.len());
        for (phase, calls) in [("plan", &self.reading), ("apply", &self.applying)] {
            let total: usize = calls.values().sum();
            let _ = writeln!(text, "  {phase}: {total} calls");
            for (call, count) in calls {
                let _ = writeln!(text, "    {count:>5} {call}");
            }
        }
        text
    }
}

fn capabilities(desired: &Desired) -> BTreeMap<ConnectionName, Capabilities> {
    let catalogue = providers::catalogue();
    let of = |spec| catalogue.capabilities(spec).expect("a known type");
    desired.connections.iter().map(|(name, spec)| (name.clone(), of(spec))).collect()
}

fn on_a_stopped_clock<F: Future>(test: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(test)
}

#[test]
fn calls_are_as_few_as_the_services_allow() {
    on_a_stopped_clock(async {
        let mut text = String::new();
        let company = Company::empty().await;
        let first = company.run(&wish(plain), &[]).await;
        first.is_done();
        company.is_as_wished();
        text += &first.text("everybody is new");
        let again = company.run(&wish(plain), &[]).await;
        assert!(again.plan.is_empty());
        text += &again.text("nothing differs");

        let renamed = |number| if number == 7 { ", given_name: Jo".to_owned() } else { String::new() };
        let one = company.run(&wish(renamed), &[]).await;
        one.is_done();
        text += &one.text("one declares a given name");

        let suspended = wish(plain).replacen("profile: staff", "profile: staff, state: suspended", 3);
        let three = company.run(&suspended, &[]).await;
        three.is_done();
        text += &three.text("three are suspended");

        let without: String = wish(plain).lines().filter(|line| !line.contains("user0007@")).fold(
            String::new(),
            |mut text, line| {
                text.push_str(line);
                text.push('\n');
                text
            },
        );
        let without = without.replace("policy: {", "policy: {max_deletes: {mailboxes: 1}, ");
        let gone = company.run(&without, &[]).await;
        gone.is_done();
        text += &gone.text("one is pruned");

        let alias =
            |number| if number == 9 { ", aliases: [nine@example.com]".to_owned() } else { String::new() };
        let company = Company::full().await;
        let aliases = company.run(&wish(alias), &[]).await;
        aliases.is_done();
        text += &aliases.text("one gets an alias");
        let again = company.run(&wish(alias), &[]).await;
        assert!(again.plan.is_empty());
        text += &again.text("one has an alias");
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/many/calls.txt");
        golden::compare(&file, Some(&text));
    });
}

#[test]
fn every_seventh_call_may_fail_and_the_end_is_right() {
    for kind in
        [FaultKind::Throttled { retry_after: None }, FaultKind::ErrorAfterCommit, FaultKind::LostReply]
    {
        on_a_stopped_clock(async {
            let name = kind.name();
            let company = Company::empty().await;
            for server in [&company.exchange, &company.gateway] {
                server.faults().add(Fault::new(kind.clone()).each(7));
            }
            let ran = company.run(&wish(plain), &[]).await;
            ran.is_done();
            company.is_as_wished();
            // A write that was carried out is not sent again: as many were carried out as there are changes, but for the
            // passwords that are set once more after a lost answer.
            for (server, method, path) in [
                (&company.exchange, Method::POST, "/v1/customers/"),
                (&company.gateway, Method::POST, "/email/mailbox"),
            ] {
                let requests = server.requests();
                let carried_out = requests.iter().filter(|request| {
                    request.method == method
                        && request.path.starts_with(path)
                        && request.fault.is_none_or(|fault| fault != "throttled")
                });
                assert_eq!(carried_out.count(), MAILBOXES, "{name} {path}");
            }
            for server in [&company.exchange, &company.gateway] {
                server.faults().clear();
            }
            let again = company.run(&wish(plain), &[]).await;
            assert!(again.plan.is_empty(), "{name}");
        });
    }
}
