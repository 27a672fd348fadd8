//! The way of mail for one address, hop by hop.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Address, ConnectionName, Reason, Source};

/// Where mail for an address ends up, and by which way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// Which state was looked at.
    pub state: StateOf,
    /// The address, and everything behind it.
    pub root: Hop,
    /// The ends of all ways.
    pub ends: Ends,
}

/// Which state something was told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateOf {
    /// What the services hold now.
    Live,
    /// What they will hold once the plan's changes that run are done.
    Desired,
}

/// One address on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hop {
    /// The address.
    pub address: Address,
    /// What happens to the mail there.
    #[serde(flatten)]
    pub step: Step,
    /// Where it goes on to, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next: Vec<Hop>,
    /// Where the configuration declares what stands there; none for what it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Source>,
}

/// What happens to mail at one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// A mailbox without a forward stores it.
    Mailbox {
        /// The store.
        connection: ConnectionName,
        /// True where nobody can log in to it, though it takes mail.
        suspended: bool,
    },
    /// A mailbox forwards it.
    Forward {
        /// The store.
        connection: ConnectionName,
        /// Whether the mailbox keeps a copy.
        keeps_copy: bool,
    },
    /// A suspended mailbox takes no mail: it bounces.
    Refused {
        /// The store.
        connection: ConnectionName,
    },
    /// An alias passes it on.
    Alias {
        /// The store.
        connection: ConnectionName,
    },
    /// Nothing stands at the address, and the domain's catch-all takes it.
    CatchAll {
        /// The store.
        connection: ConnectionName,
        /// The catch-all, `@domain`.
        alias: Address,
    },
    /// The whole domain stands for another one.
    DomainAlias {
        /// The store.
        connection: ConnectionName,
        /// The alias, `@domain`.
        alias: Address,
    },
    /// It leaves the declared domains.
    Leaves {
        /// What the ledger says of the address.
        #[serde(skip_serializing_if = "Option::is_none")]
        ledger: Option<LedgerLine>,
    },
    /// It is for whoever has an address in this domain, which another one stands for.
    WholeDomain,
    /// Nothing stands at the address: it bounces.
    Nobody,
    /// It was at this address before: it goes in a circle.
    Circle,
    /// What is behind this address is told elsewhere in the same trace.
    Seen,
    /// What stands at the address was not read.
    Unknown {
        /// Why.
        reason: Reason,
    },
}

/// What the ledger of external forwards says of an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LedgerLine {
    /// The address or `@domain` that is listed.
    pub entry: Address,
    /// Why mail may go there.
    pub reason: String,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The last day on which it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<jiff::civil::Date>,
}

/// Where mail ends.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Ends {
    /// Mailboxes that store it; `@domain` where it is for whoever has an address there.
    pub mailboxes: BTreeSet<Address>,
    /// Addresses outside the declared domains.
    pub outside: BTreeSet<Address>,
    /// Addresses at which it bounces.
    pub bounces: BTreeSet<Address>,
    /// Addresses that it comes back to.
    pub circle: BTreeSet<Address>,
    /// Addresses of which was not read what stands there.
    pub unknown: BTreeSet<Address>,
}

impl Ends {
    /// True where somebody receives it; see [`Ends::recipients`].
    pub fn has_recipient(&self) -> bool {
        !(self.mailboxes.is_empty() && self.outside.is_empty() && self.unknown.is_empty())
    }

    /// Who receives it. An address that was not read counts as one: nobody knows that it bounces.
    pub fn recipients(&self) -> BTreeSet<Address> {
        self.mailboxes.iter().chain(&self.outside).chain(&self.unknown).cloned().collect()
    }
}
