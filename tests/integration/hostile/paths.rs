//! Paths that lead elsewhere, or to what is no file.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use mailwright::config::{self, SecretResolver};
use mailwright::model::SecretRef;
use mailwright::provider::Secrets as _;
use mailwright::providers;
use tempfile::TempDir;

use super::Tries;
use super::oracle::flaw_of_text;
use super::strings;
use crate::process::bench::Bench;
use crate::tally::{What, held};

fn fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().expect("mkfifo runs");
    assert!(made.success());
}

/// What is said of a folder as a configuration.
fn said(folder: &Path) -> (bool, String) {
    match config::load(folder, &providers::catalogue()) {
        Ok(loaded) => (true, loaded.warnings.iter().map(ToString::to_string).collect()),
        Err(problems) => (false, problems.to_string()),
    }
}

#[test]
fn a_folder_with_more_than_files_is_read_as_far_as_it_is_ours() {
    let outside = TempDir::new().expect("a folder");
    fs::write(outside.path().join("evil.yaml"), "version: 1\nnonsense: 1\n").expect("written");
    let base = TempDir::new().expect("a folder");
    let root = base.path();
    let file = |name: &str, text: &str| {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    };
    file("a.yaml", "version: 1\n");
    file("folder.yaml/b.yaml", "version: 1\n");
    file(".hidden/c.yaml", "nonsense: 1\n");
    file("not-read.txt", "nonsense: 1\n");
    fifo(&root.join("pipe.yaml"));
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket.yaml")).expect("bound");
    symlink("/dev/zero", root.join("zero.yaml")).expect("linked");
    symlink("/etc/passwd", root.join("passwd.yaml")).expect("linked");
    symlink("/proc/self/environ", root.join("environ.yaml")).expect("linked");
    symlink(outside.path(), root.join("outside")).expect("linked");
    symlink(outside.path().join("evil.yaml"), root.join("evil.yaml")).expect("linked");
    symlink("../../../../../../etc", root.join("up")).expect("linked");
    symlink(".", root.join("here")).expect("linked");
    symlink("..", root.join("folder.yaml/above")).expect("linked");
    symlink("loop.yaml", root.join("loop.yaml")).expect("linked");
    symlink("nowhere", root.join("dangling.yaml")).expect("linked");
    let (loads, warnings) = said(root);
    assert!(loads, "{warnings}");
    assert_eq!(flaw_of_text(&warnings), None);
    for name in [
        "pipe.yaml",
        "socket.yaml",
        "zero.yaml",
        "passwd.yaml",
        "environ.yaml",
        "outside",
        "evil.yaml",
        "up",
        "here",
        "above",
        "loop.yaml",
        "dangling.yaml",
    ] {
        assert!(warnings.contains(&format!("{name} is skipped")), "{name}: {warnings}");
    }
    let mut tried = 16;
    for (_, text) in strings::all() {
        let name: String = text.replace(['/', '\0'], "_").chars().take(60).collect();
        let folder = TempDir::new().expect("a folder");
        fs::write(folder.path().join(format!("{name}.yaml")), "version: 1\nnonsense: 1\n").expect("written");
        fs::write(folder.path().join(format!("{name}2.yaml")), [0xff]).expect("written");
        symlink("nowhere", folder.path().join(format!("{name}3.yaml"))).expect("linked");
        let (loads, problems) = said(folder.path());
        assert!(!loads);
        assert_eq!(flaw_of_text(&problems), None, "{name:?}");
        tried += 3;
    }
    held(What::HostileInputs, "hostile-paths", tried);
}

#[test]
fn folders_without_end_are_refused_by_their_limit() {
    let base = TempDir::new().expect("a folder");
    let mut deep = base.path().to_owned();
    for _ in 0..40 {
        deep.push("d");
    }
    fs::create_dir_all(&deep).expect("made");
    let (loads, problems) = said(base.path());
    assert!(!loads && problems.contains("(limit: folders)"), "{problems}");
    let many = TempDir::new().expect("a folder");
    for number in 0..10_050 {
        fs::write(many.path().join(format!("{number}.yaml")), "").expect("written");
    }
    let (loads, problems) = said(many.path());
    assert!(!loads && problems.matches("(limit: files)").count() == 1, "{problems}");
    let links = TempDir::new().expect("a folder");
    for number in 0..2_000 {
        symlink("nowhere", links.path().join(format!("{number}.yaml"))).expect("linked");
    }
    let (loads, problems) = said(links.path());
    assert!(
        !loads && problems.matches(" is skipped").count() <= config::limits::MAX_PROBLEMS,
        "too many warnings"
    );
    held(What::HostileInputs, "hostile-folders", 3);
}

#[test]
fn files_that_are_too_large_together_are_not_read_on() {
    let base = TempDir::new().expect("a folder");
    for number in 0..12 {
        // Empty, but for their size: nothing is on the disk.
        let file = fs::File::create(base.path().join(format!("{number:02}.yaml"))).expect("made");
        file.set_len(config::limits::MAX_FILE_BYTES - 1).expect("a size");
    }
    let (loads, problems) = said(base.path());
    assert!(!loads);
    assert_eq!(problems.matches("(limit: total size)").count(), 1, "{problems}");
    let one = TempDir::new().expect("a folder");
    let file = fs::File::create(one.path().join("a.yaml")).expect("made");
    file.set_len(config::limits::MAX_FILE_BYTES * 16).expect("a size");
    let (loads, problems) = said(one.path());
    assert!(!loads && problems.contains("(limit: file size)"), "{problems}");
    held(What::HostileInputs, "hostile-file-sizes", 2);
}

#[tokio::test]
async fn a_secret_comes_from_an_ordinary_file_alone() {
    let base = TempDir::new().expect("a folder");
    let root = base.path().join("mail");
    fs::create_dir(&root).expect("made");
    fs::write(base.path().join("beside"), "s3cr3t\n").expect("written");
    fs::write(root.join("binary"), "a\0b").expect("written");
    fs::write(root.join("large"), vec![b'x'; 70_000]).expect("written");
    fifo(&root.join("pipe"));
    symlink("pipe", root.join("link-to-pipe")).expect("linked");
    symlink("../beside", root.join("link-out")).expect("linked");
    symlink("loop", root.join("loop")).expect("linked");
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).expect("bound");
    let resolver = SecretResolver::new(|_| None, &root);
    let reveal = |path: &str| {
        let (resolver, reference) = (&resolver, SecretRef::File(PathBuf::from(path)));
        async move { resolver.reveal(&reference, "box").await.map(|_| ()).map_err(|error| error.to_string()) }
    };
    // Whoever writes the configuration names its files: also one beside it.
    assert_eq!(reveal("../beside").await, Ok(()));
    assert_eq!(reveal("link-out").await, Ok(()));
    let refused = [
        ("pipe", "no ordinary file"),
        ("link-to-pipe", "no ordinary file"),
        ("socket", "no ordinary file"),
        ("/dev/zero", "no ordinary file"),
        ("/dev/tty", "cannot be read"),
        ("/dev/stdin", ""),
        (".", "it is a folder"),
        ("loop", "cannot be read"),
        ("large", "64 KiB"),
        ("binary", "NUL"),
        ("/proc/self/environ", "NUL"),
        ("a\0b", "cannot be read"),
    ];
    for (path, why) in refused {
        let error = reveal(path).await.expect_err(path);
        assert!(error.contains(why), "{path}: {error}");
    }
    held(What::HostileInputs, "hostile-secret-files", refused.len() + 2);
}

#[tokio::test]
async fn a_generated_password_stays_in_its_folder() {
    let base = TempDir::new().expect("a folder");
    let elsewhere = TempDir::new().expect("a folder");
    let dir = base.path().join("passwords");
    let resolver = Arc::new(SecretResolver::new(|_| None, base.path()));
    let reference = SecretRef::Generate { dir: PathBuf::from("passwords"), keep: true };
    let mut subjects: Vec<String> = strings::all().into_iter().map(|(_, text)| text).collect();
    for subject in [
        "../x",
        "../../etc/x@example.com",
        "/etc/x@example.com",
        "a/../../etc@x",
        ".",
        "..",
        "a\0b",
        "~/x",
        "-rf",
        "con",
        "a\\..\\b",
    ] {
        subjects.push(subject.to_owned());
    }
    let count = subjects.len();
    for subject in &subjects {
        resolver.reveal(&reference, subject).await.unwrap_or_else(|error| panic!("{subject:?}: {error}"));
    }
    let all: Vec<_> = fs::read_dir(&dir).expect("listed").map(|entry| entry.expect("an entry")).collect();
    let mut apart: Vec<String> = subjects.iter().map(|subject| subject.to_ascii_lowercase()).collect();
    apart.sort();
    apart.dedup();
    assert_eq!(all.len(), apart.len(), "a file for each");
    for entry in &all {
        assert!(entry.file_type().expect("a type").is_file());
        let name = entry.file_name().into_string().expect("plain");
        assert!(name.bytes().all(|byte| byte.is_ascii_graphic()), "{name}");
        assert_eq!(entry.metadata().expect("there").permissions().mode() & 0o777, 0o600, "{name}");
    }
    assert_eq!(fs::read_dir(base.path()).expect("listed").count(), 1, "nothing beside the folder");
    // A link in the place of a file is never written through.
    symlink(elsewhere.path().join("new"), dir.join("victim@example.com")).expect("linked");
    let fresh = SecretResolver::new(|_| None, base.path());
    assert!(fresh.reveal(&reference, "victim@example.com").await.is_err(), "a link that leads nowhere");
    assert_eq!(fs::read_dir(elsewhere.path()).expect("listed").count(), 0);
    fifo(&dir.join("pipe@example.com"));
    assert!(fresh.reveal(&reference, "pipe@example.com").await.is_err(), "a pipe");
    held(What::HostileInputs, "hostile-generated-files", count + 2);
}

const WISH: &str = "version: 1
providers:
  files: {type: postfixadmin, database: \"sqlite:DATABASE\", create: true}
domains:
  example.com: {provider: files, manage: true}
mailboxes:
  jane@example.com: {}
";

#[tokio::test]
async fn what_the_program_writes_stays_where_it_was_told() {
    let bench = Bench::empty();
    bench.write("mail/mailwright.yaml", &WISH.replace("DATABASE", "mail.sqlite"));
    bench.write("precious", "as it was");
    let victim = bench.path("precious");
    symlink(&victim, bench.path("plan.json")).expect("linked");
    symlink(&victim, bench.path("report.md")).expect("linked");
    symlink(bench.path("new"), bench.path("export.yaml")).expect("linked");
    let ran = bench.run(["plan", "mail", "--out", "plan.json", "--report", "report.md"]).await;
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(bench.read("precious"), "as it was", "a link is replaced, not written through");
    assert!(
        bench.read("plan.json").contains("\"changes\"")
            && bench.read("report.md").contains("mailwright:plan")
    );
    assert_eq!(bench.run(["apply", "mail", "--yes"]).await.code, Some(0));
    let ran = bench.run(["export", "mail", "--out", "export.yaml"]).await;
    assert_eq!(ran.code, Some(1), "a link is there already: {ran}");
    assert!(!bench.path("new").exists());
    let mut tries = Tries { count: 4, ..Tries::default() };
    // A database that is none is an error, and is left as it is.
    for (database, make) in [
        ("/dev/null", None),
        ("/dev/zero", None),
        (".", None),
        ("mailwright.yaml", None),
        ("pipe", Some("pipe")),
    ] {
        if let Some(name) = make {
            fifo(&bench.path(&format!("mail/{name}")));
        }
        let text = WISH.replace("DATABASE", database);
        bench.write("mail/mailwright.yaml", &text);
        let ran = bench.run(["plan", "mail"]).await;
        assert_eq!(flaw_of_text(&ran.err), None);
        tries.that(ran.code == Some(1), || format!("{database}: {ran}"));
        tries.that(bench.read("mail/mailwright.yaml") == text, || format!("{database} was written to"));
    }
    tries.end("hostile-program-paths");
}
