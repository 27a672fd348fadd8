//! Turns references to secrets into secrets, when and where they are used.
//!
//! Owns where a secret may come from. Knows nothing of who asks for it. No error and no log line holds a secret, nor
//! a program's output; the environment is a function that the caller gives, so that nobody else reads it.

mod command;
mod file;
mod generate;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use tokio::sync::OnceCell;

use crate::model::SecretRef;
use crate::provider::{SecretError, Secrets};

/// How long a program may take to print a secret. Somebody may have to touch a key or unlock a store for it.
const COMMAND_TIMEOUT: Duration = Duration::from_mins(1);
/// The most bytes of a secret; more is no secret, but a wrong file or a program's help text.
const MAX_BYTES: u64 = 64 << 10;

/// What went wrong with a reference, before it is told for whom.
#[derive(Debug)]
struct Failure {
    reason: String,
    hint: Option<String>,
}

impl Failure {
    fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

type Environment = dyn Fn(&str) -> Option<String> + Send + Sync;
type Cell = Arc<OnceCell<SecretString>>;

/// Reads secrets from the environment, from files and from programs, and makes passwords. Each is had once per run,
/// also where many ask for it at the same time.
pub struct SecretResolver {
    env: Arc<Environment>,
    root: PathBuf,
    kept: BTreeSet<Arc<str>>,
    had: Mutex<HashMap<(SecretRef, Option<String>), Cell>>,
    made: Arc<Mutex<Vec<PathBuf>>>,
    /// Folders of generated passwords in which nothing is left of runs that were killed.
    tidy: Mutex<HashSet<PathBuf>>,
}

impl fmt::Debug for SecretResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretResolver").finish_non_exhaustive()
    }
}

impl SecretResolver {
    /// A resolver that reads the environment through `env`, which returns none for what is not set or is not UTF-8,
    /// and finds relative paths from `root`, the configuration's.
    pub fn new(env: impl Fn(&str) -> Option<String> + Send + Sync + 'static, root: &Path) -> Self {
        Self {
            env: Arc::new(env),
            root: root.to_owned(),
            kept: BTreeSet::new(),
            had: Mutex::default(),
            made: Arc::default(),
            tidy: Mutex::default(),
        }
    }

    /// Keeps these variables of the environment from the programs that print secrets: a program that prints one
    /// password has no need of all the others.
    #[must_use]
    pub fn keeping(mut self, variables: BTreeSet<Arc<str>>) -> Self {
        self.kept = variables;
        self
    }

    /// The files that hold passwords which this resolver made, sorted.
    pub fn generated(&self) -> Vec<PathBuf> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner).clone();
        made.sort();
        made
    }

    async fn resolve(&self, reference: &SecretRef, subject: &str) -> Result<SecretString, Failure> {
        match reference {
            SecretRef::Env(name) => match (self.env)(name) {
                None => {
                    Err(Failure::new(format!("the environment variable {name} is not set, or not UTF-8"))
                        .hint(format!("set {name} for this command")))
                }
                Some(text) => checked(text, "the environment variable is empty"),
            },
            SecretRef::File(path) => {
                let path = self.root.join(path);
                let text = blocking(move || file::read(&path, file::Readers::Group)).await?;
                checked(text, "the file is empty")
            }
            SecretRef::Command(words) => {
                let text = command::run(words, &self.root, &self.kept, COMMAND_TIMEOUT).await?;
                checked(text, "the program printed nothing")
            }
            SecretRef::Generate { dir, keep } => {
                let lost =
                    !keep && (self.env)("CI").is_some_and(|ci| ci.eq_ignore_ascii_case("true") || ci == "1");
                let path = self.root.join(dir).join(generate::file_name(subject));
                let made = Arc::clone(&self.made);
                let folder = self.root.join(dir);
                let is_first =
                    self.tidy.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.clone());
                let text = blocking(move || {
                    if is_first {
                        generate::remove_left_drafts(&folder);
                    }
                    let (text, is_new) = generate::read_or_make(&path, lost)?;
                    if is_new {
                        made.lock().unwrap_or_else(PoisonError::into_inner).push(path);
                    }
                    Ok(text)
                })
                .await?;
                checked(text, "the file is empty")
            }
        }
    }
}

#[async_trait]
impl Secrets for SecretResolver {
    async fn reveal(&self, reference: &SecretRef, subject: &str) -> Result<SecretString, SecretError> {
        // Only a generated password differs from subject to subject.
        let of = matches!(reference, SecretRef::Generate { .. }).then(|| subject.to_ascii_lowercase());
        let cell = {
            let mut had = self.had.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(had.entry((reference.clone(), of)).or_default())
        };
        cell.get_or_try_init(|| self.resolve(reference, subject)).await.cloned().map_err(|failure| {
            SecretError {
                reference: reference.to_string(),
                subject: subject.to_owned(),
                reason: failure.reason,
                hint: failure.hint,
            }
        })
    }
}

/// The text without one line end, if anything is left.
fn checked(mut text: String, empty: &str) -> Result<SecretString, Failure> {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    if text.is_empty() {
        return Err(Failure::new(empty).hint("an empty secret is never meant"));
    }
    // No service takes one, some cut a password at it, and a process's memory or environment is full of them.
    if text.contains('\0') {
        return Err(
            Failure::new("it holds a NUL character, and so no secret").hint("look at where it comes from")
        );
    }
    Ok(text.into())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(Failure::new("reading it was broken off")))
}

#[cfg(test)]
mod tests;
