//! A short piece of a reply, safe to show on a terminal.

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
    let mut line = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == LONGEST {
            line.push('…');
            break;
        }
        if c.is_whitespace() {
            if !line.ends_with(' ') {
                line.push(' ');
            }
        } else if c.is_control() || is_invisible(c) {
            line.extend(c.escape_unicode());
        } else {
            line.push(c);
        }
    }
    line
}

/// Characters that turn the direction of text or take no room, and so can make a line say something else.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
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
