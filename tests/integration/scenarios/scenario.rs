//! The files of a scenario.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use jiff::civil::Date;
use mailwright::model::{Address, DomainName, Field, Identity, Kind, Override};
use serde::Deserialize;

/// Where the scenarios are.
pub(super) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

/// The folder of a scenario.
pub(super) fn folder(name: &str) -> String {
    name.replace('_', "-")
}

/// A scenario as it is written.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) folder: PathBuf,
    pub(super) wish: String,
    pub(super) observed: String,
    pub(super) situation: Situation,
}

/// What the words of a wish cannot say of a service. Objects are written as `KIND IDENTITY`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Situation {
    /// The overrides of the second plan: exactly those that the first one offers.
    pub(super) allow: Vec<String>,
    /// The day of the plan.
    pub(super) today: Option<String>,
    /// What the connection logs in as.
    pub(super) login: Vec<String>,
    /// Objects of somebody else, with the reason.
    pub(super) foreign: BTreeMap<String, String>,
    /// Objects that the service made itself, with the reason.
    pub(super) default: BTreeMap<String, String>,
    /// What a create would bring back.
    pub(super) remains: BTreeMap<String, String>,
    /// Objects that the service will not say anything of.
    pub(super) unknown: Vec<String>,
    /// Kinds (plural) of which the listing of a domain ends early.
    pub(super) gaps: BTreeMap<String, String>,
    /// Objects that a listing with a gap does not show.
    pub(super) hidden: Vec<String>,
    /// Addresses that the filter knows besides those of the observed mailboxes.
    pub(super) registered: Vec<String>,
    /// Addresses that the filter takes from a directory.
    pub(super) directory: Vec<String>,
    /// Fields of objects that are not told.
    pub(super) not_read: BTreeMap<String, Vec<String>>,
}

impl Scenario {
    pub(super) fn load(name: &str) -> Self {
        let folder = root().join(folder(name));
        let read =
            |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        let situation = fs::read_to_string(folder.join("situation.yaml")).unwrap_or_default();
        let situation = if situation.is_empty() {
            Situation::default()
        } else {
            serde_yaml::from_str(&situation).unwrap_or_else(|e| panic!("situation.yaml: {e}"))
        };
        Self { wish: read("mailwright.yaml"), observed: read("observed.yaml"), folder, situation }
    }

    /// True where a real store can be brought into it, by declaring what it holds.
    pub(super) fn is_for_real_stores(&self) -> bool {
        self.wish.contains("type: model") && !self.situation.needs_the_model()
    }
}

impl Situation {
    /// The overrides of the second plan.
    pub(super) fn overrides(&self) -> Vec<Override> {
        self.allow.iter().map(|text| text.parse().unwrap_or_else(|e| panic!("{e}"))).collect()
    }

    /// The day of the plan.
    pub(super) fn today(&self) -> Date {
        self.today.as_ref().map_or(jiff::civil::date(2026, 5, 4), |day| day.parse().expect("a date"))
    }

    fn needs_the_model(&self) -> bool {
        !(self.login.is_empty()
            && self.foreign.is_empty()
            && self.default.is_empty()
            && self.remains.is_empty()
            && self.unknown.is_empty()
            && self.gaps.is_empty()
            && self.hidden.is_empty()
            && self.not_read.is_empty())
    }

    /// The listings that end early.
    pub(super) fn gaps(&self) -> impl Iterator<Item = (Kind, DomainName)> {
        self.gaps.iter().map(|(kind, domain)| {
            let kind = Kind::from_plural(kind).unwrap_or_else(|e| panic!("{e}"));
            (kind, DomainName::parse(domain).expect("a domain"))
        })
    }

    /// The fields that are not told.
    pub(super) fn not_read(&self) -> impl Iterator<Item = (Identity, Field)> {
        self.not_read.iter().flat_map(|(object, fields)| {
            fields.iter().map(move |field| (identity(object), field.parse().expect("a field")))
        })
    }
}

/// Reads `KIND IDENTITY`.
pub(super) fn identity(text: &str) -> Identity {
    let address = |text: &str| Address::parse_or_domain(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    match text.split_once(' ').unwrap_or_else(|| panic!("`{text}` is not `KIND IDENTITY`")) {
        ("mailbox", rest) => Identity::Mailbox(address(rest)),
        ("alias", rest) => Identity::Alias(address(rest)),
        ("forward", rest) => Identity::Forward(address(rest)),
        ("administrator", rest) => Identity::administrator(rest),
        (kind, _) => panic!("no scenario speaks of the standing of a {kind}"),
    }
}
