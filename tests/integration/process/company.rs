//! One company, Exchange at Rackspace behind Censornet: the folder of `examples/company`, played on both simulators.

use std::fs;
use std::path::Path;

use axum::http::Method;
use mailwright::providers::rackspace::sandbox::Rackspace;
use mailwright::sandbox::{Fault, FaultKind, Running};

use super::bench::{BOX_PASSWORD, simulated};
use super::{Bench, Ran, shows};

struct Company {
    bench: Bench,
    exchange: Running,
    gateway: Running,
}

impl Company {
    /// The example, with both services on loopback.
    async fn new() -> Self {
        let (exchange, gateway) = (simulated("rackspace").await, simulated("censornet").await);
        let mut bench = Bench::empty();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/company");
        for file in ["providers.yaml", "people.yaml", "shared.yaml"] {
            bench.write(
                &format!("company/{file}"),
                &fs::read_to_string(example.join(file)).expect("the example"),
            );
        }
        for (type_name, running) in [("rackspace", &exchange), ("censornet", &gateway)] {
            let line = format!("    type: {type_name}\n");
            bench.edit("company/providers.yaml", &line, &format!("{line}    url: {}\n", running.url()));
        }
        Self::credentials(&mut bench);
        Self { bench, exchange, gateway }
    }

    /// The same services with one more file, in a folder of somebody else.
    fn beside(company: &Self, file: &str) -> Bench {
        let mut bench = Bench::empty();
        for name in ["providers.yaml", "people.yaml", "shared.yaml"] {
            bench.write(&format!("company/{name}"), &company.bench.read(&format!("company/{name}")));
        }
        bench.write("company/more.yaml", file);
        Self::credentials(&mut bench);
        bench
    }

    fn credentials(bench: &mut Bench) {
        for (name, value) in [
            ("RACKSPACE_USER_KEY", Rackspace::USER_KEY),
            ("RACKSPACE_SECRET_KEY", Rackspace::SECRET_KEY),
            ("CENSORNET_USERNAME", "admin@example.com"),
            ("CENSORNET_PASSWORD", BOX_PASSWORD),
        ] {
            bench.set(name, value);
        }
    }

    async fn run<const N: usize>(&self, arguments: [&str; N]) -> Ran {
        self.bench.run(arguments).await
    }

    /// The company as the example declares it.
    async fn applied() -> Self {
        let company = Self::new().await;
        let ran = company.run(["apply", "company", "--yes"]).await;
        assert_eq!(ran.code, Some(0), "{ran}");
        company
    }
}

#[tokio::test]
async fn the_example_is_brought_about_and_nothing_is_left_to_do() {
    let company = Company::new().await;
    shows!(company.run(["validate", "company"]).await, @"
Valid: 5 mailboxes, 4 aliases, 1 forward, 3 permissions, 1 sender rules, 5 registrations declared.
--- exit 0
");
    shows!(company.run(["doctor", "company"]).await, @"
exchange
  ok       reach        the service answers
  ok       clock        this machine and the service agree
  ok       credentials  the keys and their signature are accepted
  ok       account      account 100012: 1 domain, 1 with Exchange

gateway
  ok       reach        the service answers
  ok       login        the service takes the login
  ok       account      works on the account b441390e-5c1d-4f0a-9b7e-36d7839f6153, the login's own
  ok       rights       0 mailboxes can be listed
  ok       session      lasts 24 hours more
--- exit 0
");
    let plan = company.run(["plan", "company", "--detailed-exitcode"]).await;
    assert_eq!(plan.code, Some(2), "{plan}");
    shows!(company.run(["apply", "company", "--yes"]).await.out.split_once("rates.\n").expect("a plan").1, @"
New passwords, which only you can read:
  company/passwords/ceo@example.com
  company/passwords/jane.doe@example.com
  company/passwords/john.roe@example.com
  company/passwords/left@example.com
  company/passwords/office@example.com

24 done.
");
    shows!(company.run(["plan", "company", "--detailed-exitcode"]).await, @"
Plan ID · 2 connections
  example.com on exchange (account 100012) · 5 mailboxes, 4 aliases, 1 forward, 3 permissions, 1 sender rules read, complete · 14 calls
  example.com on gateway (account b441390e-5c1d-4f0a-9b7e-36d7839f6153) · 5 registrations read, complete · 2 calls

No changes: everything is as declared.
--- exit 0
");
    shows!(company.run(["audit", "company"]).await, @"
Audit · 2 connections
  example.com on exchange (account 100012) · 5 mailboxes, 4 aliases, 1 forward, 3 permissions, 1 sender rules read, complete · 16 calls
  example.com on gateway (account b441390e-5c1d-4f0a-9b7e-36d7839f6153) · 5 registrations read, complete · 2 calls

Nothing found: everything is as declared.
--- exit 0
");
}

#[tokio::test]
async fn what_is_there_is_exported_and_plans_as_no_change() {
    let company = Company::applied().await;
    let exported = company.run(["export", "company"]).await;
    assert_eq!(exported.code, Some(0), "{exported}");
    let (_, office) = exported.out.split_once("\n  office@example.com:\n").expect("the office");
    insta::assert_snapshot!(office, @r#"
    display_name: Office
    state: active
    quota: 25 GiB
    hidden_from_directory: false
    settings:
      censornet:
        executive: false
      rackspace:
        activesync: false
        public_folder_admin: false
        spam_filter_level: "on"
        spam_quarantine_owner: jane.doe@example.com
        spam_send_to_domain_quarantine: true
        visible_in_rackspace_email_company_directory: false
    permissions:
      jane.doe@example.com: [send_as]
      john.roe@example.com: [full_access, send_as]
    sender_rules:
      allow: [news@supplier.example]
      block: ["203.0.113.7", casino.example]

aliases:
  abuse@example.com: [office@example.com]
  info@example.com: [office@example.com]
  jane@example.com: [jane.doe@example.com]
  postmaster@example.com: [office@example.com]
"#);
    for file in ["people.yaml", "shared.yaml"] {
        fs::remove_file(company.bench.path(&format!("company/{file}"))).expect("removed");
    }
    company.bench.edit("company/providers.yaml", "external_forwards: listed", "external_forwards: allow");
    company.bench.write("company/exported.yaml", &exported.out);
    let plan = company.run(["plan", "company", "--detailed-exitcode"]).await;
    assert_eq!(plan.code, Some(0), "{plan}");
}

#[tokio::test]
async fn who_leaves_is_deleted_at_the_store_before_the_filter_forgets_the_address() {
    let company = Company::applied().await;
    let people = company.bench.read("company/people.yaml");
    let (before, _) = people.split_once("  left@example.com:").expect("the last entry");
    company.bench.write("company/people.yaml", &format!("{before}  left@example.com: absent\n"));
    shows!(company.run(["plan", "company"]).await, @"
Plan ID · 2 connections
  example.com on exchange (account 100012) · 5 mailboxes, 4 aliases, 1 forward, 3 permissions, 1 sender rules read, complete · 14 calls
  example.com on gateway (account b441390e-5c1d-4f0a-9b7e-36d7839f6153) · 5 registrations read, complete · 2 calls

  - mailbox       left@example.com  on exchange    destructive  declared absent at people.yaml:36:3
  - registration  left@example.com  on gateway     destructive  declared absent at people.yaml:36:3

2 to delete · 2 writes, about 1 s at these services' rates. Nothing was changed.
--- exit 0
");

    // The store refuses: the filter keeps the address.
    let mailboxes = "/v1/customers/100012/domains/example.com/ex/mailboxes/*";
    company.exchange.faults().add(Fault::new(FaultKind::ErrorBefore).to(Method::DELETE, mailboxes).every());
    let ran = company.run(["apply", "company", "--yes"]).await;
    assert_eq!(ran.code, Some(5), "{ran}");
    assert_eq!(company.gateway.counters().of(&Method::DELETE, "/email/mailbox"), 0, "{ran}");

    company.exchange.faults().clear();
    let ran = company.run(["apply", "company", "--yes"]).await;
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(company.gateway.counters().of(&Method::DELETE, "/email/mailbox"), 1, "{ran}");
    let plan = company.run(["plan", "company", "--detailed-exitcode"]).await;
    assert_eq!(plan.code, Some(0), "{plan}");
}

#[tokio::test]
async fn a_saved_plan_takes_nobody_from_the_filter_whom_the_store_came_to_answer_for() {
    let company = Company::applied().await;
    let two = "  ann@example.com: {profile: staff, display_name: Ann}\n  bob@example.com: {profile: staff, display_name: Bob}\n";
    company.bench.write("company/new.yaml", &format!("version: 1\nmailboxes:\n{two}"));
    assert_eq!(company.run(["apply", "company", "--yes"]).await.code, Some(0));
    // The store alone lets go of them, and then nothing declares them any more.
    let people = "  ann@example.com: absent\n  bob@example.com: absent\n";
    company.bench.write("company/new.yaml", &format!("version: 1\nmailboxes:\n{people}"));
    let ran = company.run(["apply", "company", "--yes", "--provider", "exchange"]).await;
    assert_eq!(ran.code, Some(0), "{ran}");
    fs::remove_file(company.bench.path("company/new.yaml")).expect("removed");
    let plan = company.run(["plan", "company", "--out", "saved.plan", "--format", "json"]).await;
    super::documents::keeps_to_the_schema(&plan);
    shows!(company.run(["plan", "company"]).await, @"
Plan ID · 2 connections
  example.com on exchange (account 100012) · 5 mailboxes, 4 aliases, 1 forward, 3 permissions, 1 sender rules read, complete · 16 calls
  example.com on gateway (account b441390e-5c1d-4f0a-9b7e-36d7839f6153) · 7 registrations read, complete · 2 calls

  - registration  ann@example.com  on gateway    destructive
                  not declared, and example.com prunes registrations at providers.yaml:21:13
  - registration  bob@example.com  on gateway    destructive
                  not declared, and example.com prunes registrations at providers.yaml:21:13

2 to delete · 2 writes. Nothing was changed.
--- exit 0
");

    // One of them comes back before the plan is applied.
    let with_ann = "  ann@example.com: {profile: staff, display_name: Ann}\n";
    let other = Company::beside(&company, &format!("version: 1\nmailboxes:\n{with_ann}"));
    let ran = other.run(["apply", "company", "--yes", "--provider", "exchange"]).await;
    assert_eq!(ran.code, Some(0), "{ran}");
    shows!(company.run(["apply", "company", "--plan", "saved.plan", "--yes"]).await, @"
Plan ID · 2 connections
  example.com on exchange (account 100012) · 5 mailboxes, 4 aliases, 1 forward, 3 permissions, 1 sender rules read, complete · 16 calls
  example.com on gateway (account b441390e-5c1d-4f0a-9b7e-36d7839f6153) · 7 registrations read, complete · 2 calls

  - registration  ann@example.com  on gateway    destructive
                  not declared, and example.com prunes registrations at providers.yaml:21:13
  - registration  bob@example.com  on gateway    destructive
                  not declared, and example.com prunes registrations at providers.yaml:21:13

2 to delete · 2 writes.

  skipped   delete registration ann@example.com on gateway  providers.yaml:21:13
            stale: since the plan was made, exchange has come to answer for ann@example.com

1 done, 1 skipped. What is done stays done; plan again to see what is left.
--- exit 5
");
}
