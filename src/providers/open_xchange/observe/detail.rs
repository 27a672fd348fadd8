//! What one user is asked for itself: its record, its attributes, its lists of senders, and facts.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::Value as Json;

use crate::http::{Loose, excerpt};
use crate::model::{Address, Facts, Field, Identity, ObservedObject, Reading, Reason};
use crate::provider::{ErrorKind, ProviderError};

use crate::providers::open_xchange::api::{Api, Numbers};
use crate::providers::open_xchange::convert::{self, Tells, User};
use crate::providers::open_xchange::fields::{self, Attribute, TEXTS};
use crate::providers::open_xchange::paths::{self, Op};

use super::subject::Record;
use super::{Subject, gap, rules_object};

/// After so many failures in a row nothing more is asked: each of them was tried several times.
const FAILURES: u32 = 10;

/// A service that tells none of the texts of so many users tells them of nobody.
const SILENT: u32 = 3;

const OVER: &str = "it was not asked for any more, after ten failures in a row";

/// What the hint of an attribute's path that leads nowhere says.
pub(in crate::providers::open_xchange) const ATTRIBUTE_GONE: &str =
    "give the path of the service's own reference under `paths` of this connection";

/// What was read of one user.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) mailbox: Option<ObservedObject>,
    pub(super) rules: Option<(Address, Result<Option<ObservedObject>, Reason>)>,
}

/// Asks for one user after the other.
#[derive(Debug)]
pub(super) struct Asker<'a> {
    api: &'a Api,
    tells: Tells,
    brand: Option<String>,
    /// Why the context's number is not known, without which no user has one.
    number: Result<(), Reason>,
    failures: AtomicU32,
    /// How many users' own records told neither names nor language nor time zone; none once one of them did.
    silent: Mutex<Option<u32>>,
    /// True once the service said that this login may not read counters.
    is_denied: AtomicBool,
}

impl<'a> Asker<'a> {
    pub(super) fn new(api: &'a Api, tells: Tells, brand: Option<String>, number: Result<(), Reason>) -> Self {
        let (failures, is_denied) = (AtomicU32::new(0), AtomicBool::new(false));
        let silent = Mutex::new(Some(0));
        Self { api, tells, brand, number, failures, silent, is_denied }
    }

    /// Reads what a user is asked for.
    ///
    /// # Errors
    /// `Auth`: then nothing more can be read.
    pub(super) async fn look(&self, subject: Subject<'_>) -> Result<Seen, ProviderError> {
        let user = subject.user;
        let numbers = match &self.number {
            Err(reason) => Err(Reason::clone(reason)),
            // Mostly they are known, which says nothing of how the service fares.
            Ok(()) if subject.needs_numbers() && !self.is_over() => {
                gap(self.api.numbers(&user.login, user.uid).await)?
            }
            Ok(()) if subject.needs_numbers() => Err(OVER.into()),
            Ok(()) => Err(Reason::from("it was not asked for")),
        };
        let mailbox = match &subject.wanted {
            Some(wanted) => Some(self.mailbox(&subject, wanted, numbers.as_ref()).await?),
            None => None,
        };
        let rules = if subject.rules {
            let read = match &numbers {
                Ok(numbers) => self.rules(user, numbers).await?,
                Err(reason) => Err(Reason::clone(reason)),
            };
            Some((user.mail.clone(), read))
        } else {
            None
        };
        Ok(Seen { mailbox, rules })
    }

    async fn mailbox(
        &self,
        subject: &Subject<'_>,
        wanted: &BTreeSet<Field>,
        numbers: Result<&Numbers, &Reason>,
    ) -> Result<ObservedObject, ProviderError> {
        let user = subject.user;
        let mut fields = convert::mailbox(&user.document, self.tells);
        let mut facts = convert::facts(&user.document);
        let mut missed = Reason::from("the service did not tell it");
        let needs_record = match subject.record {
            Record::Nothing => false,
            Record::Texts => !self.is_silent(),
            Record::Permissions => true,
        };
        if needs_record {
            match self.patiently(self.api.user(&user.login)).await? {
                Ok(Some(record)) => {
                    self.note_texts(&record);
                    let mut tells = self.tells;
                    tells.note(&record);
                    for (field, reading) in convert::mailbox(&record, tells).iter() {
                        if reading.known().is_some() || fields.value(field).is_none() {
                            fields.set(field.clone(), reading.clone());
                        }
                    }
                }
                Ok(None) => missed = "the user was gone when it was looked at".into(),
                Err(reason) => missed = reason,
            }
        }
        for attribute in &subject.attributes {
            let reading = match numbers {
                Ok(numbers) => match self.patiently(self.attribute(attribute, numbers)).await? {
                    Ok(document) => convert::attribute(attribute, document.as_ref()),
                    Err(reason) => Reading::NotRead(reason),
                },
                Err(reason) => Reading::NotRead(Reason::clone(reason)),
            };
            fields.set(fields::setting(attribute.setting), reading);
        }
        if let (true, Ok(numbers)) = (subject.facts, numbers) {
            facts.extend(self.facts(numbers).await?);
        }
        facts.extend(self.brand.iter().map(|brand| ("brand".to_owned(), brand.clone())));
        // A field that is wanted and was not told says why.
        for field in wanted {
            if fields.get(field).is_none() && *field != Field::Password {
                fields.set(field.clone(), Reading::NotRead(Reason::clone(&missed)));
            }
        }
        let mut object = user.object(Identity::Mailbox(user.mail.clone()), fields);
        object.facts = facts;
        Ok(object)
    }

    /// An attribute's document. The user is listed, so what is not found is not set.
    async fn attribute(
        &self,
        attribute: &Attribute,
        numbers: &Numbers,
    ) -> Result<Option<Json>, ProviderError> {
        self.api.look(attribute.op, &numbers.values()).await
    }

    async fn rules(
        &self,
        user: &User,
        numbers: &Numbers,
    ) -> Result<Result<Option<ObservedObject>, Reason>, ProviderError> {
        let mut lists = Vec::new();
        for op in [Op::Blacklist, Op::Whitelist] {
            match self.patiently(entries(self.api, op, numbers)).await? {
                Ok(words) => lists.push(words),
                Err(reason) => return Ok(Err(reason)),
            }
        }
        let (allow, block) = (lists.pop().unwrap_or_default(), lists.pop().unwrap_or_default());
        Ok(Ok(rules_object(user, block, allow)))
    }

    /// Which quotas count, and how full the mailbox is: counters alone, never what a message says.
    async fn facts(&self, numbers: &Numbers) -> Result<Facts, ProviderError> {
        let mut facts = Facts::new();
        let mut note = |name: &str, told: Option<String>| {
            facts.extend(told.map(|told| (name.to_owned(), excerpt(&told))));
        };
        let mode = self.patiently(self.api.look(Op::QuotaMode, &numbers.values())).await?;
        note("quota_mode", mode.ok().flatten().and_then(|mode| Loose::of(&mode)?.text("quotamode").known()));
        let counters = [
            ("mail_quota", Op::MailQuota),
            ("new_messages", Op::MailNew),
            ("unread_messages", Op::MailUnread),
            ("unread_in_inbox", Op::MailUnreadInbox),
        ];
        for (name, op) in counters {
            if self.is_denied.load(Ordering::Relaxed) || self.is_over() {
                break;
            }
            match self.api.try_read(op, &numbers.values()).await {
                Ok(document) => note(name, counted(&document)),
                Err(error) if error.kind == ErrorKind::Auth => return Err(error),
                Err(error) if error.kind == ErrorKind::Denied => {
                    self.is_denied.store(true, Ordering::Relaxed);
                }
                Err(error) => tracing::debug!(%error, "a counter was not read"),
            }
        }
        Ok(facts)
    }

    /// True where so many records told no text that no further one is asked for them.
    fn is_silent(&self) -> bool {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|number| number >= SILENT)
    }

    fn note_texts(&self, record: &Loose) {
        let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        *silent = if TEXTS.iter().any(|(_, key)| record.has(key)) {
            None
        } else {
            silent.map(|number| number.saturating_add(1))
        };
    }

    fn is_over(&self) -> bool {
        self.failures.load(Ordering::Relaxed) >= FAILURES
    }

    /// A reading that may fail, unless too many did.
    async fn patiently<T>(
        &self,
        read: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<Result<T, Reason>, ProviderError> {
        if self.is_over() {
            return Ok(Err(OVER.into()));
        }
        let read = gap(read.await)?;
        if read.is_err() {
            self.failures.fetch_add(1, Ordering::Relaxed);
        } else if !self.is_over() {
            self.failures.store(0, Ordering::Relaxed);
        }
        Ok(read)
    }
}

/// The entries of one of a user's lists. The user is listed, so a list that is not found is empty.
pub(in crate::providers::open_xchange) async fn entries(
    api: &Api,
    op: Op,
    numbers: &Numbers,
) -> Result<BTreeSet<String>, ProviderError> {
    let document = api.look(op, &numbers.values()).await?;
    let key = paths::operation(op).key;
    convert::entries(key, document.as_ref())
        .map_err(|reason| ProviderError::new(ErrorKind::Protocol, reason.to_string()).hint(ATTRIBUTE_GONE))
}

/// The numbers in a counter's document, in one line.
fn counted(document: &Json) -> Option<String> {
    match document {
        Json::Number(number) => Some(number.to_string()),
        Json::String(text) => text.trim().parse::<u64>().ok().map(|number| number.to_string()),
        Json::Object(object) if object.len() == 1 => counted(object.values().next()?),
        Json::Object(object) => {
            let pairs: Vec<String> =
                object.iter().filter_map(|(key, value)| Some(format!("{key} {}", counted(value)?))).collect();
            (!pairs.is_empty()).then(|| pairs.join(", "))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_numbers_and_nothing_else() {
        for (document, told) in [
            (r#"{"newmessages":3}"#, Some("3")),
            (r#"{"mailQuota":{"limit":100,"use":"7"}}"#, Some("limit 100, use 7")),
            (r#"{"mailQuota":{}}"#, None),
            (r#"{"subject":"Secret words"}"#, None),
            (r#"[{"subject":"Secret words"}]"#, None),
            ("4", Some("4")),
        ] {
            let document = serde_json::from_str(document).expect("a document");
            assert_eq!(counted(&document).as_deref(), told, "{document}");
        }
    }
}
