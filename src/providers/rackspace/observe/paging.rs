//! Reads a list page by page until it is known to be whole (`contracts/rackspace.md §4`).
//!
//! The service keeps no snapshot between pages and its totals are not always right. So a list counts as whole only
//! where its pages fit together; where they do not, it is read again.

use std::collections::BTreeSet;

use crate::http::{Volume, excerpt};
use crate::model::Reason;
use crate::provider::ProviderError;

use crate::providers::rackspace::api::Page;

/// How often a list is read before it counts as incomplete.
const ATTEMPTS: u32 = 3;

/// The most pages that a list may have.
const MOST_PAGES: u32 = 2_000;

/// Whether a list's total means anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Total {
    /// As many items as it says must be found.
    Counts,
    /// It is 0 beside items (`contracts/rackspace.md §7`).
    MeansNothing,
}

/// A list as it was read.
#[derive(Debug)]
pub(super) struct Listed<T> {
    /// What was found at the last attempt.
    pub(super) items: Vec<T>,
    /// Why that is not all.
    pub(super) gap: Option<Gap>,
}

/// Why a list is not whole.
#[derive(Debug)]
pub(super) enum Gap {
    /// Its pages do not fit together.
    Strange(Reason),
    /// A page could not be read.
    Failed(ProviderError),
}

impl Gap {
    /// The reason in words.
    pub(super) fn reason(&self) -> Reason {
        match self {
            Self::Strange(reason) => Reason::clone(reason),
            Self::Failed(error) => error.to_string().into(),
        }
    }
}

/// Reads a whole list. `key` tells items apart.
pub(super) async fn list<T, F>(
    total: Total,
    key: impl Fn(&T) -> String,
    fetch: impl Fn(u64) -> F,
) -> Listed<T>
where
    F: Future<Output = Result<Page<T>, ProviderError>>,
{
    let mut attempt = 1;
    loop {
        let mut pages = Pages::new(total);
        let strange = loop {
            let page = match pages.volume.page(fetch(pages.offset)).await {
                Ok(page) => page,
                Err(error) => return Listed { items: pages.items, gap: Some(Gap::Failed(error)) },
            };
            match pages.take(page, &key) {
                Step::Next => {}
                Step::Whole => return Listed { items: pages.items, gap: None },
                Step::Endless => {
                    let reason = format!("the list has no end within {MOST_PAGES} pages");
                    return Listed { items: pages.items, gap: Some(Gap::Strange(reason.into())) };
                }
                Step::Strange(reason) => break reason,
            }
        };
        if attempt == ATTEMPTS {
            let reason =
                format!("the list was read {ATTEMPTS} times and each time did not fit together: {strange}");
            return Listed { items: pages.items, gap: Some(Gap::Strange(reason.into())) };
        }
        tracing::debug!(%strange, attempt, "reading a list again");
        attempt += 1;
    }
}

/// One attempt at a list.
struct Pages<T> {
    expects: Total,
    /// Where the next page starts.
    offset: u64,
    total: Option<u64>,
    seen: BTreeSet<String>,
    items: Vec<T>,
    count: u32,
    volume: Volume,
}

/// What a page means for the list.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// There may be more.
    Next,
    /// That was all.
    Whole,
    /// There is always more; reading it again would not end either.
    Endless,
    /// It does not fit to the pages before it: in words.
    Strange(String),
}

impl<T> Pages<T> {
    fn new(expects: Total) -> Self {
        Self {
            expects,
            offset: 0,
            total: None,
            seen: BTreeSet::new(),
            items: Vec::new(),
            count: 0,
            volume: Volume::default(),
        }
    }

    fn take(&mut self, page: Page<T>, key: impl Fn(&T) -> String) -> Step {
        self.count += 1;
        if let Some(offset) = page.offset.filter(|offset| *offset != self.offset) {
            return Step::Strange(format!(
                "asked for what follows item {}, it gave what follows {offset}",
                self.offset
            ));
        }
        let total = page.total.filter(|_| self.expects == Total::Counts);
        if let (Some(before), Some(now)) = (self.total, total)
            && before != now
        {
            return Step::Strange(format!("its total went from {before} to {now}"));
        }
        self.total = self.total.or(total);
        let received = page.items.len() as u64;
        for item in page.items {
            let key = key(&item);
            if !self.seen.insert(key.clone()) {
                return Step::Strange(format!("`{}` stands in it twice", excerpt(&key)));
            }
            self.items.push(item);
        }
        self.offset += received;
        let reached = self.total.is_none_or(|total| self.offset >= total);
        // A short page ends a list, unless the total says otherwise. A full one never does: the total may be too low.
        let is_short = page.size.is_some_and(|size| received < size);
        if received > 0 && !(is_short && reached) {
            if self.count == MOST_PAGES {
                return Step::Endless;
            }
            return Step::Next;
        }
        match self.total {
            Some(total) if self.offset < total => {
                Step::Strange(format!("its total is {total}, and {} were found", self.offset))
            }
            _ => Step::Whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::VecDeque;

    use super::*;
    use crate::provider::ErrorKind;

    fn page(offset: u64, size: u64, total: u64, items: &[&str]) -> Page<String> {
        Page {
            offset: Some(offset),
            size: Some(size),
            total: Some(total),
            items: items.iter().map(|item| (*item).to_owned()).collect(),
        }
    }

    /// Reads these pages in turn and tells the items, the reason of a gap, and how many pages were asked for.
    async fn read(total: Total, pages: Vec<Page<String>>) -> (Vec<String>, Option<String>, usize) {
        let pages = std::cell::RefCell::new(VecDeque::from(pages));
        let calls = Cell::new(0);
        let listed = list(
            total,
            |name: &String| name.to_lowercase(),
            |_| {
                calls.set(calls.get() + 1);
                let page = pages.borrow_mut().pop_front();
                async move { page.ok_or_else(|| ProviderError::new(ErrorKind::Protocol, "no more pages")) }
            },
        )
        .await;
        (listed.items, listed.gap.map(|gap| gap.reason().to_string()), calls.get())
    }

    #[tokio::test]
    async fn a_short_page_ends_a_list_and_a_full_one_does_not() {
        let short = vec![page(0, 2, 3, &["a", "b"]), page(2, 2, 3, &["c"])];
        assert_eq!(read(Total::Counts, short).await, (vec!["a".into(), "b".into(), "c".into()], None, 2));
        let full = vec![page(0, 2, 2, &["a", "b"]), page(2, 2, 2, &[])];
        assert_eq!(read(Total::Counts, full).await.2, 2);
        assert_eq!(read(Total::Counts, vec![page(0, 50, 0, &[])]).await, (vec![], None, 1));
        // The service gives fewer than it says a page holds, and goes on.
        let slow = vec![page(0, 50, 3, &["a"]), page(1, 50, 3, &["b"]), page(2, 50, 3, &["c"])];
        assert_eq!(read(Total::Counts, slow).await.2, 3);
    }

    proptest::proptest! {
        /// Whatever the size of a page, an honest list is read whole, each page once.
        #[test]
        fn an_honest_list_is_whole(count in 0_usize..300, size in 1_usize..120) {
            let names: Vec<String> = (0..count).map(|number| format!("m{number}")).collect();
            let mut pages = Pages::new(Total::Counts);
            let mut calls = 0;
            loop {
                let from = usize::try_from(pages.offset).expect("small").min(count);
                let items: Vec<&str> = names[from..(from + size).min(count)].iter().map(String::as_str).collect();
                calls += 1;
                match pages.take(page(from as u64, size as u64, count as u64, &items), String::clone) {
                    Step::Next => {}
                    Step::Whole => break,
                    Step::Endless => panic!("it ends"),
                    Step::Strange(reason) => panic!("{reason}"),
                }
            }
            proptest::prop_assert_eq!(pages.items, names);
            proptest::prop_assert_eq!(calls, count / size + 1);
        }

        /// A list that loses an item between two pages is never taken for whole without it, unless that item is gone.
        #[test]
        fn what_slips_between_pages_is_noticed(count in 3_usize..60, size in 1_usize..10, gone in 0_usize..60) {
            let mut names: Vec<String> = (0..count).map(|number| format!("m{number}")).collect();
            let gone = names[gone % count].clone();
            let mut pages = Pages::new(Total::Counts);
            let whole = loop {
                let from = usize::try_from(pages.offset).expect("small").min(names.len());
                let items: Vec<&str> = names[from..(from + size).min(names.len())].iter().map(String::as_str).collect();
                match pages.take(page(from as u64, size as u64, names.len() as u64, &items), String::clone) {
                    Step::Next => names.retain(|name| *name != gone),
                    Step::Whole => break true,
                    Step::Strange(_) | Step::Endless => break false,
                }
            };
            if whole {
                proptest::prop_assert!(names.iter().all(|name| pages.items.contains(name)));
            }
        }
    }

    #[tokio::test]
    async fn a_total_that_is_too_low_hides_nothing() {
        let low = vec![page(0, 2, 2, &["a", "b"]), page(2, 2, 2, &["c"])];
        assert_eq!(read(Total::Counts, low).await.0.len(), 3);
        let zero = vec![page(0, 2, 0, &["a", "b"]), page(2, 2, 0, &["c"])];
        assert_eq!(
            read(Total::MeansNothing, zero).await,
            (vec!["a".into(), "b".into(), "c".into()], None, 2)
        );
        let wild = vec![page(0, 50, 7, &["a"])];
        assert_eq!(read(Total::MeansNothing, wild).await, (vec!["a".into()], None, 1));
    }

    #[tokio::test]
    async fn pages_that_do_not_fit_are_read_again() {
        for (odd, words) in [
            (vec![page(0, 2, 4, &["a", "b"]), page(2, 2, 4, &["B", "c"])], "`b` stands in it twice"),
            (vec![page(0, 2, 4, &["a", "b"]), page(0, 2, 4, &["a", "b"])], "follows item 2"),
            (vec![page(0, 2, 4, &["a", "b"]), page(2, 2, 5, &["c", "d"])], "from 4 to 5"),
            (vec![page(0, 2, 4, &["a", "b"]), page(2, 2, 4, &["c"]), page(3, 2, 4, &[])], "3 were found"),
        ] {
            let good = vec![page(0, 2, 3, &["a", "b"]), page(2, 2, 3, &["c"])];
            let twice: Vec<_> = odd.iter().chain(&good).cloned().collect();
            let (items, gap, calls) = read(Total::Counts, twice).await;
            assert_eq!((items.len(), gap, calls), (3, None, odd.len() + 2));
            let never: Vec<_> = odd.iter().chain(&odd).chain(&odd).cloned().collect();
            let (_, gap, calls) = read(Total::Counts, never).await;
            assert!(gap.as_deref().is_some_and(|gap| gap.contains(words)), "{gap:?}");
            assert_eq!(calls, odd.len() * 3);
        }
    }

    #[tokio::test]
    async fn a_list_without_end_is_read_once_to_a_bound() {
        let pages: Vec<_> =
            (0..2 * u64::from(MOST_PAGES)).map(|n| page(n, 1, u64::MAX, &[&format!("m{n}")])).collect();
        let (items, gap, calls) = read(Total::Counts, pages).await;
        assert_eq!((items.len(), calls), (MOST_PAGES as usize, MOST_PAGES as usize));
        assert!(gap.is_some_and(|gap| gap.contains("no end")));
    }

    #[tokio::test]
    async fn what_was_read_before_a_failure_is_kept() {
        let (items, gap, _) = read(Total::Counts, vec![page(0, 1, 5, &["a"])]).await;
        assert_eq!((items, gap), (vec!["a".to_owned()], Some("no more pages".to_owned())));
    }

    #[tokio::test]
    async fn a_list_without_numbers_ends_with_an_empty_page() {
        let bare = |items: &[&str]| Page { offset: None, size: None, total: None, ..page(0, 0, 0, items) };
        let (items, gap, calls) = read(Total::Counts, vec![bare(&["a"]), bare(&["b"]), bare(&[])]).await;
        assert_eq!((items.len(), gap, calls), (2, None, 3));
    }
}
