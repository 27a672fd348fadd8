//! Domains: made, and removed where nothing is in them.

use crate::model::DomainName;
use crate::provider::{Done, ErrorKind, ProviderError};

use crate::providers::atmail::api::PAGE;
use crate::providers::atmail::observe::paging::{Gap, list};
use crate::providers::atmail::record::User;

use super::Site;

/// How many of the things in a domain an error names.
const NAMED: usize = 3;

/// Makes a domain.
pub(super) async fn create(site: Site<'_>, name: &DomainName) -> Result<Done, ProviderError> {
    site.api.write("/domain/create", Some(("name", name.as_str())), Vec::new()).await?;
    Ok(Done::written())
}

/// The accounts that the list of a domain tells. A server that ignores `domain` tells those of all, and then they may
/// stand on any page.
async fn accounts(site: Site<'_>, name: &DomainName) -> Result<Vec<User>, ProviderError> {
    let listed = list(PAGE, |start| site.api.users(name, start, PAGE)).await;
    match listed.gap {
        None => Ok(listed.users),
        Some(Gap::Failed(error)) => Err(error),
        Some(Gap::Strange(reason)) => {
            let message = format!("whether the domain {name} is empty is not known: {reason}");
            Err(ProviderError::new(ErrorKind::Conflict, message)
                .hint("look in WebAdmin, and remove it there"))
        }
    }
}

/// Removes a domain. What the service makes of accounts and aliases in it is not documented, so it goes empty only.
pub(super) async fn delete(site: Site<'_>, name: &DomainName) -> Result<Done, ProviderError> {
    if !site.api.has_domain(name).await? {
        return Ok(Done::NotNeeded);
    }
    if !site.api.me().await?.lists_all() {
        let message = format!(
            "whether the domain {name} is empty is not known: this login may not see all that is in it"
        );
        return Err(ProviderError::new(ErrorKind::Denied, message)
            .hint("remove it in WebAdmin, or log in as the server's own administrator"));
    }
    let users = accounts(site, name).await?;
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
