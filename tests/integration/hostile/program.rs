//! The running program: hostile texts in files, in the names of files, and in a database, on standard output, standard
//! error and in files.

use std::fmt::Write as _;

use super::Tries;
use super::oracle::{flaw_of_csv, flaw_of_markdown, flaw_of_text, marker};
use super::render::yaml;
use super::strings;
use crate::process::bench::{Bench, Ran};

const PROVIDERS: &str = "version: 1
providers:
  files: {type: postfixadmin, database: \"sqlite:mail.sqlite\", create: true}
domains:
  example.com: {provider: files, manage: true}
policy: {max_creates: {mailboxes: 500}}
";

/// A mailbox for each text, whose display name it is. The texts that such a service takes.
fn mailboxes() -> (String, usize) {
    let mut wish = String::from("mailboxes:\n");
    let mut count = 0;
    for (number, (_, text)) in strings::all().iter().enumerate() {
        if text.len() < 200 && !text.contains('\0') {
            writeln!(wish, "  m{number}@example.com: {{display_name: {}}}", yaml(text)).expect("a string");
            count += 1;
        }
    }
    (wish, count)
}

fn is_safe(tries: &mut Tries, arguments: &[&str], ran: &Ran) {
    tries.none(&format!("{arguments:?}, standard output"), flaw_of_text(&ran.out));
    tries.none(&format!("{arguments:?}, standard error"), flaw_of_text(&ran.err));
}

#[tokio::test]
async fn no_text_disturbs_whoever_runs_the_program() {
    let bench = Bench::empty();
    let (wish, count) = mailboxes();
    bench.write("mail/providers.yaml", PROVIDERS);
    bench.write("mail/\u{1b}[31m\u{202e}x ##[group].yaml", &wish);
    let mut tries = Tries { count, ..Tries::default() };
    for (arguments, code) in [
        (&["validate", "mail"][..], 0),
        (&["plan", "mail", "-vv", "--report", "plan.md", "--out", "pl\u{9b}an.json"], 0),
        (&["plan", "mail", "--format", "json"], 0),
        (&["plan", "mail", "--format", "markdown", "--log-format", "json"], 0),
        (&["apply", "mail", "--yes", "-v"], 0),
        (&["apply", "mail", "--yes", "--format", "json"], 0),
        (&["show", "m3@example.com", "mail"], 0),
        (&["show", "m3@example.com", "mail", "--format", "json"], 0),
        (&["export", "mail"], 0),
        (&["export", "mail", "--out", "ex\u{202e}port.yaml"], 0),
        (&["doctor", "mail"], 0),
        (&["trace", "m1@example.com", "mail"], 0),
        (&["plan", "no\u{1b}[31m\u{202e}such"], 1),
        (&["apply", "mail", "--plan", "no\u{9b}\u{200b}such"], 1),
    ] {
        let ran = bench.run(arguments.iter().copied()).await;
        is_safe(&mut tries, arguments, &ran);
        tries.that(ran.code == Some(code), || format!("{arguments:?}: {:?} {}", ran.code, ran.err));
    }
    tries.none("the report", flaw_of_markdown(&bench.read("plan.md"), marker("plan")));
    // Everything changes again, so that old values of the service are shown, too.
    let files =
        std::fs::read_dir(bench.path("mail")).expect("listed").map(|entry| entry.expect("an entry").path());
    for file in files.filter(|file| file.to_string_lossy().contains("group")) {
        std::fs::write(file, wish.replace("display_name: \"", "display_name: \"new ")).expect("written");
    }
    for arguments in [&["plan", "mail"][..], &["audit", "mail"], &["audit", "mail", "--format", "sarif"]] {
        let ran = bench.run(arguments.iter().copied()).await;
        tries.that(matches!(ran.code, Some(0 | 2)), || format!("{arguments:?}: {:?} {}", ran.code, ran.err));
        is_safe(&mut tries, arguments, &ran);
    }
    let sheet = bench.run(["audit", "mail", "--format", "csv"]).await;
    tries.none("the sheet", flaw_of_csv(&sheet.out));
    tries.end("hostile-program");
}

#[tokio::test]
async fn no_broken_file_disturbs_whoever_reads_what_is_wrong() {
    let mut tries = Tries::default();
    let bench = Bench::empty();
    for (number, (_, text)) in strings::all().iter().enumerate() {
        let name = text.replace(['/', '\0'], "_");
        let name: String = name.chars().take(40).collect();
        // As the text of a key, of a value, raw in a file that is no YAML, and as the name of a file.
        let broken = format!(
            "version: 1\n{0}: 1\nmailboxes: {{{0}: {{}}, a@b.example: {{state: {0}}}}}\n",
            yaml(text)
        );
        bench.write(&format!("mail/{number}{name}.yaml"), &broken);
        bench.write(&format!("mail/{number}raw.yaml"), &format!("version: 1\nx: [{text}\n- {text}\n"));
        tries.count += 5;
    }
    for arguments in [
        &["validate", "mail"][..],
        &["validate", "mail", "--format", "json"],
        &["plan", "mail", "--log-format", "json"],
    ] {
        let ran = bench.run(arguments.iter().copied()).await;
        is_safe(&mut tries, arguments, &ran);
        tries.that(ran.code == Some(1), || ran.to_string());
    }
    tries.end("hostile-diagnostics");
}
