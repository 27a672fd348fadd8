//! A filter before a store: it learns of an address after the store has it, and forgets it after the store does.

use std::sync::{Arc, Mutex};

use axum::http::Method;
use mailwright::model::{BlockCode, Plan, ResultState, Status};
use mailwright::provider::ErrorKind;
use mailwright::sandbox::{Fault, FaultKind};

use super::censornet::{Filtered, STORE};
use super::service::{Service as _, Type};
use super::site::{Cut, Site, lines, results};

/// Nothing listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

/// A wish for both, with the further keys of the domain.
fn wish(keys: &str, rest: &str) -> String {
    format!("version: 1\ndomains:\n  example.com: {{provider: svc, filters: [gate]{keys}}}\n{rest}\n")
}

const ANN: &str = "mailboxes:\n  ann@example.com: {password: {env: FIRST_PASSWORD}}";
const NO_ANN: &str = "mailboxes:\n  ann@example.com: absent";

fn load(service: &Filtered, keys: &str, rest: &str) -> Site {
    Site::load(service, &wish(keys, rest)).unwrap_or_else(|problems| panic!("{:#?}", problems.diagnostics))
}

/// Both have ann.
async fn with_ann() -> Filtered {
    let service = Filtered::fresh().await;
    load(&service, "", ANN).run(&service).await;
    assert!(service.gate.row("ann@example.com").is_some());
    service
}

fn box_has(service: &Filtered, address: &str) -> bool {
    service.store.sandbox.snapshot().users.iter().any(|user| user.email == address)
}

fn notes(plan: &Plan) -> Vec<&str> {
    plan.notes.iter().map(|note| note.text.as_str()).collect()
}

fn ids(plan: &Plan) -> Vec<&str> {
    plan.changes.iter().map(|change| change.id.as_str()).collect()
}

/// Whether the box has ann at each write to the filter.
fn watch(service: &Filtered, method: Method) -> Arc<Mutex<Vec<bool>>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (store, noted) = (service.store.sandbox.clone(), Arc::clone(&seen));
    let look = FaultKind::Meanwhile(Arc::new(move || {
        let there = store.snapshot().users.iter().any(|user| user.email == "ann@example.com");
        noted.lock().expect("no test died here").push(there);
    }));
    service.gate.server.faults().add(Fault::new(look).to(method, STORE).every());
    seen
}

#[test]
fn an_address_is_registered_after_its_mailbox_and_forgotten_after_it() {
    Type::FilteredBox.block_on(async {
        let service = Filtered::fresh().await;
        let made = watch(&service, Method::POST);
        load(&service, "", ANN).run(&service).await;
        assert_eq!(*made.lock().expect("whole"), [true], "the mailbox was there first");
        let gone = watch(&service, Method::DELETE);
        load(&service, "", NO_ANN).run(&service).await;
        assert_eq!(*gone.lock().expect("whole"), [false], "the mailbox went first");
    });
}

#[test]
fn no_address_is_registered_whose_mailbox_could_not_be_made() {
    Type::FilteredBox.block_on(async {
        let service = Filtered::fresh().await;
        let site = load(&service, "", ANN);
        let (providers, plan) = site.look().await;
        let fault = Fault::new(FaultKind::ErrorBefore).to(Method::POST, "/mail/users/add").every();
        service.store.server.faults().add(fault);
        let outcome = site.apply(&service, &providers, &plan, Cut::Never).await.expect("lives");
        assert_eq!(service.gate.sent(), (0, 0));
        let ended: Vec<_> = results(&plan, &outcome).collect();
        assert!(!matches!(ended[0].1, ResultState::Done), "{ended:?}");
        assert!(matches!(ended[1].1, ResultState::Skipped { .. }), "{ended:?}");
        service.store.server.faults().clear();
        site.run(&service).await;
        assert_eq!(service.gate.sent(), (1, 0));
    });
}

#[test]
fn no_address_is_forgotten_whose_mailbox_could_not_be_removed() {
    Type::FilteredBox.block_on(async {
        let service = with_ann().await;
        let site = load(&service, "", NO_ANN);
        let (providers, plan) = site.look().await;
        let fault = Fault::new(FaultKind::ErrorBefore).to(Method::POST, "/mail/users/remove").every();
        service.store.server.faults().add(fault);
        let outcome = site.apply(&service, &providers, &plan, Cut::Never).await.expect("lives");
        let ended: Vec<_> = results(&plan, &outcome).collect();
        assert_eq!(
            ids(&plan),
            ["delete:mailbox:svc:ann@example.com", "delete:registration:gate:ann@example.com"]
        );
        assert!(!matches!(ended[0].1, ResultState::Done), "{ended:?}");
        assert!(matches!(ended[1].1, ResultState::Skipped { reason } if !reason.is_empty()), "{ended:?}");
        assert!(service.gate.row("ann@example.com").is_some() && service.gate.sent().1 == 0);
        service.store.server.faults().clear();
        site.run(&service).await;
        assert!(service.gate.row("ann@example.com").is_none() && !box_has(&service, "ann@example.com"));
    });
}

#[test]
fn a_registration_waits_for_a_change_of_the_store_that_is_held() {
    let waiting = "delete:registration:gate:ann@example.com waits for delete:mailbox:svc:ann@example.com";
    let renamed = "mailboxes:\n  new@example.com: {was: [ann@example.com]}";
    let closed = ", prune: [registrations], ignore: [\"keep@*\", \"list@*\"]";
    let cases: [(&str, String, &[&str]); 2] = [
        ("", format!("{NO_ANN}\npolicy: {{max_deletes: {{mailboxes: 0}}}}"), &[waiting]),
        // The box cannot do this: neither end of it is known otherwise than before.
        (
            closed,
            renamed.to_owned(),
            &[
                "create:registration:gate:new@example.com waits for rename:mailbox:svc:new@example.com",
                "delete:registration:gate:ann@example.com waits for rename:mailbox:svc:new@example.com",
            ],
        ),
    ];
    for (keys, rest, wanted) in cases {
        Type::FilteredBox.block_on(async {
            let service = with_ann().await;
            let before = service.gate.sent();
            let (plan, _) = load(&service, keys, &rest).run(&service).await;
            for line in wanted {
                assert!(lines(&plan).contains(line), "{line}\n{}", lines(&plan));
            }
            assert_eq!(plan.changes.len(), wanted.len() + 1, "{}", lines(&plan));
            assert_eq!(service.gate.sent(), before);
        });
    }
}

#[test]
fn a_registration_stays_while_the_store_cannot_be_read() {
    Type::FilteredBox.block_on(async {
        let service = with_ann().await;
        let site = load(&service, ", prune: [registrations]", "");
        service.store.server.faults().add(Fault::new(FaultKind::ErrorBefore).every());
        let providers = site.connect().await.expect("connects");
        let (observed, failure) = site.observe(&providers).await;
        assert!(failure.is_some());
        service.store.server.faults().clear();
        let plan = site.plan(&observed);
        assert_eq!(plan.ready().count(), 0, "{}", lines(&plan));
        assert!(plan.is_incomplete());
        // Without a reading of its own, the reason names the store.
        let told = lines(&plan);
        assert!(told.contains("whether svc answers for it is not known"), "{told}");
    });
}

#[test]
fn a_filter_that_is_not_there_holds_up_its_own_registrations_alone() {
    Type::FilteredBox.block_on(async {
        let mut service = with_ann().await;
        service.gate.url = NOWHERE.to_owned();
        let rest = ANN.replace("ann@", "bob@") + "\n  ann@example.com: absent";
        let site = load(&service, "", &rest);
        let providers = site.connect().await.expect("connecting sends nothing");
        let (observed, failure) = site.observe(&providers).await;
        let error = failure.expect("refused");
        assert_eq!(error.kind, ErrorKind::Unavailable, "{error:?}");
        let plan = site.plan(&observed);
        assert!(plan.is_incomplete());
        let ready: Vec<&str> = plan.ready().map(|change| change.id.as_str()).collect();
        assert_eq!(ready, ["create:mailbox:svc:bob@example.com", "delete:mailbox:svc:ann@example.com"]);
        site.apply(&service, &providers, &plan, Cut::Never).await.expect("lives");
        drop(providers);
        // And it is made good once it is there again.
        service.gate.url = service.gate.server.url();
        let (plan, _) = load(&service, "", &rest).run(&service).await;
        assert_eq!(
            ids(&plan),
            ["create:registration:gate:bob@example.com", "delete:registration:gate:ann@example.com"]
        );
    });
}

#[test]
fn a_pruned_registration_stays_while_the_store_answers_for_it() {
    Type::FilteredBox.block_on(async {
        let service = with_ann().await;
        service.gate.sandbox.edit(|rows| {
            rows.mailbox("stray@example.com");
        });
        // Ann is a mailbox of the box, list an alias of it, and nobody is stray.
        let site = load(&service, ", prune: [registrations]", "");
        let (plan, _) = site.run(&service).await;
        assert_eq!(ids(&plan), ["delete:registration:gate:stray@example.com"]);
        let told = notes(&plan);
        let text = "ann@example.com, keep@example.com, List@example.com stay registered at gate: svc answers for them";
        assert!(told.contains(&text), "{told:#?}");
        for address in ["ann@example.com", "list@example.com", "keep@example.com"] {
            assert!(service.gate.row(address).is_some(), "{address}");
        }
        assert_eq!(service.gate.sent(), (1, 1));
    });
}

#[test]
fn a_pruned_registration_goes_in_the_plan_in_which_the_mailbox_goes() {
    let login = "mailboxes:\n  me@example.com: {}".to_owned();
    let ignore = "ignore: [\"keep@*\", \"list@*\"]";
    for (keys, rest) in [
        (format!(", prune: [mailboxes, registrations], {ignore}"), login.clone()),
        (format!(", prune: [registrations], {ignore}"), login + "\n  ann@example.com: absent"),
    ] {
        Type::FilteredBox.block_on(async {
            let service = with_ann().await;
            let gone = watch(&service, Method::DELETE);
            let (plan, _) = load(&service, &keys, &rest).run(&service).await;
            let delete = "delete:registration:gate:ann@example.com";
            assert!(ids(&plan).contains(&delete), "{}", lines(&plan));
            assert_eq!(*gone.lock().expect("whole"), [false], "after the mailbox, and once");
            assert!(service.gate.row("ann@example.com").is_none());
            assert!(!notes(&plan).iter().any(|note| note.contains("ann@")), "{:?}", notes(&plan));
        });
    }
}

#[test]
fn an_address_that_stays_as_an_alias_stays_registered() {
    Type::FilteredBox.block_on(async {
        // The mailbox goes and an alias takes its address, declared or there already: mail for it must still pass.
        let service = with_ann().await;
        let rest = format!("{NO_ANN}\naliases:\n  ann@example.com: [keep@example.com]");
        let (plan, _) = load(&service, "", &rest).run(&service).await;
        assert_eq!(
            ids(&plan),
            ["delete:mailbox:svc:ann@example.com", "create:alias:svc:ann@example.com"],
            "{}",
            lines(&plan)
        );
        let text = "ann@example.com stays registered at gate: svc answers for it";
        assert!(notes(&plan).contains(&text), "{:?}", notes(&plan));
        let at = plan.notes.iter().find(|note| note.text == text).and_then(|note| note.at.clone());
        assert_eq!(at.expect("a place").to_string(), "wish.yaml:5:3");
        assert_eq!(service.gate.sent().1, 0);

        let list = "mailboxes:\n  list@example.com: absent";
        let (plan, _) = load(&service, "", list).run(&service).await;
        assert!(plan.changes.is_empty(), "{}", lines(&plan));
        assert!(service.gate.row("list@example.com").is_some());
        // Where the alias goes too, nobody answers any more.
        let neither = format!("{list}\naliases:\n  list@example.com: absent");
        let (plan, _) = load(&service, "", &neither).run(&service).await;
        assert_eq!(
            ids(&plan),
            ["delete:alias:svc:list@example.com", "delete:registration:gate:List@example.com"],
            "{}",
            lines(&plan)
        );
        assert!(service.gate.row("list@example.com").is_none());
    });
}

#[test]
fn what_comes_from_the_directory_is_enough_and_is_never_removed() {
    Type::FilteredBox.block_on(async {
        let service = Filtered::fresh().await;
        service.gate.sandbox.edit(|rows| {
            rows.ad_mailbox("ann@example.com", "Ann").ad_mailbox("gone@example.com", "Gone");
        });
        // It satisfies the wish.
        let (plan, _) = load(&service, "", ANN).run(&service).await;
        assert_eq!(ids(&plan), ["create:mailbox:svc:ann@example.com"]);
        // Pruning skips it, though no store answers for the second.
        let site = load(&service, ", prune: [registrations]", ANN);
        let (plan, _) = site.run(&service).await;
        assert!(plan.changes.is_empty(), "{}", lines(&plan));
        // It stays where the mailbox goes, and the plan says why.
        let (plan, _) = load(&service, "", NO_ANN).run(&service).await;
        let blocked = plan.changes.iter().find(|change| change.connection.as_str() == "gate");
        let blocked = blocked.unwrap_or_else(|| panic!("{}", lines(&plan)));
        let Status::Blocked(blocks) = &blocked.status else { panic!("{}", lines(&plan)) };
        assert_eq!(blocks[0].code, BlockCode::Foreign, "{}", lines(&plan));
        assert!(blocks[0].reason.contains("comes from Active Directory"), "{}", lines(&plan));
        assert_eq!(service.gate.sent(), (0, 0));
        assert!(service.gate.row("ann@example.com").is_some_and(|row| row.ad));
        assert!(service.dump().await.contains_key("registration gone@example.com"));
    });
}
