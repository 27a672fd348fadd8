//! When a rendering is safe, told by what terminals, hosts and spreadsheets do.

use mailwright::render::markdown;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Letters and marks that nobody sees; the standard library counts them as printable or as marks.
const UNSEEN: [char; 9] = [
    '\u{3164}',
    '\u{115f}',
    '\u{1160}',
    '\u{ffa0}',
    '\u{2800}',
    '\u{fe0f}',
    '\u{fe00}',
    '\u{34f}',
    '\u{e0100}',
];

/// Why a text may not go to a terminal or into a CI job's log; none where it may.
pub(super) fn flaw_of_text(text: &str) -> Option<String> {
    text.split('\n').find_map(|line| flaw_of_line(line).map(|flaw| format!("{flaw}: {line:?}")))
}

fn flaw_of_line(line: &str) -> Option<String> {
    let mut marks = 0;
    for c in line.chars() {
        let escaped = c.escape_debug().len() > 1 && !matches!(c, '\'' | '"' | '\\');
        let is_mark = is_mark(c);
        let is_private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fffd}');
        marks = if is_mark { marks + 1 } else { 0 };
        if UNSEEN.contains(&c) || escaped && !is_mark && !is_private && !c.is_whitespace() || c.is_control() {
            return Some(format!("{c:?} is raw"));
        }
        if marks > 4 {
            return Some("a heap of marks".to_owned());
        }
    }
    if line.contains(['\u{2028}', '\u{2029}']) {
        return Some("another end of line".to_owned());
    }
    order(line).map(|order| format!("an order to the host, {order}"))
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}')
}

/// What a CI host takes from a line as an order to itself.
fn order(line: &str) -> Option<&str> {
    if let Some(rest) = line.trim_start().strip_prefix("::")
        && let Some((name, _)) = rest.split_once("::")
    {
        let name = name.split(' ').next().unwrap_or(name);
        if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic() || c == '-') {
            return Some(name);
        }
    }
    ["##[", "##vso[", "##teamcity["].into_iter().find(|tag| line.contains(tag))
}

/// Why a comment may not be posted; none where it may. Its blocks are told in `shape`.
pub(super) fn flaw_of_markdown(text: &str, marker: &str) -> Option<String> {
    if !text.starts_with(&format!("{marker}\n")) {
        return Some("the marker is not the first line".to_owned());
    }
    let mut in_block = false;
    let mut folds = 0_i32;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_GFM) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_block = true,
            Event::End(TagEnd::CodeBlock) => in_block = false,
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => {
                return Some("a link or an image".to_owned());
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                for line in html.lines().map(str::trim).filter(|line| !line.is_empty()) {
                    match line {
                        "<details>" | "<details open>" => folds += 1,
                        "</details>" => folds -= 1,
                        line if line == marker => {}
                        line => {
                            let inner = line
                                .strip_prefix("<summary>")
                                .and_then(|line| line.strip_suffix("</summary>"));
                            let own = |c: char| c.is_ascii_alphanumeric() || " :,.".contains(c);
                            if !inner.is_some_and(|inner| inner.chars().all(own)) {
                                return Some(format!("HTML: {line}"));
                            }
                        }
                    }
                }
            }
            Event::Text(words) if !in_block => {
                let own = words.starts_with("Created (+), changed (~)");
                let odd = ['@', '<', '#', '`', '[', '$', '~', '|', '\\'];
                if !own && (words.contains(odd) || words.contains("://") || words.contains("www.")) {
                    return Some(format!("markup: {words}"));
                }
            }
            _ => {}
        }
    }
    (folds != 0).then(|| format!("{folds} folds stay open"))
}

/// The blocks of a comment, one word each.
pub(super) fn shape(text: &str) -> Vec<String> {
    let blocks =
        Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_GFM).filter_map(|event| match event {
            Event::Start(tag) => Some(match tag {
                Tag::Heading { level, .. } => format!("heading {level}"),
                Tag::CodeBlock(_) => "block".to_owned(),
                Tag::List(_) => "list".to_owned(),
                Tag::Item => "item".to_owned(),
                Tag::Table(columns) => format!("table {}", columns.len()),
                Tag::TableRow => "row".to_owned(),
                Tag::TableCell => "cell".to_owned(),
                Tag::BlockQuote(_) => "quote".to_owned(),
                _ => return None,
            }),
            Event::Rule => Some("rule".to_owned()),
            _ => None,
        });
    blocks.collect()
}

/// The marker of a comment of this name.
pub(super) fn marker(name: &str) -> &'static str {
    match name {
        "plan" => markdown::PLAN,
        "outcome" => markdown::OUTCOME,
        "audit" => markdown::AUDIT,
        "trace" => markdown::TRACE,
        "access" => markdown::ACCESS,
        other => unreachable!("{other} is no comment"),
    }
}

/// Why a sheet may not be opened; none where it may.
pub(super) fn flaw_of_csv(text: &str) -> Option<String> {
    let flaw = text.split("\r\n").find_map(flaw_of_line);
    if flaw.is_some() {
        return flaw;
    }
    for separator in [b',', b';'] {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(separator == b';')
            .delimiter(separator)
            .from_reader(text.as_bytes());
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => return Some(error.to_string()),
            };
            if let Some(cell) = record.iter().find(|cell| runs(cell)) {
                return Some(format!("a formula: {cell}"));
            }
        }
    }
    None
}

fn runs(cell: &str) -> bool {
    cell.trim_start_matches([' ', '"', '\u{a0}', '\u{3000}'])
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r'])
}

/// Every text in a document.
pub(super) fn texts(value: &serde_json::Value) -> Vec<&str> {
    match value {
        serde_json::Value::String(text) => vec![text],
        serde_json::Value::Array(items) => items.iter().flat_map(texts).collect(),
        serde_json::Value::Object(map) => {
            map.iter().flat_map(|(key, value)| std::iter::once(key.as_str()).chain(texts(value))).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn the_oracle_sees_what_is_not_safe() {
    for bad in [
        "\u{1b}[m",
        "\u{9b}m",
        "\u{202e}",
        "\u{200b}",
        "\u{3164}",
        "\u{e0041}",
        "\u{2028}",
        "\r",
        " ::error::x",
        "a ##[group]x",
    ] {
        assert!(flaw_of_text(bad).is_some(), "{bad:?}");
    }
    assert_eq!(flaw_of_text("plain → ä 漢字 e\u{301} \u{e000} ::1\nnext"), None);
    for bad in ["\"=1\"\r\n", "a,'x;=1'\r\n", "a,\"\t=1\"\r\n"] {
        assert!(flaw_of_csv(bad).is_some(), "{bad:?}");
    }
    for bad in ["[a](b)", "<b>", "![a](b)", "@team", "a | b\n--- | ---\n@a | b"] {
        assert!(
            flaw_of_markdown(&format!("{}\n{bad}\n", markdown::PLAN), markdown::PLAN).is_some(),
            "{bad:?}"
        );
    }
}
