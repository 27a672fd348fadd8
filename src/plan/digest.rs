//! Hashes: of what a change rests on, of what a plan was made from, of the plan.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::model::{Desired, Digests, Fields, Plan, Presence};

/// SHA-256, in hex, over fields in their canonical JSON form.
pub fn ground_digest(fields: &Fields) -> String {
    let mut hash = Hash::default();
    hash.add(fields);
    hash.hex()
}

/// The id of a plan: SHA-256, in hex, over its JSON form with an empty id.
pub(super) fn plan_id(plan: &Plan) -> String {
    let mut hash = Hash::default();
    if plan.id.is_empty() {
        hash.add(plan);
    } else {
        hash.add(&Plan { id: String::new(), ..plan.clone() });
    }
    hash.hex()
}

/// What a configuration hashes to. Secrets are references only; places in files do not count.
pub(super) fn digests(desired: &Desired) -> Digests {
    let mut connections = Hash::default();
    for (name, spec) in &desired.connections {
        connections.add(&(name, &spec.type_name, &spec.params));
    }
    let mut policy = Hash::default();
    for (kind, cap) in &desired.policy.max_deletes {
        policy.add(&("max_deletes", kind, cap.count));
    }
    for (kind, cap) in &desired.policy.max_creates {
        policy.add(&("max_creates", kind, cap.count));
    }
    let mut protected: Vec<&str> = desired.policy.protected.iter().map(|entry| entry.glob.as_str()).collect();
    protected.sort_unstable();
    policy.add(&("protected", protected));
    policy.add(&format!("{:?}", desired.policy.external_forwards));
    for (address, external) in &desired.external {
        policy.add(&("external", address.as_str(), &external.reason, &external.owner, &external.expires));
    }
    for (domain, wish) in &desired.domains {
        let ignore: BTreeSet<&String> = wish.ignore.iter().collect();
        let filters: BTreeSet<_> = wish.filters.iter().collect();
        policy.add(&(domain, &wish.store, &wish.also, filters, &wish.prune, ignore));
        for (connection, leaving) in &wish.leaving {
            policy.add(&("leaving", connection, format!("{leaving:?}")));
        }
    }
    let mut wish = Hash::default();
    for (object, declared) in &desired.objects {
        wish.add(&(object, declared.presence == Presence::Present, &declared.fields, &declared.was));
    }
    let closed: BTreeSet<_> =
        desired.closed.iter().map(|closed| (&closed.connection, format!("{:?}", closed.extent))).collect();
    wish.add(&closed);
    Digests { connections: connections.hex(), policy: policy.hex(), wish: wish.hex() }
}

/// What is written to it comes in pieces of a few bytes, which are gathered.
#[derive(Default)]
struct Hash {
    hash: Sha256,
    gathered: Vec<u8>,
}

/// Bytes that are hashed at a time.
const GATHERED: usize = 8 << 10;

impl std::io::Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() > GATHERED {
            self.hash.update(&self.gathered);
            self.gathered.clear();
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Hash {
    fn add(&mut self, value: &impl Serialize) {
        // Writing to a hash cannot fail, and the model's types have no map with a key that JSON cannot hold.
        let written = serde_json::to_writer(&mut *self, value);
        debug_assert!(written.is_ok(), "{written:?}");
        self.gathered.push(b'\n');
    }

    fn hex(mut self) -> String {
        self.hash.update(&self.gathered);
        self.hash.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}
