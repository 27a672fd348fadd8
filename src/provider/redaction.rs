//! Takes secrets out of texts that are to be shown or recorded.

use std::fmt;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use secrecy::{ExposeSecret as _, SecretString};

use super::ProviderError;

/// What stands in a text where a secret stood.
const HIDDEN: &str = "[hidden]";

/// A shorter secret is not looked for in texts: it would be found everywhere, and the gaps would tell it. Of one that
/// a text breaks off in, so much must be there.
const LEAST: usize = 4;

/// What ends a text that was cut.
const CUT: char = '…';

/// Secrets that no text may hold: a service may repeat in its own words what it was sent.
#[derive(Default)]
pub struct Redaction(Vec<SecretString>);

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redaction({} secrets)", self.0.len())
    }
}

impl FromIterator<SecretString> for Redaction {
    fn from_iter<I: IntoIterator<Item = SecretString>>(secrets: I) -> Self {
        Self(secrets.into_iter().collect())
    }
}

impl Redaction {
    /// Takes the secrets out of a text, also where they are written as JSON, HTML, an address or a header would write
    /// them, and where the text was cut within one.
    pub fn hide(&self, text: &mut String) {
        for secret in &self.0 {
            for form in forms(secret.expose_secret()) {
                if text.contains(&form) {
                    *text = text.replace(&form, HIDDEN);
                }
                if text.contains(CUT) {
                    hide_cut(text, &form);
                }
            }
        }
    }

    /// As [`Redaction::hide`], in every text of an error.
    pub fn hide_in(&self, error: &mut ProviderError) {
        self.hide(&mut error.message);
        for text in [&mut error.call, &mut error.hint].into_iter().flatten() {
            self.hide(text);
        }
    }
}

/// Hides the beginning of `form` where the text was cut behind it.
fn hide_cut(text: &mut String, form: &str) {
    let mut from = 0;
    while let Some(cut) = text[from..].find(CUT).map(|found| from + found) {
        let ends = form.char_indices().map(|(index, _)| index).skip(1).filter(|end| *end >= LEAST);
        let longest = ends.filter(|end| text[..cut].ends_with(&form[..*end])).last();
        from = cut + CUT.len_utf8();
        if let Some(length) = longest {
            text.replace_range(cut - length..cut, HIDDEN);
            from = from - length + HIDDEN.len();
        }
    }
}

/// How a secret may be written, the longest first: a short form may be part of a longer one.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned(), in_one_line(secret)];
    let json = json(secret);
    // A page that shows a JSON document escapes what is escaped already.
    forms.extend(html(&json));
    forms.extend([json.replace('/', "\\/"), ascii(&json), ascii(&json).replace('/', "\\/"), json]);
    let debug = format!("{secret:?}");
    forms.push(debug[1..debug.len() - 1].to_owned());
    forms.extend(html(secret));
    let percent =
        [percent(secret, "-._~", "%20"), percent(secret, "-._*", "+"), percent(secret, "-._~@", "%20")];
    forms.extend(percent.iter().map(|form| lower_escapes(form)));
    forms.extend(percent);
    for coded in [STANDARD.encode(secret), URL_SAFE.encode(secret)] {
        forms.push(coded.trim_end_matches('=').to_owned());
        forms.push(coded);
    }
    forms.retain(|form| form.len() >= LEAST);
    forms.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    forms.dedup();
    forms
}

/// As an excerpt shows it: each stretch of white space is one blank.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Between the quotation marks of JSON.
fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// JSON in ASCII alone.
fn ascii(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            shown.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        }
    }
    shown
}

/// In HTML and XML, which know several spellings of quotation marks.
fn html(text: &str) -> Vec<String> {
    let open = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let quoted = open.replace('"', "&quot;");
    let apostrophes = ["&#39;", "&#x27;", "&apos;", "&#039;"].map(|mark| quoted.replace('\'', mark));
    [
        vec![open.clone(), quoted.clone(), open.replace('"', "&#34;").replace('\'', "&#39;")],
        apostrophes.to_vec(),
    ]
    .concat()
}

/// In an address or a form, where letters, digits and what is `plain` stay.
fn percent(text: &str, plain: &str, blank: &str) -> String {
    let shown = |byte: u8| match byte {
        b' ' => blank.to_owned(),
        byte if byte.is_ascii_alphanumeric() || plain.as_bytes().contains(&byte) => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(shown).collect()
}

/// The same with small letters in its escapes.
fn lower_escapes(percent: &str) -> String {
    let mut pieces = percent.split('%');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        let (escape, rest) = piece.split_at(piece.len().min(2));
        text + "%" + &escape.to_ascii_lowercase() + rest
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::ErrorKind;

    fn hidden(secret: &str, text: &str) -> String {
        let mut text = text.to_owned();
        Redaction::from_iter([SecretString::from(secret)]).hide(&mut text);
        text
    }

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        let secret = "a\"b\\c/<é&'+ %  z\tq";
        for form in [
            "a\"b\\c/<é&'+ %  z\tq",
            "a\"b\\c/<é&'+ % z q",
            r#"a\"b\\c/<é&'+ %  z\tq"#,
            r#"a\"b\\c\/<\u00e9&'+ %  z\tq"#,
            r"a&quot;b\c/&lt;é&amp;&#39;+ %  z".to_owned().as_str(),
            r#"a\"b\\c/&lt;é&amp;'+ %  z\tq"#,
            "a%22b%5Cc%2F%3C%C3%A9%26%27%2B%20%25%20%20z%09q",
            "a%22b%5cc%2f%3c%c3%a9%26%27%2b+%25++z%09q",
            &STANDARD.encode(secret),
            &URL_SAFE.encode(secret),
        ] {
            let whole = form.ends_with('q') || form.ends_with('=') || !form.contains(' ');
            let text = if whole { format!("<{form}>") } else { format!("<{form}\tq>") };
            assert_eq!(hidden(secret, &text), "<[hidden]>", "{text}");
        }
    }

    #[test]
    fn a_secret_that_a_text_breaks_off_in_is_hidden_too() {
        assert_eq!(
            hidden("correct horse", "it said corr… and correct hor…"),
            "it said [hidden]… and [hidden]…"
        );
        assert_eq!(hidden("correct horse", "a core… cor…"), "a core… cor…");
        assert_eq!(hidden("ééé", "so éé…"), "so [hidden]…");
    }

    #[test]
    fn what_is_too_short_is_left_and_an_error_is_searched_whole() {
        assert_eq!(hidden("a", "a banana"), "a banana");
        let mut error =
            ProviderError::new(ErrorKind::Invalid, "no: hunter2").at("GET /hunter2").hint("hunter2?");
        let redaction = Redaction::from_iter([SecretString::from("hunter2")]);
        redaction.hide_in(&mut error);
        assert_eq!(error.to_string(), "no: [hidden] (GET /[hidden])");
        assert_eq!(error.hint.as_deref(), Some("[hidden]?"));
        assert_eq!(format!("{redaction:?}"), "Redaction(1 secrets)");
    }
}
