//! The conditions under which jobs run, worked out for the events that there are.

use std::collections::{BTreeMap, BTreeSet};

/// The variables of an event.
pub(super) type Event<'a> = BTreeMap<&'a str, &'a str>;

/// Whether a condition holds. It may be `a == b`, `a != b`, and several with `&&`; a name is a variable.
pub(super) fn holds(condition: &str, event: &Event<'_>) -> bool {
    condition.split("&&").all(|term| {
        let (left, right, wanted) = match (term.split_once("=="), term.split_once("!=")) {
            (Some((left, right)), None) => (left, right, true),
            (None, Some((left, right))) => (left, right, false),
            _ => panic!("{term:?} is more than these tests can read"),
        };
        (value(left.trim(), event) == value(right.trim(), event)) == wanted
    })
}

fn value<'a>(word: &'a str, event: &Event<'a>) -> &'a str {
    for quote in ['\'', '"'] {
        if let Some(text) = word.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return text;
        }
    }
    let name = word.strip_prefix('$').unwrap_or(word);
    assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "._".contains(c)), "{word:?} is no variable");
    event.get(name).copied().unwrap_or_default()
}

/// The names of those whose condition holds.
pub(super) fn that_run(jobs: &BTreeMap<String, Vec<String>>, event: &Event<'_>) -> BTreeSet<String> {
    let runs = |conditions: &Vec<String>| conditions.iter().any(|condition| holds(condition, event));
    jobs.iter().filter(|(_, conditions)| runs(conditions)).map(|(name, _)| name.clone()).collect()
}

#[test]
fn conditions_are_worked_out() {
    let event = Event::from([("CI_A", "x"), ("b.c", "x"), ("d", "y")]);
    for (condition, wanted) in [
        ("$CI_A == \"x\"", true),
        ("$CI_A == 'y'", false),
        ("$CI_A == b.c && d != 'x'", true),
        ("$CI_A == b.c && d == 'x'", false),
        ("missing == ''", true),
        ("missing == d", false),
    ] {
        assert_eq!(holds(condition, &event), wanted, "{condition}");
    }
}
