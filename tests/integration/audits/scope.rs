//! What an audit asks of a service: the way of mail and rights in whole domains, as far as the service can tell them.

use std::collections::BTreeMap;
use std::path::Path;

use mailwright::config;
use mailwright::model::{Collection, ConnectionName, DomainName, Extent, Field, Kind, Narrowing, Scope};
use mailwright::plan;
use mailwright::provider::Ability;

use crate::memory::profile;
use crate::scenarios::catalogue;

/// What an audit of one domain asks of `store`, which a change takes abilities from.
fn scope(narrowing: &Narrowing, change: impl FnOnce(&mut mailwright::provider::Capabilities)) -> Scope {
    let wish = "version: 1\nproviders:\n  store: {type: model}\n  filter: {type: model}\n  old: {type: model}\ndomains:\n  \
                example.com: {provider: store, leaving: {old: keep}}\nmailboxes: {ann@example.com: {quota: 1 GiB}}\n";
    let sources = vec![("wish.yaml".to_owned(), wish.as_bytes().to_vec())];
    let desired = config::load_sources(sources, Path::new("."), &catalogue()).expect("valid").desired;
    let mut can = profile("everything");
    change(&mut can);
    let capabilities: BTreeMap<_, _> =
        desired.connections.keys().map(|name| (name.clone(), can.clone())).collect();
    let mut scopes = plan::audit_scopes(&desired, &capabilities, narrowing);
    let old = scopes.remove(&ConnectionName::new("old"));
    let asks_of_old = |kind| old.as_ref().is_some_and(|scope| scope.asks(kind));
    assert!(!asks_of_old(Kind::Forward) && !asks_of_old(Kind::Permission), "mail does not go there any more");
    scopes.remove(&ConnectionName::new("store")).expect("something to read")
}

fn asked(scope: &Scope, kind: Kind) -> Vec<(&Extent, Vec<String>)> {
    let parts = scope.parts.iter().filter(|part| part.collection.kind == kind);
    parts.map(|part| (&part.collection.extent, part.fields.iter().map(Field::to_string).collect())).collect()
}

#[test]
fn whole_domains_are_asked_for_whatever_is_pruned() {
    let scope = scope(&Narrowing::default(), |_| {});
    let domain = DomainName::parse("example.com").expect("a domain");
    for (kind, fields) in [
        (Kind::Mailbox, vec!["quota", "state"]),
        (Kind::Alias, vec!["permitted_senders", "targets"]),
        (Kind::Forward, vec!["keep_copy", "targets"]),
        (Kind::Permission, vec!["rights"]),
    ] {
        let [(extent, told)] = &asked(&scope, kind)[..] else { panic!("{kind}: {:?}", scope.parts) };
        assert_eq!(**extent, Collection::domain(kind, &domain).extent);
        let mut told = told.clone();
        told.sort();
        assert_eq!(told, fields, "{kind}");
    }
    assert_eq!(asked(&scope, Kind::Administrator), [(&Extent::Everything, vec!["full".to_owned()])]);
    assert!(!scope.asks(Kind::SenderRules), "nobody declares them, and no rule speaks of them");
}

#[test]
fn what_a_service_cannot_list_or_tell_is_not_asked_for() {
    let scope = scope(&Narrowing::default(), |can| {
        can.kinds.get_mut(&Kind::Permission).expect("held").list = Ability::no("it has no list of them");
        can.kinds.remove(&Kind::Forward);
        let alias = can.kinds.get_mut(&Kind::Alias).expect("held");
        alias.fields.get_mut(&Field::PermittedSenders).expect("a field").read = Ability::no("it never tells");
    });
    assert!(!scope.asks(Kind::Permission) && !scope.asks(Kind::Forward));
    let [(_, fields)] = &asked(&scope, Kind::Alias)[..] else { panic!("{:?}", scope.parts) };
    assert_eq!(fields, &["targets"]);
}

#[test]
fn a_named_address_is_asked_for_alone() {
    let narrowing = Narrowing { only: vec!["ann@example.com".to_owned()], ..Narrowing::default() };
    let scope = scope(&narrowing, |_| {});
    for part in scope.parts.iter().filter(|part| part.collection.kind != Kind::Administrator) {
        let is_single = matches!(part.collection.extent, Extent::Objects(_) | Extent::PartsOf(_));
        assert!(is_single, "{}", part.collection);
    }
    assert!(scope.asks(Kind::Forward) && scope.asks(Kind::Permission));
}
