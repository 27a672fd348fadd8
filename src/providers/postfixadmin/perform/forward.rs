//! Forwards: what stands in a mailbox's own alias row beside the mailbox itself.

use std::collections::BTreeSet;

use super::super::convert::{ForwardWish, Forwarding, Goto, Owner, forwarding};
use super::{StoredAlias, Work, Wrote, gone, taken};
use crate::model::{Address, Change, Verb};
use crate::provider::{ErrorKind, ProviderError};

pub(super) async fn carry_out(
    work: &mut Work<'_>,
    verb: Verb,
    address: &Address,
    change: &Change,
) -> Result<Wrote, ProviderError> {
    let Some(mailbox_active) = work.mailbox_active(address).await? else {
        return match verb {
            // It went with its mailbox.
            Verb::Delete => Ok(Wrote::Nothing),
            _ => Err(work
                .error(ErrorKind::NotFound, format!("there is no mailbox {address}"))
                .hint("make a new plan")),
        };
    };
    let now = Now::read(work, address, mailbox_active).await?;
    if now.state == Forwarding::Off {
        return Err(work
            .error(
                ErrorKind::Conflict,
                format!("the alias row of {address} is switched off in PostfixAdmin (active = 0)"),
            )
            .hint("switch it on there"));
    }
    if verb == Verb::Delete {
        return delete(work, address, now).await;
    }
    let wish = ForwardWish::of(change, address)?;
    match (verb, &now.state) {
        (Verb::Create, Forwarding::None) => {}
        // The catch-all's mail is nobody's forward: a declared one takes its place.
        (_, _) if now.catch_all.is_some() => {}
        (Verb::Create, _) if now.is(&wish) => return Ok(Wrote::Nothing),
        (Verb::Create, _) => return Err(taken(&change.identity).at(work.doing)),
        (_, Forwarding::None) => return Err(gone(&change.identity).at(work.doing)),
        (_, _) if now.is(&wish) => return Ok(Wrote::Nothing),
        (_, _) => {}
    }
    let goto = now.changed(work, &wish)?;
    now.write(work, address, &goto).await
}

/// A mailbox's forward as it is now.
#[derive(Debug)]
struct Now {
    mailbox_active: bool,
    own: Option<StoredAlias>,
    /// The own row's list.
    goto: Goto,
    state: Forwarding,
    /// The list of the domain's catch-all, where that takes the mailbox's mail.
    catch_all: Option<Goto>,
}

impl Now {
    async fn read(
        work: &mut Work<'_>,
        address: &Address,
        mailbox_active: bool,
    ) -> Result<Self, ProviderError> {
        let own = work.alias_row(address).await?;
        let owner = Owner::Mailbox(address);
        let row_active = own.as_ref().is_some_and(|row| row.active);
        let goto = Goto::parse(owner, own.as_ref().map_or("", |row| &row.goto));
        let mut now = Self {
            state: forwarding(&goto, row_active, mailbox_active),
            mailbox_active,
            own,
            goto,
            catch_all: None,
        };
        let decides = row_active && !now.goto.is_empty();
        if now.state == Forwarding::None && mailbox_active && !decides {
            let catch_all = Address::whole_domain(&address.domain_name());
            if let Some(row) = work.alias_row(&catch_all).await?.filter(|row| row.active) {
                let goto = Goto::parse(owner, &row.goto);
                let state = forwarding(&goto, true, true);
                if state != Forwarding::None {
                    now.state = state;
                    now.catch_all = Some(goto);
                }
            }
        }
        Ok(now)
    }

    /// Whether it already is as wished.
    fn is(&self, wish: &ForwardWish) -> bool {
        let Forwarding::Live { targets, keep_copy } = &self.state else {
            return false;
        };
        wish.targets.as_ref().is_none_or(|wished| targets.as_ref() == Ok(wished))
            && wish.keep_copy.is_none_or(|wished| wished == *keep_copy)
    }

    /// The own row's list as wished: what the wish does not name stays, with an auto-reply and what is no mail address.
    fn changed(&self, work: &Work<'_>, wish: &ForwardWish) -> Result<Goto, ProviderError> {
        let keep_copy = wish.keep_copy.unwrap_or(match self.state {
            Forwarding::Live { keep_copy, .. } => keep_copy,
            // Nothing is lost where nothing is said.
            Forwarding::None | Forwarding::Off => true,
        });
        let mut goto = self.goto.clone();
        let unreadable = |reason| work.error(ErrorKind::Conflict, reason).hint("make a new plan");
        match (&wish.targets, &self.catch_all) {
            (Some(targets), _) => {
                goto.targets().map_err(unreadable)?;
                goto = goto.with_targets(targets);
            }
            // What only the catch-all said is said by the row from now on.
            (None, Some(catch_all)) => goto = goto.with_targets(&catch_all.targets().map_err(unreadable)?),
            (None, None) => {}
        }
        Ok(if keep_copy { goto.with_own() } else { goto.without_own() })
    }

    async fn write(
        &self,
        work: &mut Work<'_>,
        address: &Address,
        goto: &Goto,
    ) -> Result<Wrote, ProviderError> {
        let text = goto.to_text(address);
        if let Some(own) = &self.own {
            let statement = if self.mailbox_active { UPDATE_ON } else { UPDATE };
            work.write(statement, &[&own.key, &text]).await?;
            work.log(address.domain(), "edit_alias", address.as_str()).await?;
        } else {
            let domain = work.domain_of(address).await?;
            let statement = if self.mailbox_active { INSERT_ON } else { INSERT_OFF };
            work.write(statement, &[address.as_str(), &text, &domain.domain]).await?;
            work.log(&domain.domain, "create_alias", address.as_str()).await?;
        }
        Ok(Wrote::Rows)
    }
}

/// Leaves mail to the mailbox alone. An auto-reply stays.
async fn delete(work: &mut Work<'_>, address: &Address, now: Now) -> Result<Wrote, ProviderError> {
    let Forwarding::Live { targets, .. } = &now.state else {
        return Ok(Wrote::Nothing);
    };
    if let (Err(reason), None) = (targets, &now.catch_all) {
        return Err(work.error(ErrorKind::Conflict, reason.clone()).hint("make a new plan"));
    }
    let goto = now.goto.clone().with_targets(&BTreeSet::new()).with_own();
    now.write(work, address, &goto).await
}

const UPDATE: &str = "UPDATE alias SET goto = ?2, modified = {now} WHERE address = ?1";
const UPDATE_ON: &str = "UPDATE alias SET goto = ?2, active = {true}, modified = {now} WHERE address = ?1";
const INSERT_ON: &str = "INSERT INTO alias (address, goto, domain, created, modified, active) \
     VALUES (?1, ?2, ?3, {now}, {now}, {true})";
const INSERT_OFF: &str = "INSERT INTO alias (address, goto, domain, created, modified, active) \
     VALUES (?1, ?2, ?3, {now}, {now}, {false})";
