//! The domains: who serves them, what is closed in them, what in them is not ours.

use std::collections::{BTreeSet, HashMap};

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::config::raw::{FieldAt, Name, RawDomain, RawPrune, TypeSettings};
use crate::config::report::{Report, quoted};
use crate::config::suggest::{listed, nearest};
use crate::config::text::{At, Span};
use crate::model::{Address, ClosedExtent, DomainName, Field, Identity, Kind, Leaving};
use crate::provider::Ability;

use super::{Resolver, Slot};

/// A domain with its connections found.
#[derive(Debug)]
pub(in crate::config) struct Domain {
    pub(in crate::config) span: Span,
    /// None where it was reported that there is none. A filter where the domain has no store: then nothing but the
    /// registrations of its mailboxes is known here.
    pub(in crate::config) store: Option<usize>,
    pub(in crate::config) also: Vec<usize>,
    pub(in crate::config) filters: Vec<usize>,
    pub(in crate::config) leaving: Vec<(usize, Leaving)>,
    pub(in crate::config) prune: BTreeSet<Kind>,
    pub(in crate::config) ignore: Vec<String>,
    ignored: Option<GlobSet>,
}

impl Domain {
    /// True for an address that the domain's `ignore` covers.
    pub(in crate::config) fn ignores(&self, address: &Address) -> bool {
        self.ignored.as_ref().is_some_and(|globs| globs.is_match(address.as_str()))
    }

    /// The stores that mailboxes may lie in.
    pub(in crate::config) fn stores(&self) -> impl Iterator<Item = usize> + '_ {
        self.store.into_iter().chain(self.also.iter().copied())
    }
}

impl Resolver<'_, '_, '_> {
    pub(super) fn domains(&mut self, raw: Vec<RawDomain<'_>>) {
        for mut domain in raw {
            if let Some(first) = self.out.domains.get(&domain.name.value) {
                let first = first.span;
                let what = format!("the domain {}", quoted(domain.name.value.as_str()));
                self.reader.said_twice(&what, domain.name.span, first);
                continue;
            }
            let mut roles: HashMap<usize, Span> = HashMap::new();
            let store = domain.provider.as_ref().and_then(|name| self.role(name.by_ref(), &mut roles));
            let also: Vec<usize> = self.roles(&domain.also, &mut roles);
            let named = self.roles(&domain.filters, &mut roles);
            let mut filters = self.true_filters(&named, &domain.filters);
            let leaving = domain
                .leaving
                .iter()
                .filter_map(|(name, leaving)| Some((self.role(name.by_ref(), &mut roles)?, *leaving)))
                .collect();
            let store = match store {
                // Its only provider is a filter, named as such or not.
                Some(store) if also.is_empty() && self.out.connections[store].is_filter() => {
                    filters.insert(0, store);
                    Some(store)
                }
                None if also.is_empty() && domain.provider.is_none() => filters.first().copied(),
                store => {
                    self.check_stores(store, domain.provider.as_ref().map(At::by_ref), &also, &domain.also);
                    store
                }
            };
            let mut ignore: Vec<String> = Vec::with_capacity(domain.ignore.len());
            for glob in std::mem::take(&mut domain.ignore) {
                self.check_ignore(&domain.name.value, &glob);
                ignore.push(glob.value);
            }
            ignore.sort();
            let mut resolved = Domain {
                span: domain.name.span,
                store,
                also,
                filters,
                leaving,
                prune: BTreeSet::new(),
                ignored: globs(&ignore),
                ignore,
            };
            if let Some(prune) = &domain.prune {
                self.prune(&domain.name.value, prune, &mut resolved);
            }
            self.manage(&domain, &resolved);
            self.out.domains.insert(domain.name.value, resolved);
        }
    }

    fn roles(&mut self, names: &[Name<'_>], roles: &mut HashMap<usize, Span>) -> Vec<usize> {
        names.iter().filter_map(|name| self.role(name.by_ref(), roles)).collect()
    }

    /// The connection of this name, which plays one part in a domain only.
    fn role(&mut self, name: At<&str>, roles: &mut HashMap<usize, Span>) -> Option<usize> {
        let number = self.connection(name)?;
        if let Some(&first) = roles.get(&number) {
            let message = format!("the provider {} plays two parts in this domain", quoted(name.value));
            self.reader.sink.put(
                Report::error("duplicate", name.span, message)
                    .label("again here")
                    .related(first, "first here")
                    .help("it is the store, one of `also`, a filter, or left: one of them"),
            );
            return None;
        }
        roles.insert(number, name.span);
        Some(number)
    }

    fn check_stores(
        &mut self,
        store: Option<usize>,
        provider: Option<At<&str>>,
        also: &[usize],
        names: &[Name<'_>],
    ) {
        let all = provider.into_iter().chain(names.iter().map(At::by_ref));
        let numbers: Vec<usize> = store.iter().chain(also).copied().collect();
        for name in all {
            let Some(connection) = numbers
                .iter()
                .map(|number| &self.out.connections[*number])
                .find(|connection| connection.name.as_str() == name.value)
            else {
                continue;
            };
            if connection.may_hold(Kind::Mailbox) || connection.may_hold(Kind::Alias) {
                continue;
            }
            let why =
                connection.capabilities().map_or("", |capabilities| capabilities.why_not(Kind::Mailbox));
            let message = format!("{} cannot be the store of a domain: {why}", connection.shown());
            let help = if connection.may_hold(Kind::Registration) {
                "name it under `filters:`"
            } else {
                "name a provider that holds mailboxes"
            };
            self.reader.sink.put(Report::error("cannot-hold", name.span, message).help(help));
        }
    }

    /// Those that can be filters; an error for each other one, which is then left out, so that it is said once.
    fn true_filters(&mut self, numbers: &[usize], names: &[Name<'_>]) -> Vec<usize> {
        let mut filters = Vec::with_capacity(numbers.len());
        for number in numbers {
            let connection = &self.out.connections[*number];
            if connection.may_hold(Kind::Registration) {
                filters.push(*number);
                continue;
            }
            let why =
                connection.capabilities().map_or("", |capabilities| capabilities.why_not(Kind::Registration));
            let message = format!("{} cannot be a filter: {why}", connection.shown());
            let span = names
                .iter()
                .find(|name| name.value == connection.name.as_str())
                .map_or_else(Span::default, |name| name.span);
            self.reader.sink.put(
                Report::error("cannot-hold", span, message)
                    .help("a filter is a service that is told of addresses; a store of mailboxes goes under `provider:` or `also:`"),
            );
        }
        filters
    }

    fn check_ignore(&mut self, domain: &DomainName, glob: &At<String>) {
        let Some((_, host)) = glob.value.rsplit_once('@') else {
            return;
        };
        let matcher = Glob::new(host).map(|glob| glob.compile_matcher());
        if matcher.is_ok_and(|matcher| !matcher.is_match(domain.as_str())) {
            let message = format!("{} matches no address of {domain}", quoted(&glob.value));
            self.reader.sink.put(
                Report::warning("matches-nothing", glob.span, message)
                    .help("`ignore` covers addresses of its own domain only"),
            );
        }
    }

    fn prune(&mut self, name: &DomainName, prune: &RawPrune, domain: &mut Domain) {
        let mut kinds = prune.kinds.clone();
        if let Some(span) = prune.all {
            let missing = Kind::ALL.into_iter().filter(|kind| {
                !matches!(kind, Kind::Domain | Kind::Object)
                    && !kinds.iter().any(|known| known.value == *kind)
            });
            let missing: Vec<At<Kind>> = missing.map(|kind| At::new(kind, span)).collect();
            kinds.extend(missing);
        }
        for kind in kinds {
            let implied = prune.all == Some(kind.span);
            let numbers: Vec<usize> = if kind.value == Kind::Registration {
                domain.filters.clone()
            } else {
                domain.stores().collect()
            };
            let mut why_not = None;
            let mut held = false;
            for number in numbers {
                let connection = &self.out.connections[number];
                match connection.lists(kind.value) {
                    Ability::Yes => {
                        held = true;
                        let extent = ClosedExtent::Domain(kind.value, name.clone());
                        self.close(number, extent, kind.span);
                    }
                    Ability::No(reason) => {
                        let message =
                            format!("{} cannot prune {}: {reason}", connection.shown(), kind.value.plural());
                        if implied && connection.may_hold(kind.value) {
                            self.reader.sink.put(
                                Report::warning("cannot-prune", kind.span, message)
                                    .help("undeclared ones stay; list the kinds instead of `all` to say so"),
                            );
                        } else {
                            why_not = Some(message);
                        }
                    }
                }
            }
            if held {
                domain.prune.insert(kind.value);
            } else if !implied {
                let message = why_not.unwrap_or_else(|| {
                    format!("{name} has no provider that could hold {}", kind.value.plural())
                });
                self.reader
                    .sink
                    .put(Report::error("cannot-prune", kind.span, message).help("take it out of `prune`"));
            }
        }
    }

    /// The domain as an object of its stores, where it is managed.
    fn manage(&mut self, domain: &RawDomain<'_>, resolved: &Domain) {
        let Some(_) = domain.manage else {
            if let Some(settings) = domain.settings.first() {
                self.reader.sink.put(
                    Report::error(
                        "bad-value",
                        settings.type_name.span,
                        "settings of a domain that is not managed",
                    )
                    .help("add `manage: true`, or take the settings out"),
                );
            }
            return;
        };
        let numbers: Vec<usize> = resolved
            .stores()
            .enumerate()
            .filter(|(index, number)| *index == 0 || self.out.connections[*number].may_hold(Kind::Domain))
            .map(|(_, number)| number)
            .collect();
        self.check_types(&domain.settings, &numbers, domain.name.value.as_str());
        for number in numbers {
            let content = self.settings_for(number, &domain.settings, Kind::Domain);
            let slot = Slot {
                connection: number,
                identity: Identity::Domain(domain.name.value.clone()),
                span: domain.name.span,
            };
            self.present(&slot, content, Vec::new(), Vec::new());
        }
    }

    /// The settings that a connection's object of a kind takes from these.
    pub(super) fn settings_for(
        &self,
        number: usize,
        settings: &[TypeSettings<'_>],
        kind: Kind,
    ) -> Vec<FieldAt> {
        let Some(type_name) = self.out.connections[number].type_name() else {
            return Vec::new();
        };
        settings
            .iter()
            .filter(|settings| settings.type_name.value == type_name)
            .flat_map(|settings| &settings.values)
            .filter(|setting| setting.kinds.contains(&kind))
            .map(|setting| FieldAt {
                field: Field::Setting(setting.name.clone()),
                value: setting.value.clone(),
                span: setting.span,
            })
            .collect()
    }

    /// Reports settings for a type that none of these connections has.
    pub(super) fn check_types(&mut self, settings: &[TypeSettings<'_>], numbers: &[usize], owner: &str) {
        let connections = || numbers.iter().map(|number| &self.out.connections[*number]);
        if connections().any(|connection| connection.type_name().is_none()) {
            return;
        }
        let strays: Vec<At<&str>> = settings
            .iter()
            .map(|settings| settings.type_name.by_ref())
            .filter(|name| !connections().any(|connection| connection.type_name() == Some(name.value)))
            .collect();
        for stray in strays {
            let mut serving: Vec<String> = connections().map(super::Connection::shown).collect();
            serving.dedup();
            let message = format!("no provider of type `{}` serves {}", stray.value, quoted(owner));
            let help = format!("it is served by {}", serving.join(", "));
            self.reader.sink.put(Report::error("unknown-reference", stray.span, message).help(help));
        }
    }

    /// The domain of an address; an error where it is not declared.
    pub(super) fn domain_of(&mut self, address: &Address, span: Span) -> Option<&Domain> {
        if self.out.domains.contains_key(address.domain()) {
            return self.out.domains.get(address.domain());
        }
        if !self.unknown_domains.contains_key(address.domain()) {
            let help = self.unknown_domain_help(address.domain());
            self.unknown_domains.insert(address.domain().to_owned(), help);
        }
        let help = self.unknown_domains.get(address.domain()).cloned();
        let message = format!("the domain of {} is not declared", quoted(address.shown()));
        self.reader.sink.put(Report::error("unknown-domain", span, message).maybe_help(help));
        None
    }

    fn unknown_domain_help(&self, domain: &str) -> String {
        // A configuration with many unknown domains is not helped by a guess for each; and a guess looks at all.
        if self.out.domains.is_empty() || self.unknown_domains.len() > 50 {
            return "declare it under `domains:` with its provider".to_owned();
        }
        let mut known: Vec<&str> = self.out.domains.keys().map(DomainName::as_str).collect();
        if let Some(near) = nearest(domain, known.iter().copied()) {
            return format!("did you mean `{near}`?");
        }
        known.sort_unstable();
        format!("declare it under `domains:`; there are {}", listed(known))
    }

    /// Reports an address that its domain ignores; true where it does not.
    pub(super) fn not_ignored(&mut self, address: &Address, span: Span) -> bool {
        let Some(domain) = self.out.domains.get(address.domain()) else {
            return true;
        };
        if !domain.ignores(address) {
            return true;
        }
        let declared_at = domain.span;
        let message = format!("{} is declared, and its domain ignores it", quoted(address.shown()));
        self.reader.sink.put(
            Report::error("ignored", span, message)
                .related(declared_at, "`ignore` of this domain covers it")
                .help("take it out of one of the two"),
        );
        false
    }
}

fn globs(patterns: &[String]) -> Option<GlobSet> {
    if patterns.is_empty() {
        return None;
    }
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        builder.add(Glob::new(pattern).ok()?);
    }
    builder.build().ok()
}
