//! Tries a law on random cases.

use std::panic::AssertUnwindSafe;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// Tries a law on `cases` random cases, or on as many as `MAILWRIGHT_WIRE_CASES` says. A broken law prints the
/// smallest case that breaks it, and the seed.
pub(super) fn law<S: Strategy>(cases: u32, strategy: S, check: impl Fn(&S::Value)) {
    let number =
        |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a whole number"));
    let cases = number("MAILWRIGHT_WIRE_CASES").map_or(cases, |n| u32::try_from(n).expect("fewer cases"));
    let seed = number("MAILWRIGHT_WIRE_SEED").unwrap_or(1);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let outcome = runner.run(&strategy, |case| {
        std::panic::catch_unwind(AssertUnwindSafe(|| check(&case))).map_err(|payload| {
            let text = payload
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            TestCaseError::fail(text.unwrap_or_default())
        })
    });
    if let Err(error) = outcome {
        panic!("MAILWRIGHT_WIRE_SEED={seed}: {error}");
    }
}
