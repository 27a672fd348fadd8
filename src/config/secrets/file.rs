//! Secrets in files.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use super::{Failure, MAX_BYTES};

/// The text of a file. One that everybody may read is a warning, not an error: a mounted secret may be like that.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let fail = |what: &dyn std::fmt::Display| {
        Failure::new(format!("{} cannot be read: {what}", path.display()))
            .hint("a relative path starts at the folder of the file that names it")
    };
    let metadata = fs::metadata(path).map_err(|error| fail(&error))?;
    if metadata.is_dir() {
        return Err(fail(&"it is a folder"));
    }
    if is_open_to_all(&metadata) {
        tracing::warn!(file = %path.display(), "a file with a secret can be read by everybody on this machine");
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
fn is_open_to_all(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.is_file() && metadata.permissions().mode() & 0o004 != 0
}

#[cfg(not(unix))]
fn is_open_to_all(_: &fs::Metadata) -> bool {
    false
}
