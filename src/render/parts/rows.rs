//! One row per object: what happens to it, why it does not, and where that is declared.

use std::collections::BTreeMap;

use crate::model::{
    Block, Change, ChangeId, ConnectionName, Identity, Kind, Plan, Risk, Source, Status, Verb,
};
use crate::render::line::Line;
use crate::render::style::Ink;
use crate::render::word::quoted;

use super::fields::differences;
use super::words::{few, participle};

/// Changes that a waiting one names; more are counted.
const NAMED_WAITS: usize = 3;

/// Reasons wider than this stand below their row.
const WIDEST_PLACE: usize = 44;

/// What happens to one object.
#[derive(Debug, Clone)]
pub(in crate::render) struct Row<'a> {
    pub(in crate::render) order: Order<'a>,
    /// What stands in the column of addresses.
    pub(in crate::render) subject: String,
    pub(in crate::render) sigil: &'static str,
    pub(in crate::render) ink: Ink,
    pub(in crate::render) what: Vec<Line>,
    pub(in crate::render) place: String,
    pub(in crate::render) below: Vec<Line>,
    /// How its brakes are released once; the same in many rows where a cap holds them back together.
    pub(in crate::render) release: Option<String>,
}

/// Blocked first, then by falling risk, then by what is blocked alike, then by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::render) struct Order<'a> {
    pub(in crate::render) runs: bool,
    pub(in crate::render) risk: std::cmp::Reverse<Risk>,
    pub(in crate::render) kind: Kind,
    pub(in crate::render) alike: String,
    pub(in crate::render) identity: &'a Identity,
    pub(in crate::render) connection: &'a ConnectionName,
}

/// The rows of a plan, in the order in which they are shown.
pub(in crate::render) fn rows(plan: &Plan) -> Vec<Row<'_>> {
    let mut groups: BTreeMap<(&ConnectionName, &Identity, bool), Vec<&Change>> = BTreeMap::new();
    for change in &plan.changes {
        // What runs and what does not are two lines, also of one object: a line must not say both.
        groups.entry((&change.connection, &change.identity, change.is_ready())).or_default().push(change);
    }
    let mut rows: Vec<Row<'_>> = groups.into_values().filter_map(|changes| Row::of(plan, &changes)).collect();
    rows.sort_by(|a, b| a.order.cmp(&b.order));
    rows
}

impl<'a> Row<'a> {
    fn of(plan: &Plan, changes: &[&'a Change]) -> Option<Self> {
        let first = *changes.first()?;
        let verb = Verbs::of(changes);
        let blocks: Vec<&Block> = blocks(changes);
        let waits = waits(changes);
        let differences = differences(changes);
        let mut row = Self {
            order: Order {
                runs: first.is_ready(),
                risk: std::cmp::Reverse(changes.iter().map(|change| change.risk).max().unwrap_or(Risk::Safe)),
                kind: first.identity.kind(),
                alike: alike(&blocks),
                identity: &first.identity,
                connection: &first.connection,
            },
            subject: subject(&first.identity),
            sigil: verb.sigil(),
            ink: verb.ink(),
            what: verb.lead(changes),
            place: place(changes),
            below: Vec::new(),
            release: None,
        };
        if first.is_ready() {
            row.what.extend(differences.short);
        } else {
            row.sigil = "!";
            row.ink = Ink::Alarm;
            row.what = vec![match blocks.first() {
                Some(block) => Line::plain(&format!("{} ", verb.word()))
                    .then(Ink::Alarm, &format!("blocked: {}", reason(block))),
                None => Line::plain(&format!("{} waits for {}", verb.word(), waited_for(plan, &waits))),
            }];
            if let Some(at) = blocks.first().and_then(|block| block.at.as_ref()) {
                row.place = at.to_string();
            }
            for block in blocks.iter().skip(1) {
                let place = block.at.as_ref().map_or_else(String::new, |at| format!("  {at}"));
                row.below.push(
                    Line::of(Ink::Alarm, &format!("blocked: {}", reason(block))).then(Ink::Faint, &place),
                );
            }
            if !waits.is_empty() && !blocks.is_empty() {
                row.below.push(Line::plain(&format!("waits for {}", waited_for(plan, &waits))));
            }
            row.release = release(&blocks);
            let mut would = Line::of(Ink::Faint, "wanted: ");
            for (index, part) in differences.short.into_iter().enumerate() {
                would.push(Ink::Plain, if index > 0 { ", " } else { "" });
                would.append(part);
            }
            if verb != Verbs::One(Verb::Delete) && would.width() > "wanted: ".len() {
                row.below.push(would);
            }
        }
        if let Identity::Permission { grantee, .. } = &first.identity {
            lead_with(&mut row.what, &format!("{grantee}: "));
        }
        row.below.extend(differences.long);
        if Line::plain(&row.place).width() > WIDEST_PLACE {
            row.below.push(Line::of(Ink::Faint, &std::mem::take(&mut row.place)));
        }
        for effect in changes.iter().flat_map(|change| &change.effects) {
            let line = Line::plain(effect);
            if !row.below.contains(&line) {
                row.below.push(line);
            }
        }
        Some(row)
    }
}

/// The address whose row it is. A permission is the mailbox's; who it is given to leads what happens to it.
fn subject(identity: &Identity) -> String {
    match identity {
        Identity::Permission { mailbox, .. } => mailbox.to_string(),
        other => other.to_string(),
    }
}

fn lead_with(what: &mut Vec<Line>, text: &str) {
    let mut line = Line::plain(text);
    if what.is_empty() {
        what.push(line);
    } else if let Some(first) = what.first_mut() {
        line.append(std::mem::take(first));
        *first = line;
    }
}

/// What the writes of one object do together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verbs {
    One(Verb),
    /// Deleted and made anew, since it cannot be changed.
    Replace,
}

impl Verbs {
    fn of(changes: &[&Change]) -> Self {
        let has = |verb| changes.iter().any(|change| change.verb == verb);
        match (has(Verb::Create), has(Verb::Delete)) {
            (true, true) => Self::Replace,
            (true, false) => Self::One(Verb::Create),
            (false, true) => Self::One(Verb::Delete),
            (false, false) if has(Verb::Rename) => Self::One(Verb::Rename),
            (false, false) => Self::One(Verb::Update),
        }
    }

    fn sigil(self) -> &'static str {
        match self {
            Self::One(Verb::Create) => "+",
            Self::One(Verb::Update) => "~",
            Self::One(Verb::Rename) => ">",
            Self::One(Verb::Delete) => "-",
            Self::Replace => "±",
        }
    }

    fn ink(self) -> Ink {
        match self {
            Self::One(Verb::Create) => Ink::Added,
            Self::One(Verb::Delete) => Ink::Removed,
            Self::One(Verb::Update | Verb::Rename) | Self::Replace => Ink::Changed,
        }
    }

    fn word(self) -> String {
        match self {
            Self::One(verb) => verb.to_string(),
            Self::Replace => "replace".to_owned(),
        }
    }

    /// What stands before the differences.
    fn lead(self, changes: &[&Change]) -> Vec<Line> {
        match self {
            Self::Replace => vec![Line::plain("deleted and made anew")],
            Self::One(Verb::Rename) => changes
                .iter()
                .filter_map(|change| change.before_identity.as_ref())
                .map(|old| Line::plain("renamed from ").then(Ink::Removed, &old.to_string()))
                .collect(),
            Self::One(_) => Vec::new(),
        }
    }
}

fn blocks<'a>(changes: &[&'a Change]) -> Vec<&'a Block> {
    let mut found: Vec<&Block> = Vec::new();
    for change in changes {
        if let Status::Blocked(blocks) = &change.status {
            for block in blocks {
                if !found.contains(&block) {
                    found.push(block);
                }
            }
        }
    }
    found
}

fn waits<'a>(changes: &[&'a Change]) -> Vec<&'a ChangeId> {
    let mut found: Vec<&ChangeId> = changes
        .iter()
        .filter_map(|change| match &change.status {
            Status::WaitsFor(ids) => Some(ids),
            Status::Ready | Status::Blocked(_) => None,
        })
        .flatten()
        // One object's own writes wait for each other; that goes without saying.
        .filter(|id| !changes.iter().any(|change| change.id == **id))
        .collect();
    found.sort();
    found.dedup();
    found
}

fn waited_for(plan: &Plan, ids: &[&ChangeId]) -> String {
    let named: Vec<String> = ids
        .iter()
        .map(|id| match plan.changes.iter().find(|change| change.id == **id) {
            Some(change) => {
                format!("{} {} to be {}", change.identity.kind(), change.identity, participle(change.verb))
            }
            None => id.to_string(),
        })
        .collect();
    if named.is_empty() { "its other writes".to_owned() } else { few(&named, NAMED_WAITS) }
}

fn reason(block: &Block) -> String {
    if block.reason.is_empty() { block.code.as_str().to_owned() } else { block.reason.to_string() }
}

fn release(blocks: &[&Block]) -> Option<String> {
    let mut allows = Vec::new();
    for block in blocks {
        // Where one brake cannot be released, releasing the others would do nothing.
        let release = block.release.as_deref()?;
        let argument = release.strip_prefix("--allow ").unwrap_or(release);
        let allow = format!("--allow {}", quoted(argument));
        if !allows.contains(&allow) {
            allows.push(allow);
        }
    }
    (!allows.is_empty()).then(|| allows.join(" "))
}

fn alike(blocks: &[&Block]) -> String {
    let words: Vec<String> = blocks
        .iter()
        .map(|block| {
            format!("{}\n{}\n{}", block.code.as_str(), block.reason, block.release.as_deref().unwrap_or(""))
        })
        .collect();
    words.join("\n")
}

/// Where it is declared; a delete says in words why.
fn place(changes: &[&Change]) -> String {
    let at: Option<&Source> = changes.iter().find_map(|change| change.at.as_ref());
    let delete = changes.iter().find(|change| change.verb == Verb::Delete);
    match (delete, at) {
        (Some(change), Some(at)) if !change.reason.is_empty() => format!("{} at {at}", change.reason),
        (Some(change), None) => change.reason.clone(),
        (_, Some(at)) => at.to_string(),
        (None, None) => changes
            .iter()
            .map(|change| change.reason.as_str())
            .find(|reason| !reason.is_empty())
            .unwrap_or_default()
            .to_owned(),
    }
}
