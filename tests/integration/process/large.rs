//! Everything that is shown of one large configuration: a company of three domains, and a pull request of more than 500
//! changes to it. `tests/reports` holds each output; `UPDATE_GOLDENS=1` writes them anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Bench, standard};

const DOMAINS: [&str; 3] = ["example.com", "example.org", "example.net"];

const HEAD: &str = "\
version: 1
providers: {directory: {type: postfixadmin, database: \"sqlite:data/mail.db\", create: true}}
policy: {max_creates: {mailboxes: 100, aliases: 1000}, max_deletes: {aliases: 200}, external_forwards: allow}
profiles: {staff: {password: {generate: {dir: data/passwords, keep: true}}}}
";

/// Twelve people and 130 lists in each domain.
fn before() -> String {
    let mut yaml = HEAD.to_owned();
    yaml.push_str("domains:\n");
    for domain in DOMAINS {
        let _ = writeln!(yaml, "  {domain}: {{provider: directory, manage: true, prune: [aliases]}}");
    }
    yaml.push_str("mailboxes:\n");
    for domain in DOMAINS {
        for person in 0..12 {
            let _ = writeln!(yaml, "  p{person:02}@{domain}: {{profile: staff, quota: 1 GiB}}");
        }
    }
    yaml.push_str("aliases:\n");
    for domain in DOMAINS {
        for list in 0..130 {
            let _ = writeln!(yaml, "  list{list:03}@{domain}: [p{:02}@{domain}]", list % 12);
        }
    }
    yaml
}

/// Lists go, come and change, people get more room, one leaves; mail leaves, goes in a circle and falls to a catch-all.
fn after() -> String {
    let mut yaml = HEAD.to_owned();
    yaml.push_str("domains:\n");
    for domain in DOMAINS {
        let _ = writeln!(yaml, "  {domain}: {{provider: directory, manage: true, prune: [aliases]}}");
    }
    yaml.push_str(
        "external:\n  \"@partner.example\": {reason: project, owner: p01@example.com, expires: 2020-12-31}\n",
    );
    yaml.push_str("mailboxes:\n");
    for domain in DOMAINS {
        for person in 0..12 {
            let rest = match (person, domain) {
                (11, "example.com") => "absent".to_owned(),
                (3, _) => format!(
                    "{{profile: staff, quota: 2 GiB, forward: {{to: [p04@{domain}], keep_copy: false}}}}"
                ),
                (4, _) => {
                    "{profile: staff, quota: 2 GiB, forward: {to: [joe@partner.example], keep_copy: true}}"
                        .into()
                }
                (5, "example.com") => {
                    "{profile: staff, quota: 2 GiB, forward: {to: [p05@elsewhere.example]}}".into()
                }
                (6, _) => {
                    format!("{{profile: staff, quota: 2 GiB, permissions: {{p07@{domain}: [send_as]}}}}")
                }
                _ => "{profile: staff, quota: 2 GiB}".to_owned(),
            };
            let _ = writeln!(yaml, "  p{person:02}@{domain}: {rest}");
        }
    }
    yaml.push_str("aliases:\n  \"@example.org\": [p00@example.org]\n");
    for domain in DOMAINS {
        for list in 30..190 {
            let targets = match list {
                131 => format!("list132@{domain}, p00@{domain}"),
                132 => format!("list131@{domain}, p01@{domain}"),
                _ if list % 12 == 11 => format!("p10@{domain}"),
                _ if list % 12 == 0 => format!("p01@{domain}"),
                _ => format!("p{:02}@{domain}, p00@{domain}", list % 12),
            };
            let _ = writeln!(yaml, "  list{list:03}@{domain}: [{targets}]");
        }
    }
    yaml
}

/// The text without what changes from day to day: hashes that cover the day, and the day.
fn steady(text: &str) -> String {
    let mut steady = String::new();
    for part in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
        let word = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_hash = word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_plan = word.len() == 8
            && word.bytes().all(|byte| byte.is_ascii_hexdigit())
            && (steady.ends_with("Plan ") || steady.ends_with("plan `"));
        let is_day = steady.ends_with("\"today\": \"");
        match (is_hash, is_plan, is_day) {
            (true, ..) => steady.push_str("HASH"),
            (_, true, _) => steady.push_str("ID"),
            (.., true) => steady.push_str("DAY"),
            _ => steady.push_str(word),
        }
        steady.push_str(&part[word.len()..]);
    }
    steady
}

fn is_golden(name: &str, shown: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reports").join(name);
    let shown = steady(shown);
    if std::env::var("UPDATE_GOLDENS").is_ok_and(|word| word == "1") {
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, &shown).expect("written");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert!(golden == shown, "tests/reports/{name} differs; UPDATE_GOLDENS=1 writes it:\n{shown}");
}

fn keeps_to(schema: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(schema);
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).expect("a schema")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let document: Value = serde_json::from_str(text).expect("JSON");
    let wrong: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The first of a long list of changes stand for all in a golden of a document that is kept to its schema as a whole.
fn shortened(json: &str) -> String {
    let mut document: Value = serde_json::from_str(json).expect("JSON");
    for list in ["changes", "findings", "entries", "results"] {
        if let Some(Value::Array(all)) = document.get_mut(list) {
            let more = all.len().saturating_sub(12);
            all.truncate(12);
            all.push(Value::from(format!("and {more} more")));
        }
    }
    format!("{document:#}\n")
}

#[tokio::test]
async fn every_output_of_a_large_change_is_as_reviewed() {
    let bench = Bench::empty();
    bench.write("mail/mail.yaml", &before());
    let filled = bench.run(["apply", "mail", "--yes"]).await;
    assert_eq!(filled.code, Some(0), "{filled}");
    bench.write("mail/mail.yaml", &after());

    for (format, name) in [("text", "plan.txt"), ("markdown", "plan.md"), ("json", "plan.json")] {
        let plan = bench.run(["plan", "mail", "--format", format]).await;
        assert_eq!(plan.code, Some(0), "{plan}");
        if format == "json" {
            keeps_to("plan.schema.json", &plan.out);
            let changes = serde_json::from_str::<Value>(&plan.out).expect("JSON")["changes"].clone();
            assert!(changes.as_array().is_some_and(|changes| changes.len() > 500), "a large plan");
            is_golden(name, &shortened(&plan.out));
        } else {
            is_golden(name, &plan.out);
        }
    }
    let narrowed = bench.run(["plan", "mail", "--domain", "example.net", "--only", "p0*"]).await;
    is_golden("narrowed.txt", &narrowed.out);

    for state in ["before", "after"] {
        let forms = ["text", "markdown", "json", "sarif", "csv"];
        for format in forms {
            let audit = bench.run(["audit", "mail", "--format", format]).await;
            match format {
                "json" => keeps_to("audit.schema.json", &audit.out),
                "sarif" => standard::keeps_to_sarif(&serde_json::from_str(&audit.out).expect("JSON")),
                _ => {}
            }
            let shown = if format == "json" { shortened(&audit.out) } else { audit.out };
            if state == "after" || format == "text" {
                is_golden(&format!("audit.{state}.{format}"), &shown);
            }
        }
        if state == "before" {
            let applied = bench.run(["apply", "mail", "--yes", "--format", "json"]).await;
            assert_eq!(applied.code, Some(0), "{applied}");
            keeps_to("outcome.schema.json", &applied.out);
        }
    }
    for format in ["text", "markdown", "json", "csv"] {
        let review = bench.run(["audit", "mail", "--access-review", "--format", format]).await;
        if format == "json" {
            keeps_to("access.schema.json", &review.out);
        }
        let shown = if format == "json" { shortened(&review.out) } else { review.out };
        is_golden(&format!("review.{format}"), &shown);
    }
    for format in ["text", "markdown", "json"] {
        let trace = bench.run(["trace", "list131@example.org", "mail", "--format", format]).await;
        let access = bench.run(["access", "p04@example.com", "mail", "--format", format]).await;
        if format == "json" {
            keeps_to("trace.schema.json", &trace.out);
            keeps_to("access.schema.json", &access.out);
        }
        is_golden(&format!("trace.{format}"), &trace.out);
        is_golden(&format!("access.{format}"), &access.out);
    }
}
