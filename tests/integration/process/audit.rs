//! `audit` beyond drift: a baseline, the access review, the rules' pages, and its exit codes.

use mailwright::sandbox::{Fault, FaultKind};
use serde_json::Value;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::bench::simulated_box;
use super::{Bench, Ran, shows};

async fn open(bench: &Bench) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(bench.path("mail/data/mail.db"));
    options.connect().await.expect("opens")
}

async fn write(bench: &Bench, statement: &'static str) {
    sqlx::query(statement).execute(&mut open(bench).await).await.expect("written");
}

fn fingerprints(ran: &Ran) -> Vec<String> {
    let report: Value = serde_json::from_str(&ran.out).expect("JSON");
    let of = |finding: &Value| finding["fingerprint"].as_str().expect("a fingerprint").to_owned();
    report["findings"].as_array().expect("findings").iter().map(of).collect()
}

const DRIFT: &str = "update mailbox set quota = 1073741824 where username = 'ann@example.com'";
const LEAK: &str = "update alias set goto = goto || ',ann@home.example' where address = 'sales@example.com'";

#[tokio::test]
async fn with_a_baseline_only_what_is_new_is_shown_and_counts() {
    let bench = Bench::applied().await;
    write(&bench, DRIFT).await;
    let first = bench.run(["audit", "mail", "--report", "known.json", "--format", "json"]).await;
    assert_eq!(first.code, Some(2), "{first}");
    assert_eq!(first.out, bench.read("known.json"));
    let again = bench.run(["audit", "mail", "--format", "json"]).await;
    assert_eq!(fingerprints(&first), fingerprints(&again));
    shows!(bench.run(["audit", "mail", "--baseline", "known.json"]).await, @"
Audit · example.com on directory · 1 domain, 3 mailboxes, 3 aliases, 1 forward, 1 permission read, complete

Nothing new found.
Against the baseline: 1 known finding is not shown.
--- exit 0
");
    // The place in the file is no part of a finding.
    bench.edit("mail/mailwright.yaml", "profiles:\n", "\n\nprofiles:\n");
    assert_eq!(bench.run(["audit", "mail", "--baseline", "known.json"]).await.code, Some(0));
    write(&bench, LEAK).await;
    shows!(bench.run(["audit", "mail", "--baseline", "known.json"]).await, @"
Audit · example.com on directory · 1 domain, 3 mailboxes, 3 aliases, 1 forward, 1 permission read, complete

error   MW001  alias sales@example.com on directory  targets is ann@example.com, ann@home.example, jane.doe@example.com,
                                                     declared ann@example.com, jane.doe@example.com
                                                     mailwright.yaml:56:22
warning MW011  alias sales@example.com on directory  mail leaves to ann@home.example, which `external` does not list
                                                     mailwright.yaml:56:22

1 error, 1 warning.
Against the baseline: 1 known finding is not shown.
--- exit 2
");
    assert_eq!(bench.run(["apply", "mail", "--yes", "--quiet"]).await.code, Some(0));
    shows!(bench.run(["audit", "mail", "--baseline", "known.json"]).await, @"
Audit · example.com on directory · 1 domain, 3 mailboxes, 3 aliases, 1 forward, 1 permission read, complete

Nothing found: everything is as declared.
Against the baseline: 1 is gone.
--- exit 0
");
    // An audit of less cannot tell what is gone.
    shows!(bench.run(["audit", "mail", "--baseline", "known.json", "--only", "jane.doe@example.com"]).await, @"
Audit · example.com on directory · 2 mailboxes, 3 aliases, 1 permission read, complete
  narrowed by --only jane.doe@example.com: the rest was not looked at
  left out: 1 domain, 2 mailboxes, 3 aliases, 1 forward

Nothing found: what was looked at is as declared.
--- stderr
what of the baseline is gone is not counted: this audit could not read everything, or looked at less or more
--- exit 0
");
}

#[tokio::test]
async fn a_baseline_that_is_none_is_refused_before_anything_is_read() {
    let bench = Bench::quickstart();
    bench.write("plan.json", "{\"format\": 1, \"changes\": []}");
    bench.write("list.json", "{\"findings\": [], \"known\": 2, \"gone\": 0}");
    shows!(bench.run(["audit", "mail", "--baseline", "plan.json"]).await, @"
--- stderr
error: --baseline plan.json is not a report of an audit: missing field `findings` at line 1 column 28
hint: write one with `mailwright audit --format json > FILE`, and look at what is in it before you accept it
--- exit 1
");
    shows!(bench.run(["audit", "mail", "--baseline", "list.json"]).await, @"
--- stderr
error: --baseline list.json was itself compared with a baseline
hint: it holds only what was new then; write one without --baseline
--- exit 1
");
    shows!(bench.run(["audit", "mail", "--baseline", "nowhere.json"]).await, @"
--- stderr
error: cannot read nowhere.json: No such file or directory (os error N)
--- exit 1
");
    shows!(bench.run(["audit", "mail", "--baseline", "list.json", "--report", "list.json"]).await, @"
--- stderr
error: --report list.json would overwrite the baseline with what is new alone
hint: name another file, or leave --baseline out to write it anew
--- exit 1
");
    assert!(bench.digest("mail/data/mail.db").is_none(), "nothing was opened");
}

#[tokio::test]
async fn the_access_review_is_the_same_from_the_same_state() {
    let bench = Bench::applied().await;
    let review = bench.run(["audit", "mail", "--access-review", "--format", "json"]).await;
    assert_eq!(review.code, Some(0), "{review}");
    let read: Value = serde_json::from_str(&review.out).expect("JSON");
    assert_eq!(read["state"], "live");
    let has = |whom: &str, can: &str, who: &str| {
        let entries = read["entries"].as_array().expect("entries");
        entries.iter().any(|entry| entry["whom"] == whom && entry["can"] == can && entry["who"] == who)
    };
    assert!(has("jane.doe@example.com", "send_as", "john.roe@example.com"), "{review}");
    assert!(has("john.roe@example.com", "receive", "ann@example.com"), "{review}");
    // Rows that lie elsewhere in the file are the same rows.
    write(&bench, "vacuum").await;
    let again = bench.run(["audit", "mail", "--access-review", "--format", "json"]).await;
    assert_eq!(again.out, review.out);
    let text = bench.run(["audit", "mail", "--access-review", "--report", "access.txt"]).await;
    assert_eq!((text.code, &text.out), (Some(0), &bench.read("access.txt")));
}

#[tokio::test]
async fn a_rule_is_explained_without_a_configuration() {
    let bench = Bench::empty();
    let page = bench.run(["audit", "--explain", "mw011"]).await;
    assert_eq!(page.code, Some(0), "{page}");
    assert!(page.out.starts_with("# MW011 external-unlisted\n\n## What it means\n"), "{page}");
    assert_eq!(bench.run(["audit", "--explain", "external-unlisted"]).await.out, page.out);
    let list = bench.run(["audit", "--explain"]).await;
    assert_eq!(list.code, Some(0), "{list}");
    let lines: Vec<&str> = list.out.lines().collect();
    assert_eq!(lines.len(), mailwright::audit::RULES.len());
    shows!(Ran { out: format!("{}\n{}\n", lines[10], lines[12]), ..list }, @"
MW011  warning  external-unlisted          Mail leaves to an address outside the declared domains that `external` does not list.
MW013  note     external-expires-soon      An entry under `external` that mail uses has its last day within 30 days.
--- exit 0
");
    let json = bench.run(["audit", "--explain", "--format", "json"]).await;
    let rules: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(rules[0]["id"], "MW001");
    shows!(bench.run(["audit", "--explain", "MW999"]).await, @"
--- stderr
error: --explain MW999: there is no such rule
hint: `mailwright audit --explain` lists the rules; where a configuration is named too, it comes first
--- exit 1
");
}

#[tokio::test]
async fn a_review_says_what_it_could_not_read() {
    let service = simulated_box().await;
    let bench = Bench::boxed(&service.url(), "domains:\n  example.com: {provider: box}\n");
    // The box does not tell where mail for its own aliases goes. Whoever knows says so with `ignore`.
    let hidden = bench.run(["audit", "mail", "--access-review"]).await;
    assert_eq!(hidden.code, Some(4), "{hidden}");
    assert!(hidden.out.contains("not read  targets of alias postmaster@example.com on box: "), "{hidden}");
    bench.edit(
        "mail/mail.yaml",
        "{provider: box}",
        "{provider: box, ignore: [postmaster@example.com, abuse@example.com, admin@example.com]}",
    );
    let calm = bench.run(["audit", "mail", "--access-review"]).await;
    assert_eq!(calm.code, Some(0), "{calm}");
    let page = Fault::new(FaultKind::HtmlPage).every().to(axum::http::Method::GET, "/mail/aliases");
    service.faults().add(page);
    let ran = bench.run(["audit", "mail", "--access-review"]).await;
    assert_eq!(ran.code, Some(4), "{ran}");
    assert!(ran.out.contains("not read  aliases of example.com on box: the reply (status 200)"), "{ran}");
    service.stop().await;
}
