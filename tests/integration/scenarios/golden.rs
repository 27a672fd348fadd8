//! Texts that are compared with files.

use std::fs;
use std::path::Path;

/// A plan's text without what differs from run to run and from service to service: its id and how often the service
/// was called.
pub(super) fn steady(text: &str) -> String {
    let Some((header, rest)) = text.split_once('\n') else { return text.to_owned() };
    let parts: Vec<&str> =
        header.split(" · ").filter(|part| !part.ends_with(" call") && !part.ends_with(" calls")).collect();
    let header = parts.join(" · ");
    let mut words: Vec<&str> = header.split(' ').collect();
    if words.first() == Some(&"Plan") && words.len() > 1 {
        words[1] = "[id]";
    }
    format!("{}\n{rest}", words.join(" "))
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
