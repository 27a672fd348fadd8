//! The way of mail as a tree, and where it ends.

use std::collections::BTreeSet;

use crate::model::{Address, Ends, Hop, LedgerLine, StateOf, Step, Trace};
use crate::render::line::{Hanging, Line};
use crate::render::style::Ink;

use super::words::few;

/// Addresses wider than this push the rest of their own line to the right instead of all lines.
const WIDEST: usize = 56;

/// Addresses that the closing sentence names at each end; more are counted.
const NAMED_ENDS: usize = 8;

/// When something holds, in words.
pub(in crate::render) fn when(state: StateOf) -> &'static str {
    match state {
        StateOf::Live => "as it is now",
        StateOf::Desired => "as it will be once the plan is carried out",
    }
}

/// What the ledger says of an address, in words.
pub(in crate::render) fn ledger(line: &LedgerLine) -> String {
    let mut words = line.reason.clone();
    if let Some(owner) = &line.owner {
        words = format!("{words}; {owner} answers for it");
    }
    if let Some(expires) = line.expires {
        words = format!("{words}; until {expires}");
    }
    words
}

/// The tree: a line for each address on the way, with the reason and the place.
pub(in crate::render) fn tree(trace: &Trace) -> Vec<Hanging> {
    let mut rows = Vec::new();
    push(&trace.root, "", "", &mut rows);
    let widest =
        rows.iter().map(|(head, _)| head.width()).filter(|width| *width <= WIDEST).max().unwrap_or(0);
    rows.into_iter()
        .map(|(mut head, hop)| {
            head.pad_to(widest);
            head.push(Ink::Plain, "  ");
            let mut tail = step(&hop.step);
            if let Some(at) = &hop.at {
                tail.push(Ink::Faint, &format!("  {at}"));
            }
            Hanging { head, tail }
        })
        .collect()
}

fn push<'a>(hop: &'a Hop, branch: &str, below: &str, rows: &mut Vec<(Line, &'a Hop)>) {
    let head = Line::of(Ink::Faint, branch).then(Ink::Strong, &hop.address.to_string());
    rows.push((head, hop));
    let last = hop.next.len().saturating_sub(1);
    for (index, next) in hop.next.iter().enumerate() {
        let (corner, stem) = if index == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        push(next, &format!("{below}{corner}"), &format!("{below}{stem}"), rows);
    }
}

fn step(step: &Step) -> Line {
    match step {
        Step::Mailbox { connection, suspended: false } => Line::plain(&format!("mailbox on {connection}")),
        Step::Mailbox { connection, suspended: true } => Line::plain(&format!("mailbox on {connection}, "))
            .then(Ink::Changed, "suspended: it takes mail, and nobody can log in"),
        Step::Forward { connection, keeps_copy: true } => {
            Line::plain(&format!("mailbox on {connection}, forwards and keeps a copy"))
        }
        Step::Forward { connection, keeps_copy: false } => {
            Line::plain(&format!("mailbox on {connection}, forwards and keeps no copy"))
        }
        Step::Refused { connection } => {
            Line::plain(&format!("mailbox on {connection}, ")).then(Ink::Alarm, "suspended: mail bounces")
        }
        Step::Alias { connection } => Line::plain(&format!("alias on {connection}")),
        Step::CatchAll { connection, alias } => {
            Line::plain(&format!("nothing stands there: the catch-all {alias} on {connection} takes it"))
        }
        Step::DomainAlias { connection, alias } => {
            Line::plain(&format!("the domain alias {alias} on {connection}"))
        }
        Step::Leaves { ledger: Some(line) } => Line::of(Ink::Changed, "leaves the organisation")
            .then(Ink::Plain, &format!(": {} (listed as {})", ledger(line), line.entry)),
        Step::Leaves { ledger: None } => {
            Line::of(Ink::Changed, "leaves the organisation").then(Ink::Plain, ", and no entry lists it")
        }
        Step::WholeDomain => Line::plain("whoever has an address there"),
        Step::Nobody => Line::of(Ink::Alarm, "nothing stands there: mail bounces"),
        Step::Circle => Line::of(Ink::Alarm, "was passed before: mail goes in a circle"),
        Step::Seen => Line::of(Ink::Faint, "told elsewhere in this tree"),
        Step::Unknown { reason } => Line::of(Ink::Alarm, "not read").then(Ink::Plain, &format!(": {reason}")),
    }
}

/// The sentence that says where mail ends.
pub(in crate::render) fn ends(ends: &Ends) -> String {
    let Ends { mailboxes, outside, bounces, circle, unknown } = ends;
    let parts: Vec<String> = [
        ("is stored at", mailboxes),
        ("leaves the organisation to", outside),
        ("bounces at", bounces),
        ("goes in a circle at", circle),
        ("goes on unseen at", unknown),
    ]
    .into_iter()
    .filter(|(_, addresses)| !addresses.is_empty())
    .map(|(words, addresses)| format!("{words} {}", named(addresses)))
    .collect();
    match parts.len() {
        0 => "Mail for it ends nowhere.".to_owned(),
        _ => format!("Mail for it {}.", parts.join("; ")),
    }
}

fn named(addresses: &BTreeSet<Address>) -> String {
    few(&addresses.iter().map(ToString::to_string).collect::<Vec<_>>(), NAMED_ENDS)
}
