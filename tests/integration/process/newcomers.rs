//! The folders of `examples/open-xchange`, `examples/atmail` and `examples/moving`, played on both simulators.

use std::fs;
use std::path::Path;

use mailwright::providers::atmail::sandbox::Atmail;
use mailwright::providers::open_xchange::sandbox::OpenXchange;
use mailwright::sandbox::Running;

use super::bench::simulated;
use super::{Bench, Ran, shows};

mod atmail;
mod open_xchange;

/// An example with the simulated services that it names.
struct Example {
    name: &'static str,
    bench: Bench,
    servers: Vec<Running>,
}

impl Example {
    async fn new(name: &'static str, types: &[&'static str]) -> Self {
        let mut bench = Bench::empty();
        let file = format!("{name}/mailwright.yaml");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(&file);
        bench.write(&file, &fs::read_to_string(path).expect("the example"));
        let mut servers = Vec::new();
        for type_name in types {
            let server = simulated(type_name).await;
            let text = bench.read(&file);
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            let start =
                lines.iter().position(|line| *line == format!("    type: {type_name}")).expect("its type");
            let entry = services().into_iter().find(|service| service.0 == *type_name).expect("known").1;
            for (key, value) in entry(&server.url()) {
                let at = lines[start..]
                    .iter()
                    .position(|line| line.starts_with(&format!("    {key}:")))
                    .unwrap_or_else(|| panic!("{key} of {type_name}"));
                lines[start + at] = format!("    {key}: {value}");
            }
            bench.write(&file, &(lines.join("\n") + "\n"));
            servers.push(server);
        }
        bench.set("OX_SECRET", OpenXchange::SECRET);
        bench.set("ATMAIL_PASSWORD", Atmail::PASSWORD);
        Self { name, bench, servers }
    }

    async fn run<const N: usize>(&self, arguments: [&str; N]) -> Ran {
        self.bench.run(arguments).await
    }

    /// Applies it, and sees that nothing is left to do.
    async fn applied(&self) {
        let ran = self.run(["apply", self.name, "--yes"]).await;
        assert_eq!(ran.code, Some(0), "{ran}");
        self.holds().await;
    }

    /// What was exported stands in place of all that the example says of objects, and nothing is to be done.
    async fn adopts(&self, exported: &str) {
        let file = format!("{}/mailwright.yaml", self.name);
        let text = self.bench.read(&file);
        self.bench.write(&file, text.split_once("\nprofiles:\n").expect("profiles").0);
        self.bench.write(&format!("{}/exported.yaml", self.name), exported);
        self.holds().await;
    }

    /// A plan has nothing to do, and an audit finds nothing.
    async fn holds(&self) {
        let ran = self.run(["plan", self.name, "--detailed-exitcode"]).await;
        assert_eq!(ran.code, Some(0), "{ran}");
        assert!(ran.out.contains("No changes: everything is as declared."), "{ran}");
        let ran = self.run(["audit", self.name]).await;
        assert_eq!(ran.code, Some(0), "{ran}");
    }
}

type Keys = fn(&str) -> Vec<(&'static str, String)>;

/// What a simulator is reached with.
fn services() -> Vec<(&'static str, Keys)> {
    let open_xchange: Keys = |url| {
        vec![
            ("url", url.to_owned()),
            ("admin_url", url.to_owned()),
            ("context", OpenXchange::CONTEXT.to_owned()),
            ("username", OpenXchange::BRAND.to_owned()),
        ]
    };
    let atmail: Keys =
        |url| vec![("url", format!("{url}/index.php/api")), ("username", Atmail::USERNAME.to_owned())];
    vec![("open_xchange", open_xchange), ("atmail", atmail)]
}

#[tokio::test]
async fn a_domain_moves_from_one_store_to_another_in_two_plans() {
    // Yesterday it lay at the old store alone.
    let example = Example::new("moving", &["open_xchange", "atmail"]).await;
    let file = "moving/mailwright.yaml";
    let today = example.bench.read(file);
    let yesterday = today.replace(
        "    provider: new\n    manage: true\n    leaving: {old: keep}\n",
        "    provider: old\n    manage: true\n",
    );
    example.bench.write(file, &yesterday);
    example.applied().await;

    example.bench.write(file, &today);
    shows!(example.run(["plan", "moving"]).await, @"
Plan ID · 2 connections
  acme.example on new (account context acme_shop) · 0 objects read, complete · 3 calls
  acme.example on old (account subscriptionname.atmailcloud.com) · 2 mailboxes read, complete · 4 calls

  + domain   acme.example        on new                                                 mailwright.yaml:24:3
  + mailbox  ann@acme.example    on new  given_name Ann, family_name Roe, quota 5 GiB,  mailwright.yaml:33:3
                                         password generated in passwords
  + mailbox  bob@acme.example    on new  given_name Bob, family_name Low, quota 5 GiB,  mailwright.yaml:34:3
                                         password generated in passwords
  + alias    anna@acme.example   on new  → ann@acme.example                             mailwright.yaml:33:83
  + alias    sales@acme.example  on new  → ann@acme.example, bob@acme.example           mailwright.yaml:37:3

  note     old still holds 2 mailboxes of acme.example; it keeps them (leaving: keep)  mailwright.yaml:24:3

5 to create · 5 writes, about 1 s at this service's rate. Nothing was changed.
--- exit 0
");
    example.applied().await;
    assert!(
        example
            .run(["show", "ann@acme.example", "moving", "--provider", "old"])
            .await
            .out
            .contains("mailbox")
    );

    example.bench.edit(file, "    leaving: {old: keep}\n", "    leaving: {old: remove}\n");
    shows!(example.run(["plan", "moving"]).await, @"
Plan ID · 2 connections
  acme.example on new (account context acme_shop) · 1 domain, 2 mailboxes, 2 aliases read, complete · 5 calls
  acme.example on old (account subscriptionname.atmailcloud.com) · 2 mailboxes, 2 aliases read, complete · 6 calls

  - mailbox  ann@acme.example    on old                                        destructive
             acme.example leaves old (leaving: remove) at mailwright.yaml:24:3
  - mailbox  bob@acme.example    on old                                        destructive
             acme.example leaves old (leaving: remove) at mailwright.yaml:24:3
  - alias    anna@acme.example   on old  → ann@acme.example                    disruptive
             acme.example leaves old (leaving: remove) at mailwright.yaml:24:3
  - alias    sales@acme.example  on old  → ann@acme.example, bob@acme.example  disruptive
             acme.example leaves old (leaving: remove) at mailwright.yaml:24:3

  note     `given_name`, `family_name` of 2 objects on new cannot be compared: the service tells it of no user; a change
           must be made there

4 to delete · 5 writes. Nothing was changed.
--- exit 0
");
    example.applied().await;
    let left = example.run(["show", "ann@acme.example", "moving", "--provider", "old"]).await;
    assert_eq!(left.out, "nothing on old\n", "{left}");
    assert!(!example.servers.is_empty());
}
