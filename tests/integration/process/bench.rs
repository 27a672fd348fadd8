//! A folder to run the program in, and what a run showed.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use mailwright::providers::rackspace::sandbox::Rackspace;
use mailwright::providers::simulators;
use mailwright::sandbox::{self, Running};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

/// No run of these tests may take longer: one that hangs fails here and not by the patience of a CI job.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The password of the simulated box, and what no output may hold.
pub(crate) const BOX_PASSWORD: &str = "adminpass123";

/// A folder to run the program in.
#[derive(Debug)]
pub(crate) struct Bench {
    folder: TempDir,
    env: Vec<(&'static str, String)>,
}

/// What a run showed, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.out)?;
        if !self.err.is_empty() {
            write!(f, "--- stderr\n{}", self.err)?;
        }
        match self.code {
            Some(code) => write!(f, "--- exit {code}"),
            None => f.write_str("--- killed"),
        }
    }
}

impl Bench {
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), env: Vec::new() }
    }

    /// The folder `mail` as `init` makes it.
    pub(crate) fn quickstart() -> Self {
        let bench = Self::empty();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart/mailwright.yaml");
        bench.write("mail/mailwright.yaml", &fs::read_to_string(example).expect("the example"));
        bench
    }

    /// The quickstart, applied.
    pub(crate) async fn applied() -> Self {
        let bench = Self::quickstart();
        assert_eq!(bench.run(["apply", "mail", "--yes"]).await.code, Some(0));
        bench
    }

    /// A configuration in `mail` for this simulated box: two connections' worth of keys and `rest`.
    pub(crate) fn boxed(url: &str, rest: &str) -> Self {
        let mut bench = Self::empty();
        bench.write(
            "mail/providers.yaml",
            &format!(
                "version: 1\nproviders:\n  box:\n    type: mailinabox\n    url: {url}\n    email: me@example.com\n    \
                 password: {{env: BOX_PASSWORD}}\n    timeout: 2\n"
            ),
        );
        bench.write("mail/mail.yaml", rest);
        bench.set("BOX_PASSWORD", BOX_PASSWORD);
        bench.set("NORA_PASSWORD", NORA_PASSWORD);
        bench
    }

    /// Sets a variable of the runs' environment, which is empty otherwise.
    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.env.retain(|(known, _)| *known != name);
        self.env.push((name, value.to_owned()));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a file of text")
    }

    /// Replaces a piece of a file, which must be there once.
    pub(crate) fn edit(&self, name: &str, old: &str, new: &str) {
        let text = self.read(name);
        assert_eq!(text.matches(old).count(), 1, "{old:?} in {name}");
        self.write(name, &text.replace(old, new));
    }

    /// The digest of a file's bytes; none where there is no file.
    pub(crate) fn digest(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.path(name)).ok().map(|bytes| Sha256::digest(bytes).to_vec())
    }

    pub(crate) fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailwright"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.env.iter().map(|(name, value)| (*name, value.as_str())))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs the program to its end.
    pub(crate) async fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Ran {
        ended(self.start(arguments)).await
    }

    /// Starts the program.
    pub(crate) fn start<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Child {
        self.command(arguments).spawn().expect("started")
    }
}

/// The password that declared mailboxes get where a test says so.
pub(crate) const NORA_PASSWORD: &str = "never-to-be-shown-1";

/// Waits for a run to end. What it shows holds none of the secrets of these tests.
pub(crate) async fn ended(child: Child) -> Ran {
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output())
        .await
        .expect("the program hangs")
        .expect("the program ran");
    let ran = Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    };
    for secret in [BOX_PASSWORD, NORA_PASSWORD, Rackspace::USER_KEY, Rackspace::SECRET_KEY] {
        assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "a secret is shown: {ran}");
    }
    assert!(!ran.err.contains("panicked"), "{ran}");
    ran
}

/// Reads standard output until it holds `word`.
pub(crate) async fn read_until(child: &mut Child, word: &str) -> String {
    let out = child.stdout.as_mut().expect("a pipe");
    let mut text = Vec::new();
    let read = async {
        while !String::from_utf8_lossy(&text).contains(word) {
            assert!(out.read_buf(&mut text).await.expect("readable") > 0, "it ended before {word:?}");
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("the program hangs");
    String::from_utf8(text).expect("text")
}

/// Sends a signal by name.
pub(crate) async fn signal(child: &Child, name: &str) {
    signal_to(child.id().expect("it runs"), name).await;
}

/// The same to a process that somebody else waits for.
pub(crate) async fn signal_to(pid: u32, name: &str) {
    let pid = pid.to_string();
    let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status().await.expect("kill runs");
    assert!(sent.success());
}

/// A simulated box in this process, so that a test sees its requests.
pub(crate) async fn simulated_box() -> Running {
    simulated("mailinabox").await
}

/// A simulated service of a type in this process.
pub(crate) async fn simulated(type_name: &str) -> Running {
    let service = simulators().into_iter().find(|entry| entry.name == type_name).expect("simulated");
    sandbox::start((service.simulator)()).await.expect("served")
}

/// Compares a run with what it is expected to show; what differs from run to run is masked.
macro_rules! shows {
    ($ran:expr, @$expected:literal) => {{
        let shown = $ran.to_string();
        insta::with_settings!({filters => vec![
            (r"\bPlan [0-9a-f]{8}\b", "Plan ID"),
            (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
            (r"process \d+( on \S+)?, since \S+", "process N on HOST, since TIME"),
            (r"\(os error \d+\)", "(os error N)"),
            (r"\b\d{8}T\d{6}\.\d+Z-\d+\b", "RUN"),
        ]}, {
            insta::assert_snapshot!(shown, @$expected);
        });
    }};
}
pub(crate) use shows;
