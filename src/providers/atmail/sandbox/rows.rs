//! What the service holds from outside: reading all of it, and placing things past the API.
//!
//! For tests and rehearsals; must not know HTTP.

use std::collections::BTreeSet;

use super::state::{Admin, Alias, Password, Right, State, User, key};

/// A domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainRow {
    /// Its name as it was sent.
    pub hostname: String,
    /// Whether it is enabled.
    pub enabled: bool,
}

/// A user. Passwords are not in it; see [`Atmail::password_of`](super::Atmail::password_of).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// The number of the row.
    pub id: u64,
    /// The address as it was sent.
    pub account: String,
    /// How often the password was written, the first time included.
    pub password_writes: u64,
    /// Whether the service made the password up.
    pub password_generated: bool,
    /// The first name; `None` is NULL, here and below.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The question to ask who forgot the password.
    pub password_question: Option<String>,
    /// Another address.
    pub other_email: Option<String>,
    /// The column `UserQuota`: MB, or KB under [`Quirk::QuotaInKb`](super::Quirk::QuotaInKb).
    pub quota: Option<u64>,
    /// The column `UserStatus`; 0 is enabled.
    pub status: u64,
    /// Where the mail lies.
    pub mail_dir: Option<String>,
    /// Where mail is forwarded to.
    pub forward: Option<String>,
    /// The automatic reply.
    pub auto_reply: Option<String>,
}

/// An alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasRow {
    /// The number of the row.
    pub id: u64,
    /// The address, `@domain` or domain as it was sent.
    pub name: String,
    /// The target as it was sent.
    pub to: String,
    /// The domain of the name.
    pub domain: String,
    /// A directory that mail goes to.
    pub mail_dir: Option<String>,
    /// What it was created as: `Local`, `Deliver` or `Domain`. Lists do not tell it.
    pub kind: &'static str,
}

/// A sub-admin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminRow {
    /// The login name.
    pub username: String,
    /// How often the password was written, the first time included.
    pub password_writes: u64,
    /// What they may do.
    pub rights: BTreeSet<Right>,
    /// Their domains in lower case.
    pub domains: BTreeSet<String>,
    /// How many users they may have; `None` is no limit.
    pub num_users: Option<u64>,
    /// How many MB they may allocate; `None` is no limit.
    pub num_quota: Option<u64>,
    /// The company.
    pub company: Option<String>,
    /// The full name.
    pub full_name: Option<String>,
}

/// All that the service holds, sorted: domains, users and sub-admins by name, aliases by `id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Domains.
    pub domains: Vec<DomainRow>,
    /// Users.
    pub users: Vec<UserRow>,
    /// Aliases.
    pub aliases: Vec<AliasRow>,
    /// Sub-admins.
    pub admins: Vec<AdminRow>,
}

impl Snapshot {
    pub(super) fn of(state: &State) -> Self {
        let domain = |domain: &super::state::Domain| DomainRow {
            hostname: domain.hostname.clone(),
            enabled: domain.enabled,
        };
        Self {
            domains: state.domains.values().map(domain).collect(),
            users: state.users.values().map(user_row).collect(),
            aliases: state.aliases.iter().map(alias_row).collect(),
            admins: state.admins.values().map(admin_row).collect(),
        }
    }

    /// The user with this address.
    pub fn user(&self, account: &str) -> Option<&UserRow> {
        self.users.iter().find(|user| key(&user.account) == key(account))
    }

    /// The domain of this name.
    pub fn domain(&self, name: &str) -> Option<&DomainRow> {
        self.domains.iter().find(|domain| key(&domain.hostname) == key(name))
    }

    /// The sub-admin of this name.
    pub fn admin(&self, username: &str) -> Option<&AdminRow> {
        self.admins.iter().find(|admin| key(&admin.username) == key(username))
    }

    /// The targets of an alias in the order of their rows.
    pub fn targets(&self, name: &str) -> Vec<&str> {
        let rows = self.aliases.iter().filter(|alias| key(&alias.name) == key(name));
        rows.map(|alias| alias.to.as_str()).collect()
    }
}

fn user_row(user: &User) -> UserRow {
    UserRow {
        id: user.id,
        account: user.account.clone(),
        password_writes: user.password_writes,
        password_generated: matches!(user.password, Password::Generated(_)),
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        password_question: user.password_question.clone(),
        other_email: user.other_email.clone(),
        quota: user.quota,
        status: user.status,
        mail_dir: user.mail_dir.clone(),
        forward: user.forward.clone(),
        auto_reply: user.auto_reply.clone(),
    }
}

fn alias_row(alias: &Alias) -> AliasRow {
    AliasRow {
        id: alias.id,
        name: alias.name.clone(),
        to: alias.to.clone(),
        domain: alias.domain.clone(),
        mail_dir: alias.mail_dir.clone(),
        kind: alias.kind,
    }
}

fn admin_row(admin: &Admin) -> AdminRow {
    AdminRow {
        username: admin.username.clone(),
        password_writes: admin.password_writes,
        rights: admin.rights.clone(),
        domains: admin.domains.clone(),
        num_users: admin.num_users,
        num_quota: admin.num_quota,
        company: admin.company.clone(),
        full_name: admin.full_name.clone(),
    }
}

/// The service's content being written past the API: nothing is checked but that what is changed exists. A domain
/// is made where a user needs it.
///
/// # Panics
///
/// Every method that changes something panics where it is not there.
pub struct Rows<'a>(&'a mut State);

impl<'a> Rows<'a> {
    pub(super) fn new(state: &'a mut State) -> Self {
        Self(state)
    }

    fn existing(&mut self, account: &str) -> &mut User {
        match self.0.users.get_mut(&key(account)) {
            Some(user) => user,
            None => panic!("the simulated service has no user {account}"),
        }
    }

    fn existing_admin(&mut self, username: &str) -> &mut Admin {
        match self.0.admins.get_mut(&key(username)) {
            Some(admin) => admin,
            None => panic!("the simulated service has no sub-admin {username}"),
        }
    }

    /// An enabled domain.
    pub fn domain(&mut self, name: &str) -> &mut Self {
        self.0.insert_domain(name);
        self
    }

    /// Disables a domain.
    ///
    /// # Panics
    ///
    /// If there is none of that name.
    pub fn disable_domain(&mut self, name: &str) -> &mut Self {
        match self.0.domains.get_mut(&key(name)) {
            Some(domain) => domain.enabled = false,
            None => panic!("the simulated service has no domain {name}"),
        }
        self
    }

    /// Removes a domain, not what is inside.
    pub fn remove_domain(&mut self, name: &str) -> &mut Self {
        self.0.remove_domain(name);
        self
    }

    /// An enabled user without a quota; replaces one that exists.
    pub fn user(&mut self, account: &str, password: &str) -> &mut Self {
        self.0.insert_domain(super::state::domain_of(account));
        let user = self.0.insert_user(account);
        user.password = Password::Plain(password.to_owned());
        user.password_writes = 1;
        self
    }

    /// Sets a column by its name as lists tell it, `UserQuota` in the column's own unit; empty is NULL. Nothing is cut.
    ///
    /// # Panics
    ///
    /// Also if there is no such column or a number is none.
    pub fn column(&mut self, account: &str, name: &str, value: &str) -> &mut Self {
        let user = self.existing(account);
        let text = super::state::nullable(value);
        let number = || value.parse::<u64>().unwrap_or_else(|_| panic!("{name} is a number, not {value}"));
        match name {
            "FirstName" => user.first_name = text,
            "LastName" => user.last_name = text,
            "PasswordQuestion" => user.password_question = text,
            "OtherEmail" => user.other_email = text,
            "MailDir" => user.mail_dir = text,
            "Forward" => user.forward = text,
            "AutoReply" => user.auto_reply = text,
            "UserQuota" => user.quota = text.is_some().then(number),
            "UserStatus" => user.status = number(),
            _ => panic!("users have no column {name}"),
        }
        self
    }

    /// Removes a user.
    pub fn remove_user(&mut self, account: &str) -> &mut Self {
        self.0.users.remove(&key(account));
        self
    }

    /// A row of type Local; the name may be `@domain` or a bare domain too.
    pub fn alias(&mut self, name: &str, to: &str) -> &mut Self {
        self.0.insert_alias(name, to, None, "Local");
        self
    }

    /// A row of type Local with a directory.
    pub fn alias_to_directory(&mut self, name: &str, to: &str, mail_dir: &str) -> &mut Self {
        self.0.insert_alias(name, to, Some(mail_dir), "Local");
        self
    }

    /// Removes the rows with this name and this target.
    pub fn remove_alias(&mut self, name: &str, to: &str) -> &mut Self {
        self.0.aliases.retain(|alias| key(&alias.name) != key(name) || key(&alias.to) != key(to));
        self
    }

    /// A sub-admin; replaces one that exists.
    pub fn admin(&mut self, username: &str, password: &str, rights: &[Right], domains: &[&str]) -> &mut Self {
        let admin = Admin {
            username: username.to_owned(),
            password: password.to_owned(),
            password_writes: 1,
            rights: rights.iter().copied().collect(),
            domains: domains.iter().map(|domain| key(domain)).collect(),
            ..Admin::default()
        };
        self.0.admins.insert(key(username), admin);
        self
    }

    /// What a sub-admin may use: users, and MB of quota.
    pub fn credits(&mut self, username: &str, users: Option<u64>, megabytes: Option<u64>) -> &mut Self {
        let admin = self.existing_admin(username);
        admin.num_users = users;
        admin.num_quota = megabytes;
        self
    }
}
