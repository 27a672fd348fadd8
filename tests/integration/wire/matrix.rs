//! Every fault at every call of one long run of each type: [`rich`] wishes, while reading and while writing.
//!
//! All of it takes minutes, so that an ordinary run tries a part, which `MAILWRIGHT_WIRE_SEED` chooses.
//! `MAILWRIGHT_MATRIX=full` tries all, `MAILWRIGHT_MATRIX=17` only the cell of that number.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::panic::AssertUnwindSafe;

use axum::http::Method;
use mailwright::sandbox::{FaultKind, Recorded};

use super::rich::rich;
use super::service::{Service, Shift, Type};
use super::site::Cut;
use super::struck::{Scenario, Strike, Trouble, every_fault};
use crate::tally::{What, held};

/// While what the call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum While {
    Reading,
    Writing,
}

/// One fault at one call.
#[derive(Debug, Clone)]
struct Cell {
    phase: While,
    strike: Strike,
    /// The call, in words.
    call: String,
}

/// As many calls in a row as are made of one read before it is given up, and one more.
const LASTING: u64 = 6;

/// The query of a call without its numbers, which is the same for all pages of a list.
fn list(call: &Recorded) -> Vec<&str> {
    let is_number = |pair: &&str| {
        pair.split_once('=').is_some_and(|(_, value)| value.bytes().all(|byte| byte.is_ascii_digit()))
    };
    call.query.as_deref().unwrap_or_default().split('&').filter(|pair| !is_number(pair)).collect()
}

/// What a call reads of a list that has pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    /// The first of its list, or nothing of one.
    No,
    /// A further one; other lists are read by the same path, perhaps in between.
    OfOneOfSome,
    /// A further one of the only list that is read by its path.
    OfTheOnly,
}

impl Page {
    fn of(calls: &[Recorded], index: usize) -> Self {
        let call = &calls[index];
        let route = |one: &&Recorded| (&one.method, &one.path) == (&call.method, &call.path);
        let is_same = |one: &Recorded| list(one) == list(call);
        let is_before = |one: &Recorded| is_same(one) && one.query != call.query;
        if call.method != Method::GET || !calls[..index].iter().filter(route).any(is_before) {
            Self::No
        } else if calls.iter().filter(route).all(is_same) {
            Self::OfTheOnly
        } else {
            Self::OfOneOfSome
        }
    }
}

/// What can happen to a call.
fn troubles(kind: Type, phase: While, page: Page) -> Vec<(Trouble, u64)> {
    let mut troubles: Vec<(Trouble, u64)> =
        every_fault(kind).into_iter().map(|fault| (Trouble::Fault(fault), 1)).collect();
    // Where pages of several lists repeat, a whole other list may come, which nobody can tell.
    if phase == While::Reading && page == Page::OfTheOnly {
        troubles.push((Trouble::Fault(FaultKind::Repeat), LASTING));
    }
    if phase == While::Reading {
        // One fault alone is mostly made good by reading again.
        let lasting = [FaultKind::ErrorBefore, FaultKind::Reset, FaultKind::HalfBody];
        troubles.extend(lasting.map(|fault| (Trouble::Fault(fault), LASTING)));
    }
    if page != Page::No {
        troubles.push((Trouble::Fault(FaultKind::Repeat), 1));
        troubles.push((Trouble::Shift(Shift::Comes), 1));
        troubles.push((Trouble::Shift(Shift::Goes), 1));
    }
    troubles
}

fn told(call: &Recorded) -> String {
    let body = String::from_utf8_lossy(&call.body);
    let query = call.query.as_deref().unwrap_or_default();
    format!("{} {} {query} {body}", call.method, call.path).chars().take(400).collect()
}

/// Every cell of the matrix of a type.
async fn cells(kind: Type, scenario: &Scenario) -> Vec<Cell> {
    let (service, site) = scenario.begin().await;
    let logs = |service: &dyn Service| -> Vec<Vec<Recorded>> {
        let logs = service.servers().iter().map(|server| server.requests()).collect();
        service.servers().iter().for_each(|server| server.clear());
        logs
    };
    logs(&*service);
    let (providers, plan) = site.look().await;
    let read = logs(&*service);
    site.apply(&*service, &providers, &plan, Cut::Never).await.expect("nobody kills it");
    let written = logs(&*service);
    let mut cells = Vec::new();
    for (phase, logs) in [(While::Reading, read), (While::Writing, written)] {
        for (server, calls) in logs.iter().enumerate() {
            for (index, call) in calls.iter().enumerate() {
                for (trouble, times) in troubles(kind, phase, Page::of(calls, index)) {
                    let strike = Strike { trouble, times, nth: index as u64 + 1, server };
                    cells.push(Cell { phase, strike, call: told(call) });
                }
            }
        }
    }
    cells
}

/// The numbers of the cells that are tried, about `part` of them unless told otherwise.
fn chosen(cells: usize, part: usize) -> Vec<usize> {
    let seed = std::env::var("MAILWRIGHT_WIRE_SEED").ok().map_or(1, |text| text.parse().expect("a number"));
    match std::env::var("MAILWRIGHT_MATRIX").as_deref() {
        Ok("full") => (0..cells).collect(),
        Ok(number) => vec![number.parse().expect("`full` or the number of a cell")],
        Err(_) => {
            let draw = |cell: usize| {
                let mut hasher = DefaultHasher::new();
                (seed, cell).hash::<DefaultHasher>(&mut hasher);
                hasher.finish()
            };
            let mut numbers: Vec<usize> = (0..cells).collect();
            numbers.sort_by_key(|number| draw(*number));
            numbers.truncate(part);
            numbers
        }
    }
}

/// Tries the cells of a type, and tells of every one that does not hold.
fn matrix(kind: Type, suite: &str, part: usize) {
    let (one, two) = rich(kind);
    let scenario = kind.block_on(Scenario::of(kind, one, two)).expect("both wishes load");
    let cells = kind.block_on(cells(kind, &scenario));
    let (mut struck, mut broken) = (0, Vec::new());
    let chosen = chosen(cells.len(), part);
    for number in &chosen {
        let cell = &cells[*number];
        let trying = AssertUnwindSafe(|| {
            kind.block_on(async {
                match cell.phase {
                    While::Reading => scenario.reads_through(&cell.strike).await,
                    While::Writing => scenario.writes_through(&cell.strike).await,
                }
            })
        });
        match std::panic::catch_unwind(trying) {
            Ok(was_struck) => struck += usize::from(was_struck),
            Err(payload) => {
                let text = payload
                    .downcast_ref::<String>()
                    .cloned()
                    .or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                let text = text.unwrap_or_default();
                let Cell { phase, strike, call } = cell;
                broken.push(format!("MAILWRIGHT_MATRIX={number} {phase:?} {strike:?} {call}\n{text}"));
            }
        }
    }
    let told = format!("{} of {} tried, of {} in all", broken.len(), chosen.len(), cells.len());
    assert!(broken.is_empty(), "{told}, do not hold\n{}", broken.join("\n\n"));
    held(What::Faults, suite, struck);
}

#[test]
fn a_box_under_every_fault() {
    matrix(Type::MailInABox, "matrix-mailinabox", 100);
}

#[test]
fn a_filter_under_every_fault() {
    matrix(Type::Censornet, "matrix-censornet", 100);
}

#[test]
fn a_filtered_box_under_every_fault() {
    matrix(Type::FilteredBox, "matrix-filtered-mailinabox", 60);
}

#[test]
fn exchange_under_every_fault() {
    matrix(Type::Rackspace, "matrix-rackspace", 60);
}

#[test]
fn open_xchange_under_every_fault() {
    matrix(Type::OpenXchange, "matrix-open-xchange", 60);
}

#[test]
fn atmail_under_every_fault() {
    matrix(Type::Atmail, "matrix-atmail", 60);
}

#[test]
fn a_database_beside_dovecot_under_every_fault() {
    matrix(Type::Dovecot, "matrix-postfixadmin-doveadm", 40);
}
