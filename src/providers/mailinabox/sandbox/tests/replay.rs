//! Replays every recording in `tests/contracts/mailinabox` over a socket and compares what comes back: the status,
//! the headers that the contract speaks of, the body byte for byte.
//!
//! Directives: `fresh` (a new box), `clock SECONDS`, `break` and `repair` with `service` or `dovecot`, `login
//! NAME:PASSWORD [TOTP SECRET]` (its key is the `{session}` from then on), `mail ADDRESS BYTES`, `unordered` (the
//! lines of the body may come in any order).

use std::collections::BTreeSet;

use super::recording::{Match, Recording, same_body};
use crate::providers::mailinabox::sandbox::{MailInABox, SystemCommand, mfa};
use crate::sandbox::raw::{Seen, drain, send};
use crate::sandbox::{Running, start};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Headers that are compared both where they are and where they are not.
const HEADERS: [&str; 5] = ["content-type", "content-length", "www-authenticate", "x-reason", "allow"];

struct Replay {
    sandbox: MailInABox,
    running: Running,
    session: String,
    now: u64,
}

impl Replay {
    async fn fresh() -> Self {
        let sandbox = MailInABox::default();
        let running = start(sandbox.simulator()).await.unwrap();
        Self { sandbox, running, session: String::new(), now: 0 }
    }

    async fn exchange(&self, request: &[u8]) -> Seen {
        drain(send(self.running.address(), request).await).await
    }

    async fn obey(&mut self, directive: &str) {
        let words: Vec<&str> = directive.split(' ').collect();
        let command = |name: &str| match name {
            "service" => SystemCommand::Service,
            "dovecot" => SystemCommand::Dovecot,
            _ => panic!("unknown command {name}"),
        };
        match words[..] {
            ["unordered"] => {}
            ["fresh"] => *self = Self::fresh().await,
            ["clock", seconds] => {
                self.now = seconds.parse().unwrap();
                self.sandbox.set_clock(self.now);
            }
            ["break", name] => self.sandbox.break_command(command(name)),
            ["repair", name] => self.sandbox.repair_command(command(name)),
            ["mail", email, bytes] => self.sandbox.edit(|rows| {
                rows.mail(email, bytes.parse().unwrap());
            }),
            ["login", credentials] => self.login(credentials, "").await,
            ["login", credentials, secret] => {
                let secret = mfa::secret_bytes(secret).unwrap();
                let totp = totp_rs::Builder::new().with_secret(secret).build_noncompliant();
                self.login(credentials, &format!("X-Auth-Token: {}\r\n", totp.generate(self.now))).await;
            }
            _ => panic!("unknown directive {directive}"),
        }
    }

    async fn login(&mut self, credentials: &str, header: &str) {
        let credentials = BASE64_STANDARD.encode(credentials);
        let request =
            format!("POST /login HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {credentials}\r\n{header}\r\n");
        let seen = self.exchange(request.as_bytes()).await;
        assert!(seen.body().contains("\"status\": \"ok\""), "{}", seen.body());
        self.remember_session(&seen);
    }

    fn remember_session(&mut self, seen: &Seen) {
        if let Some((_, rest)) = seen.body().split_once("\"api_key\": \"") {
            self.session = rest[..64].to_owned();
        }
    }

    /// What differs between the recording and the simulator's answer.
    async fn differences(&mut self, recording: &Recording) -> Vec<String> {
        for directive in &recording.directives {
            self.obey(directive).await;
        }
        let seen = self.exchange(&recording.request(&self.sandbox.api_key(), &self.session)).await;
        self.remember_session(&seen);

        let mut differences = Vec::new();
        if seen.status() != recording.status {
            differences.push(format!("status {} instead of {}", seen.status(), recording.status));
        }
        for name in HEADERS {
            let wanted = recording.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name));
            let wanted = wanted.map(|(_, value)| value.clone());
            let found = seen.header(name);
            let any = wanted.as_deref() == Some("*") || recording.headers.is_empty();
            let verbs = |value: &Option<String>| -> BTreeSet<String> {
                value.iter().flat_map(|value| value.split(", ")).map(str::to_owned).collect()
            };
            if !any && verbs(&found) != verbs(&wanted) {
                differences.push(format!("{name}: {found:?} instead of {wanted:?}"));
            }
        }
        let body = seen.body();
        let sorted = |text: &str| text.split('\n').map(str::to_owned).collect::<BTreeSet<_>>();
        let unordered = recording.directives.iter().any(|directive| directive == "unordered");
        let same = match recording.matching {
            Match::Anything => true,
            Match::Contains => body.contains(&recording.body),
            Match::Exactly if unordered => sorted(&body) == sorted(&recording.body),
            Match::Exactly => same_body(&recording.body, &body),
        };
        if !same {
            let expected = &recording.body;
            differences
                .push(format!("body\n{}", similar::TextDiff::from_lines(expected, &body).unified_diff()));
        }
        if seen.header("connection").as_deref() != Some("close") {
            differences.push("the connection is kept".to_owned());
        }
        differences
    }
}

#[tokio::test]
async fn the_simulator_answers_as_the_real_daemon_did() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contracts/mailinabox");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut replay = Replay::fresh().await;
    let (mut replayed, mut wrong) = (0, Vec::new());
    for file in files {
        for recording in Recording::read_all(&std::fs::read_to_string(file).unwrap()) {
            replayed += 1;
            let differences = replay.differences(&recording).await;
            if !differences.is_empty() {
                wrong.push(format!("=== {}\n{}", recording.title, differences.join("\n")));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {replayed} differ\n\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(replayed >= 249, "only {replayed} recordings");
}
