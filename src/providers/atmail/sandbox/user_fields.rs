//! The fields of a user: what is written and what is shown. Contract sections 3, 4 and 5.
//!
//! Must not know who calls.

use super::params::{Params, Write};
use super::reply::Refusal;
use super::settings::{Names, Quirk, Settings};
use super::state::{FORWARD_WIDTH, Password, State, User, cut};
use super::xml::Node;

/// The parameters of the list that are the same in both spellings.
const PLAIN: [&str; 8] = [
    "Password",
    "PasswordMD5",
    "PasswordQuestion",
    "UserStatus",
    "UserQuota",
    "MailDir",
    "Forward",
    "AutoReply",
];

/// The spellings of the first and the last name.
fn names_of(names: Names) -> (Vec<&'static str>, Vec<&'static str>) {
    let (mut first, mut last) = (Vec::new(), Vec::new());
    if names.has_text() {
        first.push("UserFirstName");
        last.push("UserLastName");
    }
    if names.has_list() {
        first.push("FirstName");
        last.push("LastName");
    }
    (first, last)
}

/// The parameters that a create looks at.
pub(super) fn of_create(names: Names) -> Vec<&'static str> {
    let (first, last) = names_of(names);
    [vec!["name"], first, last, PLAIN.to_vec()].concat()
}

/// The parameters that an update looks at.
pub(super) fn of_update(names: Names) -> Vec<&'static str> {
    [of_create(names), vec!["enabled", "NewUsername"]].concat()
}

/// What a request changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Edit {
    password: Option<Password>,
    first_name: Write<String>,
    last_name: Write<String>,
    password_question: Write<String>,
    mail_dir: Write<String>,
    forward: Write<String>,
    auto_reply: Write<String>,
    /// In the unit of the column.
    pub(super) quota: Write<u64>,
    status: Write<u64>,
}

impl Edit {
    /// The fields of a create.
    pub(super) fn of_create(params: &Params, state: &State) -> Result<Self, Refusal> {
        let (first, last) = names_of(state.settings.names);
        Ok(Self {
            password: password(params)?,
            first_name: params.write(&first)?,
            last_name: params.write(&last)?,
            password_question: params.write(&["PasswordQuestion"])?,
            mail_dir: params.write(&["MailDir"])?,
            forward: params.write(&["Forward"])?.map(|text| cut(&text, FORWARD_WIDTH)),
            auto_reply: params.write(&["AutoReply"])?,
            quota: params.write_number("UserQuota")?.map(|megabytes| state.column_quota(megabytes)),
            status: params.write_number("UserStatus")?,
        })
    }

    /// The fields of an update.
    pub(super) fn of_update(params: &Params, state: &State) -> Result<Self, Refusal> {
        let mut edit = Self::of_create(params, state)?;
        match params.text("enabled")? {
            None => {}
            Some("true") => edit.status = Write::To(0),
            Some("false") => edit.status = Write::To(1),
            Some(_) => return Err(Refusal::invalid("enabled")),
        }
        if state.settings.has(Quirk::ForwardNotUpdated) {
            edit.forward = Write::Leave;
            edit.auto_reply = Write::Leave;
        }
        Ok(edit)
    }

    /// Writes to a row.
    pub(super) fn apply(self, user: &mut User) {
        self.first_name.write(&mut user.first_name);
        self.last_name.write(&mut user.last_name);
        self.password_question.write(&mut user.password_question);
        self.mail_dir.write(&mut user.mail_dir);
        self.forward.write(&mut user.forward);
        self.auto_reply.write(&mut user.auto_reply);
        self.quota.write(&mut user.quota);
        let mut status = Some(user.status);
        self.status.write(&mut status);
        // The column is a number; without one the user is enabled.
        user.status = status.unwrap_or(0);
        if let Some(password) = self.password {
            user.password = password;
            user.password_writes += 1;
        }
    }
}

fn password(params: &Params) -> Result<Option<Password>, Refusal> {
    let (plain, md5) = (params.text("Password")?, params.text("PasswordMD5")?);
    Ok(match (plain, md5) {
        (Some(plain), _) if !plain.is_empty() => Some(Password::Plain(plain.to_owned())),
        (_, Some(md5)) if !md5.is_empty() => {
            if md5.len() != 32 || !md5.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(Refusal::invalid("PasswordMD5"));
            }
            Some(Password::Md5(md5.to_owned()))
        }
        (None, None) => None,
        _ => Some(Password::Null),
    })
}

impl User {
    /// Gives a user who has no password the one made up.
    pub(super) fn generate_password(&mut self, made_up: String) {
        if self.password == Password::Null {
            self.password = Password::Generated(made_up);
            self.password_writes = 1;
        }
    }

    /// What it logs in with, where that is known.
    pub(super) fn plain_password(&self) -> Option<&str> {
        match &self.password {
            Password::Plain(password) | Password::Generated(password) => Some(password),
            Password::Null | Password::Md5(_) => None,
        }
    }
}

/// A user as lists and views tell it.
pub(super) fn record(user: &User, settings: &Settings) -> Vec<Node> {
    let mut record = vec![Node::text("id", user.id), Node::text("Account", &user.account)];
    if settings.has(Quirk::ShowsSecrets) {
        let md5 = if let Password::Md5(md5) = &user.password { Some(md5) } else { None };
        record.extend([
            Node::column("Password", user.plain_password()),
            Node::column("PasswordMD5", md5),
            Node::text("SessionID", format!("{:032x}", u128::from(user.id) * 0x9e37_79b9_7f4a_7c15)),
        ]);
    }
    record.extend([
        Node::column("FirstName", user.first_name.as_deref()),
        Node::column("LastName", user.last_name.as_deref()),
        Node::column("PasswordQuestion", user.password_question.as_deref()),
        Node::column("OtherEmail", user.other_email.as_deref()),
        Node::column("UserQuota", user.quota),
        Node::text("UserStatus", user.status),
        Node::column("MailDir", user.mail_dir.as_deref()),
        Node::column("Forward", user.forward.as_deref()),
        Node::column("AutoReply", user.auto_reply.as_deref()),
        Node::text("DateCreate", &user.created),
        Node::text("DateModified", &user.modified),
    ]);
    record
}
