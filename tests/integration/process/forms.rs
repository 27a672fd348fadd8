//! The forms in which a result is shown and written, and the refusal of those that it does not have.

use serde_json::Value;

use super::{Bench, shows};

#[tokio::test]
async fn a_plan_and_an_apply_are_comments_too() {
    let bench = Bench::quickstart();
    let plan = bench.run(["plan", "mail", "--format", "markdown", "--report", "plan.md"]).await;
    assert_eq!(plan.code, Some(0), "{plan}");
    assert!(plan.out.starts_with("<!-- mailwright:plan -->\n### Mail plan `"), "{plan}");
    assert!(plan.out.contains("```diff\n+ forward     john.roe@example.com"), "{plan}");
    assert_eq!(bench.read("plan.md"), plan.out);
    let applied = bench.run(["apply", "mail", "--yes", "--format", "markdown"]).await;
    assert_eq!(applied.code, Some(0), "{applied}");
    assert!(
        applied.out.starts_with("<!-- mailwright:outcome -->\n"),
        "the plan goes to standard error: {applied}"
    );
    assert!(applied.out.contains("**9 done.**") && applied.err.contains("9 to create"), "{applied}");
}

#[tokio::test]
async fn an_audit_has_all_five_forms() {
    let bench = Bench::applied().await;
    bench.edit("mail/mailwright.yaml", "quota: 10 GiB", "quota: 20 GiB");
    let reports = ["a.txt", "a.json", "a.md", "a.sarif", "b.sarif.json", "a.csv"]
        .into_iter()
        .flat_map(|name| ["--report", name]);
    let text = bench.run(["audit", "mail"].into_iter().chain(reports)).await;
    assert_eq!(text.code, Some(2), "{text}");
    assert_eq!(bench.read("a.txt"), text.out);
    for (format, file) in [
        ("json", "a.json"),
        ("markdown", "a.md"),
        ("sarif", "a.sarif"),
        ("sarif", "b.sarif.json"),
        ("csv", "a.csv"),
    ] {
        let ran = bench.run(["audit", "mail", "--format", format]).await;
        assert_eq!(ran.code, Some(2), "{ran}");
        assert_eq!(bench.read(file), ran.out, "{format}");
    }
    assert!(bench.read("a.md").starts_with("<!-- mailwright:audit -->\n"));
    assert!(bench.read("a.csv").contains("\r\nMW001,error,mailbox,john.roe@example.com,directory,"));
    let sarif: Value = serde_json::from_str(&bench.read("a.sarif")).expect("JSON");
    let places = |sarif: &Value| -> Vec<String> {
        let results = sarif["runs"][0]["results"].as_array().expect("results");
        let uri = |result: &Value| {
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().map(str::to_owned)
        };
        results.iter().map(|result| uri(result).expect("a place")).collect()
    };
    super::standard::keeps_to_sarif(&sarif);
    assert_eq!(places(&sarif), ["mail/mailwright.yaml"], "as seen from the repository's root");
    let path = bench.path("mail/mailwright.yaml");
    let absolute = bench.run(["audit", path.to_str().expect("text"), "--format", "sarif"]).await;
    let sarif: Value = serde_json::from_str(&absolute.out).expect("JSON");
    assert_eq!(places(&sarif), ["mail/mailwright.yaml"], "also where the path is absolute");
}

#[tokio::test]
async fn a_form_that_there_is_not_is_refused_before_anything_is_read() {
    let bench = Bench::empty();
    shows!(bench.run(["plan", "nowhere", "--format", "sarif"]).await, @"
--- stderr
error: --format: a plan cannot be shown as sarif
hint: it can be shown as text, json, markdown
--- exit 1
");
    shows!(bench.run(["plan", "nowhere", "--report", "plan.csv"]).await, @"
--- stderr
error: --report plan.csv: a plan cannot be shown as csv
hint: end its name in .txt, .json or .md
--- exit 1
");
    shows!(bench.run(["audit", "nowhere", "--report", "audit.pdf"]).await, @"
--- stderr
error: --report audit.pdf does not say in which form
hint: end its name in .txt, .json, .md, .sarif or .csv
--- exit 1
");
    shows!(bench.run(["apply", "nowhere", "--yes", "--report", "a.sarif.json"]).await, @"
--- stderr
error: --report a.sarif.json: what came of an apply cannot be shown as sarif
hint: end its name in .txt, .json or .md
--- exit 1
");
    let show = bench.run(["show", "a@example.com", "nowhere", "--format", "csv"]).await;
    assert_eq!(show.code, Some(1), "{show}");
    assert!(show.err.contains("[possible values: text, json]"), "{show}");
}
