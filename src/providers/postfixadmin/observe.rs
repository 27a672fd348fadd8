//! Reads what a scope asks, in one read transaction, row by row.
//!
//! A table is walked once, whatever the scope holds, and no row costs a query of its own. Rows go into a short
//! channel and wait there, so that a large database needs little memory.

use std::collections::{BTreeMap, HashMap};
use std::future::Future as _;

use futures_util::TryStreamExt as _;
use futures_util::stream::{BoxStream, StreamExt as _, poll_fn};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::convert;
use super::database::{Database, Reader};
use super::dovecot::Doveadm;
use super::link::{Link, Row, in_time};
use super::spelling::{Spelling, Spellings, Table};
use super::sql::{self, AliasRow, DomainRow, MailboxRow};
use crate::model::{Address, Completeness, DomainName, Identity, Kind, ObservedObject, Scope};
use crate::provider::{Found, ProviderError};

mod administrators;
mod remains;
mod sharing;
mod strange;
mod wanted;

use strange::Strange;
use wanted::Wanted;

/// How many finds may wait to be taken.
const WAITING: usize = 256;

/// Reads what `scope` asks.
pub(super) fn stream<'a>(
    database: &'a Database,
    doveadm: Option<&'a Doveadm>,
    scope: &'a Scope,
) -> BoxStream<'a, Found> {
    let (out, mut found): (Sender<Found>, Receiver<Found>) = channel(WAITING);
    let mut work = Some(Box::pin(read(database, doveadm, scope, out)));
    // The reading advances only while somebody takes from the stream, and ends with it.
    poll_fn(move |context| {
        if let Some(reading) = &mut work
            && reading.as_mut().poll(context).is_ready()
        {
            work = None;
        }
        found.poll_recv(context)
    })
    .boxed()
}

/// Why a reading ends early.
enum Stop {
    /// Nobody listens any more.
    Unheard,
    /// The database failed.
    Failed(ProviderError),
}

async fn read(database: &Database, doveadm: Option<&Doveadm>, scope: &Scope, out: Sender<Found>) {
    let ended = match database.reader().await {
        Ok(Some(reader)) => read_from(database, doveadm, reader, scope, &out).await,
        // Yet to be made: it holds nothing, and that is all of it.
        Ok(None) => end_all(scope, &sharing::Shared::default(), &out).await,
        Err(error) => Err(Stop::Failed(error)),
    };
    if let Err(Stop::Failed(error)) = ended {
        // Nobody hears it where the stream was dropped.
        let _ = out.send(Found::Failed(error)).await;
    }
}

async fn read_from(
    database: &Database,
    doveadm: Option<&Doveadm>,
    mut reader: Reader,
    scope: &Scope,
    out: &Sender<Found>,
) -> Result<(), Stop> {
    let asks_usage = doveadm.is_some() && scope.facts;
    let read = async {
        let spellings = Spellings::load(&mut reader.link).await.map_err(|error| {
            Stop::Failed(database.fault(&error, "looking for rows that are not in lower case"))
        })?;
        let mut walk = Walk { database, link: &mut reader.link, spellings, out };
        walk.domains(&Wanted::of(scope, Kind::Domain)).await?;
        let mut mailboxes = Vec::new();
        walk.mailboxes(&Wanted::of(scope, Kind::Mailbox), asks_usage.then_some(&mut mailboxes)).await?;
        walk.remains(&Wanted::of(scope, Kind::Mailbox)).await?;
        walk.aliases(&Wanted::of(scope, Kind::Alias), &Wanted::of(scope, Kind::Forward)).await?;
        walk.swallowed(&Wanted::of(scope, Kind::Forward)).await?;
        walk.administrators(scope).await?;
        let permissions = Wanted::of(scope, Kind::Permission);
        if doveadm.is_none() {
            walk.permissions(&permissions).await?;
            return Ok(Left::default());
        }
        let held = walk.held(&permissions).await?;
        Ok(Left { mailboxes, permissions, held })
    }
    .await;
    // Dovecot is asked when the database is no longer kept at one moment: it may take long.
    reader.close().await;
    let Left { mut mailboxes, permissions, held } = read?;
    let mut unread = sharing::Shared::default();
    if let Some(doveadm) = doveadm {
        if asks_usage {
            doveadm.tell_usage(&mut mailboxes).await;
            for mailbox in mailboxes {
                tell(out, Found::Object(mailbox)).await?;
            }
        }
        let read = sharing::read(doveadm, held, |mailbox, grantee| permissions.holds_pair(mailbox, grantee));
        let (found, shared) = read.await.map_err(Stop::Failed)?;
        for found in found {
            tell(out, found).await?;
        }
        unread = shared;
    }
    end_all(scope, &unread, out).await
}

/// What the database brought and Dovecot has yet to complete.
#[derive(Default)]
struct Left {
    mailboxes: Vec<ObservedObject>,
    permissions: Wanted,
    held: sharing::Held,
}

/// Ends every collection: nothing of it was left out but what Dovecot did not tell, for else the reading would have
/// failed.
async fn end_all(scope: &Scope, shared: &sharing::Shared, out: &Sender<Found>) -> Result<(), Stop> {
    for part in &scope.parts {
        let completeness = match part.collection.kind {
            Kind::Permission => {
                for end in sharing::ends(&part.collection, shared) {
                    tell(out, end).await?;
                }
                continue;
            }
            Kind::Domain | Kind::Mailbox | Kind::Alias | Kind::Forward | Kind::Administrator => {
                Completeness::Complete
            }
            Kind::SenderRules | Kind::Registration | Kind::Object => {
                Completeness::Incomplete("it is not held here".into())
            }
        };
        let end = Found::End { collection: part.collection.clone(), completeness };
        tell(out, end).await?;
    }
    Ok(())
}

/// One walk through the tables.
struct Walk<'a> {
    database: &'a Database,
    link: &'a mut Link,
    spellings: Spellings,
    out: &'a Sender<Found>,
}

impl Walk<'_> {
    async fn domains(&mut self, wanted: &Wanted) -> Result<(), Stop> {
        let mut strange = Strange::default();
        self.rows(sql::DOMAINS, wanted, "reading domains", |row| {
            let row = DomainRow::from(row);
            let Some(name) = row.domain.as_deref().and_then(|text| DomainName::parse(text).ok()) else {
                strange.note(row.domain.as_deref());
                return None;
            };
            Some(Found::Object(convert::domain(name, &row)))
        })
        .await?;
        strange.warn(self.database, "domains");
        Ok(())
    }

    /// Tells of mailboxes, or holds those back of which there is more to tell.
    async fn mailboxes(
        &mut self,
        wanted: &Wanted,
        mut held: Option<&mut Vec<ObservedObject>>,
    ) -> Result<(), Stop> {
        let spellings = self.spellings.clone();
        let statement = self.choose(sql::MAILBOXES, sql::MAILBOXES_FOLDED);
        let mut strange = Strange::default();
        self.rows(statement, wanted, "reading mailboxes", |row| {
            let row = MailboxRow::from(row);
            let Some(address) = mailbox_address(row.username.as_deref()) else {
                strange.note(row.username.as_deref());
                return None;
            };
            if spellings.get(Table::Mailbox, &address) == Some(&Spelling::Several) {
                return Some(several(Identity::Mailbox(in_lower_case(&address))));
            }
            let object = convert::mailbox(address, &row);
            match &mut held {
                Some(held) => {
                    held.push(object);
                    None
                }
                None => Some(Found::Object(object)),
            }
        })
        .await?;
        strange.warn(self.database, "mailboxes");
        Ok(())
    }

    /// Alias rows are aliases, or a mailbox's forward where they stand at its address.
    async fn aliases(&mut self, aliases: &Wanted, forwards: &Wanted) -> Result<(), Stop> {
        let mut domain_aliases = self.domain_aliases(aliases).await?;
        let spellings = self.spellings.clone();
        let statement = self.choose(sql::ALIASES, sql::ALIASES_FOLDED);
        let mut strange = Strange::default();
        self.rows(statement, &aliases.and(forwards), "reading aliases", |row| {
            let row = AliasRow::from(row);
            let Some(address) = row.address.as_deref().and_then(|text| Address::parse_or_domain(text).ok())
            else {
                strange.note(row.address.as_deref());
                return None;
            };
            let is_alias = row.mailbox_active.is_none();
            let wanted = if is_alias { aliases } else { forwards };
            if !wanted.holds(&address) {
                return None;
            }
            if spellings.get(Table::Alias, &address) == Some(&Spelling::Several) {
                let address = in_lower_case(&address);
                return Some(several(if is_alias {
                    Identity::Alias(address)
                } else {
                    Identity::Forward(address)
                }));
            }
            if !is_alias {
                return convert::forward(address, &row).map(Found::Object);
            }
            Some(Found::Object(match domain_aliases.remove(&address) {
                Some(_) => convert::two_rows(address),
                None => convert::alias(address, &row),
            }))
        })
        .await?;
        strange.warn(self.database, "aliases");
        // Sorted, so that two readings of one state are the same.
        let mut rest: Vec<ObservedObject> = domain_aliases.into_values().collect();
        rest.sort_by(|a, b| a.identity.cmp(&b.identity));
        for object in rest {
            tell(self.out, Found::Object(object)).await?;
        }
        Ok(())
    }

    /// The domain aliases, held back until it is known whether a catch-all stands for the same domain.
    async fn domain_aliases(&mut self, wanted: &Wanted) -> Result<HashMap<Address, ObservedObject>, Stop> {
        let mut found = HashMap::new();
        let mut strange = Strange::default();
        self.rows(sql::ALIAS_DOMAINS, wanted, "reading domain aliases", |row| {
            let key = row.text(0);
            let target = row.text(1).and_then(|text| Address::parse_or_domain(&text).ok());
            match key.as_deref().and_then(|text| Address::parse_or_domain(text).ok()) {
                Some(address) => {
                    let active = row.flag(2).unwrap_or(false);
                    let object = convert::domain_alias(address.clone(), target.as_ref(), active);
                    found.insert(address, object);
                }
                None => strange.note(key.as_deref()),
            }
            None
        })
        .await?;
        strange.warn(self.database, "domain aliases");
        Ok(found)
    }

    async fn swallowed(&mut self, wanted: &Wanted) -> Result<(), Stop> {
        let statement = self.choose(sql::SWALLOWED, sql::SWALLOWED_FOLDED);
        self.rows(statement, wanted, "reading catch-alls", |row| {
            // The mailbox itself was told of, or passed over, before.
            let address = mailbox_address(row.text(0).as_deref())?;
            let (own, catch_all) = (row.text(1), row.text(2)?);
            convert::swallowed(address, own.as_deref(), &catch_all).map(Found::Object)
        })
        .await
    }

    async fn permissions(&mut self, wanted: &Wanted) -> Result<(), Stop> {
        let held = self.rights(wanted).await?;
        for ((mailbox, grantee), words) in held {
            tell(self.out, Found::Object(convert::permission(mailbox, grantee, &words))).await?;
        }
        Ok(())
    }

    /// What the database holds of permissions, and the mailboxes that Dovecot is to be asked about.
    async fn held(&mut self, wanted: &Wanted) -> Result<sharing::Held, Stop> {
        let mut mailboxes = Vec::new();
        self.rows(sql::USERNAMES, wanted, "reading mailboxes", |row| {
            mailboxes.extend(mailbox_address(row.text(0).as_deref()));
            None
        })
        .await?;
        Ok(sharing::Held { mailboxes, words: self.rights(wanted).await? })
    }

    /// The rights in the database, by mailbox and grantee.
    async fn rights(&mut self, wanted: &Wanted) -> Result<BTreeMap<(Address, Address), String>, Stop> {
        let mut held = BTreeMap::new();
        let there = self
            .link
            .number(sql::HAS_PERMISSIONS, &[])
            .await
            .map_err(|error| Stop::Failed(self.database.fault(&error, "reading permissions")))?;
        if there == 0 {
            return Ok(held);
        }
        let mut strange = Strange::default();
        self.rows(sql::PERMISSIONS, wanted, "reading permissions", |row| {
            let (owner, grantee) = (row.text(0), row.text(1));
            let (Some(mailbox), Some(grantee)) =
                (mailbox_address(owner.as_deref()), mailbox_address(grantee.as_deref()))
            else {
                strange.note(owner.as_deref());
                return None;
            };
            if !wanted.holds_pair(&mailbox, &grantee) {
                return None;
            }
            held.insert((mailbox, grantee), row.text(2).unwrap_or_default());
            None
        })
        .await?;
        strange.warn(self.database, "permissions");
        Ok(held)
    }

    /// The plain statement uses the tables' keys; the other one also finds rows that are not in lower case.
    fn choose(&self, plain: &'static str, folded: &'static str) -> &'static str {
        if self.spellings.is_empty() { plain } else { folded }
    }

    /// Walks the rows of a statement and hands on what `find` makes of each.
    async fn rows(
        &mut self,
        statement: &'static str,
        wanted: &Wanted,
        doing: &str,
        mut find: impl FnMut(&Row) -> Option<Found>,
    ) -> Result<(), Stop> {
        if wanted.is_empty() {
            return Ok(());
        }
        let dialect = self.link.dialect();
        let (domains, addresses) = (wanted.domains(), wanted.addresses());
        let mut rows = self
            .link
            .stream(statement, &[wanted.everything().into(), (&domains).into(), (&addresses).into()]);
        while let Some(row) = in_time(dialect, rows.try_next())
            .await
            .map_err(|error| Stop::Failed(self.database.fault(&error, doing)))?
        {
            if let Some(found) = find(&row) {
                tell(self.out, found).await?;
            }
        }
        Ok(())
    }
}

fn mailbox_address(text: Option<&str>) -> Option<Address> {
    Address::parse(text?).ok()
}

/// The address as nobody in particular wrote it.
fn in_lower_case(address: &Address) -> Address {
    Address::parse_or_domain(address.as_str()).unwrap_or_else(|_| address.clone())
}

/// Two rows that differ in case alone: SQLite tells them apart, mail does not.
fn several(identity: Identity) -> Found {
    let reason = "it is stored more than once, in spellings that differ in case; keep the one in lower case";
    Found::Unknown { identity, reason: reason.into() }
}

async fn tell(out: &Sender<Found>, found: Found) -> Result<(), Stop> {
    out.send(found).await.map_err(|_| Stop::Unheard)
}

#[cfg(test)]
mod tests;
