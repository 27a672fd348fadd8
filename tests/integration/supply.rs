//! What the product is built from: a budget on its dependencies, where they come from, and no `unsafe` of its own.
//!
//! Licences, banned crates and advisories are `cargo-deny`'s, unused dependencies `cargo-machete`'s; `.ci/run` calls both.

use std::fs;
use std::path::Path;

/// The most packages that `Cargo.lock` may name, tests and database drivers included. Each is code that strangers can
/// change, so a new one is a decision: raise this in the commit that says why.
const MOST_PACKAGES: usize = 412;

/// The most crates that `[dependencies]` may name.
const MOST_DIRECT: usize = 36;

fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("a file of this project")
}

/// The lines of one table of `Cargo.toml` that say something.
fn table<'a>(manifest: &'a str, name: &str) -> Vec<&'a str> {
    let heading = format!("[{name}]");
    manifest
        .lines()
        .skip_while(|line| *line != heading)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

#[test]
fn the_dependencies_stay_within_their_budget() {
    let lock = file("Cargo.lock");
    let packages: Vec<&str> = lock.split("[[package]]").skip(1).collect();
    assert!(packages.len() > 100, "the lock file is not read as it is written");
    assert!(packages.len() <= MOST_PACKAGES, "{} packages, at most {MOST_PACKAGES}", packages.len());
    let direct = table(&file("Cargo.toml"), "dependencies").len();
    assert!((20..=MOST_DIRECT).contains(&direct), "{direct} direct dependencies, at most {MOST_DIRECT}");
}

#[test]
fn every_dependency_is_a_published_one_with_its_checksum() {
    let lock = file("Cargo.lock");
    for package in lock.split("[[package]]").skip(1) {
        if package.contains("\nname = \"mailwright\"\n") {
            continue;
        }
        assert!(
            package.contains("\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n"),
            "{package}"
        );
        assert!(package.contains("\nchecksum = \""), "{package}");
    }
}

#[test]
fn no_unsafe_code_is_let_in() {
    let lints = file("Cargo.toml");
    assert!(table(&lints, "lints.rust").contains(&"unsafe_code = \"forbid\""));
}
