//! What a plan does to mail and to access: the difference between the two states, in facts and in words.

use serde::{Deserialize, Serialize};

use super::{Address, ConnectionName};

/// One thing that happens to mail or to access when the changes that run are done.
///
/// Everything is told over all stores together, and only where it differs from before. An address that nothing holds
/// at itself, neither before nor after, is told of only where nothing is told of its `@domain`, which tells for all of
/// them. An address that is renamed is the same address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Effect {
    /// Mail or access.
    pub kind: EffectKind,
    /// What happens.
    pub code: EffectCode,
    /// Whose mail it is, or which address or mailbox is read or sent as; sorted. `@domain` stands for every address
    /// of the domain that nothing holds, or, with [`EffectCode::Administer`], for the domain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Address>,
    /// Who no longer receives it, or no longer can; sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<String>,
    /// Who newly receives it, or newly can; with a circle its members, with a dead end the addresses at which mail
    /// ends; sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gained: Vec<String>,
    /// With [`EffectCode::Read`]: the other addresses whose mail ends up in that mailbox; sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub along: Vec<Address>,
    /// The connection that it concerns, with [`EffectCode::Administer`] and [`EffectCode::AdministerAll`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionName>,
    /// The line, as shown.
    pub text: String,
}

impl Effect {
    /// An effect with its line and nothing else yet.
    pub fn new(kind: EffectKind, code: EffectCode, text: impl Into<String>) -> Self {
        Self {
            kind,
            code,
            addresses: Vec::new(),
            lost: Vec::new(),
            gained: Vec::new(),
            along: Vec::new(),
            connection: None,
            text: text.into(),
        }
    }
}

/// What an effect is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// Where mail ends up.
    Mail,
    /// Who can read or send as whom.
    Access,
}

/// What happens. A recipient is a mailbox that stores the mail, an address outside the declared domains, or an
/// address of which was not read what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectCode {
    /// Mail that had a recipient has none any more: `lost` names those it had.
    Bounces,
    /// Mail newly comes back to an address that it passed: `gained` names the addresses on the circle.
    Circle,
    /// Part of the mail newly ends at an address that takes none (`gained`), while another part arrives.
    DeadEnd,
    /// Mail no longer reaches some recipients (`lost`), and others instead (`gained`, may be empty).
    Moves,
    /// What stood at the address is gone, or a catch-all is new: the domain's catch-all takes its mail, which now
    /// reaches `gained` and no longer `lost`.
    Swallowed,
    /// The mailbox of this address no longer keeps a copy of what it forwards.
    NoCopy,
    /// The mailbox of this address newly keeps a copy of what it forwards.
    Copy,
    /// Mail newly leaves the organisation to an outside address (`gained`).
    Leaves,
    /// Somebody besides newly receives the mail of an address that was in use (`gained`); nobody loses it.
    Receive,
    /// Somebody can newly (`gained`) or no longer (`lost`) open the mailbox, and with it read what goes to `along`.
    Read,
    /// Somebody can newly or no longer send as the address.
    SendAs,
    /// Somebody can newly or no longer send on behalf of the mailbox.
    SendOnBehalf,
    /// Somebody can newly or no longer administer the domain on `connection`.
    Administer,
    /// Somebody becomes or is no longer a full administrator of `connection`.
    AdministerAll,
}
