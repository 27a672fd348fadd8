//! How many calls a run makes, as the simulators count them: a plan the pages that it needs and two besides at most,
//! one of a single address what that address takes, an apply one write for each change.

use std::path::Path;

use async_trait::async_trait;
use axum::http::Method;
use mailwright::providers::atmail::sandbox::Atmail;
use mailwright::providers::censornet::sandbox::Censornet;
use mailwright::providers::mailinabox::sandbox::MailInABox;
use mailwright::providers::open_xchange::sandbox::{OpenXchange, Quirk};
use mailwright::providers::rackspace::sandbox::{Quirk as ExchangeQuirk, Rackspace};
use mailwright::sandbox::{Running, Simulator, start};
use tempfile::TempDir;

use super::service::{Dump, Service, Type, writes};
use super::site::{Cut, Site, all_done, lines};

/// A service with a crowd in it.
struct Crowd {
    service: Type,
    server: Running,
    folder: TempDir,
}

/// The crowd stands in so many domains by turns.
const DOMAINS: usize = 2;

/// What every connection is limited to.
const IN_FLIGHT: usize = 3;

fn address(number: usize) -> String {
    format!("m{number:04}@d{}.example", number % DOMAINS)
}

fn simulator(service: Type, mailboxes: usize) -> Simulator {
    let addresses: Vec<String> = (0..mailboxes).map(address).collect();
    match service {
        Type::MailInABox => {
            let made = MailInABox::builder().build();
            made.edit(|rows| {
                for one in &addresses {
                    rows.user(one, "somebody's own");
                }
            });
            made.simulator()
        }
        Type::Rackspace => {
            let made = Rackspace::builder().with(ExchangeQuirk::AnyDomain).build();
            made.edit(|rows| {
                for one in &addresses {
                    rows.mailbox(one, "somebody's own");
                }
            });
            made.simulator()
        }
        Type::OpenXchange => {
            let made = OpenXchange::builder().with(Quirk::AnyDomain).build();
            made.edit(|rows| {
                for one in &addresses {
                    rows.user(OpenXchange::CONTEXT, one, "somebody's own");
                }
            });
            made.simulator()
        }
        Type::Atmail => {
            let made = Atmail::default();
            made.edit(|rows| {
                for number in 0..DOMAINS {
                    rows.domain(&format!("d{number}.example"));
                }
                for one in &addresses {
                    rows.user(one, "somebody's own");
                }
            });
            made.simulator()
        }
        Type::Censornet => {
            let made = Censornet::builder().tracking_all().build();
            made.edit(|rows| {
                for one in &addresses {
                    rows.mailbox(one);
                }
            });
            made.simulator()
        }
        other => panic!("no crowd at {other:?}"),
    }
}

impl Crowd {
    async fn of(service: Type, mailboxes: usize) -> Self {
        let server = start(simulator(service, mailboxes)).await.expect("a server");
        Self { service, server, folder: TempDir::new().expect("a folder") }
    }
}

#[async_trait]
impl Service for Crowd {
    fn type_name(&self) -> &'static str {
        match self.service {
            Type::MailInABox => "mailinabox",
            Type::Rackspace => "rackspace",
            Type::OpenXchange => "open_xchange",
            Type::Atmail => "atmail",
            _ => "censornet",
        }
    }

    fn connection(&self) -> String {
        let url = self.server.url();
        let keys = match self.service {
            Type::MailInABox => {
                format!("url: \"{url}\", email: me@example.com, password: {{env: BOX_PASSWORD}}")
            }
            Type::Rackspace => format!(
                "url: \"{url}\", user_key: {{env: EXCHANGE_USER_KEY}}, secret_key: {{env: EXCHANGE_SECRET_KEY}}"
            ),
            Type::OpenXchange => format!(
                "url: \"{url}\", context: {}, username: {}, password: {{env: CLOUD_SECRET}}",
                OpenXchange::CONTEXT,
                OpenXchange::BRAND
            ),
            Type::Atmail => format!(
                "url: \"{url}/index.php/api\", username: {}, password: {{env: ATMAIL_PASSWORD}}",
                Atmail::USERNAME
            ),
            _ => format!("url: \"{url}\", username: admin@example.com, password: {{env: BOX_PASSWORD}}"),
        };
        format!(
            "{{type: {}, {keys}, max_in_flight: {IN_FLIGHT}, reads_per_minute: 1000000, writes_per_minute: 1000000}}",
            self.type_name()
        )
    }

    fn servers(&self) -> Vec<&Running> {
        vec![&self.server]
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    async fn dump(&self) -> Dump {
        Dump::new()
    }

    async fn trace(&self) -> String {
        writes(&self.server)
    }

    async fn settle(&self) {}
}

/// A service that plans are counted at.
struct Row {
    service: Type,
    /// The pages that a plan of so many mailboxes reads, computed from the size of a page.
    pages: fn(usize) -> usize,
    /// The calls besides.
    besides: &'static [&'static str],
    /// The calls of a plan with `--only` and the address of a mailbox that is declared.
    one: usize,
    /// The calls of a plan with `--only` and an address that nobody has, where everything undeclared is pruned.
    nobody: Nobody,
    /// The kinds that are pruned.
    prunes: &'static str,
}

/// What it takes to know that nobody has an address.
enum Nobody {
    /// So many calls, whatever the service holds.
    Calls(usize),
    /// A look at every mailbox of the domain: the service tells whose extra address one is in no other way.
    EveryMailbox,
}

/// The mailboxes of each domain.
fn in_each(mailboxes: usize) -> impl Iterator<Item = usize> {
    (0..DOMAINS).map(move |domain| (domain..mailboxes).step_by(DOMAINS).count())
}

const ROWS: [Row; 5] = [
    Row {
        service: Type::MailInABox,
        // All users, all aliases.
        pages: |_| 2,
        besides: &[],
        one: 2,
        nobody: Nobody::Calls(2),
        prunes: "mailboxes, aliases, forwards, permissions",
    },
    Row {
        service: Type::OpenXchange,
        // All users, all forwarding aliases.
        pages: |_| 2,
        besides: &[],
        one: 2,
        nobody: Nobody::Calls(2),
        prunes: "mailboxes, aliases",
    },
    Row {
        service: Type::Rackspace,
        // By 100, with one page that is not full; and the list of those that are suspended.
        pages: |mailboxes| in_each(mailboxes).map(|of_domain| of_domain / 100 + 1 + 1).sum(),
        besides: &[],
        one: 1,
        nobody: Nobody::EveryMailbox,
        prunes: "mailboxes, aliases",
    },
    Row {
        service: Type::Atmail,
        // By 200, each from the last account of the one before, to the page that brings nothing new; and all aliases.
        pages: |mailboxes| {
            let pages = |of_domain: usize| 1 + of_domain.saturating_sub(200).div_ceil(199) + 1;
            in_each(mailboxes).map(pages).sum::<usize>() + 1
        },
        besides: &["/domain/list", "/subadmin/view/"],
        // Itself, all aliases, and the two besides.
        one: 4,
        nobody: Nobody::Calls(4),
        prunes: "mailboxes, aliases, forwards",
    },
    Row {
        service: Type::Censornet,
        // By 20.
        pages: |mailboxes| in_each(mailboxes).map(|of_domain| of_domain.div_ceil(20)).sum(),
        besides: &["/auth"],
        // One search for its address, and the login.
        one: 2,
        nobody: Nobody::Calls(2),
        prunes: "registrations",
    },
];

impl Row {
    fn wish(&self, mailboxes: usize, domain: &str, more: &str) -> String {
        let serving = self.service.serving();
        let domains = (0..DOMAINS).map(|n| format!("  d{n}.example: {{{serving}{domain}}}\n"));
        let people = (0..mailboxes).map(|n| format!("  {}: {{}}\n", address(n)));
        let (domains, people) = (domains.collect::<String>(), people.collect::<String>());
        format!("version: 1\ndomains:\n{domains}mailboxes:\n{people}{more}")
    }

    fn pruned(&self, mailboxes: usize) -> String {
        self.wish(mailboxes, &format!(", prune: [{}]", self.prunes), "")
    }

    /// The calls of a plan of this wish, narrowed to these; it must have so many changes.
    async fn calls(&self, crowd: &Crowd, wish: &str, only: &[&str], changes: usize) -> usize {
        let site = Site::load(crowd, wish).unwrap_or_else(|problems| panic!("{problems:?}")).only(only);
        crowd.server.clear();
        let (_, plan) = site.look().await;
        assert_eq!(plan.ready().count(), changes, "{}", lines(&plan));
        assert_eq!(plan.changes.len(), changes, "{}", lines(&plan));
        let counters = crowd.server.counters();
        assert!(counters.max_in_flight <= IN_FLIGHT, "{}: {counters:?}", self.service.word());
        usize::try_from(counters.total).expect("few")
    }
}

fn each(test: &impl AsyncFn(&Row)) {
    for row in &ROWS {
        row.service.block_on(test(row));
    }
}

#[test]
fn a_plan_reads_the_pages_and_makes_two_calls_besides_at_most() {
    each(&async |row| {
        for mailboxes in [610, 1_230] {
            let crowd = Crowd::of(row.service, mailboxes).await;
            let calls = row.calls(&crowd, &row.wish(mailboxes, "", ""), &[], 0).await;
            let told = format!("{} with {mailboxes}", row.service.word());
            assert!(row.besides.len() <= 2, "{told}");
            assert_eq!(calls, (row.pages)(mailboxes) + row.besides.len(), "{told}");
            for besides in row.besides {
                let of = |path: &String| path.contains(besides);
                let routes = crowd.server.counters().routes;
                assert_eq!(
                    routes.iter().filter(|(path, _)| of(path)).map(|(_, n)| n).sum::<u64>(),
                    1,
                    "{told}"
                );
            }
        }
    });
}

#[test]
fn a_plan_of_one_address_makes_its_own_calls_alone() {
    let (jane, nobody) = (address(0), "nobody@d0.example");
    each(&async |row| {
        for mailboxes in [60, 240] {
            let told = format!("{} with {mailboxes}", row.service.word());
            let crowd = Crowd::of(row.service, mailboxes).await;
            let pruned = row.pruned(mailboxes);
            assert_eq!(row.calls(&crowd, &row.wish(mailboxes, "", ""), &[&jane], 0).await, row.one, "{told}");
            assert_eq!(row.calls(&crowd, &pruned, &[&jane], 0).await, row.one, "{told}, pruned");
            let calls = row.calls(&crowd, &pruned, &[nobody], 0).await;
            let wanted = match row.nobody {
                Nobody::Calls(calls) => calls,
                // Its own record, their list, and each of them.
                Nobody::EveryMailbox => {
                    let of_domain = mailboxes / DOMAINS;
                    1 + of_domain / 100 + 1 + of_domain
                }
            };
            assert_eq!(calls, wanted, "{told}, nobody");
        }
    });
}

/// The calls that came and may write: none that read or log in.
fn written(crowd: &Crowd) -> usize {
    let requests = crowd.server.requests();
    let writes = requests.iter().filter(|request| request.method != Method::GET);
    writes.filter(|request| !["/auth", "/login"].contains(&request.path.as_str())).count()
}

#[test]
fn an_apply_is_one_write_for_each_change_and_a_second_one_none() {
    const BEFORE: usize = 40;
    each(&async |row| {
        let new = (BEFORE..BEFORE + 12).map(|n| {
            let needs = row.service.needs().unwrap_or_default();
            format!("  {}: {{{needs}}}\n", address(n))
        });
        let mut more: String = new.collect();
        let mut changes = 12;
        if row.service != Type::Censornet {
            more += "aliases:\n";
            more.extend((0..12).map(|n| format!("  a{n}@d0.example: [{}]\n", address(2 * n))));
            changes += 12;
        }
        let crowd = Crowd::of(row.service, BEFORE).await;
        let site = Site::load(&crowd, &row.wish(BEFORE, "", &more)).expect("loads");
        let (providers, plan) = site.look().await;
        assert_eq!(plan.ready().count(), changes, "{}", lines(&plan));
        crowd.server.clear();
        let outcome = site.apply(&crowd, &providers, &plan, Cut::Never).await.expect("nobody kills it");
        all_done(&plan, &outcome);
        let told = row.service.word();
        assert_eq!(written(&crowd), changes, "{told}: {}", writes(&crowd.server));
        let most = crowd.server.counters().max_in_flight;
        assert!((1..=IN_FLIGHT).contains(&most), "{told}: {most} at once");
        crowd.server.clear();
        let (providers, again) = site.look().await;
        site.apply(&crowd, &providers, &again, Cut::Never).await.expect("nobody kills it");
        assert_eq!((again.changes.len(), written(&crowd)), (0, 0), "{told}\n{}", lines(&again));
    });
}
