//! `policy:` and the ledger `external:`.

use crate::config::report::{Report, quoted};
use crate::config::text::{At, Span};
use crate::config::yaml::{Entry, Node};
use crate::model::{Address, External, ExternalForwards};

use super::{RawCap, RawPolicy, Reader};

pub(super) const EXTERNAL_KEYS: [&str; 3] = ["reason", "owner", "expires"];
pub(super) const POLICY_KEYS: [&str; 4] = ["max_deletes", "max_creates", "protected", "external_forwards"];

impl Reader<'_> {
    /// Adds what one file says under `policy:`.
    pub(super) fn policy(&mut self, node: &Node<'_>, policy: &mut RawPolicy) {
        let Some(entries) = self.map(node, "policy", "a map") else {
            return;
        };
        for entry in entries {
            let node = &entry.value;
            match &*entry.key {
                "max_deletes" => self.caps(node, "max_deletes", &mut policy.max_deletes),
                "max_creates" => self.caps(node, "max_creates", &mut policy.max_creates),
                "protected" => {
                    if self.first_time(policy, "protected", entry.key_span) {
                        policy.protected = self.globs(node, "protected");
                    }
                }
                "external_forwards" => {
                    if self.first_time(policy, "external_forwards", entry.key_span) {
                        policy.external_forwards =
                            self.word(node, "external_forwards", &["allow", "listed"]).map(|word| {
                                let rule = if word == "allow" {
                                    ExternalForwards::Allow
                                } else {
                                    ExternalForwards::Listed
                                };
                                At::new(rule, node.span)
                            });
                    }
                }
                _ => self.unknown_key(entry, "`policy`", &POLICY_KEYS),
            }
        }
    }

    fn first_time(&mut self, policy: &mut RawPolicy, key: &'static str, span: Span) -> bool {
        if let Some(first) = policy.keys.iter().find(|known| known.value == key) {
            let first = first.span;
            self.said_twice(&format!("`{key}` of the policy"), span, first);
            return false;
        }
        policy.keys.push(At::new(key, span));
        true
    }

    /// Reports an entry that is declared in two places.
    pub(in crate::config) fn said_twice(&mut self, what: &str, second: Span, first: Span) {
        self.sink.put(
            Report::error("duplicate", second, format!("{what} is declared twice"))
                .label("again here")
                .related(first, "first here")
                .help("keep one of the two; an entry is never put together from several places"),
        );
    }

    fn caps(&mut self, node: &Node<'_>, key: &str, caps: &mut Vec<RawCap>) {
        let Some(entries) = self.map(node, key, "a map from kind to number") else {
            return;
        };
        for entry in entries {
            let Some(kind) = self.kind_of(&entry.key, entry.key_span, key) else {
                continue;
            };
            let Some(count) = self.int(&entry.value, &entry.key, 0, i64::MAX) else {
                continue;
            };
            if let Some(first) = caps.iter().find(|cap| cap.kind == kind) {
                let first = first.span;
                self.said_twice(&format!("`{key}` for {}", entry.key), entry.key_span, first);
                continue;
            }
            caps.push(RawCap { kind, count: count.unsigned_abs(), span: entry.key_span });
        }
    }

    /// One entry of the ledger. The entry counts as listed even where what it says has errors.
    pub(super) fn external(&mut self, entry: &Entry<'_>) -> Option<(At<Address>, Option<External>)> {
        let address = self.address_or_domain(&entry.key, entry.key_span)?;
        let address = At::new(address, entry.key_span);
        let Some(entries) = self.map(&entry.value, &entry.key, "a map with the key `reason`") else {
            return Some((address, None));
        };
        let (mut reason, mut owner, mut expires) = (None, None, None);
        for entry in entries {
            let node = &entry.value;
            match &*entry.key {
                "reason" => reason = self.filled_text(node, "reason").map(str::to_owned),
                "owner" => owner = self.filled_text(node, "owner").map(str::to_owned),
                "expires" => {
                    expires = self.filled_text(node, "expires").and_then(|text| {
                        let date = text.parse::<jiff::civil::Date>().ok();
                        if date.is_none() {
                            let message = format!("{} is not a date", quoted(text));
                            self.sink.put(
                                Report::error("bad-value", node.span, message)
                                    .help("write the last day on which it holds, like `2027-01-31`"),
                            );
                        }
                        date
                    });
                }
                _ => self.unknown_key(entry, "an external address", &EXTERNAL_KEYS),
            }
        }
        if !entries.iter().any(|entry| entry.key == "reason") {
            let message = format!("{} has no `reason`", quoted(&entry.key));
            self.sink.put(
                Report::error("missing-key", entry.key_span, message)
                    .help("say why mail may go there, for whoever reviews it in a year"),
            );
        }
        let external = reason.map(|reason| External {
            reason,
            owner,
            expires,
            at: Some(entry.key_span.source(self.files)),
        });
        Some((address, external))
    }
}
