//! Contacts and distribution lists: only that they are there and hold a name. Contract section 9.

use super::json::Json;
use super::paging::Page;
use super::reply::{Refusal, Reply};
use super::settings::Settings;
use super::state::{Domain, key};
use crate::sandbox::Form;

/// `GET …/ex/contacts`
pub(super) fn contacts(settings: &Settings, domain: &Domain, query: &Form) -> Result<Reply, Refusal> {
    let page = Page::of(query, settings)?;
    let contains = key(query.text("contains"));
    let listed = domain.contacts.iter().filter(|(name, _)| name.contains(&contains));
    let told = |total| total + settings.total_off_by;
    Ok(page.reply("contacts", listed, told, |(name, display_name)| {
        Json::Object(vec![("name", name.as_str().into()), ("displayName", display_name.as_str().into())])
    }))
}

/// `GET …/ex/distributionlists`: paged by marker, the common name of the last item seen.
pub(super) fn distribution_lists(
    settings: &Settings,
    domain: &Domain,
    query: &Form,
) -> Result<Reply, Refusal> {
    let limit = match query.get("limit") {
        None => 50,
        Some(text) => match text.parse::<usize>() {
            Ok(limit) if limit > 0 => limit,
            _ => return Err(Refusal::bad_request(format!("Invalid value for limit: {text}"))),
        },
    };
    let limit = limit.min(settings.page_limit);
    let (marker, contains) = (query.get("marker").map(key), key(query.text("contains")));
    let listed = domain
        .lists
        .iter()
        .filter(|(name, _)| name.contains(&contains) && marker.as_ref().is_none_or(|marker| *name > marker))
        .take(limit)
        .map(|(name, display_name)| {
            Json::Object(vec![
                ("CommonName", name.as_str().into()),
                ("DisplayName", display_name.as_str().into()),
            ])
        });
    Ok(Reply::Read(Json::Object(vec![
        ("Limit", Json::count(limit)),
        ("Marker", query.text("marker").into()),
        ("Order", "asc".into()),
        ("Sort", "CN".into()),
        ("DistributionLists", Json::List(listed.collect())),
    ])))
}
