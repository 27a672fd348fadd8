//! Texts that are compared with files.

use std::fs;
use std::path::Path;

/// A plan's text without what differs from run to run, its id, and what nobody compares: how often a service was
/// called, but for those where `tells_calls` says so.
pub(super) fn steady(text: &str, tells_calls: impl Fn(&str) -> bool) -> String {
    let (header, body) = split(text);
    let mut steady = String::new();
    for line in header.lines() {
        let is_call = |part: &str| part.ends_with(" call") || part.ends_with(" calls");
        let parts: Vec<&str> = line.split(" · ").filter(|part| tells_calls(line) || !is_call(part)).collect();
        let line = parts.join(" · ");
        let line = match line.strip_prefix("Plan ").and_then(|rest| rest.split_once(' ')) {
            Some((_, rest)) => format!("Plan [id] {rest}"),
            None => line,
        };
        steady.push_str(&line);
        steady.push('\n');
    }
    steady + body
}

/// A plan's text after its header: each service has its own number of things that nobody speaks of.
pub(super) fn body(text: &str) -> &str {
    split(text).1
}

/// The lines that tell what was read of each connection, and the rest.
fn split(text: &str) -> (&str, &str) {
    let end_of_line = |from: usize| text[from..].find('\n').map_or(text.len(), |end| from + end + 1);
    let mut end = end_of_line(0);
    if text[..end].trim_end().ends_with(" connections") {
        while text[end..].starts_with("  ") && text[end..end_of_line(end)].contains(" read, ") {
            end = end_of_line(end);
        }
    }
    text.split_at(end)
}

/// Fails the test where the file holds another text; where it should not be there, `text` is none.
pub(crate) fn compare(file: &Path, text: Option<&str>) {
    let there = fs::read_to_string(file).ok();
    if there.as_deref() == text {
        return;
    }
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        match text {
            Some(text) => fs::write(file, text).expect("the golden is written"),
            None => fs::remove_file(file).expect("the golden is removed"),
        }
        return;
    }
    let (there, text) = (there.unwrap_or_default(), text.unwrap_or_default());
    let diff = similar::TextDiff::from_lines(there.as_str(), text);
    panic!("{} holds another text:\n{}", file.display(), diff.unified_diff().context_radius(20));
}
