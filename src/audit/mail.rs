//! Where mail ends: in circles, at addresses that take none, and in catch-alls.

use crate::model::{Address, Field, Finding, Identity, Kind, Looked, ObjectRef, Standing};

use super::live::{Live, found};
use super::rules::{CATCH_ALL, CIRCLE, DEAD_TARGET};

pub(super) fn findings(live: &Live<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for held in live.network.held() {
        let object = ObjectRef { connection: held.connection, identity: held.identity };
        let (Identity::Alias(address) | Identity::Forward(address)) = &object.identity else { continue };
        let made_by_the_service =
            live.there(&object).is_none_or(|there| matches!(there.standing, Standing::Default(_)));
        if !live.looks_at(&object) || made_by_the_service || is_shadowed(live, &object, address) {
            continue;
        }
        let at = live.place(&object, Some(&Field::Targets));
        let mut say = |finding: Finding| findings.push(Finding { at: at.clone(), ..finding });
        let targets = held.targets.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let circle = live.network.ends(address).circle;
        if circle.contains(address) {
            let back =
                |target: &&Address| meant(address, target).is_none_or(|target| circle.contains(&target));
            let by: Vec<String> = held.targets.iter().filter(back).map(ToString::to_string).collect();
            let message = format!("its mail comes back to it by way of {}", by.join(", "));
            say(Finding { remote: Some(targets.clone()), ..found(&CIRCLE, Some(object.clone()), message) });
        }
        for target in held.targets.iter().filter_map(|target| meant(address, target)) {
            if let Some(why) = bounces(live, &target) {
                let message = format!("delivers to {target}, where mail bounces: {why}");
                let finding = found(&DEAD_TARGET, Some(object.clone()), message);
                say(Finding { remote: Some(target.to_string()), ..finding });
            }
        }
        if address.is_domain() && !held.targets.iter().all(Address::is_domain) {
            let message = format!("takes all mail to {} that nothing else takes", address.domain());
            say(Finding { remote: Some(targets), ..found(&CATCH_ALL, Some(object.clone()), message) });
        }
    }
    findings
}

/// A mailbox takes the mail of its address, whatever alias stands there too.
fn is_shadowed(live: &Live<'_>, object: &ObjectRef, address: &Address) -> bool {
    let mailbox = Identity::Mailbox(address.clone());
    object.identity.kind() == Kind::Alias
        && live.domain_of(object).is_some_and(|domain| {
            domain.stores().any(|store| matches!(live.look(store, &mailbox), Looked::Present(_)))
        })
}

/// The address that a target means for mail to one address; none for a whole domain, where it depends on the mail.
fn meant(address: &Address, target: &Address) -> Option<Address> {
    match (address.is_domain(), target.is_domain()) {
        (_, false) => Some(target.clone()),
        (false, true) => Address::new(address.local(), &target.domain_name()).ok(),
        (true, true) => None,
    }
}

/// Why mail bounces at this very address; none where it goes on, is stored, leaves, or nobody knows.
fn bounces(live: &Live<'_>, target: &Address) -> Option<&'static str> {
    let domain = live.desired.domains.get(target.domain())?;
    if !live.network.bounces_at(target) {
        return None;
    }
    let stands = |identity: Identity| {
        domain.stores().any(|store| matches!(live.look(store, &identity), Looked::Present(_)))
    };
    Some(if stands(Identity::Mailbox(target.clone())) {
        "its mailbox is suspended and takes none"
    } else if stands(Identity::Alias(target.clone())) {
        "its alias delivers to nobody"
    } else {
        "nothing is there"
    })
}
