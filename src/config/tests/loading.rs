//! Finding the files.

use std::fs;
use std::os::unix::fs::symlink;

use super::HEAD;
use super::catalogue::catalogue;
use crate::config::load;

#[test]
fn a_folder_is_read_recursively_without_dots_and_foreign_links() {
    let outside = tempfile::tempdir().expect("a folder");
    fs::write(outside.path().join("out.yaml"), "nonsense: 1\n").expect("written");
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    fs::create_dir_all(root.join("b/c")).expect("made");
    fs::create_dir_all(root.join(".hidden/data")).expect("made");
    fs::write(root.join("a.yaml"), HEAD).expect("written");
    fs::write(root.join("b/c/m.yml"), "version: 1\nmailboxes: {x@example.com: {}}\n").expect("written");
    fs::write(root.join(".hidden/bad.yaml"), "nonsense: 1\n").expect("written");
    fs::write(root.join(".hidden/data/mounted.yaml"), "mailboxes: {y@example.com: {}}\n").expect("written");
    fs::write(root.join(".dot.yaml"), "nonsense: 1\n").expect("written");
    fs::write(root.join("readme.md"), "nonsense").expect("written");
    symlink(outside.path().join("out.yaml"), root.join("link.yaml")).expect("linked");
    symlink(outside.path(), root.join("linked")).expect("linked");
    symlink(root, root.join("b/up")).expect("linked");
    symlink(root.join(".hidden/data/mounted.yaml"), root.join("mounted.yaml")).expect("linked");
    symlink(root.join("nowhere.yaml"), root.join("dangling.yaml")).expect("linked");
    let loaded = load(root, &catalogue()).unwrap_or_else(|problems| panic!("{problems}"));
    let mailboxes: Vec<String> = loaded
        .desired
        .objects
        .iter()
        .filter(|(object, _)| object.connection.as_str() == "box")
        .map(|(object, wish)| format!("{} {}", object.identity, wish.at.as_ref().expect("a place").file))
        .collect();
    assert_eq!(mailboxes, ["x@example.com b/c/m.yml", "y@example.com mounted.yaml"]);
    let root = root.to_string_lossy();
    let warnings: Vec<String> = loaded.warnings.iter().map(|w| w.message.replace(&*root, "")).collect();
    assert_eq!(warnings.len(), 4, "{warnings:?}");
    assert!(
        warnings[1].starts_with("/dangling.yaml is skipped: it is a link that leads nowhere"),
        "{warnings:?}"
    );
    assert_eq!(warnings[2], "/link.yaml is skipped: it is a link that leaves the folder");
    assert_eq!(warnings[0], "/b/up is skipped: it is a link to what is read already");
}

#[test]
fn relative_paths_start_at_the_file_that_names_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("main.yaml");
    fs::write(&file, HEAD).expect("written");
    for argument in [file.as_path(), folder.path()] {
        let loaded = load(argument, &catalogue()).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(loaded.root, folder.path());
        let token = loaded
            .desired
            .connections
            .values()
            .find_map(|connection| connection.secret("token"))
            .expect("a token");
        // Seen from the root, so that the reference means the same wherever the configuration lies.
        assert_eq!(token, &crate::model::SecretRef::File("gate.txt".into()));
    }
}

#[test]
fn nothing_found_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    for path in [folder.path().to_owned(), folder.path().join("missing")] {
        let shown = load(&path, &catalogue()).expect_err("nothing").to_string();
        assert!(shown.contains("mailwright init"), "{shown}");
    }
}
