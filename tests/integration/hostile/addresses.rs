//! Addresses that are not what they seem: in a wish, where each is refused, told or harmless, and from services, where
//! one that cannot be managed hides nothing and loses nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use mailwright::config;
use mailwright::model::{Address, ConnectionName, Desired, Narrowing, Observed, Plan, SecretRef, Verb};
use mailwright::plan;
use mailwright::provider::{self, Capabilities, Places, Provider, SecretError, Secrets};
use mailwright::providers;
use mailwright::providers::atmail::sandbox::Atmail;
use mailwright::providers::censornet::sandbox::Censornet;
use mailwright::providers::mailinabox::sandbox::MailInABox;
use mailwright::providers::rackspace::sandbox::{Quirk, Rackspace};
use mailwright::sandbox::{Running, Simulator, start};
use secrecy::SecretString;

use super::Tries;
use super::oracle::flaw_of_text;
use super::render::yaml;
use super::strings;
use crate::tally::{What, held};

/// The comparing form of an address and how it is shown, or a word of why it is none.
type Parsed = Result<(&'static str, &'static str), &'static str>;

/// Addresses with what they are: their comparing form and how they are shown, or a word of why not.
fn table() -> Vec<(String, Parsed)> {
    let long = |n: usize| "x".repeat(n);
    let mut table: Vec<(String, Parsed)> = Vec::new();
    let ok: &[(&str, &'static str, &'static str)] = &[
        ("Jane.Doe@Example.COM", "jane.doe@example.com", "Jane.Doe@Example.COM"),
        ("jane@ｅxample.com", "jane@example.com", "jane@ｅxample.com"),
        ("jane@example。com", "jane@example.com", "jane@example。com"),
        ("jane@fa\u{df}.example", "jane@xn--fa-hia.example", "jane@fa\u{df}.example"),
        ("jane@B\u{dc}CHER.example", "jane@xn--bcher-kva.example", "jane@B\u{dc}CHER.example"),
        ("JAN\u{49}@example.com", "jani@example.com", "JANI@example.com"),
        ("jane@ex\u{430}mple.com", "jane@xn--exmple-4nf.com", "jane@xn--exmple-4nf.com"),
        (
            "jane@\u{430}\u{440}\u{440}\u{4cf}\u{435}.com",
            "jane@xn--80ak6aa92e.com",
            "jane@xn--80ak6aa92e.com",
        ),
        ("a%b!c@example.com", "a%b!c@example.com", "a%b!c@example.com"),
        ("-rf@example.com", "-rf@example.com", "-rf@example.com"),
        ("jane@localhost", "jane@localhost", "jane@localhost"),
        ("a/b@example.com", "a/b@example.com", "a/b@example.com"),
        ("$(id)`x`@example.com", "", ""),
    ];
    for (text, key, shown) in ok {
        let then = if key.is_empty() { Err("may not hold") } else { Ok((*key, *shown)) };
        table.push(((*text).to_owned(), then));
    }
    let bad: &[(&str, &'static str)] = &[
        ("", "needs an `@`"),
        ("jane", "needs an `@`"),
        ("@", "is empty"),
        ("@example.com", "is empty"),
        ("jane@", "is empty"),
        ("jane\0@example.com", "may not hold"),
        ("jane@exa\0mple.com", "no domain can have"),
        ("jane@example.com\0", "no domain can have"),
        ("\u{202e}enaj@example.com", "U+202E"),
        ("j\u{430}ne@example.com", "U+0430"),
        ("jane@exam\u{202e}ple.com", "no domain can have"),
        ("jane@@example.com", "may not hold `@`"),
        ("jane@evil.example@example.com", "may not hold `@`"),
        ("\"jane doe\"@example.com", "quotes"),
        ("\"jane@evil.example\"@example.com", "quotes"),
        ("jane(comment)@example.com", "may not hold `(`"),
        ("Jane <jane@example.com>", "may not hold"),
        ("jane@example.com, john@example.com", "may not hold `@`"),
        ("jane@example.com,john@example.com", "may not hold `@`"),
        (" jane@example.com", "white space"),
        ("jane@example.com ", "no domain can have"),
        ("ja ne@example.com", "white space"),
        ("jane\r\nBcc: x@example.com", "white space"),
        ("jane@example.com\r\nRCPT TO:<x@y.example>", "may not hold `@`"),
        ("jane\u{a0}doe@example.com", "white space"),
        (".jane@example.com", "a dot"),
        ("jane.@example.com", "a dot"),
        ("ja..ne@example.com", "a dot"),
        ("../../etc/passwd@example.com", "a dot"),
        ("a\\b@example.com", "may not hold"),
        ("jane:x@example.com", "may not hold"),
        ("jane;x@example.com", "may not hold"),
        ("jane@example..com", "a label is empty"),
        ("jane@.example.com", "a label is empty"),
        ("jane@example.com.", "a label is empty"),
        ("jane@-example.com", "`-`"),
        ("jane@example-.com", "`-`"),
        ("jane@exa_mple.com", "no domain can have"),
        ("jane@exa/mple.com", "no domain can have"),
        ("jane@../../etc", "no domain can have"),
        ("jane@[192.0.2.1]", "no domain can have"),
        ("jane@[IPv6:2001:db8::1]", "no domain can have"),
        ("jane@192.0.2.1", "is a number"),
        ("jane@xn--a", "no domain can have"),
        ("jane@xn--.example", "no domain can have"),
        ("jane@\u{301}x.example", "no domain can have"),
        ("jane@example.com%0a", "no domain can have"),
    ];
    table.extend(bad.iter().map(|(text, why)| ((*text).to_owned(), Err(*why))));
    table.push((format!("{}@example.com", long(65)), Err("longer than 64")));
    table.push((format!("a@{}.example", long(64)), Err("longer than 63")));
    table.push((format!("a@{}", vec![long(60); 5].join(".")), Err("longer than 253")));
    table.push((format!("{}@example.com", long(1 << 20)), Err("longer than 64")));
    table.push((format!("a@{}", "a.".repeat(1 << 19)), Err("")));
    table.push((format!("a@{}", "\u{430}.".repeat(1 << 12)), Err("")));
    table
}

fn load(wish: &str) -> Result<config::Loaded, config::Problems> {
    let files = vec![("wish.yaml".to_owned(), wish.as_bytes().to_vec())];
    config::load_sources(files, Path::new("."), &crate::scenarios::catalogue())
}

#[test]
fn an_address_is_what_it_seems_or_is_told() {
    let mut tries = Tries::default();
    for (text, then) in table() {
        let what: String = text.chars().take(60).flat_map(char::escape_debug).collect();
        match (Address::parse(&text), then) {
            (Ok(address), Ok((key, shown))) => {
                tries.that((address.as_str(), address.shown()) == (key, shown), || {
                    format!("{what} is {} and shown as {}", address.as_str(), address.shown())
                });
                let again = [Address::parse(address.shown()), Address::parse(address.as_str())];
                tries.that(again.iter().all(|one| one.as_ref() == Ok(&address)), || {
                    format!("{what}: {again:?}")
                });
            }
            (Err(error), Err(why)) => {
                tries.that(error.to_string().contains(why), || format!("{what}: {error}, and not {why}"));
            }
            (parsed, _) => tries.that(false, || format!("{what}: {parsed:?}")),
        }
        // The same in every place of a wish that takes one: told at its place, and nothing raw of it.
        for place in [
            "mailboxes:\n  TEXT: {}\n",
            "aliases:\n  x@example.com: [TEXT]\n",
            "external: {TEXT: {reason: x}}\n",
        ] {
            let head = "version: 1\nproviders: {s: {type: model}}\ndomains: {example.com: {provider: s}}\n";
            let said = match load(&format!("{head}{}", place.replace("TEXT", &yaml(&text)))) {
                Ok(loaded) => loaded.warnings.iter().map(ToString::to_string).collect(),
                Err(problems) => problems.to_string(),
            };
            tries.none(&what, flaw_of_text(&said));
            tries.that(said.len() < 20_000, || format!("{what}: {} bytes", said.len()));
        }
    }
    tries.end("hostile-addresses");
}

#[test]
fn a_look_alike_is_warned_of_where_it_is_written() {
    let head = "version: 1\nproviders: {s: {type: model}}\n";
    let warnings = |rest: &str| -> Vec<String> {
        let loaded = load(&format!("{head}{rest}")).unwrap_or_else(|problems| panic!("{problems}"));
        let alike = loaded.warnings.into_iter().filter(|warning| warning.code == "look-alike");
        alike
            .map(|warning| format!("{} at {}", warning.message, warning.at.map_or(0, |at| at.at.line)))
            .collect()
    };
    let said = "`ex\u{430}mple.com` can be taken for example.com, and is xn--exmple-4nf.com";
    let domain = "domains: {example.com: {provider: s}}\n";
    assert_eq!(
        warnings(&format!("{domain}aliases:\n  a@example.com: [jane@ex\u{430}mple.com]\n")),
        [format!("{said} at 5")]
    );
    assert_eq!(warnings("domains: {ex\u{430}mple.com: {provider: s}}\n"), [format!("{said} at 3")]);
    let mixed = warnings(&format!("{domain}aliases:\n  a@example.com: [x@priv\u{434}t.com]\n"));
    assert!(
        mixed.len() == 1 && mixed[0].contains("mixes letters of several scripts, and is xn--"),
        "{mixed:?}"
    );
    assert_eq!(warnings(&format!("{domain}aliases:\n  a@example.com: [jane@xn--exmple-4nf.com]\n")), [""; 0]);
    assert_eq!(
        warnings(&format!("{domain}aliases:\n  a@example.com: [jane@b\u{fc}cher.example]\n")),
        [""; 0]
    );
    held(What::HostileInputs, "hostile-look-alikes", 5);
}

/// A service that holds addresses that nobody can declare, beside those that a wish speaks of.
struct Holding {
    connection: String,
    /// What stands after the connection in the wish.
    wish: String,
    _server: Running,
}

async fn serve(simulator: Simulator) -> Running {
    start(simulator).await.expect("a server")
}

/// Names that a service's rows can bear, though no address is like that.
fn strange() -> Vec<String> {
    let odd = [
        "no-at-sign",
        "@",
        "a b@example.com",
        "\"q\"@example.com",
        "j\u{430}ne@example.com",
        "..@example.com",
        "a..b@example.com",
        "x@exam ple.com",
        "x@example.com.",
        "x\u{202e}y@example.com",
        "x\u{1b}[31m@example.com",
        "a@b@example.com",
        "<script>@example.com",
        "a/../b@example.com",
        "x@",
        "",
    ];
    let mut all: Vec<String> = odd.iter().map(|text| (*text).to_owned()).collect();
    all.push(format!("{}@example.com", "x".repeat(300)));
    all.extend(
        strings::all()
            .into_iter()
            .filter(|(_, text)| text.len() < 100)
            .map(|(_, text)| format!("{text}@example.com")),
    );
    all
}

const WISH: &str = "domains:\n  example.com: {provider: svc, prune: [mailboxes, aliases, forwards]}\n\
    mailboxes:\n  jane@example.com: {}\npolicy: {max_deletes: {mailboxes: 5}}\n";

async fn holdings() -> Vec<Holding> {
    let mut all = Vec::new();
    let sandbox = MailInABox::builder().administrator("root@box.example.net", "adminpass123").build();
    sandbox.edit(|rows| {
        rows.user("jane@example.com", "password123").user("undeclared@example.com", "password123");
        for name in strange() {
            rows.alias(&name, &["jane@example.com"]);
            rows.alias("odd-targets@example.com", &[&name, "jane@example.com"]);
        }
    });
    let server = serve(sandbox.simulator()).await;
    all.push(Holding {
        connection: format!(
            "{{type: mailinabox, url: \"{}\", email: root@box.example.net, password: {{env: MIAB}}}}",
            server.url()
        ),
        wish: WISH.to_owned(),
        _server: server,
    });
    let sandbox = Rackspace::builder().with(Quirk::AnyDomain).build();
    sandbox.edit(|rows| {
        rows.domain("example.com");
        rows.mailbox("jane@example.com", "password123").mailbox("undeclared@example.com", "password123");
        for name in strange().iter().filter(|name| name.ends_with("@example.com")) {
            rows.mailbox(name, "password123");
        }
    });
    let server = serve(sandbox.simulator()).await;
    all.push(Holding {
        connection: format!(
            "{{type: rackspace, url: \"{}\", user_key: {{env: USER_KEY}}, secret_key: {{env: SECRET_KEY}}}}",
            server.url()
        ),
        wish: WISH.to_owned(),
        _server: server,
    });
    let sandbox = Atmail::builder().build();
    sandbox.edit(|rows| {
        rows.domain("example.com");
        rows.user("jane@example.com", "password123").user("undeclared@example.com", "password123");
        for name in strange() {
            rows.alias(&name, "jane@example.com");
        }
    });
    let server = serve(sandbox.simulator()).await;
    all.push(Holding {
        connection: format!(
            "{{type: atmail, url: \"{}/index.php/api\", username: {}, password: {{env: ATMAIL}}}}",
            server.url(),
            Atmail::USERNAME
        ),
        wish: WISH.to_owned(),
        _server: server,
    });
    let sandbox = Censornet::builder().tracking_all().build();
    sandbox.edit(|rows| {
        rows.mailbox("jane@example.com").mailbox("undeclared@example.com");
        for name in strange() {
            rows.mailbox(&name);
        }
    });
    let server = serve(sandbox.simulator()).await;
    all.push(Holding {
        connection: format!("{{type: censornet, url: \"{}\", username: admin@example.com, password: {{env: MIAB}}}}", server.url()),
        wish: "domains:\n  example.com: {filters: [svc], prune: [registrations]}\nmailboxes:\n  jane@example.com: {}\n".to_owned(),
        _server: server,
    });
    all
}

struct Known;

#[async_trait::async_trait]
impl Secrets for Known {
    async fn reveal(&self, reference: &SecretRef, _subject: &str) -> Result<SecretString, SecretError> {
        let SecretRef::Env(name) = reference else { panic!("{reference} is not used here") };
        Ok(match &**name {
            "USER_KEY" => Rackspace::USER_KEY,
            "SECRET_KEY" => Rackspace::SECRET_KEY,
            "ATMAIL" => Atmail::PASSWORD,
            _ => "adminpass123",
        }
        .into())
    }
}

async fn planned(desired: &Desired) -> Plan {
    let catalogue = providers::catalogue();
    let mut connected: BTreeMap<ConnectionName, Arc<dyn Provider>> = BTreeMap::new();
    let mut capabilities: BTreeMap<ConnectionName, Capabilities> = BTreeMap::new();
    for (name, spec) in &desired.connections {
        let entry = catalogue.get(&spec.type_name).expect("a known type");
        connected
            .insert(name.clone(), (entry.connect)(spec, &Known, &Places::default()).await.expect("connects"));
        capabilities.insert(name.clone(), catalogue.capabilities(spec).expect("a known type"));
    }
    let narrowing = Narrowing::default();
    let mut observed = Observed::default();
    for further in [false, true] {
        let scopes = if further {
            plan::further_scopes(desired, &observed, &capabilities, &narrowing)
        } else {
            plan::scopes(desired, &capabilities, &narrowing)
        };
        for (name, scope) in scopes {
            let (state, failure) = provider::read(&*connected[&name], &scope).await;
            assert!(failure.is_none(), "{failure:?}");
            observed.connections.entry(name).or_default().absorb(state);
        }
    }
    let input = plan::Input {
        desired,
        observed: &observed,
        capabilities: &capabilities,
        overrides: &[],
        narrowing: &narrowing,
        today: jiff::civil::date(2026, 5, 4),
    };
    plan::plan(input).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn what_a_service_calls_an_address_loses_nobody_else_theirs() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let mut tries = Tries::default();
    runtime.block_on(async {
        for holding in holdings().await {
            let wish = format!("version: 1\nproviders:\n  svc: {}\n{}", holding.connection, holding.wish);
            let files = vec![("wish.yaml".to_owned(), wish.into_bytes())];
            let loaded = config::load_sources(files, Path::new("."), &providers::catalogue());
            let desired = loaded.unwrap_or_else(|problems| panic!("{problems}")).desired;
            let plan = planned(&desired).await;
            let shown = mailwright::render::text::plan(&plan, mailwright::render::Style::plain());
            let what = format!("{}\n{shown}", holding.connection);
            tries.none(&what, flaw_of_text(&shown));
            let of = |verb| {
                plan.ready()
                    .filter(move |change| change.verb == verb)
                    .filter_map(|one| one.identity.address())
            };
            // Where a list is not what a service answers, none of it counts.
            let deleted: BTreeSet<&str> = of(Verb::Delete).map(Address::as_str).collect();
            tries.that(
                plan.is_incomplete() && deleted.is_empty() || deleted.contains("undeclared@example.com"),
                || what.clone(),
            );
            tries.that(!deleted.contains("jane@example.com"), || what.clone());
            tries.that(of(Verb::Create).count() == 0, || what.clone());
            tries.count += strange().len();
        }
    });
    tries.end("hostile-addresses-from-services");
}
