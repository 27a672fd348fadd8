//! Entries under `mailboxes:` and `profiles:`.

use crate::config::report::Report;
use crate::config::text::At;
use crate::config::yaml::{Entry, Kind as Yaml};

use super::traits::TRAIT_KEYS;
use super::{MailboxBody, MailboxParts, RawMailbox, RawProfile, Reader, Traits, Wished};

const MAILBOX: &str = "a map, `{}`, or `absent`";
pub(super) const OWN_KEYS: [&str; 7] =
    ["provider", "profile", "was", "aliases", "forward", "permissions", "sender_rules"];

impl Reader<'_> {
    /// One mailbox.
    pub(super) fn mailbox<'t>(&mut self, entry: &Entry<'t>) -> Option<RawMailbox<'t>> {
        let address = self.address(&entry.key, entry.key_span);
        let node = &entry.value;
        if node.is_absent() {
            return Some(RawMailbox { address: At::new(address?, entry.key_span), wish: Wished::Absent });
        }
        if matches!(node.kind, Yaml::Null) {
            let message = format!("`{}` has no value", crate::config::report::shown(&entry.key));
            self.sink.put(
                Report::error("null-value", entry.key_span, message).help(
                    "write `{}` where it must exist and nothing else is managed, or `absent` where it must not exist",
                ),
            );
            return None;
        }
        let entries = self.map(node, &entry.key, MAILBOX)?;
        let mut body = Box::<MailboxBody<'_>>::default();
        body.traits.fields.reserve_exact(entries.len());
        for entry in entries {
            if !self.read_trait(entry, &mut body.traits) {
                self.own_key(entry, &mut body);
            }
        }
        Some(RawMailbox { address: At::new(address?, entry.key_span), wish: Wished::Present(body) })
    }

    fn own_key<'t>(&mut self, entry: &Entry<'t>, body: &mut MailboxBody<'t>) {
        let node = &entry.value;
        match &*entry.key {
            "provider" => body.provider = self.name(node, "provider"),
            "profile" => body.profile = self.name(node, "profile"),
            "was" => {
                if let Some(was) = self.addresses(node, "was", Self::address) {
                    parts(body).was = was.value;
                }
            }
            "aliases" => {
                if node.is_absent() {
                    self.sink.put(
                        Report::error(
                            "wrong-type",
                            node.span,
                            "`aliases` of a mailbox must be a list of addresses",
                        )
                        .help("write `[]` where it must have none"),
                    );
                } else {
                    parts(body).aliases = self.addresses(node, "aliases", Self::address_or_domain);
                }
            }
            "forward" => {
                parts(body).forward =
                    self.forward(node, "forward", entry.key_span).map(|wish| At::new(wish, entry.key_span));
            }
            "permissions" => {
                parts(body).permissions = self
                    .permissions(node, "permissions")
                    .map(|permissions| At::new(permissions, entry.key_span));
            }
            "sender_rules" => {
                parts(body).sender_rules = self
                    .sender_rules(node, "sender_rules", entry.key_span)
                    .map(|wish| At::new(wish, entry.key_span));
            }
            _ => {
                self.hide_like_password(entry);
                let known: Vec<&str> = TRAIT_KEYS.iter().chain(&OWN_KEYS).copied().collect();
                self.unknown_key(entry, "a mailbox", &known);
            }
        }
    }

    /// Hides the value of a key that may be a misspelt `password`.
    pub(super) fn hide_like_password(&mut self, entry: &Entry<'_>) {
        let key = entry.key.to_ascii_lowercase();
        if key.contains("pass") || key.contains("secret") || key.contains("pw") || {
            crate::config::suggest::nearest(&key, ["password"]).is_some()
        } {
            self.sink.hide(entry.value.span);
        }
    }

    /// One profile.
    pub(super) fn profile<'t>(&mut self, entry: &Entry<'t>) -> Option<RawProfile<'t>> {
        let entries = self.map(&entry.value, &entry.key, "a map")?;
        let mut traits = Traits::default();
        for entry in entries {
            if self.read_trait(entry, &mut traits) {
                continue;
            }
            if OWN_KEYS.contains(&&*entry.key) {
                let message = format!("`{}` is a key of a mailbox, not of a profile", entry.key);
                self.sink
                    .put(Report::error("unknown-key", entry.key_span, message).help(
                        "write it at each mailbox; a profile gives scalars, the password and settings",
                    ));
            } else {
                self.hide_like_password(entry);
                self.unknown_key(entry, "a profile", &TRAIT_KEYS);
            }
        }
        Some(RawProfile { name: At::new(entry.key.clone(), entry.key_span), traits })
    }
}

fn parts<'b>(body: &'b mut MailboxBody<'_>) -> &'b mut MailboxParts {
    body.parts.get_or_insert_default()
}
