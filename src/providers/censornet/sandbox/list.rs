//! `GET /email/mailbox/v2`. Contract §3.

use serde::Serialize;

use super::options::{Options, Paging, SizeParameter};
use super::record::Record;
use super::reply::{Refusal, Reply};
use super::state::{Account, Mailbox};
use crate::sandbox::Form;

#[derive(Serialize)]
struct Page<'a> {
    data: Vec<Record<'a>>,
    meta: Meta,
}

#[derive(Serialize)]
struct Meta {
    page: usize,
    page_size: usize,
    total: usize,
    total_pages: usize,
}

/// What a listing asks for.
struct Query {
    page: usize,
    start: usize,
    size: usize,
    /// In lower case.
    search: String,
}

/// Answers one page.
pub(super) fn answer(
    options: &Options,
    account: &Account,
    query: &str,
    body: &[u8],
) -> Result<Reply, Refusal> {
    if !body.is_empty() {
        return Err(Refusal::bad_request("A listing has no body."));
    }
    let query = read(options, query)?;
    let (page, offset) = window(options.paging, &query)?;
    let (total, shown) = if query.search.is_empty() {
        let mailboxes = account.mailboxes();
        (mailboxes.len(), mailboxes.skip(offset).take(query.size).collect::<Vec<_>>())
    } else {
        let found: Vec<(u64, &Mailbox)> =
            account.mailboxes().filter(|(_, mailbox)| mailbox.contains(&query.search)).collect();
        (found.len(), found.into_iter().skip(offset).take(query.size).collect())
    };
    let total_pages = total.div_ceil(query.size).max(options.least_pages);
    let data = shown.into_iter().map(|(id, mailbox)| Record::of(options, id, mailbox)).collect();
    Ok(Reply::json(&Page { data, meta: Meta { page, page_size: query.size, total, total_pages } }))
}

/// The parameters; each known, at most once, and well-formed.
fn read(options: &Options, query: &str) -> Result<Query, Refusal> {
    let form = Form::urlencoded(query.as_bytes());
    for (name, _) in form.iter() {
        let known = matches!(name, "page" | "start" | "search" | "limit" | "page_size");
        if !known || form.iter().filter(|(other, _)| *other == name).count() > 1 {
            return Err(Refusal::bad_request(format!("Parameter {name} is unknown or stands twice.")));
        }
    }
    let number =
        |name: &str, least: usize, absent: usize| match form.get(name) {
            None => Ok(absent),
            Some(text) => text.parse().ok().filter(|number| *number >= least).ok_or_else(|| {
                Refusal::bad_request(format!("Parameter {name} is no number from {least} on."))
            }),
        };
    let size = match options.size_parameter {
        SizeParameter::None => options.page_size,
        SizeParameter::Limit => number("limit", 1, options.page_size)?,
        SizeParameter::PageSize => number("page_size", 1, options.page_size)?,
    };
    Ok(Query {
        page: number("page", 1, 1)?,
        start: number("start", 0, 0)?,
        size: size.min(options.largest_page),
        search: form.text("search").to_lowercase(),
    })
}

/// The page that the answer tells, and how many records come before it.
fn window(paging: Paging, query: &Query) -> Result<(usize, usize), Refusal> {
    let offset = (query.page - 1).saturating_mul(query.size);
    match paging {
        Paging::Both if query.start != offset => {
            Err(Refusal::bad_request("Parameters page and start do not agree."))
        }
        Paging::Both | Paging::Page => Ok((query.page, offset)),
        Paging::Start => Ok((query.start / query.size + 1, query.start)),
        Paging::Ignored => Ok((1, 0)),
        Paging::Echoed => Ok((query.page, 0)),
    }
}
