//! Reads what is asked of one domain, and says how much of it was seen.

use std::collections::BTreeSet;

use crate::model::{Address, Collection, DomainName, Extent, Field, Identity, Kind, Reason};
use crate::provider::ProviderError;

use crate::providers::atmail::convert;
use crate::providers::atmail::fields::{AUTO_REPLY, named};
use crate::providers::atmail::record::User;
use crate::providers::atmail::rows::{self, Rows};

use super::sight::{Listing, Sight, Sights};
use super::users::{self, Users};
use super::wanted::Wanted;
use super::{Site, mailbox_object};

/// Reads a domain. `rows` is none where nobody asks for aliases or forwards. Returns why not all of it was seen.
///
/// # Errors
/// `Auth`: then nothing more can be read.
pub(super) async fn read(
    site: Site<'_>,
    sights: &mut Sights<'_>,
    rows: Option<&Result<Rows, Reason>>,
    domain: &DomainName,
    wanted: &Wanted,
) -> Result<Result<(), Reason>, ProviderError> {
    let users = accounts(site, sights, rows, domain, wanted).await?;
    let no_rows = || Reason::from("the aliases were not asked for");
    let mut seen_rows: Result<(), Reason> = match rows {
        Some(Ok(_)) => Ok(()),
        Some(Err(reason)) => Err(Reason::clone(reason)),
        None => Err(no_rows()),
    };
    if let Some(Ok(found)) = rows {
        if let Some(reason) = sights.blind(Listing::Aliases, found.is_empty()).await? {
            seen_rows = Err(reason);
        } else if let Sight::Hidden(reason) = sights.of(domain).await? {
            seen_rows = Err(reason);
        }
    }
    let found = rows.and_then(|rows| rows.as_ref().ok());
    let telling = Telling { site, users: &users, found, seen_rows: &seen_rows };
    telling.mailboxes(wanted);
    telling.aliases(domain, wanted);
    telling.forwards(wanted);
    let mut all = Ok(());
    for kind in &wanted.whole {
        let word = match kind {
            Kind::Mailbox => users.all(),
            // Of each address that has rows it was asked by itself, or said that it is not known.
            Kind::Alias if !users.is_listed() => seen_rows.clone(),
            _ => users.all().and(seen_rows.clone()),
        };
        let ends = wanted.ends.iter().filter(|collection| collection.kind == *kind);
        ends.for_each(|collection| site.tell.end(collection.clone(), word.clone()));
        all = all.and(word);
    }
    Ok(all)
}

/// The accounts that are asked for, or that tell aliases from forwards.
async fn accounts(
    site: Site<'_>,
    sights: &mut Sights<'_>,
    rows: Option<&Result<Rows, Reason>>,
    domain: &DomainName,
    wanted: &Wanted,
) -> Result<Users, ProviderError> {
    let found = rows.and_then(|rows| rows.as_ref().ok());
    // An alias that has no row is not there, whatever is at its address.
    let has_rows = |alias: &&Address| found.is_some_and(|rows| !rows.at(alias).is_empty());
    let named: BTreeSet<Address> = wanted
        .mailboxes
        .iter()
        .chain(&wanted.forwards)
        .chain(wanted.aliases.iter().filter(has_rows))
        .chain(
            found
                .into_iter()
                .flat_map(|rows| rows.of(domain))
                .filter(|_| wanted.whole.contains(&Kind::Alias)),
        )
        .filter(|address| !address.is_domain())
        .cloned()
        .collect();
    if !wanted.needs_list(named.len()) {
        let mut users = Users::default();
        users::look(site, &mut users, named).await?;
        if users.misses_some()
            && let Sight::Hidden(reason) = sights.of(domain).await?
        {
            users.hide(&reason);
        }
        return Ok(users);
    }
    let mut users = match sights.of(domain).await? {
        Sight::Gone => return Ok(Users::none()),
        // Those that are asked for by name may be seen all the same.
        Sight::Hidden(reason) => Users::unread(reason),
        Sight::Seen => {
            let users = users::listed(site, domain).await?;
            match sights.blind(Listing::Users, users.there.is_empty()).await? {
                Some(reason) => users.doubted(reason),
                None => users,
            }
        }
    };
    let told = |address: &Address, user: &User| tells_enough(site, wanted, address, user);
    let mut look: BTreeSet<Address> =
        users.there.iter().filter(|(address, user)| !told(address, user)).map(|(a, _)| a.clone()).collect();
    if let Err(reason) = users.all() {
        look.extend(named.into_iter().filter(|address| !users.there.contains_key(address)));
        users::look(site, &mut users, look).await?;
        if matches!(sights.of(domain).await?, Sight::Hidden(_)) {
            users.hide(&reason);
        }
    } else {
        users::look(site, &mut users, look).await?;
    }
    Ok(users)
}

/// True where the list tells of an account what is asked of it. A state alone, which is asked of every account beside
/// others, is not worth a call for each.
fn tells_enough(site: Site<'_>, wanted: &Wanted, address: &Address, user: &User) -> bool {
    let asks_forward = wanted.whole.contains(&Kind::Forward) || wanted.forwards.contains(address);
    if asks_forward && site.options.forwards && user.forward.is_none() {
        return false;
    }
    let identity = Identity::Mailbox(address.clone());
    let told = [
        (Field::GivenName, user.given_name.is_some()),
        (Field::FamilyName, user.family_name.is_some()),
        (Field::Quota, user.quota.is_some()),
        (named(AUTO_REPLY), user.auto_reply.is_some()),
    ];
    let is_named = wanted.mailboxes.contains(address);
    told.iter().all(|(field, told)| *told || !site.scope.wants(&identity, field))
        && (user.status.is_some() || !is_named || !site.scope.wants(&identity, &Field::State))
}

/// What was read of a domain, being told.
struct Telling<'a> {
    site: Site<'a>,
    users: &'a Users,
    found: Option<&'a Rows>,
    seen_rows: &'a Result<(), Reason>,
}

impl Telling<'_> {
    fn mailboxes(&self, wanted: &Wanted) {
        let tell = self.site.tell;
        for (address, user) in &self.users.there {
            let is_whole = wanted.whole.contains(&Kind::Mailbox);
            if is_whole || wanted.mailboxes.contains(address) {
                tell.object(mailbox_object(self.site, address, user));
            }
        }
        for address in &wanted.mailboxes {
            let word = self.users.at(address).map(|_| ());
            tell.end(Collection::object(&Identity::Mailbox(address.clone())), word);
        }
    }

    fn aliases(&self, domain: &DomainName, wanted: &Wanted) {
        let tell = self.site.tell;
        let whole = wanted.whole.contains(&Kind::Alias);
        let found = self.found.into_iter().flat_map(|rows| rows.of(domain).map(move |at| (at, rows.at(at))));
        for (address, rows) in found.filter(|(at, _)| whole || wanted.aliases.contains(*at)) {
            match self.users.at(address) {
                Ok(Some(_)) => {}
                Ok(None) => tell.object(rows::alias(address, rows)),
                Err(reason) => {
                    let reason =
                        format!("whether it is an alias or a mailbox's forward is not known: {reason}");
                    tell.unknown(Identity::Alias(address.clone()), reason.into());
                }
            }
        }
        for address in &wanted.aliases {
            tell.end(Collection::object(&Identity::Alias(address.clone())), self.seen_rows.clone());
        }
    }

    fn forwards(&self, wanted: &Wanted) {
        let tell = self.site.tell;
        let whole = wanted.whole.contains(&Kind::Forward);
        let all = self.users.there.keys().filter(|_| whole);
        let asked: BTreeSet<&Address> = all.chain(&wanted.forwards).collect();
        for mailbox in asked {
            let identity = Identity::Forward(mailbox.clone());
            let word = match self.users.at(mailbox) {
                Ok(Some(user)) => self.forward(mailbox, user),
                Ok(None) => Ok(()),
                Err(reason) => Err(reason),
            };
            if let Err(reason) = &word {
                tell.unknown(identity.clone(), Reason::clone(reason));
            }
            if wanted.forwards.contains(mailbox) {
                let parts =
                    Collection { kind: Kind::Forward, extent: Extent::PartsOf([mailbox.clone()].into()) };
                tell.end(parts, word.clone());
                tell.end(Collection::object(&identity), word);
            }
        }
    }

    /// Tells the forward of an account, where it has one.
    fn forward(&self, mailbox: &Address, user: &User) -> Result<(), Reason> {
        self.seen_rows.clone()?;
        let Some(rows) = self.found else { return Err("the aliases were not read".into()) };
        let copies = rows::copies(mailbox, rows.at(mailbox));
        let field = user.forward.as_deref();
        let object = convert::forward(mailbox, field, self.site.options.forwards, &copies, self.site.lens)?;
        if let Some(object) = object {
            self.site.tell.object(object);
        }
        Ok(())
    }
}
