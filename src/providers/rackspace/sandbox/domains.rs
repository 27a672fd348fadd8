//! Accounts and domains. Contract sections 1 and 9.

use super::json::Json;
use super::paging::Page;
use super::reply::{Refusal, Reply};
use super::state::{Domain, State, key};
use crate::sandbox::Form;

/// How many names `domainNames` may list.
const NAMES: usize = 100;

/// The storage of a new mailbox in megabytes.
const BASE_SIZE: u32 = 102_400;

/// Whose domains a path speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Account {
    /// One account's.
    One(u64),
    /// Those of the calling account and of its sub-accounts.
    All,
}

/// Reads the segment after `customers`; without one it is the calling account.
pub(super) fn account(state: &State, segment: Option<&str>) -> Result<Account, Refusal> {
    let own = state.settings.account;
    match segment {
        None | Some("me") => Ok(Account::One(own)),
        Some("all") => Ok(Account::All),
        Some(text) => text
            .parse()
            .ok()
            .filter(|number| *number == own || state.domains.values().any(|domain| domain.account == *number))
            .map(Account::One)
            .ok_or_else(|| Refusal::not_found("Customer", "Invalid account number")),
    }
}

/// The key of a domain of the account. `all` has no single domains.
pub(super) fn find(state: &mut State, account: Account, name: &str) -> Result<String, Refusal> {
    let Account::One(number) = account else {
        return Err(Refusal::not_found("Customer", "Invalid account number"));
    };
    let wanted = key(name);
    let held =
        state.has_domain(name) && state.domains.get(&wanted).is_some_and(|found| found.account == number);
    if held { Ok(wanted) } else { Err(Refusal::not_found("Domain", format!("{name} not found"))) }
}

/// Refuses a domain that has no Hosted Exchange.
pub(super) fn check_exchange(state: &State, domain: &str) -> Result<(), Refusal> {
    match state.domains.get(domain) {
        Some(found) if !found.service.has_exchange() => {
            Err(Refusal::bad_request(format!("Domain {} has no Exchange service", found.name)))
        }
        _ => Ok(()),
    }
}

/// What the index and the show route share. The account number is text, as in the documentation's sample.
fn summary(domain: &Domain) -> Vec<(&'static str, Json)> {
    let used = domain.mailboxes.values().map(|mailbox| i64::from(mailbox.usage)).sum();
    vec![
        ("name", domain.name.as_str().into()),
        ("accountNumber", domain.account.to_string().into()),
        ("serviceType", domain.service.word().into()),
        ("exchangeMaxNumMailboxes", domain.max_mailboxes.into()),
        ("exchangeUsedStorage", Json::Number(used)),
        ("rsEmailMaxNumberMailboxes", Json::Number(0)),
        ("rsEmailUsedStorage", Json::Number(0)),
    ]
}

/// `GET …/domains`
pub(super) fn index(state: &mut State, account: Account, query: &Form) -> Result<Reply, Refusal> {
    let page = Page::of(query, &state.settings)?;
    let names: Option<Vec<String>> =
        query.get("domainNames").map(|names| names.split(',').map(|name| key(name.trim())).collect());
    if names.as_ref().is_some_and(|names| names.len() > NAMES) {
        return Err(Refusal::bad_request(format!("At most {NAMES} domain names are allowed")));
    }
    // Where every domain exists, one exists as soon as it is asked for.
    for name in names.iter().flatten() {
        state.has_domain(name);
    }
    let contains = key(query.text("contains"));
    let listed = state.domains.iter().filter(|(name, domain)| {
        let owned = match account {
            Account::All => true,
            Account::One(number) => domain.account == number,
        };
        owned && name.contains(&contains) && names.as_ref().is_none_or(|names| names.contains(name))
    });
    let told = |total| total + state.settings.total_off_by;
    Ok(page.reply("domains", listed, told, |(_, domain)| Json::Object(summary(domain))))
}

/// `GET …/domains/{domain}`
pub(super) fn show(domain: &Domain) -> Reply {
    let aliases = domain.aliases.iter().map(|alias| alias.as_str().into()).collect();
    let licences =
        u32::try_from(domain.mailboxes.values().filter(|mailbox| mailbox.active_sync.is_some()).count());
    let mut shown = summary(domain);
    shown.extend([
        ("aliases", Json::List(aliases)),
        ("exchangeBaseMailboxSize", Json::from(BASE_SIZE)),
        ("exchangeExtraStorage", Json::Number(0)),
        ("exchangeTotalStorage", Json::Number(i64::from(BASE_SIZE) * i64::from(domain.max_mailboxes))),
        ("rsEmailBaseMailboxSize", Json::Number(0)),
        ("rsEmailExtraStorage", Json::Number(0)),
        ("archivingServiceEnabled", false.into()),
        ("publicFoldersEnabled", false.into()),
        ("blackBerryMobileServiceEnabled", false.into()),
        ("blackBerryLicenses", Json::Null),
        ("activeSyncMobileServiceEnabled", true.into()),
        ("activeSyncLicenses", licences.unwrap_or(u32::MAX).into()),
    ]);
    Reply::Read(Json::Object(shown))
}
