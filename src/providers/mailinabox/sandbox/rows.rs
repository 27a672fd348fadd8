//! The box's rows from outside: reading all of them, and writing them past the API.
//!
//! For tests and rehearsals; must not know HTTP.

use super::state::{Alias, State, User};
use super::{mfa, quota};

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UserRow {
    /// The login, stored as it is.
    pub email: String,
    /// In the order stored.
    pub privileges: Vec<String>,
    /// The text as stored.
    pub quota: String,
    /// How often the password was written, the first time included.
    pub password_writes: u64,
}

/// An alias, explicit or automatic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AliasRow {
    /// The source as stored: A-labels, lower case.
    pub address: String,
    /// The destinations as stored; empty where there is none.
    pub forwards_to: Vec<String>,
    /// `None` where they are not set.
    pub permitted_senders: Option<Vec<String>>,
}

/// All rows, each kind sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Active users.
    pub users: Vec<UserRow>,
    /// Explicit aliases, also those that the list hides.
    pub aliases: Vec<AliasRow>,
    /// Automatic aliases.
    pub auto_aliases: Vec<AliasRow>,
    /// Addresses whose mail directory is left without a user.
    pub archived: Vec<String>,
}

impl Snapshot {
    pub(super) fn of(state: &State) -> Self {
        let list =
            |joined: &str| joined.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let user = |(email, user): (&String, &User)| UserRow {
            email: email.clone(),
            privileges: user.privileges.clone(),
            quota: user.quota.clone(),
            password_writes: user.password_writes,
        };
        let alias = |(address, row): (&String, &Alias)| AliasRow {
            address: address.clone(),
            forwards_to: list(&row.destination),
            permitted_senders: row.permitted_senders.as_deref().map(list),
        };
        let auto = |(address, target): (&String, &String)| AliasRow {
            address: address.clone(),
            forwards_to: vec![target.clone()],
            permitted_senders: None,
        };
        Self {
            users: state.users.iter().map(user).collect(),
            aliases: state.aliases.iter().map(alias).collect(),
            auto_aliases: state.auto_aliases.iter().map(auto).collect(),
            archived: state
                .maildirs
                .keys()
                .filter(|email| !state.users.contains_key(*email))
                .cloned()
                .collect(),
        }
    }

    /// The user with this login.
    pub fn user(&self, email: &str) -> Option<&UserRow> {
        self.users.iter().find(|user| user.email == email)
    }

    /// The explicit alias with this source.
    pub fn alias(&self, address: &str) -> Option<&AliasRow> {
        self.aliases.iter().find(|alias| alias.address == address)
    }
}

/// Rows being written past the API: nothing is checked but that what is changed exists.
pub struct Rows<'a>(&'a mut State);

impl<'a> Rows<'a> {
    pub(super) fn new(state: &'a mut State) -> Self {
        Self(state)
    }

    fn existing(&mut self, email: &str) -> &mut User {
        match self.0.users.get_mut(email) {
            Some(user) => user,
            None => panic!("the simulated box has no user {email}"),
        }
    }

    /// A user without privileges and limit; replaces one that exists.
    pub fn user(&mut self, email: &str, password: &str) -> &mut Self {
        self.0.users.remove(email);
        self.0.insert_user(email, password, Vec::new(), "0".to_owned());
        self.quota(email, "0")
    }

    /// Gives a user a privilege.
    ///
    /// # Panics
    ///
    /// Without such a user.
    pub fn privilege(&mut self, email: &str, privilege: &str) -> &mut Self {
        self.existing(email).privileges.push(privilege.to_owned());
        self
    }

    /// Stores a quota as it stands.
    ///
    /// # Panics
    ///
    /// Without such a user.
    pub fn quota(&mut self, email: &str, text: &str) -> &mut Self {
        text.clone_into(&mut self.existing(email).quota);
        self.0.maildirs.entry(email.to_owned()).or_default().limit = quota::bytes(text);
        self
    }

    /// Puts that many bytes of mail into a mailbox; an address without a user becomes an archived one.
    pub fn mail(&mut self, email: &str, bytes: u64) -> &mut Self {
        self.0.maildirs.entry(email.to_owned()).or_default().used = bytes;
        self
    }

    /// Leaves a mail directory without a user.
    pub fn archived(&mut self, email: &str) -> &mut Self {
        self.0.users.remove(email);
        self.0.maildirs.entry(email.to_owned()).or_default();
        self
    }

    /// Removes a user and its mail directory.
    pub fn purge_user(&mut self, email: &str) -> &mut Self {
        self.0.users.remove(email);
        self.0.maildirs.remove(email);
        self
    }

    /// Turns TOTP on for a user.
    ///
    /// # Panics
    ///
    /// Without such a user, or if the secret is not 32 characters of base32.
    pub fn totp(&mut self, email: &str, secret: &str) -> &mut Self {
        let user_id = self.existing(email).id;
        match mfa::secret_bytes(secret) {
            Some(bytes) => self.0.insert_totp(user_id, bytes, None),
            None => panic!("not 32 characters of base32"),
        }
        self
    }

    /// An alias without permitted senders; replaces one that exists.
    pub fn alias(&mut self, address: &str, forwards_to: &[&str]) -> &mut Self {
        self.0.aliases.insert(
            address.to_owned(),
            Alias { destination: forwards_to.join(","), permitted_senders: None },
        );
        self
    }

    /// An alias with permitted senders; replaces one that exists.
    pub fn alias_with_senders(&mut self, address: &str, forwards_to: &[&str], senders: &[&str]) -> &mut Self {
        let permitted_senders = Some(senders.join(","));
        self.0
            .aliases
            .insert(address.to_owned(), Alias { destination: forwards_to.join(","), permitted_senders });
        self
    }

    /// Removes an explicit alias.
    pub fn remove_alias(&mut self, address: &str) -> &mut Self {
        self.0.aliases.remove(address);
        self
    }
}
