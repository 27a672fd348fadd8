use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use secrecy::ExposeSecret as _;

use super::*;

fn empty() -> SecretResolver {
    SecretResolver::new(|_| None, Path::new(""))
}

async fn text(resolver: &SecretResolver, reference: &SecretRef, subject: &str) -> String {
    resolver
        .reveal(reference, subject)
        .await
        .unwrap_or_else(|error| panic!("{error}"))
        .expose_secret()
        .to_owned()
}

async fn error(resolver: &SecretResolver, reference: &SecretRef) -> SecretError {
    resolver.reveal(reference, "box").await.expect_err("an error")
}

fn shell(script: &str) -> SecretRef {
    SecretRef::Command(vec!["/bin/sh".into(), "-c".into(), script.into()])
}

#[tokio::test]
async fn the_environment_is_read_once() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let resolver = SecretResolver::new(
        move |name| {
            counter.fetch_add(1, Ordering::SeqCst);
            match name {
                "SET" => Some("hunter2\n".into()),
                "EMPTY" => Some("\n".into()),
                _ => None,
            }
        },
        Path::new(""),
    );
    let set = SecretRef::Env("SET".into());
    assert_eq!(text(&resolver, &set, "a").await, "hunter2");
    assert_eq!(text(&resolver, &set, "b").await, "hunter2");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let unset = error(&resolver, &SecretRef::Env("UNSET".into())).await;
    assert!(unset.to_string().contains("UNSET is not set"), "{unset}");
    let empty = error(&resolver, &SecretRef::Env("EMPTY".into())).await;
    assert!(empty.to_string().contains("is empty"), "{empty}");
    assert!(!format!("{resolver:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_file_loses_one_line_end_and_must_be_a_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).expect("written");
        SecretRef::File(path)
    };
    let resolver = empty();
    assert_eq!(text(&resolver, &write("a", b"hunter2\r\n"), "x").await, "hunter2");
    assert_eq!(text(&resolver, &write("b", b"hunter2\n\n"), "x").await, "hunter2\n");
    assert_eq!(text(&resolver, &write("c", b" spaced "), "x").await, " spaced ");
    for (reference, reason) in [
        (write("d", b""), "is empty"),
        (write("e", b"\n"), "is empty"),
        (write("f", b"\xff\xfe"), "not UTF-8"),
        (write("g", &vec![b'x'; 70_000]), "larger than 64 KiB"),
        (write("h", b"a\0b"), "holds a NUL"),
        (SecretRef::File(folder.path().to_owned()), "it is a folder"),
        (SecretRef::File("/dev/zero".into()), "no ordinary file"),
        (SecretRef::File(folder.path().join("missing")), "cannot be read"),
    ] {
        let error = error(&resolver, &reference).await;
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test]
async fn a_program_is_run_once_without_a_shell_and_tells_nothing_in_errors() {
    let folder = tempfile::tempdir().expect("a folder");
    let count = folder.path().join("count");
    let resolver = Arc::new(empty());
    let reference = shell(&format!("echo x >> {}; cat; echo 's3cr3t $HOME'", count.display()));
    let (one, two) = tokio::join!(text(&resolver, &reference, "a"), text(&resolver, &reference, "b"));
    assert_eq!((one.as_str(), two.as_str()), ("s3cr3t $HOME", "s3cr3t $HOME"));
    assert_eq!(fs::read_to_string(&count).expect("a count"), "x\n");
    for (reference, reason) in [
        (shell("echo s3cr3t; echo s3cr3t >&2; exit 3"), "exit status: 3"),
        (shell("true"), "printed nothing"),
        (shell("yes s3cr3t"), "more than 64 KiB"),
        (shell("printf '\\377'"), "not UTF-8"),
        (SecretRef::Command(vec!["/nowhere/at/all".into()]), "cannot be started"),
    ] {
        let error = error(&resolver, &reference).await;
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(reason), "{shown}");
        assert!(!shown.contains("s3cr3t"), "{shown}");
    }
    // More on standard error than a pipe holds does not block the program.
    let loud = shell("head -c 300000 /dev/zero >&2; echo fine");
    assert_eq!(text(&resolver, &loud, "a").await, "fine");
}

#[tokio::test]
async fn a_program_beside_the_configuration_is_found_from_anywhere() {
    let root = tempfile::tempdir().expect("a folder");
    fs::create_dir(root.path().join("team")).expect("made");
    let script = root.path().join("team/secret");
    fs::write(&script, "#!/bin/sh\necho beside\n").expect("written");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).expect("allowed");
    let resolver = SecretResolver::new(|_| None, root.path());
    let reference = SecretRef::Command(vec!["./team/secret".into()]);
    assert_eq!(text(&resolver, &reference, "a").await, "beside");
}

#[tokio::test]
async fn a_program_that_hangs_is_ended() {
    let words = ["/bin/sh", "-c", "sleep 1000"].map(str::to_owned);
    let failure = command::run(&words, Path::new(""), &BTreeSet::new(), Duration::from_millis(50))
        .await
        .expect_err("a time-out");
    assert!(failure.reason.contains("has not ended"), "{}", failure.reason);
}

#[tokio::test]
async fn a_generated_password_is_made_once_and_kept_for_the_owner_alone() {
    let root = tempfile::tempdir().expect("a folder");
    let dir = root.path().join("deep/passwords");
    let reference = SecretRef::Generate { dir: dir.clone(), keep: false };
    let resolver = empty();
    let first = text(&resolver, &reference, "Jane@Example.com").await;
    assert!(first.len() >= 24);
    assert_eq!(text(&resolver, &reference, "jane@example.com").await, first);
    assert_eq!(text(&empty(), &reference, "jane@example.com").await, first, "a later run reads it");
    assert_ne!(text(&resolver, &reference, "john@example.com").await, first);
    let mode = |path: &std::path::Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&dir.join("jane@example.com")), 0o600);
    assert_eq!(resolver.generated(), [dir.join("jane@example.com"), dir.join("john@example.com")]);
    assert_eq!(fs::read_dir(&dir).expect("a folder").count(), 2, "no draft is left");
}

#[tokio::test]
async fn two_runs_at_once_agree_on_one_password() {
    let dir = tempfile::tempdir().expect("a folder");
    let reference = SecretRef::Generate { dir: dir.path().to_owned(), keep: false };
    let resolvers: Vec<SecretResolver> = (0..8).map(|_| empty()).collect();
    let all =
        futures_util::future::join_all(resolvers.iter().map(|r| text(r, &reference, "a@b.example"))).await;
    assert!(all.iter().all(|password| *password == all[0]), "one password");
    assert_eq!(resolvers.iter().map(|r| r.generated().len()).sum::<usize>(), 1, "made once");
}

#[tokio::test]
async fn ci_generates_only_where_the_folder_is_kept() {
    let dir = tempfile::tempdir().expect("a folder");
    let reference = |keep| SecretRef::Generate { dir: dir.path().to_owned(), keep };
    let ci = || SecretResolver::new(|name| (name == "CI").then(|| "true".to_owned()), Path::new(""));
    let refused = error(&ci(), &reference(false)).await;
    assert!(refused.to_string().contains("CI=true") && refused.hint.is_some(), "{refused}");
    assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 0);
    let made = text(&ci(), &reference(true), "a@b.example").await;
    assert_eq!(text(&ci(), &reference(false), "a@b.example").await, made, "what is there may be read");
}
