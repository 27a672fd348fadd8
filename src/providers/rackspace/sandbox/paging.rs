//! Offset paging of lists. Contract section 4.
//!
//! Must not know what is listed.

use super::json::Json;
use super::reply::{Refusal, Reply};
use super::settings::Settings;
use crate::sandbox::Form;

/// Without `size`; the size of the document's samples.
const DEFAULT_SIZE: usize = 50;

/// The part of a list that was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    offset: usize,
    size: usize,
}

impl Page {
    /// Reads `offset` and `size`; a `size` above the limit is cut to it.
    pub(super) fn of(query: &Form, settings: &Settings) -> Result<Self, Refusal> {
        let number = |name: &str, default: usize| match query.get(name) {
            None => Ok(default),
            Some(text) => text
                .parse::<u32>()
                .ok()
                .filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|number| usize::try_from(number).ok())
                .ok_or_else(|| Refusal::bad_request(format!("Invalid value for {name}: {text}"))),
        };
        let (offset, size) = (number("offset", 0)?, number("size", DEFAULT_SIZE)?);
        if size == 0 {
            return Err(Refusal::bad_request("Invalid value for size: 0"));
        }
        Ok(Self { offset, size: size.min(settings.page_limit) })
    }

    /// The page as JSON, with `total` as it is told: the true one and what it is off by.
    pub(super) fn reply<T>(
        self,
        name: &'static str,
        items: impl IntoIterator<Item = T>,
        told: impl FnOnce(i64) -> i64,
        show: impl Fn(T) -> Json,
    ) -> Reply {
        let items: Vec<T> = items.into_iter().collect();
        self.reply_of(name, items.len(), items, told, show)
    }

    /// The same, where it is known how many there are: those of other pages are not looked at.
    pub(super) fn reply_of<T>(
        self,
        name: &'static str,
        count: usize,
        items: impl IntoIterator<Item = T>,
        told: impl FnOnce(i64) -> i64,
        show: impl Fn(T) -> Json,
    ) -> Reply {
        let total = told(i64::try_from(count).unwrap_or(i64::MAX));
        let shown = items.into_iter().skip(self.offset).take(self.size).map(show).collect();
        Reply::Read(Json::Object(vec![
            ("offset", Json::count(self.offset)),
            ("size", Json::count(self.size)),
            ("total", Json::Number(total.max(0))),
            (name, Json::List(shown)),
        ]))
    }
}
