//! Services that refuse, break off, lie or are not there.

use mailwright::sandbox::{Fault, FaultKind};

use super::bench::simulated_box;
use super::{Bench, Ran, shows};

const ONE: &str = "domains:\n  example.com: {provider: box, prune: [aliases]}\nmailboxes:\n  nora@example.com: {quota: 1 GiB, \
                   password: {env: NORA_PASSWORD}}\naliases:\n  team@example.com: [nora@example.com]\n";

#[tokio::test]
async fn a_box_is_brought_to_what_is_declared() {
    let service = simulated_box().await;
    let bench = Bench::boxed(&service.url(), ONE);
    shows!(bench.run(["apply", "mail", "--yes"]).await, @"
Plan ID · example.com on box · 1 mailbox, 8 aliases read, complete · 2 calls

  + mailbox  nora@example.com  quota 1 GiB, password from the variable NORA_PASSWORD  mail.yaml:4:3
  + alias    team@example.com  → nora@example.com                                     mail.yaml:6:3

2 to create · 2 writes.

2 done.
--- exit 0
");
    shows!(bench.run(["plan", "mail", "--detailed-exitcode"]).await, @"
Plan ID · example.com on box · 2 mailboxes, 9 aliases read, complete · 2 calls

No changes: everything is as declared.
--- exit 0
");
    bench.write(
        "mail/mail.yaml",
        &ONE.replace("1 GiB", "2 GiB").replace("  team@example.com: [nora@example.com]\n", "  {}\n"),
    );
    shows!(bench.run(["plan", "mail"]).await, @"
Plan ID · example.com on box · 2 mailboxes, 9 aliases read, complete · 2 calls

  - alias    team@example.com  → nora@example.com   disruptive
             not declared, and example.com prunes aliases at mail.yaml:2:40
  ~ mailbox  nora@example.com  quota 1 GiB → 2 GiB              mail.yaml:4:29

  mail     team@example.com will bounce

1 to change, 1 to delete · 2 writes. Nothing was changed.
--- exit 0
");
    service.stop().await;
}

#[tokio::test]
async fn a_wrong_credential_costs_one_request() {
    let service = simulated_box().await;
    let mut bench = Bench::boxed(&service.url(), ONE);
    bench.set("BOX_PASSWORD", "a-wrong-password-77");
    let ran = bench.run(["plan", "mail"]).await;
    assert_eq!(service.requests().len(), 1);
    assert!(!ran.to_string().contains("a-wrong-password-77"));
    shows!(ran, @"
--- stderr
error: cannot use the connection `box`: the box refuses the login of me@example.com: Incorrect email address or password. (GET http://127.0.0.1:PORT/mail/users)
hint: check `email` and `password`; the box bans an address that fails too often, so no further call is made (set by providers.box.password)
--- exit 1
");
    service.stop().await;
}

#[tokio::test]
async fn a_secret_that_is_not_set_is_named() {
    let mut bench = Bench::boxed("http://127.0.0.1:9", ONE);
    bench.set("BOX_PASSWORD", "");
    shows!(bench.run(["plan", "mail"]).await, @"
--- stderr
error: cannot use the connection `box`: the secret {env: BOX_PASSWORD} for box cannot be read: the environment variable is empty
hint: an empty secret is never meant (set by providers.box.password)
--- exit 1
");
}

#[tokio::test]
async fn a_mailbox_whose_password_is_not_set_fails_and_stops_only_what_needs_it() {
    let service = simulated_box().await;
    let mut bench = Bench::boxed(&service.url(), ONE);
    bench.set("NORA_PASSWORD", "");
    let ran = bench.run(["apply", "mail", "--yes"]).await;
    let (_, outcome) = ran.out.split_once("2 writes.\n").expect("the plan comes first");
    insta::assert_snapshot!(outcome.trim_start(), @"
failed    create mailbox nora@example.com on box  mail.yaml:4:3
            the secret {env: NORA_PASSWORD} for nora@example.com cannot be read: the environment variable is empty
            hint: an empty secret is never meant
  skipped   create alias team@example.com on box  mail.yaml:6:3
            comes after create:mailbox:box:nora@example.com, which failed: mail could bounce in between

1 failed, 1 skipped. What is done stays done; plan again to see what is left.
");
    assert_eq!(ran.code, Some(5));
    service.stop().await;
}

#[tokio::test]
async fn nobody_listens() {
    let service = simulated_box().await;
    let url = service.url();
    service.stop().await;
    let bench = Bench::boxed(&url, ONE);
    shows!(bench.run(["plan", "mail"]).await, @"
--- stderr
error: cannot use the connection `box`: no connection came about: Connection refused (os error N) (GET http://127.0.0.1:PORT/mail/users)
hint: check the host and the port in `url`, and that the service runs (set by providers.box.url)
--- exit 1
");
}

/// What the first read brings with a fault at every call, and that nothing but reads was sent.
async fn first_read(kind: FaultKind) -> Ran {
    let service = simulated_box().await;
    service.faults().add(Fault::new(kind).every());
    let bench = Bench::boxed(&service.url(), ONE);
    let ran = bench.run(["apply", "mail", "--yes"]).await;
    assert!(service.requests().iter().all(|request| request.method == "GET"), "{ran}");
    service.stop().await;
    ran
}

#[tokio::test]
async fn a_web_page_is_no_answer() {
    shows!(first_read(FaultKind::HtmlPage).await, @"
--- stderr
error: cannot use the connection `box`: the reply (status 200) is not what the service answers: expected value at line 1 column 1; it begins: an HTML page titled `200 OK` (GET http://127.0.0.1:PORT/mail/users)
hint: a web page answered instead of the service's interface: check the path in `url`, and whether a login page or a proxy stands before it (set by providers.box.url)
--- exit 1
");
}

#[tokio::test]
async fn a_reply_that_is_cut_is_no_answer() {
    shows!(first_read(FaultKind::HalfBody).await, @r#"
--- stderr
error: cannot use the connection `box`: the reply (status 200) is not what the service answers: at `[0].users[0].?`: EOF while parsing a value at line 9 column 0; it begins: [ { "domain": "example.com", "users": [ { "box_quota": 0, "box_size": "0.0", "email": "me@example.com", (GET http://127.0.0.1:PORT/mail/users)
hint: check that `url` leads to this service and that its version is a supported one (set by providers.box.url)
--- exit 1
"#);
}

#[tokio::test]
async fn a_reply_without_end_is_ended() {
    shows!(first_read(FaultKind::Endless { limit: FaultKind::ENDLESS }).await, @"
--- stderr
error: cannot use the connection `box`: the reply is larger than 64 MiB, which is the most that is read (GET http://127.0.0.1:PORT/mail/users)
hint: look at providers.box.url
--- exit 1
");
}

#[tokio::test]
async fn a_service_that_is_silent_is_given_up() {
    shows!(first_read(FaultKind::Hang).await, @"
--- stderr
error: cannot use the connection `box`: no answer within 2 s (GET http://127.0.0.1:PORT/mail/users)
hint: raise `timeout` where the service is slow (set by providers.box.url)
--- exit 1
");
}

#[tokio::test]
async fn no_delete_rests_on_half_a_reading() {
    let service = simulated_box().await;
    let bench = Bench::boxed(&service.url(), ONE);
    assert_eq!(bench.run(["apply", "mail", "--yes"]).await.code, Some(0));
    // `stray` is undeclared in a pruned kind; whether it may go is not known without all aliases.
    bench.write("mail/mail.yaml", &ONE.replace("team@example.com:", "crew@example.com:"));
    service
        .faults()
        .add(Fault::new(FaultKind::HtmlPage).every().to(axum::http::Method::GET, "/mail/aliases"));
    service.clear();
    let ran = bench.run(["apply", "mail", "--yes"]).await;
    assert!(service.requests().iter().all(|request| request.method == "GET"), "{ran}");
    shows!(ran, @"
Plan ID · example.com on box · 2 mailboxes read, incomplete · 2 calls
  ! not read  aliases of example.com on box: the reply (status 200) is not what the service answers: expected value at line 1 column 1; it begins: an HTML page titled `200 OK` (GET http://127.0.0.1:PORT/mail/aliases)

  ! alias  crew@example.com  create blocked: the reply (status 200) is not what the service answers:   mail.yaml:6:3
                             expected value at line 1 column 1; it begins: an HTML page titled `200 OK`
                             (GET http://127.0.0.1:PORT/mail/aliases)
           wanted: → nora@example.com

  note     nothing is pruned there, the reading is not complete: aliases of example.com: the reply (status 200) is not
           what the service answers: expected value at line 1 column 1; it begins: an HTML page titled `200 OK` (GET
           http://127.0.0.1:PORT/mail/aliases)  mail.yaml:2:40

1 blocked.

Nothing was done: what is wanted is blocked.
--- exit 4
");
    shows!(bench.run(["audit", "mail"]).await, @"
Audit · example.com on box · 2 mailboxes, 1 administrator read, incomplete · 2 calls
  ! not read  aliases of example.com, forwards of example.com, permissions of example.com on box: the reply (status 200) is not what the service answers: expected value at line 1 column 1; it begins: an HTML page titled `200 OK` (GET http://127.0.0.1:PORT/mail/aliases)

warning MW005    aliases of example.com on box could not be read: the reply (status 200) is not what the service
                 answers: expected value at line 1 column 1; it begins: an HTML page titled `200 OK` (GET
                 http://127.0.0.1:PORT/mail/aliases)  providers.yaml:3:3
warning MW005    forwards of example.com on box could not be read: the reply (status 200) is not what the service
                 answers: expected value at line 1 column 1; it begins: an HTML page titled `200 OK` (GET
                 http://127.0.0.1:PORT/mail/aliases)  providers.yaml:3:3
warning MW005    permissions of example.com on box could not be read: the reply (status 200) is not what the service
                 answers: expected value at line 1 column 1; it begins: an HTML page titled `200 OK` (GET
                 http://127.0.0.1:PORT/mail/aliases)  providers.yaml:3:3

3 warnings.
--- exit 4
");
    service.stop().await;
}

#[tokio::test]
async fn a_lost_reply_is_looked_into_and_never_doubled() {
    let service = simulated_box().await;
    let bench = Bench::boxed(&service.url(), ONE);
    service.faults().add(Fault::new(FaultKind::LostReply).to(axum::http::Method::POST, "/mail/users/add"));
    let ran = bench.run(["apply", "mail", "--yes", "--verbose"]).await;
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(service.counters().of(&axum::http::Method::POST, "/mail/users/add"), 1, "{ran}");
    assert_eq!(bench.run(["plan", "mail", "--detailed-exitcode"]).await.code, Some(0));
    service.stop().await;
}

#[tokio::test]
async fn a_saved_plan_waits_for_a_service_that_is_away() {
    let service = simulated_box().await;
    let bench = Bench::boxed(&service.url(), ONE);
    assert_eq!(bench.run(["plan", "mail", "--out", "plan.json"]).await.code, Some(0));
    service.faults().add(Fault::new(FaultKind::HtmlPage).every());
    let away = bench.run(["apply", "mail", "--plan", "plan.json", "--yes", "--quiet"]).await;
    shows!(Ran { out: String::new(), ..away }, @"
--- stderr
error: what the saved plan plan.json rests on cannot be read again: the reply (status 200) is not what the service answers: expected value at line 1 column 1; it begins: an HTML page titled `200 OK` (GET http://127.0.0.1:PORT/mail/users)
hint: `mailwright doctor` checks the connections; the plan can be applied later
--- exit 1
");
    service.faults().clear();
    assert_eq!(bench.run(["apply", "mail", "--plan", "plan.json", "--yes"]).await.code, Some(0));
    service.stop().await;
}
