//! Randomness that a failed test names, so that it can be had again.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest as _, Sha256};

static SEED: LazyLock<u64> = LazyLock::new(|| {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |age| u64::from(age.subsec_nanos()));
    number("MAILWRIGHT_SECRETS_SEED").unwrap_or_else(now)
});

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

/// How the secrets and cases of this run are had again.
pub(super) fn told() -> String {
    format!("MAILWRIGHT_SECRETS_SEED={}", *SEED)
}

/// How many cases a suite samples.
pub(super) fn cases(ordinary: u64) -> u64 {
    number("MAILWRIGHT_SECRETS_CASES").unwrap_or(ordinary)
}

/// Numbers that differ from name to name and from run to run.
pub(super) fn random(name: impl Into<String>) -> impl FnMut() -> u64 {
    let name = name.into();
    let mut count = 0_u64;
    move || {
        count += 1;
        let digest = Sha256::digest(format!("{} {name} {count}", *SEED));
        u64::from_le_bytes(digest[..8].try_into().expect("eight bytes"))
    }
}

/// One of these.
pub(super) fn pick<T: Clone>(random: &mut impl FnMut() -> u64, from: &[T]) -> T {
    let count = u64::try_from(from.len()).expect("few");
    from[usize::try_from(random() % count).expect("few")].clone()
}
