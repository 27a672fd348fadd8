//! Placing things past the API.
//!
//! For tests and rehearsals; must not know HTTP.

use super::rewrite;
use super::settings::Quirk;
use super::snapshot::{UserRow, user_row};
use super::state::{ADMIN, Context, State, User, same};

/// The service's content being written past the API: nothing is checked but that what is changed exists. Contexts are
/// named in full, users by their primary address.
///
/// # Panics
///
/// Every method that changes a context or a user panics where there is none.
pub struct Rows<'a>(&'a mut State);

impl<'a> Rows<'a> {
    pub(super) fn new(state: &'a mut State) -> Self {
        Self(state)
    }

    fn held(&mut self, name: &str) -> &mut Context {
        let found = self.0.contexts.values_mut().find(|context| same(&context.name, name));
        found.unwrap_or_else(|| panic!("the simulated service has no context {name}"))
    }

    fn existing(&mut self, mail: &str) -> &mut User {
        let mut users = self.0.contexts.values_mut().flat_map(|context| context.users.values_mut());
        let found = users.find(|user| user.mail.as_deref().is_some_and(|own| same(own, mail)));
        found.unwrap_or_else(|| panic!("the simulated service has no user {mail}"))
    }

    /// A context by its full name, with its admin; one that exists stays.
    pub fn context(&mut self, name: &str) -> &mut Self {
        if !self.0.contexts.values().any(|context| same(&context.name, name)) {
            self.0.insert_context(name);
        }
        self
    }

    /// Quota in MiB and number of users of a context.
    pub fn limits(&mut self, context: &str, max_quota: Option<u64>, max_user: Option<u64>) -> &mut Self {
        let held = self.held(context);
        (held.max_quota, held.max_user) = (max_quota, max_user);
        self
    }

    /// The password of a context's admin.
    pub fn admin_password(&mut self, context: &str, password: &str) -> &mut Self {
        password.clone_into(&mut self.held(context).admin_password);
        self
    }

    /// A user whose name and primary address are the same, with the class of service `cloud_pim`.
    pub fn user(&mut self, context: &str, mail: &str, password: &str) -> &mut Self {
        let user = self.held(context).insert_user(mail);
        user.mail = Some(mail.to_owned());
        (user.password, user.password_writes) = (password.to_owned(), 1);
        let local = mail.split('@').next().unwrap_or_default();
        local.clone_into(&mut user.given_name);
        "User".clone_into(&mut user.surname);
        user.classes = vec!["cloud_pim".into()];
        self
    }

    /// Another number for a user; later users count on from it.
    ///
    /// # Panics
    ///
    /// Also if another user of its context has that number.
    pub fn user_id(&mut self, mail: &str, id: u64) -> &mut Self {
        for context in self.0.contexts.values_mut() {
            let found = context.users.values().find(|user| user.holds(mail)).map(|user| user.id);
            if let Some(found) = found {
                assert!(found == id || !context.users.contains_key(&id), "user {id} exists");
                context.renumber(found, id);
                return self;
            }
        }
        panic!("the simulated service has no user {mail}")
    }

    /// Changes what a row shows of a user, but its number.
    pub fn change(&mut self, mail: &str, change: impl FnOnce(&mut UserRow)) -> &mut Self {
        let user = self.existing(mail);
        let mut row = user_row(user);
        change(&mut row);
        rewrite::write(user, row);
        self
    }

    /// The password of a user; counts as no write.
    pub fn password(&mut self, mail: &str, password: &str) -> &mut Self {
        password.clone_into(&mut self.existing(mail).password);
        self
    }

    /// Used MiB of mail and of files.
    pub fn used(&mut self, mail: &str, mails: u64, files: u64) -> &mut Self {
        self.existing(mail).used = (mails, files);
        self
    }

    /// Subjects of the mails in a user's INBOX, the newest first, all unread.
    pub fn inbox(&mut self, mail: &str, subjects: &[&str]) -> &mut Self {
        self.existing(mail).inbox = subjects.iter().map(ToString::to_string).collect();
        self
    }

    /// Removes a user.
    pub fn remove_user(&mut self, mail: &str) -> &mut Self {
        for context in self.0.contexts.values_mut() {
            let is_meant = |user: &User| user.mail.as_deref().is_some_and(|own| same(own, mail));
            context.users.retain(|id, user| *id == ADMIN || !is_meant(user));
        }
        self
    }

    /// A forwarding alias.
    pub fn forward(&mut self, context: &str, alias: &str, recipients: &[&str]) -> &mut Self {
        let recipients = recipients.iter().map(ToString::to_string).collect();
        self.held(context).forwards.insert(alias.to_lowercase(), recipients);
        self
    }

    /// Removes a forwarding alias from every context.
    pub fn remove_forward(&mut self, alias: &str) -> &mut Self {
        for context in self.0.contexts.values_mut() {
            context.forwards.remove(&alias.to_lowercase());
        }
        self
    }

    /// A domain that every context may use.
    pub fn shared_domain(&mut self, domain: &str) -> &mut Self {
        self.0.shared_domains.insert(domain.to_lowercase());
        self
    }

    /// Removes a shared domain, whatever is in it.
    pub fn remove_shared_domain(&mut self, domain: &str) -> &mut Self {
        self.0.shared_domains.remove(&domain.to_lowercase());
        self
    }

    /// A domain of one context.
    pub fn explicit_domain(&mut self, context: &str, domain: &str) -> &mut Self {
        self.held(context).explicit_domains.insert(domain.to_lowercase());
        self
    }

    /// From now on lets the service differ.
    pub fn quirk(&mut self, quirk: Quirk) -> &mut Self {
        self.0.settings.quirks.insert(quirk);
        self
    }
}
