//! What a service is made with.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;

use super::OpenXchange;
use super::catalogue::Group;
use super::places::Map;
use super::settings::{ErrorStyle, Login, Quirk, Settings, WriteBody};
use super::state::State;

/// What a service is made with; see [`OpenXchange::builder`].
#[derive(Clone)]
pub struct Builder {
    settings: Settings,
    contexts: Vec<String>,
    domains: Vec<String>,
}

impl Builder {
    pub(super) fn new() -> Self {
        let login = |name: &str, secret: &str| Login { name: name.to_owned(), secret: secret.to_owned() };
        let settings = Settings {
            brand: login(OpenXchange::BRAND, OpenXchange::SECRET),
            toplevel_brand: None,
            tenant: None,
            separate_hosts: false,
            map: Map::default(),
            quirks: BTreeSet::new(),
            error_style: ErrorStyle::default(),
            write_status: None,
            write_body: WriteBody::default(),
            fresh_failures: 0,
            fresh_status: StatusCode::NOT_FOUND,
            list_lag: 0,
        };
        Self { settings, contexts: vec!["shop".into()], domains: vec!["example.com".into()] }
    }

    /// The brand's login and secret; [`OpenXchange::BRAND`] and [`OpenXchange::SECRET`] unless told (contract §1).
    /// Names of contexts begin with the login.
    #[must_use]
    pub fn brand(mut self, login: impl Into<String>, secret: impl Into<String>) -> Self {
        self.settings.brand = Login { name: login.into(), secret: secret.into() };
        self
    }

    /// Makes the brand a sub-brand of this one (contract §2).
    #[must_use]
    pub fn sub_brand_of(mut self, toplevel: impl Into<String>) -> Self {
        self.settings.toplevel_brand = Some(toplevel.into());
        self
    }

    /// Credentials of a tenant, which alone then may ask for mail counters (contract §1). The brand may unless told.
    #[must_use]
    pub fn tenant(mut self, login: impl Into<String>, secret: impl Into<String>) -> Self {
        self.settings.tenant = Some(Login { name: login.into(), secret: secret.into() });
        self
    }

    /// One more context by its short name, beside `shop`.
    #[must_use]
    pub fn context(mut self, short: impl Into<String>) -> Self {
        self.contexts.push(short.into());
        self
    }

    /// One more shared domain, beside `example.com`.
    #[must_use]
    pub fn shared_domain(mut self, domain: impl Into<String>) -> Self {
        self.domains.push(domain.into());
        self
    }

    /// Takes the shared domains of Cloud-Plugins off the host that [`OpenXchange::simulator`] serves: they are 404
    /// there, and [`OpenXchange::admin_simulator`] alone serves them (contract §1). One server has all unless told.
    #[must_use]
    pub fn separate_hosts(mut self) -> Self {
        self.settings.separate_hosts = true;
        self
    }

    /// Lets the service differ from the default.
    #[must_use]
    pub fn with(mut self, quirk: Quirk) -> Self {
        self.settings.quirks.insert(quirk);
        self
    }

    /// The prefix of a group's paths (contract §1). Places that [`Builder::at`] moved stay where they are.
    #[must_use]
    pub fn prefix(mut self, group: Group, prefix: impl Into<String>) -> Self {
        self.settings.map.set_prefix(group, prefix.into());
        self
    }

    /// Puts an operation elsewhere. Names and templates are those of [`OpenXchange::places`]; `user_attribute` with
    /// `{attribute}` moves all attributes that are not moved by their own names. The template may begin with a verb
    /// and a blank where the operation has one verb, as in `GET /alias/{context}/{alias}/exists`.
    ///
    /// # Panics
    ///
    /// If there is no such name, the template is not an absolute path with exactly the same holes, or a verb is given
    /// for an operation with several.
    #[must_use]
    pub fn at(mut self, name: &str, template: &str) -> Self {
        if let Err(problem) = self.settings.map.set(name, template) {
            panic!("{problem}");
        }
        self
    }

    /// How refusals are worded.
    #[must_use]
    pub fn error_style(mut self, style: ErrorStyle) -> Self {
        self.settings.error_style = style;
        self
    }

    /// The status of every successful write, instead of each operation's own; 204 has no body.
    #[must_use]
    pub fn write_status(mut self, status: StatusCode) -> Self {
        self.settings.write_status = Some(status);
        self
    }

    /// What successful writes say.
    #[must_use]
    pub fn write_body(mut self, body: WriteBody) -> Self {
        self.settings.write_body = body;
        self
    }

    /// The first `reads` reads of a new user's attributes fail with this status, 404 or 500 say (contract §8).
    #[must_use]
    pub fn fresh_attributes_fail(mut self, reads: u32, status: StatusCode) -> Self {
        self.settings.fresh_failures = reads;
        self.settings.fresh_status = status;
        self
    }

    /// A new user and a user's new aliases are in lists only after this many of them (contract §8).
    #[must_use]
    pub fn list_lag(mut self, lists: u32) -> Self {
        self.settings.list_lag = lists;
        self
    }

    /// Sets the service up with its contexts, which hold their admins alone.
    pub fn build(self) -> OpenXchange {
        let mut state = State::new(self.settings);
        for short in &self.contexts {
            let name = state.full_name(short);
            state.insert_context(&name);
        }
        state.shared_domains.extend(self.domains.iter().map(|domain| domain.to_lowercase()));
        OpenXchange(Arc::new(Mutex::new(state)))
    }
}
