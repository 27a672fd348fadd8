//! Sender rules: four lists of a mailbox, changed entry by entry.

use std::collections::BTreeSet;

use crate::http::segment;
use crate::model::{Address, Change, Field, Value, Verb};
use crate::provider::{Done, ErrorKind, ProviderError};

use crate::providers::rackspace::api::{Locator, SenderList};
use crate::providers::rackspace::convert;
use crate::providers::rackspace::observe;

use super::{Site, cannot, vanished};

/// Brings the lists to what is wished: what is missing is added before anything is taken away.
pub(super) async fn perform(
    site: Site<'_>,
    mailbox: &Address,
    change: &Change,
) -> Result<Done, ProviderError> {
    let at = Locator::of(mailbox, change.remote.as_deref());
    let edits = match edits(site, &at, change).await {
        // Where there is no mailbox, there are no rules.
        Err(error) if error.kind == ErrorKind::NotFound && change.verb == Verb::Delete => {
            return Ok(Done::NotNeeded);
        }
        Err(error) if error.kind == ErrorKind::NotFound => return Err(vanished(change)),
        edits => edits?,
    };
    let mut written = 0;
    for (list, edit, word) in &edits {
        let path = format!("{}/{}", site.api.senders_path(&at, *list), segment(word));
        let sent = match edit {
            Edit::Add => site.api.post(path, Vec::new()).await.map_err(explained),
            Edit::Remove => site.api.delete(path).await,
        };
        match sent {
            Ok(_) => written += 1,
            // Somebody else did it meanwhile.
            Err(error) if error.kind == edit.held() => {}
            Err(error) if written > 0 => {
                let message =
                    format!("{written} of {} entries were written, then: {}", edits.len(), error.message);
                let call = error.call.unwrap_or_default();
                return Err(ProviderError {
                    hint: error.hint,
                    ..ProviderError::new(ErrorKind::Ambiguous, message)
                }
                .at(call));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(if written == 0 { Done::NotNeeded } else { Done::written() })
}

/// Which entries the service takes is documented nowhere (`contracts/rackspace.md §7`), so each is sent as it is.
fn explained(error: ProviderError) -> ProviderError {
    if error.kind != ErrorKind::Invalid {
        return error;
    }
    error.hint("an entry is an address, a whole domain (`spam.example`), or the IP address of a host")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Edit {
    Add,
    Remove,
}

impl Edit {
    /// The kind of the error that says that it holds already.
    fn held(self) -> ErrorKind {
        match self {
            Self::Add => ErrorKind::Conflict,
            Self::Remove => ErrorKind::NotFound,
        }
    }
}

/// What must be written, in order.
async fn edits(
    site: Site<'_>,
    at: &Locator,
    change: &Change,
) -> Result<Vec<(SenderList, Edit, String)>, ProviderError> {
    let mut edits = Vec::new();
    for (field, lists) in observe::sender_lists() {
        let wished = match (change.verb, change.after.get(&field)) {
            (Verb::Delete, _) => BTreeSet::new(),
            _ if !change.fields.contains(&field) => continue,
            (_, Some(Value::Words(words))) => words.clone(),
            (_, None) => BTreeSet::new(),
            (_, Some(_)) => return Err(cannot(change)),
        };
        for list in lists {
            let now = observe::sender_list(site.api, at, list).await?;
            edits.extend(difference(&field, list, &wished, now));
        }
    }
    edits.sort_by_key(|(_, edit, _)| *edit);
    Ok(edits)
}

/// What brings one list to its part of the wish. A word that stands in the other list of its field stays there.
fn difference(
    field: &Field,
    list: SenderList,
    wished: &BTreeSet<String>,
    now: BTreeSet<String>,
) -> Vec<(SenderList, Edit, String)> {
    let belongs = |word: &&String| convert::list_of(field, word) == list;
    let missing = wished.iter().filter(belongs).filter(|word| !now.contains(*word)).cloned();
    let mut edits: Vec<(SenderList, Edit, String)> = missing.map(|word| (list, Edit::Add, word)).collect();
    edits
        .extend(now.into_iter().filter(|word| !wished.contains(word)).map(|word| (list, Edit::Remove, word)));
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_written() {
        let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
        let wished = set(&["a.example", "b.example", "192.0.2.7"]);
        let of = |list, now: &[&str]| difference(&Field::Block, list, &wished, set(now));
        let edit = |list, edit, word: &str| (list, edit, word.to_owned());
        assert_eq!(
            of(SenderList::Block, &["b.example", "c.example"]),
            [
                edit(SenderList::Block, Edit::Add, "a.example"),
                edit(SenderList::Block, Edit::Remove, "c.example"),
            ]
        );
        assert_eq!(of(SenderList::IpBlock, &[]), [edit(SenderList::IpBlock, Edit::Add, "192.0.2.7")]);
        assert_eq!(of(SenderList::IpBlock, &["192.0.2.7"]), []);
    }
}
