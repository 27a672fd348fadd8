//! From a random case to services that hold something.

use std::collections::BTreeMap;

use mailwright::model::{ConnectionName, Field, Fields, Identity, Narrowing, Standing, Value};
use mailwright::provider::Capabilities;

use super::bench::Bench;
use super::case::{ALLOW, Case, Held, LOGINS, OURS};
use super::values::{
    self, address, addresses, connection, domain, kind_of, name, quota, rights, standing_of, words,
};
use crate::memory::{Memory, STORES, State, Stored, profile};

impl Case {
    /// The store that answers for an address of ours.
    pub(crate) fn store_of(&self, number: usize) -> ConnectionName {
        let on_two = self.split && address(number).domain() == "b.example";
        connection(if on_two { "two" } else { "one" })
    }

    /// The services and the configuration.
    pub(crate) fn build(&self) -> Bench {
        let mut capabilities = BTreeMap::from([(connection("one"), profile(STORES[self.profiles.0]))]);
        if self.split {
            capabilities.insert(connection("two"), profile(STORES[self.profiles.1]));
        }
        if self.filter {
            capabilities.insert(connection("gate"), profile("filter"));
        }
        let services = capabilities
            .iter()
            .map(|(name, can)| (name.clone(), Memory::new(self.hold(name, can))))
            .collect();
        let desired = self.wish(&capabilities);
        let mut narrowing = Narrowing::default();
        narrowing.only.extend(self.only.map(str::to_owned));
        Bench {
            desired,
            services,
            capabilities,
            overrides: self.allow.iter().map(|&n| ALLOW[n].parse().expect("an override")).collect(),
            narrowing,
            today: jiff::civil::date(2026, 3, 1),
        }
    }

    fn hold(&self, connection: &ConnectionName, can: &Capabilities) -> State {
        let domains: &[&str] = match connection.as_str() {
            "two" => &["b.example"],
            _ if self.split => &["a.example"],
            _ => &["a.example", "b.example"],
        };
        let mut state = State::of(can.clone(), domains.iter().map(|name| domain(name)));
        if connection.as_str() == "gate" {
            for number in (0..OURS).filter(|number| self.registered >> number & 1 == 1) {
                let address = address(number);
                if !address.is_domain() && address.domain() == "a.example" {
                    put(&mut state, Identity::Registration(address), &Fields::new(), 0);
                }
            }
        }
        for (number, (held, _)) in self.slots.iter().enumerate() {
            if self.store_of(number) == *connection {
                hold_address(&mut state, number, held);
            } else if connection.as_str() == "one"
                && self.leaving.is_some()
                && let Some(held) = number.checked_sub(6).and_then(|index| self.left_behind.get(index))
            {
                hold_address(&mut state, number, held);
            }
        }
        state.settle_aliases();
        state.drop_homeless_aliases();
        if connection.as_str() != "gate" {
            self.hold_parts(&mut state, connection);
            self.hold_administrators(&mut state, connection);
            self.trouble(&mut state);
        }
        state
    }

    fn hold_parts(&self, state: &mut State, connection: &ConnectionName) {
        for (number, parts) in self.parts.iter().enumerate() {
            let mailbox = address(number);
            if self.store_of(number) != *connection
                || !state.objects.contains_key(&Identity::Mailbox(mailbox.clone()))
            {
                continue;
            }
            if let Some((targets, keep)) = &parts.forward.held {
                let fields = Fields::new()
                    .with(Field::Targets, addresses(targets))
                    .with(Field::KeepCopy, Value::Bool(*keep));
                put(state, Identity::Forward(mailbox.clone()), &fields, 0);
            }
            for (grantee, both) in &parts.permissions {
                if let Some(bits) = both.held.filter(|_| *grantee != number && *grantee != 5) {
                    let identity =
                        Identity::Permission { mailbox: mailbox.clone(), grantee: address(*grantee) };
                    put(state, identity, &Fields::new().with(Field::Rights, rights(bits)), 0);
                }
            }
            if let Some(bits) = parts.block.held {
                let fields = Fields::new().with(Field::Block, words(bits));
                put(state, Identity::SenderRules(mailbox), &fields, 0);
            }
        }
    }

    fn hold_administrators(&self, state: &mut State, connection: &ConnectionName) {
        for (login, both) in LOGINS.iter().zip(&self.administrators) {
            if let Some(full) = both.held.filter(|_| connection.as_str() == "one") {
                let fields = Fields::new().with(Field::Full, Value::Bool(full));
                put(state, Identity::administrator(login), &fields, 0);
            }
        }
        let own = match self.login {
            1 => Identity::Mailbox(address(3)),
            2 => Identity::administrator("root"),
            _ => return,
        };
        if let Some(stored) = state.objects.get_mut(&own) {
            stored.standing = Standing::Login;
            // Whoever logs in is not suspended.
            stored.fields.remove(&Field::State);
        }
    }

    fn trouble(&self, state: &mut State) {
        for (kind, b) in &self.trouble.gaps {
            state.gaps.insert((kind_of(*kind), domain(if *b { "b.example" } else { "a.example" })));
        }
        for number in (0..OURS).filter(|number| self.trouble.hidden >> number & 1 == 1) {
            let address = address(number);
            let of_it = |identity: &&Identity| identity.address() == Some(&address);
            state.hidden = state.objects.keys().filter(of_it).cloned().chain(state.hidden.clone()).collect();
        }
        for (kind, number) in &self.trouble.unknown {
            let address = address(*number);
            state.unknown.insert(match kind {
                0 => Identity::Mailbox(address),
                1 => Identity::Alias(address),
                2 => Identity::Forward(address),
                _ => Identity::SenderRules(address),
            });
        }
        for (number, field) in &self.trouble.not_read {
            let address = address(*number);
            state.not_read.insert(match field {
                0 => (Identity::Mailbox(address), Field::Quota),
                1 => (Identity::Alias(address), Field::Targets),
                2 => (Identity::Alias(address), Field::PermittedSenders),
                _ => (Identity::Forward(address), Field::KeepCopy),
            });
        }
    }
}

/// Puts an object into a service, as far as the service can hold it at all.
pub(super) fn put(state: &mut State, identity: Identity, fields: &Fields, standing: u8) {
    let Some(kind) = state.can().kind(identity.kind()) else { return };
    let held: Fields = fields
        .iter()
        .filter(|(field, _)| kind.fields.contains_key(field))
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect();
    if state.can().problems(&identity, &held).is_empty() {
        state.objects.insert(identity, Stored { standing: standing_of(standing), ..Stored::plain(held) });
    }
}

fn hold_address(state: &mut State, number: usize, held: &Held) {
    let at = address(number);
    match held {
        Held::Mailbox { name: n, quota: q, suspended, standing } if !at.is_domain() => {
            let mut fields = Fields::new().with(Field::DisplayName, name(*n)).with(Field::Quota, quota(*q));
            if *suspended {
                fields.set(Field::State, values::state(true));
            }
            // A mailbox by itself is nothing that services make.
            put(state, Identity::Mailbox(at), &fields, *standing % 2);
        }
        Held::Alias { targets, senders, standing } => {
            let fields = Fields::new()
                .with(Field::Targets, addresses(targets))
                .with(Field::PermittedSenders, addresses(senders));
            put(state, Identity::Alias(at), &fields, *standing);
        }
        Held::Remains if !at.is_domain() => {
            state.remains.insert(Identity::Mailbox(at), "mail of a former mailbox".into());
        }
        Held::Nothing | Held::Mailbox { .. } | Held::Remains => {}
    }
}
