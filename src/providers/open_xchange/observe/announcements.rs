//! Announcements, which are the objects that this service has for itself.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::http::Loose;
use crate::model::{Identity, Kind, ObservedObject, Scope};
use crate::provider::{ErrorKind, ProviderError};

use crate::providers::open_xchange::api::Api;
use crate::providers::open_xchange::convert;
use crate::providers::open_xchange::paths::Op;

use super::{Teller, gap};

const TWICE: &str = "several announcements have this name, and nothing tells which of them is meant";

/// Every announcement, for reading.
pub(in crate::providers::open_xchange) async fn list(api: &Api) -> Result<Vec<Loose>, ProviderError> {
    let documents = documents(api).await?;
    Ok(documents.into_iter().filter_map(|document| Loose::of(&Json::Object(document))).collect())
}

/// Every announcement as the service tells it, each member with its own spelling, for writing back.
pub(in crate::providers::open_xchange) async fn documents(
    api: &Api,
) -> Result<Vec<Map<String, Json>>, ProviderError> {
    let items = match api.read(Op::Announcements, &[]).await? {
        Json::Null => Vec::new(),
        Json::Array(items) => items,
        Json::Object(one) if one.contains_key("id") => vec![Json::Object(one)],
        Json::Object(object) => {
            match object.into_iter().map(|(_, value)| value).collect::<Vec<Json>>().as_mut_slice() {
                [Json::Array(items)] => std::mem::take(items),
                _ => return Err(unread()),
            }
        }
        _ => return Err(unread()),
    };
    let document = |item| match item {
        Json::Object(document) if document.contains_key("id") => Ok(document),
        _ => Err(unread()),
    };
    items.into_iter().map(document).collect()
}

fn unread() -> ProviderError {
    ProviderError::new(ErrorKind::Protocol, "the service's list of announcements cannot be read")
        .hint("check `paths.announcements` of this connection")
}

/// Reads announcements. Of two with one name nobody can say which is meant.
pub(super) async fn read(api: &Api, scope: &Scope, tell: &mut Teller) -> Result<(), ProviderError> {
    let word = match gap(list(api).await)? {
        Ok(documents) => {
            let mut found: BTreeMap<Identity, Vec<ObservedObject>> = BTreeMap::new();
            for object in documents.iter().filter_map(convert::announcement) {
                if scope.covers(&object.identity) {
                    found.entry(object.identity.clone()).or_default().push(object);
                }
            }
            for (identity, mut objects) in found {
                match (objects.pop(), objects.is_empty()) {
                    (Some(object), true) => tell.object(object),
                    _ => tell.unknown(identity, TWICE.into()),
                }
            }
            Ok(())
        }
        Err(reason) => Err(reason),
    };
    tell.end_all(scope, Kind::Object, &word);
    Ok(())
}
