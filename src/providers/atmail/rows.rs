//! What rows of aliases mean: an alias, a domain alias, a mailbox's forward, or something that is left alone
//! (`contracts/atmail.md §3, §5`). Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Address, DomainName, Field, Identity, ObservedObject, Reading, Readings, Reason, Standing, Value,
};

use super::record::{Row, RowType};

const TO_FOLDER: &str =
    "it delivers into a folder of the server, which the interface cannot show as an alias";
const CATCH_ALL: &str = "it catches a whole domain's mail, which the interface does not document";
const TO_DOMAIN: &str = "it delivers one address to a whole domain, which the interface does not document";
const STRANGE: &str = "the service calls it by a type that is not documented";
const NO_TARGET: &str = "the service tells no target of it";
const DIVERTS: &str = "an alias of type Local stands at the mailbox's own address, and whether the mailbox gets a copy \
                       is not documented; remove the alias in WebAdmin";
const ODD_AT_MAILBOX: &str = "an alias that is left alone stands at the mailbox's own address";

/// The rows that the service told, by address.
#[derive(Debug, Default)]
pub(super) struct Rows {
    by_domain: BTreeMap<DomainName, BTreeMap<Address, Vec<Row>>>,
}

impl Rows {
    /// Sorts rows. One whose name is neither an address nor a domain is nothing that can be managed.
    pub(super) fn new(rows: Vec<Row>) -> Self {
        let mut sorted = Self::default();
        for row in rows {
            if let Some(address) = place(&row.name) {
                let domain = sorted.by_domain.entry(address.domain_name()).or_default();
                domain.entry(address).or_default().push(row);
            } else {
                tracing::debug!("an alias has a name that is neither an address nor a domain");
            }
        }
        sorted
    }

    /// True where there is no row at all.
    pub(super) fn is_empty(&self) -> bool {
        self.by_domain.is_empty()
    }

    /// The domains that have rows.
    pub(super) fn domains(&self) -> impl Iterator<Item = &DomainName> {
        self.by_domain.keys()
    }

    /// The rows at an address.
    pub(super) fn at(&self, address: &Address) -> &[Row] {
        let domain = self.by_domain.get(&address.domain_name());
        domain.and_then(|domain| domain.get(address)).map_or(&[], Vec::as_slice)
    }

    /// Every address of a domain that has rows.
    pub(super) fn of(&self, domain: &DomainName) -> impl Iterator<Item = &Address> {
        self.by_domain.get(domain).into_iter().flat_map(BTreeMap::keys)
    }
}

/// What a name or a target stands for: an address, or `@domain` for a domain, bare or behind an `@`.
pub(super) fn place(text: &str) -> Option<Address> {
    if text.contains('@') {
        return Address::parse_or_domain(text).ok();
    }
    // A bare word is no domain here: every local user would be one.
    DomainName::parse(text).ok().filter(|_| text.contains('.')).map(|domain| Address::whole_domain(&domain))
}

/// The alias that rows at an address without an account are.
pub(super) fn alias(address: &Address, rows: &[Row]) -> ObservedObject {
    let identity = Identity::Alias(address.clone());
    let mut targets = BTreeSet::new();
    let mut unread = None;
    let mut foreign = None;
    for row in rows {
        if let Some(target) = place(&row.to) {
            foreign = foreign.or(odd(address, row, &target));
            targets.insert(target);
        } else {
            foreign = foreign.or(Some(if row.has_folder { TO_FOLDER } else { NO_TARGET }));
            unread = Some(format!("`{}` is no address", crate::http::excerpt(&row.to)));
        }
    }
    let reading = match unread {
        Some(reason) => Reading::NotRead(reason.into()),
        None => Reading::Known(Value::Addresses(targets)),
    };
    let mut fields = Readings::new();
    fields.set(Field::Targets, reading);
    let mut object = ObservedObject::plain(identity, fields);
    if let Some(reason) = foreign {
        object.standing = Standing::Foreign(reason.into());
    }
    object
}

/// Why a row is left alone.
fn odd(address: &Address, row: &Row, target: &Address) -> Option<&'static str> {
    if row.has_folder {
        return Some(TO_FOLDER);
    }
    if row.sort == Some(RowType::Other) {
        return Some(STRANGE);
    }
    match (address.is_domain(), target.is_domain()) {
        (true, false) => Some(CATCH_ALL),
        (false, true) => Some(TO_DOMAIN),
        _ => None,
    }
}

/// What rows at the address of an account say of its forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Copies {
    /// There is no row.
    None,
    /// The account delivers to itself alone: how some servers store that a copy is kept.
    Itself,
    /// Mail goes to these too.
    To(BTreeSet<Address>),
    /// That cannot be told, and why.
    Untold(Reason),
}

/// What rows at the address of an account say of its forward.
pub(super) fn copies(account: &Address, rows: &[Row]) -> Copies {
    if rows.is_empty() {
        return Copies::None;
    }
    let mut targets = BTreeSet::new();
    for row in rows {
        let Some(target) = place(&row.to).filter(|target| !target.is_domain() && !row.has_folder) else {
            return Copies::Untold(ODD_AT_MAILBOX.into());
        };
        if target == *account {
            continue;
        }
        match row.sort {
            None | Some(RowType::Deliver) => targets.insert(target),
            Some(RowType::Local) => return Copies::Untold(DIVERTS.into()),
            Some(RowType::Domain | RowType::Other) => return Copies::Untold(ODD_AT_MAILBOX.into()),
        };
    }
    if targets.is_empty() { Copies::Itself } else { Copies::To(targets) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, to: &str) -> Row {
        Row { name: name.into(), to: to.into(), has_folder: false, sort: None }
    }

    fn at(text: &str) -> Address {
        place(text).expect(text)
    }

    #[test]
    fn names_are_addresses_or_domains() {
        assert_eq!(place("a.example"), place("@A.example"));
        assert_eq!(
            place("Sales@a.example").map(|a| a.as_str().to_owned()).as_deref(),
            Some("sales@a.example")
        );
        for none in ["", "root", "a b@c.example", "@"] {
            assert_eq!(place(none), None, "{none}");
        }
    }

    #[test]
    fn rows_of_one_name_are_one_alias() {
        let rows = Rows::new(vec![
            row("s@a.example", "x@b.example"),
            row("S@a.example", "Y@b.example"),
            row("root", "x@b.example"),
        ]);
        let domain: DomainName = "a.example".parse().expect("a domain");
        assert_eq!(rows.of(&domain).count(), 1);
        let alias = alias(&at("s@a.example"), rows.at(&at("s@a.example")));
        assert_eq!(alias.standing, Standing::Plain);
        let targets = alias.fields.value(&Field::Targets).map(Value::members);
        assert_eq!(targets, Some(vec!["x@b.example".to_owned(), "Y@b.example".to_owned()]));
    }

    #[test]
    fn a_domain_alias_is_ours_and_a_catch_all_is_not() {
        let standing = |name: &str, to: &str| alias(&at(name), &[row(name, to)]).standing;
        for (name, to) in
            [("a.example", "b.example"), ("@a.example", "@b.example"), ("@a.example", "b.example")]
        {
            assert_eq!(standing(name, to), Standing::Plain, "{name}");
        }
        for (name, to, words) in [
            ("@a.example", "x@b.example", "whole domain's mail"),
            ("s@a.example", "@b.example", "to a whole domain"),
            ("s@a.example", "", "no target"),
            ("s@a.example", "/var/mail", "no target"),
        ] {
            assert!(standing(name, to).to_string().contains(words), "{name} {to}: {}", standing(name, to));
        }
        let folder = Row { has_folder: true, ..row("s@a.example", "x@b.example") };
        assert!(alias(&at("s@a.example"), &[folder]).standing.to_string().contains("folder"));
    }

    #[test]
    fn rows_at_a_mailbox_are_copies_that_go_elsewhere() {
        let ann = at("ann@a.example");
        let of = |rows: &[Row]| copies(&ann, rows);
        let own = row("ann@a.example", "Ann@a.example");
        let out = row("ann@a.example", "x@b.example");
        assert_eq!(of(&[]), Copies::None);
        assert_eq!(of(std::slice::from_ref(&own)), Copies::Itself);
        assert_eq!(of(&[own, out.clone()]), Copies::To([at("x@b.example")].into()));
        let typed = |sort| Row { sort: Some(sort), ..out.clone() };
        assert_eq!(of(&[typed(RowType::Deliver)]), Copies::To([at("x@b.example")].into()));
        assert!(matches!(of(&[typed(RowType::Local)]), Copies::Untold(reason) if reason.contains("Local")));
        for odd in [
            typed(RowType::Other),
            Row { has_folder: true, ..out.clone() },
            row("ann@a.example", "b.example"),
        ] {
            assert!(matches!(of(&[odd]), Copies::Untold(_)));
        }
    }
}
