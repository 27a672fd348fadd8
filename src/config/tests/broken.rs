//! A folder of broken configurations, each beside the diagnostics that a person gets for it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::catalogue::catalogue;
use crate::config::{limits, load};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config/broken")
}

/// `SNAPSHOTS=overwrite` writes what is said now.
#[test]
fn every_broken_configuration_is_explained() {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir() || path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    cases.sort();
    assert!(cases.len() >= 25, "{} cases", cases.len());
    for case in cases {
        let Err(problems) = load(&case, &catalogue()) else {
            panic!("{} is not broken", case.display());
        };
        assert!(problems.errors() > 0, "{}", case.display());
        let shown = problems.to_string();
        for secret in ["hunter2", "s3cr3t"] {
            assert!(!shown.contains(secret), "{} shows a secret:\n{shown}", case.display());
        }
        let shown = shown.replace(&*folder().to_string_lossy(), "tests/config/broken");
        let expected = snapbox::Data::read_from(&case.with_extension("txt"), None).raw();
        snapbox::assert_data_eq!(shown, expected);
    }
}

#[test]
fn limits_are_named() {
    let deep = format!("version: {}1{}", "[".repeat(100), "]".repeat(100));
    let bomb = {
        let mut text = String::from("version: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..9 {
            let before = level - 1;
            let item = format!("*a{before}");
            writeln!(text, "a{level}: &a{level} [{}]", vec![item; 10].join(", ")).expect("a text");
        }
        text
    };
    let nested = {
        let mut text = String::from("version: 1\na0: &a0 [x]\n");
        for level in 1..200 {
            writeln!(text, "a{level}: &a{level} [*a{}]", level - 1).expect("a text");
        }
        text
    };
    let key = format!("version: 1\n? {}\n: 1\n", "k".repeat(5000));
    for (text, name) in [
        (deep, "limit: depth"),
        (bomb, "limit: alias expansion"),
        (nested, "limit: depth"),
        (key, "limit: key"),
    ] {
        let problems = super::load(&[("main.yaml", &text)]).expect_err(name).to_string();
        assert!(problems.contains(name), "{name}: {problems}");
    }
}

#[test]
fn problems_are_capped_and_the_rest_is_counted() {
    let mut text = String::from("mailboxes:\n");
    for index in 0..limits::MAX_PROBLEMS + 10 {
        writeln!(text, "  u{index}@example.com: {{quota: {index}}}").expect("a text");
    }
    let shown = super::bad(&text);
    assert!(
        shown.contains("error[more-problems]: 10 more problems are not shown"),
        "{}",
        &shown[shown.len() - 300..]
    );
}
