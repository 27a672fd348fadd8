//! The service's interface: what goes over the wire, and nothing of what it means (`contracts/atmail.md §1, §4`).
//!
//! A value in the path beats one of the same name in the body, a `+` in a path stands for a blank, and an empty value
//! in a path is lost. So only names that a path carries as they are stand in it; every other value goes in the body.

use std::sync::Arc;

use secrecy::SecretString;

use crate::http::{Call, Client, Gate, Reply, Text, segment};
use crate::model::{Address, DomainName};
use crate::provider::{ErrorKind, ProviderError};

use super::account::{Account, Me};
use super::envelope::Envelope;
use super::fault;
use super::fields::{ACCOUNT, DOMAIN, Form, USERNAME};
use super::record::{AdminRecord, Row, User};

/// How many accounts of a list are asked for at once.
pub(super) const PAGE: usize = 200;

/// The longest body of a refused login; what is longer is a list, and is read once.
const SHORT: usize = 8 << 10;

/// How writes are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteMethod {
    /// As POST, with the values in the body.
    Post,
    /// As GET with the values in the query, but for those that are secret or clear something.
    Get,
}

/// The calls of one connection.
#[derive(Debug)]
pub(super) struct Api {
    client: Client,
    account: Arc<Account>,
    username: String,
    password: SecretString,
    write_method: WriteMethod,
}

impl Api {
    pub(super) fn new(
        client: Client,
        account: Arc<Account>,
        username: &str,
        password: SecretString,
        write_method: WriteMethod,
    ) -> Self {
        Self { client, account, username: username.to_owned(), password, write_method }
    }

    pub(super) fn calls(&self) -> u64 {
        self.client.calls()
    }

    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    pub(super) fn username(&self) -> &str {
        &self.username
    }

    /// The service's address, with the path of its interface.
    pub(super) fn base(&self) -> &str {
        self.client.base()
    }

    /// Sends a call through another client: to the same host by another path.
    pub(super) async fn send_by(&self, client: &Client, call: Call) -> Result<Reply, ProviderError> {
        let gate: &Gate = &self.account.gate;
        let refusal = |reply: &Reply| {
            (reply.status == 401 || reply.body.len() <= SHORT).then(|| fault::judge(reply).err()).flatten()
        };
        gate.send(client, call.basic(&self.username, &self.password), refusal).await
    }

    async fn send(&self, call: Call) -> Result<Reply, ProviderError> {
        self.send_by(&self.client, call).await
    }

    async fn read(&self, call: Call) -> Result<(Envelope, Reply), ProviderError> {
        let reply = self.send(call).await?;
        let judged = fault::judge(&reply);
        match &judged {
            Err(error) if matches!(error.kind, ErrorKind::Protocol | ErrorKind::Ambiguous) => {
                self.account.note_silence(error);
            }
            _ => self.account.note_answer(),
        }
        judged.map(|envelope| (envelope, reply))
    }

    /// True for a failure that ends a reading: the login is refused, or nobody takes the very first call.
    pub(super) fn ends_all(&self, error: &ProviderError) -> bool {
        error.kind == ErrorKind::Auth || error.kind == ErrorKind::Unavailable && !self.account.has_answered()
    }

    /// Reads something that may not be there.
    async fn look(&self, call: Call) -> Result<Option<(Envelope, Reply)>, ProviderError> {
        match self.read(call).await {
            Ok(read) => Ok(Some(read)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes. `named` is what the call is about.
    ///
    /// # Errors
    /// What the service refuses. Nothing was done then, unless the error is `Ambiguous`.
    pub(super) async fn write(
        &self,
        path: &str,
        named: Option<(&'static str, &str)>,
        mut form: Form,
    ) -> Result<String, ProviderError> {
        let mut path = path.to_owned();
        match named {
            Some((key, value)) if fits_a_path(value) => path = place(&path, key, value),
            Some((key, value)) => form.insert(0, (key, value.into())),
            None => {}
        }
        let reply = self.send(self.written(path, form)).await?;
        fault::judge(&reply).map(|envelope| envelope.message)
    }

    fn written(&self, path: String, form: Form) -> Call {
        let plain = |(key, value): &(&'static str, Text)| match value {
            Text::Plain(text) if !text.is_empty() => Some((*key, text.clone())),
            // A secret never stands in an address, and a field is cleared by the body alone.
            Text::Plain(_) | Text::Secret(_) => None,
        };
        if self.write_method == WriteMethod::Get
            && let Some(values) = form.iter().map(plain).collect::<Option<Vec<_>>>()
        {
            return values
                .into_iter()
                .fold(Call::get(path).once(), |call, (key, value)| call.query(key, value));
        }
        Call::post(path).form(form)
    }

    /// Whether the login is accepted. The method list calls it otherwise than the example.
    pub(super) fn authenticate(by: &str) -> Call {
        Call::get(format!("/{by}/authenticate"))
    }

    /// Every domain that the login sees.
    pub(super) async fn domains(&self) -> Result<Vec<DomainName>, ProviderError> {
        let (envelope, reply) = self.read(Call::get("/domain/list")).await?;
        let items = envelope.items().map_err(|what| reply.unexpected(&what))?;
        let names = items.into_iter().map(|item| {
            item.name(DOMAIN).ok_or_else(|| reply.unexpected("an item of the list has no domain's name"))
        });
        // A name that is no domain (`localhost`) is nothing that can be managed.
        let names: Result<Vec<&str>, ProviderError> = names.collect();
        Ok(names?.into_iter().filter_map(|name| DomainName::parse(name).ok()).collect())
    }

    /// Whether the server has a domain.
    pub(super) async fn has_domain(&self, domain: &DomainName) -> Result<bool, ProviderError> {
        let call = Call::get(place("/domain/check", "name", domain.as_str()));
        self.look(call).await.map(|found| found.is_some())
    }

    /// A page of a domain's accounts, from this one on, as the service counts them.
    pub(super) async fn users(
        &self,
        domain: &DomainName,
        start: usize,
        volume: usize,
    ) -> Result<Vec<User>, ProviderError> {
        let path = place("/users/list", "domain", domain.as_str());
        let call = Call::get(format!("{path}/start/{start}/volume/{volume}")).confidential();
        let (envelope, reply) = self.read(call).await?;
        let items = envelope.items().map_err(|what| reply.unexpected(&what))?;
        items
            .into_iter()
            .map(|item| {
                User::of(item).ok_or_else(|| reply.unexpected("an item of the list has no account's name"))
            })
            .collect()
    }

    /// An account by the name that it was listed under; none where it is not there.
    pub(super) async fn user(&self, account: &str) -> Result<Option<User>, ProviderError> {
        let Some((envelope, reply)) = self.look(view("/users/view", "name", account)).await? else {
            return Ok(None);
        };
        let record = envelope.record(ACCOUNT).map_err(|what| reply.unexpected(&what))?;
        let user = User::of(record).ok_or_else(|| reply.unexpected("it has no account's name"))?;
        if !same(&user.account, account) {
            return Err(reply.unexpected("it is of another account"));
        }
        Ok(Some(user))
    }

    /// Every row of the aliases that the login sees.
    pub(super) async fn aliases(&self) -> Result<Vec<Row>, ProviderError> {
        let (envelope, reply) = self.read(Call::get("/aliases/list")).await?;
        let items = envelope.items().map_err(|what| reply.unexpected(&what))?;
        items
            .into_iter()
            .map(|item| Row::of(item).ok_or_else(|| reply.unexpected("an item of the list is no alias")))
            .collect()
    }

    /// The sub-admins, each with what the list tells.
    pub(super) async fn administrators(&self) -> Result<Vec<AdminRecord>, ProviderError> {
        let (envelope, reply) = self.read(Call::get("/subadmin/list").confidential()).await?;
        let items = envelope.items().map_err(|what| reply.unexpected(&what))?;
        items
            .into_iter()
            .map(|item| {
                AdminRecord::of(item).ok_or_else(|| reply.unexpected("an item of the list has no `Username`"))
            })
            .collect()
    }

    /// A sub-admin; none where there is none of this name.
    pub(super) async fn administrator(&self, login: &str) -> Result<Option<AdminRecord>, ProviderError> {
        let Some((envelope, reply)) = self.look(view("/subadmin/view", USERNAME, login)).await? else {
            return Ok(None);
        };
        let record = envelope.record(&[USERNAME]).map_err(|what| reply.unexpected(&what))?;
        match AdminRecord::of(record) {
            Some(record) if record.login.eq_ignore_ascii_case(login) => Ok(Some(record)),
            _ => Err(reply.unexpected("it is of another administrator")),
        }
    }

    /// Who the login is; asked once.
    ///
    /// # Errors
    /// `Auth`. Any other answer only leaves it untold.
    pub(super) async fn me(&self) -> Result<Me, ProviderError> {
        if let Some(me) = self.account.me() {
            return Ok(me);
        }
        let me = match self.administrator(&self.username).await {
            Ok(None) => Me::Main,
            Ok(Some(record)) => record.as_me(),
            Err(error) if error.kind == ErrorKind::Auth => return Err(error),
            Err(error) if error.kind.is_transient() => return Ok(Me::Untold),
            Err(error) if error.kind == ErrorKind::Denied => Me::Untold,
            // How a version says that there is no such sub-admin is not documented.
            Err(_) => self.me_by_list().await?,
        };
        self.account.note_me(me);
        Ok(me)
    }
}

impl Api {
    /// Who the login is, by the list of sub-admins: a login that may read it and is not in it is none of them.
    async fn me_by_list(&self) -> Result<Me, ProviderError> {
        match self.administrators().await {
            Ok(listed) => {
                let own = listed.into_iter().find(|record| record.login.eq_ignore_ascii_case(&self.username));
                Ok(own.map_or(Me::Main, |record| record.as_me()))
            }
            Err(error) if error.kind == ErrorKind::Auth => Err(error),
            Err(_) => Ok(Me::Untold),
        }
    }
}

/// The call that shows one object. Its reply may hold a hash of a password.
fn view(path: &str, key: &'static str, name: &str) -> Call {
    let call =
        if fits_a_path(name) { Call::get(place(path, key, name)) } else { Call::get(path).query(key, name) };
    call.confidential()
}

/// A path with a parameter in it.
fn place(path: &str, key: &str, value: &str) -> String {
    format!("{path}/{key}/{}", segment(value))
}

/// True for what a web server hands on as it stands in a path (`contracts/atmail.md §1`).
fn fits_a_path(value: &str) -> bool {
    !value.is_empty() && value != "." && value != ".." && !value.contains(['/', '\\', '\0'])
}

/// True for two spellings of one account.
fn same(a: &str, b: &str) -> bool {
    match (Address::parse(a), Address::parse(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a.eq_ignore_ascii_case(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_survives_and_what_a_path_cannot_carry_stays_out_of_it() {
        assert_eq!(place("/users/view", "name", "a+b@example.com"), "/users/view/name/a%2Bb@example.com");
        assert_eq!(place("/x", "name", "a%b c@example.com"), "/x/name/a%25b%20c@example.com");
        for fits in ["a@example.com", "a+b@example.com", "a.b"] {
            assert!(fits_a_path(fits), "{fits}");
        }
        for not in ["", ".", "..", "a/b@example.com", "a\\b"] {
            assert!(!fits_a_path(not), "{not}");
        }
    }
}
