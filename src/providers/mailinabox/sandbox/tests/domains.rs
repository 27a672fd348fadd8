//! The box's domains follow from counts of its rows; here they are looked for in the rows themselves.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::providers::mailinabox::sandbox::MailInABox;
use crate::providers::mailinabox::sandbox::address::domain_of;
use crate::providers::mailinabox::sandbox::state::State;

const NAMES: [&str; 8] =
    ["", "postmaster", "admin", "abuse", "hostmaster", "administrator", "sales", "postmaster@x"];
const DOMAINS: [&str; 5] =
    ["box.example.com", "example.com", "example.org", "xn--bcher-kva.org", "bücher.org"];
const TARGETS: [&str; 3] = ["administrator@box.example.com", "aa@example.net", "zz@example.net"];

fn scanned(state: &State, counts: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let users = state.users.keys();
    let shown = state.aliases.keys().filter(|address| state.shown_alias(address).is_some());
    users
        .chain(shown.filter(|address| counts(address)))
        .map(|address| domain_of(address).to_owned())
        .collect()
}

proptest! {
    #[test]
    fn counted_domains_are_those_of_a_scan(
        rows in vec((0..NAMES.len(), 0..DOMAINS.len(), 0..TARGETS.len(), any::<bool>()), 0..16),
        removed in vec((0..NAMES.len(), 0..DOMAINS.len()), 0..6),
    ) {
        let sandbox = MailInABox::default();
        let address = |name: usize, domain: usize| format!("{}@{}", NAMES[name], DOMAINS[domain]);
        sandbox.edit(|all| {
            for (name, domain, target, is_user) in rows {
                let address = address(name, domain);
                if is_user { all.user(&address, "password123") } else { all.alias(&address, &[TARGETS[target]]) };
            }
        });
        sandbox.edit(|all| {
            for (name, domain) in removed {
                all.remove_alias(&address(name, domain)).purge_user(&address(name, domain));
            }
        });
        let state = sandbox.state();
        prop_assert_eq!(state.mail_domains(|_| true), scanned(&state, |_| true));
        let counts = |address: &str| !["postmaster@", "abuse@", "@"].iter().any(|name| address.starts_with(name));
        prop_assert_eq!(state.mail_domains(counts), scanned(&state, counts));
    }
}
