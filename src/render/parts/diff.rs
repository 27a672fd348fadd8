//! Word diffs of long text: `[-gone-]{+new+}`, with unchanged stretches cut to their ends.

use similar::{ChangeTag, TextDiff};

use crate::render::line::Line;
use crate::render::style::Ink;

/// Text longer than this many characters, or of several lines, is shown as a word diff.
const LONG: usize = 60;

/// How many unchanged words stay on each side of a change, so that it can be found in the whole.
const CONTEXT: usize = 6;

pub(in crate::render) fn is_long(text: &str) -> bool {
    text.contains('\n') || text.chars().count() > LONG
}

/// The word diff of two texts.
pub(in crate::render) fn words(old: &str, new: &str) -> Line {
    let (old, new) = (tokens(old), tokens(new));
    let diff = TextDiff::configure().diff_slices(&old, &new);
    let mut runs: Vec<(ChangeTag, Vec<&str>)> = Vec::new();
    for change in diff.iter_all_changes() {
        match runs.last_mut() {
            Some((tag, words)) if *tag == change.tag() => words.push(change.value()),
            _ => runs.push((change.tag(), vec![change.value()])),
        }
    }
    let last = runs.len().saturating_sub(1);
    let mut line = Line::new();
    for (index, (tag, words)) in runs.into_iter().enumerate() {
        match tag {
            ChangeTag::Equal => line.push(Ink::Plain, &context(&words, index > 0, index < last)),
            ChangeTag::Delete => line.push(Ink::Removed, &format!("[-{}-]", words.concat())),
            ChangeTag::Insert => line.push(Ink::Added, &format!("{{+{}+}}", words.concat())),
        }
    }
    line
}

fn context(words: &[&str], follows: bool, leads: bool) -> String {
    // A word and the space after it are two tokens.
    let keep = 2 * CONTEXT;
    let kept = keep * (usize::from(follows) + usize::from(leads));
    if words.len() <= kept + 1 {
        return words.concat();
    }
    let start = if follows { words[..keep].concat() } else { String::new() };
    let end = if leads { words[words.len() - keep..].concat() } else { String::new() };
    format!("{start}…{end}")
}

/// Words, spaces and single marks, so that also JSON has words.
fn tokens(text: &str) -> Vec<&str> {
    let class = |c: char| match c {
        c if c.is_alphanumeric() => 0,
        c if c.is_whitespace() => 1,
        _ => 2,
    };
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (index, c) in text.char_indices() {
        if before.is_some_and(|known| known != class(c) || known == 2) {
            tokens.push(&text[start..index]);
            start = index;
        }
        before = Some(class(c));
    }
    if start < text.len() {
        tokens.push(&text[start..]);
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Style;

    #[test]
    fn only_what_changed_is_marked_and_far_words_are_cut() {
        let old = "I am away until Monday. For anything urgent please write to the desk, which is staffed from \
                   nine to five on every working day of the year.";
        let new = old.replace("Monday", "Friday");
        insta::assert_snapshot!(words(old, &new).render(Style::plain()), @"I am away until [-Monday-]{+Friday+}. For anything urgent please write …");
        insta::assert_snapshot!(words(r#"{"a":1,"b":[true]}"#, r#"{"a":2,"b":[true]}"#).render(Style::plain()), @r#"{"a":[-1-]{+2+},"b":[true]}"#);
        insta::assert_snapshot!(words("one\ntwo", "one\nthree").render(Style::plain()), @r#"one\n[-two-]{+three+}"#);
    }
}
