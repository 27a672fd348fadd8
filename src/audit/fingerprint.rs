//! The hash by which a finding is known again.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::model::Finding;

/// How many bytes of the hash are kept: enough that no two findings of an organisation share it by chance.
const BYTES: usize = 16;

/// SHA-256, its first half in hex, over everything in a finding but its place and its severity: a file that is moved
/// about or a policy that is tightened makes no new finding.
pub(super) fn fingerprint(finding: &Finding) -> String {
    let object = finding.object.as_ref().map(ToString::to_string);
    let parts = [
        Some(finding.rule.0),
        object.as_deref(),
        Some(finding.message.as_str()),
        finding.declared.as_deref(),
        finding.remote.as_deref(),
    ];
    let mut hash = Sha256::new();
    for part in parts {
        // With its length, so that no text can run into the next; absent is not empty.
        match part {
            Some(text) => {
                hash.update([1]);
                hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
                hash.update(text);
            }
            None => hash.update([0]),
        }
    }
    hash.finalize().iter().take(BYTES).fold(String::with_capacity(2 * BYTES), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
