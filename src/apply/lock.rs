//! Keeps two applies of one configuration apart.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{hex, private};

/// The right to apply a configuration, held until it is dropped or its process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

/// Why the lock is not had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run applies this configuration.
    #[error("another run applies this configuration{}", holder(.pid.as_ref(), .host.as_ref(), .since.as_ref()))]
    Held {
        /// Its process, where it says so.
        pid: Option<u32>,
        /// The machine that it runs on, where it says so.
        host: Option<String>,
        /// Since when, where it says so.
        since: Option<Timestamp>,
    },
    /// The lock's file cannot be used.
    #[error("the lock {path} cannot be taken: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

fn holder(pid: Option<&u32>, host: Option<&String>, since: Option<&Timestamp>) -> String {
    let words = [
        pid.map(|pid| format!(", process {pid}")),
        host.map(|host| format!(" on {host}")),
        since.map(|since| format!(", since {since:.0}")),
    ];
    words.into_iter().flatten().collect()
}

/// What the holder writes about itself, for people.
#[derive(Debug, Serialize, Deserialize)]
struct Holder {
    pid: u32,
    host: Option<String>,
    since: Timestamp,
}

impl Lock {
    /// Takes the lock of the configuration at `root`, with its file in `state_dir`. Does not wait.
    ///
    /// The lock is the system's own on an open file (`flock` on Unix), so a crash releases it and a file left
    /// behind means nothing. The file is not removed: another run may be about to lock it.
    pub fn acquire(state_dir: &Path, root: &Path) -> Result<Self, LockError> {
        Self::acquire_at(state_dir, root, Timestamp::now)
    }

    /// As [`Lock::acquire`], with a clock of the caller's.
    pub fn acquire_at(state_dir: &Path, root: &Path, clock: fn() -> Timestamp) -> Result<Self, LockError> {
        // Two ways to write one folder are one configuration.
        let root = root.canonicalize().map_err(|source| LockError::Io { path: root.to_owned(), source })?;
        let digest = hex(&Sha256::digest(root.as_os_str().as_encoded_bytes()));
        let path = state_dir.join(format!("apply-{}.lock", digest.get(..16).unwrap_or(&digest)));
        let failed = |source| LockError::Io { path: path.clone(), source };
        private::make_folder(state_dir).map_err(failed)?;
        plain_or_absent(&path).map_err(failed)?;
        let mut file = private::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(&mut file)),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let holder = Holder { pid: std::process::id(), host: host(), since: clock() };
        let bytes = serde_json::to_vec(&holder).map_err(|error| failed(error.into()))?;
        file.set_len(0).and_then(|()| file.write_all(&bytes)).map_err(failed)?;
        Ok(Self { file, path })
    }

    /// The lock's file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What is in the file only informs people; that the lock goes is the system's doing, with the handle.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

/// Refuses what is no file of its own: the holder's words would overwrite what a link leads to, and a pipe would be
/// waited for.
fn plain_or_absent(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => Err(io::Error::other("it is a symbolic link")),
        Ok(metadata) if metadata.is_dir() => Err(io::Error::other("it is a folder")),
        Ok(metadata) if !metadata.is_file() => Err(io::Error::other("it is not a regular file")),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// The most bytes that are read of what a holder says about itself.
const LONGEST_HOLDER: u64 = 4096;

fn held(file: &mut File) -> LockError {
    let mut text = String::new();
    // The holder may be between locking and writing; then there is nothing to tell of it.
    let holder = file
        .rewind()
        .and_then(|()| file.take(LONGEST_HOLDER).read_to_string(&mut text))
        .ok()
        .and_then(|_| serde_json::from_str::<Holder>(&text).ok());
    let (pid, host, since) = match holder {
        Some(holder) => (Some(holder.pid), holder.host.filter(|host| is_name(host)), Some(holder.since)),
        None => (None, None, None),
    };
    LockError::Held { pid, host, since }
}

/// Whether a machine can be called so; anybody who may write the file could have put anything there.
fn is_name(host: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=253).contains(&host.len()) && host.chars().all(plain)
}

/// The machine's name, where the system keeps it in a file.
fn host() -> Option<String> {
    ["/proc/sys/kernel/hostname", "/etc/hostname"]
        .iter()
        .find_map(|path| std::fs::read_to_string(path).ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2026-01-31T12:00:00Z".parse().expect("a time")
    }

    #[test]
    fn one_configuration_is_applied_by_one_run_at_a_time() {
        let (state, root) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let held = Lock::acquire_at(state.path(), root.path(), noon).expect("free");
        // Another handle is what another process has; another spelling of the folder is the same folder.
        let again = Lock::acquire(state.path(), &root.path().join(".")).expect_err("held");
        match &again {
            LockError::Held { pid, since, .. } => {
                assert_eq!(*pid, Some(std::process::id()));
                assert_eq!(*since, Some(noon()));
            }
            LockError::Io { .. } => panic!("{again}"),
        }
        assert!(again.to_string().contains(", since 2026-01-31T12:00:00Z"), "{again}");

        let other = tempfile::tempdir().expect("a folder");
        Lock::acquire(state.path(), other.path()).expect("another configuration");
        drop(held);
        Lock::acquire(state.path(), root.path()).expect("free again");
    }

    #[test]
    fn a_file_left_behind_locks_nothing_and_tells_nothing() {
        let (state, root) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let path = Lock::acquire(state.path(), root.path()).expect("free").path().to_owned();
        std::fs::write(&path, r#"{"pid":1,"host":"gone","since":"2020-01-01T00:00:00Z"}"#).expect("written");
        let held = Lock::acquire_at(state.path(), root.path(), noon).expect("a file alone is no lock");
        let text = std::fs::read_to_string(held.path()).expect("readable");
        assert!(text.contains("2026-01-31") && !text.contains("2020"), "{text}");

        // The holder that has not yet written who it is still holds.
        std::fs::write(&path, "").expect("written");
        let error = Lock::acquire(state.path(), root.path()).expect_err("held");
        assert_eq!(error.to_string(), "another run applies this configuration");
    }

    #[test]
    fn what_a_holder_says_is_bounded_and_no_more_than_names_and_numbers() {
        let (state, root) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let held = Lock::acquire_at(state.path(), root.path(), noon).expect("free");
        let long = format!(r#"{{"pid":1,"host":"{}","since":"2020-01-01T00:00:00Z"}}"#, "h".repeat(300));
        let huge = format!("{}{long}", " ".repeat(1 << 20));
        for (content, told) in [
            (
                r#"{"pid":7,"host":"a-b.example","since":"2020-01-01T00:00:00Z"}"#,
                ", process 7 on a-b.example, since 2020-01-01T00:00:00Z",
            ),
            (
                r#"{"pid":7,"host":"\u001b[2Jgone\nall done","since":"2020-01-01T00:00:00Z"}"#,
                ", process 7, since 2020-01-01T00:00:00Z",
            ),
            (
                r#"{"pid":7,"host":"","since":"2020-01-01T00:00:00Z"}"#,
                ", process 7, since 2020-01-01T00:00:00Z",
            ),
            (&long, ", process 1, since 2020-01-01T00:00:00Z"),
            (&huge, ""),
            (r#"{"pid":7,"host":"a","sin"#, ""),
            (r#"{"pid":-7,"host":"a","since":"2020-01-01T00:00:00Z"}"#, ""),
            (r#"{"pid":7,"host":"a","since":"yesterday"}"#, ""),
            ("\u{0}\u{1b}]0;title\u{7}", ""),
        ] {
            std::fs::write(held.path(), content).expect("written");
            let error = Lock::acquire(state.path(), root.path()).expect_err("held");
            assert_eq!(error.to_string(), format!("another run applies this configuration{told}"));
        }
        std::fs::write(held.path(), [0xff, 0xfe, 0x00]).expect("written");
        let error = Lock::acquire(state.path(), root.path()).expect_err("held");
        assert_eq!(error.to_string(), "another run applies this configuration");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_or_a_folder_in_the_place_of_the_lock_is_refused_and_left_alone() {
        let (state, root) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let path = Lock::acquire(state.path(), root.path()).expect("free").path().to_owned();
        let precious = root.path().join("precious");
        std::fs::write(&precious, "kept").expect("written");
        std::fs::remove_file(&path).expect("removed");
        for target in [precious.as_path(), &root.path().join("nothing-there")] {
            std::os::unix::fs::symlink(target, &path).expect("a link");
            let error = Lock::acquire(state.path(), root.path()).expect_err("a link");
            assert!(matches!(error, LockError::Io { .. }), "{error}");
            assert!(error.to_string().ends_with(".lock cannot be taken: it is a symbolic link"), "{error}");
            std::fs::remove_file(&path).expect("removed");
        }
        assert_eq!(std::fs::read_to_string(&precious).expect("readable"), "kept");
        assert!(!root.path().join("nothing-there").exists());
        std::fs::create_dir(&path).expect("a folder");
        let error = Lock::acquire(state.path(), root.path()).expect_err("a folder");
        assert!(error.to_string().ends_with("cannot be taken: it is a folder"), "{error}");
    }

    #[test]
    fn what_cannot_be_locked_is_named() {
        let state = tempfile::tempdir().expect("a folder");
        let error = Lock::acquire(state.path(), Path::new("/nowhere/at/all")).expect_err("not there");
        assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
    }
}
