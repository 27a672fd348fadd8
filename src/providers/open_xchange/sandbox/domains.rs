//! Shared domains, explicit domains, and who uses a domain. Contract sections 4 and 6.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::attributes::record;
use super::reply::{Refusal, Reply};
use super::routes::Call;
use super::settings::Quirk;
use super::state::{State, is_domain_name};

/// The domain in the path, in lower case.
fn named(call: &Call<'_>) -> Result<String, Refusal> {
    let domain = call.hole("domain").to_lowercase();
    if is_domain_name(&domain) {
        Ok(domain)
    } else {
        Err(Refusal::bad_request(format!("{domain} is no domain")))
    }
}

fn absent(domain: &str) -> Refusal {
    Refusal::not_found(format!("Domain {domain} does not exist"))
}

/// Refuses a domain that is shared or some context's.
fn check_free(state: &State, domain: &str) -> Result<(), Refusal> {
    let owned = state.contexts.values().any(|context| context.explicit_domains.contains(domain));
    if owned || state.shared_domains.contains(domain) {
        return Err(Refusal::conflict(format!("Domain {domain} exists")));
    }
    Ok(())
}

/// Refuses to remove a domain that has addresses.
fn check_unused(state: &State, domain: &str, context: Option<u64>) -> Result<(), Refusal> {
    if state.uses_domain(domain, context) && !state.settings.has(Quirk::DeletesUsedDomains) {
        return Err(Refusal::conflict(format!("Domain {domain} is in use")));
    }
    Ok(())
}

/// `GET …/sharedmaildomains/*`
pub(super) fn shared_list(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    call.bare()?;
    Ok(Reply::Read(json!({"domains": state.shared_domains})))
}

/// `GET` and `HEAD …/sharedmaildomains/{domain}`
pub(super) fn shared_exists(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let domain = named(&call)?;
    call.bare()?;
    if state.shared_domains.contains(&domain) { Ok(Reply::Read(Value::Null)) } else { Err(absent(&domain)) }
}

/// `POST …/sharedmaildomains/{domain}`
pub(super) fn shared_create(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let domain = named(&call)?;
    call.bare()?;
    check_free(state, &domain)?;
    state.shared_domains.insert(domain.clone());
    Ok(Reply::Written(StatusCode::OK, json!({"domain": domain})))
}

/// `DELETE …/sharedmaildomains/{domain}`
pub(super) fn shared_delete(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let domain = named(&call)?;
    call.bare()?;
    if !state.shared_domains.contains(&domain) {
        return Err(absent(&domain));
    }
    check_unused(state, &domain, None)?;
    state.shared_domains.remove(&domain);
    Ok(Reply::done())
}

/// `GET /mail/shareddomains`
pub(super) fn cloud_list(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    call.bare()?;
    Ok(Reply::Read(json!(state.shared_domains)))
}

/// `POST /mail/shareddomains/{domain}`
pub(super) fn cloud_create(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    shared_create(state, call).map(|_| Reply::changed())
}

/// The number of the context in the path, which exists.
fn owner(state: &State, call: &Call<'_>) -> Result<u64, Refusal> {
    let context = call.number("context")?;
    if state.contexts.contains_key(&context) {
        Ok(context)
    } else {
        Err(Refusal::not_found("Context does not exist"))
    }
}

fn owns(state: &State, context: u64, domain: &str) -> bool {
    state.contexts.get(&context).is_some_and(|held| held.explicit_domains.contains(domain))
}

/// `GET …/explicitmaildomains/{context}`
pub(super) fn explicit_list(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let context = owner(state, &call)?;
    call.bare()?;
    let domains = state.contexts.get(&context).map(|held| &held.explicit_domains);
    Ok(Reply::Read(json!({"domains": domains})))
}

/// `GET` and `HEAD …/explicitmaildomains/{context}/{domain}`
pub(super) fn explicit_exists(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let (context, domain) = (owner(state, &call)?, named(&call)?);
    call.bare()?;
    if owns(state, context, &domain) {
        Ok(Reply::Read(json!({"domain": domain})))
    } else {
        Err(absent(&domain))
    }
}

/// `POST …/explicitmaildomains/{context}/{domain}`
pub(super) fn explicit_create(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let (context, domain) = (owner(state, &call)?, named(&call)?);
    call.bare()?;
    check_free(state, &domain)?;
    if let Some(held) = state.contexts.get_mut(&context) {
        held.explicit_domains.insert(domain.clone());
    }
    Ok(Reply::Written(StatusCode::OK, json!({"domain": domain})))
}

/// `DELETE …/explicitmaildomains/{context}/{domain}`
pub(super) fn explicit_delete(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let (context, domain) = (owner(state, &call)?, named(&call)?);
    call.bare()?;
    if !owns(state, context, &domain) {
        return Err(absent(&domain));
    }
    check_unused(state, &domain, Some(context))?;
    if let Some(held) = state.contexts.get_mut(&context) {
        held.explicit_domains.remove(&domain);
    }
    Ok(Reply::done())
}

/// `GET …/explicitmaildomains`
pub(super) fn brand_list(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    call.bare()?;
    let mut domains: Vec<&String> =
        state.contexts.values().flat_map(|context| &context.explicit_domains).collect();
    domains.sort();
    Ok(Reply::Read(json!({"domains": domains})))
}

/// `GET` and `HEAD …/explicitmaildomains/{domain}`
pub(super) fn brand_exists(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let domain = named(&call)?;
    call.bare()?;
    if state.contexts.keys().any(|context| owns(state, *context, &domain)) {
        Ok(Reply::Read(json!({"domain": domain})))
    } else {
        Err(absent(&domain))
    }
}

/// `GET …/explicitmaildomains/{domain}/users`
pub(super) fn users(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let domain = named(&call)?;
    call.bare()?;
    let users = state.users_in(&domain).into_iter().map(|(context, user)| {
        if state.settings.has(Quirk::DomainUsersAsRecords) {
            record(&state.settings, context, user)
        } else {
            user.name.as_str().into()
        }
    });
    Ok(Reply::Read(json!({"users": users.collect::<Vec<Value>>()})))
}
