//! Giving and taking full access, and clearing what an earlier mailbox of the same address left behind.

use super::acl::{Folders, INBOX, Own, Sharing, command, is_entry_of};
use super::api::{Answer, Command, Doveadm};
use crate::model::Address;
use crate::provider::{ErrorKind, ProviderError};

/// Whether anything was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Set {
    /// Something was.
    Written,
    /// It was so already.
    Held,
}

impl Doveadm {
    /// Gives a grantee full access to every folder of a mailbox.
    ///
    /// # Errors
    /// `Ambiguous` where some of it may have been done.
    pub(in super::super) async fn give(
        &self,
        mailbox: &Address,
        grantee: &Address,
    ) -> Result<Set, ProviderError> {
        let folders = self.folders_of(mailbox).await?;
        // In the spelling of a login, whatever the wish's is: Dovecot compares the two to the letter.
        let id = format!("user={}", grantee.as_str());
        // The inbox first: what is given in it and not yet in others is known for a grant of ours.
        let mut lacking: Vec<&str> = folders.lacking(grantee).collect();
        lacking.sort_by_key(|folder| *folder != INBOX);
        let gives = lacking.into_iter().map(|folder| command("aclSet", mailbox, folder, Some(&id)));
        self.carry_out(mailbox, gives.collect()).await
    }

    /// Takes a grantee's full access to a mailbox away, with every other entry that the grantee has there. What was
    /// shared by hand and is no full access stays.
    ///
    /// # Errors
    /// `Ambiguous` where some of it may have been done.
    pub(in super::super) async fn take(
        &self,
        mailbox: &Address,
        grantee: &Address,
    ) -> Result<Set, ProviderError> {
        let folders = self.folders_of(mailbox).await?;
        if let Sharing::None | Sharing::ByHand(_) = folders.sharing(grantee) {
            return Ok(Set::Held);
        }
        // The inbox last, when all else is gone: until then it is known for a grant of ours.
        let takes = folders.entries(|id| is_entry_of(id, grantee));
        let (last, first): (Vec<_>, Vec<_>) = takes.partition(|(folder, _)| *folder == INBOX);
        let mut set = Set::Held;
        for takes in [first, last] {
            let takes = takes.into_iter().map(|(folder, id)| command("aclDelete", mailbox, folder, Some(id)));
            match self.carry_out(mailbox, takes.collect()).await {
                Ok(Set::Held) => {}
                Ok(Set::Written) => set = Set::Written,
                Err(mut error) => {
                    if set == Set::Written {
                        error.kind = ErrorKind::Ambiguous;
                    }
                    return Err(error);
                }
            }
        }
        Ok(set)
    }

    /// Removes everybody's entries from a mailbox's folders, but the owner's own.
    ///
    /// # Errors
    /// `Ambiguous` where some of it may have been done.
    pub(in super::super) async fn clear(&self, mailbox: &Address) -> Result<Set, ProviderError> {
        let folders = self.folders_of(mailbox).await?;
        // An entry that takes rights away (`-user=…`) gives nobody anything, and doveadm breaks off over it.
        let others = folders.entries(|id| id != "owner" && !id.starts_with('-'));
        let clears = others.map(|(folder, id)| command("aclDelete", mailbox, folder, Some(id)));
        self.carry_out(mailbox, clears.collect()).await
    }

    async fn folders_of(&self, mailbox: &Address) -> Result<Folders, ProviderError> {
        let mut found = self.folders(std::slice::from_ref(mailbox), Own::Always).await?;
        match found.remove(mailbox) {
            Some(Ok(folders)) => Ok(folders),
            Some(Err(why)) => Err(ProviderError::new(ErrorKind::NotFound, why)),
            None => Ok(Folders::default()),
        }
    }

    async fn carry_out(&self, mailbox: &Address, commands: Vec<Command>) -> Result<Set, ProviderError> {
        if commands.is_empty() {
            return Ok(Set::Held);
        }
        let answers = self.change(&commands).await?;
        let done = answers.iter().filter(|answer| matches!(answer, Answer::Data(_))).count();
        let failed = commands.iter().zip(&answers).find_map(|(command, answer)| match answer {
            // A folder that went takes its list along.
            Answer::Data(_) | Answer::NoFolder => None,
            Answer::NoUser => Some((command, "Dovecot does not know the mailbox")),
            Answer::Failed(why) => Some((command, why.as_str())),
        });
        match failed {
            None => Ok(Set::Written),
            Some((command, why)) => {
                let kind = if done == 0 { ErrorKind::Invalid } else { ErrorKind::Ambiguous };
                let folder =
                    command.parameters.get("mailbox").and_then(|name| name.as_str()).unwrap_or_default();
                let message = format!("{} of {mailbox}'s folder {folder}: {why}", command.name);
                Err(ProviderError::new(kind, message))
            }
        }
    }
}
