//! Domains: those that the brand shares, and those of the context, where it is known where to ask.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{DomainName, Identity, Kind, ObservedObject, Reading, Readings, Scope, Value};
use crate::provider::ProviderError;

use crate::providers::open_xchange::api::Api;
use crate::providers::open_xchange::convert;
use crate::providers::open_xchange::fields::{self, EXPLICIT, SHARED};
use crate::providers::open_xchange::paths::Op;

use super::{Teller, gap};

/// Reads domains.
pub(super) async fn read(api: &Api, scope: &Scope, tell: &mut Teller) -> Result<(), ProviderError> {
    let mut found: BTreeMap<DomainName, BTreeSet<&str>> = BTreeMap::new();
    let mut word = Ok(());
    let mut note = |listed: Result<BTreeSet<DomainName>, _>, which| match listed {
        Ok(domains) => {
            for domain in domains {
                found.entry(domain).or_default().insert(which);
            }
        }
        Err(reason) => word = Err(reason),
    };
    note(listed(gap(api.read(Op::SharedDomains, &[]).await)?), SHARED);
    if api.has(Op::ExplicitDomains) {
        let list = async {
            let number = api.context_number(&[]).await?.to_string();
            api.read(Op::ExplicitDomains, &[("context", &number)]).await
        };
        note(listed(gap(list.await)?), EXPLICIT);
    }
    for (domain, which) in found {
        let identity = Identity::Domain(domain);
        if !scope.covers(&identity) {
            continue;
        }
        let reading = match which.first() {
            Some(one) if which.len() == 1 => Reading::Known(Value::text(one)),
            _ => Reading::NotRead("the service lists it as shared and as explicit at once".into()),
        };
        let mut readings = Readings::new();
        readings.set(fields::scope(), reading);
        tell.object(ObservedObject::plain(identity, readings));
    }
    tell.end_all(scope, Kind::Domain, &word);
    Ok(())
}

fn listed(
    read: Result<serde_json::Value, crate::model::Reason>,
) -> Result<BTreeSet<DomainName>, crate::model::Reason> {
    convert::domains(&read?)
}
