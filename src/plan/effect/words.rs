//! The lines for people.

use crate::model::{Address, Effect, EffectCode};

/// Addresses whose mail comes along with a mailbox that are named; more are counted.
const NAMED: usize = 5;

/// The line of an effect, from everything else in it.
pub(super) fn line(effect: &Effect) -> String {
    let whose = list(effect.addresses.iter().map(whose));
    let (lost, gained) = (list(names(effect, &effect.lost)), list(names(effect, &effect.gained)));
    let many = effect.addresses.len() > 1;
    let s = if many { "" } else { "s" };
    match effect.code {
        EffectCode::Bounces => format!("{whose} will bounce"),
        EffectCode::Circle => format!("mail for {whose} newly goes in a circle, through {gained}"),
        EffectCode::DeadEnd => format!("part of the mail for {whose} newly bounces, at {gained}"),
        EffectCode::Moves if gained.is_empty() => format!("{whose} no longer reach{} {lost}", es(many)),
        EffectCode::Moves => format!("{whose} no longer reach{} {lost}, but {gained}", es(many)),
        EffectCode::Swallowed if lost.is_empty() => {
            format!("the catch-all takes the mail for {whose}, which newly reaches {gained}")
        }
        EffectCode::Swallowed if gained.is_empty() => {
            format!("the catch-all takes the mail for {whose}, which no longer reaches {lost}")
        }
        EffectCode::Swallowed => {
            format!("the catch-all takes the mail for {whose}, which no longer reaches {lost}, but {gained}")
        }
        EffectCode::NoCopy => format!("{whose} no longer keep{s} a copy of what is forwarded"),
        EffectCode::Copy => format!("{whose} newly keep{s} a copy of what is forwarded"),
        EffectCode::Leaves => format!("mail for {whose} newly leaves to {gained}"),
        EffectCode::Receive => {
            let s = if effect.gained.len() > 1 { "" } else { "s" };
            format!("{gained} newly receive{s} the mail of {whose}")
        }
        EffectCode::Read => can(effect, "read", &whose) + &along(&effect.along),
        EffectCode::SendAs => can(effect, "send as", &whose),
        EffectCode::SendOnBehalf => can(effect, "send on behalf of", &whose),
        EffectCode::Administer => {
            let domains = list(effect.addresses.iter().map(|address| address.domain().to_owned()));
            can(effect, "administer", &domains) + &on(effect)
        }
        EffectCode::AdministerAll if gained.is_empty() => {
            let (is, a) = if effect.lost.len() > 1 { ("are", "") } else { ("is", "a ") };
            let s = if a.is_empty() { "s" } else { "" };
            format!("{lost} {is} no longer {a}full administrator{s}{}", of(effect))
        }
        EffectCode::AdministerAll => {
            let (becomes, a, s) =
                if effect.gained.len() > 1 { ("become", "", "s") } else { ("becomes", "a ", "") };
            format!("{gained} {becomes} {a}full administrator{s}{}", of(effect))
        }
    }
}

/// What an address loses or gains; its own mailbox is called that.
fn names(effect: &Effect, names: &[String]) -> Vec<String> {
    let own = match (effect.code, effect.addresses.as_slice()) {
        (EffectCode::Moves | EffectCode::Swallowed, [one]) => Some(one.to_string()),
        _ => None,
    };
    let word =
        |name: &String| if Some(name) == own.as_ref() { "its own mailbox".to_owned() } else { name.clone() };
    names.iter().map(word).collect()
}

fn es(many: bool) -> &'static str {
    if many { "" } else { "es" }
}

fn can(effect: &Effect, what: &str, whom: &str) -> String {
    if effect.gained.is_empty() {
        format!("{} can no longer {what} {whom}", list(effect.lost.iter().cloned()))
    } else {
        format!("{} can newly {what} {whom}", list(effect.gained.iter().cloned()))
    }
}

fn along(addresses: &[Address]) -> String {
    let mut names: Vec<String> = addresses.iter().take(NAMED).map(whose).collect();
    if addresses.len() > NAMED {
        names.push(format!("{} more", addresses.len() - NAMED));
    }
    if names.is_empty() { String::new() } else { format!(", and with it the mail of {}", list(names)) }
}

fn on(effect: &Effect) -> String {
    effect.connection.as_ref().map_or_else(String::new, |connection| format!(" on {connection}"))
}

fn of(effect: &Effect) -> String {
    effect.connection.as_ref().map_or_else(String::new, |connection| format!(" of {connection}"))
}

fn whose(address: &Address) -> String {
    if address.is_domain() { format!("any other {address}") } else { address.to_string() }
}

fn list(names: impl IntoIterator<Item = String>) -> String {
    let names: Vec<String> = names.into_iter().collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
