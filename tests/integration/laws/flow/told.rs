//! What a plan tells, taken apart so that it compares, and how it is worded.

use std::collections::BTreeSet;

use mailwright::model::{Address, Effect, EffectCode, EffectKind, Plan};

use super::expected::Fact;

/// What a plan tells, one fact for each address or right, in order; one that is told twice stands twice.
pub(crate) fn facts(plan: &Plan) -> Vec<Fact> {
    let mut facts: Vec<Fact> = plan.effects.iter().flat_map(apart).collect();
    facts.sort();
    facts
}

/// The kind of an effect by its code.
fn kind(code: EffectCode) -> EffectKind {
    match code {
        EffectCode::Bounces
        | EffectCode::Circle
        | EffectCode::DeadEnd
        | EffectCode::Moves
        | EffectCode::Swallowed
        | EffectCode::NoCopy
        | EffectCode::Copy
        | EffectCode::Leaves => EffectKind::Mail,
        EffectCode::Receive
        | EffectCode::Read
        | EffectCode::SendAs
        | EffectCode::SendOnBehalf
        | EffectCode::Administer
        | EffectCode::AdministerAll => EffectKind::Access,
    }
}

fn apart(effect: &Effect) -> Vec<Fact> {
    let whole = |whom: Option<&Address>| Fact {
        code: effect.code,
        whom: whom.cloned(),
        lost: effect.lost.iter().cloned().collect(),
        gained: effect.gained.iter().cloned().collect(),
        along: effect.along.iter().cloned().collect(),
        connection: effect.connection.clone(),
    };
    let of_each: Vec<Fact> = if effect.addresses.is_empty() {
        vec![whole(None)]
    } else {
        effect.addresses.iter().map(|address| whole(Some(address))).collect()
    };
    if kind(effect.code) == EffectKind::Mail || effect.code == EffectCode::Receive {
        return of_each;
    }
    let mut facts = Vec::new();
    for fact in of_each {
        let only = |lost: &[String], gained: &[String]| Fact {
            lost: lost.iter().cloned().collect(),
            gained: gained.iter().cloned().collect(),
            ..fact.clone()
        };
        facts.extend(fact.lost.iter().map(|who| only(std::slice::from_ref(who), &[])));
        facts.extend(fact.gained.iter().map(|who| only(&[], std::slice::from_ref(who))));
        if fact.lost.is_empty() && fact.gained.is_empty() {
            facts.push(fact);
        }
    }
    facts
}

/// What is wrong with the way in which a plan tells it, whatever it tells.
pub(crate) fn mistakes(plan: &Plan) -> Vec<String> {
    let mut mistakes = Vec::new();
    let mut texts = BTreeSet::new();
    for effect in &plan.effects {
        let mut say = |what: &str| mistakes.push(format!("{what}: {effect:?}"));
        if effect.text.trim().is_empty() || effect.text.contains('\n') {
            say("no line of text");
        }
        if !texts.insert(&effect.text) {
            say("its text stands twice");
        }
        let named = |address: &Address| match effect.code {
            EffectCode::Administer => effect.text.contains(address.domain()),
            _ => effect.text.contains(address.shown()),
        };
        if !effect.addresses.iter().all(named) {
            say("its text leaves out an address");
        }
        if effect.kind != kind(effect.code) {
            say("its kind is not that of its code");
        }
        let sorted = effect.addresses.is_sorted_by(|a, b| a < b)
            && effect.along.is_sorted_by(|a, b| a < b)
            && effect.lost.is_sorted_by(|a, b| a < b)
            && effect.gained.is_sorted_by(|a, b| a < b);
        if !sorted {
            say("a list of it is not sorted, or names something twice");
        }
    }
    mistakes
}

/// The facts that only one side has, one a line; none where both say the same.
pub(crate) fn disagreement(expected: &BTreeSet<Fact>, told: &[Fact]) -> Option<String> {
    let mut open = expected.clone();
    let mut lines = Vec::new();
    for fact in told {
        if !open.remove(fact) {
            let twice = if expected.contains(fact) { "told twice" } else { "told, and untrue" };
            lines.push(format!("  {twice}: {fact}\n"));
        }
    }
    lines.extend(open.iter().map(|fact| format!("  not told: {fact}\n")));
    (!lines.is_empty()).then(|| lines.concat())
}
