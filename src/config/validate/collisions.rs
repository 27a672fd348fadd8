//! One address, one meaning: a mailbox, or an alias; and a rename that says what it means.

use std::collections::HashMap;

use crate::config::report::{Report, Sink, quoted};
use crate::config::resolve::Resolved;
use crate::config::text::Span;
use crate::model::{Address, Identity, Kind, Presence};

pub(super) fn check(resolved: &Resolved, sink: &mut Sink) {
    for (address, alias) in &resolved.aliases {
        if alias.presence == Presence::Absent {
            continue;
        }
        let Some(mailbox) = resolved.mailboxes.get(address) else {
            continue;
        };
        if mailbox.presence == Presence::Present {
            let message = format!("{} is declared as a mailbox and as an alias", quoted(address.shown()));
            sink.put(
                Report::error("collision", alias.span, message)
                    .label("the alias")
                    .related(mailbox.span, "the mailbox")
                    .help("a mailbox that also delivers elsewhere has a `forward` with `keep_copy: true`"),
            );
        }
    }
    for object in &resolved.objects {
        let part = object.name.identity.kind().is_part() && object.presence == Presence::Present;
        let Some(mailbox) = object.name.identity.address().filter(|_| part) else {
            continue;
        };
        if resolved.mailboxes.contains_key(mailbox) {
            continue;
        }
        if let Some(alias) = resolved.aliases.get(mailbox)
            && alias.presence == Presence::Present
        {
            let word = match object.name.identity.kind() {
                Kind::Forward => "a forward",
                Kind::Permission => "`permissions`",
                _ => "`sender_rules`",
            };
            let message =
                format!("{} is an alias and has {word}, which only a mailbox has", quoted(mailbox.shown()));
            sink.put(
                Report::error("collision", object.span, message)
                    .related(alias.span, "the alias")
                    .help("where an alias delivers are its own targets"),
            );
        }
    }
    renames(resolved, sink);
}

fn renames(resolved: &Resolved, sink: &mut Sink) {
    let mut taken: HashMap<&Address, (Span, &Address)> = HashMap::new();
    for object in &resolved.objects {
        let Identity::Mailbox(new) = &object.name.identity else {
            continue;
        };
        for old in &object.was {
            let shown = quoted(old.value.shown());
            if old.value == *new {
                sink.put(
                    Report::error("rename", old.span, format!("{shown} is the mailbox itself"))
                        .help("`was` lists the addresses that it had before"),
                );
                continue;
            }
            if let Some(declared) = resolved.mailboxes.get(&old.value) {
                let report = if declared.presence == Presence::Present {
                    let message = format!("{new} was {shown}, and {shown} is to exist too");
                    Report::error("rename", old.span, message)
                        .help("a mailbox that is renamed leaves nothing at its old address; take one of the two out")
                } else {
                    let message = format!("{new} was {shown}, and {shown} is to be deleted");
                    Report::error("rename", old.span, message)
                        .help("take the `absent` entry out: a rename leaves nothing at the old address")
                };
                sink.put(report.related(declared.span, "declared here"));
                continue;
            }
            if let Some((first, other)) = taken.get(&old.value) {
                let message = format!("{shown} cannot have become both {other} and {new}");
                sink.put(
                    Report::error("rename", old.span, message)
                        .label("again here")
                        .related(*first, "first here")
                        .help("keep one of the two"),
                );
                continue;
            }
            taken.insert(&old.value, (old.span, new));
            if !resolved.domains.contains_key(old.value.domain()) {
                let message = format!("the domain of {shown} is not declared, so nobody looks for it");
                sink.put(
                    Report::error("unknown-domain", old.span, message)
                        .help("declare it under `domains:`, or take the old address out"),
                );
            }
        }
    }
}
