//! Sender rules: a block list and an allow list, changed entry by entry.

use std::collections::BTreeSet;

use crate::http::Method;
use crate::model::{Address, Change, Field, Value, Verb};
use crate::provider::{Done, ErrorKind, ProviderError};

use crate::providers::open_xchange::api::{Api, Numbers};
use crate::providers::open_xchange::convert;
use crate::providers::open_xchange::observe;
use crate::providers::open_xchange::paths::{self, Op};

use super::{after, cannot, locate, remote, vanished};

/// The calls of one list.
#[derive(Debug)]
struct List {
    field: Field,
    whole: Op,
    find: Op,
    add: Op,
    remove: Op,
}

const LISTS: [List; 2] = [
    List {
        field: Field::Block,
        whole: Op::Blacklist,
        find: Op::BlacklistFind,
        add: Op::BlacklistAdd,
        remove: Op::BlacklistRemove,
    },
    List {
        field: Field::Allow,
        whole: Op::Whitelist,
        find: Op::WhitelistFind,
        add: Op::WhitelistAdd,
        remove: Op::WhitelistRemove,
    },
];

/// Brings both lists to what is wished: what is missing is added before anything is taken away.
pub(super) async fn perform(api: &Api, mailbox: &Address, change: &Change) -> Result<Done, ProviderError> {
    let Some(user) = locate::find(api, mailbox, remote(change).as_ref()).await? else {
        // Where there is no mailbox, there are no rules.
        return if change.verb == Verb::Delete { Ok(Done::NotNeeded) } else { Err(vanished(change)) };
    };
    let numbers = user.numbers(api).await?;
    let mut edits = Vec::new();
    for list in &LISTS {
        let wished = match (change.verb, change.after.get(&list.field)) {
            (Verb::Delete, _) => BTreeSet::new(),
            _ if !change.fields.contains(&list.field) => continue,
            (_, Some(Value::Words(words))) => words.clone(),
            (_, None) => BTreeSet::new(),
            (_, Some(_)) => return Err(cannot(change)),
        };
        let now = observe::entries(api, list.whole, &numbers).await?;
        edits.push((list, wished, now));
    }
    let mut written = 0;
    for (list, wished, now) in &edits {
        for word in wished.difference(now) {
            add(api, list, word, &numbers).await.map_err(|error| after(written, error))?;
            written += 1;
        }
    }
    for (list, wished, now) in &edits {
        if wished.is_empty() && now.len() > 1 {
            // This empties the list of the one user that the path names.
            let emptied = api.write(list.whole, Method::Delete, &numbers.values(), None).await;
            written += gone(emptied).map_err(|error| after(written, error))?;
            continue;
        }
        for word in now.difference(wished) {
            let removed = api.write(list.remove, Method::Delete, &with(&numbers, word), None).await;
            written += gone(removed).map_err(|error| after(written, error))?;
        }
    }
    Ok(if written == 0 { Done::NotNeeded } else { Done::written() })
}

fn with<'a>(numbers: &'a Numbers, word: &'a str) -> [(&'static str, &'a str); 4] {
    let [context, user, uid] = numbers.values();
    [context, user, uid, ("value", word)]
}

/// One write, or none where somebody else did it meanwhile.
fn gone<T>(removed: Result<T, ProviderError>) -> Result<usize, ProviderError> {
    match removed {
        Ok(_) => Ok(1),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// Adds an entry and looks whether it is there: the reply has no body.
async fn add(api: &Api, list: &List, word: &str, numbers: &Numbers) -> Result<(), ProviderError> {
    match api.write(list.add, Method::Post, &with(numbers, word), None).await {
        // Somebody else did it meanwhile.
        Err(error) if error.kind == ErrorKind::Conflict => return Ok(()),
        added => added?,
    };
    let key = paths::operation(list.whole).key;
    let found = match api.look(list.find, &with(numbers, word)).await {
        Ok(document) => convert::entries(key, document.as_ref()).unwrap_or_default(),
        // Without a way to look for one entry, all of them tell.
        Err(error) if error.kind == ErrorKind::Invalid => {
            observe::entries(api, list.whole, numbers).await.map_err(|error| after(1, error))?
        }
        Err(error) => return Err(after(1, error)),
    };
    if found.iter().any(|known| known.eq_ignore_ascii_case(word)) {
        return Ok(());
    }
    let message = format!("the service took the entry `{word}` of the {key}, and does not have it");
    Err(ProviderError::new(ErrorKind::Ambiguous, message)
        .hint("an entry is an address or a pattern that the service knows"))
}
