use super::*;

fn address(text: &str) -> Address {
    Address::parse_or_domain(text).expect("an address")
}

#[test]
fn a_list_is_written_back_in_order_and_keeps_what_it_does_not_show() {
    let owner = address("Dan@acme.test");
    let stored = "b@x.test, DAN#acme.test@autoreply.test ,|/bin/run,dan@acme.test,,b@x.test";
    let goto = Goto::parse(Owner::Mailbox(&owner), stored);
    assert!(goto.holds_own());
    assert!(goto.targets().is_err_and(|reason| reason.contains("`|/bin/run`")));
    let changed = goto.with_targets(&[address("Z@x.test"), address("a@x.test")].into());
    assert_eq!(
        changed.to_text(&owner),
        "a@x.test,z@x.test,DAN#acme.test@autoreply.test,|/bin/run,dan@acme.test"
    );
    assert_eq!(
        changed.without_own().to_text(&owner),
        "a@x.test,z@x.test,DAN#acme.test@autoreply.test,|/bin/run"
    );
}

#[test]
fn a_domain_stands_only_alone_and_only_for_a_domain() {
    let catch_all = address("@old.test");
    let parse = |text: &str| Goto::parse(Owner::Alias(&catch_all), text).targets();
    assert_eq!(parse("@new.test"), Ok([address("@new.test")].into()));
    assert!(parse("@new.test,a@x.test").is_err());
    let alias = address("a@old.test");
    assert!(Goto::parse(Owner::Alias(&alias), "@new.test").targets().is_err());
    let own = Goto::parse(Owner::Alias(&alias), "a@old.test").targets();
    assert_eq!(own, Ok([alias.clone()].into()), "an alias's own address is a target like any other");
}

#[test]
fn a_self_row_is_no_forward() {
    let owner = address("ann@acme.test");
    let parse = |text: &str| Goto::parse(Owner::Mailbox(&owner), text);
    let live = |text: &str, keep_copy| {
        let targets = [address(text)].into();
        Forwarding::Live { targets: Ok(targets), keep_copy }
    };
    for (text, active, mailbox_active, wanted) in [
        ("ann@acme.test", true, true, Forwarding::None),
        ("", true, true, Forwarding::None),
        ("ann#acme.test@vac.test,ann@acme.test", true, true, Forwarding::None),
        ("b@x.test,ann@acme.test", true, true, live("b@x.test", true)),
        ("b@x.test", true, true, live("b@x.test", false)),
        // With the mailbox the row is off, and what it holds comes back with it.
        ("b@x.test", false, false, live("b@x.test", false)),
        ("b@x.test", false, true, Forwarding::Off),
        ("ann@acme.test", false, true, Forwarding::None),
    ] {
        assert_eq!(
            forwarding(&parse(text), active, mailbox_active),
            wanted,
            "{text} {active} {mailbox_active}"
        );
    }
    // Only an auto-reply: mail reaches nobody, and a declared forward can mend it.
    let nobody = forwarding(&parse("ann#acme.test@vac.test"), true, true);
    assert!(
        matches!(nobody, Forwarding::Live { targets: Ok(targets), keep_copy: false } if targets.is_empty())
    );
}

#[test]
fn a_catch_all_takes_the_mail_of_a_mailbox_without_a_row() {
    let owner = address("ann@acme.test");
    assert!(swallowed(owner.clone(), None, "ann@acme.test").is_none(), "it leads to the mailbox");
    assert!(swallowed(owner.clone(), Some("b@x.test"), "c@x.test").is_none(), "told of already");
    let object = swallowed(owner, Some("ann@acme.test"), "c@x.test,ann@acme.test").expect("taken");
    assert_eq!(object.fields.value(&Field::KeepCopy), Some(&Value::Bool(true)));
}
