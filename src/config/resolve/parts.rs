//! The parts of a mailbox, inline or at the top: forward, permissions, sender rules.

use std::collections::HashMap;

use crate::config::raw::{Content, FieldAt, ForwardBody, OfMailbox, RawPermissions, Wished};
use crate::config::report::{Report, quoted};
use crate::config::text::{At, Span};
use crate::model::{Address, ClosedExtent, Field, Identity, Kind, Presence, Value};

use super::aliases::addresses_field;
use super::{Resolver, Slot};

/// Parts as they were said, each with its mailbox and the place of what says it.
#[derive(Default)]
pub(super) struct Parts {
    forwards: Vec<(Address, At<Wished<ForwardBody>>)>,
    permissions: Vec<(Address, At<RawPermissions>)>,
    sender_rules: Vec<(Address, At<Wished<Content>>)>,
}

impl Parts {
    /// Takes what stands within a mailbox's entry.
    pub(super) fn inline(
        &mut self,
        mailbox: &At<Address>,
        forward: Option<At<Wished<ForwardBody>>>,
        permissions: Option<At<RawPermissions>>,
        sender_rules: Option<At<Wished<Content>>>,
    ) {
        let of = || mailbox.value.clone();
        self.forwards.extend(forward.map(|part| (of(), part)));
        self.permissions.extend(permissions.map(|part| (of(), part)));
        self.sender_rules.extend(sender_rules.map(|part| (of(), part)));
    }
}

impl Resolver<'_, '_, '_> {
    /// Resolves all parts; what stands at the top joins what stands inline, and the two must not meet.
    pub(super) fn parts(
        &mut self,
        parts: Parts,
        forwards: Vec<OfMailbox<Wished<ForwardBody>>>,
        permissions: Vec<OfMailbox<RawPermissions>>,
        sender_rules: Vec<OfMailbox<Wished<Content>>>,
    ) {
        for (mailbox, part, store) in self.joined(parts.forwards, forwards, Kind::Forward) {
            self.forward(mailbox, part, store);
        }
        for (mailbox, part, store) in self.joined(parts.permissions, permissions, Kind::Permission) {
            self.permissions(&mailbox, part, store);
        }
        for (mailbox, part, store) in self.joined(parts.sender_rules, sender_rules, Kind::SenderRules) {
            let identity = Identity::SenderRules(mailbox);
            let slot = Slot { connection: store, identity, span: part.span };
            match part.value {
                Wished::Absent => self.absent(&slot),
                Wished::Present(content) => self.present(&slot, content, Vec::new(), Vec::new()),
            }
        }
    }

    fn joined<T>(
        &mut self,
        inline: Vec<(Address, At<T>)>,
        top: Vec<OfMailbox<T>>,
        kind: Kind,
    ) -> Vec<(Address, At<T>, usize)> {
        let mut seen: HashMap<Address, Span> = HashMap::with_capacity(inline.len() + top.len());
        let top = top.into_iter().map(|entry| (entry.mailbox.value, At::new(entry.body, entry.mailbox.span)));
        let mut found = Vec::with_capacity(inline.len());
        for (mailbox, part) in inline.into_iter().chain(top) {
            if let Some(&first) = seen.get(&mailbox) {
                let what = format!("{} of {}", part_word(kind), quoted(mailbox.shown()));
                self.reader.said_twice(&what, part.span, first);
                continue;
            }
            seen.insert(mailbox.clone(), part.span);
            if let Some(store) = self.part_store(&mailbox, part.span, kind) {
                found.push((mailbox, part, store));
            }
        }
        found
    }

    /// The store of a part: that of its mailbox where it is declared, else that of its domain.
    fn part_store(&mut self, mailbox: &Address, span: Span, kind: Kind) -> Option<usize> {
        let store = self.domain_of(mailbox, span)?.store;
        let Some(declared) = self.out.mailboxes.get(mailbox) else {
            self.not_ignored(mailbox, span);
            return store;
        };
        if declared.presence == Presence::Present {
            return declared.store;
        }
        let absent_at = declared.span;
        let message = format!(
            "{} of {} is declared, and the mailbox is to be absent",
            part_word(kind),
            quoted(mailbox.shown())
        );
        self.reader.sink.put(
            Report::error("collision", span, message)
                .related(absent_at, "absent here")
                .help("take one of the two out; what belongs to a mailbox goes with it"),
        );
        None
    }

    fn forward(&mut self, mailbox: Address, part: At<Wished<ForwardBody>>, store: usize) {
        let slot = Slot { connection: store, identity: Identity::Forward(mailbox), span: part.span };
        let body = match part.value {
            Wished::Absent => return self.absent(&slot),
            Wished::Present(body) => body,
        };
        let mut content = Content::new();
        let mut refers = Vec::new();
        if let Some(targets) = body.targets {
            content.push(addresses_field(Field::Targets, &targets));
            refers = targets.value;
        }
        // Left out, `keep_copy` is not managed: a present forward keeps what it does.
        if let Some(keep) = body.keep_copy {
            content.push(FieldAt { field: Field::KeepCopy, value: Value::Bool(keep.value), span: keep.span });
        }
        self.present(&slot, content, refers, Vec::new());
    }

    fn permissions(&mut self, mailbox: &Address, part: At<RawPermissions>, store: usize) {
        for (grantee, wish) in part.value.grants {
            if grantee.value == *mailbox {
                let message = format!("{} is granted something on itself", quoted(mailbox.shown()));
                self.reader.sink.put(
                    Report::error("bad-value", grantee.span, message)
                        .help("a mailbox's owner may do everything already"),
                );
                continue;
            }
            let slot = Slot {
                connection: store,
                identity: Identity::Permission { mailbox: mailbox.clone(), grantee: grantee.value.clone() },
                span: grantee.span,
            };
            match wish {
                Wished::Absent => self.absent(&slot),
                Wished::Present(rights) => {
                    let content = vec![FieldAt {
                        field: Field::Rights,
                        value: Value::Rights(rights.value),
                        span: rights.span,
                    }];
                    self.present(&slot, content, vec![grantee], Vec::new());
                }
            }
        }
        self.close(store, ClosedExtent::PermissionsOf(mailbox.clone()), part.span);
    }
}

/// How messages call a part.
fn part_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Forward => "the forward",
        Kind::Permission => "`permissions`",
        _ => "`sender_rules`",
    }
}
