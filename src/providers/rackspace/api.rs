//! The service's interface: what goes over the wire, and nothing of what it means (`contracts/rackspace.md §4, §7`).

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::Value;

use crate::http::{Call, Client, Gate, Reply, Text, segment};
use crate::model::{Address, DomainName};
use crate::provider::{ErrorKind, ProviderError};

use super::fault::{self, Fault};

mod page;

pub(super) use crate::http::{Loose, Told};
pub(super) use page::Page;

/// How many items of a list are asked for at once; the documentation's own examples do.
pub(super) const PAGE: u64 = 100;

/// Where a mailbox is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Locator {
    pub(super) domain: DomainName,
    /// The part before the `@`, as the service lists it.
    pub(super) name: String,
}

impl Locator {
    /// The mailbox of an address, by the name that the service listed, where it did.
    pub(super) fn of(address: &Address, listed: Option<&str>) -> Self {
        Self { domain: address.domain_name(), name: listed.unwrap_or(address.local()).to_owned() }
    }
}

/// One of a mailbox's lists of senders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SenderList {
    /// Addresses and domains that are let through.
    Safe,
    /// Hosts and networks that are let through.
    IpSafe,
    /// Addresses and domains that are not.
    Block,
    /// Hosts and networks that are not.
    IpBlock,
}

/// The calls of one connection.
#[derive(Debug)]
pub(super) struct Api {
    client: Client,
    account: Arc<Gate>,
    /// The path up to the customer.
    customer: String,
    /// The account's number, as the service told it.
    number: OnceLock<String>,
    /// True once the service showed that it uses the names of 2020 for the lists that keep senders out.
    lists_renamed: AtomicBool,
    /// Domains whose mailboxes were found where they are looked for.
    proven: Mutex<BTreeSet<DomainName>>,
}

impl Api {
    pub(super) fn new(client: Client, account: Arc<Gate>, version: &str, customer: &str) -> Self {
        let customer = format!("/{}/customers/{}", segment(version), segment(customer));
        Self {
            client,
            account,
            customer,
            number: OnceLock::new(),
            lists_renamed: AtomicBool::new(false),
            proven: Mutex::default(),
        }
    }

    pub(super) fn calls(&self) -> u64 {
        self.client.calls()
    }

    /// The account's number, where a reply named it.
    pub(super) fn number(&self) -> Option<&str> {
        self.number.get().map(String::as_str)
    }

    /// Sends a call and returns the reply whatever its status.
    pub(super) async fn send(&self, call: Call) -> Result<Reply, ProviderError> {
        let refusal = |reply: &Reply| (!reply.is_success()).then(|| fault::refusal(reply));
        self.account.send(&self.client, call, refusal).await
    }

    async fn read(&self, call: Call) -> Result<Reply, ProviderError> {
        accepted(self.send(call).await?)
    }

    /// Reads something that may not be there.
    async fn look(&self, call: Call) -> Result<Option<Reply>, ProviderError> {
        match self.read(call).await {
            Ok(reply) => Ok(Some(reply)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn exchange(&self, domain: &DomainName) -> String {
        format!("{}/domains/{}/ex", self.customer, segment(domain.as_str()))
    }

    pub(super) fn mailbox(&self, at: &Locator) -> String {
        format!("{}/mailboxes/{}", self.exchange(&at.domain), segment(&at.name))
    }

    /// The call that lists the account's domains.
    pub(super) fn domains_call(&self, offset: u64) -> Call {
        paged(Call::get(format!("{}/domains", self.customer)), offset)
    }

    /// A page of the account's domains.
    pub(super) async fn domains(&self, offset: u64) -> Result<Page<Loose>, ProviderError> {
        self.domains_in(&self.read(self.domains_call(offset)).await?)
    }

    /// The page of domains that a reply holds.
    pub(super) fn domains_in(&self, reply: &Reply) -> Result<Page<Loose>, ProviderError> {
        let page = page::page(reply, "domains", named)?;
        for domain in &page.items {
            self.note_number(domain);
        }
        Ok(page)
    }

    /// A domain; none where it is not one of the account.
    pub(super) async fn domain(&self, domain: &DomainName) -> Result<Option<Loose>, ProviderError> {
        let call = Call::get(format!("{}/domains/{}", self.customer, segment(domain.as_str())));
        let reply = self.send(call).await?;
        if reply.status == 404 {
            let error = fault::refusal(&reply);
            let fault = Fault::of(&reply);
            let is_absent = match error.kind {
                ErrorKind::NotFound => true,
                ErrorKind::Denied => fault.resource.eq_ignore_ascii_case("domain"),
                _ => false,
            };
            return if is_absent { Ok(None) } else { Err(error) };
        }
        let document = page::document(&accepted(reply)?)?;
        self.note_number(&document);
        Ok(Some(document))
    }

    fn note_number(&self, domain: &Loose) {
        if let Some(number) = domain.text("accountNumber").known() {
            // The first one stands: all of them are the same but for resellers.
            let _ = self.number.set(number);
        }
    }

    /// A page of a domain's mailboxes: all, or those in use, or those that are not. `fields` are told beside the
    /// names.
    pub(super) async fn mailboxes(
        &self,
        domain: &DomainName,
        enabled: Option<bool>,
        fields: &[&str],
        offset: u64,
    ) -> Result<Page<Loose>, ProviderError> {
        let mut call = paged(Call::get(format!("{}/mailboxes", self.exchange(domain))), offset);
        if let Some(enabled) = enabled {
            call = call.query("enabled", enabled.to_string());
        }
        if !fields.is_empty() {
            call = call.query("fields", fields.join(","));
        }
        page::page(&self.read(call).await?, "mailboxes", named)
    }

    /// A mailbox; none where it is not there.
    pub(super) async fn show(&self, at: &Locator) -> Result<Option<Loose>, ProviderError> {
        let reply = self.send(Call::get(self.mailbox(at))).await?;
        let reply = match accepted(reply.clone()) {
            Err(error) if error.kind == ErrorKind::NotFound => {
                if Fault::of(&reply).resource.is_empty() {
                    self.prove(&at.domain).await?;
                }
                return Ok(None);
            }
            reply => reply?,
        };
        let record = page::document(&reply)?.flattened("contactInfo");
        match record.text("name") {
            Told::Is(name) if !name.eq_ignore_ascii_case(&at.name) => {
                Err(reply.unexpected(&format!("it is of `{}`", crate::http::excerpt(&name))))
            }
            _ => Ok(Some(record)),
        }
    }

    /// Makes sure that the domain's mailboxes are found where they are looked for. A path that leads nowhere answers
    /// as a mailbox does that is not there, unless the service says what is missing.
    async fn prove(&self, domain: &DomainName) -> Result<(), ProviderError> {
        if self.proven().contains(domain) {
            return Ok(());
        }
        let call = Call::get(format!("{}/mailboxes", self.exchange(domain))).query("size", "1");
        match self.read(call).await {
            Ok(_) => {
                self.proven().insert(domain.clone());
                Ok(())
            }
            Err(error) if error.kind == ErrorKind::NotFound => Err(ProviderError {
                kind: ErrorKind::Protocol,
                hint: Some("check `url`, `version` and `account` of this connection".into()),
                ..error
            }),
            Err(error) => Err(error),
        }
    }

    fn proven(&self) -> MutexGuard<'_, BTreeSet<DomainName>> {
        self.proven.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A page of what others may do with a mailbox.
    pub(super) async fn permissions(&self, at: &Locator, offset: u64) -> Result<Page<Loose>, ProviderError> {
        let call = paged(Call::get(format!("{}/permissions", self.mailbox(at))), offset);
        page::page(&self.read(call).await?, "permissions", |item| {
            Loose::of(item).filter(|grant| grant.text("emailAddress").known().is_some())
        })
    }

    /// A page of the names of mailboxes that `ActiveSync` is switched on for.
    pub(super) async fn active_sync_names(
        &self,
        domain: &DomainName,
        offset: u64,
    ) -> Result<Page<String>, ProviderError> {
        let call = paged(Call::get(format!("{}/activesyncmobileservices", self.exchange(domain))), offset);
        page::page(&self.read(call).await?, "mailboxes", |item| named(item)?.text("name").known())
    }

    /// How devices reach a mailbox; none where `ActiveSync` is switched off.
    pub(super) async fn active_sync(&self, at: &Locator) -> Result<Option<Loose>, ProviderError> {
        let reply = self.look(Call::get(format!("{}/activesyncmobileservice", self.mailbox(at)))).await?;
        reply.map(|reply| page::document(&reply)).transpose()
    }

    /// A mailbox's spam settings.
    pub(super) async fn spam(&self, at: &Locator) -> Result<Loose, ProviderError> {
        page::document(&self.read(Call::get(format!("{}/spam/settings", self.mailbox(at)))).await?)
    }

    /// A page of one of a mailbox's lists of senders.
    pub(super) async fn senders(
        &self,
        at: &Locator,
        list: SenderList,
        offset: u64,
    ) -> Result<Page<String>, ProviderError> {
        let call = |api: &Self| paged(Call::get(api.senders_path(at, list)), offset);
        let mut reply = self.send(call(self)).await?;
        let is_block = matches!(list, SenderList::Block | SenderList::IpBlock);
        if is_block && is_no_such_list(&reply) && !self.lists_renamed.load(Ordering::Relaxed) {
            self.lists_renamed.store(true, Ordering::Relaxed);
            let again = self.send(call(self)).await;
            if !again.as_ref().is_ok_and(Reply::is_success) {
                self.lists_renamed.store(false, Ordering::Relaxed);
            }
            reply = again?;
        }
        page::texts(&accepted(reply)?, |text| text.contains(['.', '@', ':']))
    }

    /// The path of one of a mailbox's lists of senders, by the name that this service has for it.
    pub(super) fn senders_path(&self, at: &Locator, list: SenderList) -> String {
        let name = match (list, self.lists_renamed.load(Ordering::Relaxed)) {
            (SenderList::Safe, _) => "safelist",
            (SenderList::IpSafe, _) => "ipsafelist",
            (SenderList::Block, false) => "blacklist",
            (SenderList::IpBlock, false) => "ipblacklist",
            (SenderList::Block, true) => "blocklist",
            (SenderList::IpBlock, true) => "ipblocklist",
        };
        format!("{}/spam/{name}", self.mailbox(at))
    }

    /// Adds to what is at a path.
    pub(super) async fn post(
        &self,
        path: String,
        form: Vec<(&'static str, Text)>,
    ) -> Result<Reply, ProviderError> {
        self.write(Call::post(path).form(form)).await
    }

    /// Changes what is at a path.
    pub(super) async fn put(
        &self,
        path: String,
        form: Vec<(&'static str, Text)>,
    ) -> Result<Reply, ProviderError> {
        self.write(Call::put(path).form(form)).await
    }

    /// Removes what is at a path.
    pub(super) async fn delete(&self, path: String) -> Result<Reply, ProviderError> {
        self.write(Call::delete(path)).await
    }

    /// A write succeeds with any body of the service, also with none.
    async fn write(&self, call: Call) -> Result<Reply, ProviderError> {
        let reply = accepted(self.send(call).await?)?;
        if reply.is_page() { Err(reply.unexpected("it is a web page")) } else { Ok(reply) }
    }
}

fn accepted(reply: Reply) -> Result<Reply, ProviderError> {
    if reply.is_success() { Ok(reply) } else { Err(fault::refusal(&reply)) }
}

fn paged(call: Call, offset: u64) -> Call {
    call.query("offset", offset.to_string()).query("size", PAGE.to_string())
}

/// An item that has a name, or is one.
fn named(item: &Value) -> Option<Loose> {
    match item {
        Value::String(name) if !name.trim().is_empty() => Some(Loose::named(name)),
        item => Loose::of(item).filter(|item| item.text("name").known().is_some()),
    }
}

/// True where the reply speaks of the list, not of the mailbox that has it.
fn is_no_such_list(reply: &Reply) -> bool {
    let fault = Fault::of(reply);
    reply.status == 404 && !fault.is_outside() && !fault.resource.eq_ignore_ascii_case("mailbox")
}
