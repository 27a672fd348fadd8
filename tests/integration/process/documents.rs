//! What the program writes for machines and for the shelf: schemas, completions, manual pages, the README's tables.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::bench::simulated_box;
use super::{Bench, Ran, shows};

fn in_the_repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// Compares a file of the repository with what the program writes; `variable` set to 1 writes it anew instead.
fn is_up_to_date(name: &str, now: &str, variable: &str) {
    let path = in_the_repository(name);
    if std::env::var(variable).is_ok_and(|word| word == "1") {
        fs::write(&path, now).expect("written");
    }
    let there = fs::read_to_string(&path).expect("a file of the repository");
    assert!(
        there == now,
        "{name} is out of date; {variable}=1 cargo test --test integration documents writes it"
    );
}

#[tokio::test]
async fn the_schema_of_the_configuration_is_up_to_date() {
    let schema = Bench::empty().run(["schema"]).await;
    assert_eq!(schema.code, Some(0));
    is_up_to_date("schemas/config.schema.json", &schema.out, "UPDATE_SCHEMAS");
}

#[tokio::test]
async fn every_example_keeps_to_the_schema_and_is_valid() {
    let schema =
        json(&fs::read_to_string(in_the_repository("schemas/config.schema.json")).expect("a schema"));
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let mut examples = 0;
    let mut folders = vec![in_the_repository("examples")];
    while let Some(folder) = folders.pop() {
        let mut has_files = false;
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            // As the loader does; the workflows of a host are YAML, too.
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
                let text = fs::read_to_string(&path).expect("text");
                let document: Value = serde_yaml::from_str(&text).expect("YAML");
                let wrong: Vec<String> = validator
                    .iter_errors(&document)
                    .map(|error| format!("{}: {error}", error.instance_path()))
                    .collect();
                assert!(wrong.is_empty(), "{}: {wrong:#?}", path.display());
                has_files = true;
            }
        }
        // The files of a folder are one configuration.
        if has_files {
            let ran = Bench::empty().run(["validate", folder.to_str().expect("text")]).await;
            assert_eq!(ran.code, Some(0), "{ran}");
            examples += 1;
        }
    }
    assert_eq!(examples, 8, "an example more or less");
}

/// Checks a plan in JSON, and that it says nothing which the schema does not know.
pub(super) fn keeps_to_the_schema(ran: &Ran) {
    let schema = json(&fs::read_to_string(in_the_repository("schemas/plan.schema.json")).expect("a schema"));
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let plan = json(&ran.out);
    let wrong: Vec<String> =
        validator.iter_errors(&plan).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{ran}");
}

#[tokio::test]
async fn plans_keep_to_the_schema_of_plans() {
    const JSON: [&str; 4] = ["plan", "mail", "--format", "json"];
    let fresh = Bench::quickstart();
    keeps_to_the_schema(&fresh.run(JSON).await);
    let bench = Bench::applied().await;
    keeps_to_the_schema(&bench.run(JSON).await);
    bench.edit("mail/mailwright.yaml", "quota: 10 GiB", "quota: 20 GiB");
    bench.edit(
        "mail/mailwright.yaml",
        "postmaster@example.com: [john.roe@example.com]",
        "postmaster@example.com: absent",
    );
    bench.edit("mail/mailwright.yaml", "john.roe@example.com: [send_as]", "ann@example.com: [send_as]");
    let blocked =
        bench.run(JSON.into_iter().chain(["--only", "*@example.com", "--allow", "deletes:alias=30"])).await;
    assert_eq!(blocked.code, Some(3));
    keeps_to_the_schema(&blocked);
    let report = bench.run(["plan", "mail", "--report", "plan.json", "--report", "plan.txt"]).await;
    keeps_to_the_schema(&Ran { code: None, out: bench.read("plan.json"), err: String::new() });
    assert_eq!(bench.read("plan.txt"), report.out);

    let service = simulated_box().await;
    let boxed = Bench::boxed(
        &service.url(),
        "domains:\n  example.com: {provider: box, prune: [aliases]}\nmailboxes:\n  nora@example.com: {password: {file: x}}\n  \
         me@example.com: absent\nadministrators: {box: {nora@example.com: {full: true}}}\n",
    );
    service.faults().add(
        mailwright::sandbox::Fault::new(mailwright::sandbox::FaultKind::HtmlPage)
            .every()
            .to(axum::http::Method::GET, "/mail/aliases"),
    );
    let incomplete = boxed.run(JSON).await;
    assert_eq!(incomplete.code, Some(4), "{incomplete}");
    keeps_to_the_schema(&incomplete);
    service.stop().await;
}

/// Checks what was shown in JSON against a schema of the repository.
fn keeps_to(schema: &str, ran: &Ran) {
    let schema = json(&fs::read_to_string(in_the_repository(schema)).expect("a schema"));
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let wrong: Vec<String> = validator
        .iter_errors(&json(&ran.out))
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{ran}");
}

#[tokio::test]
async fn outcomes_audits_and_objects_keep_to_their_schemas_too() {
    let bench = Bench::quickstart();
    keeps_to("schemas/outcome.schema.json", &bench.run(["apply", "mail", "--yes", "--format", "json"]).await);
    bench.edit("mail/mailwright.yaml", "quota: 10 GiB", "quota: 20 GiB");
    keeps_to("schemas/audit.schema.json", &bench.run(["audit", "mail", "--format", "json"]).await);
    let narrow = bench.run(["audit", "mail", "--format", "json", "--only", "x*@example.com"]).await;
    keeps_to("schemas/audit.schema.json", &narrow);
    for address in ["ann@example.com", "@example.com", "jane.doe@example.com"] {
        keeps_to(
            "schemas/objects.schema.json",
            &bench.run(["show", address, "mail", "--format", "json"]).await,
        );
    }
    keeps_to("schemas/checks.schema.json", &bench.run(["doctor", "mail", "--format", "json"]).await);
}

#[tokio::test]
async fn outcomes_findings_and_objects_are_json_too() {
    let bench = Bench::quickstart();
    let applied = json(&bench.run(["apply", "mail", "--yes", "--format", "json"]).await.out);
    assert_eq!(applied["results"].as_array().map(Vec::len), Some(9));
    assert_eq!(applied["generated"].as_array().map(Vec::len), Some(3));
    bench.edit("mail/mailwright.yaml", "quota: 10 GiB", "quota: 20 GiB");
    let findings = json(&bench.run(["audit", "mail", "--format", "json"]).await.out);
    assert_eq!(findings["totals"]["errors"], 1, "{findings}");
    assert_eq!(findings["findings"][0]["rule"], "MW001", "{findings}");
    let shown = json(&bench.run(["show", "ann@example.com", "mail", "--format", "json"]).await.out);
    assert_eq!(shown["objects"][0]["fields"]["quota"], "5 GiB", "{shown}");
    let checks = json(&bench.run(["doctor", "mail", "--format", "json"]).await.out);
    assert_eq!(checks["directory"][0]["state"], "passed", "{checks}");
}

#[tokio::test]
async fn the_readme_shows_the_services_as_they_are() {
    const BEGIN: &str = "<!-- providers:begin -->\n";
    const END: &str = "<!-- providers:end -->";
    let readme = fs::read_to_string(in_the_repository("README.md")).expect("a README");
    let (head, rest) = readme.split_once(BEGIN).expect("where the tables begin");
    let (_, tail) = rest.split_once(END).expect("where they end");
    let tables = Bench::empty().run(["providers", "--format", "markdown"]).await;
    is_up_to_date("README.md", &format!("{head}{BEGIN}{}{END}{tail}", tables.out), "UPDATE_README");
}

#[tokio::test]
async fn completions_and_the_manual_know_every_command() {
    let bench = Bench::empty();
    let man = bench.run(["man"]).await;
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = bench.run(["completions", shell]).await;
        assert_eq!(script.code, Some(0), "{script}");
        for command in ["plan", "apply", "audit", "sandbox"] {
            assert!(script.out.contains(command), "{shell}: {command}");
            assert!(man.out.contains(command), "{command}");
        }
    }
    assert_eq!(bench.run(["man", "--out", "man1"]).await.code, Some(0));
    assert!(bench.read("man1/mailwright-apply.1").contains("fail\\-fast"));
}

#[tokio::test]
async fn help_tells_the_exit_codes() {
    let help = Bench::empty().run(["--help"]).await;
    let (_, end) = help.out.split_once("Begin with:\n").expect("how to begin");
    insta::assert_snapshot!(end.trim_start(), @"
mailwright init mail          write a first configuration into mail/
  mailwright plan mail          show what would be done
  mailwright apply mail         do it

`mailwright COMMAND --help` shows examples.

Exit, the first that fits:
  130  interrupted
    6  locked by another run, or the saved plan is stale or foreign
    1  wrong usage or YAML; a connection or credential failed and nothing was done
    5  apply: a change failed, was skipped or is in doubt
    4  a read was incomplete
    3  something is blocked
    2  plan --detailed-exitcode: there are changes; audit: something drifted
    0  otherwise
");
    shows!(Bench::empty().run(["apply", "-h"]).await, @"
Make the services as declared

Usage: mailwright apply [OPTIONS] [CONFIG]

Arguments:
  [CONFIG]  The configuration: a YAML file, or a folder of them [default: .]

Options:
      --plan <FILE>         Apply this saved plan instead of a new one
      --allow <RELEASE>     Release a brake for this plan, like `delete:mailbox:bob@example.com` or
                            `deletes:mailbox=12` (repeatable)
  -y, --yes                 Do not ask; releases no brake
      --fail-fast           Begin no further change once one failed
      --state-dir <FOLDER>  Where locks and journals are kept [default: .mailwright beside the
                            configuration] [env: MAILWRIGHT_STATE_DIR=]
  -h, --help                Print help (see more with '--help')
  -V, --version             Print version

Narrowing:
      --provider <NAME>  Only this connection (repeatable)
      --domain <DOMAIN>  Only this domain (repeatable)
      --only <GLOB>      Only addresses that match this glob (repeatable)

Output:
      --color <WHEN>         Whether text has colour; `auto` looks at the terminal and at `NO_COLOR`
                             [default: auto] [possible values: auto, always, never]
  -q, --quiet                Say errors only
  -v, --verbose...           Say each step; more with -vv and -vvv
      --log-format <FORMAT>  How standard error is written; with `json` each line is an object
                             [default: text] [possible values: text, json]
      --format <FORMAT>      The form on standard output [default: text] [possible values: text,
                             json, markdown, sarif, csv]
      --report <FILE>        Also write it to a file; `.txt`, `.json`, `.md`, `.sarif` or `.csv`
                             picks the form (repeatable)

Examples:
  mailwright apply                                 show the plan, ask, do it
  mailwright apply --yes                           without asking, as in a CI job
  mailwright apply --plan plan.json --yes          what was reviewed and nothing else

Ctrl-C begins no new call and lets those under way finish; a second one ends at once.
--- exit 0
");
    let version = Bench::empty().run(["--version"]).await;
    assert_eq!(version.out, format!("mailwright {}\n", env!("CARGO_PKG_VERSION")));
}

/// The words in backticks of the tables that name checks.
fn cited(name: &str) -> Vec<String> {
    let text = fs::read_to_string(in_the_repository(name)).expect("a file of the repository");
    let rows = text.lines().skip_while(|line| !line.contains("| checks"));
    let rows: Vec<&str> = rows.take_while(|line| !line.is_empty()).collect();
    let cells = rows.iter().filter_map(|row| row.trim_end_matches(" |").rsplit_once('|'));
    let words = cells.flat_map(|(_, cell)| cell.split('`').skip(1).step_by(2));
    words.filter(|word| !word.contains('/')).map(str::to_owned).collect()
}

/// What a README says of mail is shown by a check, and what is checked is said somewhere.
#[test]
fn every_check_of_the_mail_servers_is_cited_and_every_cited_one_is_there() {
    let mut sources = String::new();
    for folder in ["tests/mailserver", "tests/mailserver/postfixadmin"] {
        for entry in fs::read_dir(in_the_repository(folder)).expect("a folder of the repository") {
            let path = entry.expect("readable").path();
            if path.extension().is_some_and(|ending| ending == "py" || ending == "sh") {
                sources += &fs::read_to_string(path).expect("readable");
            }
        }
    }
    let told =
        [cited("src/providers/postfixadmin/README.md"), cited("examples/self-hosted/README.md")].concat();
    assert!(told.len() > 80, "the tables were found: {told:?}");
    let is_word = |text: &str, word: &str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
        text.match_indices(word)
            .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
    };
    for check in &told {
        assert!(is_word(&sources, check), "no check is called {check}");
    }
    for piece in sources.split(".check(\"").skip(1) {
        let (check, _) = piece.split_once('"').expect("a name ends");
        assert!(told.iter().any(|cited| cited == check), "no README cites {check}");
    }
}
