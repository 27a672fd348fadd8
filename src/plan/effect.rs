//! What happens to mail and to access, in lines for people.

use std::collections::BTreeSet;

use crate::model::{Address, Effect, EffectKind, Field, Identity, Kind, Note, Right, Value, Verb};

use super::Input;
use super::draft::{Cause, Draft, Drafts};
use super::flow;
use super::risk::is_external;
use super::world::World;

/// Every effect of the changes that run, sorted.
pub(super) fn effects(input: &Input<'_>, drafts: &Drafts, world: &World<'_>) -> Vec<Effect> {
    let mut effects = BTreeSet::new();
    let mut say = |kind: EffectKind, text: String| {
        effects.insert(Effect { kind, text });
    };
    for delivery in flow::compare(input, drafts) {
        let address = &delivery.address;
        if !delivery.before.is_empty() && delivery.after.is_empty() {
            say(EffectKind::Mail, format!("{address} will bounce"));
            continue;
        }
        let lost: Vec<String> =
            delivery.before.difference(&delivery.after).map(ToString::to_string).collect();
        if !lost.is_empty() {
            let gained: Vec<String> =
                delivery.after.difference(&delivery.before).map(ToString::to_string).collect();
            let instead =
                if gained.is_empty() { String::new() } else { format!(", but {}", gained.join(", ")) };
            say(EffectKind::Mail, format!("{address} no longer reaches {}{instead}", lost.join(", ")));
        }
    }
    for draft in drafts.changes.iter().filter(|draft| draft.change.is_ready()) {
        mail_leaving(input, draft, &mut say);
        access(draft, &mut say);
    }
    let _ = world;
    effects.into_iter().collect()
}

fn mail_leaving(input: &Input<'_>, draft: &Draft, say: &mut impl FnMut(EffectKind, String)) {
    let change = &draft.change;
    if !matches!(change.identity.kind(), Kind::Alias | Kind::Forward) {
        return;
    }
    for target in draft.new_references() {
        let is_target =
            change.after.get(&Field::Targets).and_then(Value::addresses).is_some_and(|t| t.contains(&target));
        if is_target && is_external(&target, input.desired) {
            say(EffectKind::Mail, format!("mail for {} newly leaves to {target}", change.identity));
        }
    }
}

fn access(draft: &Draft, say: &mut impl FnMut(EffectKind, String)) {
    let change = &draft.change;
    let (gained, lost) = difference(draft);
    match &change.identity {
        Identity::Permission { mailbox, grantee } => {
            for right in Right::ALL {
                let what = match right {
                    Right::FullAccess => "read",
                    Right::SendAs => "send as",
                    Right::SendOnBehalf => "send on behalf of",
                };
                if gained(&Field::Rights).contains(&right.to_string()) {
                    say(EffectKind::Access, format!("{grantee} can newly {what} {mailbox}"));
                }
                if lost(&Field::Rights).contains(&right.to_string()) {
                    say(EffectKind::Access, format!("{grantee} can no longer {what} {mailbox}"));
                }
            }
        }
        Identity::Alias(alias) => {
            for sender in gained(&Field::PermittedSenders) {
                say(EffectKind::Access, format!("{sender} can newly send as {alias}"));
            }
            for sender in lost(&Field::PermittedSenders) {
                say(EffectKind::Access, format!("{sender} can no longer send as {alias}"));
            }
        }
        Identity::Forward(mailbox) => {
            for reader in gained(&Field::Targets) {
                say(EffectKind::Access, format!("{reader} newly receives the mail of {mailbox}"));
            }
        }
        Identity::Administrator(login) => {
            let on = &change.connection;
            let was = change.before.as_ref().and_then(|before| before.get(&Field::Full))
                == Some(&Value::Bool(true));
            let is =
                change.verb != Verb::Delete && change.after.get(&Field::Full) == Some(&Value::Bool(true));
            if is && !was {
                say(EffectKind::Access, format!("{login} becomes a full administrator of {on}"));
            } else if was && !is {
                say(EffectKind::Access, format!("{login} is no longer a full administrator of {on}"));
            }
            if was || is {
                return;
            }
            for domain in gained(&Field::Domains) {
                say(EffectKind::Access, format!("{login} can newly administer {domain} on {on}"));
            }
            for domain in lost(&Field::Domains) {
                say(EffectKind::Access, format!("{login} can no longer administer {domain} on {on}"));
            }
        }
        _ => {}
    }
}

/// The members that a change adds to a set field and takes from it.
fn difference(draft: &Draft) -> (impl Fn(&Field) -> Vec<String>, impl Fn(&Field) -> Vec<String>) {
    let change = &draft.change;
    let members = |fields: Option<&crate::model::Fields>, field: &Field| {
        fields
            .and_then(|fields| fields.get(field))
            .filter(|value| value.is_set())
            .map(Value::members)
            .unwrap_or_default()
    };
    let minus = |from: Vec<String>, these: &[String]| {
        from.into_iter().filter(|member| !these.contains(member)).collect::<Vec<_>>()
    };
    let is_carried = move |field: &Field| change.verb != Verb::Update || change.fields.contains(field);
    // The first half of a replacement takes nothing away: the second one brings back what is still wanted.
    let is_half = change.verb == Verb::Delete && draft.cause == Cause::Replaced;
    let before = draft.replaces.as_ref().or(change.before.as_ref()).filter(|_| !is_half);
    let after = move |field: &Field| {
        if change.verb == Verb::Delete || !is_carried(field) {
            Vec::new()
        } else {
            members(Some(&change.after), field)
        }
    };
    let before = move |field: &Field| {
        if is_carried(field) { members(before, field) } else { Vec::new() }
    };
    (
        move |field: &Field| minus(after(field), &before(field)),
        move |field: &Field| minus(before(field), &after(field)),
    )
}

/// What a reader should know and no change shows.
pub(super) fn notes(input: &Input<'_>, drafts: &Drafts) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut gone: BTreeSet<&Address> = BTreeSet::new();
    for change in drafts.changes.iter().map(|draft| &draft.change).filter(|change| change.is_ready()) {
        if let (Identity::Mailbox(address), Verb::Delete) = (&change.identity, change.verb) {
            gone.insert(address);
        }
    }
    if gone.is_empty() {
        return notes;
    }
    let deleted: BTreeSet<_> = drafts
        .changes
        .iter()
        .filter(|draft| draft.change.is_ready() && draft.change.verb == Verb::Delete)
        .map(|draft| (&draft.change.connection, &draft.change.identity))
        .collect();
    for (connection, state) in &input.observed.connections {
        for identity in state.objects.keys() {
            if let Identity::Permission { mailbox, grantee } = identity
                && gone.contains(grantee)
                && !gone.contains(mailbox)
                && !deleted.contains(&(connection, identity))
            {
                let text = format!("{grantee} goes, its rights on {mailbox} stay behind on {connection}");
                notes.push(Note { text, at: None });
            }
        }
    }
    notes
}
