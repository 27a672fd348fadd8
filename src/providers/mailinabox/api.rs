//! The box's interface: what goes over the wire, and nothing of what it means (`contracts/mailinabox.md §1, §3–§5`).

use serde::{Deserialize, Deserializer};

use crate::http::{Call, Client, Reply, Text};
use crate::provider::{ErrorKind, ProviderError};

use super::account::{Account, Credential};
use super::convert;

/// A domain's users in `GET /mail/users?format=json`.
#[derive(Debug, Deserialize)]
struct UserGroup {
    users: Vec<User>,
}

/// A user, or what is left of one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct User {
    pub(super) email: Box<str>,
    pub(super) privileges: Vec<String>,
    pub(super) status: Status,
    /// As stored. Not there on boxes before v73 and on archived users.
    #[serde(default)]
    pub(super) quota: Option<Box<str>>,
    /// How much mail there is, as text for people.
    #[serde(default)]
    pub(super) box_size: Option<Box<str>>,
}

/// Whether a user exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// It does.
    Active,
    /// It does not: its mail is still on the disk.
    Inactive,
}

/// A domain's aliases in `GET /mail/aliases?format=json`.
#[derive(Debug, Deserialize)]
struct AliasGroup {
    aliases: Vec<AliasRow>,
}

/// An alias row. Domains of its members are shown in Unicode.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct AliasRow {
    pub(super) address: String,
    /// One empty text where there is none.
    pub(super) forwards_to: Vec<String>,
    /// Null where they are not set: then its targets are.
    #[serde(deserialize_with = "present")]
    pub(super) permitted_senders: Option<Vec<String>>,
    /// True where the box made it.
    pub(super) auto: bool,
}

/// Reads an optional value whose key must be there.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    Option::deserialize(deserializer)
}

/// The calls of one connection.
#[derive(Debug)]
pub(super) struct Api {
    client: Client,
    account: std::sync::Arc<Account>,
    credential: Credential,
}

impl Api {
    pub(super) fn new(client: Client, account: std::sync::Arc<Account>, credential: Credential) -> Self {
        Self { client, account, credential }
    }

    pub(super) fn calls(&self) -> u64 {
        self.client.calls()
    }

    /// The version, like `v75`; none where the box cannot tell, since it asks git (`contracts/mailinabox.md §1`).
    pub(super) async fn version(&self) -> Result<Option<String>, ProviderError> {
        let reply = self.account.send(&self.client, &self.credential, Call::get("/system/version")).await?;
        match reply.status {
            500 => Ok(None),
            _ if reply.is_success() => Ok(Some(reply.text()?.trim().to_owned())),
            _ => Err(convert::refusal(&reply)),
        }
    }

    pub(super) async fn users(&self) -> Result<Vec<User>, ProviderError> {
        Ok(self.users_by_domain().await?.into_iter().flatten().collect())
    }

    /// The users of each domain.
    pub(super) async fn users_by_domain(&self) -> Result<Vec<Vec<User>>, ProviderError> {
        let call = Call::get("/mail/users").query("format", "json");
        let groups: Vec<UserGroup> = self.read(call).await?.json()?;
        Ok(groups.into_iter().map(|group| group.users).collect())
    }

    pub(super) async fn aliases(&self) -> Result<Vec<AliasRow>, ProviderError> {
        let call = Call::get("/mail/aliases").query("format", "json");
        let groups: Vec<AliasGroup> = self.read(call).await?.json()?;
        Ok(groups.into_iter().flat_map(|group| group.aliases).collect())
    }

    /// The domains, one a line; a box without any answers an empty text.
    pub(super) async fn domains(&self) -> Result<Vec<crate::model::DomainName>, ProviderError> {
        let reply = self.read(Call::get("/mail/domains")).await?;
        let lines = reply.text()?.lines().map(str::trim).filter(|line| !line.is_empty());
        lines
            .map(|line| {
                crate::model::DomainName::parse(line).map_err(|error| reply.unexpected(&error.to_string()))
            })
            .collect()
    }

    pub(super) async fn add_user(
        &self,
        email: &str,
        password: secrecy::SecretString,
        quota: Option<String>,
    ) -> Result<Vec<String>, ProviderError> {
        let mut form = vec![("email", email.into()), ("password", password.into())];
        form.extend(quota.map(|quota| ("quota", quota.into())));
        self.write("/mail/users/add", form, &["mail user added"]).await
    }

    pub(super) async fn remove_user(&self, email: &str) -> Result<Vec<String>, ProviderError> {
        self.write("/mail/users/remove", vec![("email", email.into())], &["mail user removed"]).await
    }

    pub(super) async fn set_quota(&self, email: &str, quota: String) -> Result<Vec<String>, ProviderError> {
        let form = vec![("email", email.into()), ("quota", quota.into())];
        self.write("/mail/users/quota", form, &["OK"]).await
    }

    pub(super) async fn add_admin(&self, email: &str) -> Result<Vec<String>, ProviderError> {
        self.privilege("/mail/users/privileges/add", email).await
    }

    pub(super) async fn remove_admin(&self, email: &str) -> Result<Vec<String>, ProviderError> {
        self.privilege("/mail/users/privileges/remove", email).await
    }

    async fn privilege(&self, path: &'static str, email: &str) -> Result<Vec<String>, ProviderError> {
        self.write(path, vec![("email", email.into()), ("privilege", "admin".into())], &["OK"]).await
    }

    /// Writes an alias row whole. All three fields are always sent: one that is left out is erased.
    pub(super) async fn put_alias(
        &self,
        address: &str,
        forwards_to: &[String],
        permitted_senders: &[String],
        existing: Existing,
    ) -> Result<Vec<String>, ProviderError> {
        let mut form: Vec<(&'static str, Text)> = vec![
            ("address", address.into()),
            ("forwards_to", forwards_to.join("\n").into()),
            ("permitted_senders", permitted_senders.join("\n").into()),
        ];
        let expected: &[&str] = match existing {
            Existing::Replace => {
                form.push(("update_if_exists", "1".into()));
                &["alias added", "alias updated"]
            }
            Existing::Refuse => &["alias added"],
        };
        let notes = self.write("/mail/aliases/add", form, expected).await?;
        // The box may take an alias and drop it again within one request (`contracts/mailinabox.md §4`).
        let dropped = format!("removed alias {address} ");
        if let Some(line) = notes.iter().find(|line| line.starts_with(&dropped)) {
            return Err(ProviderError::new(
                ErrorKind::Invalid,
                format!("the box dropped the alias again: {line}"),
            )
            .at(format!("POST {}/mail/aliases/add", self.client.base()))
            .hint("give the domain a mailbox or another alias first, or another target"));
        }
        Ok(notes)
    }

    pub(super) async fn remove_alias(&self, address: &str) -> Result<Vec<String>, ProviderError> {
        self.write("/mail/aliases/remove", vec![("address", address.into())], &["alias removed"]).await
    }

    async fn read(&self, call: Call) -> Result<Reply, ProviderError> {
        let reply = self.account.send(&self.client, &self.credential, call).await?;
        if reply.is_success() { Ok(reply) } else { Err(convert::refusal(&reply)) }
    }

    /// Sends a form and reads the confirmation: its first line must be one of `expected`, the others are what else
    /// the box did.
    async fn write(
        &self,
        path: &'static str,
        form: Vec<(&'static str, Text)>,
        expected: &[&str],
    ) -> Result<Vec<String>, ProviderError> {
        let reply = self.account.send(&self.client, &self.credential, Call::post(path).form(form)).await?;
        if !reply.is_success() {
            return Err(convert::refusal(&reply));
        }
        let mut lines = reply.text()?.lines().map(str::trim_end);
        let first = lines.next().unwrap_or_default();
        if !expected.contains(&first) {
            return Err(reply.unexpected(&format!("it should say `{}`", expected.join("` or `"))));
        }
        Ok(lines.filter(|line| !line.is_empty()).map(|line| reply.quote(line)).collect())
    }
}

/// What a write of an alias row does with one that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Existing {
    /// Puts the new one in its place.
    Replace,
    /// Fails.
    Refuse,
}
