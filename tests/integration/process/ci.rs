//! The recipes for continuous integration in `examples/`: their scripts against simulated hosts, their whole way, and
//! what their files say.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::process::Command;

use super::bench::{BOX_PASSWORD, ended};
use super::{Bench, Ran};

mod github;
mod gitlab;
mod host;
mod install;
mod recipes;
mod rules;
mod scripts;
mod whole;

/// The first line of mailwright's Markdown.
const MARKER: &str = "<!-- mailwright:plan -->";

/// The last commit of a pull request, what its merge made, and another commit.
const HEAD: &str = "1111111111111111111111111111111111111111";
const MERGED: &str = "2222222222222222222222222222222222222222";
const OTHER: &str = "3333333333333333333333333333333333333333";

/// The recipes, as the folders of `examples/` are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host {
    GitHub,
    GitLab,
}

impl Host {
    const BOTH: [Self; 2] = [Self::GitHub, Self::GitLab];

    fn example(self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(self.to_string())
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GitHub => "github-actions",
            Self::GitLab => "gitlab-ci",
        })
    }
}

/// What a job of a recipe has: a checkout of the repository, and variables.
struct Job {
    bench: Bench,
    env: Vec<(String, String)>,
}

impl Job {
    /// A fresh checkout, and `mailwright` on the path.
    fn new(host: Host) -> Self {
        let bench = Bench::empty();
        for folder in ["ci", "mail"] {
            for path in files(&host.example().join(folder)) {
                let name = path.file_name().expect("a name").to_str().expect("text");
                bench.write(&format!("{folder}/{name}"), &fs::read_to_string(&path).expect("text"));
            }
        }
        let path = format!("{}:{}", bench.path("tools").display(), variable("PATH"));
        let mut job = Self { bench, env: Vec::new() };
        // Both write files beside what they read, or ask for them.
        job.set("PATH", &path).set("HOME", &variable("HOME")).set("PYTHONDONTWRITEBYTECODE", "1");
        job.set("RETRY_SECONDS", "0");
        let real = env!("CARGO_BIN_EXE_mailwright");
        job.tool("mailwright", &format!("exec '{real}' \"$@\"\n"));
        job
    }

    fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    fn unset(&mut self, name: &str) {
        self.env.retain(|(known, _)| known != name);
    }

    /// Puts a program on the path.
    fn tool(&self, name: &str, script: &str) {
        let file = format!("tools/{name}");
        self.bench.write(&file, &format!("#!/bin/sh\n{script}"));
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(self.bench.path(&file), mode).expect("executable");
    }

    /// What `plan.sh` leaves where mailwright said this.
    fn left(&self, code: &str, plan: &str, errors: &str) {
        self.bench.write("out/exit-code", &format!("{code}\n"));
        self.bench.write("out/plan.md", plan);
        self.bench.write("out/errors.txt", errors);
    }

    /// Runs a line of a recipe.
    async fn run(&self, line: &str) -> Ran {
        let mut words = line.split(' ');
        let child = Command::new(words.next().expect("a program"))
            .args(words)
            .current_dir(self.bench.path(""))
            .env_clear()
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("started");
        let ran = ended(child).await;
        assert!(!ran.err.contains("Traceback"), "{ran}");
        for token in [github::TOKEN, gitlab::NOTE_TOKEN, gitlab::READ_TOKEN] {
            assert!(!ran.to_string().contains(token), "a token is shown: {ran}");
        }
        ran
    }

    /// Runs a line that must succeed.
    async fn succeeds(&self, line: &str) -> Ran {
        let ran = self.run(line).await;
        assert_eq!(ran.code, Some(0), "{line}: {ran}");
        ran
    }

    /// Runs a line that must fail with 1, saying these words.
    async fn fails(&self, line: &str, words: &[&str]) {
        let ran = self.run(line).await;
        assert_eq!(ran.code, Some(1), "{line}: {ran}");
        for word in words {
            assert!(ran.err.contains(word), "{word:?} is not in {ran}");
        }
    }

    /// The archive that a host makes of these files, named from the repository's root or from the folder.
    async fn archive(&self, from: &str, names: &[&str]) -> Vec<u8> {
        let zip = self.bench.path("kept.zip");
        let packed = Command::new("python3")
            .args(["-m", "zipfile", "-c"])
            .arg(&zip)
            .args(names)
            .current_dir(self.bench.path(from))
            .status()
            .await
            .expect("python runs");
        assert!(packed.success());
        fs::read(zip).expect("an archive")
    }
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// The files of a folder, in name order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found
}
