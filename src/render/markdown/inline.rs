//! Text from services and configurations inside a line of Markdown.
//!
//! Nothing of it is markup: no HTML, no link, no mention of a person, no reference to an issue. A host looks for
//! mentions and references after it has read the Markdown, so escapes would not do; a code span does. Plain words stay
//! plain, everything else stands in code spans.

use std::borrow::Cow;

use crate::render::escape;

/// The most bytes of one text; what is longer is cut, and says so.
const LONGEST: usize = 1000;

/// Text with its plain words as they are and the rest in code spans.
pub(super) fn prose(text: &str) -> String {
    let escaped = escape(text);
    let text = clip(&escaped, LONGEST);
    let mut out = String::with_capacity(text.len() + 16);
    let mut span: Vec<&str> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let (lead, core, trail) = parts(word);
        let first = out.is_empty() && span.is_empty();
        // `1.` and `1)` at the start would begin a list.
        let lists = first && core.bytes().all(|byte| byte.is_ascii_digit()) && !trail.is_empty();
        if is_plain(core) && !lists {
            end_span(&mut out, &mut span);
            push(&mut out, word);
            continue;
        }
        if !lead.is_empty() {
            end_span(&mut out, &mut span);
            push(&mut out, lead);
            out.push_str(&code(core));
            out.push_str(trail);
            continue;
        }
        span.push(core);
        if !trail.is_empty() {
            end_span(&mut out, &mut span);
            out.push_str(trail);
        }
    }
    end_span(&mut out, &mut span);
    out
}

/// Text as one code span.
pub(super) fn code(text: &str) -> String {
    let escaped = escape(text);
    let text = clip(&escaped, LONGEST);
    if text.trim().is_empty() {
        return "` `".to_owned();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // One space on each side is taken off again where both are there.
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Text as one code span in the cell of a table, where a bar would end the cell even in a code span.
pub(super) fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// The longest run of backticks.
pub(super) fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// The text, cut to so many bytes at a character's end.
pub(super) fn clip(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let mut end = most.saturating_sub('…'.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Cow::Owned(format!("{}…", &text[..end]))
}

/// A word, and the marks before and after it that stay outside of a code span.
fn parts(word: &str) -> (&str, &str, &str) {
    let core = word.trim_start_matches(['(', '"', '\'']);
    let lead = &word[..word.len() - core.len()];
    let bare = core.trim_end_matches(['.', ',', ';', ':', ')', '?', '!', '"', '\'', '…']);
    if bare.is_empty() {
        return ("", word, "");
    }
    (lead, bare, &core[bare.len()..])
}

/// True for what no host reads anything into: letters with hyphens and apostrophes between them, digits, arrows.
fn is_plain(core: &str) -> bool {
    if matches!(core, "→" | "−" | "·" | "…" | "—") {
        return true;
    }
    if core.bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
    let ends = core.starts_with(char::is_alphabetic) && core.ends_with(char::is_alphabetic);
    ends && core.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'))
}

fn end_span(out: &mut String, span: &mut Vec<&str>) {
    if !span.is_empty() {
        let text = span.join(" ");
        span.clear();
        push(out, &code(&text));
    }
}

fn push(out: &mut String, text: &str) {
    // An opening bracket or quotation mark ends what was pushed only where its own word follows at once.
    if !out.is_empty() {
        out.push(' ');
    }
    out.push_str(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_stay_and_the_rest_is_code() {
        for (text, shown) in [
            (
                "jane@example.com can newly read box@example.com",
                "`jane@example.com` can newly read `box@example.com`",
            ),
            ("mail for @example.com, which bounces.", "mail for `@example.com`, which bounces."),
            ("quota 1 GiB → 5 GiB", "quota 1 GiB → 5 GiB"),
            ("see (https://example.com/a) and #12!", "see (`https://example.com/a`) and `#12`!"),
            ("a `b` c", "a `` `b` `` c"),
            ("1. not a list", "`1`. not a list"),
            ("- not a list", "`-` not a list"),
            ("</details> <b>x", "`</details> <b>x`"),
            ("GH-12 and make-before-break", "`GH-12` and make-before-break"),
            ("it's a\nline", "it's `a\\nline`"),
            ("", ""),
        ] {
            assert_eq!(prose(text), shown);
        }
    }

    #[test]
    fn a_code_span_holds_its_own_marks() {
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code(""), "` `");
        assert_eq!(cell("a|b"), "`a\\|b`");
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(clip("äöü", 5), "ä…");
        assert_eq!(clip("äöü", 6), "äöü");
        assert!(prose(&"@".repeat(5000)).len() < LONGEST + 10);
    }
}
