//! Domains: made, and removed where nothing is in them.

use crate::model::DomainName;
use crate::provider::{Done, ErrorKind, ProviderError};

use crate::providers::atmail::api::PAGE;

use super::Site;

/// How many of the things in a domain an error names.
const NAMED: usize = 3;

/// Makes a domain.
pub(super) async fn create(site: Site<'_>, name: &DomainName) -> Result<Done, ProviderError> {
    site.api.write("/domain/create", Some(("name", name.as_str())), Vec::new()).await?;
    Ok(Done::written())
}

/// Removes a domain. What the service makes of accounts and aliases in it is not documented, so it goes empty only.
pub(super) async fn delete(site: Site<'_>, name: &DomainName) -> Result<Done, ProviderError> {
    if !site.api.has_domain(name).await? {
        return Ok(Done::NotNeeded);
    }
    let users = site.api.users(name, 0, PAGE).await?;
    let of_domain =
        users.iter().filter(|user| user.address().is_none_or(|address| address.domain() == name.as_str()));
    let mut inside: Vec<String> = of_domain.map(|user| user.account.clone()).collect();
    let rows = site.api.aliases().await?;
    let aliases = rows.iter().filter(|row| row.domain() == name.as_str());
    inside.extend(aliases.map(|row| format!("the alias {}", row.name)));
    if !inside.is_empty() {
        let more = match inside.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        inside.truncate(NAMED);
        let what = crate::http::excerpt(&inside.join(", "));
        let message = format!("the domain {name} is not empty: it holds {what}{more}");
        return Err(ProviderError::new(ErrorKind::Conflict, message).hint(
            "remove what is in it first; the service may remove it with the domain, or leave it behind",
        ));
    }
    match site.api.write("/domain/delete", Some(("name", name.as_str())), Vec::new()).await {
        Ok(_) => Ok(Done::written()),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(Done::NotNeeded),
        Err(error) => Err(error),
    }
}
