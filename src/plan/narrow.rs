//! What is in: the narrowing of the command line and the addresses that a domain ignores.

use std::collections::{BTreeMap, BTreeSet};

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::model::{Address, ConnectionName, Desired, DomainName, Identity, Narrowing};

/// A glob that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{glob}` is not a glob of addresses: {reason}")]
pub struct GlobError {
    /// The glob as written.
    pub glob: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Checks globs before they are used; a plan leaves out what is none.
pub fn check_globs<'a>(globs: impl IntoIterator<Item = &'a str>) -> Result<(), GlobError> {
    for text in globs {
        glob(text).map_err(|error| GlobError { glob: text.to_owned(), reason: error.kind().to_string() })?;
    }
    Ok(())
}

fn glob(text: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(&text.to_ascii_lowercase()).literal_separator(false).build()
}

/// Compiles globs over addresses in comparing form.
pub(super) fn globs<'a>(texts: impl IntoIterator<Item = &'a str>) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    for text in texts {
        if let Ok(glob) = glob(text) {
            builder.add(glob);
        }
    }
    builder.build().unwrap_or_else(|_| GlobSet::empty())
}

/// The characters that make a pattern of an address.
const PATTERN: [char; 7] = ['*', '?', '[', ']', '{', '}', '\\'];

/// True for a pattern that may match addresses of the domain.
fn may_mean_any_of(glob: &str, domain: &DomainName) -> bool {
    let elsewhere = glob.rsplit_once('@').is_some_and(|(_, name)| {
        !name.contains(PATTERN) && DomainName::parse(name).is_ok_and(|name| name != *domain)
    });
    glob.contains(PATTERN) && !elsewhere
}

/// Tells which objects a plan or an audit looks at.
#[derive(Debug)]
pub struct Within<'a> {
    narrowing: &'a Narrowing,
    only: Option<GlobSet>,
    ignored: BTreeMap<DomainName, GlobSet>,
}

impl<'a> Within<'a> {
    /// What a narrowing leaves in of a configuration.
    pub fn new(desired: &'a Desired, narrowing: &'a Narrowing) -> Self {
        let only = (!narrowing.only.is_empty()).then(|| globs(narrowing.only.iter().map(String::as_str)));
        let ignored = desired
            .domains
            .iter()
            .filter(|(_, wish)| !wish.ignore.is_empty())
            .map(|(domain, wish)| (domain.clone(), globs(wish.ignore.iter().map(String::as_str))))
            .collect();
        Self { narrowing, only, ignored }
    }

    /// True where `--only` names single addresses: reading whole domains would be a waste.
    pub(super) fn is_few(&self) -> bool {
        self.only.is_some()
    }

    /// The addresses of a domain that `--only` means, where it names each of them: none where all are meant, or where
    /// a pattern may mean any. Which addresses a pattern means, only a whole domain tells.
    pub(super) fn addresses_in(&self, domain: &DomainName) -> Option<BTreeSet<Address>> {
        self.only.as_ref()?;
        let only = &self.narrowing.only;
        if only.iter().any(|glob| may_mean_any_of(glob, domain)) {
            return None;
        }
        let named = only.iter().filter_map(|text| Address::parse_or_domain(text).ok());
        let named = named.filter(|address| !address.local().contains(PATTERN));
        Some(named.filter(|address| address.domain() == domain.as_str()).collect())
    }

    /// True where the connection was not left out.
    pub fn connection(&self, connection: &ConnectionName) -> bool {
        self.narrowing.providers.is_empty()
            || self.narrowing.providers.iter().any(|name| name == connection.as_str())
    }

    /// True where the domain was not left out. What belongs to no domain is left out with a domain named.
    pub fn domain(&self, domain: Option<&str>) -> bool {
        self.narrowing.domains.is_empty()
            || domain.is_some_and(|domain| {
                self.narrowing
                    .domains
                    .iter()
                    .any(|name| DomainName::parse(name).is_ok_and(|name| name.as_str() == domain))
            })
    }

    /// True where `--only` does not leave an address out.
    pub fn named(&self, address: &Address) -> bool {
        self.only.as_ref().is_none_or(|only| only.is_match(address.as_str()))
    }

    /// True where the object is neither left out nor ignored.
    pub fn object(&self, connection: &ConnectionName, identity: &Identity) -> bool {
        self.connection(connection)
            && self.domain(identity.domain())
            && self.only.as_ref().is_none_or(|only| match identity {
                Identity::Administrator(login) => only.is_match(&**login),
                Identity::Domain(_) | Identity::Object { .. } => false,
                _ => identity.address().is_some_and(|address| only.is_match(address.as_str())),
            })
            && !self.is_ignored(identity)
    }

    /// True where the domain's `ignore` speaks of the object.
    pub fn is_ignored(&self, identity: &Identity) -> bool {
        let Some(address) = identity.address() else {
            return false;
        };
        self.ignored.get(address.domain()).is_some_and(|globs| globs.is_match(address.as_str()))
    }
}
