//! Passwords that are made once and kept in a file each.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use rand::TryRng as _;
use rand::rngs::SysRng;
use sha2::{Digest as _, Sha256};

use super::file::Readers;
use super::{Failure, file};

/// Characters of a password: 62^32 are more than 2^190.
const LENGTH: usize = 32;
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Bytes of a file name before it is cut; file systems take 255.
const MAX_NAME: usize = 180;

/// The name of a subject's file: the subject in lower case, with whatever could lead out of the folder, hide the file
/// or mean something to a shell written as `%XX`.
pub(super) fn file_name(subject: &str) -> String {
    let mut name = String::with_capacity(subject.len());
    for (index, byte) in subject.to_ascii_lowercase().bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric()
            || matches!(byte, b'@' | b'_' | b'-' | b'+')
            || (byte == b'.' && index > 0);
        if plain && !(index == 0 && byte == b'-') {
            name.push(char::from(byte));
        } else {
            escape(byte, &mut name);
        }
    }
    if name.is_empty() {
        return "%".to_owned();
    }
    if name.len() > MAX_NAME {
        let digest = Sha256::digest(name.as_bytes());
        name.truncate(MAX_NAME);
        name.push('%');
        for byte in digest.iter().take(16) {
            escape(*byte, &mut name);
        }
    }
    name
}

/// Appends `%XX`.
fn escape(byte: u8, name: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    name.push('%');
    name.push(char::from(DIGITS[usize::from(byte >> 4)]));
    name.push(char::from(DIGITS[usize::from(byte & 15)]));
}

/// The password in a file, and whether it was made just now. `lost` says that a file made now would be lost.
pub(super) fn read_or_make(path: &Path, lost: bool) -> Result<(String, bool), Failure> {
    if fs::symlink_metadata(path).is_ok() {
        return file::read(path, Readers::Nobody).map(|text| (text, false)).map_err(|failure| {
            failure.hint(format!("{} is kept from an earlier run; look at it by hand", path.display()))
        });
    }
    if lost {
        return Err(
            Failure::new("a password generated in this CI job would be lost with the job (CI=true)").hint(
                "generate it on a machine of yours, or write `keep: true` where the job keeps the folder safely",
            ),
        );
    }
    let fail = |error: &dyn std::fmt::Display| {
        Failure::new(format!("{} cannot be written: {error}", path.display()))
            .hint("a generated password needs a folder that this user may write")
    };
    let folder = path.parent().ok_or_else(|| fail(&"it has no folder"))?;
    make_folder(folder).map_err(|error| fail(&error))?;
    let password = password().map_err(|error| fail(&error))?;
    match write_new(folder, path, &password) {
        Ok(()) => Ok((password, true)),
        // Somebody else was quicker: theirs is the password.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            file::read(path, Readers::Nobody).map(|text| (text, false))
        }
        Err(error) => Err(fail(&error)),
    }
}

/// Letters of both cases and digits, from the operating system's randomness.
fn password() -> Result<String, rand::rngs::SysError> {
    loop {
        let mut password = String::with_capacity(LENGTH);
        while password.len() < LENGTH {
            let mut bytes = [0_u8; 64];
            SysRng.try_fill_bytes(&mut bytes)?;
            // Bytes from 248 on are left out: with them some characters would be likelier than others.
            let fair = bytes.iter().filter(|byte| **byte < 248).take(LENGTH - password.len());
            password.extend(fair.map(|byte| char::from(ALPHABET[usize::from(byte % 62)])));
        }
        let has = |test: fn(&u8) -> bool| password.as_bytes().iter().any(test);
        if has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit) {
            return Ok(password);
        }
    }
}

/// How the name of a file begins that is not yet a password's.
const DRAFT: &str = ".new-";

/// Removes the drafts that runs which were killed left in a folder. A run that is alive holds the lock of its own.
pub(super) fn remove_left_drafts(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_draft = entry.file_name().to_str().is_some_and(|name| {
            name.strip_prefix(DRAFT)
                .is_some_and(|number| number.len() == 16 && number.bytes().all(|b| b.is_ascii_hexdigit()))
        }) && entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_draft && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            // What cannot be removed does no harm but to be there.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Writes a file that was not there, whole or not at all: a crash leaves no empty password behind.
fn write_new(folder: &Path, path: &Path, password: &str) -> io::Result<()> {
    let mut number = [0_u8; 8];
    SysRng.try_fill_bytes(&mut number).map_err(io::Error::other)?;
    let draft = folder.join(format!("{DRAFT}{:016x}", u64::from_le_bytes(number)));
    // Open, and so locked, until the draft is gone.
    let mut open = None;
    let written = create(&draft).and_then(|file| {
        let file = open.insert(file);
        // Where a file system has no locks, nobody can tell a draft that is left behind, and nobody removes it.
        let _ = file.try_lock();
        file.write_all(password.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    });
    // A link fails where the name is taken; a rename would overwrite. Where a file system has no links, the file is
    // written in its place: a crash may then leave it empty, which the next run refuses to take for a password.
    let linked = written.and_then(|()| match fs::hard_link(&draft, path) {
        // Another run tidied up before it was locked.
        Err(error) if error.kind() == io::ErrorKind::NotFound => write_new(folder, path, password),
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            create(path).and_then(|mut file| writeln!(file, "{password}").and_then(|()| file.sync_all()))
        }
        other => other,
    });
    let removed = fs::remove_file(&draft);
    linked?;
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // The folder's entry is what makes the file be there after a power cut.
    File::open(folder)?.sync_all()
}

#[cfg(unix)]
fn create(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    if let Ok(metadata) = fs::metadata(folder) {
        if metadata.permissions().mode() & 0o077 != 0 {
            tracing::warn!(folder = %folder.display(), "others can look into the folder of generated passwords");
        }
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_stay_in_their_folder_and_apart() {
        assert_eq!(file_name("Jane.Doe+x@Example.com"), "jane.doe+x@example.com");
        let mut names = Vec::new();
        for hostile in [
            "../../etc/passwd",
            "..",
            ".",
            ".hidden",
            "a/b",
            "a\\b",
            "a\0b",
            "",
            "-rf",
            "a%2fb",
            "a b",
            &"x".repeat(500),
            &"x".repeat(501),
        ] {
            let name = file_name(hostile);
            assert!(!name.contains(['/', '\\', '\0', ' ']) && !name.starts_with(['.', '-']), "{name}");
            assert!(!name.is_empty() && name.len() < 255, "{name}");
            names.push(name);
        }
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all, "two subjects never share a file");
    }

    #[test]
    fn a_draft_that_a_kill_left_is_removed_and_one_under_way_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        for name in [".new-0123456789abcdef", ".new-fedcba9876543210", ".new-keep", "ann@example.com"] {
            fs::write(path(name), "kept").expect("written");
        }
        let under_way = File::open(path(".new-fedcba9876543210")).expect("open");
        under_way.try_lock().expect("free");
        remove_left_drafts(folder.path());
        let left = |name: &str| path(name).exists();
        assert!(!left(".new-0123456789abcdef"));
        assert!(left(".new-fedcba9876543210") && left(".new-keep") && left("ann@example.com"));
        drop(under_way);
        remove_left_drafts(folder.path());
        assert!(!left(".new-fedcba9876543210"));
        let (made, is_new) =
            read_or_make(&path("bob@example.com"), false).map_err(|f| f.reason).expect("made");
        assert!(is_new && made.trim_end().len() == LENGTH);
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 3, "no draft is left");
    }

    #[test]
    fn passwords_are_long_mixed_and_never_the_same() {
        let one = password().expect("randomness");
        assert_eq!(one.len(), LENGTH);
        assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert!(one.bytes().any(|byte| byte.is_ascii_digit()));
        assert_ne!(one, password().expect("randomness"));
    }
}
