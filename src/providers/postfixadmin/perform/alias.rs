//! Aliases, lists and catch-alls in `alias`, domain aliases in `alias_domain`.

use std::collections::BTreeSet;

use super::super::convert::{AliasForm, Goto, Owner, alias_form};
use super::{DomainLimits, StoredAlias, Work, Wrote, gone, taken};
use crate::model::{Address, Change, DomainName, Verb};
use crate::provider::{ErrorKind, ProviderError};

pub(super) async fn carry_out(
    work: &mut Work<'_>,
    verb: Verb,
    address: &Address,
    change: &Change,
) -> Result<Wrote, ProviderError> {
    if work.mailbox_active(address).await?.is_some() {
        return Err(work
            .error(ErrorKind::Conflict, format!("a mailbox holds {address}"))
            .hint("make a new plan"));
    }
    let stored = stored(work, address).await?;
    match (verb, alias_form(change, address)?) {
        (Verb::Delete, _) => delete(work, address, stored).await,
        (Verb::Create, Some(form)) if stored.is_nothing() => create(work, address, form).await,
        (Verb::Create, Some(form)) if stored.is(&form, address) => Ok(Wrote::Nothing),
        (Verb::Create, Some(_)) => Err(taken(&change.identity).at(work.doing)),
        (Verb::Create, None) => Err(work.error(ErrorKind::Invalid, format!("alias {address} has no target"))),
        (_, _) if stored.is_nothing() => Err(gone(&change.identity).at(work.doing)),
        (_, None) => Ok(Wrote::Nothing),
        (_, Some(form)) if stored.is(&form, address) => Ok(Wrote::Nothing),
        (_, Some(form)) => update(work, address, stored, form).await,
    }
}

/// What stands for an address in either table.
#[derive(Debug)]
struct Stored {
    list: Option<StoredAlias>,
    domain: Option<StoredDomain>,
}

/// A row of `alias_domain` as it is stored.
#[derive(Debug)]
struct StoredDomain {
    key: String,
    target: String,
    active: bool,
}

impl Stored {
    fn is_nothing(&self) -> bool {
        self.list.is_none() && self.domain.is_none()
    }

    fn is_off(&self) -> bool {
        self.list.as_ref().is_some_and(|row| !row.active)
            || self.domain.as_ref().is_some_and(|row| !row.active)
    }

    /// Whether it already is, and works, as wished.
    fn is(&self, form: &AliasForm, address: &Address) -> bool {
        if self.is_off() {
            return false;
        }
        match (form, &self.list, &self.domain) {
            (AliasForm::List(targets), Some(row), None) => {
                Goto::parse(Owner::Alias(address), &row.goto).targets().as_ref() == Ok(targets)
            }
            (AliasForm::Domain(domain), None, Some(row)) => {
                DomainName::parse(&row.target).is_ok_and(|target| target == *domain)
            }
            // PostfixAdmin's older way to say the same.
            (AliasForm::Domain(domain), Some(row), None) => {
                let targets = BTreeSet::from([Address::whole_domain(domain)]);
                Goto::parse(Owner::Alias(address), &row.goto).targets() == Ok(targets)
            }
            _ => false,
        }
    }
}

async fn stored(work: &mut Work<'_>, address: &Address) -> Result<Stored, ProviderError> {
    let list = work.alias_row(address).await?;
    let row = if address.is_domain() { work.row(SELECT_DOMAIN, address.domain()).await? } else { None };
    let domain = row.map(|row| StoredDomain {
        key: row.text(0).unwrap_or_else(|| address.domain().to_owned()),
        target: row.text(1).unwrap_or_default(),
        active: row.flag(2).unwrap_or(false),
    });
    Ok(Stored { list, domain })
}

async fn create(work: &mut Work<'_>, address: &Address, form: AliasForm) -> Result<Wrote, ProviderError> {
    let domain = work.domain_of(address).await?;
    match form {
        AliasForm::List(targets) => {
            check_count(work, &domain).await?;
            insert(work, address, &domain, &targets).await
        }
        AliasForm::Domain(target) => insert_domain(work, address, &domain, &target).await,
    }
}

async fn insert(
    work: &mut Work<'_>,
    address: &Address,
    domain: &DomainLimits,
    targets: &BTreeSet<Address>,
) -> Result<Wrote, ProviderError> {
    let goto = Goto::parse(Owner::Alias(address), "").with_targets(targets).to_text(address);
    work.write(INSERT, &[address.as_str(), &goto, &domain.domain]).await?;
    work.log(&domain.domain, "create_alias", address.as_str()).await?;
    Ok(Wrote::Rows)
}

async fn insert_domain(
    work: &mut Work<'_>,
    address: &Address,
    domain: &DomainLimits,
    target: &DomainName,
) -> Result<Wrote, ProviderError> {
    let target = domain_target(work, address, target).await?;
    work.write(INSERT_DOMAIN, &[&domain.domain, &target]).await?;
    work.log(&domain.domain, "create_alias_domain", &target).await?;
    Ok(Wrote::Rows)
}

/// The stored name of a domain that another one stands for. Postfix's maps look one step far, so neither of them may
/// stand for, or be stood for by, a third.
async fn domain_target(
    work: &mut Work<'_>,
    address: &Address,
    target: &DomainName,
) -> Result<String, ProviderError> {
    let Some(found) = work.domain(target.as_str()).await? else {
        return Err(work
            .error(
                ErrorKind::Invalid,
                format!("{target} is not a domain of this database, which {address} is to stand for"),
            )
            .hint(format!(
                "declare {target} with `manage: true`, or name a mailbox as the catch-all's target"
            )));
    };
    if work.count(COUNT_DOMAIN, target.as_str()).await? > 0 {
        return Err(work
            .error(
                ErrorKind::Invalid,
                format!("{target} stands for another domain itself, and Postfix follows one step only"),
            )
            .hint("name that other domain"));
    }
    if work.count(COUNT_DOMAIN_TARGETS, address.domain()).await? > 0 {
        return Err(work
            .error(
                ErrorKind::Invalid,
                format!("other domains stand for {}, and Postfix follows one step only", address.domain()),
            )
            .hint(format!("let them stand for {target}")));
    }
    Ok(found.domain)
}

/// PostfixAdmin's limit of aliases, which does not count the rows of mailboxes: 0 for none, -1 where a domain may
/// have no alias at all.
async fn check_count(work: &mut Work<'_>, domain: &DomainLimits) -> Result<(), ProviderError> {
    let limit = domain.aliases;
    let name = &domain.domain;
    if limit < 0 {
        return Err(work
            .error(ErrorKind::LimitReached, format!("{name} may not have aliases (domain.aliases = {limit})"))
            .hint("raise the domain's setting `aliases`; 0 is any number"));
    }
    if limit > 0 && work.count(COUNT, name).await? >= limit {
        return Err(work
            .error(ErrorKind::LimitReached, format!("{name} has all {limit} alias(es) that it may have"))
            .hint("raise the domain's setting `aliases`; 0 is any number"));
    }
    Ok(())
}

async fn update(
    work: &mut Work<'_>,
    address: &Address,
    stored: Stored,
    form: AliasForm,
) -> Result<Wrote, ProviderError> {
    if stored.is_off() {
        return Err(work
            .error(ErrorKind::Conflict, format!("{address} is switched off in PostfixAdmin (active = 0)"))
            .hint("switch it on there, or delete it there"));
    }
    match (form, stored.list, stored.domain) {
        (_, Some(_), Some(_)) => Err(work
            .error(ErrorKind::Conflict, format!("a catch-all and a domain alias both stand for {address}"))
            .hint("delete one of them in PostfixAdmin")),
        (AliasForm::List(targets), Some(row), None) => {
            let goto = Goto::parse(Owner::Alias(address), &row.goto);
            if let Err(reason) = goto.targets() {
                return Err(work.error(ErrorKind::Conflict, reason).hint("make a new plan"));
            }
            let goto = goto.with_targets(&targets).to_text(address);
            work.write(UPDATE, &[&row.key, &goto]).await?;
            work.log(address.domain(), "edit_alias", address.as_str()).await?;
            Ok(Wrote::Rows)
        }
        (AliasForm::Domain(target), None, Some(row)) => {
            let target = domain_target(work, address, &target).await?;
            work.write(UPDATE_DOMAIN, &[&row.key, &target]).await?;
            work.log(address.domain(), "edit_alias_domain", &target).await?;
            Ok(Wrote::Rows)
        }
        // From one table to the other, in this one transaction.
        (form, list, domain) => {
            delete(work, address, Stored { list, domain }).await?;
            create(work, address, form).await
        }
    }
}

async fn delete(work: &mut Work<'_>, address: &Address, stored: Stored) -> Result<Wrote, ProviderError> {
    let mut wrote = Wrote::Nothing;
    if let Some(row) = stored.list {
        work.write("DELETE FROM alias WHERE address = ?1", &[&row.key]).await?;
        work.log(address.domain(), "delete_alias", address.as_str()).await?;
        wrote = Wrote::Rows;
    }
    if let Some(row) = stored.domain {
        work.write("DELETE FROM alias_domain WHERE alias_domain = ?1", &[&row.key]).await?;
        work.log(address.domain(), "delete_alias_domain", &row.target).await?;
        wrote = Wrote::Rows;
    }
    Ok(wrote)
}

const SELECT_DOMAIN: &str = "SELECT {text alias_domain}, {text target_domain}, {flag active} \
     FROM alias_domain WHERE {same alias_domain ?1} ORDER BY alias_domain = ?1 DESC LIMIT 1 {for_update}";

const INSERT: &str = "INSERT INTO alias (address, goto, domain, created, modified, active) \
     VALUES (?1, ?2, ?3, {now}, {now}, {true})";

const INSERT_DOMAIN: &str = "INSERT INTO alias_domain (alias_domain, target_domain, created, modified, active) \
     VALUES (?1, ?2, {now}, {now}, {true})";

const UPDATE: &str = "UPDATE alias SET goto = ?2, modified = {now} WHERE address = ?1";

const UPDATE_DOMAIN: &str =
    "UPDATE alias_domain SET target_domain = ?2, modified = {now} WHERE alias_domain = ?1";

const COUNT: &str = "SELECT count(*) FROM alias a WHERE a.domain = ?1 \
     AND NOT EXISTS (SELECT 1 FROM mailbox m WHERE m.username = a.address)";

const COUNT_DOMAIN: &str = "SELECT count(*) FROM alias_domain WHERE {same alias_domain ?1}";

const COUNT_DOMAIN_TARGETS: &str = "SELECT count(*) FROM alias_domain WHERE {same target_domain ?1}";
