//! Secrets in files.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use super::{Failure, MAX_BYTES};

/// Who may read a file with a secret beside its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    /// Its group: a mounted secret is often shared by one.
    Group,
    /// Nobody: it was made for its owner alone.
    Nobody,
}

/// The text of a file. One that more may read is a warning, not an error: a mounted secret may be like that.
pub(super) fn read(path: &Path, readers: Readers) -> Result<String, Failure> {
    let fail = |what: &dyn std::fmt::Display| {
        Failure::new(format!("{} cannot be read: {what}", path.display()))
            .hint("a relative path starts at the folder of the file that names it")
    };
    let metadata = fs::metadata(path).map_err(|error| fail(&error))?;
    if metadata.is_dir() {
        return Err(fail(&"it is a folder"));
    }
    // Reading a pipe, a socket or a terminal may wait for ever.
    if !metadata.is_file() {
        return Err(fail(&"it is no ordinary file"));
    }
    match readers {
        _ if is_open_to(&metadata, 0o004) => {
            tracing::warn!(file = %path.display(), "a file with a secret can be read by everybody on this machine");
        }
        Readers::Nobody if is_open_to(&metadata, 0o040) => {
            tracing::warn!(file = %path.display(), "a file with a generated password can be read by its group");
        }
        Readers::Group | Readers::Nobody => {}
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| fail(&error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(fail(&"it is larger than 64 KiB, and so no secret"));
    }
    String::from_utf8(bytes).map_err(|_| fail(&"it is not UTF-8"))
}

#[cfg(unix)]
fn is_open_to(metadata: &fs::Metadata, mode: u32) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.is_file() && metadata.permissions().mode() & mode != 0
}

#[cfg(not(unix))]
fn is_open_to(_: &fs::Metadata, _: u32) -> bool {
    false
}
