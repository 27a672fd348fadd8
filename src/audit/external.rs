//! Mail that leaves the declared domains, held against the ledger `external`.

use std::collections::BTreeSet;

use jiff::ToSpan as _;

use crate::model::{
    Address, Collection, Completeness, External, ExternalForwards, Field, Finding, Identity, Kind,
    LedgerLine, ObjectRef, Severity,
};

use super::live::{Live, found, graver};
use super::rules::{EXPIRED, EXPIRES_SOON, OVERDUE, SOON_DAYS, UNLISTED, UNUSED};

pub(super) fn findings(live: &Live<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Entries that mail uses, whoever's it is; and those of which a finding already says that they are over.
    let (mut used, mut overdue) = (BTreeSet::new(), BTreeSet::new());
    for held in live.network.held() {
        if !matches!(held.identity.kind(), Kind::Alias | Kind::Forward) {
            continue;
        }
        let object = ObjectRef { connection: held.connection, identity: held.identity };
        for target in held.targets.iter().filter(|target| !live.desired.domains.contains_key(target.domain()))
        {
            let listed = live.network.ledger(target);
            used.extend(listed.as_ref().map(|listed| listed.entry.clone()));
            let finding = match &listed {
                None => unlisted(live, &object, target),
                Some(listed) => match listed.expires.filter(|last| *last < live.plan.today) {
                    Some(last) => past(&object, target, listed, last),
                    None => continue,
                },
            };
            if live.looks_at(&object) {
                overdue.extend(listed.map(|listed| listed.entry));
                let at = live.place(&object, Some(&Field::Targets));
                findings.push(Finding { remote: Some(target.to_string()), at, ..finding });
            }
        }
    }
    let all_is_known = live.plan.narrowing.is_whole() && knows_all_targets(live);
    for (address, entry) in &live.desired.external {
        let finding = match entry.expires {
            Some(last) if last < live.plan.today => {
                (!overdue.contains(address)).then(|| over(address, entry, last))
            }
            Some(last) if used.contains(address) && is_soon(live, last) => {
                let message =
                    format!("mail goes to {address}, and may until {last}{}", owner(entry.owner.as_deref()));
                Some(Finding { declared: Some(last.to_string()), ..found(&EXPIRES_SOON, None, message) })
            }
            _ => (all_is_known && !used.contains(address))
                .then(|| found(&UNUSED, None, format!("no alias and no forward delivers to {address}"))),
        };
        findings.extend(finding.map(|finding| Finding { at: entry.at.clone(), ..finding }));
    }
    findings
}

fn unlisted(live: &Live<'_>, object: &ObjectRef, target: &Address) -> Finding {
    let message = format!("mail leaves to {target}, which `external` does not list");
    let finding = found(&UNLISTED, Some(object.clone()), message);
    match live.desired.policy.external_forwards {
        ExternalForwards::Listed => graver(finding, Severity::Error),
        ExternalForwards::Allow => finding,
    }
}

fn past(object: &ObjectRef, target: &Address, listed: &LedgerLine, last: jiff::civil::Date) -> Finding {
    let by_domain =
        if listed.entry == *target { String::new() } else { format!(" (listed as {})", listed.entry) };
    let message = format!(
        "mail still leaves to {target}{by_domain}, and might until {last} only{}",
        owner(listed.owner.as_deref())
    );
    Finding { declared: Some(last.to_string()), ..found(&OVERDUE, Some(object.clone()), message) }
}

fn over(address: &Address, entry: &External, last: jiff::civil::Date) -> Finding {
    let owner = owner(entry.owner.as_deref());
    let message = format!("mail may go to {address} until {last}, which has passed{owner}");
    Finding { declared: Some(last.to_string()), ..found(&EXPIRED, None, message) }
}

fn owner(owner: Option<&str>) -> String {
    owner.map_or_else(String::new, |owner| format!("; {owner} answers for it"))
}

fn is_soon(live: &Live<'_>, last: jiff::civil::Date) -> bool {
    live.plan.today.checked_add(SOON_DAYS.days()).is_ok_and(|soon| last <= soon)
}

/// True where every target of every alias and forward was read: only then is an entry known to be unused.
fn knows_all_targets(live: &Live<'_>) -> bool {
    let lists = live.desired.domains.iter().all(|(domain, wish)| {
        wish.stores().all(|store| {
            [Kind::Alias, Kind::Forward].into_iter().filter(|kind| live.holds(store, *kind)).all(|kind| {
                let state = live.observed.connections.get(store);
                let read = state.and_then(|state| state.completeness(&Collection::domain(kind, domain)));
                read.as_ref().is_some_and(Completeness::is_complete)
            })
        })
    });
    let is_told = |identity: &Identity| matches!(identity, Identity::Alias(_) | Identity::Forward(_));
    let unknown = live.observed.connections.values().flat_map(|state| state.unknown.keys()).any(is_told);
    let mut objects =
        live.objects().filter(|(object, _)| is_told(&object.identity) && live.domain_of(object).is_some());
    lists && !unknown && objects.all(|(_, there)| there.fields.value(&Field::Targets).is_some())
}
