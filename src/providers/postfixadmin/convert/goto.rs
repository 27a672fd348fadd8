//! The `goto` column: a comma-joined list in which a mailbox's own address, an auto-reply and others' words stand
//! side by side.

use std::collections::BTreeSet;

use crate::model::{Address, Reading, Value};

/// Whose list it is; decides what its own address means in it.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Owner<'a> {
    /// A mailbox: its own address is the copy that it keeps.
    Mailbox(&'a Address),
    /// An alias: its own address is a target like any other.
    Alias(&'a Address),
}

/// A list, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Goto {
    members: Vec<Member>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Member {
    /// The mailbox itself.
    Own,
    /// PostfixAdmin's auto-reply (`user#domain@vacation_domain`): kept as it is, never shown.
    Vacation(String),
    /// A recipient.
    To(Address),
    /// What is no mail address, like a local account or a command: kept as it is.
    Strange(String),
}

impl Goto {
    /// Takes a list apart. PostfixAdmin does not trim it, but scripts write blanks.
    pub(in super::super) fn parse(owner: Owner<'_>, text: &str) -> Self {
        let words: Vec<&str> = text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
        let (address, is_mailbox) = match owner {
            Owner::Mailbox(address) => (address, true),
            Owner::Alias(address) => (address, false),
        };
        let auto_reply = address.as_str().replace('@', "#");
        let only = words.len() == 1;
        let member = |word: &str| {
            if let Some((local, _)) = word.rsplit_once('@')
                && local.eq_ignore_ascii_case(&auto_reply)
            {
                return Member::Vacation(word.to_owned());
            }
            match Address::parse_or_domain(word) {
                Ok(target) if is_mailbox && target == *address => Member::Own,
                // `@other` keeps the local part, which only a whole domain's own single target can say.
                Ok(target) if target.is_domain() && !(address.is_domain() && only) => {
                    Member::Strange(word.to_owned())
                }
                Ok(target) => Member::To(target),
                Err(_) => Member::Strange(word.to_owned()),
            }
        };
        Self { members: words.into_iter().map(member).collect() }
    }

    /// True where it lists nobody.
    pub(in super::super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Whether the mailbox itself is in it.
    pub(in super::super) fn holds_own(&self) -> bool {
        self.members.contains(&Member::Own)
    }

    /// The recipients; an error in words where something stands among them that is no mail address.
    pub(in super::super) fn targets(&self) -> Result<BTreeSet<Address>, String> {
        let mut targets = BTreeSet::new();
        for member in &self.members {
            match member {
                Member::To(address) => {
                    targets.insert(address.clone());
                }
                Member::Strange(word) => {
                    return Err(format!(
                        "mail goes to `{}` too, which is no mail address; change it in PostfixAdmin",
                        word.escape_debug()
                    ));
                }
                Member::Own | Member::Vacation(_) => {}
            }
        }
        Ok(targets)
    }

    /// The recipients as a reading.
    pub(super) fn targets_reading(&self) -> Reading {
        match self.targets() {
            Ok(targets) => Reading::Known(Value::Addresses(targets)),
            Err(reason) => Reading::NotRead(reason.into()),
        }
    }

    /// The list with other recipients. An auto-reply stays, and so does what is no mail address.
    #[must_use]
    pub(in super::super) fn with_targets(self, targets: &BTreeSet<Address>) -> Self {
        let members = targets
            .iter()
            .cloned()
            .map(Member::To)
            .chain(self.members.into_iter().filter(|member| !matches!(member, Member::To(_))))
            .collect();
        Self { members }
    }

    /// The list with the mailbox itself in it.
    #[must_use]
    pub(in super::super) fn with_own(mut self) -> Self {
        if !self.holds_own() {
            self.members.push(Member::Own);
        }
        self
    }

    /// The list without the mailbox itself.
    #[must_use]
    pub(in super::super) fn without_own(mut self) -> Self {
        self.members.retain(|member| *member != Member::Own);
        self
    }

    /// The list as it is stored: in lower case, without blanks, each member once, the mailbox itself last, as
    /// PostfixAdmin writes it.
    pub(in super::super) fn to_text(&self, owner: &Address) -> String {
        let mut words: Vec<&str> = Vec::with_capacity(self.members.len());
        for member in &self.members {
            let word = match member {
                Member::Own => continue,
                Member::To(address) => address.as_str(),
                Member::Vacation(word) | Member::Strange(word) => word,
            };
            words.push(word);
        }
        if self.holds_own() {
            words.push(owner.as_str());
        }
        let mut seen = std::collections::HashSet::new();
        words.retain(|word| seen.insert(*word));
        words.join(",")
    }
}
