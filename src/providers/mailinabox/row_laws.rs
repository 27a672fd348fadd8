//! Laws of editing a row, over every row and every edit of a small world.

use std::collections::BTreeSet;

use crate::model::{Address, Field, Fields, Identity, ObservedObject, Value};

use super::api::{AliasRow, Status, User};
use super::convert::{Users, row_objects};
use super::row::{Edit, Grant, Row, edit_forward, edit_permission};

const X: &str = "x@example.com";
const G: &str = "g@example.com";
const H: &str = "h@example.com";
const LEFT: &str = "left@example.com";
const OUT: &str = "out@partner.example";
const STRANGE: &str = "\"a b\"@example.com";

fn address(text: &str) -> Address {
    Address::parse_or_domain(text).expect(text)
}

fn users() -> Users {
    let user = |email: &str| User {
        email: email.into(),
        privileges: Vec::new(),
        status: Status::Active,
        quota: None,
        box_size: None,
    };
    Users::new(&[user(X), user(G), user(H)])
}

fn subsets(of: &[&str]) -> Vec<Vec<String>> {
    let subset = |bits: usize| {
        let chosen = of.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
        chosen.map(|(_, text)| (*text).to_owned()).collect()
    };
    (0..1 << of.len()).map(subset).collect()
}

/// Every row that can stand at x's address, and none.
fn rows() -> Vec<Option<AliasRow>> {
    let mut rows = vec![None];
    for forwards_to in subsets(&[X, G, OUT, STRANGE]) {
        let senders = subsets(&[X, G, H, LEFT]).into_iter().filter(|senders| !senders.is_empty()).map(Some);
        for permitted_senders in senders.chain([None]) {
            if forwards_to.is_empty() && permitted_senders.is_none() {
                continue;
            }
            // The box lists no destination as one empty text.
            let forwards_to = if forwards_to.is_empty() { vec![String::new()] } else { forwards_to.clone() };
            rows.push(Some(AliasRow { address: X.into(), forwards_to, permitted_senders, auto: false }));
        }
    }
    rows
}

fn said(row: Option<&AliasRow>) -> Vec<ObservedObject> {
    row.map_or_else(Vec::new, |row| row_objects(row, &users()))
}

/// The row after an edit, as a box would have it.
fn applied(before: Option<&AliasRow>, edit: &Edit) -> Option<AliasRow> {
    let written = match edit {
        Edit::Same => return before.cloned(),
        Edit::Remove => return None,
        Edit::Put(written) => written,
    };
    for sender in &written.permitted_senders {
        assert!(users().has(&address(sender)), "the box refuses a sender without a mailbox: {sender}");
    }
    assert!(written.permitted_senders.contains(&X.to_owned()), "x may always send as x");
    Some(AliasRow {
        address: X.into(),
        forwards_to: written.forwards_to.clone(),
        permitted_senders: Some(written.permitted_senders.clone()),
        auto: false,
    })
}

fn forward(objects: &[ObservedObject]) -> Option<&ObservedObject> {
    objects.iter().find(|object| matches!(object.identity, Identity::Forward(_)))
}

fn grantees(objects: &[ObservedObject]) -> BTreeSet<String> {
    let grantee = |object: &ObservedObject| match &object.identity {
        Identity::Permission { grantee, .. } => Some(grantee.to_string()),
        _ => None,
    };
    // Who has no mailbox can send as nobody, and the box refuses to write such a sender.
    objects.iter().filter_map(grantee).filter(|grantee| grantee != LEFT).collect()
}

fn is_strange(row: Option<&AliasRow>) -> bool {
    row.is_some_and(|row| row.forwards_to.iter().any(|to| to == STRANGE))
}

#[test]
fn a_forward_s_edit_does_what_it_says_and_touches_no_grant() {
    for before in rows() {
        let old = said(before.as_ref());
        for to in subsets(&[G, H, OUT]).into_iter().filter(|to| !to.is_empty()) {
            for keep in [Some(true), Some(false), None] {
                let wished = Value::Addresses(to.iter().map(|text| address(text)).collect());
                let mut after = Fields::new().with(Field::Targets, wished.clone());
                if let Some(keep) = keep {
                    after.set(Field::KeepCopy, Value::Bool(keep));
                }
                let fields: Vec<Field> = after.iter().map(|(field, _)| field.clone()).collect();
                let edit = |row: Option<&AliasRow>| {
                    let row = row.and_then(Row::read);
                    edit_forward(row.as_ref(), &address(X), Some((&after, &fields)), &users())
                };
                let now = applied(before.as_ref(), &edit(before.as_ref()));
                let new = said(now.as_ref());
                let made = forward(&new).expect("a forward");
                assert_eq!(
                    is_strange(now.as_ref()),
                    is_strange(before.as_ref()),
                    "what cannot be named stays"
                );
                if !is_strange(before.as_ref()) {
                    assert_eq!(made.fields.value(&Field::Targets), Some(&wished), "{before:?}");
                }
                let kept = forward(&old).and_then(|old| old.fields.value(&Field::KeepCopy).cloned());
                let expected = keep.map(Value::Bool).or(kept).unwrap_or(Value::Bool(true));
                assert_eq!(made.fields.value(&Field::KeepCopy), Some(&expected), "{before:?} {keep:?}");
                assert_eq!(grantees(&new), grantees(&old), "{before:?} -> {now:?}");
                assert_eq!(edit(now.as_ref()), Edit::Same, "{now:?}");
            }
        }
    }
}

#[test]
fn a_forward_s_removal_leaves_the_grants() {
    for before in rows() {
        let old = said(before.as_ref());
        let edit = |row: Option<&AliasRow>| {
            edit_forward(row.and_then(Row::read).as_ref(), &address(X), None, &users())
        };
        let now = applied(before.as_ref(), &edit(before.as_ref()));
        let new = said(now.as_ref());
        assert!(forward(&new).is_none(), "{before:?} -> {now:?}");
        assert_eq!(grantees(&new), grantees(&old), "{before:?} -> {now:?}");
        assert_eq!(edit(now.as_ref()), Edit::Same, "{now:?}");
    }
}

#[test]
fn a_permission_s_edit_does_what_it_says_and_touches_no_forward() {
    for before in rows() {
        let old = said(before.as_ref());
        for (grantee, way) in [G, H, LEFT].into_iter().flat_map(|g| [(g, Grant::Give), (g, Grant::Take)]) {
            let edit = |row: Option<&AliasRow>| {
                let row = row.and_then(Row::read);
                edit_permission(row.as_ref(), &address(X), &address(grantee), way, &users())
            };
            let Ok(made) = edit(before.as_ref()) else {
                assert_eq!((grantee, way), (LEFT, Grant::Give), "nothing else is refused");
                continue;
            };
            let now = applied(before.as_ref(), &made);
            let new = said(now.as_ref());
            let mut expected = grantees(&old);
            match way {
                Grant::Give => expected.insert(grantee.to_owned()),
                Grant::Take => expected.remove(grantee),
            };
            assert_eq!(grantees(&new), expected, "{before:?} -> {now:?}");
            let (was, is) = (forward(&old), forward(&new));
            assert_eq!(was.map(|f| &f.fields), is.map(|f| &f.fields), "{before:?} -> {now:?}");
            assert_eq!(edit(now.as_ref()).expect("as before"), Edit::Same, "{now:?}");
        }
    }
}
