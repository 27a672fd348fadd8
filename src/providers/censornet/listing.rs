//! Reads a list that comes in pages, and says whether it is whole (`contracts/censornet.md §3`).
//!
//! Which of `page` and `start` the service goes by, nobody says, so both are sent and fit each other. A list counts as
//! whole only where every page says the same of it and as many different rows came as it counts. Where an address is
//! removed and made again between two pages, it may come twice and a row that moved up not at all, while the count is
//! right: so a list with an address twice is believed only where it comes the same again.

use std::collections::{BTreeMap, BTreeSet};

use crate::http::{Volume, excerpt};
use crate::model::Completeness;
use crate::provider::ProviderError;

use super::api::{Api, Position};
use super::wire::{Meta, Page, Row};

/// How often a list is begun that changes under the hand that reads it.
const TRIES: u32 = 3;

/// The most pages that are read of one list: at the 20 rows a page of the document, a million mailboxes.
const MOST_PAGES: u64 = 50_000;

/// What matched, in the order of ids, and whether that is all.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) rows: Vec<Row>,
    pub(super) completeness: Completeness,
}

/// Lists what matches `search`, or everything.
///
/// # Errors
/// What a page's call brings. A list that does not hold together is no error, but incomplete.
pub(super) async fn list(api: &Api, search: Option<&str>) -> Result<Listing, ProviderError> {
    let mut tries = 1;
    let mut before = Vec::new();
    loop {
        let (rows, flaw) = once(api, search).await?;
        let ids: Vec<u64> = rows.iter().map(|row| row.id).collect();
        let moved = if ids == before { None } else { twice(&rows) };
        before = ids;
        let Some(flaw) = flaw.or(moved) else {
            return Ok(Listing { rows, completeness: Completeness::Complete });
        };
        tracing::debug!(tries, %flaw, "a list does not hold together");
        if tries == TRIES {
            let reason = format!("the service's list was read {TRIES} times and is not whole: {flaw}");
            return Ok(Listing { rows, completeness: Completeness::Incomplete(reason.into()) });
        }
        tries += 1;
    }
}

/// What a list says where an address stands in it several times.
fn twice(rows: &[Row]) -> Option<String> {
    let mut seen = BTreeSet::new();
    let again = rows.iter().find(|row| !seen.insert(row.email_address.trim().to_lowercase()))?;
    Some(format!("{} came under several ids", excerpt(&again.email_address)))
}

/// Reads the pages in their order up to the last, or to the first that does not fit; says what does not.
async fn once(api: &Api, search: Option<&str>) -> Result<(Vec<Row>, Option<String>), ProviderError> {
    let volume = Volume::default();
    let mut gathered = Gathered::first(volume.page(api.page(search, None)).await?);
    let mut flaw = gathered.flaw.take();
    while flaw.is_none()
        && let Some(position) = gathered.next()
    {
        flaw = gathered.take(position, volume.page(api.page(search, Some(position))).await?).err();
    }
    let flaw = flaw.or_else(|| gathered.missing());
    Ok((gathered.rows.into_values().collect(), flaw))
}

/// The pages so far.
#[derive(Debug)]
struct Gathered {
    /// What the first page says of the list.
    meta: Meta,
    read: u64,
    rows: BTreeMap<u64, Row>,
    flaw: Option<String>,
}

impl Gathered {
    fn first(page: Page) -> Self {
        let meta = page.meta;
        let flaw = if meta.total == 0 {
            None
        } else if meta.page != 1 {
            Some(format!("the first page says that it is page {}", meta.page))
        } else if meta.total_pages > MOST_PAGES {
            Some(format!(
                "it speaks of {} pages, and {MOST_PAGES} are the most that are read",
                meta.total_pages
            ))
        } else if meta.total > meta.total_pages.saturating_mul(meta.page_size) {
            Some(format!(
                "it counts {} mailboxes, and {} pages of {} cannot hold them",
                meta.total, meta.total_pages, meta.page_size
            ))
        } else {
            None
        };
        let rows = page.data.into_iter().map(|row| (row.id, row)).collect();
        Self { meta, read: 1, rows, flaw }
    }

    /// Where the next page lies; none after the last.
    fn next(&self) -> Option<Position> {
        let start = self.read.saturating_mul(self.meta.page_size);
        (self.read < self.meta.total_pages).then_some(Position { page: self.read + 1, start })
    }

    /// Adds a page; says what does not fit the others.
    fn take(&mut self, position: Position, page: Page) -> Result<(), String> {
        self.read = position.page;
        let Meta { page: number, page_size, total, total_pages } = page.meta;
        let before = self.rows.len();
        for row in page.data {
            self.rows.entry(row.id).or_insert(row);
        }
        if total != self.meta.total {
            return Err(format!("it counted {} mailboxes at first and {total} later", self.meta.total));
        }
        if number != position.page {
            return Err(format!("page {} was asked for and page {number} came", position.page));
        }
        if (page_size, total_pages) != (self.meta.page_size, self.meta.total_pages) {
            return Err(format!(
                "it had {} pages of {} at first and {total_pages} of {page_size} later",
                self.meta.total_pages, self.meta.page_size
            ));
        }
        if self.rows.len() == before {
            return Err(format!("page {} brought nothing that was not there before", position.page));
        }
        Ok(())
    }

    /// What is wrong with the number of rows.
    fn missing(&self) -> Option<String> {
        let came = self.rows.len() as u64;
        (came != self.meta.total)
            .then(|| format!("it counts {} mailboxes, and {came} different ones came", self.meta.total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: u64) -> Row {
        Row {
            id,
            email_address_id: id + 1000,
            email_address: format!("u{id}@example.com"),
            executive: Some(false),
            realname: String::new(),
            is_ad_mailbox: false,
        }
    }

    fn page(number: u64, ids: std::ops::Range<u64>, total: u64) -> Page {
        let meta = Meta { page: number, page_size: 20, total, total_pages: total.div_ceil(20) };
        Page { data: ids.map(row).collect(), meta }
    }

    fn second() -> Position {
        Position { page: 2, start: 20 }
    }

    #[test]
    fn pages_are_asked_for_by_number_and_by_start() {
        let mut gathered = Gathered::first(page(1, 0..20, 45));
        let mut asked = Vec::new();
        while let Some(position) = gathered.next() {
            asked.push((position.page, position.start));
            let from = position.start;
            gathered.take(position, page(position.page, from..45.min(from + 20), 45)).expect("it fits");
        }
        assert_eq!(asked, [(2, 20), (3, 40)]);
        assert_eq!(gathered.missing(), None);
        let one = Gathered::first(page(1, 0..20, 20));
        assert_eq!((one.next(), one.missing()), (None, None));
        let none =
            Gathered::first(Page { meta: Meta { page: 0, ..page(1, 0..0, 0).meta }, ..page(1, 0..0, 0) });
        assert_eq!((none.next(), none.missing(), none.flaw), (None, None, None));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let begun = || Gathered::first(page(1, 0..20, 45));
        let said = |page: Page| begun().take(second(), page).expect_err("a flaw");
        assert_eq!(said(page(2, 20..40, 46)), "it counted 45 mailboxes at first and 46 later");
        assert_eq!(said(page(1, 0..20, 45)), "page 2 was asked for and page 1 came");
        assert_eq!(said(page(2, 0..20, 45)), "page 2 brought nothing that was not there before");
        let mut other = page(2, 20..40, 45);
        other.meta.page_size = 30;
        assert_eq!(said(other), "it had 3 pages of 20 at first and 3 of 30 later");

        // A row moved to a page that was read: one is twice there, and another was never seen.
        let mut shifted = begun();
        shifted.take(second(), page(2, 19..39, 45)).expect("it fits");
        shifted.take(Position { page: 3, start: 40 }, page(3, 40..45, 45)).expect("it fits");
        assert_eq!(shifted.missing().as_deref(), Some("it counts 45 mailboxes, and 44 different ones came"));

        assert!(Gathered::first(page(2, 0..20, 45)).flaw.is_some());
        let endless = Gathered::first(page(1, 0..20, u64::MAX));
        assert!(endless.flaw.is_some_and(|flaw| flaw.contains("50000 are the most")));
        let mut small = page(1, 0..20, 45);
        small.meta.page_size = 0;
        assert!(Gathered::first(small).flaw.is_some_and(|flaw| flaw.contains("3 pages of 0 cannot hold")));
        assert!(Gathered::first(page(1, 0..20, 10)).missing().is_some(), "more than it counts");
    }
}
