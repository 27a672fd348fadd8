//! What one mailbox is asked for itself: its record, permissions, spam settings, sender lists and devices.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::model::{Field, Reason};
use crate::provider::{ErrorKind, ProviderError};

use crate::providers::rackspace::api::{Api, Locator, Loose, SenderList};

use super::paging::{Gap, Total, list};

/// A call for one mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ask {
    /// Its record.
    Record,
    /// Who may do what with it.
    Permissions,
    /// Its spam settings.
    Spam,
    /// Its lists of senders.
    Senders,
    /// How devices reach it.
    Devices,
}

/// What asking brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Look<T> {
    /// Nobody asked.
    #[default]
    NotAsked,
    /// The mailbox is not there.
    Gone,
    /// This.
    Told(T),
    /// It could not be read, and why.
    Failed(Reason),
}

impl<T> Look<T> {
    /// What was told.
    pub(super) fn told(&self) -> Option<&T> {
        if let Self::Told(told) = self { Some(told) } else { None }
    }

    /// Why it could not be read.
    pub(super) fn failed(&self) -> Option<&Reason> {
        if let Self::Failed(reason) = self { Some(reason) } else { None }
    }
}

/// The words of a mailbox's lists of senders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Senders {
    pub(super) allow: BTreeSet<String>,
    pub(super) block: BTreeSet<String>,
}

/// What was read of one mailbox.
#[derive(Debug, Default)]
pub(super) struct Detail {
    pub(super) record: Look<Loose>,
    pub(super) permissions: Look<Vec<Loose>>,
    pub(super) spam: Look<Loose>,
    pub(super) senders: Look<Senders>,
    pub(super) devices: Option<Loose>,
}

impl Detail {
    /// True where the mailbox turned out not to be there.
    pub(super) fn is_gone(&self) -> bool {
        matches!(self.record, Look::Gone)
            || matches!(self.permissions, Look::Gone)
            || matches!(self.spam, Look::Gone)
            || matches!(self.senders, Look::Gone)
    }
}

/// Ends a reading of many mailboxes where one after the other fails: each of them is tried several times.
#[derive(Debug, Default)]
pub(super) struct Patience(AtomicU32);

/// After so many failures in a row nothing more is asked.
const FAILURES: u32 = 10;

impl Patience {
    fn is_over(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= FAILURES
    }

    fn note<T>(&self, look: &Look<T>) {
        if matches!(look, Look::Failed(_)) {
            self.0.fetch_add(1, Ordering::Relaxed);
        } else if !self.is_over() {
            self.0.store(0, Ordering::Relaxed);
        }
    }
}

/// Asks for one mailbox.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) api: &'a Api,
    pub(super) patience: &'a Patience,
}

impl Asker<'_> {
    /// What these calls tell of a mailbox.
    ///
    /// # Errors
    /// `Auth`: then nothing more can be read.
    pub(super) async fn read(self, at: &Locator, asks: &BTreeSet<Ask>) -> Result<Detail, ProviderError> {
        let mut detail = Detail::default();
        if asks.contains(&Ask::Record) {
            detail.record = self.look(|| self.api.show(at)).await?;
        }
        for ask in asks {
            if detail.is_gone() {
                return Ok(detail);
            }
            match ask {
                Ask::Record => {}
                Ask::Permissions => {
                    let look = self.look(|| async { found(permissions(self.api, at).await) }).await?;
                    detail.permissions = self.verified(at, look, &detail.record).await?;
                }
                Ask::Spam => {
                    let look = self.look(|| async { found(self.api.spam(at).await) }).await?;
                    detail.spam = self.verified(at, look, &detail.record).await?;
                }
                Ask::Senders => {
                    let look = self.look(|| async { found(senders(self.api, at).await) }).await?;
                    detail.senders = self.verified(at, look, &detail.record).await?;
                }
                Ask::Devices => {
                    let has = detail.record.told().map(|record| {
                        record.bool(crate::providers::rackspace::convert::ACTIVE_SYNC_KEY).known()
                    });
                    if has == Some(Some(true)) {
                        let look = self.look(|| self.api.active_sync(at)).await?;
                        detail.devices = look.told().cloned();
                    }
                }
            }
        }
        Ok(detail)
    }

    async fn look<T, F>(self, ask: impl FnOnce() -> F) -> Result<Look<T>, ProviderError>
    where
        F: Future<Output = Result<Option<T>, ProviderError>>,
    {
        if self.patience.is_over() {
            return Ok(Look::Failed(
                format!("not asked for, after {FAILURES} readings in a row that failed").into(),
            ));
        }
        let look = match ask().await {
            Ok(Some(told)) => Look::Told(told),
            Ok(None) => Look::Gone,
            Err(error) if error.kind == ErrorKind::Auth => return Err(error),
            Err(error) => Look::Failed(error.to_string().into()),
        };
        self.patience.note(&look);
        Ok(look)
    }

    /// Something that is not there may be a part of a mailbox that is: only the mailbox's record tells.
    async fn verified<T>(
        self,
        at: &Locator,
        look: Look<T>,
        record: &Look<Loose>,
    ) -> Result<Look<T>, ProviderError> {
        if !matches!(look, Look::Gone) {
            return Ok(look);
        }
        let record = match record {
            Look::NotAsked => self.look(|| self.api.show(at)).await?,
            asked => asked.clone(),
        };
        Ok(match record {
            Look::Gone => Look::Gone,
            Look::Failed(reason) => Look::Failed(reason),
            Look::Told(_) | Look::NotAsked => {
                Look::Failed("the service says that this is not there, and that the mailbox is".into())
            }
        })
    }
}

/// Turns what is not there from an error into nothing.
fn found<T>(result: Result<T, ProviderError>) -> Result<Option<T>, ProviderError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A whole list, or why there is none.
async fn whole<T, F>(
    total: Total,
    key: impl Fn(&T) -> String,
    fetch: impl Fn(u64) -> F,
) -> Result<Vec<T>, ProviderError>
where
    F: Future<Output = Result<crate::providers::rackspace::api::Page<T>, ProviderError>>,
{
    let listed = list(total, key, fetch).await;
    match listed.gap {
        None => Ok(listed.items),
        Some(Gap::Failed(error)) => Err(error),
        Some(Gap::Strange(reason)) => Err(ProviderError::new(ErrorKind::Protocol, reason.to_string())),
    }
}

/// The entries of a mailbox's permissions.
pub(in crate::providers::rackspace) async fn permissions(
    api: &Api,
    at: &Locator,
) -> Result<Vec<Loose>, ProviderError> {
    let key = |entry: &Loose| {
        let text = |key| entry.text(key).known().unwrap_or_default().to_lowercase();
        format!("{} {}", text("emailAddress"), text("permissionType"))
    };
    whole(Total::MeansNothing, key, |offset| api.permissions(at, offset)).await
}

/// One of a mailbox's lists of senders.
pub(in crate::providers::rackspace) async fn sender_list(
    api: &Api,
    at: &Locator,
    of: SenderList,
) -> Result<BTreeSet<String>, ProviderError> {
    let words =
        whole(Total::Counts, |word: &String| word.clone(), |offset| api.senders(at, of, offset)).await?;
    Ok(words.into_iter().filter(|word| !word.is_empty()).collect())
}

async fn senders(api: &Api, at: &Locator) -> Result<Senders, ProviderError> {
    let mut senders = Senders::default();
    for (field, lists) in sender_lists() {
        let words = if field == Field::Allow { &mut senders.allow } else { &mut senders.block };
        for of in lists {
            words.extend(sender_list(api, at, of).await?);
        }
    }
    Ok(senders)
}

/// The lists that hold each field of the sender rules.
pub(in crate::providers::rackspace) fn sender_lists() -> [(Field, [SenderList; 2]); 2] {
    [
        (Field::Allow, [SenderList::Safe, SenderList::IpSafe]),
        (Field::Block, [SenderList::Block, SenderList::IpBlock]),
    ]
}
