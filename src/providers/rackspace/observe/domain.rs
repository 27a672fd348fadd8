//! Reads what a scope asks of one domain: its list first where that is needed, then the mailboxes that must be looked
//! at themselves.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, stream};

use crate::model::{Address, Collection, DomainName, Field, Identity, Kind, ObservedObject, Reason, Scope};
use crate::provider::{ErrorKind, ProviderError};

use crate::providers::rackspace::api::{Api, Locator, Loose};
use crate::providers::rackspace::convert::{self, ACTIVE_SYNC_KEY};
use crate::providers::rackspace::fields;

use super::detail::{Ask, Asker, Detail, Look};
use super::holders::Holders;
use super::index::{self, Index, Lists, Row};
use super::known::{Known, Presence};
use super::tell::{Subject, Teller, Use};
use super::wanted::Wanted;

/// What a reading of a domain needs.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) api: &'a Api,
    pub(super) scope: &'a Scope,
    pub(super) tell: &'a Teller,
    pub(super) asker: Asker<'a>,
    pub(super) holders: &'a Holders,
    /// How many mailboxes are looked at at the same time.
    pub(super) in_flight: usize,
}

/// Reads one domain and says whether all that was asked for as a whole was seen.
///
/// # Errors
/// `Auth`, and what kept the very first call from being answered: then nothing more can be read.
pub(super) async fn read(
    site: Site<'_>,
    domain: &DomainName,
    wanted: &Wanted,
) -> Result<Result<(), Reason>, ProviderError> {
    let reading = Reading { site, domain, wanted };
    let mut known = Known::default();
    if wanted.needs_index() {
        known.index = Some(reading.index().await?);
    }
    let first = reading.first(&known);
    reading.look_at(first, &mut known).await?;
    let open = reading.open_aliases(&known);
    if !open.is_empty() {
        // An address may be any mailbox's: only the records tell.
        if known.index.is_none() {
            known.index = Some(match site.scope.left_to_search.get(domain) {
                Some(left) => Index::of(left),
                None => index::read(site.api, domain, Lists::One, &[]).await?,
            });
        }
        if open.iter().any(|alias| !known.is_listed(alias)) {
            reading.look_at(known.not_looked_at(), &mut known).await?;
        }
    }
    Ok(reading.end(&known))
}

struct Reading<'a> {
    site: Site<'a>,
    domain: &'a DomainName,
    wanted: &'a Wanted,
}

impl Reading<'_> {
    async fn index(&self) -> Result<Index, ProviderError> {
        let Site { api, scope, .. } = self.site;
        let by_state =
            Wanted::wants(self.domain, scope, &Field::State) && !self.wanted.shows_all(self.domain, scope);
        let lists = if by_state { Lists::ByState } else { Lists::One };
        let mut index = index::read(api, self.domain, lists, &index::asked(self.domain, scope)).await?;
        match index.error.take() {
            // Not even a first answer: it is the service that is away, not a page that is broken.
            Some(error) if error.kind == ErrorKind::Unavailable && index.rows.is_empty() => Err(error),
            error => {
                index.error = error;
                Ok(index)
            }
        }
    }

    /// The mailboxes to begin with: those of the list, or those that are named.
    fn first(&self, known: &Known) -> Vec<Subject> {
        let mut subjects: BTreeMap<Address, Subject> = BTreeMap::new();
        if let Some(index) = &known.index {
            for (address, row) in &index.rows {
                subjects
                    .insert(address.clone(), Subject::listed(address, row, self.asks(address, Some(row))));
            }
        } else {
            for address in self.wanted.named() {
                subjects.insert(address.clone(), Subject::named(address, self.asks(address, None)));
            }
        }
        for alias in self.wanted.aliases.iter().filter(|alias| !alias.is_domain()) {
            if known.is_listed(alias) {
                continue;
            }
            // Where it was seen last: one call, against one for every mailbox of the domain.
            let seen = self.site.holders.of(alias);
            if let Some(probe) = seen.filter(|probe| probe.domain() == self.domain.as_str()) {
                let row = known.row(&probe);
                if known.index.is_some() && row.is_none() {
                    continue;
                }
                let subject =
                    subjects.entry(probe.clone()).or_insert_with(|| Subject::named(&probe, BTreeSet::new()));
                subject.asks.insert(Ask::Record);
            }
        }
        subjects.into_values().collect()
    }

    /// What must be asked of a mailbox itself.
    fn asks(&self, address: &Address, row: Option<&Row>) -> BTreeSet<Ask> {
        let scope = self.site.scope;
        let identity = Identity::Mailbox(address.clone());
        let is_asked = scope.covers(&identity);
        let wants = |is: &dyn Fn(&Field) -> bool| {
            is_asked
                && scope
                    .parts
                    .iter()
                    .any(|part| part.collection.covers(&identity) && part.fields.iter().any(is))
        };
        let is_untold = |field: &Field| match row {
            None => true,
            // The service told less than it was asked for.
            Some(row) => *field == Field::Quota && !row.document.has("size"),
        };
        let parts = [Kind::Alias, Kind::Forward].iter().any(|kind| self.wanted.asks(*kind, address));
        let mut asks = BTreeSet::new();
        if parts
            || (is_asked && (row.is_none() || scope.facts))
            || wants(&|field: &Field| fields::is_shown(field) || is_untold(field))
        {
            asks.insert(Ask::Record);
        }
        if self.wanted.asks(Kind::Permission, address) {
            asks.insert(Ask::Permissions);
        }
        if self.wanted.asks(Kind::SenderRules, address) {
            asks.insert(Ask::Senders);
        }
        if wants(&fields::is_spam) {
            asks.insert(Ask::Spam);
        }
        if is_asked && scope.facts {
            asks.insert(Ask::Devices);
        }
        asks
    }

    /// Looks at mailboxes and tells what is there: first those of which the list says enough.
    async fn look_at(&self, subjects: Vec<Subject>, known: &mut Known) -> Result<(), ProviderError> {
        let active_sync = fields::setting(fields::ACTIVE_SYNC_SETTING);
        let is_untold = |subject: &Subject| {
            subject.row.as_ref().is_some_and(|row| !row.document.has(ACTIVE_SYNC_KEY))
                && !subject.asks.contains(&Ask::Record)
                && self.site.scope.wants(&Identity::Mailbox(subject.address.clone()), &active_sync)
        };
        if known.active_sync.is_none() && subjects.iter().any(is_untold) {
            known.active_sync = Some(index::active_sync_names(self.site.api, self.domain).await?);
        }
        let (enough, more): (Vec<Subject>, Vec<Subject>) =
            subjects.into_iter().partition(|subject| subject.asks.is_empty());
        for subject in enough {
            self.tell(&subject, &Detail::default(), known);
        }
        let asker = self.site.asker;
        let mut looks = stream::iter(more)
            .map(|subject| async move {
                let at = Locator { domain: self.domain.clone(), name: subject.name().to_owned() };
                asker.read(&at, &subject.asks).await.map(|detail| (subject, detail))
            })
            .buffer_unordered(self.site.in_flight.max(1));
        while let Some(looked) = looks.next().await {
            let (subject, detail) = looked?;
            self.tell(&subject, &detail, known);
        }
        Ok(())
    }

    /// Tells what is known of a mailbox and its parts, and notes how much that is.
    fn tell(&self, subject: &Subject, detail: &Detail, known: &mut Known) {
        let address = &subject.address;
        if detail.is_gone() {
            known.looked.insert(address.clone(), Ok(Presence::Gone));
            return;
        }
        match &detail.record {
            Look::Told(record) => {
                known.looked.insert(address.clone(), Ok(Presence::There));
                self.tell_aliases(subject, record, known);
                known.note(Kind::Forward, address, None);
                if subject.purpose == Use::Whole
                    && let Some(forward) = convert::forward(address, subject.name(), record)
                {
                    self.tell_part(forward);
                }
            }
            Look::Failed(reason) => {
                known.looked.insert(address.clone(), Err(Reason::clone(reason)));
                known.note(Kind::Alias, address, Some(reason));
                known.note(Kind::Forward, address, Some(reason));
            }
            Look::NotAsked | Look::Gone => {}
        }
        if subject.purpose == Use::Addresses {
            return;
        }
        if subject.asks.contains(&Ask::Permissions) {
            known.note(Kind::Permission, address, detail.permissions.failed());
            let entries: &[Loose] = detail.permissions.told().map_or(&[], Vec::as_slice);
            for permission in super::tell::permissions(address, subject.name(), entries) {
                self.tell_part(permission);
            }
        }
        if subject.asks.contains(&Ask::Senders) {
            known.note(Kind::SenderRules, address, detail.senders.failed());
            let senders = detail.senders.told();
            if let Some(rules) =
                senders.and_then(|senders| super::tell::rules(address, subject.name(), senders))
            {
                self.tell_part(rules);
            }
        }
        let is_there = subject.row.is_some() || detail.record.told().is_some();
        if is_there && self.site.scope.covers(&Identity::Mailbox(address.clone())) {
            known.told.insert(address.clone());
            self.site.tell.object(subject.mailbox(detail, self.site.scope, known.active_sync.as_ref()));
        }
    }

    fn tell_aliases(&self, subject: &Subject, record: &Loose, known: &mut Known) {
        let address = &subject.address;
        let found = match convert::aliases(address, subject.name(), record) {
            Ok(found) => found,
            Err(reason) => return known.note(Kind::Alias, address, Some(&reason.into())),
        };
        known.note(Kind::Alias, address, None);
        for alias in found {
            let Identity::Alias(extra) = &alias.identity else { continue };
            self.site.holders.note(extra, address);
            known.aliases.insert(extra.clone());
            if self.site.scope.covers(&alias.identity) || self.wanted.asks(Kind::Alias, address) {
                self.site.tell.object(alias);
            }
        }
    }

    fn tell_part(&self, part: ObservedObject) {
        if self.site.scope.covers(&part.identity) {
            self.site.tell.object(part);
        }
    }

    /// The aliases that are asked for and of which nothing is known yet.
    fn open_aliases(&self, known: &Known) -> Vec<Address> {
        let is_open = |alias: &&Address| {
            !alias.is_domain()
                && !known.is_listed(alias)
                && known.looked.get(*alias) != Some(&Ok(Presence::There))
                && !known.aliases.contains(*alias)
        };
        self.wanted.aliases.iter().filter(is_open).cloned().collect()
    }

    /// Says of each collection how much of it was seen; in the end, whether all of the whole ones were.
    fn end(&self, known: &Known) -> Result<(), Reason> {
        let tell = self.site.tell;
        let mut all = Ok(());
        for &kind in &self.wanted.whole {
            let whole = known.index_word().and_then(|()| match kind {
                Kind::Mailbox => Ok(()),
                kind => known.parts_of(kind),
            });
            all = all.and_then(|()| whole.clone());
            tell.end(Collection::domain(kind, self.domain), whole);
        }
        for mailbox in &self.wanted.mailboxes {
            let word = known.mailbox(mailbox);
            tell.end(Collection::object(&Identity::Mailbox(mailbox.clone())), word);
        }
        for (&kind, mailboxes) in &self.wanted.parts {
            for mailbox in mailboxes {
                tell.end(Collection::parts_of(kind, mailbox), known.part(kind, mailbox));
            }
        }
        for object in &self.wanted.objects {
            let word = object.part_of().map_or(Ok(()), |mailbox| known.part(object.kind(), mailbox));
            tell.end(Collection::object(object), word);
        }
        for alias in &self.wanted.aliases {
            let is_settled = alias.is_domain()
                || known.is_listed(alias)
                || known.aliases.contains(alias)
                || known.looked.get(alias) == Some(&Ok(Presence::There));
            let word = if is_settled {
                Ok(())
            } else {
                known.index_word().and_then(|()| known.parts_of(Kind::Alias))
            };
            tell.end(Collection::object(&Identity::Alias(alias.clone())), word);
        }
        all
    }
}
