//! Files that are no configuration, or one that is made to cost: each is refused at its place, within the limits, or
//! works.
//!
//! `MAILWRIGHT_HOSTILE_SCALE` makes the large ones that many times larger.

use std::fmt::Write as _;
use std::path::Path;

use mailwright::config::{self, Diagnostic, Excerpt, Loaded, Problems};

use super::Tries;
use super::oracle::flaw_of_text;
use crate::scenarios::catalogue;
use crate::tally::{What, held};

/// What comes of a file.
enum Then {
    /// It loads.
    Loads,
    /// It is refused with this code, at this line and column; 0 where any will do.
    Refused(&'static str, u32, u32),
}
use Then::{Loads, Refused};

fn load(files: Vec<(String, Vec<u8>)>) -> Result<Loaded, Problems> {
    config::load_sources(files, Path::new("."), &catalogue())
}

fn check(tries: &mut Tries, what: &str, content: impl Into<Vec<u8>>, then: &Then) {
    let loaded = load(vec![("a.yaml".to_owned(), content.into())]);
    let said = loaded.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let start = || said.chars().take(600).collect::<String>();
    tries.none(what, flaw_of_text(&said));
    tries.that(said.len() < 1 << 20, || format!("{what}: {} bytes of problems", said.len()));
    match (then, &loaded) {
        (Loads, loaded) => tries.that(loaded.is_ok(), || format!("{what} does not load: {}", start())),
        (Refused(code, ..), Ok(_)) => {
            tries.that(false, || format!("{what} loads, and should be refused as {code}"));
        }
        (Refused(code, line, column), Err(problems)) => {
            let all = || problems.diagnostics.iter();
            let is_short = |excerpt: &Excerpt| {
                excerpt.line.chars().count() <= 142 && excerpt.start <= 142 && excerpt.length <= 142
            };
            tries.that(all().flat_map(|one| one.at.iter().chain(&one.related)).all(is_short), || {
                format!("{what}: a long excerpt: {}", start())
            });
            let fits = |problem: &Diagnostic| {
                let at = problem.at.as_ref().map_or((0, 0), |excerpt| (excerpt.at.line, excerpt.at.column));
                let is_there = (*line == 0 || at.0 == *line) && (*column == 0 || at.1 == *column);
                problem.code == *code && is_there
            };
            tries.that(all().any(fits), || format!("{what}: no {code} at {line}:{column} in {}", start()));
        }
    }
}

/// A piece for each number, all in one text.
fn each(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).map(piece).collect()
}

fn scale() -> usize {
    std::env::var("MAILWRIGHT_HOSTILE_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

type Row = (&'static str, Vec<u8>, Then);

/// Files that are no text, or no YAML.
fn encodings() -> Vec<Row> {
    let utf16 = |text: &str| -> Vec<u8> {
        [0xfeff_u16].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    vec![
        ("a byte order mark", "\u{feff}version: 1\n".into(), Loads),
        ("two byte order marks", "\u{feff}\u{feff}version: 1\n".into(), Loads),
        ("UTF-16", utf16("version: 1\n"), Refused("encoding", 1, 1)),
        ("Latin 1", b"version: 1\n# J\xf6rg\n".to_vec(), Refused("encoding", 2, 4)),
        ("an overlong NUL", b"version: 1\n# \xc0\x80\n".to_vec(), Refused("encoding", 2, 3)),
        ("a surrogate in UTF-8", b"version: 1\n# \xed\xa0\x80\n".to_vec(), Refused("encoding", 2, 3)),
        ("a cut character", b"version: 1\n# \xe6\x97".to_vec(), Refused("encoding", 2, 3)),
        ("NUL", b"version: 1\nx: \0\n".to_vec(), Refused("yaml-syntax", 0, 0)),
        ("NULs alone", vec![0; 4096], Refused("yaml-syntax", 0, 0)),
        ("an escape character", "version: 1\n\u{1b}[31mx: 1\n".into(), Refused("yaml-syntax", 0, 0)),
        ("nothing", "".into(), Refused("missing-key", 1, 1)),
        ("blanks", " \n\n  \n".into(), Refused("missing-key", 1, 1)),
        ("CR line ends", "version: 1\rmailboxes: {}\rnonsense: 1\r".into(), Refused("unknown-key", 3, 1)),
        (
            "CRLF line ends",
            "version: 1\r\nmailboxes: {}\r\nnonsense: 1\r\n".into(),
            Refused("unknown-key", 3, 1),
        ),
        (
            "a tab for indentation",
            "version: 1\nmailboxes:\n\ta@b.example: {}\n".into(),
            Refused("yaml-syntax", 3, 0),
        ),
        ("two documents", "version: 1\n---\nversion: 1\n".into(), Refused("several-documents", 0, 0)),
        ("a directive", "%YAML 1.1\n---\nversion: 1\n".into(), Loads),
        ("an unknown directive", "%EVIL x\n---\nversion: 1\n".into(), Loads),
        ("a wrong version of YAML", "%YAML 9.9\n---\nversion: 1\n".into(), Refused("yaml-syntax", 0, 0)),
    ]
}

/// Files whose YAML says what no configuration says.
fn meanings() -> Vec<Row> {
    vec![
        ("equal keys", "version: 1\nversion: 1\n".into(), Refused("duplicate", 2, 1)),
        (
            "equal keys in other spellings",
            "version: 1\nmailboxes: {a@b.example: {}, \"a@b.example\": {}}\n".into(),
            Refused("duplicate", 2, 30),
        ),
        (
            "addresses in other spellings",
            "version: 1\nmailboxes: {a@b.example: {}, A@B.example: {}}\n".into(),
            Refused("unknown-domain", 2, 30),
        ),
        ("an alias as a key", "version: 1\nx: &a y\n*a : 1\n".into(), Refused("unknown-key", 0, 0)),
        (
            "an alias without an anchor",
            "version: 1\nmailboxes: *x\n".into(),
            Refused("unknown-anchor", 2, 12),
        ),
        (
            "an alias in itself",
            "version: 1\nmailboxes: &a {x@b.example: *a}\n".into(),
            Refused("endless-alias", 2, 29),
        ),
        (
            "a merge key of itself",
            "version: 1\nmailboxes: &a {<<: *a}\n".into(),
            Refused("endless-alias", 2, 20),
        ),
        ("a merge key of text", "version: 1\nmailboxes: {<<: x}\n".into(), Refused("wrong-type", 2, 13)),
        (
            "two merge keys",
            "version: 1\nx: &a {}\nmailboxes: {<<: *a, <<: *a}\n".into(),
            Refused("duplicate", 3, 21),
        ),
        (
            "binary",
            "version: 1\nmailboxes: {a@b.example: {display_name: !!binary aGk=}}\n".into(),
            Refused("unknown-tag", 0, 0),
        ),
        ("an include", "version: 1\nmailboxes: !include /etc/passwd\n".into(), Refused("unknown-tag", 0, 0)),
        (
            "an object of another language",
            "version: 1\nmailboxes: !!python/object/apply:os.system [id]\n".into(),
            Refused("unknown-tag", 0, 0),
        ),
        ("a set", "version: 1\nmailboxes: !!set {a@b.example}\n".into(), Refused("unknown-tag", 0, 0)),
        ("a map as a key", "version: 1\n? {a: b}\n: 1\n".into(), Refused("wrong-type", 2, 3)),
        ("a list as a key", "version: 1\n[a]: 1\n".into(), Refused("wrong-type", 2, 1)),
        ("a null as a key", "version: 1\n~: 1\n".into(), Refused("unknown-key", 2, 1)),
        ("null", "version: 1\nmailboxes: ~\n".into(), Refused("null-value", 2, 0)),
        ("not a number", "version: .nan\n".into(), Refused("wrong-type", 1, 10)),
        ("a float", "version: 1.0\n".into(), Refused("wrong-type", 1, 10)),
        ("octal", "version: 0o1\n".into(), Loads),
        ("old octal", "version: 01\n".into(), Loads),
        ("a huge number", "version: 99999999999999999999999999\n".into(), Refused("wrong-type", 1, 10)),
        ("a date", "version: 2026-01-01\n".into(), Refused("wrong-type", 1, 10)),
        (
            "no",
            "version: 1\nmailboxes: {a@b.example: {hidden_from_directory: no}}\n".into(),
            Refused("wrong-type", 2, 50),
        ),
        ("a surrogate escape", "version: 1\nx: \"\\ud800\"\n".into(), Refused("yaml-syntax", 2, 0)),
        ("an escape beyond Unicode", "version: 1\nx: \"\\Uffffffff\"\n".into(), Refused("yaml-syntax", 2, 0)),
        ("an open quote", "version: 1\nx: \"abc\n".into(), Refused("yaml-syntax", 0, 0)),
        ("an open bracket", "version: 1\nx: [a, b\n".into(), Refused("yaml-syntax", 0, 0)),
        (
            "a wide column",
            format!("version: 1\n{}x: 1\n", "日".repeat(10)).into(),
            Refused("unknown-key", 2, 1),
        ),
    ]
}

#[test]
fn a_broken_file_is_refused_at_its_place() {
    let mut tries = Tries::default();
    for (what, content, then) in encodings().into_iter().chain(meanings()) {
        check(&mut tries, what, content, &then);
    }
    tries.end("hostile-yaml");
}

#[test]
fn a_bomb_is_refused_by_its_limit() {
    let mut tries = Tries::default();
    let mut doubling = String::from("version: 1\na0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..20 {
        let inner = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(doubling, "a{level}: &a{level} [{inner}]").expect("a string");
    }
    check(&mut tries, "nine to the power of twenty", doubling, &Refused("limit", 0, 0));
    let many: String = each(3_000, |n| format!("k{n}: 1, "));
    let square = format!("version: 1\nx: &a {{{many}}}\ny: [{}]\n", "*a, ".repeat(3_000));
    check(&mut tries, "a square of aliases", square, &Refused("limit", 0, 0));
    let merges = format!("version: 1\nx: &a {{{many}}}\ny:\n{}", "  - {<<: *a}\n".repeat(3_000));
    check(&mut tries, "a square of merges", merges, &Refused("limit", 0, 0));
    let lists = format!("version: 1\nx: &a {{{many}}}\ny: {{<<: [{}]}}\n", "*a, ".repeat(3_000));
    check(&mut tries, "a merge of many", lists, &Refused("limit", 0, 0));
    let mut chain = String::from("version: 1\na0: &a0 [x]\n");
    for level in 1..200 {
        writeln!(chain, "a{level}: &a{level} [*a{}]", level - 1).expect("a string");
    }
    check(&mut tries, "depth by aliases", chain, &Refused("limit", 0, 0));
    for (what, open) in
        [("lists", "["), ("maps", "{a: "), ("list items", "- "), ("keys", "? "), ("mixed", "[{a: ")]
    {
        let deep = format!("version: 1\nx: {}", open.repeat(100_000));
        let nested = format!("version: 1\n{}", open.repeat(100_000));
        for content in [deep, nested] {
            let loaded = load(vec![("a.yaml".to_owned(), content.into_bytes())]);
            let problems = loaded.expect_err(what);
            let fits = |problem: &Diagnostic| matches!(problem.code, "limit" | "yaml-syntax");
            tries.that(problems.diagnostics.iter().any(fits), || format!("{what}: {problems}"));
        }
    }
    let blocks: String = each(100_000, |n| format!("{}a:\n", " ".repeat(n.min(900))));
    check(&mut tries, "block maps", format!("version: 1\n{blocks}"), &Refused("limit", 0, 0));
    tries.end("hostile-yaml-bombs");
}

#[test]
fn a_large_line_is_read_or_refused_once() {
    let size = (1 << 20) * scale();
    let mut tries = Tries::default();
    let line = |unit: &str| unit.repeat(size / unit.len());
    check(&mut tries, "a comment", format!("version: 1\n# {}\n", line("x")), &Loads);
    check(&mut tries, "blanks", format!("version: 1\n{}\n", line(" ")), &Loads);
    check(&mut tries, "a key", format!("version: 1\n{}: 1\n", line("k")), &Refused("yaml-syntax", 0, 0));
    check(
        &mut tries,
        "a quoted key",
        format!("version: 1\n\"{}\": 1\n", line("k")),
        &Refused("yaml-syntax", 0, 0),
    );
    check(
        &mut tries,
        "an asked-for key",
        format!("version: 1\n? {}\n: 1\n", line("k")),
        &Refused("limit", 2, 3),
    );
    let value = format!("version: 1\nmailboxes: {{a@b.example: {{display_name: \"{}\"}}}}\n", line("x"));
    check(&mut tries, "a value", value, &Refused("unknown-domain", 2, 13));
    // As many problems as are kept, all on one line: each has its excerpt.
    let flat: String = each(size / 16, |n| format!("a{n}: [1], "));
    check(
        &mut tries,
        "unknown keys on one line",
        format!("{{version: 1, {flat}}}\n"),
        &Refused("unknown-key", 0, 0),
    );
    let twice = format!("{{version: 1, mailboxes: {{{}}}}}\n", "a@b.example: {}, ".repeat(size / 32));
    check(&mut tries, "equal keys on one line", twice, &Refused("duplicate", 0, 0));
    let literal: String = each(size / 64, |n| format!("p{n}: {{type: x, password: hunter2}}, "));
    let secrets = format!("{{version: 1, providers: {{{literal}}}}}\n");
    let problems = load(vec![("a.yaml".to_owned(), secrets.into_bytes())]).expect_err("literals");
    tries.that(!problems.to_string().contains("hunter2"), || "a literal is shown".to_owned());
    tries.end("hostile-yaml-lines");
}

#[test]
fn many_keys_are_read_or_refused_once() {
    let count = 20_000 * scale();
    let mut tries = Tries::default();
    let keys: String = each(count, |n| format!("k{n}: 1\n"));
    check(&mut tries, "unknown keys", format!("version: 1\n{keys}"), &Refused("more-problems", 0, 0));
    let addresses: String = each(count, |n| format!("  a{n}@b.example: {{}}\n"));
    check(
        &mut tries,
        "mailboxes in no domain",
        format!("version: 1\nmailboxes:\n{addresses}"),
        &Refused("unknown-domain", 0, 0),
    );
    let same = "  a@b.example: {}\n".repeat(count);
    check(
        &mut tries,
        "one mailbox again and again",
        format!("version: 1\nmailboxes:\n{same}"),
        &Refused("duplicate", 0, 0),
    );
    let loops: String = each(count, |n| format!("  a{n}@b.example: [a{}@b.example]\n", (n + 1) % count));
    let ring = format!(
        "version: 1\nproviders: {{s: {{type: model}}}}\ndomains: {{b.example: {{provider: s}}}}\naliases:\n{loops}"
    );
    check(&mut tries, "a ring of aliases", ring, &Refused("loop", 0, 0));
    let words: String = each(count, |n| format!("w{n}@b.example, "));
    let targets = format!(
        "version: 1\nproviders: {{s: {{type: model}}}}\ndomains: {{b.example: {{provider: s}}}}\naliases: {{x@b.example: [{words}]}}\n"
    );
    check(&mut tries, "an alias with targets that nothing declares", targets, &Loads);
    tries.end("hostile-yaml-keys");
}

#[test]
fn many_files_are_read_or_refused_once() {
    let small = |n: usize| (format!("{n:06}.yaml"), b"version: 1\n".to_vec());
    load((0..2_000).map(small).collect()).expect("small files load");
    let wrong = |n: usize| (format!("{n:06}.yaml"), b"nonsense: [\n".to_vec());
    let problems = load((0..2_000).map(wrong).collect()).expect_err("broken files");
    assert!(problems.diagnostics.len() <= config::limits::MAX_PROBLEMS + 1);
    assert!(problems.diagnostics.iter().any(|problem| problem.code == "more-problems"));
    held(What::HostileInputs, "hostile-yaml-files", 4_000);
}
