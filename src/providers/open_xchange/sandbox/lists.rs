//! Black and white lists of a user. Contract section 5.

use std::collections::BTreeSet;

use serde_json::json;

use super::attributes::{target, with_user};
use super::catalogue::List;
use super::pattern::Pattern;
use super::reply::{Refusal, Reply};
use super::routes::Call;
use super::state::{State, User};

impl List {
    fn key(self) -> &'static str {
        match self {
            Self::Black => "blacklist",
            Self::White => "whitelist",
        }
    }

    fn of(self, user: &mut User) -> &mut BTreeSet<String> {
        match self {
            Self::Black => &mut user.blacklist,
            Self::White => &mut user.whitelist,
        }
    }
}

/// `GET …/{list}`
pub(super) fn read(state: &mut State, list: List, call: Call<'_>) -> Result<Reply, Refusal> {
    listed(state, list, call, &Pattern::all())
}

/// `GET …/{list}/{filter}`: a star stands for anything, an encoded one for itself.
pub(super) fn filter(state: &mut State, list: List, call: Call<'_>) -> Result<Reply, Refusal> {
    let pattern = Pattern::of_segment(call.raw_hole("filter"))?;
    listed(state, list, call, &pattern)
}

fn listed(state: &mut State, list: List, call: Call<'_>, pattern: &Pattern) -> Result<Reply, Refusal> {
    let at = target(state, &call)?;
    call.bare()?;
    with_user(state, at, |_, user| {
        let entries: Vec<&String> = list.of(user).iter().filter(|entry| pattern.fits(entry)).collect();
        Ok(Reply::Read(json!({ list.key(): entries })))
    })
}

/// The entry in the path; a bare star is refused, since it would be a filter.
fn entry(call: &Call<'_>) -> Result<String, Refusal> {
    if call.raw_hole("value").contains('*') {
        return Err(Refusal::bad_request("An entry must not hold a wildcard"));
    }
    Ok(call.hole("value").to_owned())
}

/// `POST` and `PUT …/{list}/{value}`
pub(super) fn add(state: &mut State, list: List, call: Call<'_>) -> Result<Reply, Refusal> {
    let (entry, at) = (entry(&call)?, target(state, &call)?);
    call.bare()?;
    with_user(state, at, |_, user| {
        list.of(user).insert(entry);
        Ok(Reply::Silent)
    })
}

/// `DELETE …/{list}/{value}`
pub(super) fn delete(state: &mut State, list: List, call: Call<'_>) -> Result<Reply, Refusal> {
    let (entry, at) = (entry(&call)?, target(state, &call)?);
    call.bare()?;
    with_user(state, at, |_, user| {
        if list.of(user).remove(&entry) {
            Ok(Reply::Silent)
        } else {
            Err(Refusal::not_found(format!("{entry} not found in {}", list.key())))
        }
    })
}

/// `DELETE …/{list}`
pub(super) fn delete_all(state: &mut State, list: List, call: Call<'_>) -> Result<Reply, Refusal> {
    let at = target(state, &call)?;
    call.bare()?;
    with_user(state, at, |_, user| {
        list.of(user).clear();
        Ok(())
    })?;
    state.counts.list_wipes += 1;
    Ok(Reply::Silent)
}
