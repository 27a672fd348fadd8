//! The way of mail for one address, as a tree.

use std::collections::BTreeSet;

use crate::model::{Address, Hop, Identity, Source, Step, Trace};

use super::{Network, Passed};

impl Network<'_> {
    /// Where mail for an address ends up, and by which way.
    pub fn trace(&self, address: &Address) -> Trace {
        let mut told = BTreeSet::new();
        let root = self.hop(address, &mut Vec::new(), &mut told);
        Trace { state: self.state, root, ends: self.ends(address) }
    }

    fn hop(&self, address: &Address, above: &mut Vec<Address>, told: &mut BTreeSet<Address>) -> Hop {
        let leaf = |step| Hop { address: address.clone(), step, next: Vec::new(), at: None };
        if above.contains(address) {
            return leaf(Step::Circle);
        }
        let Passed { step, next } = self.pass(address, above.is_empty());
        if !next.is_empty() && !told.insert(address.clone()) {
            return leaf(Step::Seen);
        }
        above.push(address.clone());
        let next = next.iter().map(|next| self.hop(next, above, told)).collect();
        above.pop();
        let at = self.declared(address, &step);
        Hop { address: address.clone(), step, next, at }
    }

    /// Where what stands at the address is declared.
    fn declared(&self, address: &Address, step: &Step) -> Option<Source> {
        match step {
            Step::Mailbox { connection, .. } | Step::Refused { connection } => {
                self.place(connection, &Identity::Mailbox(address.clone()))
            }
            Step::Forward { connection, .. } => self
                .place(connection, &Identity::Forward(address.clone()))
                .or_else(|| self.place(connection, &Identity::Mailbox(address.clone()))),
            Step::Alias { connection } => self.place(connection, &Identity::Alias(address.clone())),
            Step::CatchAll { connection, alias } | Step::DomainAlias { connection, alias } => {
                self.place(connection, &Identity::Alias(alias.clone()))
            }
            Step::Leaves { ledger } => {
                let entry = &ledger.as_ref()?.entry;
                self.desired.external.get(entry)?.at.clone()
            }
            Step::WholeDomain | Step::Nobody | Step::Circle | Step::Seen | Step::Unknown { .. } => None,
        }
    }
}
