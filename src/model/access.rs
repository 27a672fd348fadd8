//! Who can read, send as, receive for or administer whom.

use serde::Serialize;

use super::{Address, ConnectionName, LedgerLine, Source, StateOf};

/// All that was asked for, in the order of its entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessReview {
    /// Which state was looked at.
    pub state: StateOf,
    /// The address that was asked for; none where everything was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Each way in which somebody can do something, sorted.
    pub entries: Vec<AccessEntry>,
    /// What was not read, so that nothing is said of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_read: Vec<String>,
}

/// One way in which somebody can do something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct AccessEntry {
    /// Whose mailbox or address it is; `@domain` for all of a domain.
    pub whom: Address,
    /// What can be done.
    pub can: Ability,
    /// Who can: an address, or an administrator's login.
    pub who: String,
    /// The addresses between the two, from `whom` on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub through: Vec<Address>,
    /// What makes it so, in words, like `permission full_access` or `alias, forward`.
    pub because: String,
    /// The connection that holds what makes it so.
    pub connection: ConnectionName,
    /// Where that is declared; none for what the configuration does not declare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Source>,
    /// What the ledger says, where mail leaves to `who`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ledger: Option<LedgerLine>,
    /// True where `who` is outside the declared domains.
    pub outside: bool,
}

/// What somebody can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ability {
    /// Open the mailbox.
    Read,
    /// Send as the address.
    SendAs,
    /// Send on behalf of the mailbox.
    SendOnBehalf,
    /// Receive mail that is sent to the address.
    Receive,
    /// Administer the domain, which opens every mailbox of it on that connection.
    Administer,
}

impl Ability {
    /// Each of them.
    pub const ALL: [Self; 5] =
        [Self::Read, Self::SendAs, Self::SendOnBehalf, Self::Receive, Self::Administer];

    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::SendAs => "send_as",
            Self::SendOnBehalf => "send_on_behalf",
            Self::Receive => "receive",
            Self::Administer => "administer",
        }
    }
}
