//! What the files of the recipes say: who runs when, with which rights and secrets, and that every script is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use super::rules::{Event, holds, that_run};
use super::{Host, Value, files, json};

fn yaml(path: &Path) -> Value {
    serde_yaml::from_str(&fs::read_to_string(path).expect("a file")).expect("YAML")
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).expect("a file of text")
}

/// The workflows of the GitHub recipe, by name.
fn workflows() -> BTreeMap<String, Value> {
    let folder = Host::GitHub.example().join(".github/workflows");
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    files(&folder).iter().map(|path| (name(path), yaml(path))).collect()
}

fn pipeline() -> Value {
    yaml(&Host::GitLab.example().join(".gitlab-ci.yml"))
}

/// The jobs of a workflow.
fn jobs(workflow: &Value) -> impl Iterator<Item = (&String, &Value)> {
    workflow["jobs"].as_object().expect("jobs").iter()
}

fn steps(job: &Value) -> &Vec<Value> {
    job["steps"].as_array().expect("steps")
}

/// The jobs of the pipeline.
fn lab_jobs(pipeline: &Value) -> impl Iterator<Item = (&String, &Value)> {
    pipeline.as_object().expect("a map").iter().filter(|(_, job)| job.get("script").is_some())
}

fn lines(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().expect("a list").iter().map(|line| line.as_str().expect("text"))
}

/// The names under `env:` of every secret in the configuration.
fn asked_of_the_environment(host: Host) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in files(&host.example().join("mail")) {
        for piece in text(&path).split("{env: ").skip(1) {
            names.insert(piece.split_once('}').expect("it ends").0.to_owned());
        }
    }
    names
}

/// The secrets of a job on GitHub, each as the variable of a step that it becomes.
fn secrets(job: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for step in steps(job) {
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            if value.as_str().is_some_and(|value| value.contains("secrets.")) {
                assert_eq!(value, &json!(format!("${{{{ secrets.{name} }}}}")));
                found.insert(name.clone());
            }
        }
    }
    assert_eq!(
        job.to_string().matches("secrets.").count(),
        found.len(),
        "secrets go to single steps alone: {job}"
    );
    found
}

#[test]
fn workflows_listen_to_nothing_that_gives_strangers_rights() {
    let known = workflows();
    let on = |name: &str| known[name].get("on").expect("triggers");
    assert_eq!(
        on("mailwright.yml"),
        &json!({ "pull_request": { "branches": ["main"] }, "push": { "branches": ["main"] } })
    );
    let audit = on("audit.yml").as_object().expect("a map");
    assert_eq!(audit.keys().collect::<Vec<_>>(), ["schedule", "workflow_dispatch"]);
    assert_eq!(known.len(), 2);
}

#[test]
fn every_job_of_a_workflow_has_the_rights_that_it_needs_and_no_other() {
    let known = workflows();
    let mut rights = BTreeMap::new();
    for workflow in known.values() {
        assert_eq!(workflow["permissions"], json!({}));
        for (name, job) in jobs(workflow) {
            assert!(job["timeout-minutes"].is_u64(), "{name}");
            rights.insert(name.as_str(), job["permissions"].clone());
        }
    }
    assert_eq!(
        json!(rights),
        json!({
            "validate": { "contents": "read" },
            "plan": { "contents": "read", "pull-requests": "write" },
            "apply": { "contents": "read", "actions": "read", "pull-requests": "read" },
            "audit": { "contents": "read", "actions": "read", "security-events": "write" },
        })
    );
}

#[test]
fn steps_of_workflows_take_nothing_of_strangers_into_a_shell_and_leave_no_token_behind() {
    for workflow in workflows().values() {
        for (_, job) in jobs(workflow) {
            for step in steps(job) {
                if let Some(run) = step["run"].as_str() {
                    assert!(!run.contains("${{"), "{run}");
                    continue;
                }
                let uses = step["uses"].as_str().expect("a step runs or uses");
                let (action, version) = uses.split_once('@').expect("a version");
                assert!(version.starts_with('v') && version[1..].parse::<u32>().is_ok(), "{uses}");
                if action == "actions/checkout" {
                    assert_eq!(step["with"], json!({ "persist-credentials": false }));
                }
            }
        }
    }
}

#[test]
fn secrets_go_to_jobs_that_no_fork_starts() {
    let known = workflows();
    let (own, fork, push) = (
        Event::from([
            ("github.event_name", "pull_request"),
            ("github.event.pull_request.head.repo.full_name", "example/mail"),
            ("github.repository", "example/mail"),
        ]),
        Event::from([
            ("github.event_name", "pull_request"),
            ("github.event.pull_request.head.repo.full_name", "mallory/mail"),
            ("github.repository", "example/mail"),
        ]),
        Event::from([("github.event_name", "push"), ("github.repository", "example/mail")]),
    );
    let conditions = |workflow: &Value| -> BTreeMap<String, Vec<String>> {
        let of = |job: &Value| vec![job["if"].as_str().expect("a condition").to_owned()];
        jobs(workflow).map(|(name, job)| (name.clone(), of(job))).collect()
    };
    let main = conditions(&known["mailwright.yml"]);
    assert_eq!(that_run(&main, &own), ["plan", "validate"].map(str::to_owned).into());
    assert_eq!(that_run(&main, &fork), ["validate"].map(str::to_owned).into());
    assert_eq!(that_run(&main, &push), ["apply"].map(str::to_owned).into());
    let audit = conditions(&known["audit.yml"]);
    assert_eq!(that_run(&audit, &Event::from([("github.ref", "refs/heads/main")])).len(), 1);
    assert_eq!(that_run(&audit, &Event::from([("github.ref", "refs/heads/x")])).len(), 0);

    let wanted = asked_of_the_environment(Host::GitHub);
    assert_eq!(wanted, ["BOX_PASSWORD", "NEW_MAILBOX_PASSWORD"].map(str::to_owned).into());
    let reads = BTreeSet::from(["BOX_PASSWORD".to_owned()]);
    let job = |name: &str| &known["mailwright.yml"]["jobs"][name];
    assert_eq!(secrets(job("validate")), BTreeSet::new());
    assert_eq!(secrets(job("plan")), reads);
    assert_eq!(secrets(job("apply")), wanted);
    assert_eq!(secrets(&known["audit.yml"]["jobs"]["audit"]), reads);
    assert_eq!(job("apply")["environment"], "mail");
    assert_eq!(job("apply")["concurrency"]["cancel-in-progress"], json!(false));
}

#[test]
fn the_plan_is_kept_and_told_whatever_it_says_and_fails_the_job_last() {
    let known = workflows();
    let plan = steps(&known["mailwright.yml"]["jobs"]["plan"]);
    let names: Vec<&str> = plan.iter().filter_map(|step| step["name"].as_str()).collect();
    assert_eq!(names, ["Install mailwright", "Plan", "Keep the plan", "Tell the plan", "Verdict"]);
    for step in &plan[3..] {
        assert_eq!(step["if"], "${{ !cancelled() }}", "{step}");
    }
    assert_eq!(plan[3]["with"]["name"], "mailwright-plan");
    let fetch = text(&Host::GitHub.example().join("ci/fetch_plan.py"));
    assert!(fetch.contains("\"mailwright-plan\"") && fetch.contains("\"mailwright.yml\""));
    let audit = steps(&known["audit.yml"]["jobs"]["audit"]);
    let sarif = audit.last().expect("steps");
    assert!(
        sarif["uses"].as_str().is_some_and(|uses| uses.starts_with("github/codeql-action/upload-sarif@"))
    );
    assert_eq!(sarif["if"], "${{ always() && hashFiles('out/audit.sarif') != '' }}");

    let pipeline = pipeline();
    let script: Vec<&str> = lines(&pipeline["plan"]["script"]).collect();
    assert_eq!(script, ["sh ci/plan.sh mail", "python3 ci/comment.py", "python3 ci/verdict.py"]);
    for (name, job) in lab_jobs(&pipeline).filter(|(name, _)| *name != "validate") {
        assert_eq!(job["artifacts"]["when"], "always", "{name}");
        assert_eq!(job["artifacts"]["access"], "developer", "{name}");
        assert_eq!(job["artifacts"]["paths"], json!(["out/"]), "{name}");
    }
    assert_eq!(pipeline["apply"]["environment"], "mail");
    assert_eq!(pipeline["apply"]["resource_group"], "mail");
}

#[test]
fn jobs_of_the_pipeline_run_where_they_should_and_not_for_forks() {
    let pipeline = pipeline();
    let rules = |value: &Value| -> Vec<String> {
        let of = |rule: &Value| rule["if"].as_str().expect("a condition").to_owned();
        value["rules"].as_array().expect("rules").iter().map(of).collect()
    };
    let jobs: BTreeMap<String, Vec<String>> =
        lab_jobs(&pipeline).map(|(name, job)| (name.clone(), rules(job))).collect();
    let whole = rules(&pipeline["workflow"]);
    let merge_request = |here, source, target| {
        Event::from([
            ("CI_PIPELINE_SOURCE", "merge_request_event"),
            ("CI_DEFAULT_BRANCH", "main"),
            ("CI_PROJECT_ID", here),
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", source),
            ("CI_MERGE_REQUEST_PROJECT_ID", target),
        ])
    };
    let branch = |source, name| {
        Event::from([
            ("CI_PIPELINE_SOURCE", source),
            ("CI_DEFAULT_BRANCH", "main"),
            ("CI_COMMIT_BRANCH", name),
        ])
    };
    for (event, wanted) in [
        (merge_request("9", "9", "9"), vec!["plan", "validate"]),
        // A fork's, in the fork; and the same where a member starts it in this project.
        (merge_request("10", "10", "9"), vec!["validate"]),
        (merge_request("9", "10", "9"), vec!["validate"]),
        (branch("push", "main"), vec!["apply"]),
        (branch("push", "nora"), vec![]),
        (branch("schedule", "main"), vec!["audit"]),
        (branch("schedule", "nora"), vec![]),
        (branch("web", "main"), vec![]),
        (branch("trigger", "main"), vec![]),
    ] {
        let runs = that_run(&jobs, &event);
        assert_eq!(runs, wanted.into_iter().map(str::to_owned).collect(), "{event:?}");
        let starts = whole.iter().any(|condition| holds(condition, &event));
        assert_eq!(starts, !runs.is_empty(), "{event:?}");
    }
}

#[test]
fn every_script_that_is_called_is_there_and_every_one_that_is_there_is_used() {
    for host in Host::BOTH {
        let mut run: Vec<String> = Vec::new();
        if host == Host::GitHub {
            for workflow in workflows().values() {
                let all = jobs(workflow).flat_map(|(_, job)| steps(job));
                run.extend(all.filter_map(|step| step["run"].as_str()).map(str::to_owned));
            }
        } else {
            let pipeline = pipeline();
            run.extend(lines(&pipeline["default"]["before_script"]).map(str::to_owned));
            run.extend(lab_jobs(&pipeline).flat_map(|(_, job)| lines(&job["script"])).map(str::to_owned));
        }
        let called: BTreeSet<&str> =
            run.iter().flat_map(|line| line.split(' ')).filter(|word| word.starts_with("ci/")).collect();
        assert_eq!(called.len(), 7, "{called:?}");
        for script in &called {
            assert!(host.example().join(script).is_file(), "{script}");
        }
        let sources: Vec<(String, String)> = files(&host.example().join("ci"))
            .iter()
            .map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), text(path)))
            .collect();
        for (name, _) in &sources {
            let module = name.strip_suffix(".py").unwrap_or(name);
            let is_named = |other: &String, content: &String| {
                other != name
                    && (content.contains(&format!("import {module}\n"))
                        || content.contains(&format!("from {module} import"))
                        || (module == name && content.contains(name.as_str())))
            };
            let is_used = called.contains(format!("ci/{name}").as_str())
                || sources.iter().any(|(other, content)| is_named(other, content));
            assert!(is_used, "{name} of {host}");
        }
    }
}

#[test]
fn scripts_parse_and_what_is_the_same_for_both_hosts_is_the_same_file() {
    let own = ["comment.py", "fetch_plan.py"];
    for host in Host::BOTH {
        for path in files(&host.example().join("ci")) {
            let ending = path.extension().and_then(|ending| ending.to_str()).expect("an ending");
            let parses = |program: &str, arguments: &[&str]| {
                let output = Command::new(program).args(arguments).arg(&path).output().expect("it runs");
                assert!(output.status.success(), "{}: {output:?}", path.display());
            };
            match ending {
                "sh" => {
                    parses("sh", &["-n"]);
                    parses("bash", &["-n"]);
                    let is_run = text(&path).starts_with("#!/bin/sh\n");
                    assert!(!is_run || text(&path).contains("\nset -eu\n"), "{}", path.display());
                }
                // As `py_compile` does, without leaving a file beside it.
                "py" => parses("python3", &["-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())"]),
                _ => {}
            }
            let name = path.file_name().expect("a name").to_str().expect("text");
            if !own.contains(&name) {
                for other in Host::BOTH {
                    assert_eq!(text(&path), text(&other.example().join("ci").join(name)), "{name}");
                }
            }
        }
        for name in ["people.yaml", "providers.yaml"] {
            let there = |host: Host| text(&host.example().join("mail").join(name));
            assert_eq!(there(host), there(Host::GitHub), "{name}");
        }
    }
}

#[test]
fn each_readme_names_what_is_to_be_set() {
    for host in Host::BOTH {
        let readme = text(&host.example().join("README.md"));
        let mut names = asked_of_the_environment(host);
        for path in files(&host.example().join("ci")) {
            for piece in text(&path).split("gitlab(\"").skip(1) {
                names.insert(piece.split_once('"').expect("it ends").0.to_owned());
            }
        }
        assert_eq!(names.len(), if host == Host::GitHub { 2 } else { 4 });
        for name in names {
            assert!(readme.contains(&format!("`{name}`")), "{name} in the README of {host}");
        }
        for piece in readme.split("](").skip(1) {
            let (link, _) = piece.split_once(')').expect("a link ends");
            assert!(host.example().join(link).exists(), "{link}");
        }
    }
}
