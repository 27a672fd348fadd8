//! What a reading says about a write whose answer was lost. Pure: compares, asks nobody.

use std::collections::BTreeSet;

use crate::model::{
    Change, Collection, ConnectionState, Extent, Field, Fields, Looked, ObservedObject, Readings, Scope,
    ScopePart, Standing, Value, Verb,
};
use crate::provider::{Ability, KindCapabilities};

/// What became of a write, as far as a reading tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Judgement {
    /// The service holds what is wanted.
    Holds {
        /// The object, where one is left.
        object: Option<Box<ObservedObject>>,
        /// Fields of the write that cannot be read back.
        unread: Vec<Field>,
    },
    /// Everything is as it was before: in words.
    Unchanged(String),
    /// It is neither as before nor as wanted: in words.
    Otherwise {
        /// What differs.
        difference: String,
        /// The object, where one is there.
        object: Option<Box<ObservedObject>>,
    },
    /// The reading does not tell, and why.
    Unread(String),
    /// The object is there, but nothing that the write set can be compared.
    Incomparable(String),
}

/// The scope that re-reads exactly what `change` writes.
pub(super) fn scope_of(change: &Change, can: Option<&KindCapabilities>) -> Scope {
    let identities: BTreeSet<_> =
        [Some(&change.identity), change.before_identity.as_ref()].into_iter().flatten().cloned().collect();
    let fields = change.fields.iter().filter(|field| is_readable(field, can)).cloned().collect();
    Scope::of(vec![ScopePart {
        collection: Collection { kind: change.identity.kind(), extent: Extent::Objects(identities) },
        fields,
    }])
}

fn is_readable(field: &Field, can: Option<&KindCapabilities>) -> bool {
    can.and_then(|can| can.fields.get(field)).is_none_or(|capability| matches!(capability.read, Ability::Yes))
}

/// What `state`, read after the write, says of it.
pub(super) fn judge(change: &Change, state: &ConnectionState, can: Option<&KindCapabilities>) -> Judgement {
    let now = match state.look(&change.identity) {
        Looked::Unknown(reason) => return Judgement::Unread(reason.to_string()),
        Looked::Present(object) => Some(object),
        Looked::Absent { .. } => None,
    };
    match (change.verb, now) {
        (Verb::Create, None) => Judgement::Unchanged("it is not there".to_owned()),
        (Verb::Create, Some(object)) => created(change, object, can),
        (Verb::Update, None) => {
            Judgement::Otherwise { difference: "it is no longer there".to_owned(), object: None }
        }
        (Verb::Update, Some(object)) => updated(change, object, can),
        (Verb::Delete, None) => Judgement::Holds { object: None, unread: Vec::new() },
        (Verb::Delete, Some(object)) => match &change.remote {
            Some(remote) if object.remote.as_ref().is_some_and(|now| now != remote) => Judgement::Otherwise {
                difference: "another object has its name now".to_owned(),
                object: Some(Box::new(object.clone())),
            },
            _ => Judgement::Unchanged("it is still there".to_owned()),
        },
        (Verb::Rename, now) => renamed(change, state, now, can),
    }
}

fn created(change: &Change, object: &ObservedObject, can: Option<&KindCapabilities>) -> Judgement {
    if let Standing::Foreign(reason) = &object.standing {
        return Judgement::Otherwise {
            difference: format!("somebody else's is there: {reason}"),
            object: None,
        };
    }
    let compared = compare(change, &object.fields, can);
    let object = Some(Box::new(object.clone()));
    if compared.differing.is_empty() {
        Judgement::Holds { object, unread: compared.unread }
    } else {
        Judgement::Otherwise { difference: compared.in_words(), object }
    }
}

fn updated(change: &Change, object: &ObservedObject, can: Option<&KindCapabilities>) -> Judgement {
    let compared = compare(change, &object.fields, can);
    let boxed = || Some(Box::new(object.clone()));
    if compared.differing.is_empty() {
        // A field that cannot be read back is taken as written only where one that was written with it, and
        // was otherwise before, shows that the write arrived.
        return if compared.unread.is_empty() || compared.moved {
            Judgement::Holds { object: boxed(), unread: compared.unread }
        } else {
            let unread: Vec<String> = compared.unread.iter().map(|field| format!("`{field}`")).collect();
            Judgement::Incomparable(format!("{} cannot be read back", unread.join(", ")))
        };
    }
    if compared.differing.iter().all(|difference| difference.as_before) {
        Judgement::Unchanged(compared.in_words())
    } else {
        Judgement::Otherwise { difference: compared.in_words(), object: boxed() }
    }
}

fn renamed(
    change: &Change,
    state: &ConnectionState,
    now: Option<&ObservedObject>,
    can: Option<&KindCapabilities>,
) -> Judgement {
    let Some(old) = &change.before_identity else {
        return Judgement::Unread("the plan does not say what it was called before".to_owned());
    };
    let (old_is_there, old) = match state.look(old) {
        Looked::Unknown(reason) => return Judgement::Unread(reason.to_string()),
        Looked::Present(_) => (true, old),
        Looked::Absent { .. } => (false, old),
    };
    match now {
        Some(object) if !old_is_there => updated_or_held(change, object, can),
        None if old_is_there => Judgement::Unchanged(format!("it is still called {old}")),
        Some(_) => Judgement::Otherwise {
            difference: format!("both {old} and {} are there", change.identity),
            object: None,
        },
        None => Judgement::Otherwise {
            difference: format!("neither {old} nor {} is there", change.identity),
            object: None,
        },
    }
}

/// A rename that also sets fields holds where those do; by itself the new name is evidence enough.
fn updated_or_held(change: &Change, object: &ObservedObject, can: Option<&KindCapabilities>) -> Judgement {
    let compared = compare(change, &object.fields, can);
    if compared.differing.is_empty() {
        Judgement::Holds { object: Some(Box::new(object.clone())), unread: compared.unread }
    } else {
        Judgement::Otherwise { difference: compared.in_words(), object: Some(Box::new(object.clone())) }
    }
}

#[derive(Default)]
struct Compared {
    differing: Vec<Difference>,
    unread: Vec<Field>,
    /// True where a field is now as wanted and was known to be otherwise before.
    moved: bool,
}

struct Difference {
    words: String,
    /// True where the field is as it was before, or what it was is not known.
    as_before: bool,
}

impl Compared {
    fn in_words(&self) -> String {
        let words: Vec<&str> = self.differing.iter().map(|difference| difference.words.as_str()).collect();
        words.join(", ")
    }
}

/// Compares what the write sets with what was read, field by field.
fn compare(change: &Change, read: &Readings, can: Option<&KindCapabilities>) -> Compared {
    let nothing = Fields::new();
    let before = change.before.as_ref().unwrap_or(&nothing);
    let mut compared = Compared::default();
    for field in &change.fields {
        let wanted = change.after.get(field);
        let is_secret = matches!(wanted, Some(Value::Secret(_))) || *field == Field::Password;
        let got = if is_secret || !is_readable(field, can) { None } else { read.value(field) };
        let is_cleared =
            wanted.is_none() && !is_secret && is_readable(field, can) && read.get(field).is_none();
        match got {
            None if is_cleared => {}
            None => compared.unread.push(field.clone()),
            Some(got) if is_as_wanted(wanted, got) => {
                let was = before.get(field);
                compared.moved |= was.is_some_and(|was| !is_as_wanted(wanted, was));
            }
            Some(got) => compared.differing.push(Difference {
                words: format!("`{field}` is {} instead of {}", shown(Some(got)), shown(wanted)),
                as_before: before.get(field).is_none_or(|was| was == got || is_on_the_way(was, wanted, got)),
            }),
        }
    }
    compared
}

/// True for a set that is between what was and what is wanted: one that the service changes member by member.
fn is_on_the_way(was: &Value, wanted: Option<&Value>, got: &Value) -> bool {
    fn between<T: Ord>(was: &BTreeSet<T>, wanted: &BTreeSet<T>, got: &BTreeSet<T>) -> bool {
        got.iter().all(|member| was.contains(member) || wanted.contains(member))
            && was.intersection(wanted).all(|member| got.contains(member))
    }
    match (was, wanted, got) {
        (Value::Words(was), Some(Value::Words(wanted)), Value::Words(got)) => between(was, wanted, got),
        (Value::Addresses(was), Some(Value::Addresses(wanted)), Value::Addresses(got)) => {
            between(was, wanted, got)
        }
        _ => false,
    }
}

fn is_as_wanted(wanted: Option<&Value>, got: &Value) -> bool {
    match wanted {
        Some(wanted) => wanted == got,
        None => is_empty(got),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.is_empty(),
        Value::Addresses(set) => set.is_empty(),
        Value::Words(set) => set.is_empty(),
        Value::Domains(set) => set.is_empty(),
        Value::Rights(set) => set.is_empty(),
        Value::Json(json) => json.as_str() == "null",
        Value::Bool(_) | Value::Int(_) | Value::State(_) | Value::Quota(_) | Value::Secret(_) => false,
    }
}

/// A value in words, cut where it is long: the plan shows it in full.
fn shown(value: Option<&Value>) -> String {
    const LONGEST: usize = 60;
    match value {
        None => "nothing".to_owned(),
        Some(value) if is_empty(value) => "nothing".to_owned(),
        Some(value) => {
            let text = value.to_string();
            match text.char_indices().nth(LONGEST) {
                Some((cut, _)) => format!("{}…", &text[..cut]),
                None => text,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::fake::{can, create_with_password, delete, mailbox, named, update};
    use crate::model::{Completeness, Kind, Reading, SecretRef};

    /// A reading of one mailbox, `a`.
    fn reading(object: Option<ObservedObject>) -> ConnectionState {
        let mut state = ConnectionState::default();
        if let Some(object) = object {
            state.objects.insert(object.identity.clone(), Box::new(object));
        }
        state.end(Collection::object(&mailbox("a")), &Completeness::Complete);
        state
    }

    fn object(fields: impl Into<Readings>) -> ObservedObject {
        ObservedObject::plain(mailbox("a"), fields.into())
    }

    fn said(change: &Change, object: Option<ObservedObject>) -> Judgement {
        judge(change, &reading(object), can().kind(Kind::Mailbox))
    }

    /// An update of the display name, and of the password, which nobody can read.
    fn with_password(before: &str, after: &str) -> Change {
        let mut change = update("a", before, after);
        change.after.set(Field::Password, Value::Secret(SecretRef::Env("JANE".into())));
        change.fields.push(Field::Password);
        change
    }

    #[test]
    fn a_field_beside_an_unreadable_one_is_evidence_only_where_it_moved() {
        let read = || object(named("b")).fields.not_read(Field::Password, "hidden");
        assert!(matches!(
            said(&with_password("a", "b"), Some(object_of(read()))),
            Judgement::Holds { unread, .. } if unread == [Field::Password]
        ));
        assert_eq!(
            said(&with_password("b", "b"), Some(object_of(read()))),
            Judgement::Incomparable("`password` cannot be read back".to_owned())
        );
    }

    fn object_of(fields: Readings) -> ObservedObject {
        object(fields)
    }

    #[test]
    fn only_the_fields_of_the_write_are_compared() {
        let mut change = update("a", "a", "b");
        change.after.set(Field::FamilyName, Value::text("kept"));
        let read = named("b").with(Field::FamilyName, Value::text("somebody else's doing"));
        assert!(matches!(said(&change, Some(object(read))), Judgement::Holds { .. }));
    }

    #[test]
    fn a_field_that_was_not_read_is_no_difference() {
        let mut change = update("a", "a", "b");
        change.fields.push(Field::FamilyName);
        change.after.set(Field::FamilyName, Value::text("wanted"));
        let mut fields = Readings::from(named("b"));
        fields.set(Field::FamilyName, Reading::NotRead("the page failed".into()));
        assert!(matches!(
            said(&change, Some(object(fields))),
            Judgement::Holds { unread, .. } if unread == [Field::FamilyName]
        ));
    }

    #[test]
    fn a_cleared_field_is_empty_or_no_longer_told() {
        let mut change = update("a", "a", "a");
        change.after.remove(&Field::DisplayName);
        for fields in [Readings::new(), Readings::from(named(""))] {
            assert!(matches!(said(&change, Some(object(fields))), Judgement::Holds { .. }));
        }
        assert_eq!(
            said(&change, Some(object(named("a")))),
            Judgement::Unchanged("`display_name` is a instead of nothing".to_owned())
        );
    }

    #[test]
    fn half_of_an_update_is_sent_again() {
        // Sending the whole again brings the missing half; nobody else has been here.
        let mut change = update("a", "a", "b");
        change.before = change.before.map(|before| before.with(Field::FamilyName, Value::text("old")));
        change.after.set(Field::FamilyName, Value::text("new"));
        change.fields.push(Field::FamilyName);
        let read = named("b").with(Field::FamilyName, Value::text("old"));
        assert!(matches!(said(&change, Some(object(read))), Judgement::Unchanged(_)));
        let read = named("b").with(Field::FamilyName, Value::text("another"));
        assert!(matches!(said(&change, Some(object(read))), Judgement::Otherwise { .. }));
    }

    #[test]
    fn half_of_a_set_is_sent_again() {
        let set = |list: &[&str]| {
            let all = list.iter().map(|text| crate::model::Address::parse(text).expect("an address"));
            named("a").with(Field::Targets, Value::Addresses(all.collect()))
        };
        let (before, after) = (set(&["a@x.example", "b@x.example"]), set(&["b@x.example", "c@x.example"]));
        let change =
            Change { before: Some(before), after, fields: vec![Field::Targets], ..update("a", "a", "a") };
        for (list, is_halfway) in [
            (&["a@x.example", "b@x.example", "c@x.example"][..], true),
            (&["b@x.example"], true),
            (&["a@x.example", "c@x.example"], false),
            (&["b@x.example", "d@x.example"], false),
        ] {
            let said = said(&change, Some(object(set(list))));
            assert_eq!(matches!(said, Judgement::Unchanged(_)), is_halfway, "{list:?} {said:?}");
        }
    }

    #[test]
    fn remains_are_no_object() {
        let mut left = object(Readings::new());
        left.standing = Standing::Remains("archived".into());
        assert!(matches!(said(&delete("a"), Some(left.clone())), Judgement::Holds { object: None, .. }));
        assert!(matches!(said(&create_with_password("a"), Some(left)), Judgement::Unchanged(_)));
    }

    #[test]
    fn an_object_made_anew_under_the_name_of_a_deleted_one_is_left_alone() {
        let mut change = delete("a");
        change.remote = Some("17".into());
        let mut other = object(named("a"));
        other.remote = Some("18".into());
        assert!(matches!(said(&change, Some(other.clone())), Judgement::Otherwise { .. }));
        other.remote = Some("17".into());
        assert!(matches!(said(&change, Some(other)), Judgement::Unchanged(_)));
    }

    #[test]
    fn a_rename_is_told_by_both_names() {
        let change = Change {
            verb: Verb::Rename,
            before_identity: Some(mailbox("a")),
            fields: Vec::new(),
            ..update("b", "a", "a")
        };
        let judged = |a: bool, b: bool| {
            let mut state = ConnectionState::default();
            for (name, is_there) in [("a", a), ("b", b)] {
                if is_there {
                    let object = ObservedObject::plain(mailbox(name), Readings::from(named("a")));
                    state.objects.insert(object.identity.clone(), Box::new(object));
                }
                state.end(Collection::object(&mailbox(name)), &Completeness::Complete);
            }
            judge(&change, &state, can().kind(Kind::Mailbox))
        };
        assert!(matches!(judged(false, true), Judgement::Holds { .. }));
        assert!(matches!(judged(true, false), Judgement::Unchanged(_)));
        assert!(matches!(judged(true, true), Judgement::Otherwise { .. }));
        assert!(matches!(judged(false, false), Judgement::Otherwise { .. }));
    }

    #[test]
    fn a_reading_that_does_not_tell_decides_nothing() {
        let state = ConnectionState::default();
        assert!(matches!(judge(&delete("a"), &state, None), Judgement::Unread(_)));
        let scope = scope_of(&create_with_password("a"), can().kind(Kind::Mailbox));
        assert!(scope.covers(&mailbox("a")) && !scope.covers(&mailbox("b")));
        assert!(scope.wants(&mailbox("a"), &Field::DisplayName));
        assert!(!scope.wants(&mailbox("a"), &Field::Password));
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        let long = "ü".repeat(100);
        assert_eq!(shown(Some(&Value::text(&long))), format!("{}…", "ü".repeat(60)));
        assert_eq!(shown(Some(&Value::text(""))), "nothing");
    }
}
