//! The sub-admins: one list, and a look at each that it tells too little of.

use std::collections::BTreeSet;

use futures_util::StreamExt as _;
use futures_util::stream;

use crate::model::{Extent, Field, Identity, Kind, Reason};
use crate::provider::ProviderError;

use crate::providers::atmail::convert;
use crate::providers::atmail::fields::{ADMIN_SETTINGS, named};
use crate::providers::atmail::record::AdminRecord;

use super::sight::hides_administrators;
use super::{Site, reason};

/// Reads the sub-admins that the scope asks for.
///
/// # Errors
/// `Auth`.
pub(super) async fn read(site: Site<'_>) -> Result<(), ProviderError> {
    let parts = || site.scope.parts.iter().filter(|part| part.collection.kind == Kind::Administrator);
    let end = |word: &Result<(), Reason>| {
        parts().for_each(|part| site.tell.end(part.collection.clone(), word.clone()));
    };
    let asks_list = parts().any(|part| !matches!(part.collection.extent, Extent::Objects(_)));
    let mut hidden = Ok(());
    let listed = if asks_list {
        match reason(site.api, site.api.administrators().await)? {
            Ok(listed) => {
                hidden = hides_administrators(site.api, &listed).await?.map_or(Ok(()), Err);
                listed
            }
            Err(reason) => {
                end(&Err(reason));
                return Ok(());
            }
        }
    } else {
        let logins = parts().flat_map(|part| match &part.collection.extent {
            Extent::Objects(objects) => objects.iter().map(ToString::to_string).collect::<Vec<_>>(),
            _ => Vec::new(),
        });
        let logins: BTreeSet<String> = logins.collect();
        logins.into_iter().map(|login| AdminRecord { login, ..AdminRecord::default() }).collect()
    };
    let looks = stream::iter(listed).map(async |record| {
        let identity = Identity::administrator(&record.login);
        let is_asked = site.scope.covers(&identity);
        if !is_asked || asks_list && tells_enough(site, &identity, &record) {
            return (identity, Ok(Some(record).filter(|_| is_asked)));
        }
        let login = record.login.clone();
        let looked = site.api.administrator(&login).await;
        (identity, looked.map(|looked| looked.map(|looked| record.filled(looked))))
    });
    let mut looks = looks.buffer_unordered(site.options.in_flight.max(1));
    while let Some((identity, looked)) = looks.next().await {
        match reason(site.api, looked)? {
            Ok(Some(record)) => site.tell.object(convert::administrator(&record, site.api.username())),
            Ok(None) => {}
            Err(reason) => site.tell.unknown(identity, reason),
        }
    }
    end(&hidden);
    Ok(())
}

/// True where the list tells of a sub-admin what is asked of it.
fn tells_enough(site: Site<'_>, identity: &Identity, record: &AdminRecord) -> bool {
    let told = [
        (Field::Full, record.full.is_some()),
        (Field::AdminRights, record.tells_rights()),
        (Field::Domains, record.domains.is_some()),
    ];
    let settings = ADMIN_SETTINGS.iter().zip(&record.settings);
    let settings = settings.map(|(setting, told)| (named(setting.name), told.is_some()));
    told.into_iter().chain(settings).all(|(field, told)| told || !site.scope.wants(identity, &field))
}
