//! Who calls, and what a sub-admin may do. Contract sections 1 and 5.9.
//!
//! Must not know the routes.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::reply::Refusal;
use super::state::{Admin, Right, State, key};

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// May do everything: the owner, or a sub-admin with full administrator rights.
    Master,
    /// A sub-admin, as it was when the request came.
    SubAdmin(Box<Admin>),
}

impl Caller {
    /// Whoever the Basic credentials belong to.
    pub(super) fn of(state: &State, headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let (value, None) = (values.next()?.to_str().ok()?, values.next()) else {
            return None;
        };
        let (scheme, credentials) = value.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let credentials = String::from_utf8(BASE64_STANDARD.decode(credentials.trim()).ok()?).ok()?;
        let (name, password) = credentials.split_once(':')?;
        let settings = &state.settings;
        if name == settings.owner {
            return (password == settings.owner_password).then_some(Self::Master);
        }
        let admin = state.admins.get(&key(name)).filter(|admin| admin.password == password)?;
        Some(if admin.has(Right::UMasterAdmin) {
            Self::Master
        } else {
            Self::SubAdmin(Box::new(admin.clone()))
        })
    }

    /// Refuses a sub-admin.
    pub(super) fn only_master(&self) -> Result<(), Refusal> {
        match self {
            Self::Master => Ok(()),
            Self::SubAdmin(_) => Err(Refusal::denied()),
        }
    }

    /// Refuses a sub-admin who has none of these rights.
    pub(super) fn any_right(&self, rights: &[Right]) -> Result<(), Refusal> {
        match self {
            Self::SubAdmin(admin) if !rights.iter().any(|right| admin.has(*right)) => Err(Refusal::denied()),
            _ => Ok(()),
        }
    }

    /// Refuses a sub-admin at a domain that is not delegated to them.
    pub(super) fn at(&self, domain: &str) -> Result<(), Refusal> {
        if self.sees(domain) { Ok(()) } else { Err(Refusal::denied()) }
    }

    /// Whether things of this domain are shown.
    pub(super) fn sees(&self, domain: &str) -> bool {
        match self {
            Self::Master => true,
            Self::SubAdmin(admin) => admin.domains.contains(&key(domain)),
        }
    }
}
