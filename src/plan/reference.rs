//! Looks whether what a change names is there, and whether the address that it claims is free.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Address, BlockCode, Change, ConnectionName, Field, Fields, Identity, Kind, Looked, Note, ObjectRef,
    Presence, Standing, Value, Verb,
};

use super::Input;
use super::draft::{Draft, Drafts};
use super::narrow::Within;
use super::parts;
use super::rename::Renames;

/// Addresses that are named in one note; more are counted.
const NAMED: usize = 3;

/// Blocks changes that name what does not exist or claim what somebody else holds.
pub(super) fn check(
    input: &Input<'_>,
    within: &Within<'_>,
    renames: &Renames<'_>,
    drafts: &mut Drafts,
    notes: &mut Vec<Note>,
) {
    let mut gone: BTreeSet<ObjectRef> = drafts
        .changes
        .iter()
        .filter(|draft| draft.change.verb == Verb::Delete)
        .map(|draft| object(&draft.change))
        .collect();
    // They go with a mailbox that is deleted, and along with one that is renamed.
    let inside: Vec<ObjectRef> = gone.iter().flat_map(|object| parts::aliases_going(input, object)).collect();
    gone.extend(inside);
    // A rename that this run leaves out takes nothing away.
    gone.extend(renames.formers().into_iter().filter(|former| {
        let new = former.identity.address().and_then(|old| renames.becomes(&former.connection, old));
        new.is_some_and(|new| within.object(&former.connection, &Identity::Mailbox(new.clone())))
    }));
    // A rename that is held back keeps its former address: who claims that waits for the rename. To remove the
    // mailbox there, as is advised elsewhere, would be to lose what should have moved.
    let mut released = gone.clone();
    released.extend(drafts.changes.iter().filter_map(|draft| {
        let connection = draft.change.connection.clone();
        Some(ObjectRef { connection, identity: draft.change.before_identity.clone()? })
    }));
    let mut unread: BTreeMap<ConnectionName, Vec<String>> = BTreeMap::new();
    for draft in &mut drafts.changes {
        if matches!(draft.change.verb, Verb::Delete) {
            continue;
        }
        match taken(input, renames, &released, &draft.change) {
            Taken::No => {}
            Taken::Not(code, reason) => draft.block(code, reason, None, None),
            Taken::Unread => unread
                .entry(draft.change.connection.clone())
                .or_default()
                .push(draft.change.identity.to_string()),
        }
        if let Some(reason) = without_mailbox(input, &draft.change) {
            draft.block(BlockCode::MissingTarget, reason, None, None);
        }
        // A replacement is a create once it is half done, so all that it names must be there.
        for address in new_references(&draft.change) {
            match there(input, within, &gone, &draft.change, &address) {
                There::Yes => {}
                There::Unknown(reason) => notes.push(Note {
                    text: format!(
                        "whether {address} exists is not known ({reason}); {} names it",
                        draft.change.identity
                    ),
                    at: draft.change.at.clone(),
                }),
                There::LeftOut => {
                    let reason = format!("{address} does not exist yet, and this run leaves it out");
                    draft.block(BlockCode::MissingTarget, reason, None, None);
                }
                There::No => {
                    let reason = nowhere(input, &draft.change, &address);
                    draft.block(BlockCode::MissingTarget, reason, None, None);
                }
            }
        }
    }
    notes.extend(unread.iter().map(|(connection, addresses)| unread_note(connection, addresses)));
}

fn object(change: &Change) -> ObjectRef {
    ObjectRef { connection: change.connection.clone(), identity: change.identity.clone() }
}

/// Addresses that a change begins to name: targets, permitted senders, a new grantee.
pub(super) fn new_references(change: &Change) -> Vec<Address> {
    references_beyond(change, change.before.as_ref())
}

impl Draft {
    /// Addresses that the change begins to name; a replacement begins only with what was not there before.
    pub(super) fn new_references(&self) -> Vec<Address> {
        references_beyond(&self.change, self.replaces.as_ref().or(self.change.before.as_ref()))
    }

    /// Addresses that the change begins to deliver to: who may send as an alias gets none of its mail.
    pub(super) fn new_targets(&self) -> Vec<Address> {
        let before = self.replaces.as_ref().or(self.change.before.as_ref());
        members_beyond(&self.change, before, &Field::Targets)
    }
}

fn references_beyond(change: &Change, before: Option<&Fields>) -> Vec<Address> {
    let mut added = Vec::new();
    if change.verb == Verb::Delete {
        return added;
    }
    for field in [Field::Targets, Field::PermittedSenders] {
        added.extend(members_beyond(change, before, &field));
    }
    if let (Verb::Create, Identity::Permission { grantee, .. }) = (change.verb, &change.identity) {
        added.push(grantee.clone());
    }
    added
}

/// The addresses in a field that a change sets, without those that stood there before.
fn members_beyond(change: &Change, before: Option<&Fields>, field: &Field) -> Vec<Address> {
    // Another call of the same object may carry the field.
    if change.verb == Verb::Delete || change.verb == Verb::Update && !change.fields.contains(field) {
        return Vec::new();
    }
    let before = before.and_then(|before| before.get(field)).and_then(Value::addresses);
    let after = change.after.get(field).and_then(Value::addresses).into_iter().flatten();
    after.filter(|address| before.is_none_or(|before| !before.contains(*address))).cloned().collect()
}

/// Addresses that a change ceases to name.
pub(super) fn dropped_references(change: &Change) -> Vec<Address> {
    let mut dropped = Vec::new();
    let Some(before) = &change.before else {
        return dropped;
    };
    for field in [Field::Targets, Field::PermittedSenders] {
        if change.verb == Verb::Update && !change.fields.contains(&field) {
            continue;
        }
        let after = change.after.get(&field).and_then(Value::addresses);
        if let Some(before) = before.get(&field).and_then(Value::addresses) {
            dropped.extend(before.iter().filter(|a| after.is_none_or(|after| !after.contains(*a))).cloned());
        }
    }
    if let (Verb::Delete, Identity::Permission { grantee, .. }) = (change.verb, &change.identity) {
        dropped.push(grantee.clone());
    }
    dropped
}

enum There {
    Yes,
    No,
    /// It is declared, and this plan was narrowed to something else.
    LeftOut,
    Unknown(String),
}

/// What is said of something that is named and not there.
fn nowhere(input: &Input<'_>, change: &Change, address: &Address) -> String {
    if needs_mailbox(input, change) {
        let store = &change.connection;
        format!(
            "{address} is no mailbox of {store}, and nothing declares it as one: an alias there is one more address \
             of a mailbox"
        )
    } else {
        format!("{address} does not exist and nothing declares it")
    }
}

/// True where what a change names must be a mailbox of the same store: an alias in a mailbox's record needs that very
/// mailbox.
fn needs_mailbox(input: &Input<'_>, change: &Change) -> bool {
    change.identity.kind() == Kind::Alias && parts::hides_aliases(input, &change.connection)
}

/// Whether what a change names is there.
fn there(
    input: &Input<'_>,
    within: &Within<'_>,
    gone: &BTreeSet<ObjectRef>,
    change: &Change,
    address: &Address,
) -> There {
    let in_record = needs_mailbox(input, change);
    let Some(domain) = input.desired.domains.get(address.domain()) else {
        return There::Yes;
    };
    if address.is_domain() {
        return There::Yes;
    }
    let mut unknown = None;
    let mut is_left_out = false;
    for connection in domain.stores().filter(|store| !in_record || **store == change.connection) {
        let catch_all = Address::whole_domain(&address.domain_name());
        let holders = [
            Identity::Mailbox(address.clone()),
            Identity::Alias(address.clone()),
            Identity::Alias(catch_all),
        ];
        for identity in holders.into_iter().take(if in_record { 1 } else { 3 }) {
            let object = ObjectRef { connection: connection.clone(), identity };
            let declared = input.desired.objects.get(&object).map(|wish| wish.presence);
            if declared == Some(Presence::Present) {
                if within.object(connection, &object.identity) {
                    return There::Yes;
                }
                is_left_out = true;
            }
            if declared == Some(Presence::Absent) || gone.contains(&object) {
                continue;
            }
            // Nobody asked for an alias where the address is to be a mailbox.
            if is_left_out && object.identity.kind() == Kind::Alias && parts::hides_aliases(input, connection)
            {
                continue;
            }
            match input.observed.look(connection, &object.identity) {
                Looked::Present(_) => return There::Yes,
                Looked::Unknown(reason) => unknown = unknown.or(Some(reason.to_string())),
                Looked::Absent { .. } => {}
            }
        }
    }
    match unknown {
        Some(reason) => There::Unknown(reason),
        None if is_left_out => There::LeftOut,
        None => There::No,
    }
}

/// Whether the address that a mailbox or an alias claims is free.
enum Taken {
    /// It is, or the plan frees it.
    No,
    /// It is not, or nobody knows: why.
    Not(BlockCode, String),
    /// Nobody asked, since the service itself refuses an address that is taken.
    Unread,
}

fn taken(input: &Input<'_>, renames: &Renames<'_>, released: &BTreeSet<ObjectRef>, change: &Change) -> Taken {
    if !matches!(change.verb, Verb::Create | Verb::Rename) {
        return Taken::No;
    }
    let (other, help) = match &change.identity {
        Identity::Mailbox(address) => {
            (Identity::Alias(address.clone()), "declare the alias `absent` to release it")
        }
        Identity::Alias(address) if !address.is_domain() => {
            (Identity::Mailbox(address.clone()), "declare the mailbox `absent` to release it")
        }
        _ => return Taken::No,
    };
    let holder = ObjectRef { connection: change.connection.clone(), identity: other };
    let is_known =
        input.capabilities.get(&change.connection).and_then(|can| can.kind(holder.identity.kind()));
    if released.contains(&holder) || is_known.is_none() {
        return Taken::No;
    }
    let what = match holder.identity.kind() {
        Kind::Alias => "an alias",
        _ => "a mailbox",
    };
    let becomes = match &holder.identity {
        Identity::Mailbox(old) => renames.becomes(&holder.connection, old),
        _ => None,
    };
    match input.observed.look(&holder.connection, &holder.identity) {
        // A guard that nothing releases says so of a login; advice to remove it would be bad advice.
        Looked::Present(object)
            if object.standing == Standing::Login && holder.identity.kind() == Kind::Mailbox =>
        {
            Taken::No
        }
        Looked::Present(_) if let Some(new) = becomes => {
            let reason = format!("the mailbox of this address becomes {new}, and this run leaves that out");
            Taken::Not(BlockCode::AddressTaken, reason)
        }
        Looked::Present(object) if !matches!(object.standing, Standing::Default(_)) => {
            let reason = format!("{what} that nothing declares has this address; {help}");
            Taken::Not(BlockCode::AddressTaken, reason)
        }
        Looked::Unknown(_)
            if holder.identity.kind() == Kind::Alias && parts::hides_aliases(input, &holder.connection) =>
        {
            Taken::Unread
        }
        Looked::Unknown(reason) => {
            let reason = format!("whether {what} has this address is not known: {reason}");
            Taken::Not(BlockCode::IncompleteRead, reason)
        }
        Looked::Present(_) | Looked::Absent { .. } => Taken::No,
    }
}

/// What is said of new addresses of which it was not read whether some mailbox has them as an alias.
fn unread_note(connection: &ConnectionName, addresses: &[String]) -> Note {
    let named = addresses[..addresses.len().min(NAMED)].join(", ");
    let more = addresses.len().saturating_sub(NAMED);
    let who = if more == 0 { named } else { format!("{named} and {more} more") };
    let text = format!(
        "whether a mailbox of {connection} has {who} as an alias was not read; it refuses what is taken"
    );
    Note { text, at: None }
}

/// Why a part cannot be: its mailbox is not there and nothing creates it.
fn without_mailbox(input: &Input<'_>, change: &Change) -> Option<String> {
    let mailbox = change.identity.part_of()?;
    let object =
        ObjectRef { connection: change.connection.clone(), identity: Identity::Mailbox(mailbox.clone()) };
    match input.desired.objects.get(&object).map(|wish| wish.presence) {
        Some(Presence::Present) => return None,
        Some(Presence::Absent) => return Some(format!("its mailbox {mailbox} is declared absent")),
        None => {}
    }
    match input.observed.look(&object.connection, &object.identity) {
        Looked::Absent { .. } => {
            Some(format!("its mailbox {mailbox} does not exist and nothing declares it"))
        }
        Looked::Present(_) | Looked::Unknown(_) => None,
    }
}
