//! Do the addresses that objects refer to exist, as far as the configuration can say?

use crate::config::report::{Report, Sink, quoted};
use crate::config::resolve::Resolved;
use crate::config::suggest::nearest;
use crate::config::text::Span;
use crate::model::{Address, Identity, Kind, Presence};

/// How many candidates for a did-you-mean a run looks at; each costs about a microsecond.
const GUESS_BUDGET: usize = 200_000;

pub(super) fn check(resolved: &Resolved, sink: &mut Sink) {
    let mut references = References { resolved, budget: GUESS_BUDGET, sink };
    for object in &resolved.objects {
        if object.presence == Presence::Absent {
            continue;
        }
        for target in &object.refers {
            let word = match object.name.identity.kind() {
                Kind::Permission => "is granted something",
                _ => "is named here",
            };
            references.refer(&target.value, target.span, word, &object.name.identity);
        }
        // A part of a mailbox that is declared nowhere rests on the mailbox being there.
        if object.name.identity.kind().is_part()
            && let Some(mailbox) = object.name.identity.address()
            && !resolved.mailboxes.contains_key(mailbox)
            && !resolved.aliases.contains_key(mailbox)
        {
            references.refer(mailbox, object.span, "has parts declared", &object.name.identity);
        }
    }
}

struct References<'r, 's> {
    resolved: &'r Resolved,
    budget: usize,
    sink: &'s mut Sink,
}

impl References<'_, '_> {
    fn refer(&mut self, address: &Address, span: Span, word: &str, by: &Identity) {
        // A whole domain is there as a domain, whether or not it has a catch-all of its own.
        let Some(domain) = self.resolved.domains.get(address.domain()).filter(|_| !address.is_domain())
        else {
            return;
        };
        let mailbox = self.resolved.mailboxes.get(address);
        let alias = self.resolved.aliases.get(address);
        let known = [mailbox, alias];
        let mut found = known.iter().flatten();
        if found.clone().any(|declared| declared.presence == Presence::Present) || domain.ignores(address) {
            return;
        }
        if let Some(absent) = found.next() {
            let message = format!("{} {word}, and it is to be absent", quoted(address.shown()));
            self.sink.put(
                Report::error("absent-target", span, message)
                    .related(absent.span, "absent here")
                    .help("take one of the two out"),
            );
            return;
        }
        if self.caught(address, by) {
            return;
        }
        let message = format!("{} {word}, and nothing declares it", quoted(address.shown()));
        let help = match self.guess(address) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "{} is a domain of this configuration: declare it, or the plan asks the service for it",
                address.domain()
            ),
        };
        self.sink.put(Report::warning("undeclared-target", span, message).help(help));
    }

    /// True where a catch-all or a domain alias takes whatever is not declared; its own targets it cannot take.
    fn caught(&self, address: &Address, by: &Identity) -> bool {
        let whole = Address::whole_domain(&address.domain_name());
        if matches!(by, Identity::Alias(alias) if *alias == whole) || by.kind().is_part() {
            return false;
        }
        self.resolved.aliases.get(&whole).is_some_and(|alias| alias.presence == Presence::Present)
    }

    fn guess(&mut self, address: &Address) -> Option<String> {
        let candidates = self.resolved.mailboxes.len() + self.resolved.aliases.len();
        self.budget = self.budget.checked_sub(candidates)?;
        let same_domain = self
            .resolved
            .mailboxes
            .iter()
            .chain(&self.resolved.aliases)
            .filter(|(other, declared)| {
                declared.presence == Presence::Present
                    && other.domain() == address.domain()
                    && !other.is_domain()
            })
            .map(|(other, _)| other.local());
        let local = nearest(address.local(), same_domain)?;
        Some(format!("{local}@{}", address.domain()))
    }
}
