//! Domains: made and removed for the brand or for the context.

use crate::http::{Method, excerpt};
use crate::model::{Change, DomainName, Value};
use crate::provider::{Done, ErrorKind, ProviderError};

use crate::providers::open_xchange::api::Api;
use crate::providers::open_xchange::convert;
use crate::providers::open_xchange::fields::{self, EXPLICIT, SHARED};
use crate::providers::open_xchange::paths::Op;

use super::{after, conflict, invalid};

/// How many users an error names.
const NAMED: usize = 5;

/// Whose a domain is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Brand,
    Context,
}

fn whose(value: Option<&Value>) -> Result<Whose, ProviderError> {
    match value {
        Some(Value::Text(word)) if **word == *EXPLICIT => Ok(Whose::Context),
        Some(Value::Text(word)) if **word == *SHARED => Ok(Whose::Brand),
        _ => {
            Err(invalid("whether the domain is shared or explicit is not said")
                .hint("give its setting `scope`"))
        }
    }
}

/// Where a domain is written.
struct Place<'a> {
    whose: Whose,
    context: String,
    domain: &'a str,
}

impl Place<'_> {
    fn op(&self) -> Op {
        match self.whose {
            Whose::Brand => Op::SharedDomain,
            Whose::Context => Op::ExplicitDomain,
        }
    }

    fn values(&self) -> [(&'static str, &str); 2] {
        [("context", &self.context), ("domain", self.domain)]
    }

    /// Whether the domain is there: by the call for that, else by the list.
    async fn exists(&self, api: &Api) -> Result<bool, ProviderError> {
        let (one, list) = match self.whose {
            Whose::Brand => (Op::SharedDomainExists, Op::SharedDomains),
            Whose::Context => (Op::ExplicitDomainExists, Op::ExplicitDomains),
        };
        let told = match self.whose {
            Whose::Brand => api.exists(one, &self.values()).await?,
            Whose::Context if api.has(one) => Some(api.look(one, &self.values()).await?.is_some()),
            Whose::Context => None,
        };
        if let Some(told) = told {
            return Ok(told);
        }
        let listed = convert::domains(&api.read(list, &self.values()).await?);
        let listed = listed.map_err(|reason| ProviderError::new(ErrorKind::Protocol, reason.to_string()))?;
        Ok(listed.iter().any(|known| known.as_str() == self.domain))
    }
}

async fn place<'a>(api: &Api, domain: &'a DomainName, whose: Whose) -> Result<Place<'a>, ProviderError> {
    let context = match whose {
        Whose::Brand => String::new(),
        Whose::Context => api.context_number(&[]).await?.to_string(),
    };
    Ok(Place { whose, context, domain: domain.as_str() })
}

/// Makes a domain.
pub(super) async fn create(api: &Api, domain: &DomainName, change: &Change) -> Result<Done, ProviderError> {
    // Left out only where there is no choice.
    let scope = change.after.get(&fields::scope());
    let whose = scope.map_or(Ok(Whose::Brand), |scope| whose(Some(scope)))?;
    let place = place(api, domain, whose).await?;
    if place.exists(api).await? {
        return Err(conflict(format!("the domain {domain} is there already")));
    }
    if place.whose == Whose::Context
        && api.has(Op::BrandDomainExists)
        && api.look(Op::BrandDomainExists, &place.values()).await?.is_some()
    {
        return Err(conflict(format!("the domain {domain} is another context's of this brand"))
            .hint("remove it there first"));
    }
    api.write(place.op(), Method::Post, &place.values(), None).await?;
    if place.exists(api).await.map_err(|error| after(1, error))? {
        return Ok(Done::written());
    }
    let message = format!("the service took the domain {domain}, and does not have it");
    Err(ProviderError::new(ErrorKind::Ambiguous, message))
}

/// Removes a domain that nobody has an alias in, where that can be asked.
pub(super) async fn delete(api: &Api, domain: &DomainName, change: &Change) -> Result<Done, ProviderError> {
    let before = change.before.as_ref().and_then(|before| before.get(&fields::scope()));
    let place = place(api, domain, whose(before)?).await?;
    if api.has(Op::DomainUsers) {
        let users = api.look(Op::DomainUsers, &place.values()).await?;
        let users = users.map_or(Ok(Vec::new()), |document| named(&document));
        let users = users?;
        if !users.is_empty() {
            let shown: Vec<String> = users.iter().take(NAMED).map(|user| excerpt(user)).collect();
            let more = match users.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let message = format!("{domain} is in use: {}{more} have addresses in it", shown.join(", "));
            return Err(conflict(message).hint("take those addresses away first"));
        }
    }
    match api.write(place.op(), Method::Delete, &place.values(), None).await {
        Ok(_) => {}
        Err(error) if error.kind == ErrorKind::NotFound => return Ok(Done::NotNeeded),
        Err(error) => return Err(error),
    }
    if place.exists(api).await.map_err(|error| after(1, error))? {
        let message = format!("the service took the delete of the domain {domain}, and still has it");
        return Err(ProviderError::new(ErrorKind::Ambiguous, message));
    }
    Ok(Done::written())
}

/// The users in a reply. One that cannot be read is no leave to remove anything.
fn named(document: &serde_json::Value) -> Result<Vec<String>, ProviderError> {
    use serde_json::Value as Json;
    let name = |user: &Json| match user {
        Json::String(name) => name.clone(),
        Json::Object(object) => {
            let keys = ["uidname", "name", "mail"];
            let told = keys.iter().find_map(|key| object.get(*key)?.as_str());
            told.map_or_else(|| user.to_string(), str::to_owned)
        }
        other => other.to_string(),
    };
    match document {
        Json::Object(object) => match object.get("users") {
            Some(Json::Array(users)) => Ok(users.iter().map(name).collect()),
            Some(Json::Object(users)) => Ok(users.keys().cloned().collect()),
            Some(Json::Null) => Ok(Vec::new()),
            _ => Err(unread()),
        },
        Json::Array(users) => Ok(users.iter().map(name).collect()),
        _ => Err(unread()),
    }
}

fn unread() -> ProviderError {
    ProviderError::new(ErrorKind::Protocol, "which users have addresses in the domain cannot be read")
        .hint("check `paths.domain_users` of this connection")
}
