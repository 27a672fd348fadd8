//! Reads the accounts of a domain page by page until nothing new comes (`contracts/atmail.md §3`).
//!
//! What `start` and `volume` mean is not documented, and a server may ignore either. So each page begins with the last
//! account of the one before: where that is not on it, the list moved meanwhile, and is read again.

use std::collections::BTreeSet;

use crate::http::Volume;
use crate::model::Reason;
use crate::provider::ProviderError;

use crate::providers::atmail::record::User;

/// How often a list is read before it counts as incomplete.
const ATTEMPTS: u32 = 3;

/// The most pages that a list may have.
const MOST_PAGES: u32 = 2_000;

/// A list as it was read.
#[derive(Debug)]
pub(in crate::providers::atmail) struct Listed {
    /// What was found at the last attempt.
    pub(in crate::providers::atmail) users: Vec<User>,
    /// Why that is not all.
    pub(in crate::providers::atmail) gap: Option<Gap>,
}

/// Why a list is not whole.
#[derive(Debug)]
pub(in crate::providers::atmail) enum Gap {
    /// Its pages do not fit together, or end where they may not.
    Strange(Reason),
    /// A page could not be read.
    Failed(ProviderError),
}

/// Reads a whole list in pages of `volume`. `fetch` takes where a page starts.
pub(in crate::providers::atmail) async fn list<F>(volume: usize, fetch: impl Fn(usize) -> F) -> Listed
where
    F: Future<Output = Result<Vec<User>, ProviderError>>,
{
    let mut attempt = 1;
    loop {
        let mut pages = Pages::new(volume);
        let strange = loop {
            let page = match pages.bytes.page(fetch(pages.start())).await {
                Ok(page) => page,
                Err(error) => return Listed { users: pages.users, gap: Some(Gap::Failed(error)) },
            };
            match pages.take(page) {
                Step::Next => {}
                Step::Whole => return Listed { users: pages.users, gap: None },
                Step::Cut(reason) => {
                    return Listed { users: pages.users, gap: Some(Gap::Strange(reason.into())) };
                }
                Step::Strange(reason) => break reason,
            }
        };
        if attempt == ATTEMPTS {
            let reason = format!(
                "incomplete list: it was read {ATTEMPTS} times and its pages never fit together: {strange}"
            );
            return Listed { users: pages.users, gap: Some(Gap::Strange(reason.into())) };
        }
        tracing::debug!(%strange, attempt, "reading a list again");
        attempt += 1;
    }
}

/// One attempt at a list.
struct Pages {
    volume: usize,
    seen: BTreeSet<String>,
    users: Vec<User>,
    /// The first page's accounts, to notice when it comes again.
    first: Vec<String>,
    count: u32,
    bytes: Volume,
}

/// What a page means for the list.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// There may be more.
    Next,
    /// That was all.
    Whole,
    /// There may be more, and no call gets at it.
    Cut(String),
    /// The list moved between two pages: in words.
    Strange(String),
}

impl Pages {
    fn new(volume: usize) -> Self {
        Self {
            volume,
            seen: BTreeSet::new(),
            users: Vec::new(),
            first: Vec::new(),
            count: 0,
            bytes: Volume::default(),
        }
    }

    /// Where the next page starts: at the last account that is known.
    fn start(&self) -> usize {
        match self.users.len() {
            known @ 0..=1 => known,
            known => known - 1,
        }
    }

    fn take(&mut self, page: Vec<User>) -> Step {
        self.count += 1;
        let key = |user: &User| user.account.to_lowercase();
        let names: Vec<String> = page.iter().map(key).collect();
        let last = self.users.last().map(key).filter(|_| self.users.len() > 1);
        let overlaps = last.as_ref().is_none_or(|last| names.contains(last));
        let known = self.users.len();
        for (name, user) in names.iter().zip(page) {
            if self.seen.insert(name.clone()) {
                self.users.push(user);
            }
        }
        let is_first = self.count == 1;
        if is_first {
            self.first.clone_from(&names);
            return if names.is_empty() { Step::Whole } else { Step::Next };
        }
        if names == self.first && names.len() > 1 {
            // `start` means nothing here. A page that is not full is the whole list then.
            return if names.len() == self.volume {
                Step::Cut(format!(
                    "incomplete list: the service gives the same {} accounts wherever a page starts",
                    self.volume
                ))
            } else {
                Step::Whole
            };
        }
        if !overlaps {
            return Step::Strange("the last account of one page was not the first of the next".to_owned());
        }
        if self.users.len() == known {
            return Step::Whole;
        }
        if self.count == MOST_PAGES {
            return Step::Cut(format!("incomplete list: it has no end within {MOST_PAGES} pages"));
        }
        Step::Next
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    fn users(names: &[String]) -> Vec<User> {
        names.iter().map(|name| User { account: name.clone(), ..User::default() }).collect()
    }

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("m{number}@a.example")).collect()
    }

    fn slice(all: &[String], start: usize, volume: usize) -> Vec<User> {
        users(&all[start.min(all.len())..(start + volume).min(all.len())])
    }

    async fn read(volume: usize, fetch: impl Fn(usize) -> Vec<User>) -> (usize, Option<String>, usize) {
        let calls = Cell::new(0);
        let listed = list(volume, |start| {
            calls.set(calls.get() + 1);
            let page = fetch(start);
            async move { Ok(page) }
        })
        .await;
        let gap = listed.gap.map(|gap| match gap {
            Gap::Strange(reason) => reason.to_string(),
            Gap::Failed(error) => error.to_string(),
        });
        (listed.users.len(), gap, calls.get())
    }

    #[tokio::test]
    async fn an_honest_list_is_read_to_its_end() {
        for count in [0, 1, 2, 3, 4, 5, 7, 40] {
            let all = names(count);
            let (found, gap, calls) = read(4, |start| slice(&all, start, 4)).await;
            assert_eq!((found, gap), (count, None), "{count}");
            assert!(calls <= count / 3 + 2, "{count}: {calls}");
            // Rows may count from one, the last page may come again and again, and pages may be smaller than asked.
            let (found, gap, _) = read(4, |start| slice(&all, start.saturating_sub(1), 4)).await;
            assert_eq!((found, gap), (count, None), "from one: {count}");
            // One full page that comes again could be the first of many.
            if count != 4 {
                let last = count.saturating_sub(4);
                let (found, gap, _) = read(4, |start| slice(&all, start.min(last), 4)).await;
                assert_eq!((found, gap), (count, None), "last page again: {count}");
            }
            let (found, gap, _) = read(4, |start| slice(&all, start, 3)).await;
            assert_eq!((found, gap), (count, None), "small pages: {count}");
        }
    }

    #[tokio::test]
    async fn a_start_without_a_meaning_leaves_a_full_page_incomplete() {
        let all = names(9);
        let (found, gap, calls) = read(4, |_| slice(&all, 0, 4)).await;
        assert_eq!((found, calls), (4, 2));
        assert!(gap.expect("a gap").contains("incomplete list"));
        // Fewer than asked for, or more: that is all of them.
        assert_eq!(read(20, |_| slice(&all, 0, 20)).await, (9, None, 2));
        assert_eq!(read(4, |_| slice(&all, 0, 9)).await, (9, None, 2));
    }

    #[tokio::test]
    async fn an_account_that_goes_between_two_pages_hides_no_other() {
        let all = RefCell::new(names(9));
        let first = Cell::new(true);
        let (found, gap, _) = read(4, |start| {
            if start > 0 && first.replace(false) {
                all.borrow_mut().remove(0);
            }
            slice(&all.borrow(), start, 4)
        })
        .await;
        assert_eq!((found, gap), (8, None), "it was read again");
        let moving = Cell::new(0);
        let (_, gap, _) = read(4, |start| {
            moving.set(moving.get() + 1);
            let all: Vec<String> =
                (0..9).map(|number| format!("m{number}-{}@a.example", moving.get())).collect();
            slice(&all, start, 4)
        })
        .await;
        assert!(gap.expect("a gap").contains("never fit together"));
    }
}
