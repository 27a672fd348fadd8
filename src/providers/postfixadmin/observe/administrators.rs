//! Reads administrators: a short table, walked whole, with the domains that each looks after.

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;

use super::super::convert::{self, AdministratorRows, DomainRight};
use super::super::link::in_time;
use super::super::sql;
use super::{Stop, Strange, Walk, several, tell};
use crate::model::{Identity, Kind, Scope};
use crate::provider::Found;

impl Walk<'_> {
    pub(super) async fn administrators(&mut self, scope: &Scope) -> Result<(), Stop> {
        if !scope.asks(Kind::Administrator) {
            return Ok(());
        }
        let mut strange = Strange::default();
        for (identity, mut stored) in self.stored_administrators(&mut strange).await? {
            if !scope.parts.iter().any(|part| part.collection.covers(&identity)) {
                continue;
            }
            let found = match (stored.pop(), stored.is_empty()) {
                (Some(rows), true) => Found::Object(convert::administrator(identity, &rows)),
                _ => several(identity),
            };
            tell(self.out, found).await?;
        }
        strange.warn(self.database, "administrators");
        Ok(())
    }

    /// Everything that is stored of each login, in order; more than one where spellings differ in case.
    async fn stored_administrators(
        &mut self,
        strange: &mut Strange,
    ) -> Result<BTreeMap<Identity, Vec<AdministratorRows>>, Stop> {
        let failed = |error| Stop::Failed(self.database.fault(&error, "reading administrators"));
        let dialect = self.link.dialect();
        let mut rows = self.link.stream(sql::ADMINISTRATORS, &[]);
        let mut found: BTreeMap<Identity, Vec<AdministratorRows>> = BTreeMap::new();
        while let Some(row) = in_time(dialect, rows.try_next()).await.map_err(failed)? {
            let Some(username) = row.text(0).filter(|login| !login.trim().is_empty()) else {
                strange.note(row.text(0).as_deref());
                continue;
            };
            let stored = found.entry(Identity::administrator(&username)).or_default();
            let right = row.flag(4).map(|active| DomainRight { domain: row.text(3), active });
            match stored.iter_mut().find(|rows| rows.username == username) {
                Some(rows) => rows.domains.extend(right),
                None => stored.push(AdministratorRows {
                    username,
                    superadmin: row.flag(1).unwrap_or(false),
                    active: row.flag(2).unwrap_or(false),
                    domains: right.into_iter().collect(),
                }),
            }
        }
        Ok(found)
    }
}
