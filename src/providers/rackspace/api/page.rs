//! One page of a list (`contracts/rackspace.md §4`).

use serde_json::Value;

use crate::http::Reply;
use crate::provider::ProviderError;

use super::{Loose, Told};

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::providers::rackspace) struct Page<T> {
    /// The number of the first item, as the service counts.
    pub(in crate::providers::rackspace) offset: Option<u64>,
    /// How many items a full page has.
    pub(in crate::providers::rackspace) size: Option<u64>,
    /// How many items there are on all pages.
    pub(in crate::providers::rackspace) total: Option<u64>,
    /// The items of this page.
    pub(in crate::providers::rackspace) items: Vec<T>,
}

/// Reads a page whose items stand under `key`.
pub(super) fn page<T>(
    reply: &Reply,
    key: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Page<T>, ProviderError> {
    let document = document(reply)?;
    let items = match document.list(key) {
        Told::Is(items) => items,
        Told::Nothing => Vec::new(),
        Told::Missing => return Err(reply.unexpected(&format!("it has no `{key}`"))),
        Told::Strange(_) => return Err(reply.unexpected(&format!("its `{key}` is no list"))),
    };
    let items = read_all(reply, key, &items, read)?;
    Ok(Page { items, ..numbers(&document) })
}

/// Reads a page of texts whose form is not documented: a bare list, or one list in an object, of texts or of objects
/// with one text that the predicate likes.
pub(super) fn texts(reply: &Reply, is_like: impl Fn(&str) -> bool) -> Result<Page<String>, ProviderError> {
    let value: Value = reply.json()?;
    let read = |item: &Value| match item {
        Value::String(text) => Some(text.trim().to_owned()),
        item => Loose::of(item)?.text_like(&is_like).map(|text| text.trim().to_owned()),
    };
    if let Value::Array(items) = &value {
        let items = read_all(reply, "list", items, read)?;
        return Ok(Page { offset: None, size: None, total: None, items });
    }
    let document = Loose::of(&value).ok_or_else(|| reply.unexpected("it is neither a list nor an object"))?;
    let list = match document.list("addresses") {
        Told::Is(items) => items,
        Told::Nothing => Vec::new(),
        Told::Missing | Told::Strange(_) => {
            document.only_list().cloned().ok_or_else(|| reply.unexpected("it does not hold one list"))?
        }
    };
    let items = read_all(reply, "list", &list, read)?;
    Ok(Page { items, ..numbers(&document) })
}

/// A reply's object.
pub(super) fn document(reply: &Reply) -> Result<Loose, ProviderError> {
    let value: Value = reply.json()?;
    Loose::of(&value).ok_or_else(|| reply.unexpected("it is no object"))
}

fn numbers<T>(document: &Loose) -> Page<T> {
    let number = |key| document.number(key).known();
    Page { offset: number("offset"), size: number("size"), total: number("total"), items: Vec::new() }
}

fn read_all<T>(
    reply: &Reply,
    key: &str,
    items: &[Value],
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Vec<T>, ProviderError> {
    items
        .iter()
        .map(|item| {
            read(item)
                .ok_or_else(|| reply.unexpected(&format!("`{key}` holds something that is no item of it")))
        })
        .collect()
}
