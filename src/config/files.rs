//! Finds and reads the files of a configuration. The only part of `config` that does I/O while loading.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::diagnostic::{Diagnostic, Problems};
use super::limits::{MAX_FILE_BYTES, MAX_FILES, MAX_FOLDER_DEPTH, MAX_PROBLEMS, MAX_TOTAL_BYTES};
use super::report::shown;
use crate::model::Severity;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The folder that names are relative to.
    pub(super) root: PathBuf,
    /// Each file's name and content, in name order.
    pub(super) files: Vec<(String, Vec<u8>)>,
    /// What was skipped, with the reason.
    pub(super) warnings: Vec<Diagnostic>,
}

/// Reads the file, or all `*.yaml` and `*.yml` files of the folder.
pub(super) fn find(path: &Path) -> Result<Found, Problems> {
    let mut walk = Walk {
        found: Found::default(),
        errors: Vec::new(),
        bytes: 0,
        canonical: PathBuf::new(),
        reached: BTreeSet::new(),
    };
    match fs::metadata(path) {
        Err(error) => {
            walk.error(
                "unreadable",
                format!("{} cannot be read: {error}", at(path)),
                Some("name a file or a folder with `*.yaml` files; `mailwright init` makes a first one"),
            );
        }
        Ok(metadata) if metadata.is_dir() => {
            path.clone_into(&mut walk.found.root);
            walk.canonical = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
            walk.folder(path, "", 0);
            walk.found.files.sort();
            if walk.found.files.is_empty() && walk.errors.is_empty() {
                walk.error(
                    "no-files",
                    format!("{} holds no `*.yaml` or `*.yml` file", at(path)),
                    Some("name another folder, or let `mailwright init` write a first configuration"),
                );
            }
        }
        Ok(_) => {
            walk.found.root = path.parent().map_or_else(PathBuf::new, Path::to_owned);
            let name = path
                .file_name()
                .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
            walk.file(path, name);
        }
    }
    if walk.errors.is_empty() {
        return Ok(walk.found);
    }
    walk.errors.extend(walk.found.warnings);
    Err(Problems { diagnostics: walk.errors })
}

struct Walk {
    found: Found,
    errors: Vec<Diagnostic>,
    bytes: u64,
    canonical: PathBuf,
    /// What links led to.
    reached: BTreeSet<PathBuf>,
}

impl Walk {
    fn folder(&mut self, folder: &Path, name: &str, depth: usize) {
        if depth > MAX_FOLDER_DEPTH {
            let message =
                format!("folders lie more than {MAX_FOLDER_DEPTH} deep in one another (limit: folders)");
            return self.error("limit", format!("{}: {message}", at(folder)), None);
        }
        let mut entries = match fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
            Ok(entries) => entries,
            Err(error) => {
                return self.error("unreadable", format!("{} cannot be read: {error}", at(folder)), None);
            }
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let file_name = entry.file_name();
            let Some(plain) = file_name.to_str() else {
                if is_yaml(&file_name.to_string_lossy()) {
                    self.skip(&entry.path(), "its name is not UTF-8");
                }
                continue;
            };
            if plain.starts_with('.') {
                continue;
            }
            let path = entry.path();
            let name = if name.is_empty() { plain.to_owned() } else { format!("{name}/{plain}") };
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            let metadata = match fs::metadata(&path) {
                Ok(metadata) => metadata,
                Err(error) if is_yaml(plain) => {
                    if is_link {
                        self.skip(&path, &format!("it is a link that leads nowhere: {error}"));
                    } else {
                        self.error("unreadable", format!("{} cannot be read: {error}", at(&path)), None);
                    }
                    continue;
                }
                Err(_) => continue,
            };
            let wanted = metadata.is_dir() || is_yaml(plain);
            if is_link && wanted && !self.follows(&path) {
                continue;
            }
            if metadata.is_dir() {
                self.folder(&path, &name, depth + 1);
            } else if is_yaml(plain) {
                if metadata.is_file() {
                    self.file(&path, name);
                } else {
                    self.skip(&path, "it is no ordinary file");
                }
            }
        }
    }

    /// True for a link whose target lies in the folder and is not read under its own name. A mounted secret or
    /// config map is such a link, to a file in a folder with a dot.
    fn follows(&mut self, path: &Path) -> bool {
        let Ok(target) = fs::canonicalize(path) else {
            return false;
        };
        let Ok(inside) = target.strip_prefix(&self.canonical) else {
            self.skip(path, "it is a link that leaves the folder");
            return false;
        };
        let hidden = inside.components().any(|part| part.as_os_str().to_string_lossy().starts_with('.'));
        let own_name = target.is_dir() || is_yaml(&target.to_string_lossy());
        if (own_name && !hidden) || !self.reached.insert(target) {
            self.skip(path, "it is a link to what is read already");
            return false;
        }
        true
    }

    fn file(&mut self, path: &Path, name: String) {
        // What comes after a limit is not read in vain.
        if self.bytes > MAX_TOTAL_BYTES {
            return;
        }
        if self.found.files.len() >= MAX_FILES {
            if self.found.files.len() == MAX_FILES && !self.errors.iter().any(|error| error.code == "limit") {
                self.error(
                    "limit",
                    format!("the configuration has more than {MAX_FILES} files (limit: files)"),
                    None,
                );
            }
            return;
        }
        let mut content = Vec::new();
        let read = fs::File::open(path).and_then(|file| {
            let length = file.metadata().map_or(0, |about| about.len().min(MAX_FILE_BYTES));
            content.reserve_exact(usize::try_from(length).unwrap_or_default() + 1);
            file.take(MAX_FILE_BYTES + 1).read_to_end(&mut content)
        });
        if let Err(error) = read {
            return self.error("unreadable", format!("{} cannot be read: {error}", at(path)), None);
        }
        self.bytes += content.len() as u64;
        if content.len() as u64 > MAX_FILE_BYTES {
            let message =
                format!("{} is larger than {} MiB (limit: file size)", at(path), MAX_FILE_BYTES >> 20);
            return self.error("limit", message, Some("split it into several files of one folder"));
        }
        if self.bytes > MAX_TOTAL_BYTES {
            let message = format!(
                "the files are larger than {} MiB together (limit: total size)",
                MAX_TOTAL_BYTES >> 20
            );
            return self.error("limit", message, Some("split the configuration into several"));
        }
        self.found.files.push((name, content));
    }

    fn skip(&mut self, path: &Path, reason: &str) {
        if self.found.warnings.len() >= MAX_PROBLEMS {
            return;
        }
        self.found.warnings.push(Diagnostic {
            severity: Severity::Warning,
            code: "skipped-file",
            message: format!("{} is skipped: {reason}", at(path)),
            at: None,
            related: Vec::new(),
            help: None,
        });
    }

    fn error(&mut self, code: &'static str, message: String, help: Option<&str>) {
        if self.errors.len() >= MAX_PROBLEMS {
            return;
        }
        self.errors.push(Diagnostic {
            severity: Severity::Error,
            code,
            message,
            at: None,
            related: Vec::new(),
            help: help.map(str::to_owned),
        });
    }
}

/// A path in a message.
fn at(path: &Path) -> String {
    shown(&path.to_string_lossy())
}

fn is_yaml(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == "yaml" || ending == "yml")
}
