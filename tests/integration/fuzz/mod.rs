//! The fuzz targets of `tests/fuzz` on their corpus and on mutations of it.
//!
//! `MAILWRIGHT_FUZZ_CASES` sets how many mutations each target is tried on, `MAILWRIGHT_FUZZ_SEED` which ones. What a
//! case is that breaks a target stands in the file that the failure names.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use crate::tally::{What, held};

mod cut;
mod mutate;
pub(crate) mod record;
#[path = "../../fuzz/targets/mod.rs"]
pub(crate) mod targets;

use mutate::mutated;

/// The folder of a target's corpus.
pub(crate) fn corpus_folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target)
}

/// A target's corpus, in the order of names.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(corpus_folder(target))
        .expect("a folder")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read(path).expect("readable"))
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{target} has no corpus");
    files
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a whole number"))
}

/// Runs a target on some bytes. Where it fails, the bytes are kept.
fn tried(name: &str, data: &[u8], told: &str) {
    let Err(payload) = catch_unwind(AssertUnwindSafe(|| targets::run(name, data))) else { return };
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}"));
    fs::write(&path, data).expect("written");
    let text = payload.downcast_ref::<String>().cloned();
    let text = text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    panic!("{name}, {told}, in {}: {}", path.display(), text.unwrap_or_default());
}

/// Tries a target on its corpus and on `cases` mutations, or on as many as the environment says.
fn fuzzed(name: &'static str, cases: u64) {
    let corpus = corpus(name);
    for (file, data) in &corpus {
        tried(name, data, &format!("corpus/{name}/{file}"));
    }
    let cases = number("MAILWRIGHT_FUZZ_CASES").unwrap_or(cases);
    let seed = number("MAILWRIGHT_FUZZ_SEED").unwrap_or(1);
    let mut random = StdRng::seed_from_u64(seed);
    for case in 0..cases {
        let data = mutated(&corpus, &mut random);
        tried(name, &data, &format!("MAILWRIGHT_FUZZ_SEED={seed} case {case}"));
    }
    held(What::HostileInputs, &format!("fuzz-{name}"), corpus.len() + usize::try_from(cases).expect("fewer"));
}

#[test]
fn addresses() {
    fuzzed("address", 20_000);
}

#[test]
fn quotas() {
    fuzzed("quota", 20_000);
}

#[test]
fn a_configuration_of_one_file() {
    fuzzed("config_file", 600);
}

#[test]
fn a_configuration_of_several_files() {
    fuzzed("config_folder", 400);
}

#[test]
fn the_keys_of_connections() {
    fuzzed("connection", 150);
}

#[test]
fn journals_and_locks() {
    fuzzed("journal", 1_000);
}

#[test]
fn saved_plans() {
    fuzzed("saved_plan", 1_500);
}

#[test]
fn replies_of_mailinabox() {
    fuzzed("reply_mailinabox", 250);
}

#[test]
fn replies_of_rackspace() {
    fuzzed("reply_rackspace", 250);
}

#[test]
fn replies_of_open_xchange() {
    fuzzed("reply_open_xchange", 250);
}

#[test]
fn replies_of_atmail() {
    fuzzed("reply_atmail", 250);
}

#[test]
fn replies_of_censornet() {
    fuzzed("reply_censornet", 250);
}

#[test]
fn replies_of_doveadm() {
    fuzzed("reply_postfixadmin", 60);
}
