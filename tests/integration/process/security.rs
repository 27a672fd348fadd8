//! `SECURITY.md` names tests: each must be one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn every_promise_names_tests_that_exist() {
    let own = std::env::current_exe().expect("this program");
    let listed =
        Command::new(own).args(["--list", "--format", "terse"]).output().expect("it lists its tests");
    let listed = String::from_utf8(listed.stdout).expect("text");
    let tests: BTreeSet<&str> = listed.lines().filter_map(|line| line.strip_suffix(": test")).collect();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("SECURITY.md");
    let page = fs::read_to_string(page).expect("the page");
    let mut named = 0;
    for word in page.lines().filter(|line| line.starts_with("| **")).flat_map(|line| line.split('`')) {
        let Some((module, last)) = word.rsplit_once("::") else { continue };
        named += 1;
        let is_there = match last {
            "*" => tests.iter().any(|test| test.starts_with(&format!("{module}::"))),
            _ => tests.contains(word),
        };
        assert!(is_there, "SECURITY.md names {word}, which is no test");
    }
    assert!(named > 20, "{named} tests are named");
}
