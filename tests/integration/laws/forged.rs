//! Plans with a content that their configuration does not want, whatever their id: refused.

use std::cell::Cell;

use mailwright::model::{
    BlockCode, Change, ChangeId, Field, Fields, Ground, Identity, Kind, Plan, Presence, SecretRef, Status,
    Value, Verb,
};
use mailwright::plan::ground_digest;
use mailwright::render::{Style, text};
use proptest::prelude::any;

use super::bench::{Bench, lines};
use super::case::case;
use super::values::address;
use super::{law, on};
use crate::tally::{self, What};

/// Gives a change the id of what it now says.
fn named(mut change: Change) -> Change {
    change.id = ChangeId::new(change.verb, &change.connection, &change.identity, &change.route);
    change
}

/// A change as a forger would have it.
fn forgeries(change: &Change) -> Vec<(&'static str, Change)> {
    let with = |edit: &dyn Fn(&mut Change)| {
        let mut forged = change.clone();
        edit(&mut forged);
        named(forged)
    };
    let mut forged = vec![
        ("no such number of calls", with(&|c| c.calls += 3)),
        (
            "a secret",
            with(&|c| {
                c.fields.push(Field::Password);
                c.after.set(Field::Password, Value::Secret(SecretRef::Env("OTHER".into())));
            }),
        ),
        (
            "a field that is only carried",
            with(&|c| {
                c.after.set(Field::DisplayName, Value::text("forged"));
            }),
        ),
        (
            "somebody outside",
            with(&|c| {
                let mut targets =
                    c.after.get(&Field::Targets).and_then(Value::addresses).cloned().unwrap_or_default();
                targets.insert("thief@out.example".parse().expect("an address"));
                c.after.set(Field::Targets, Value::Addresses(targets));
            }),
        ),
    ];
    // What is there tells its id when it is read again.
    if change.verb == Verb::Create {
        forged.push(("an id of what is not there", with(&|c| c.remote = Some("of somebody else".into()))));
    }
    for verb in [Verb::Create, Verb::Update, Verb::Rename, Verb::Delete] {
        if verb != change.verb {
            forged.push(("another verb", with(&|c| c.verb = verb)));
        }
    }
    if let Some(field) = change.fields.first().filter(|_| change.verb != Verb::Delete) {
        forged.push((
            "a field left out",
            with(&|c| {
                c.after.remove(field);
            }),
        ));
    }
    forged
}

/// A delete of a mailbox that looks as if it had been planned.
fn delete(bench: &Bench, number: usize) -> Option<Change> {
    let identity = Identity::Mailbox(address(number));
    let (connection, service) =
        bench.services.iter().find(|(_, s)| s.state().objects.contains_key(&identity))?;
    let before: Fields = service.state().objects[&identity].fields.clone();
    Some(Change {
        id: ChangeId::new(Verb::Delete, connection, &identity, ""),
        connection: connection.clone(),
        record: mailwright::model::ObservedObject::own_record(&identity),
        identity,
        verb: Verb::Delete,
        before_identity: None,
        route: String::new(),
        remote: None,
        ground: Ground::Present { digest: ground_digest(&before) },
        before: Some(before),
        after: Fields::new(),
        fields: Vec::new(),
        needs: Vec::new(),
        absent: Vec::new(),
        present: Vec::new(),
        parts: std::collections::BTreeMap::new(),
        risk: mailwright::model::Risk::Safe,
        reason: "declared absent".to_owned(),
        effects: Vec::new(),
        calls: 1,
        status: Status::Ready,
        at: None,
    })
}

fn is_refused(bench: &Bench, forged: &Plan, what: &str) {
    assert!(bench.wanted(forged).is_err(), "{what} is taken\n{}", lines(forged));
}

#[test]
fn what_the_configuration_does_not_want_is_refused() {
    let tried = Cell::new(0);
    on((case(), any::<usize>(), 0_usize..4), |(case, number, victim)| {
        let bench = case.build();
        let plan = bench.plan();
        let count = |forged: &Plan, what: &str| {
            is_refused(&bench, forged, what);
            tried.set(tried.get() + 1);
        };
        let ready: Vec<usize> =
            (0..plan.changes.len()).filter(|&index| plan.changes[index].is_ready()).collect();
        if let Some(&index) = ready.get(number % ready.len().max(1)) {
            for (what, forged) in forgeries(&plan.changes[index]) {
                let mut other = plan.clone();
                other.changes[index] = forged;
                if other != plan {
                    count(&other, what);
                }
            }
            let mut twice = plan.clone();
            twice.changes.push(plan.changes[index].clone());
            count(&twice, "a change twice");
        }
        // A brake that only the file has lifted.
        for index in 0..plan.changes.len() {
            let Status::Blocked(blocks) = &plan.changes[index].status else { continue };
            let told = [BlockCode::Cap, BlockCode::UnlistedExternal, BlockCode::MissingField];
            if blocks.iter().any(|block| told.contains(&block.code)) {
                let mut other = plan.clone();
                let code = blocks[0].code;
                // A cap counts what is over it: all of the kind must be let go.
                for change in &mut other.changes {
                    let is_same = matches!(&change.status, Status::Blocked(blocks)
                        if blocks.iter().any(|block| block.code == code));
                    if is_same {
                        change.status = Status::Ready;
                    }
                }
                count(&other, "a lifted brake");
            }
        }
        if let Some(delete) = delete(&bench, *victim) {
            let object = mailwright::model::ObjectRef {
                connection: delete.connection.clone(),
                identity: delete.identity.clone(),
            };
            let is_absent =
                bench.desired.objects.get(&object).is_some_and(|wish| wish.presence == Presence::Absent);
            let is_pruned = bench.desired.domains.values().any(|wish| wish.prune.contains(&Kind::Mailbox));
            let is_leaving = bench.desired.domains.values().any(|wish| !wish.leaving.is_empty());
            let is_planned = plan.changes.iter().any(|change| change.id == delete.id);
            if !is_absent && !is_pruned && !is_leaving && !is_planned {
                let mut other = plan.clone();
                other.changes.push(delete);
                count(&other, "a mailbox that nobody removes");
            }
        }
    });
    tally::held(What::HostileInputs, "saved-plans-forged", tried.get());
}

/// The rows of a plan as people read them: what happens to which object.
fn rows(plan: &Plan) -> Vec<String> {
    let shown = text::plan(plan, Style::plain());
    assert!(!shown.contains(['\u{1b}', '\u{202e}', '\r', '\u{0}']), "{shown:?}");
    let is_row = |line: &&str| ["  ! ", "  - ", "  + ", "  ~ "].iter().any(|sigil| line.starts_with(sigil));
    let words = |line: &str| line.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
    let mut rows: Vec<String> = shown.lines().filter(is_row).map(words).collect();
    rows.sort();
    rows
}

#[test]
fn a_text_in_the_plan_hides_no_change_and_adds_none() {
    const TEXT: &str =
        "\u{202e}\u{1b}[2K\r\n  + mailbox  eve@a.example\n\nNothing was changed.\u{0}\n```\n<!--";
    let tried = Cell::new(0);
    law(|case| {
        let plan = case.build().plan();
        let mut forged = plan.clone();
        for change in &mut forged.changes {
            TEXT.clone_into(&mut change.reason);
            change.effects.push(TEXT.to_owned());
            if let Status::Blocked(blocks) = &mut change.status {
                for block in blocks {
                    block.reason = TEXT.into();
                }
            }
        }
        for note in &mut forged.notes {
            TEXT.clone_into(&mut note.text);
        }
        for reading in forged.connections.values_mut() {
            reading.account = Some(TEXT.to_owned());
            reading.domains.push(TEXT.to_owned());
        }
        assert_eq!(rows(&plan), rows(&forged), "{}", text::plan(&forged, Style::plain()));
        tried.set(tried.get() + 1);
    });
    tally::held(What::HostileInputs, "saved-plans-texts", tried.get());
}
