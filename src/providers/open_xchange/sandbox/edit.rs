//! What a create or a change of a user sends. Contract section 6.
//!
//! Must not know HTTP.

use super::attributes::level;
use super::fields::{Change, Object};
use super::reply::Refusal;
use super::state::{Quotas, User, same};

/// Fields of a user; what was not sent is `None`.
#[derive(Debug, Default)]
pub(super) struct Edit {
    pub(super) name: Option<String>,
    pub(super) mail: Option<String>,
    pub(super) aliases: Option<Vec<String>>,
    password: Option<String>,
    given_name: Option<String>,
    surname: Option<String>,
    display_name: Option<String>,
    language: Option<String>,
    timezone: Option<String>,
    classes: Option<Vec<String>>,
    spam_level: Option<String>,
    /// Unified, mail, file.
    quotas: [Change<u64>; 3],
}

impl Edit {
    /// What a create has beside name, address and password.
    pub(super) fn of_create(object: &mut Object) -> Result<Self, Refusal> {
        for key in ["givenName", "surName", "classOfService"] {
            if !object.has(key) {
                return Err(Refusal::missing(key));
            }
        }
        let edit = Self::of_both(object)?;
        edit.check_quotas(Quotas::default())?;
        Ok(edit)
    }

    /// A change.
    pub(super) fn of_change(object: &mut Object) -> Result<Self, Refusal> {
        Ok(Self {
            name: object.filled("newName")?,
            mail: object.filled("mail")?,
            aliases: object.texts("aliases")?,
            password: object.filled("password")?,
            spam_level: object.text("spamLevel")?.map(level).transpose()?,
            ..Self::of_both(object)?
        })
    }

    fn of_both(object: &mut Object) -> Result<Self, Refusal> {
        Ok(Self {
            given_name: object.filled("givenName")?,
            surname: object.filled("surName")?,
            display_name: object.filled("displayName")?,
            language: object.filled("language")?,
            timezone: object.filled("timezone")?,
            classes: object.filled_texts("classOfService")?,
            quotas: [
                object.nullable_number("unifiedQuota")?,
                object.nullable_number("mailQuota")?,
                object.nullable_number("fileQuota")?,
            ],
            ..Self::default()
        })
    }

    fn quotas_over(&self, held: Quotas) -> Quotas {
        let [unified, mail, file] = self.quotas;
        Quotas { unified: unified.over(held.unified), mail: mail.over(held.mail), file: file.over(held.file) }
    }

    /// Refuses a unified quota beside one of mail or files.
    pub(super) fn check_quotas(&self, held: Quotas) -> Result<(), Refusal> {
        let quotas = self.quotas_over(held);
        if quotas.unified.is_some() && quotas.apart() {
            return Err(Refusal::bad_request("unifiedQuota excludes mailQuota and fileQuota"));
        }
        Ok(())
    }

    /// Writes it; new aliases are not in the next `lag` lists.
    pub(super) fn apply(self, user: &mut User, lag: u32) {
        user.quotas = self.quotas_over(user.quotas);
        if let Some(name) = self.name {
            if same(&user.uid_name, &user.name) {
                user.uid_name.clone_from(&name);
            }
            user.name = name;
        }
        if let Some(mail) = self.mail {
            user.aliases.retain(|alias| !same(alias, &mail));
            user.mail = Some(mail);
        }
        if let Some(aliases) = self.aliases {
            let mut unique: Vec<String> = Vec::new();
            for alias in aliases {
                if !unique.iter().any(|known| same(known, &alias)) {
                    unique.push(alias);
                }
            }
            user.stale_aliases = (std::mem::replace(&mut user.aliases, unique), lag);
        }
        if let Some(password) = self.password {
            user.password = password;
            user.password_writes += 1;
        }
        let texts = [
            (&mut user.display_name, self.display_name),
            (&mut user.language, self.language),
            (&mut user.timezone, self.timezone),
        ];
        for (field, sent) in texts {
            if sent.is_some() {
                *field = sent;
            }
        }
        let set = |field: &mut String, sent: Option<String>| {
            if let Some(text) = sent {
                *field = text;
            }
        };
        set(&mut user.given_name, self.given_name);
        set(&mut user.surname, self.surname);
        set(&mut user.spam_level, self.spam_level);
        if let Some(classes) = self.classes {
            user.classes = classes;
        }
    }
}
