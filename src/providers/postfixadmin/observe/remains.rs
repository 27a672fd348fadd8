//! Looks for mailboxes that are gone and may have left their mail.
//!
//! The log may be long: it is walked once, only where mailboxes are asked for, and only what names one that is not there
//! any more comes back.

use std::collections::BTreeMap;

use super::super::convert::{self, Traces};
use super::super::spelling::Table;
use super::super::sql;
use super::wanted::Wanted;
use super::{Stop, Walk, mailbox_address, tell};
use crate::model::Address;
use crate::provider::Found;

impl Walk<'_> {
    pub(super) async fn remains(&mut self, wanted: &Wanted) -> Result<(), Stop> {
        if wanted.is_empty() {
            return Ok(());
        }
        let mut found: BTreeMap<Address, Traces> = BTreeMap::new();
        self.rows(sql::LOGGED, wanted, "looking for mailboxes that are gone", |row| {
            let traces = found.entry(mailbox_address(row.text(0).as_deref())?).or_default();
            traces.deleted = row.text(1).as_deref().and_then(day);
            traces.last = row.text(2).as_deref().and_then(day);
            None
        })
        .await?;
        let doing = "looking for folders that are still shared";
        let there = self.link.number(sql::HAS_SHARES, &[]).await;
        if there.map_err(|error| Stop::Failed(self.database.fault(&error, doing)))? > 0 {
            self.rows(sql::SHARED, wanted, doing, |row| {
                let traces = found.entry(mailbox_address(row.text(0).as_deref())?).or_default();
                traces.shared_with = [row.text(1), row.text(2)].into_iter().flatten().collect();
                traces.shared_with.dedup();
                traces.shares = row.number(3).and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
                None
            })
            .await?;
        }
        for (address, traces) in found {
            // One that is there in another spelling is not gone.
            if self.spellings.get(Table::Mailbox, &address).is_none() {
                tell(self.out, Found::Object(convert::remains(address, &traces))).await?;
            }
        }
        Ok(())
    }
}

/// The day of a moment; none of an empty one, as which SQLite hands out a moment that is not there.
fn day(moment: &str) -> Option<String> {
    let day: String = moment.chars().take("2026-11-25".len()).collect();
    (!day.trim().is_empty()).then_some(day)
}
