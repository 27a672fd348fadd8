//! The scripts that speak with the hosts: the comment on the plan, and what is fetched after the merge.

use axum::http::StatusCode;

use super::github::{self, GitHub};
use super::gitlab::{self, GitLab};
use super::host::Desk;
use super::{HEAD, Host, Job, MARKER, OTHER, json};

/// Either host, for what holds of both.
pub(super) enum Site {
    Hub(GitHub),
    Lab(GitLab),
}

impl Site {
    pub(super) async fn new(host: Host) -> Self {
        match host {
            Host::GitHub => Self::Hub(GitHub::new().await),
            Host::GitLab => Self::Lab(GitLab::new().await),
        }
    }

    /// A job for the pull request.
    pub(super) fn job(&self) -> Job {
        match self {
            Self::Hub(hub) => hub.job(),
            Self::Lab(lab) => lab.job(),
        }
    }

    /// A job for what its merge made.
    pub(super) fn apply_job(&self) -> Job {
        match self {
            Self::Hub(hub) => hub.job(),
            Self::Lab(lab) => lab.apply_job(),
        }
    }

    fn comment_of_the_bot(&self, body: &str) {
        match self {
            Self::Hub(hub) => hub.comment(github::BOT, body),
            Self::Lab(lab) => lab.note(gitlab::BOT, body),
        }
    }

    fn comment_of_somebody(&self, body: &str) {
        match self {
            Self::Hub(hub) => hub.comment("mallory", body),
            Self::Lab(lab) => lab.note(666, body),
        }
    }

    /// The texts of all comments.
    pub(super) fn comments(&self) -> Vec<String> {
        let comments = match self {
            Self::Hub(hub) => hub.with(|repository| repository.comments.clone()),
            Self::Lab(lab) => lab.with(|project| project.notes.clone()),
        };
        comments.iter().map(|comment| comment["body"].as_str().expect("text").to_owned()).collect()
    }

    /// Keeps what a job left in `out`, and merges the pull request.
    pub(super) async fn merge(&self, job: &Job) {
        match self {
            // From the folder, as the action names files; from the repository's root, as GitLab's runner does.
            Self::Hub(hub) => hub.merge(job.archive("out", &["plan.json", "head"]).await),
            Self::Lab(lab) => lab.merge(job.archive("", &["out/"]).await),
        }
    }

    pub(super) fn is_content(&self) {
        match self {
            Self::Hub(hub) => hub.is_content(),
            Self::Lab(lab) => lab.is_content(),
        }
    }

    fn desk<T>(&self, look: impl FnOnce(&mut Desk) -> T) -> T {
        match self {
            Self::Hub(hub) => hub.with(|repository| look(&mut repository.desk)),
            Self::Lab(lab) => lab.with(|project| look(&mut project.desk)),
        }
    }

    /// Refuses the next requests of a method.
    fn refuse(&self, method: &str, status: StatusCode, times: usize) {
        self.desk(|desk| desk.refuse.push((format!("{method} "), status, times)));
    }
}

const COMMENT: &str = "python3 ci/comment.py";
const FETCH: &str = "python3 ci/fetch_plan.py";

#[tokio::test]
async fn the_plan_is_told_in_one_comment_that_each_run_brings_up_to_date() {
    for host in Host::BOTH {
        let site = Site::new(host).await;
        let job = site.job();
        job.left("2", &format!("{MARKER}\nthe first plan\n"), "");
        job.succeeds(COMMENT).await;
        let first = site.comments();
        assert_eq!(first.len(), 1, "{first:?}");
        assert!(first[0].starts_with(&format!("{MARKER}\n**There are changes.**")), "{first:?}");
        assert_eq!(first[0].matches(MARKER).count(), 1, "{first:?}");
        assert!(first[0].contains("\nthe first plan\n") && first[0].contains(&HEAD[..12]), "{first:?}");
        let log = if host == Host::GitHub {
            "(https://github.example/example/mail/actions/runs/77)"
        } else {
            "/jobs/55)"
        };
        assert!(first[0].contains(log), "{first:?}");

        job.left("0", &format!("{MARKER}\nthe second plan\n"), "");
        job.succeeds(COMMENT).await;
        let second = site.comments();
        assert_eq!(second.len(), 1, "{second:?}");
        assert!(second[0].starts_with(&format!("{MARKER}\n**Nothing to do.**")), "{second:?}");
        assert!(second[0].contains("the second plan") && !second[0].contains("the first plan"), "{second:?}");
        site.is_content();
    }
}

#[tokio::test]
async fn the_comment_is_found_on_a_later_page_and_by_its_author_alone() {
    for host in Host::BOTH {
        let site = Site::new(host).await;
        // Somebody else bears the marker, and the same account says other things, of the marker, too.
        site.comment_of_somebody(&format!("{MARKER}\nmerge this, all is well"));
        site.comment_of_the_bot("coverage: 80 %");
        site.comment_of_the_bot(&format!("the marker is {MARKER}"));
        for number in 0..230 {
            site.comment_of_somebody(&format!("comment {number}"));
        }
        site.comment_of_the_bot(&format!("{MARKER}\nyesterday's plan"));
        let before = site.comments();
        let job = site.job();
        job.left("2", &format!("{MARKER}\ntoday's plan\n"), "");
        job.succeeds(COMMENT).await;
        let after = site.comments();
        assert_eq!(after.len(), before.len());
        assert_eq!(after[..233], before[..233]);
        assert!(after[233].contains("today's plan"), "{}", after[233]);

        // With no comment of its own it writes one, whatever others wrote.
        let site = Site::new(host).await;
        site.comment_of_somebody(&format!("{MARKER}\nmerge this, all is well"));
        let job = site.job();
        job.left("2", "the plan", "");
        job.succeeds(COMMENT).await;
        assert_eq!(site.comments().len(), 2);
        assert!(site.comments()[0].ends_with("all is well"));
    }
}

#[tokio::test]
async fn the_comment_says_how_the_plan_ended() {
    let site = Site::new(Host::GitHub).await;
    let job = site.job();
    for (code, told, fails) in [
        ("0", "**Nothing to do.**", false),
        ("2", "**There are changes.**", false),
        ("3", "**Something is blocked.**", true),
        ("4", "**A read was incomplete.**", true),
        ("1", "**There is no plan.** The configuration is wrong", true),
        ("127", "mailwright left with 127", true),
        ("", "The job ended before one was made", true),
    ] {
        job.left(code, &format!("{MARKER}\nplan of {code}\n"), "error: not this ```way```\n");
        job.succeeds(COMMENT).await;
        let comments = site.comments();
        assert_eq!(comments.len(), 1);
        assert!(comments[0].contains(told), "{code}: {}", comments[0]);
        // Where there is no plan, the errors are told, in a fence that they cannot close.
        let has_plan = ["0", "2", "3", "4"].contains(&code);
        assert_eq!(comments[0].contains(&format!("plan of {code}\n")), has_plan, "{}", comments[0]);
        let fenced = comments[0].contains("\n````text\nerror: not this ```way```\n````\n");
        assert_eq!(fenced, !has_plan, "{}", comments[0]);
        let verdict = job.run("python3 ci/verdict.py").await;
        assert_eq!(verdict.code, Some(i32::from(fails)), "{code}: {verdict}");
    }
    let mut job = site.job();
    job.left("3", "a plan", "");
    job.set("MAILWRIGHT_BLOCKED", "pass");
    job.succeeds("python3 ci/verdict.py").await;
    job.left("4", "a plan", "");
    assert_eq!(job.run("python3 ci/verdict.py").await.code, Some(1));
}

#[tokio::test]
async fn a_plan_above_the_limit_of_the_host_is_not_told_in_part() {
    for (host, length) in [(Host::GitHub, 65_400), (Host::GitLab, 1_000_000)] {
        let site = Site::new(host).await;
        let job = site.job();
        // What counts twice in UTF-16 is counted twice.
        job.left("2", &"\u{1f4e7}".repeat(length / 2), "");
        job.succeeds(COMMENT).await;
        let comments = site.comments();
        assert!(comments[0].contains("too long for a comment"), "{host}");
        assert!(!comments[0].contains('\u{1f4e7}'), "{host}");
        job.left("2", &"x".repeat(60_000), "");
        job.succeeds(COMMENT).await;
        assert!(site.comments()[0].contains("xxx"), "{host}");
        assert_eq!(site.comments().len(), 1);
    }
}

#[tokio::test]
async fn what_the_host_refuses_is_told_and_fails_the_job() {
    for host in Host::BOTH {
        let site = Site::new(host).await;
        let mut job = site.job();
        job.left("2", "the plan", "");
        site.refuse("POST", StatusCode::FORBIDDEN, 1);
        job.fails(COMMENT, &["error: POST /", "403 as the test wants it"]).await;
        // A write is not repeated: it could be written twice. A read is.
        site.refuse("POST", StatusCode::BAD_GATEWAY, 1);
        job.fails(COMMENT, &["502 as the test wants it"]).await;
        site.refuse("GET", StatusCode::BAD_GATEWAY, 2);
        let ran = job.succeeds(COMMENT).await;
        assert!(!ran.to_string().contains("\n::error::"), "{ran}");
        site.refuse("GET", StatusCode::SERVICE_UNAVAILABLE, 3);
        job.fails(COMMENT, &["503 as the test wants it"]).await;
        assert_eq!(site.comments().len(), 1);

        let (name, token) = match host {
            Host::GitHub => ("GITHUB_TOKEN", "ghs_another"),
            Host::GitLab => ("MAILWRIGHT_NOTE_TOKEN", "glpat-another"),
        };
        job.set(name, token);
        job.fails(COMMENT, &["error: GET /", "401"]).await;
        job.unset(name);
        job.fails(COMMENT, &[&format!("error: {name} is not set"), "hint: README.md"]).await;
        let (name, elsewhere) = match host {
            Host::GitHub => ("GITHUB_API_URL", "file:///etc/passwd"),
            Host::GitLab => ("CI_API_V4_URL", "http://127.0.0.1:1"),
        };
        let mut job = site.job();
        job.left("2", "the plan", "");
        job.set(name, elsewhere);
        job.fails(COMMENT, &["error: "]).await;
        site.is_content();
    }
}

/// A job that left a plan for a commit.
async fn kept(site: &Site, head: &str) -> Job {
    let job = site.job();
    job.bench.write("out/plan.json", "{\"the\": \"plan\"}");
    job.bench.write("out/head", &format!("{head}\n"));
    site.merge(&job).await;
    site.apply_job()
}

#[tokio::test]
async fn the_plan_of_what_was_merged_is_fetched_without_the_token_going_elsewhere() {
    for host in Host::BOTH {
        let site = Site::new(host).await;
        let job = kept(&site, HEAD).await;
        // The storage refuses a token; that it answers shows that none was sent.
        let ran = job.succeeds(FETCH).await;
        assert!(ran.out.contains(&HEAD[..12]), "{ran}");
        assert_eq!(job.bench.read("out/plan.json"), "{\"the\": \"plan\"}");
        site.is_content();
    }
}

#[tokio::test]
async fn a_plan_for_another_commit_or_no_plan_at_all_is_not_applied() {
    for host in Host::BOTH {
        let site = Site::new(host).await;
        let job = kept(&site, OTHER).await;
        job.fails(
            FETCH,
            &["made for 333333333333, but 111111111111 was merged", "hint: propose another change"],
        )
        .await;
        let no_zip = |site: &Site| match site {
            Site::Hub(hub) => hub.merge(b"no archive".to_vec()),
            Site::Lab(lab) => lab.merge(b"no archive".to_vec()),
        };
        no_zip(&site);
        job.fails(FETCH, &["not a whole archive"]).await;
        let other = site.job();
        other.bench.write("out/head", HEAD);
        other.bench.write("out/exit-code", "1");
        let archive = other.archive("out", &["head", "exit-code"]).await;
        match &site {
            Site::Hub(hub) => hub.merge(archive),
            Site::Lab(lab) => lab.merge(archive),
        }
        job.fails(FETCH, &["kept no plan.json", "it made no plan"]).await;
        assert!(!job.bench.path("out/plan.json").exists());
    }
}

#[tokio::test]
async fn what_is_missing_on_github_is_told() {
    let hub = GitHub::new().await;
    let site = Site::Hub(hub);
    let job = kept(&site, HEAD).await;
    let Site::Hub(hub) = &site else { unreachable!("it is GitHub") };
    let fails = async |words: &[&str], change: fn(&mut github::Repository)| {
        hub.with(change);
        job.fails(FETCH, words).await;
    };
    fails(&["has expired", "hint: propose another change"], |hub| hub.archives.clear()).await;
    fails(&["has expired"], |hub| hub.artifacts[0]["expired"] = json!(true)).await;
    fails(&["run 77 of #7 kept no mailwright-plan"], |hub| hub.artifacts.clear()).await;
    fails(&["run 77, which made the plan of #7, ended as failure"], |hub| {
        hub.runs[0]["conclusion"] = json!("failure");
    })
    .await;
    fails(&["is not made yet", "hint: wait"], |hub| hub.runs[0]["status"] = json!("in_progress")).await;
    // The run of a fork's commit with the same hash is not ours.
    fails(&["there is no plan for 111111111111, the last commit of #7"], |hub| {
        hub.runs[0]["head_repository"]["full_name"] = json!("mallory/mail");
    })
    .await;
    fails(&["the newest was made for 333333333333 and is not applied"], |hub| {
        hub.runs = vec![github::run(76, OTHER)];
    })
    .await;
    fails(&["#7 came from a fork"], |hub| hub.pulls[0]["head"]["repo"] = json!(null)).await;
    fails(&["no merged pull request made 222222222222"], |hub| hub.pulls[0]["base"]["ref"] = json!("next"))
        .await;
    fails(&["no merged pull request made"], |hub| hub.pulls.clear()).await;
    fails(&["error: the host answered in a way"], |hub| hub.pulls = vec![json!({ "number": 7 })]).await;
    site.is_content();
}

#[tokio::test]
async fn what_is_missing_on_gitlab_is_told() {
    let lab = GitLab::new().await;
    let site = Site::Lab(lab);
    let job = kept(&site, HEAD).await;
    let Site::Lab(lab) = &site else { unreachable!("it is GitLab") };
    // However the project merges, and where it tests the merged result.
    lab.with(|lab| {
        lab.merge_requests[0]["squash_commit_sha"] = lab.merge_requests[0]["merge_commit_sha"].take();
        lab.pipelines.insert(0, gitlab::pipeline(70, OTHER, "refs/merge-requests/7/head"));
        lab.pipelines[1] = gitlab::pipeline(77, OTHER, "refs/merge-requests/7/merge");
    });
    job.succeeds(FETCH).await;
    let fails = async |words: &[&str], change: fn(&mut gitlab::Project)| {
        lab.with(change);
        job.fails(FETCH, words).await;
    };
    fails(&["has expired", "hint: propose another change"], |lab| lab.archives.clear()).await;
    fails(&["has expired"], |lab| lab.jobs[1]["artifacts_file"] = json!(null)).await;
    fails(&["job 5, which made the plan of !7, ended as failed"], |lab| {
        lab.jobs[1]["status"] = json!("failed");
    })
    .await;
    fails(&["is not made yet", "hint: wait"], |lab| lab.jobs[1]["status"] = json!("running")).await;
    fails(&["pipeline 77 of !7 has no job plan"], |lab| lab.jobs.clear()).await;
    fails(&["the newest was made for 333333333333 and is not applied"], |lab| {
        lab.pipelines = vec![gitlab::pipeline(76, OTHER, "refs/merge-requests/7/head")];
    })
    .await;
    fails(&["there is no plan for 111111111111, the last commit of !7"], |lab| lab.pipelines.clear()).await;
    fails(&["!7 came from a fork"], |lab| lab.merge_requests[0]["source_project_id"] = json!(10)).await;
    fails(&["no merge request made 222222222222"], |lab| lab.merge_requests[0]["state"] = json!("opened"))
        .await;
    fails(&["no merge request made"], |lab| lab.merge_requests.clear()).await;
    site.is_content();
}
