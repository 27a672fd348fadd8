//! Aliases: a row for each target. Rows are made and removed one by one, and never changed.

use std::collections::BTreeSet;

use crate::http::Text;
use crate::model::{Address, Change, Field, Fields, Value, Verb};
use crate::provider::{Done, ErrorKind, ProviderError};

use crate::providers::atmail::fields::Form;
use crate::providers::atmail::record::RowType;
use crate::providers::atmail::rows::place;

use super::{Site, after_a_write, cannot, in_doubt, invalid, vanished};

const CREATE: &str = "/aliases/create";
const DELETE: &str = "/aliases/delete";

/// What sort of rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Delivers elsewhere.
    Local,
    /// Delivers elsewhere, and to the mailbox of the same name.
    Deliver,
    /// Diverts a domain.
    Domain,
}

impl Sort {
    fn as_str(self) -> &'static str {
        match self {
            Self::Local => "Local",
            Self::Deliver => "Deliver",
            Self::Domain => "Domain",
        }
    }
}

/// Makes, changes or removes an alias.
pub(super) async fn perform(site: Site<'_>, alias: &Address, change: &Change) -> Result<Done, ProviderError> {
    let wanted = targets(&change.after);
    if change.verb != Verb::Delete {
        if let Some(odd) = wanted.iter().find(|target| target.is_domain() != alias.is_domain()) {
            return Err(invalid(format!("the interface documents no alias from {alias} to {odd}"))
                .hint("an address delivers to addresses, and a domain to one other domain"));
        }
        if wanted.is_empty() {
            return Err(cannot(change));
        }
    }
    let sort = if alias.is_domain() { Sort::Domain } else { Sort::Local };
    let rows = Rows { site, name: alias, sort };
    if change.verb != Verb::Delete && !alias.is_domain() && site.api.user(alias.as_str()).await?.is_some() {
        let message = format!("{alias} has become a mailbox, and an alias would take its mail away");
        return Err(ProviderError::new(ErrorKind::Conflict, message).hint("plan again"));
    }
    let (before, now) = (before(change), rows.now(&before(change)).await?);
    // A delete that was not told what it removes takes what is there.
    let is_known = change.verb != Verb::Delete || !before.is_empty();
    if let Some(other) = now.iter().find(|target| !before.contains(*target) && !wanted.contains(*target))
        && is_known
    {
        return Err(moved(alias, other));
    }
    match change.verb {
        Verb::Create if now == wanted => Ok(Done::NotNeeded),
        Verb::Create => rows.make(&wanted).await,
        Verb::Update if now.is_empty() => Err(vanished(&format!("the alias {alias}"))),
        Verb::Update => rows.change(&now, &wanted).await,
        Verb::Delete => rows.remove_all(&now).await,
        Verb::Rename => Err(cannot(change)),
    }
}

/// Somebody has added a target since it was read. Rows of others stay, and so a write would not bring what is wanted.
pub(super) fn moved(name: &Address, other: &Address) -> ProviderError {
    let message = format!("{name} has come to deliver to {other} as well");
    ProviderError::new(ErrorKind::Conflict, message).hint("plan again")
}

/// The targets of an alias or of a forward.
pub(super) fn targets(fields: &Fields) -> BTreeSet<Address> {
    fields.get(&Field::Targets).and_then(Value::addresses).cloned().unwrap_or_default()
}

pub(super) fn before(change: &Change) -> BTreeSet<Address> {
    change.before.as_ref().map(targets).unwrap_or_default()
}

/// The targets that go: those that were read, or where nothing was, those that are there.
pub(super) async fn removed(
    site: Site<'_>,
    name: &Address,
    change: &Change,
) -> Result<BTreeSet<Address>, ProviderError> {
    let known = before(change);
    if !known.is_empty() {
        return Ok(known);
    }
    let rows = site.api.aliases().await?;
    Ok(rows
        .iter()
        .filter(|row| place(&row.name).as_ref() == Some(name))
        .filter_map(|row| place(&row.to))
        .collect())
}

/// The rows of one name.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) site: Site<'a>,
    pub(super) name: &'a Address,
    pub(super) sort: Sort,
}

/// What became of a row that was to be made.
enum Made {
    /// It is new.
    New,
    /// It was there.
    There,
    /// The service takes no second row of this name.
    Refused(ProviderError),
}

impl Rows<'_> {
    /// Makes an alias that is not there.
    pub(super) async fn make(self, wanted: &BTreeSet<Address>) -> Result<Done, ProviderError> {
        let mut made: Vec<&Address> = Vec::new();
        for target in wanted {
            let added = if made.is_empty() {
                // That there is one already is for the applier to judge.
                self.create(target).await.map(|()| Made::New)
            } else {
                self.add(target).await.map_err(after_a_write)
            };
            match added? {
                Made::New | Made::There => made.push(target),
                Made::Refused(error) => {
                    for target in made {
                        self.remove(target).await.map_err(after_a_write)?;
                    }
                    return Err(ProviderError { kind: ErrorKind::Invalid, ..error }
                        .hint("this server takes one target for each alias: declare one"));
                }
            }
        }
        Ok(Done::written())
    }

    /// Adds the rows that are missing, then removes those that are to go: so that mail always goes somewhere.
    pub(super) async fn change(
        self,
        before: &BTreeSet<Address>,
        wanted: &BTreeSet<Address>,
    ) -> Result<Done, ProviderError> {
        let mut gone: Vec<&Address> = before.difference(wanted).collect();
        let mut notes = Vec::new();
        let mut written = false;
        for target in wanted.difference(before) {
            match self.add(target).await.map_err(in_doubt(written))? {
                Made::New => written = true,
                Made::There => {}
                Made::Refused(error) if gone.is_empty() => return Err(in_doubt(written)(error)),
                Made::Refused(_) => {
                    for target in gone.drain(..) {
                        self.remove(target).await.map_err(in_doubt(written))?;
                        written = true;
                    }
                    self.create(target).await.map_err(after_a_write)?;
                    notes.push(format!(
                        "the server takes one target for {} at a time: it had none for a moment",
                        self.name
                    ));
                }
            }
        }
        for target in gone {
            written |= self.remove(target).await.map_err(in_doubt(written))?;
        }
        Ok(if written { Done::Written { notes } } else { Done::NotNeeded })
    }

    /// Removes rows; those that are not there need not be.
    pub(super) async fn remove_all(self, gone: &BTreeSet<Address>) -> Result<Done, ProviderError> {
        let mut written = false;
        for target in gone {
            written |= self.remove(target).await.map_err(in_doubt(written))?;
        }
        Ok(if written { Done::written() } else { Done::NotNeeded })
    }

    /// The targets that the alias has now. What delivers to a mailbox besides is the forward of one that was made
    /// meanwhile, unless it was read as the alias's own.
    async fn now(self, before: &BTreeSet<Address>) -> Result<BTreeSet<Address>, ProviderError> {
        let rows = self.site.api.aliases().await?;
        let named = rows.iter().filter(|row| place(&row.name).as_ref() == Some(self.name) && !row.has_folder);
        let own = named.filter_map(|row| {
            let target = place(&row.to)?;
            let is_forward = row.sort == Some(RowType::Deliver) && !before.contains(&target);
            (!is_forward && row.sort != Some(RowType::Other)).then_some(target)
        });
        Ok(own.collect())
    }

    async fn create(self, target: &Address) -> Result<(), ProviderError> {
        let mut form = pair(wire(self.name), wire(target));
        form.push(("AliasType", self.sort.as_str().into()));
        self.site.api.write(CREATE, None, form).await.map(|_| ())
    }

    /// Makes a row beside others.
    async fn add(self, target: &Address) -> Result<Made, ProviderError> {
        match self.create(target).await {
            Ok(()) => Ok(Made::New),
            Err(error) if error.kind == ErrorKind::Conflict => {
                Ok(if self.stored(target).await?.is_empty() { Made::Refused(error) } else { Made::There })
            }
            Err(error) => Err(error),
        }
    }

    /// Removes the row of this name and this target: both are always told, or others would go with it. True where
    /// one was there.
    pub(super) async fn remove(self, target: &Address) -> Result<bool, ProviderError> {
        if self.take(wire(self.name), wire(target)).await? {
            return Ok(true);
        }
        // It may be stored in another spelling.
        let mut taken = false;
        for (name, to) in self.stored(target).await? {
            taken |= self.take(&name, &to).await.map_err(in_doubt(taken))?;
        }
        Ok(taken)
    }

    /// Removes the row from the mailbox to itself, where there is one.
    pub(super) async fn remove_own(self) -> Result<bool, ProviderError> {
        self.take(wire(self.name), wire(self.name)).await
    }

    async fn take(self, name: &str, to: &str) -> Result<bool, ProviderError> {
        match self.site.api.write(DELETE, None, pair(name, to)).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The rows of this name and this target, as they are stored.
    async fn stored(self, target: &Address) -> Result<Vec<(String, String)>, ProviderError> {
        let rows = self.site.api.aliases().await?;
        let is = |text: &str, address: &Address| place(text).as_ref() == Some(address);
        let same =
            rows.into_iter().filter(|row| is(&row.name, self.name) && is(&row.to, target) && !row.has_folder);
        Ok(same.map(|row| (row.name, row.to)).collect())
    }
}

/// What names one row.
fn pair(name: &str, to: &str) -> Form {
    vec![("AliasName", Text::from(name)), ("AliasTo", Text::from(to))]
}

/// How a name or a target is written: a domain without the `@`.
fn wire(address: &Address) -> &str {
    if address.is_domain() { address.domain() } else { address.as_str() }
}
