//! Standard error for programs: with `--log-format json` each line of it is an object.

use serde_json::Value;

use super::bench::simulated_box;
use super::{Bench, Ran};

/// The lines of standard error, each with its level and message.
fn lines(ran: &Ran) -> Vec<(String, String, Value)> {
    ran.err
        .lines()
        .map(|line| {
            let said: Value =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?} of {ran}"));
            let word =
                |name: &str| said[name].as_str().unwrap_or_else(|| panic!("no {name}: {line}")).to_owned();
            let time: jiff::Timestamp = word("timestamp").parse().expect("a time");
            assert!(time.as_second() > 1_700_000_000, "{line}");
            (word("level"), word("message"), said)
        })
        .collect()
}

fn levels(ran: &Ran) -> Vec<String> {
    lines(ran).into_iter().map(|(level, ..)| level).collect()
}

#[tokio::test]
async fn errors_are_objects_with_their_hint() {
    let bench = Bench::quickstart();
    let refused = bench.run(["plan", "mail", "--provider", "nobody", "--log-format", "json"]).await;
    assert_eq!(refused.code, Some(1), "{refused}");
    let said = lines(&refused);
    assert_eq!(said.len(), 1, "{refused}");
    assert_eq!(said[0].0, "ERROR");
    assert_eq!(said[0].1, "--provider nobody: there is no such connection");
    assert_eq!(said[0].2["hint"], "the configuration has directory");
    let asks = bench.run(["apply", "mail", "--log-format", "json"]).await;
    assert_eq!(levels(&asks), ["ERROR"], "{asks}");
}

#[tokio::test]
async fn what_cannot_be_understood_is_an_object_too() {
    for option in [["--log-format", "json"].as_slice(), &["--log-format=json"]] {
        let typed = ["plan", "--colour"].into_iter().chain(option.iter().copied());
        let wrong = Bench::empty().run(typed).await;
        assert_eq!(wrong.code, Some(1), "{wrong}");
        let said = lines(&wrong);
        assert_eq!(said.len(), 1, "{wrong}");
        assert!(said[0].1.starts_with("unexpected argument '--colour' found"), "{wrong}");
    }
}

#[tokio::test]
async fn each_problem_of_a_configuration_is_an_object() {
    let bench = Bench::quickstart();
    bench.edit("mail/mailwright.yaml", "quota: 10 GiB", "quotas: 10 GiB");
    bench.edit("mail/mailwright.yaml", "john.roe@example.com: [send_as]", "john.roe@example.com: [send_was]");
    let wrong = bench.run(["validate", "mail", "--log-format", "json"]).await;
    assert_eq!(wrong.code, Some(1), "{wrong}");
    let said = lines(&wrong);
    assert_eq!(levels(&wrong), ["ERROR"; 3], "{wrong}");
    assert!(
        said[0].1.contains("mailwright.yaml:") && said[0].1.contains('\n'),
        "with its place: {}",
        said[0].1
    );
    assert_eq!(said[2].1, "the configuration has 2 errors");
}

#[tokio::test]
async fn notices_steps_and_traces_are_objects() {
    let bench = Bench::quickstart();
    let init = bench.run(["init", "other", "--log-format", "json"]).await;
    assert!(levels(&init).iter().all(|level| level == "INFO") && !init.err.is_empty(), "{init}");
    let plan = bench.run(["plan", "mail", "--out", "plan.json", "--log-format", "json"]).await;
    assert!(plan.out.contains("9 to create"), "{plan}");
    let said = lines(&plan);
    assert_eq!(said.len(), 1, "{plan}");
    assert!(said[0].1.starts_with("Saved as plan.json"), "{plan}");

    let service = simulated_box().await;
    let boxed = Bench::boxed(
        &service.url(),
        "domains:\n  example.com: {provider: box}\nmailboxes:\n  nora@example.com: {password: {env: NORA_PASSWORD}}\n",
    );
    let arguments = ["apply", "mail", "--yes", "--format", "json", "--log-format", "json", "-vv"];
    let applied = boxed.run(arguments).await;
    assert_eq!(applied.code, Some(0), "{applied}");
    let said = lines(&applied);
    let holds =
        |level: &str, word: &str| said.iter().any(|(l, message, _)| l == level && message.contains(word));
    assert!(holds("INFO", "1 to create"), "the plan before it begins: {applied}");
    assert!(holds("INFO", "done      create mailbox nora@example.com"), "a step: {applied}");
    assert!(
        said.iter().any(|(_, _, said)| said.get("journal").is_some()),
        "a trace with its fields: {applied}"
    );
    service.stop().await;
}
