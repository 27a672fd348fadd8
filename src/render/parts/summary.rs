//! A large plan in one table: what happens, by domain and kind.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::{Kind, Plan, Verb};

/// Plans with more objects than this are summed up before they are told object by object.
pub(in crate::render) const LARGE: usize = 40;

/// Domains that have a row of their own: those of which the most is told.
const NAMED_DOMAINS: usize = 12;

/// How many objects are created, changed, deleted, and touched by what does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::render) struct Counts([u64; 4]);

impl Counts {
    fn add(&mut self, other: Self) {
        for (mine, more) in self.0.iter_mut().zip(other.0) {
            *mine += more;
        }
    }

    fn sum(self) -> u64 {
        self.0.iter().sum()
    }

    /// Like `+12 ~3 -1 !2`; empty where there is nothing.
    pub(in crate::render) fn signs(self) -> String {
        let signs: Vec<String> = ["+", "~", "-", "!"]
            .iter()
            .zip(self.0)
            .filter(|(_, number)| *number > 0)
            .map(|(sigil, number)| format!("{sigil}{number}"))
            .collect();
        signs.join(" ")
    }
}

/// What a plan does, by domain and kind.
#[derive(Debug)]
pub(in crate::render) struct Summary {
    /// The kinds that occur: the columns.
    pub(in crate::render) kinds: Vec<Kind>,
    /// A row each: its domain, and what happens in it by kind.
    pub(in crate::render) rows: Vec<(RowOf, BTreeMap<Kind, Counts>)>,
}

/// What a row of the summary stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::render) enum RowOf {
    /// One domain.
    Domain(String),
    /// The domains that have no row of their own.
    More(usize),
    /// What lies in no domain.
    NoDomain,
    /// All of it.
    Total,
}

impl Summary {
    /// The summary of a plan that is large enough to want one.
    pub(in crate::render) fn of_large(plan: &Plan) -> Option<Self> {
        let objects = objects(plan);
        (objects.len() > LARGE).then(|| Self::of(objects))
    }

    fn of(objects: Objects<'_>) -> Self {
        let mut domains: BTreeMap<Option<&str>, BTreeMap<Kind, Counts>> = BTreeMap::new();
        for ((_, identity), counts) in objects {
            domains.entry(identity.domain()).or_default().entry(identity.kind()).or_default().add(counts);
        }
        let kinds: BTreeSet<Kind> = domains.values().flat_map(BTreeMap::keys).copied().collect();
        let nowhere = domains.remove(&None);
        let mut total: BTreeMap<Kind, Counts> = BTreeMap::new();
        for row in domains.values().chain(&nowhere) {
            absorb(&mut total, row);
        }
        let named = named(&domains);
        let mut rows = Vec::new();
        let mut rest: BTreeMap<Kind, Counts> = BTreeMap::new();
        let mut more = 0;
        for (domain, row) in &domains {
            let Some(domain) = domain else { continue };
            if named.contains(domain) {
                rows.push((RowOf::Domain((*domain).to_owned()), row.clone()));
            } else {
                absorb(&mut rest, row);
                more += 1;
            }
        }
        if more > 0 {
            rows.push((RowOf::More(more), rest));
        }
        rows.extend(nowhere.map(|row| (RowOf::NoDomain, row)));
        if rows.len() > 1 {
            rows.push((RowOf::Total, total));
        }
        Self { kinds: kinds.into_iter().collect(), rows }
    }
}

impl RowOf {
    /// The label in a table; a domain's name comes from the configuration and is to be escaped.
    pub(in crate::render) fn label(&self) -> String {
        match self {
            Self::Domain(name) => name.clone(),
            Self::More(1) => "1 more domain".to_owned(),
            Self::More(number) => format!("{number} more domains"),
            Self::NoDomain => "in no domain".to_owned(),
            Self::Total => "all".to_owned(),
        }
    }
}

/// The domains with rows of their own.
fn named<'a>(domains: &BTreeMap<Option<&'a str>, BTreeMap<Kind, Counts>>) -> BTreeSet<&'a str> {
    let mut sizes: Vec<(u64, &str)> = domains
        .iter()
        .filter_map(|(domain, row)| Some((row.values().map(|counts| counts.sum()).sum(), (*domain)?)))
        .collect();
    sizes.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.cmp(other)));
    sizes.into_iter().take(NAMED_DOMAINS).map(|(_, domain)| domain).collect()
}

fn absorb(total: &mut BTreeMap<Kind, Counts>, row: &BTreeMap<Kind, Counts>) {
    for (kind, counts) in row {
        total.entry(*kind).or_default().add(*counts);
    }
}

/// In no order: they are only counted.
type Objects<'a> = HashMap<(&'a crate::model::ConnectionName, &'a crate::model::Identity), Counts>;

/// One count per object, however many writes it takes; where one of them does not run, it counts as blocked.
fn objects(plan: &Plan) -> Objects<'_> {
    let mut objects = HashMap::with_capacity(plan.changes.len());
    for change in &plan.changes {
        let entry = objects.entry((&change.connection, &change.identity)).or_insert((change.verb, true));
        entry.0 = entry.0.min(change.verb);
        entry.1 &= change.is_ready();
    }
    objects
        .into_iter()
        .map(|(object, (verb, ready))| {
            let column = match (ready, verb) {
                (false, _) => 3,
                (true, Verb::Create) => 0,
                (true, Verb::Update | Verb::Rename) => 1,
                (true, Verb::Delete) => 2,
            };
            let mut counts = Counts::default();
            counts.0[column] = 1;
            (object, counts)
        })
        .collect()
}
