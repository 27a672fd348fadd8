//! Who can do what, in groups that people ask for.

use crate::model::{Ability, AccessEntry, AccessReview};
use crate::render::line::{Hanging, Line};
use crate::render::style::Ink;

use super::trace::{ledger, when};
use super::words::counted;

/// Words wider than this push the rest of their own line to the right instead of all lines.
const WIDEST: usize = 48;

/// How far entries stand in below their title.
const MARGIN: &str = "  ";

/// Entries of one address.
#[derive(Debug)]
pub(in crate::render) struct Group<'a> {
    /// What it tells of, in words.
    pub(in crate::render) title: String,
    /// The entries, in the review's order.
    pub(in crate::render) entries: Vec<&'a AccessEntry>,
}

/// The ability in words.
pub(in crate::render) fn word(can: Ability) -> String {
    can.as_str().replace('_', " ")
}

/// The title of a review.
pub(in crate::render) fn title(review: &AccessReview) -> String {
    let whose = review.address.as_ref().map_or_else(String::new, |address| format!(" of {address}"));
    format!("Access{whose}, {}", when(review.state))
}

/// The entries by whom they are about; for one address, first what others can do with it, then what it can do.
pub(in crate::render) fn groups(review: &AccessReview) -> Vec<Group<'_>> {
    let Some(address) = &review.address else {
        let mut groups: Vec<Group<'_>> = Vec::new();
        for entry in &review.entries {
            match groups.last_mut() {
                Some(group) if group.entries.first().is_some_and(|first| first.whom == entry.whom) => {
                    group.entries.push(entry);
                }
                _ => groups.push(Group { title: entry.whom.to_string(), entries: vec![entry] }),
            }
        }
        return groups;
    };
    let reaches =
        |entry: &&AccessEntry| entry.whom != *address && entry.who.eq_ignore_ascii_case(address.as_str());
    let (can, others): (Vec<&AccessEntry>, Vec<&AccessEntry>) = review.entries.iter().partition(reaches);
    [(format!("What others can do with {address}"), others), (format!("What {address} can do"), can)]
        .into_iter()
        .filter(|(_, entries)| !entries.is_empty())
        .map(|(title, entries)| Group { title, entries })
        .collect()
}

/// A group as aligned lines: what can be done, who can, and what makes it so.
pub(in crate::render) fn lines(group: &Group<'_>, is_of_one: IsOfOne) -> Vec<Hanging> {
    let whom = |entry: &AccessEntry| match is_of_one {
        IsOfOne::Yes => String::new(),
        IsOfOne::No => entry.whom.to_string(),
    };
    let wide = |width: usize| if width > WIDEST { 0 } else { width };
    let widest = |text: &dyn Fn(&AccessEntry) -> String| {
        group.entries.iter().map(|entry| wide(Line::plain(&text(entry)).width())).max().unwrap_or(0)
    };
    let ability = widest(&|entry| word(entry.can));
    let person = widest(&|entry| entry.who.clone());
    let mailbox = widest(&whom);
    group
        .entries
        .iter()
        .map(|entry| {
            let mut head = Line::plain(MARGIN).then(Ink::Strong, &word(entry.can));
            let mut end = MARGIN.len() + ability + 2;
            head.pad_to(end);
            head.push(if entry.outside { Ink::Changed } else { Ink::Plain }, &entry.who);
            head.push(Ink::Plain, "  ");
            end += person + 2;
            head.pad_to(end);
            if is_of_one == IsOfOne::No {
                head.push(Ink::Plain, &whom(entry));
                head.push(Ink::Plain, "  ");
                end += mailbox + 2;
                head.pad_to(end);
            }
            let mut tail = Line::plain(&because(entry));
            if let Some(at) = &entry.at {
                tail.push(Ink::Faint, &format!("  {at}"));
            }
            Hanging { head, tail }
        })
        .collect()
}

/// Whether all entries of a group are about one address, so that it need not be named in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::render) enum IsOfOne {
    /// They are.
    Yes,
    /// They are not.
    No,
}

impl IsOfOne {
    /// Whether the groups of this review are about one address each.
    pub(in crate::render) fn of(review: &AccessReview) -> Self {
        if review.address.is_some() { Self::No } else { Self::Yes }
    }
}

/// What makes it so, in words.
pub(in crate::render) fn because(entry: &AccessEntry) -> String {
    let mut words = format!("{} on {}", entry.because, entry.connection);
    if !entry.through.is_empty() {
        let through: Vec<String> = entry.through.iter().map(ToString::to_string).collect();
        words = format!("{words}, through {}", through.join(", "));
    }
    if entry.outside {
        words.push_str("; outside");
    }
    if let Some(line) = &entry.ledger {
        words = format!("{words}: {}", ledger(line));
    }
    words
}

/// The closing sentence.
pub(in crate::render) fn sentence(review: &AccessReview) -> String {
    if review.entries.is_empty() {
        let word = if review.not_read.is_empty() { "Nobody can do anything." } else { "Nothing was seen." };
        return word.to_owned();
    }
    let counts: Vec<String> = Ability::ALL
        .into_iter()
        .map(|can| (can, review.entries.iter().filter(|entry| entry.can == can).count()))
        .filter(|(_, number)| *number > 0)
        .map(|(can, number)| format!("{number} to {}", word(can)))
        .collect();
    let outside = match review.entries.iter().filter(|entry| entry.outside).count() {
        0 => String::new(),
        number => format!(" {number} of them outside the declared domains."),
    };
    format!("{}: {}.{outside}", counted(review.entries.len(), "way", "ways"), counts.join(", "))
}
