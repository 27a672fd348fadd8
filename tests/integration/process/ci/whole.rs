//! The whole way: a pull request, its plan in a comment, the merge, the apply of just that plan; and the audit.

use std::path::Path;

use mailwright::sandbox::{Fault, FaultKind, Running};

use super::scripts::Site;
use super::{BOX_PASSWORD, HEAD, Host, Job, MARKER};
use crate::process::bench::{NORA_PASSWORD, simulated_box};

const PLAN: &str = "sh ci/plan.sh mail";
const COMMENT: &str = "python3 ci/comment.py";
const VERDICT: &str = "python3 ci/verdict.py";
const FETCH: &str = "python3 ci/fetch_plan.py";
const APPLY: &str = "sh ci/apply.sh mail";
const AUDIT: &str = "sh ci/audit.sh mail";
const IS_AS_DECLARED: &str = "mailwright plan mail --detailed-exitcode";

/// A checkout of the recipe, whose service is the simulated box.
fn checkout(mut job: Job, service: &Running) -> Job {
    let file = "mail/providers.yaml";
    job.bench.edit(file, "\"https://box.example.com/admin\"", &service.url());
    job.bench.edit(file, "email: mailwright@example.com", "email: me@example.com");
    job.set("BOX_PASSWORD", BOX_PASSWORD);
    job
}

/// A checkout for the job `apply`, which alone has the secret for new mailboxes.
fn to_apply(site: &Site, service: &Running) -> Job {
    let mut job = checkout(site.apply_job(), service);
    job.set("NEW_MAILBOX_PASSWORD", NORA_PASSWORD);
    job
}

/// Plans a pull request and tells it; the comment.
async fn planned(site: &Site, job: &Job) -> String {
    job.succeeds(PLAN).await;
    job.succeeds(COMMENT).await;
    site.comments().pop().expect("a comment")
}

/// The example as it is, applied through a pull request.
async fn applied(site: &Site, service: &Running) {
    let job = checkout(site.job(), service);
    let comment = planned(site, &job).await;
    assert!(comment.starts_with(&format!("{MARKER}\n**There are changes.**")), "{comment}");
    assert!(comment.contains("jane.doe@example.com"), "{comment}");
    assert_eq!(job.bench.read("out/head"), format!("{HEAD}\n"));
    job.succeeds(VERDICT).await;
    site.merge(&job).await;

    let later = to_apply(site, service);
    later.succeeds(FETCH).await;
    assert_eq!(later.bench.read("out/plan.json"), job.bench.read("out/plan.json"));
    let ran = later.succeeds(APPLY).await;
    assert!(ran.out.contains(" done."), "{ran}");
    assert!(later.bench.read("out/apply.json").contains("\"results\""));
    assert!(later.bench.path("out/state/journal").is_dir());
    assert!(!later.bench.path("mail/.mailwright").exists());
    later.succeeds(IS_AS_DECLARED).await;
}

#[tokio::test]
async fn a_pull_request_is_planned_told_merged_and_applied() {
    for host in Host::BOTH {
        let (site, service) = (Site::new(host).await, simulated_box().await);
        applied(&site, &service).await;
        // Nothing is left: the same comment says so, and a plan of nothing is applied like any other.
        let job = checkout(site.job(), &service);
        let comment = planned(&site, &job).await;
        assert!(comment.contains("**Nothing to do.**"), "{comment}");
        assert_eq!(site.comments().len(), 1);
        job.succeeds(VERDICT).await;
        site.merge(&job).await;
        let later = to_apply(&site, &service);
        later.succeeds(FETCH).await;
        later.succeeds(APPLY).await;
        site.is_content();
        service.stop().await;
    }
}

#[tokio::test]
async fn a_plan_is_not_applied_to_what_nobody_saw() {
    let (site, service) = (Site::new(Host::GitHub).await, simulated_box().await);
    applied(&site, &service).await;
    let more = |job: &Job| {
        job.bench.edit(
            "mail/people.yaml",
            "    profile: staff\n    forward:",
            "    quota: 9 GiB\n    forward:",
        );
        job.bench.edit("mail/people.yaml", "[jane@example.com]", "[jane@example.com, j.doe@example.com]");
    };
    let job = checkout(site.job(), &service);
    more(&job);
    assert!(planned(&site, &job).await.contains("9 GiB"));
    site.merge(&job).await;
    let refused = async |later: &Job, words: &str| {
        later.succeeds(FETCH).await;
        let ran = later.run(APPLY).await;
        assert_eq!(ran.code, Some(6), "{ran}");
        assert!(ran.to_string().contains(words), "{ran}");
        assert!(ran.err.contains("error: the reviewed plan was refused"), "{ran}");
    };

    // The branch was not up to date: what was merged is not what was planned.
    let later = to_apply(&site, &service);
    more(&later);
    later.bench.edit("mail/people.yaml", "quota: 5 GiB", "quota: 6 GiB");
    refused(&later, "the declared objects changed since it was made").await;
    // The plan was changed on its way.
    let later = to_apply(&site, &service);
    more(&later);
    later.succeeds(FETCH).await;
    let whole = later.bench.read("out/plan.json");
    let touched = whole.replace("9 GiB", "99 GiB");
    assert_ne!(whole, touched);
    later.bench.write("out/plan.json", &touched);
    let ran = later.run(APPLY).await;
    assert_eq!(ran.code, Some(6), "{ran}");
    assert!(ran.out.contains("it was changed after it was made"), "{ran}");

    // Somebody changed the service: that change is skipped, the other one made.
    let other = checkout(Job::new(Host::GitHub), &service);
    other.bench.edit(
        "mail/people.yaml",
        "    profile: staff\n    forward:",
        "    quota: 7 GiB\n    forward:",
    );
    other.succeeds("mailwright apply mail --yes --only john*").await;
    let later = to_apply(&site, &service);
    more(&later);
    later.succeeds(FETCH).await;
    let ran = later.run(APPLY).await;
    assert_eq!(ran.code, Some(5), "{ran}");
    assert!(ran.out.contains("stale: since the plan was made, john.roe@example.com has changed"), "{ran}");
    assert!(ran.out.contains("1 done, 1 skipped"), "{ran}");
    assert!(ran.err.contains("hint: propose another change"), "{ran}");
    // Nothing that it rests on holds any more.
    refused(&later, "nothing that it rests on holds any more").await;
    service.stop().await;
}

#[tokio::test]
async fn a_plan_that_is_none_is_told_and_fails_the_job() {
    let (site, service) = (Site::new(Host::GitLab).await, simulated_box().await);
    applied(&site, &service).await;
    let ends = async |job: &Job, code: &str, told: &str| {
        let comment = planned(&site, job).await;
        assert_eq!(job.bench.read("out/exit-code"), format!("{code}\n"), "{comment}");
        assert!(comment.contains(told), "{comment}");
        assert_eq!(job.run(VERDICT).await.code, Some(1), "{comment}");
        assert_eq!(site.comments().len(), 1);
    };
    let job = checkout(site.job(), &service);
    job.bench.edit("mail/people.yaml", "quota: 5 GiB", "quotta: 5 GiB");
    ends(&job, "1", "people.yaml:").await;
    assert!(!job.bench.path("out/plan.json").exists());
    job.bench.edit("mail/people.yaml", "quotta: 5 GiB", "quota: 5 GiB");
    job.bench.edit("mail/people.yaml", "to: [john@partner.example]", "to: [john@elsewhere.example]");
    ends(&job, "3", "**Something is blocked.**").await;
    service
        .faults()
        .add(Fault::new(FaultKind::HtmlPage).every().to(axum::http::Method::GET, "/mail/aliases"));
    ends(&job, "4", "**A read was incomplete.**").await;
    service.stop().await;
    ends(&job, "1", "**There is no plan.**").await;
}

#[tokio::test]
async fn what_a_service_holds_gives_the_runner_no_commands() {
    let service = simulated_box().await;
    let site = Site::new(Host::GitHub).await;
    let job = checkout(site.job(), &service);
    let ran = job.succeeds(PLAN).await;
    let lines: Vec<&str> = ran.out.lines().collect();
    let word = lines[0].strip_prefix("::stop-commands::").expect("commands are stopped");
    assert_eq!(word.len(), 32, "{ran}");
    assert_eq!(lines.last(), Some(&format!("::{word}::").as_str()), "{ran}");
    let again = job.succeeds(PLAN).await;
    assert!(!again.out.contains(word), "the word is another one each time: {again}");
    // A failure, too, is told between the two.
    job.bench.write("mail/people.yaml", "version: 2\n");
    let failed = job.succeeds(PLAN).await;
    assert!(failed.err.is_empty() && failed.out.contains("people.yaml"), "{failed}");
    service.stop().await;
}

#[tokio::test]
async fn an_audit_leaves_findings_and_a_review_and_says_whether_anything_drifted() {
    let service = simulated_box().await;
    let site = Site::new(Host::GitHub).await;
    applied(&site, &service).await;
    let job = checkout(site.job(), &service);
    let there = |name: &str| Path::new(&job.bench.path("out")).join(name).exists();
    let ran = job.succeeds(AUDIT).await;
    assert!(ran.out.contains("Nothing found"), "{ran}");
    for name in ["audit.json", "audit.sarif", "access-review.csv"] {
        assert!(there(name), "{name}");
    }
    job.bench.edit("mail/people.yaml", "quota: 5 GiB", "quota: 6 GiB");
    assert_eq!(job.run(AUDIT).await.code, Some(2));
    assert!(job.bench.read("out/audit.json").contains("6 GiB") && there("audit.sarif"));
    // A baseline that cannot be read fails, which shows that it is read.
    job.bench.write("audit-baseline.json", "not JSON");
    assert_eq!(job.run(AUDIT).await.code, Some(1));
    std::fs::remove_file(job.bench.path("audit-baseline.json")).expect("removed");
    // After a read that was cut short there is no SARIF: what is missing in it would count as mended.
    service
        .faults()
        .add(Fault::new(FaultKind::HtmlPage).every().to(axum::http::Method::GET, "/mail/aliases"));
    let ran = job.run(AUDIT).await;
    assert_eq!(ran.code, Some(4), "{ran}");
    assert!(there("audit.json") && !there("audit.sarif"), "{ran}");
    service.stop().await;
}
