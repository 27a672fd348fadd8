//! Files that commands write and read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::error::CliError;

/// Writes a file as a whole: a reader sees the old content or the new one, never a part.
pub(super) fn replace(path: &Path, content: &str) -> Result<(), CliError> {
    let failed = |source| file_error("write", path, source);
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let name = path.file_name().ok_or_else(|| failed(io::Error::other("it has no file name")))?;
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}.new", std::process::id()));
    let beside = folder.join(beside);
    let written = File::create(&beside)
        .and_then(|mut file| {
            file.write_all(content.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // The first error counts, not that tidying up failed too.
        let _ = fs::remove_file(&beside);
    }
    written.map_err(failed)
}

/// What became of a file that was to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// It is there now.
    New,
    /// It was there and is as it was.
    Kept,
}

/// Makes a file, unless there is one.
pub(super) fn make(path: &Path, content: &str) -> Result<Made, CliError> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file
            .write_all(content.as_bytes())
            .map(|()| Made::New)
            .map_err(|source| file_error("write", path, source)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Made::Kept),
        Err(error) => Err(file_error("make", path, error)),
    }
}

/// Makes a folder and those above it.
pub(super) fn make_folder(path: &Path) -> Result<(), CliError> {
    fs::create_dir_all(path).map_err(|source| file_error("make", path, source))
}

/// Reads a file as text.
pub(super) fn read(path: &Path) -> Result<String, CliError> {
    fs::read_to_string(path).map_err(|source| file_error("read", path, source))
}

/// Reads a file; none where it is longer than `most` bytes.
pub(super) fn read_at_most(path: &Path, most: u64) -> Result<Option<Vec<u8>>, CliError> {
    let mut bytes = Vec::new();
    // One more than may be: a pipe does not tell how long it is.
    let read = File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
    let read = read.map_err(|source| file_error("read", path, source))?;
    Ok((read as u64 <= most).then_some(bytes))
}

fn file_error(doing: &'static str, path: &Path, source: io::Error) -> CliError {
    CliError::File { doing, path: PathBuf::from(path), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_made_only_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("plan.json");
        replace(&path, "one").expect("written");
        replace(&path, "two").expect("written again");
        assert_eq!(read(&path).expect("read"), "two");
        assert_eq!(make(&path, "three").expect("looked at"), Made::Kept);
        assert_eq!(read(&path).expect("read"), "two");
        let left: Vec<_> = fs::read_dir(folder.path()).expect("listed").collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }
}
