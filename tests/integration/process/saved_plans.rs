//! Plans that are saved, reviewed and applied later.

use std::fs::File;

use sha2::{Digest as _, Sha256};

use super::{Bench, shows};
use crate::tally::{self, What};

async fn saved() -> Bench {
    let bench = Bench::applied().await;
    bench.edit("mail/mailwright.yaml", "display_name: Jane Doe", "display_name: Jane D. Doe");
    bench.edit("mail/mailwright.yaml", "quota: 10 GiB", "quota: 20 GiB");
    assert_eq!(bench.run(["plan", "mail", "--out", "plan.json"]).await.code, Some(0));
    bench
}

const APPLY: [&str; 5] = ["apply", "mail", "--plan", "plan.json", "--yes"];

#[tokio::test]
async fn a_saved_plan_is_applied_once() {
    let bench = saved().await;
    shows!(bench.run(["plan", "mail", "--out", "plan.json"]).await, @"
Plan ID · example.com on directory · 1 domain, 3 mailboxes, 3 aliases, 1 forward, 1 permission read, complete

  ~ mailbox  jane.doe@example.com  display_name Jane Doe → Jane D. Doe  mailwright.yaml:35:19
  ~ mailbox  john.roe@example.com  quota 10 GiB → 20 GiB                mailwright.yaml:44:12

2 to change · 2 writes. Nothing was changed.
--- stderr
Saved as plan.json: apply it with `mailwright apply mail --plan plan.json`.
--- exit 0
");
    shows!(bench.run(APPLY).await, @"
Plan ID · example.com on directory · 1 domain, 3 mailboxes, 3 aliases, 1 forward, 1 permission read, complete

  ~ mailbox  jane.doe@example.com  display_name Jane Doe → Jane D. Doe  mailwright.yaml:35:19
  ~ mailbox  john.roe@example.com  quota 10 GiB → 20 GiB                mailwright.yaml:44:12

2 to change · 2 writes.

2 done.
--- exit 0
");
    shows!(bench.run(APPLY).await, @"
Plan ID · example.com on directory · 1 domain, 3 mailboxes, 3 aliases, 1 forward, 1 permission read, complete

  ~ mailbox  jane.doe@example.com  display_name Jane Doe → Jane D. Doe  mailwright.yaml:35:19
  ~ mailbox  john.roe@example.com  quota 10 GiB → 20 GiB                mailwright.yaml:44:12

2 to change · 2 writes.
--- stderr
error: the saved plan plan.json cannot be applied: nothing that it rests on holds any more (update:mailbox:directory:jane.doe@example.com: stale: since the plan was made, jane.doe@example.com has changed: `display_name` was Jane Doe and is Jane D. Doe)
hint: make it again with `mailwright plan --out FILE`
--- exit 6
");
    assert_eq!(bench.run(["plan", "mail", "--detailed-exitcode"]).await.code, Some(0));
}

#[tokio::test]
async fn a_plan_that_was_touched_or_cut_or_is_none_is_refused() {
    let bench = saved().await;
    let whole = bench.read("plan.json");
    let before = bench.digest("mail/data/mail.db");
    bench.write("plan.json", &whole.replacen("20 GiB", "90 GiB", 1));
    shows!(bench.run(APPLY).await, @"
--- stderr
error: the saved plan plan.json cannot be applied: it was changed after it was made
hint: make it again with `mailwright plan --out FILE`
--- exit 6
");
    bench.write("plan.json", &whole[..whole.len() / 2]);
    shows!(bench.run(APPLY).await, @"
--- stderr
error: the saved plan plan.json cannot be applied: it is not a saved plan: EOF while parsing a list at line 51 column 1
hint: make it again with `mailwright plan --out FILE`
--- exit 6
");
    bench.write("plan.json", &whole.replacen("\"format\": 1", "\"format\": 99", 1));
    shows!(bench.run(APPLY).await, @"
--- stderr
error: the saved plan plan.json cannot be applied: it has format 99, this version reads 1
hint: make it again with `mailwright plan --out FILE`
--- exit 6
");
    bench.write("plan.json", "{}");
    shows!(bench.run(APPLY).await, @"
--- stderr
error: the saved plan plan.json cannot be applied: it is not a saved plan
hint: make it again with `mailwright plan --out FILE`
--- exit 6
");
    std::fs::remove_file(bench.path("plan.json")).expect("removed");
    shows!(bench.run(APPLY).await, @"
--- stderr
error: cannot read plan.json: No such file or directory (os error N)
--- exit 1
");
    assert_eq!(bench.digest("mail/data/mail.db"), before);
}

#[tokio::test]
async fn a_plan_of_another_configuration_is_refused() {
    let bench = saved().await;
    bench.edit("mail/mailwright.yaml", "Ann Miller", "Ann M. Miller");
    bench.edit("mail/mailwright.yaml", "max_deletes: {mailboxes: 2}", "max_deletes: {mailboxes: 3}");
    shows!(bench.run(APPLY).await, @"
--- stderr
error: the saved plan plan.json cannot be applied: the policy and the declared objects changed since it was made
hint: make it again with `mailwright plan --out FILE`
--- exit 6
");
}

#[tokio::test]
async fn only_the_change_whose_ground_moved_is_skipped() {
    let bench = saved().await;
    // Somebody else sets John's quota meanwhile.
    let other = Bench::empty();
    other.write("mail/mailwright.yaml", &bench.read("mail/mailwright.yaml").replace("20 GiB", "30 GiB"));
    let text = other.read("mail/mailwright.yaml");
    let database = bench.path("mail/data/mail.db").display().to_string();
    other.write("mail/mailwright.yaml", &text.replace("sqlite:data/mail.db", &format!("sqlite:{database}")));
    let narrow = ["apply", "mail", "--yes", "--only", "john*"];
    assert_eq!(other.run(narrow).await.code, Some(0));
    let ran = bench.run(APPLY).await;
    let (_, outcome) = ran.out.split_once("2 writes.\n").expect("the plan comes first");
    insta::assert_snapshot!(outcome.trim_start(), @"
skipped   update mailbox john.roe@example.com on directory  mailwright.yaml:44:12
            stale: since the plan was made, john.roe@example.com has changed: `quota` was 10 GiB and is 30 GiB

1 done, 1 skipped. What is done stays done; plan again to see what is left.
");
    assert_eq!(ran.code, Some(5), "{ran}");
    shows!(bench.run(["plan", "mail"]).await, @"
Plan ID · example.com on directory · 1 domain, 3 mailboxes, 3 aliases, 1 forward, 1 permission read, complete

  ~ mailbox  john.roe@example.com  quota 30 GiB → 20 GiB  mailwright.yaml:44:12

1 to change · 1 write. Nothing was changed.
--- exit 0
");
}

#[tokio::test]
async fn a_saved_plan_takes_no_release() {
    let bench = saved().await;
    let ran = bench.run(APPLY.into_iter().chain(["--allow", "deletes:mailbox=9"])).await;
    shows!(ran, @"
--- stderr
error: the argument '--plan <FILE>' cannot be used with '--allow <RELEASE>'

Usage: mailwright apply --plan <FILE> --yes <CONFIG>

For more information, try '--help'.
--- exit 1
");
}

/// Gives a saved plan the id that fits what it now says: it is a hash without a key.
fn forge(bench: &Bench) {
    let mut plan: mailwright::model::Plan = serde_json::from_str(&bench.read("plan.json")).expect("a plan");
    plan.id = String::new();
    let text = serde_json::to_string(&plan).expect("JSON") + "\n";
    plan.id = crate::wire::hex(&Sha256::digest(text));
    bench.write("plan.json", &serde_json::to_string(&plan).expect("JSON"));
}

#[tokio::test]
async fn a_plan_with_a_fitting_id_does_only_what_the_configuration_wants() {
    let bench = saved().await;
    let before = bench.digest("mail/data/mail.db");
    forge(&bench);
    let whole = bench.read("plan.json");
    for (old, new) in [
        ("20 GiB", "90 GiB"),
        ("john.roe@example.com", "ann@example.com"),
        ("\"verb\":\"update\"", "\"verb\":\"delete\""),
        ("\"fields\":[\"quota\"]", "\"fields\":[]"),
    ] {
        bench.write("plan.json", &whole.replace(old, new));
        forge(&bench);
        let ran = bench.run(APPLY).await;
        assert_eq!(ran.code, Some(6), "{old} as {new}: {ran}");
        assert!(ran.err.contains("it holds what this configuration does not want: "), "{ran}");
    }
    bench.write("plan.json", &whole.replace("20 GiB", "90 GiB"));
    forge(&bench);
    shows!(bench.run(APPLY).await, @"
--- stderr
error: the saved plan plan.json cannot be applied: it holds what this configuration does not want: update:mailbox:directory:john.roe@example.com: `quota` is not what the configuration wants
hint: make it again with `mailwright plan --out FILE`
--- exit 6
");
    assert_eq!(bench.digest("mail/data/mail.db"), before);
    // The same with nothing changed is a plan as any other.
    bench.write("plan.json", &whole);
    assert_eq!(bench.run(APPLY).await.code, Some(0));
    tally::held(What::HostileInputs, "saved-plans-forged-files", 5);
}

#[tokio::test]
async fn a_file_that_is_no_plan_is_refused_whatever_it_is() {
    let bench = saved().await;
    let whole = bench.read("plan.json");
    let before = bench.digest("mail/data/mail.db");
    bench.write("plan.json", &format!("\u{feff}{whole}"));
    shows!(bench.run(APPLY).await, @"
--- stderr
error: the saved plan plan.json cannot be applied: it is not a saved plan: it begins with a byte order mark, so something wrote it anew
hint: make it again with `mailwright plan --out FILE`
--- exit 6
");
    let utf16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(bench.path("plan.json"), utf16).expect("written");
    shows!(bench.run(APPLY).await, @"
--- stderr
error: the saved plan plan.json cannot be applied: it is not a saved plan: it is not UTF-8 text
hint: make it again with `mailwright plan --out FILE`
--- exit 6
");
    File::create(bench.path("plan.json")).and_then(|file| file.set_len(200 << 20)).expect("a long file");
    shows!(bench.run(APPLY).await, @"
--- stderr
error: the saved plan plan.json cannot be applied: it is not a saved plan: it is longer than 128 MiB
hint: make it again with `mailwright plan --out FILE`
--- exit 6
");
    bench.write("plan.json", &"[".repeat(1 << 20));
    shows!(bench.run(APPLY).await, @"
--- stderr
error: the saved plan plan.json cannot be applied: it is not a saved plan: recursion limit exceeded at line 1 column 128
hint: make it again with `mailwright plan --out FILE`
--- exit 6
");
    bench.write("plan.json", &whole.replacen("\"format\": 1,", "\"format\": 1,\n  \"format\": 1,", 1));
    shows!(bench.run(APPLY).await, @r#"
--- stderr
error: the saved plan plan.json cannot be applied: it is not a saved plan: the key "format" stands twice at line 3 column 13
hint: make it again with `mailwright plan --out FILE`
--- exit 6
"#);
    bench.write("plan.json", &whole.replacen("\"format\": 1,", "\"format\": 1, \"approved\": true,", 1));
    shows!(bench.run(APPLY).await, @"
--- stderr
error: the saved plan plan.json cannot be applied: it was changed after it was made
hint: make it again with `mailwright plan --out FILE`
--- exit 6
");
    assert_eq!(bench.digest("mail/data/mail.db"), before);
    tally::held(What::HostileInputs, "saved-plans-files", 6);
}

#[tokio::test]
async fn a_plan_for_another_service_of_the_same_name_is_refused() {
    let bench = saved().await;
    bench.edit("mail/mailwright.yaml", "sqlite:data/mail.db", "sqlite:data/other.db");
    shows!(bench.run(APPLY).await, @"
--- stderr
error: the saved plan plan.json cannot be applied: the connections changed since it was made
hint: make it again with `mailwright plan --out FILE`
--- exit 6
");
    tally::held(What::Races, "saved-plans-elsewhere", 1);
}
