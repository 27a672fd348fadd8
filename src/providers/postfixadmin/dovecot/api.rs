//! The wire: commands in one POST, answers by their tags, and what goes wrong inside a 200.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::http::{self, Call, Client, Config, Effect, Reply, Standard, Throttle};
use crate::model::{ConnectionSpec, Param};
use crate::provider::{ErrorKind, KeyKind, KeySpec, Limits, Places, ProviderError, Secrets};

const fn key(name: &'static str, kind: KeyKind, required: bool, doc: &'static str) -> KeySpec {
    KeySpec { name, kind, required, default: None, doc }
}

/// The keys under `doveadm:`.
pub(in super::super) const KEYS: &[KeySpec] = &[
    key("url", KeyKind::Url, true, "the address of Dovecot's doveadm service, without /doveadm/v1"),
    key("api_key", KeyKind::Secret, true, "what `doveadm_api_key` holds in Dovecot's configuration"),
    http::CA_FILE,
];

/// How long one POST may take. A command takes two milliseconds, and [`MOST`] of them go in one POST.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How many commands go in one POST. Dovecot took 5000; fewer keep an answer small and a lost one cheap.
const MOST: usize = 200;

/// How many POSTs are under way at once.
const AT_ONCE: usize = 4;

/// Where every command goes.
const PATH: &str = "/doveadm/v1";

/// A command: its name and its parameters.
#[derive(Debug, Clone)]
pub(super) struct Command {
    pub(super) name: &'static str,
    pub(super) parameters: Value,
}

/// What a command came to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// It was carried out and brought this.
    Data(Vec<Value>),
    /// There is no such user (exit code 67).
    NoUser,
    /// There is no such folder (exit code 68).
    NoFolder,
    /// It was not carried out, and all that Dovecot says of why: the rest is in its log.
    Failed(String),
}

/// A connection to doveadm.
#[derive(Debug, Clone)]
pub(in super::super) struct Doveadm {
    client: Client,
    key: SecretString,
    /// Whether the key was accepted. Asked once and without a body: to a POST with a wrong key Dovecot does not answer
    /// at all (`contracts/postfixadmin.md §7.11`).
    accepted: Arc<OnceCell<Vec<String>>>,
}

impl Doveadm {
    /// Reads the key `doveadm` of a connection; none where there is none. Sends nothing.
    pub(in super::super) async fn of(
        spec: &ConnectionSpec,
        secrets: &dyn Secrets,
        places: &Places,
    ) -> Result<Option<Self>, ProviderError> {
        let Some(params) = spec.map("doveadm") else { return Ok(None) };
        let missing = |name: &str| {
            let message = format!("connection `{}` has no `doveadm: {{{name}}}`", spec.name);
            ProviderError::new(ErrorKind::Invalid, message)
        };
        let Some(Param::Text(url)) = params.get("url") else { return Err(missing("url")) };
        let Some(Param::Secret(reference)) = params.get("api_key") else { return Err(missing("api_key")) };
        let key = secrets.reveal(reference, spec.name.as_str()).await?;
        let ca_file = match params.get("ca_file") {
            Some(Param::Text(file)) => Some(places.root.join(file)),
            _ => None,
        };
        Self::new(url, &key, ca_file).map(Some)
    }

    pub(super) fn new(
        url: &str,
        key: &SecretString,
        ca_file: Option<PathBuf>,
    ) -> Result<Self, ProviderError> {
        let mut config = Config::new(url);
        config.timeout = TIMEOUT;
        config.ca_file = ca_file;
        let limits = Limits { max_in_flight: AT_ONCE, reads_per_minute: None, writes_per_minute: None };
        let client = Client::new(config, Arc::new(Throttle::new(limits)), Standard)?;
        let encoded = base64::engine::general_purpose::STANDARD.encode(key.expose_secret());
        Ok(Self { client, key: format!("X-Dovecot-API {encoded}").into(), accepted: Arc::default() })
    }

    /// How many requests were sent.
    pub(in super::super) fn calls(&self) -> u64 {
        self.client.calls()
    }

    /// Makes sure that the key is accepted, and returns the commands that Dovecot knows.
    pub(in super::super) async fn known(&self) -> Result<&[String], ProviderError> {
        let asking = async {
            let reply = self.client.send(Call::get(PATH).header("authorization", self.key.clone())).await?;
            if reply.status == 401 {
                return Err(reply.refused(ErrorKind::Auth).hint(
                    "check `doveadm: {api_key}` against `doveadm_api_key` in Dovecot's configuration",
                ));
            }
            if reply.status == 404 {
                let hint = "give `doveadm: {url}` the address of an inet_listener of `service doveadm` that is \
                            called http, without a path";
                return Err(reply.unexpected("there is no doveadm service").hint(hint));
            }
            let commands: Vec<Value> = reply.accepted()?.json()?;
            let name = |command: &Value| command.get("command")?.as_str().map(str::to_owned);
            Ok(commands.iter().filter_map(name).collect())
        };
        self.accepted.get_or_try_init(|| asking).await.map(Vec::as_slice)
    }

    /// Asks; the answers are in the order of the commands.
    pub(super) async fn ask(&self, commands: &[Command]) -> Result<Vec<Answer>, ProviderError> {
        self.send(commands, Effect::Read).await
    }

    /// Changes something. Where the answer is lost, nobody knows how many of the commands were carried out.
    pub(super) async fn change(&self, commands: &[Command]) -> Result<Vec<Answer>, ProviderError> {
        self.send(commands, Effect::Write).await
    }

    /// Sends commands in as many POSTs as they need.
    async fn send(&self, commands: &[Command], effect: Effect) -> Result<Vec<Answer>, ProviderError> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        self.known().await?;
        let mut answers = Vec::with_capacity(commands.len());
        for commands in commands.chunks(MOST) {
            match self.post(commands, effect).await {
                Ok(answered) => answers.extend(answered),
                Err(mut error) => {
                    if effect == Effect::Write && !answers.is_empty() {
                        error.kind = ErrorKind::Ambiguous;
                    }
                    return Err(error);
                }
            }
        }
        Ok(answers)
    }

    /// Sends commands in one POST, each with its number as its tag.
    async fn post(&self, commands: &[Command], effect: Effect) -> Result<Vec<Answer>, ProviderError> {
        let command = |(number, command): (usize, &Command)| {
            json!([command.name, command.parameters, number.to_string()])
        };
        let body: Vec<Value> = commands.iter().enumerate().map(command).collect();
        let call = Call::post(PATH).header("authorization", self.key.clone()).json(&body);
        let call = if effect == Effect::Read { call.reads() } else { call };
        let reply = self.client.send(call).await?.accepted()?;
        let told: Vec<(String, Value, String)> = reply.json()?;
        let mut found: Vec<Option<Answer>> = vec![None; commands.len()];
        for (word, data, tag) in told {
            let place = tag.parse::<usize>().ok().and_then(|number| found.get_mut(number));
            let place = place.ok_or_else(|| reply.unexpected("it answers a command that was not sent"))?;
            *place = Some(answer(&reply, &word, data));
        }
        let answers = found.into_iter();
        answers
            .map(|answer| answer.ok_or_else(|| reply.unexpected("it leaves a command without an answer")))
            .collect()
    }
}

/// What one answer means (`contracts/postfixadmin.md §5`).
fn answer(reply: &Reply, word: &str, data: Value) -> Answer {
    match (word, data) {
        ("doveadmResponse", Value::Array(rows)) => Answer::Data(rows),
        ("doveadmResponse", other) => Answer::Data(vec![other]),
        (_, error) => match error.get("exitCode").and_then(Value::as_i64) {
            Some(67) => Answer::NoUser,
            Some(68) => Answer::NoFolder,
            code => {
                let kind = error.get("type").and_then(Value::as_str).unwrap_or("no type");
                let code = code.map_or_else(String::new, |code| format!(", exit code {code}"));
                Answer::Failed(format!("{}{code}; Dovecot's log says why", reply.quote(kind)))
            }
        },
    }
}
