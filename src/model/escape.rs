//! Text from services and configurations, made safe to show.
//!
//! One rule for every line that people read: whatever cannot be seen, whatever changes how its neighbours are seen,
//! and whatever a CI host would take for an order to itself is shown as an escape.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

/// Marks over one letter; no script stacks more. What comes after them would be drawn over other lines.
const MOST_MARKS: usize = 4;

/// Makes text safe to print on one line: control characters, escape sequences, marks that turn the direction of
/// writing, characters without a width, heaps of marks and orders to a CI host are shown as escapes.
pub fn escape(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && !text.contains("##") && !text.contains("::")
    {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for (c, is_safe) in judged(text) {
        match c {
            c if is_safe => safe.push(c),
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            c => {
                // Writing to a string cannot fail.
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    if safe == text { Cow::Borrowed(text) } else { Cow::Owned(safe) }
}

/// Each character, and whether it may stand on a line as it is.
pub fn judged(text: &str) -> impl Iterator<Item = (char, bool)> {
    let mut before: Option<char> = None;
    let mut marks = 0;
    text.char_indices().map(move |(at, c)| {
        let bare = before.is_none_or(char::is_whitespace);
        let is_mark = !c.is_ascii() && c.width() == Some(0) && !is_hidden(c);
        marks = if is_mark { marks + 1 } else { 0 };
        let orders = match c {
            ':' => bare && is_order(&text[at..]),
            '#' => before == Some('#') && is_tagged_order(&text[at + 1..]),
            _ => false,
        };
        before = Some(c);
        (c, !(is_hidden(c) || orders || is_mark && (bare || marks > MOST_MARKS)))
    })
}

/// True for a character that is not seen, that changes where and in which order others are seen, or that Unicode says
/// is none: YAML refuses some of those, also in a comment.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || u32::from(c) & 0xfffe == 0xfffe
        || matches!(c,
            '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{fdd0}'..='\u{fdef}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// True for `##[` and the like, as they stand after the first `#`: some CI hosts obey them anywhere in a line.
fn is_tagged_order(rest: &str) -> bool {
    ["[", "vso[", "teamcity["]
        .iter()
        .any(|tag| rest.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag)))
}

/// True for `::name …`, which a CI host obeys where a line begins with it. An IPv6 address is none.
fn is_order(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("::") else { return false };
    let name = rest.split(|c: char| !(c.is_ascii_alphabetic() || c == '-')).next().unwrap_or("");
    let after = &rest[name.len()..];
    let ends = after.is_empty() || after.starts_with(char::is_whitespace) || after.starts_with("::");
    ends && name.chars().any(|c| !c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_shown_as_an_escape() {
        for (raw, shown) in [
            ("plain ä → 漢字", "plain ä → 漢字"),
            ("a\u{1b}[31mb\u{9b}0m\u{7}", "a\\u{1b}[31mb\\u{9b}0m\\u{7}"),
            ("a\nb\rc\td\u{b}e\u{85}f\u{2028}", "a\\nb\\rc\\td\\u{b}e\\u{85}f\\u{2028}"),
            ("\u{202e}gpj\u{2069}", "\\u{202e}gpj\\u{2069}"),
            (
                "a\u{200b}\u{ad}\u{feff}\u{3164}\u{e0041}\u{fe0f}",
                "a\\u{200b}\\u{ad}\\u{feff}\\u{3164}\\u{e0041}\\u{fe0f}",
            ),
            ("\u{fffe}\u{1ffff}\u{fdd0}", "\\u{fffe}\\u{1ffff}\\u{fdd0}"),
            ("e\u{301}\u{323}", "e\u{301}\u{323}"),
            ("\u{338}a \u{338}", "\\u{338}a \\u{338}"),
            ("e\u{301}\u{301}\u{301}\u{301}\u{301}", "e\u{301}\u{301}\u{301}\u{301}\\u{301}"),
        ] {
            assert_eq!(escape(raw), shown, "{raw:?}");
        }
    }

    #[test]
    fn no_order_to_a_ci_host_stays_one() {
        for (raw, shown) in [
            ("::error::x", "\\u{3a}:error::x"),
            ("a ::set-output name=x::y", "a \\u{3a}:set-output name=x::y"),
            ("a ##[add-mask]e", "a #\\u{23}[add-mask]e"),
            ("##vso[task.x]", "#\\u{23}vso[task.x]"),
            ("###[x]", "##\\u{23}[x]"),
            ("::1 and fe80::1 and ::ffff", "::1 and fe80::1 and ::ffff"),
            ("std::fmt ## title #[x]", "std::fmt ## title #[x]"),
        ] {
            assert_eq!(escape(raw), shown, "{raw:?}");
        }
    }
}
