//! What `{:?}` shows of everything that may hold a secret.

use std::collections::BTreeMap;
use std::sync::Arc;

use mailwright::apply::{AccountKey, Journal};
use mailwright::config::{self, SecretResolver};
use mailwright::http::{Call, Client, Config, Standard, Text, Throttle};
use mailwright::model::{Narrowing, SecretRef};
use mailwright::plan;
use mailwright::provider::{self, Limits, Places, Provider, Redaction, Secrets};
use mailwright::providers;
use secrecy::{ExposeSecret as _, SecretString};

use super::canary::{Canary, Search};
use super::world::{WAYS, Way, World};
use crate::tally::{self, What};

/// Both forms of debugging output.
macro_rules! shown {
    ($search:expr, $($value:expr),+ $(,)?) => {
        $($search.place(stringify!($value), format!("{0:?}\n{0:#?}", $value).as_bytes());)+
    };
}

/// Connects within this process, reads, plans, and shows everything on the way.
async fn inside(way: Way) -> usize {
    let World { bench, server, mut search, variables, .. } = World::fresh(way, None).await;
    let catalogue = providers::catalogue();
    let loaded = config::load(&bench.path("mail"), &catalogue).expect("loads");
    let names: Vec<&str> = variables.iter().map(|(name, _)| *name).collect();
    let known: BTreeMap<&str, String> = variables.into_iter().collect();
    let resolver = SecretResolver::new(move |name| known.get(name).cloned(), &loaded.root);
    let desired = &loaded.desired;
    let capabilities = desired
        .connections
        .iter()
        .map(|(name, spec)| (name.clone(), catalogue.capabilities(spec).expect("a known type")))
        .collect();
    let mut observed = mailwright::model::Observed::default();
    let everything = Narrowing::default();
    let scopes = plan::scopes(desired, &capabilities, &everything);
    for (name, spec) in &desired.connections {
        let entry = catalogue.get(&spec.type_name).expect("a known type");
        let places = Places { root: loaded.root.clone() };
        let provider: Arc<dyn Provider> = (entry.connect)(spec, &resolver, &places).await.expect("connects");
        shown!(search, provider, spec, AccountKey::of(spec));
        let (state, failure) = provider::read(&*provider, &scopes[name]).await;
        shown!(search, provider, state, failure, provider.check().await);
        observed.connections.insert(name.clone(), state);
    }
    let input = plan::Input {
        desired,
        observed: &observed,
        capabilities: &capabilities,
        overrides: &[],
        narrowing: &everything,
        today: jiff::civil::date(2026, 5, 4),
    };
    let made = plan::plan(input).expect("a proven plan");
    assert!(made.ready().count() > 0, "{way:?} has something to do");
    for change in made.ready() {
        let provider = format!("{:?}", change.after);
        search.place("what a change writes", provider.as_bytes());
    }
    let journal = Journal::open(&bench.path("state"), &made).expect("a journal");
    shown!(search, loaded, desired, resolver, made, journal, server.requests(), server);
    // The resolver has them all, and still shows none.
    for reference in names.into_iter().map(|name| SecretRef::Env(name.into())) {
        let secret = resolver.reveal(&reference, "env@example.com").await.expect("there");
        assert!(!secret.expose_secret().is_empty());
        shown!(search, secret, reference, resolver);
    }
    search.pairs
}

#[tokio::test]
async fn nothing_in_the_program_debugs_as_a_secret() {
    let mut pairs = 0;
    for way in WAYS {
        pairs += inside(way).await;
    }
    tally::held(What::Canaries, "secrets-debug", pairs);
}

#[tokio::test]
async fn no_call_debugs_as_a_secret() {
    let canaries = [Canary::plain("one"), Canary::signs("two"), Canary::wild("three")];
    let mut search = Search::of(canaries.clone());
    for canary in &canaries {
        let secret = SecretString::from(canary.value.trim_end().to_owned());
        let text = Text::Secret(secret.clone());
        let calls = [
            Call::get("/x").basic("me", &secret),
            Call::get("/x").header("x-api-key", text.clone()),
            Call::post("/x").form([("password", text.clone())]),
            Call::post("/x").multipart([("password", text.clone())]),
            Call::post("/x").json(&serde_json::json!({ "password": canary.value })),
            Call::post("/x").text("text/xml", text.clone()),
        ];
        let redaction = Redaction::from_iter([secret]);
        shown!(search, calls, text, redaction);
        let throttle =
            Throttle::new(Limits { max_in_flight: 1, reads_per_minute: None, writes_per_minute: None });
        let client =
            Client::new(Config::new("http://127.0.0.1:1"), Arc::new(throttle), Standard).expect("made");
        for call in calls {
            let refused = client.send(call).await.expect_err("nobody listens");
            shown!(search, refused, refused.to_string());
        }
    }
    tally::held(What::Canaries, "secrets-calls", search.pairs);
}
