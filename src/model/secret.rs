//! References to secrets. A secret itself is never part of the model.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Says where a secret is found. Relative paths start from the configuration's root, so that a reference means the
/// same on every machine that has the configuration.
/// Resolving it is the business of [`crate::provider::Secrets`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretRef {
    /// An environment variable.
    Env(Arc<str>),
    /// A file whose content, less one trailing newline, is the secret.
    File(PathBuf),
    /// A program and its arguments, run without a shell; its standard output, less one trailing newline.
    Command(Vec<String>),
    /// A strong password in a file per address, made once and never overwritten.
    Generate {
        /// The folder that holds the files.
        dir: PathBuf,
        /// Allows generating under `CI=true`, where the file would else be lost with the job.
        keep: bool,
    },
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "{{env: {name}}}"),
            Self::File(path) => write!(f, "{{file: {}}}", path.display()),
            Self::Command(words) => {
                write!(f, "{{command: [{}, …]}}", words.first().map_or("", String::as_str))
            }
            Self::Generate { dir, .. } => write!(f, "{{generate: {{dir: {}}}}}", dir.display()),
        }
    }
}
