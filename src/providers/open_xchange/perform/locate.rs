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
    let mut logins: Vec<&str> = known.map(|known| known.login.as_str()).into_iter().collect();
    if !logins.iter().any(|login| login.eq_ignore_ascii_case(address.as_str())) {
        logins.push(address.as_str());
    }
    for login in logins {
        if let Some(user) = api.user(login).await?.and_then(User::of)
            && user.mail == *address
        {
            return Ok(Some(Located::of(user, known)));
        }
    }
    let users = api.users(None).await?;
    let user = users.into_iter().filter_map(User::of).find(|user| user.mail == *address);
    Ok(user.map(|user| Located::of(user, known)))
}

/// The user that a change is about.
///
/// # Errors
/// `NotFound` where it is not there.
pub(super) async fn one(api: &Api, address: &Address, change: &Change) -> Result<Located, ProviderError> {
    find(api, address, remote(change).as_ref()).await?.ok_or_else(|| vanished(change))
}
