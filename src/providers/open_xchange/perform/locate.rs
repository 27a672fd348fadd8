//! Finds the user that a change is about as it is now. Its login may have changed in this very run, and nothing is
//! written to a user with another address than the change names.

use crate::http::Loose;
use crate::model::{Address, Change};
use crate::provider::ProviderError;

use crate::providers::open_xchange::api::{Api, Numbers};
use crate::providers::open_xchange::convert::{Remote, User};

use super::{remote, vanished};

/// A user as it is now.
#[derive(Debug, Clone)]
pub(super) struct Located {
    pub(super) login: String,
    pub(super) uid: Option<u64>,
    pub(super) document: Loose,
}

impl Located {
    fn of(user: User, known: Option<&Remote>) -> Self {
        // A number that was read of the same login holds on: the user's own record does not tell it.
        let known = known.filter(|known| known.login.eq_ignore_ascii_case(&user.login));
        let uid = user.uid.or_else(|| known.and_then(|known| known.uid));
        Self { login: user.login, uid, document: user.document }
    }

    /// The user's numbers.
    pub(super) async fn numbers(&self, api: &Api) -> Result<Numbers, ProviderError> {
        api.numbers(&self.login, self.uid).await
    }
}

/// The user of an address; none where there is none.
pub(super) async fn find(
    api: &Api,
    address: &Address,
    known: Option<&Remote>,
) -> Result<Option<Located>, ProviderError> {
    let mut logins: Vec<String> = Vec::new();
    let planned = known.map(|known| match api.moved(&known.login) {
        Some(moved) => moved.login,
        None => known.login.clone(),
    });
    for login in planned.into_iter().chain(api.login_of(address)).chain([address.as_str().to_owned()]) {
        if !logins.iter().any(|known| known.eq_ignore_ascii_case(&login)) {
            logins.push(login);
        }
    }
    for login in logins {
        if let Some(user) = api.user(&login).await?.and_then(User::of)
            && user.mail == *address
        {
            return Ok(Some(Located::of(user, known)));
        }
    }
    let mut found = None;
    for user in api.users(None).await?.into_iter().filter_map(User::of) {
        api.note_login(&user.mail, &user.login);
        if user.mail == *address {
            found = Some(Located::of(user, known));
        }
    }
    Ok(found)
}

/// The user that a change is about.
///
/// # Errors
/// `NotFound` where it is not there.
pub(super) async fn one(api: &Api, address: &Address, change: &Change) -> Result<Located, ProviderError> {
    find(api, address, remote(change).as_ref()).await?.ok_or_else(|| vanished(change))
}
