//! A short piece of a reply, safe to show on a terminal.

use crate::model::escape;

/// How much of a reply an error quotes, in characters.
const LONGEST: usize = 200;

/// The beginning of `text` in one line, with control characters escaped. Of an HTML page, its title.
pub fn excerpt(text: &str) -> String {
    let trimmed = text.trim();
    if trimmed.starts_with('<')
        && let Some(title) = title(trimmed)
    {
        return format!("an HTML page titled `{}`", one_line(title));
    }
    one_line(trimmed)
}

fn title(page: &str) -> Option<&str> {
    // ASCII lower case keeps byte offsets.
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<title>")? + "<title>".len();
    let end = start + lower[start..].find("</title>")?;
    Some(page[start..end].trim())
}

fn one_line(text: &str) -> String {
    let mut line = safe(text.chars().take(LONGEST));
    if text.chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    line
}

/// Text in one line, with what could disturb a terminal escaped.
pub(super) fn safe(text: impl IntoIterator<Item = char>) -> String {
    let mut line = String::new();
    for c in text {
        if c.is_whitespace() {
            if !line.ends_with(' ') {
                line.push(' ');
            }
        } else {
            line.push(c);
        }
    }
    escape(&line).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_in_one_safe_line() {
        assert_eq!(excerpt(" a\n b\u{1b}[31m "), "a b\\u{1b}[31m");
        assert_eq!(
            excerpt("<!doctype html>\n<TITLE> 502 Bad Gateway </TITLE>"),
            "an HTML page titled `502 Bad Gateway`"
        );
        assert_eq!(excerpt(&"x".repeat(300)).chars().count(), 201);
        assert_eq!(excerpt("That's not a user (x)."), "That's not a user (x).");
    }
}
