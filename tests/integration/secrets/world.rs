//! A configuration and its simulated service with every secret planted, and the search through what a run leaves.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mailwright::providers::atmail::sandbox::Atmail;
use mailwright::providers::censornet::sandbox::Censornet;
use mailwright::providers::mailinabox::sandbox::MailInABox;
use mailwright::providers::open_xchange::sandbox::OpenXchange;
use mailwright::providers::postfixadmin::sandbox::Dovecot;
use mailwright::providers::rackspace::sandbox::Rackspace;
use mailwright::sandbox::{Running, Simulator, start};

use super::canary::{Canary, Search};
use super::echo::{Echo, Manner};
use crate::process::bench::{Bench, Ran};

/// A way to connect, with the secrets that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    BoxPassword,
    BoxTotp,
    BoxKey,
    Rackspace,
    OpenXchange,
    Atmail,
    Censornet,
    PostfixAdmin,
}

pub(super) const WAYS: [Way; 8] = [
    Way::BoxPassword,
    Way::BoxTotp,
    Way::BoxKey,
    Way::Rackspace,
    Way::OpenXchange,
    Way::Atmail,
    Way::Censornet,
    Way::PostfixAdmin,
];

/// A folder with a configuration, and the service that it names.
pub(super) struct World {
    pub(super) way: Way,
    pub(super) bench: Bench,
    pub(super) server: Running,
    pub(super) echo: Option<Echo>,
    pub(super) search: Search,
    /// The variables of the runs' environment.
    pub(super) variables: Vec<(&'static str, String)>,
}

/// Files that hold secrets on purpose.
const MEANT: [&str; 2] = ["mail/secrets", "mail/passwords"];

/// A connection to a fresh simulator: the simulator, its keys where it answers at an address, its secrets by variable.
struct Made {
    simulator: Simulator,
    keys: fn(&str) -> String,
    secrets: Vec<(&'static str, Canary)>,
}

fn made(way: Way) -> Made {
    let password = || Canary::signs("the connection's password");
    match way {
        Way::BoxPassword | Way::BoxTotp | Way::BoxKey => of_a_box(way),
        Way::Rackspace => Made {
            simulator: Rackspace::builder().build().simulator(),
            keys: |url| {
                format!(
                    "type: rackspace, url: \"{url}\", user_key: {{env: USER}}, secret_key: {{env: SECRET}}"
                )
            },
            secrets: vec![
                ("USER", Canary::of("the user key", Rackspace::USER_KEY)),
                ("SECRET", Canary::of("the secret key", Rackspace::SECRET_KEY)),
            ],
        },
        Way::OpenXchange => {
            let secret = password();
            let builder = OpenXchange::builder().brand(OpenXchange::BRAND, &secret.value);
            Made {
                simulator: builder.build().simulator(),
                keys: |url| {
                    format!(
                        "type: open_xchange, url: \"{url}\", context: {}, username: {}, password: {{env: SECRET}}",
                        OpenXchange::CONTEXT,
                        OpenXchange::BRAND
                    )
                },
                secrets: vec![("SECRET", secret)],
            }
        }
        Way::Atmail => {
            let secret = password();
            let builder = Atmail::builder().domain("example.com").admin("boss", &secret.value);
            Made {
                simulator: builder.build().simulator(),
                keys: |url| {
                    format!(
                        "type: atmail, url: \"{url}/index.php/api\", username: boss, password: {{env: SECRET}}"
                    )
                },
                secrets: vec![("SECRET", secret)],
            }
        }
        Way::Censornet => {
            let (user, secret) = (Canary::of("the user name", "kw7Qzp3mLx@example.com"), password());
            let builder = Censornet::builder().credential(&user.value, &secret.value);
            Made {
                simulator: builder.build().simulator(),
                keys: |url| {
                    format!(
                        "type: censornet, url: \"{url}\", username: {{env: USER}}, password: {{env: SECRET}}"
                    )
                },
                secrets: vec![("USER", user), ("SECRET", secret)],
            }
        }
        Way::PostfixAdmin => {
            let key = password();
            Made {
                simulator: Dovecot::new(&key.value).knowing_all().simulator(),
                keys: |url| {
                    format!(
                        "type: postfixadmin, database: \"sqlite:directory.db\", create: true, doveadm: {{url: \
                         \"{url}\", api_key: {{env: SECRET}}}}"
                    )
                },
                secrets: vec![("SECRET", key)],
            }
        }
    }
}

fn of_a_box(way: Way) -> Made {
    let password = Canary::signs("the administrator's password");
    let key = Canary::signs("the API key");
    // Base32, 32 characters.
    let digits: String = super::canary::letters("seed").repeat(2).to_uppercase();
    let digits: String = digits.chars().map(|c| if c.is_ascii_digit() { '7' } else { c }).take(32).collect();
    let seed = Canary::of("the seed of the codes", digits);
    let builder = MailInABox::builder().administrator("me@example.com", &password.value).api_key(&key.value);
    let builder = if way == Way::BoxTotp { builder.totp(&seed.value) } else { builder };
    let simulator = builder.build().simulator();
    let (password, key, seed) = (("SECRET", password), ("KEY", key), ("SEED", seed));
    match way {
        Way::BoxTotp => Made {
            simulator,
            keys: |url| {
                format!(
                    "type: mailinabox, url: \"{url}\", email: me@example.com, password: {{env: SECRET}}, totp: \
                     {{env: SEED}}"
                )
            },
            secrets: vec![password, seed],
        },
        Way::BoxKey => Made {
            simulator,
            keys: |url| format!("type: mailinabox, url: \"{url}\", api_key: {{env: KEY}}"),
            secrets: vec![key],
        },
        _ => Made {
            simulator,
            keys: |url| {
                format!("type: mailinabox, url: \"{url}\", email: me@example.com, password: {{env: SECRET}}")
            },
            secrets: vec![password],
        },
    }
}

impl World {
    /// Fresh, with an echo between where one is wanted.
    pub(super) async fn fresh(way: Way, manner: Option<Manner>) -> Self {
        let Made { simulator, keys, mut secrets } = made(way);
        let server = start(simulator).await.expect("served");
        let echo = match manner {
            Some(manner) => Some(Echo::before(&server.url(), manner).await),
            None => None,
        };
        let url = echo.as_ref().map_or_else(|| server.url(), Echo::url);
        let wish = wish(way);
        let file = Canary::wild("the password in a file");
        let printed = Canary::signs("the printed password");
        let mut bench = Bench::empty();
        bench.write("mail/secrets/file", &file.value);
        bench.write("mail/secrets/printed", &printed.value);
        bench.write("mail/secrets/print", PRINT);
        fs::set_permissions(bench.path("mail/secrets/print"), fs::Permissions::from_mode(0o700))
            .expect("allowed");
        bench.write(
            "mail/mail.yaml",
            &format!("version: 1\nproviders:\n  svc: {{{}{}}}\n{wish}", keys(&url), more(way)),
        );
        secrets.push(("ENV_PASSWORD", Canary::wild("the password in the environment")));
        if wish.contains("ADMIN_PASSWORD") {
            secrets.push(("ADMIN_PASSWORD", Canary::signs("the new administrator's password")));
        }
        let mut variables = Vec::new();
        let mut search = Search::of([file, printed]);
        for (name, canary) in secrets {
            let value = canary.value.trim_end_matches('\n').to_owned();
            bench.set(name, &value);
            variables.push((name, value));
            search.add(canary);
        }
        bench.set("PATH", &std::env::var("PATH").unwrap_or_default());
        Self { way, bench, server, echo, search, variables }
    }

    /// Runs the program and searches what it shows and leaves.
    pub(super) async fn run(&mut self, arguments: &[&str]) -> Ran {
        let ran = self.bench.run(arguments.iter().copied()).await;
        self.searched(&ran, &format!("{:?}: {}", self.way, arguments.join(" ")));
        ran
    }

    /// Searches what a run shows, and every file that it leaves.
    pub(super) fn searched(&mut self, ran: &Ran, name: &str) {
        self.learn();
        self.search.place(&format!("the output of {name}"), ran.out.as_bytes());
        self.search.place(&format!("what is said beside {name}"), ran.err.as_bytes());
        let root = self.bench.path("");
        for path in files(&root) {
            let shown = path.strip_prefix(&root).expect("within").to_string_lossy().into_owned();
            let content = fs::read(&path).unwrap_or_default();
            // A name may tell as much.
            self.search.place(&format!("the name of {shown} after {name}"), shown.as_bytes());
            if MEANT.iter().any(|folder| shown.starts_with(folder)) {
                continue;
            }
            // The database holds the hashes of passwords, that is what it is for.
            let is_hash = |canary: &Canary| canary.name == HASH && shown.starts_with("mail/directory.db");
            self.search.place_but(&format!("{shown} after {name}"), &content, is_hash);
        }
    }

    /// Takes up the secrets that came up on the way: sessions, signatures, codes, made passwords, hashes.
    fn learn(&mut self) {
        let mut found = BTreeSet::new();
        for request in self.server.requests() {
            found.extend(credentials(&request.headers));
        }
        if let Some(echo) = &self.echo {
            found.extend(echo.heard().iter().flat_map(credentials));
        }
        for path in files(&self.bench.path("mail/passwords")) {
            let text = fs::read_to_string(path).expect("text");
            found.insert(("a made password".to_owned(), text.trim_end().to_owned()));
        }
        for name in ["directory.db", "directory.db-wal"] {
            let bytes = fs::read(self.bench.path(&format!("mail/{name}"))).unwrap_or_default();
            found.extend(hashes(&bytes).into_iter().map(|hash| (HASH.to_owned(), hash)));
        }
        for (name, value) in found {
            self.search.add(Canary { name, value });
        }
    }
}

const HASH: &str = "a hash of a password";

const PRINT: &str = "#!/bin/sh\ncat \"$(dirname \"$0\")/printed\"\n";

/// Everything under a folder.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.expect("listed").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What headers carry of credentials, as it stands there and as it is meant.
fn credentials(headers: &HeaderMap) -> BTreeSet<(String, String)> {
    const CARRY: [&str; 6] =
        ["authorization", "cookie", "x-auth-token", "x-api-key", "x-api-signature", "x-api-user-signature"];
    let mut found = BTreeSet::new();
    for (name, value) in headers {
        if !CARRY.contains(&name.as_str()) {
            continue;
        }
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        let credential =
            value.split_once(' ').map_or(value.as_str(), |(_, credential)| credential).to_owned();
        if let Some(plain) = STANDARD.decode(&credential).ok().and_then(|bytes| String::from_utf8(bytes).ok())
        {
            let secret = plain.split_once(':').map_or(plain.as_str(), |(_, secret)| secret);
            if secret.len() > 8 {
                found.insert((format!("what `{name}` means"), secret.to_owned()));
            }
        }
        // A code of six digits may stand in a text by chance.
        if credential.len() > 8 {
            found.insert((format!("the header `{name}`"), credential));
        }
    }
    found
}

/// The hashes of bcrypt in a file.
fn hashes(bytes: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(bytes);
    let starts = text.match_indices("$2").map(|(at, _)| at);
    let hash =
        |at: usize| text.get(at..at + 60).filter(|hash| hash.matches('$').count() == 3 && hash.is_ascii());
    starts.filter_map(|at| hash(at).map(str::to_owned)).collect()
}

/// Keys that keep the runs short, where the type has them.
fn more(way: Way) -> &'static str {
    match way {
        Way::PostfixAdmin => "",
        _ => ", timeout: 1, reads_per_minute: 1000000, writes_per_minute: 1000000",
    }
}

/// What is wanted: mailboxes whose passwords come from everywhere, and something of each other kind.
fn wish(way: Way) -> String {
    if way == Way::Censornet {
        return "domains:\n  example.com: {filters: [svc], prune: [registrations]}\nmailboxes:\n  env@example.com: {}\n"
            .to_owned();
    }
    let fields = match way {
        Way::Rackspace => "display_name: Somebody, quota: 2 GiB, ",
        Way::OpenXchange => "given_name: Some, family_name: Body, ",
        _ => "",
    };
    let from = [
        ("env", "{env: ENV_PASSWORD}"),
        ("file", "{file: secrets/file}"),
        ("printed", "{command: [./secrets/print]}"),
        ("made", "{generate: {dir: passwords}}"),
    ];
    // What Dovecot is asked for.
    let shared = if way == Way::PostfixAdmin {
        "permissions:\n  made@example.com: {env@example.com: [full_access]}\n"
    } else {
        ""
    };
    let mailboxes = from
        .iter()
        .map(|(name, reference)| format!("  {name}@example.com: {{{fields}password: {reference}}}\n"))
        .collect::<Vec<_>>()
        .concat();
    let administrators = match way {
        Way::PostfixAdmin => {
            "administrators:\n  svc: {boss@example.com: {password: {env: ADMIN_PASSWORD}}}\n"
        }
        Way::Atmail => {
            "administrators:\n  svc: {helpdesk: {password: {env: ADMIN_PASSWORD}, domains: [example.com], rights: \
             [list]}}\n"
        }
        _ => "",
    };
    let manage = if way == Way::PostfixAdmin { ", manage: true" } else { "" };
    format!(
        "domains:\n  example.com: {{provider: svc{manage}}}\nmailboxes:\n{mailboxes}aliases:\n  team@example.com: \
         [made@example.com]\n{shared}{administrators}"
    )
}
