//! The delivery by brute force, and what is expected of a plan, on states written by hand.

use std::collections::{BTreeMap, BTreeSet};

use mailwright::model::{AccountState, Address, Field, Fields, Identity, Right, Value};

use super::super::values::connection;
use super::delivery::{Mail, Ways};
use super::expected::{Diff, Fact, Renamed};
use crate::memory::Stored;

fn address(text: &str) -> Address {
    Address::parse_or_domain(text).expect("an address")
}

/// Several addresses, with blanks between them.
fn set(text: &str) -> BTreeSet<Address> {
    text.split_whitespace().map(address).collect()
}

/// a.example lies on `one` and then on `two`, b.example on `two`, c.example on `one`; `two` alone refuses mail for whom
/// is suspended.
fn nothing() -> Mail {
    let [one, two] = ["one", "two"].map(connection);
    Mail {
        stores: BTreeMap::from([
            ("a.example".to_owned(), vec![one.clone(), two.clone()]),
            ("b.example".to_owned(), vec![two.clone()]),
            ("c.example".to_owned(), vec![one]),
        ]),
        refusing: BTreeSet::from([two]),
        ..Mail::default()
    }
}

/// Writes a state down.
impl Mail {
    fn with(mut self, store: &str, identity: Identity, fields: Fields) -> Self {
        self.objects.entry(connection(store)).or_default().insert(identity, Stored::plain(fields));
        self
    }

    fn mailbox(self, store: &str, at: &str) -> Self {
        self.with(store, Identity::Mailbox(address(at)), Fields::new())
    }

    fn suspended(self, store: &str, at: &str) -> Self {
        let fields = Fields::new().with(Field::State, Value::State(AccountState::Suspended));
        self.with(store, Identity::Mailbox(address(at)), fields)
    }

    fn forward(self, store: &str, at: &str, to: &str, keep: Option<bool>) -> Self {
        let mut fields = Fields::new().with(Field::Targets, Value::Addresses(set(to)));
        if let Some(keep) = keep {
            fields.set(Field::KeepCopy, Value::Bool(keep));
        }
        self.with(store, Identity::Forward(address(at)), fields)
    }

    fn alias(self, store: &str, at: &str, to: &str) -> Self {
        let fields = Fields::new().with(Field::Targets, Value::Addresses(set(to)));
        self.with(store, Identity::Alias(address(at)), fields)
    }

    fn permission(self, store: &str, mailbox: &str, grantee: &str, rights: &[Right]) -> Self {
        let identity = Identity::Permission { mailbox: address(mailbox), grantee: address(grantee) };
        self.with(
            store,
            identity,
            Fields::new().with(Field::Rights, Value::Rights(rights.iter().copied().collect())),
        )
    }

    fn administrator(self, store: &str, login: &str, full: bool, domains: &str) -> Self {
        let domains = set(domains).iter().map(Address::domain_name).collect();
        let fields =
            Fields::new().with(Field::Full, Value::Bool(full)).with(Field::Domains, Value::Domains(domains));
        self.with(store, Identity::administrator(login), fields)
    }

    fn without(mut self, store: &str, identity: &Identity) -> Self {
        let gone = self.objects.get_mut(&connection(store)).and_then(|objects| objects.remove(identity));
        assert!(gone.is_some(), "{identity} was not there");
        self
    }

    #[track_caller]
    fn ends(&self, at: &str, recipients: &str, dead: &str, circle: &str) {
        let recipients = set(recipients);
        let outside = recipients.iter().filter(|address| !self.is_ours(address)).cloned().collect();
        let expected = Ways { recipients, outside, dead: set(dead), circle: set(circle) };
        assert_eq!(self.ways(&address(at)), expected, "{at}");
    }
}

/// A fact in its shown form, as the messages of the law have it.
#[track_caller]
fn tells(before: &Mail, after: &Mail, expected: &[&str]) {
    tells_with(before, after, &Renamed::new(), expected);
}

#[track_caller]
fn tells_with(before: &Mail, after: &Mail, renamed: &Renamed, expected: &[&str]) {
    let facts: Vec<String> = Diff::new(before, after, renamed).facts().iter().map(Fact::to_string).collect();
    let mut expected = expected.to_vec();
    // Facts are sorted by their code first, not by the word for it.
    expected.sort_unstable();
    let mut facts: Vec<&str> = facts.iter().map(String::as_str).collect();
    facts.sort_unstable();
    assert_eq!(facts, expected);
}

#[test]
fn a_mailbox_stores_forwards_or_both() {
    let mail = nothing()
        .mailbox("one", "a@a.example")
        .mailbox("one", "b@a.example")
        .forward("one", "b@a.example", "a@a.example x@out.example", Some(false))
        .mailbox("one", "c@a.example")
        .forward("one", "c@a.example", "a@a.example", None)
        .mailbox("one", "d@a.example")
        .forward("one", "d@a.example", "d@a.example a@a.example", Some(false))
        .mailbox("two", "e@a.example")
        .forward("one", "e@a.example", "x@out.example", Some(false));
    mail.ends("a@a.example", "a@a.example", "", "");
    mail.ends("b@a.example", "a@a.example x@out.example", "", "");
    mail.ends("c@a.example", "a@a.example c@a.example", "", "");
    // To itself is a copy, and no circle.
    mail.ends("d@a.example", "a@a.example d@a.example", "", "");
    // The forward of another store is none of this mailbox.
    mail.ends("e@a.example", "e@a.example", "", "");
    mail.ends("nobody@a.example", "", "nobody@a.example", "");
    mail.ends("x@out.example", "x@out.example", "", "");
}

#[test]
fn the_first_store_that_has_a_mailbox_takes_the_mail() {
    let mail = nothing()
        .mailbox("one", "a@a.example")
        .suspended("two", "a@a.example")
        .suspended("two", "b@b.example")
        .forward("two", "b@b.example", "a@a.example", None)
        .alias("one", "c@a.example", "x@out.example")
        .mailbox("two", "c@a.example")
        // b.example does not lie on `one`.
        .mailbox("one", "a@b.example")
        .suspended("one", "d@a.example");
    mail.ends("a@a.example", "a@a.example", "", "");
    mail.ends("b@b.example", "", "b@b.example", "");
    // A mailbox in any store comes before an alias.
    mail.ends("c@a.example", "c@a.example", "", "");
    mail.ends("a@b.example", "", "a@b.example", "");
    // `one` suspends the login alone.
    mail.ends("d@a.example", "d@a.example", "", "");
}

#[test]
fn catch_alls_and_domain_aliases_take_what_nobody_holds() {
    let mail = nothing()
        .mailbox("one", "a@a.example")
        .alias("one", "@a.example", "a@a.example nobody@a.example x@out.example")
        .mailbox("two", "a@b.example")
        .alias("one", "@c.example", "@b.example")
        .alias("one", "l@c.example", "@b.example @out.example a@a.example");
    mail.ends("other@a.example", "a@a.example x@out.example", "", "nobody@a.example");
    mail.ends("@a.example", "a@a.example x@out.example", "", "nobody@a.example");
    mail.ends("a@c.example", "a@b.example", "", "");
    mail.ends("z@c.example", "", "z@b.example", "");
    // Whoever has an address there gets what goes to the whole domain; who starts there gets nothing.
    mail.ends("@c.example", "@b.example", "", "");
    mail.ends("@b.example", "", "@b.example", "");
    mail.ends("l@c.example", "a@a.example l@out.example", "l@b.example", "");
    let out = nothing().alias("one", "@c.example", "@out.example");
    out.ends("z@c.example", "z@out.example", "", "");
    out.ends("@c.example", "@out.example", "", "");
}

#[test]
fn circles_hold_what_comes_back_and_nothing_that_only_leads_there() {
    let mail = nothing()
        .alias("one", "a@a.example", "b@a.example x@out.example")
        .alias("one", "b@a.example", "a@a.example")
        .alias("one", "in@a.example", "a@a.example")
        .alias("one", "self@a.example", "self@a.example")
        .alias("one", "@c.example", "@b.example")
        .alias("two", "@b.example", "@c.example")
        .mailbox("one", "m@c.example")
        .forward("one", "m@c.example", "m@b.example", None);
    mail.ends("in@a.example", "x@out.example", "", "a@a.example b@a.example");
    mail.ends("self@a.example", "", "", "self@a.example");
    mail.ends("@c.example", "", "", "@b.example @c.example");
    mail.ends("z@b.example", "", "", "z@b.example z@c.example");
    mail.ends("m@b.example", "m@c.example", "", "m@b.example m@c.example");
}

#[test]
fn losses_gains_and_copies_of_mail_are_told() {
    let before = nothing()
        .mailbox("one", "a@a.example")
        .mailbox("one", "b@a.example")
        .mailbox("one", "c@a.example")
        .forward("one", "c@a.example", "a@a.example", Some(false))
        .alias("one", "l@a.example", "a@a.example b@a.example")
        .alias("one", "m@a.example", "a@a.example")
        .alias("one", "n@a.example", "b@a.example");
    let after = before
        .clone()
        .without("one", &Identity::Mailbox(address("b@a.example")))
        .forward("one", "a@a.example", "y@corp.example", Some(false))
        .forward("one", "c@a.example", "a@a.example", Some(true))
        .alias("one", "m@a.example", "a@a.example c@a.example m@a.example");
    tells(
        &before,
        &after,
        &[
            "NoCopy a@a.example",
            "Receive a@a.example, gained y@corp.example",
            "Leaves a@a.example, gained y@corp.example",
            "Bounces b@a.example, lost b@a.example",
            "Bounces n@a.example, lost b@a.example",
            "Copy c@a.example",
            "Moves c@a.example, lost a@a.example, gained y@corp.example",
            "Leaves c@a.example, gained y@corp.example",
            "Moves l@a.example, lost a@a.example b@a.example, gained y@corp.example",
            "Leaves l@a.example, gained y@corp.example",
            "DeadEnd l@a.example, gained b@a.example",
            "Moves m@a.example, lost a@a.example, gained c@a.example y@corp.example",
            "Leaves m@a.example, gained y@corp.example",
            "Circle m@a.example, gained m@a.example",
        ],
    );
    tells(&after, &after, &[]);
}

#[test]
fn what_falls_to_a_catch_all_is_swallowed() {
    let before = nothing().mailbox("one", "a@a.example").mailbox("one", "b@a.example");
    let caught = before.clone().alias("one", "@a.example", "a@a.example");
    tells(&before, &caught, &["Swallowed @a.example, gained a@a.example"]);
    let gone = Identity::Mailbox(address("b@a.example"));
    let after = caught.clone().without("one", &gone);
    tells(&caught, &after, &["Swallowed b@a.example, lost b@a.example, gained a@a.example"]);
    tells(&after, &caught, &["Moves b@a.example, lost a@a.example, gained b@a.example"]);
    tells(&caught, &before, &["Bounces @a.example, lost a@a.example"]);
}

#[test]
fn addresses_that_nothing_holds_are_told_of_behind_a_domain_alias_that_stays() {
    let synonym = nothing().alias("one", "@c.example", "@b.example");
    let before = synonym.clone().mailbox("two", "a@b.example").mailbox("two", "b@b.example");
    let after = synonym.mailbox("two", "a@b.example").forward("two", "a@b.example", "x@out.example", None);
    let bounces = ["Bounces b@b.example, lost b@b.example", "Bounces b@c.example, lost b@b.example"];
    let receives = ["a@b.example", "a@c.example"].map(|at| format!("{at}, gained x@out.example"));
    let receives: Vec<String> =
        receives.iter().flat_map(|fact| [format!("Receive {fact}"), format!("Leaves {fact}")]).collect();
    let expected: Vec<&str> = bounces.into_iter().chain(receives.iter().map(String::as_str)).collect();
    tells(&before, &after, &expected);
    // One that is new or goes is told of as a whole.
    let alone = nothing().mailbox("two", "a@b.example");
    let stood_for = alone.clone().alias("one", "@c.example", "@b.example");
    tells(&alone, &stood_for, &["Swallowed @c.example, gained @b.example"]);
    tells(&stood_for, &alone, &["Bounces @c.example, lost @b.example"]);
}

#[test]
fn a_renamed_mailbox_is_the_same_recipient() {
    let before = nothing()
        .mailbox("one", "a@a.example")
        .mailbox("one", "c@a.example")
        .permission("one", "a@a.example", "c@a.example", &[Right::FullAccess])
        .alias("one", "l@a.example", "a@a.example")
        .alias("one", "m@a.example", "a@a.example c@a.example");
    let after = nothing()
        .mailbox("one", "b@a.example")
        .mailbox("one", "c@a.example")
        .permission("one", "b@a.example", "c@a.example", &[Right::FullAccess])
        .alias("one", "l@a.example", "b@a.example")
        .alias("one", "m@a.example", "a@a.example c@a.example");
    let renamed = Renamed::from([(address("a@a.example"), address("b@a.example"))]);
    tells_with(
        &before,
        &after,
        &renamed,
        &[
            "Bounces a@a.example, lost b@a.example",
            "Moves m@a.example, lost b@a.example",
            "DeadEnd m@a.example, gained a@a.example",
        ],
    );
}

#[test]
fn gained_and_lost_rights_are_told_one_by_one() {
    let before = nothing()
        .mailbox("one", "a@a.example")
        .mailbox("one", "b@a.example")
        .alias("one", "l@a.example", "b@a.example")
        .alias("one", "@a.example", "b@a.example")
        .permission("one", "b@a.example", "a@a.example", &[Right::FullAccess, Right::SendOnBehalf])
        // There is no such mailbox on `two`.
        .permission("two", "b@a.example", "x@out.example", &[Right::FullAccess])
        .administrator("one", "root", true, "@a.example")
        .administrator("one", "helpdesk", false, "@a.example")
        .administrator("two", "helpdesk", false, "");
    let senders = Value::Addresses(set("b@a.example"));
    let alias = Fields::new().with(Field::Targets, Value::Addresses(set("a@a.example")));
    let after = before
        .clone()
        .with("one", Identity::Alias(address("l@a.example")), alias.with(Field::PermittedSenders, senders))
        .permission("one", "b@a.example", "a@a.example", &[Right::SendAs])
        .permission("one", "a@a.example", "b@a.example", &[Right::FullAccess])
        .administrator("one", "root", false, "@c.example")
        .administrator("one", "helpdesk", false, "@b.example")
        .administrator("two", "helpdesk", true, "");
    tells(
        &before,
        &after,
        &[
            "Moves l@a.example, lost b@a.example, gained a@a.example",
            "Read a@a.example, gained b@a.example, along {\"l@a.example\"}",
            "Read b@a.example, lost a@a.example, along {\"@a.example\", \"l@a.example\"}",
            "SendOnBehalf b@a.example, lost a@a.example",
            "SendAs b@a.example, gained a@a.example",
            "SendAs l@a.example, gained b@a.example",
            "AdministerAll, lost root, on one",
            "AdministerAll, gained helpdesk, on two",
            "Administer @a.example, lost helpdesk, on one",
            "Administer @b.example, gained helpdesk, on one",
        ],
    );
    let gone = after.clone().without("one", &Identity::Mailbox(address("a@a.example")));
    tells(
        &after,
        &gone,
        &[
            // The catch-all takes what went there.
            "Swallowed a@a.example, lost a@a.example, gained b@a.example",
            "Moves l@a.example, lost a@a.example, gained b@a.example",
            "Read a@a.example, lost b@a.example, along {\"l@a.example\"}",
        ],
    );
}
