//! Secrets made for one run, and the search for them in whatever shape they may come out.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::seed;

/// How much of a secret, from either end, is a leak by itself.
const PIECE: usize = 10;

/// A planted secret.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Canary {
    /// What it is the secret of.
    pub(super) name: String,
    pub(super) value: String,
}

/// Letters and digits that stand nowhere else.
pub(super) fn letters(name: &str) -> String {
    const ALPHABET: &[u8; 54] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456";
    let mut random = seed::random(name);
    (0..20).map(|_| char::from(ALPHABET[usize::try_from(random() % 54).expect("small")])).collect()
}

impl Canary {
    /// One that every service takes.
    pub(super) fn plain(name: &str) -> Self {
        Self::of(name, letters(name) + "-7")
    }

    /// One in ASCII whose signs every notation must escape.
    pub(super) fn signs(name: &str) -> Self {
        let letters = letters(name);
        Self::of(name, format!("{}\"\\%2B+<&>'/{}=1", &letters[..PIECE], &letters[PIECE..]))
    }

    /// The same with what is not ASCII, with blanks, and with a line's end where it stops.
    pub(super) fn wild(name: &str) -> Self {
        let letters = letters(name);
        Self::of(
            name,
            format!("{} é\u{2028}  \"\\%41+<&>\t{}\u{1f511}3\n", &letters[..PIECE], &letters[PIECE..]),
        )
    }

    pub(super) fn of(name: &str, value: impl Into<String>) -> Self {
        Self { name: name.to_owned(), value: value.into() }
    }

    /// How it may come out.
    fn forms(&self) -> BTreeSet<String> {
        let value = self.value.trim_end();
        let mut forms = BTreeSet::from([value.to_owned(), value.chars().rev().collect()]);
        forms.insert(value.split_whitespace().collect::<Vec<_>>().join(" "));
        let json = serde_json::Value::from(value).to_string();
        forms.insert(json.trim_matches('"').to_owned());
        forms.insert(format!("{value:?}").trim_matches('"').to_owned());
        forms.insert(value.escape_unicode().to_string());
        forms.insert(value.escape_default().to_string());
        for plain in ["-._~", "-._*", "-._~@", "-_.!~*'()"] {
            let percent: String = value.bytes().map(|byte| percent(byte, plain)).collect();
            forms.extend([percent.to_lowercase(), percent.replace("%20", "+"), percent]);
        }
        forms.insert(value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
        forms.extend([hex(value), hex(value).to_uppercase()]);
        forms.extend((0..3).filter_map(|shift| within_base64(value, shift)));
        // A half is enough: where a text was cut, or where only what stands between is escaped.
        let is_word = |piece: &str| piece.len() == PIECE && piece.bytes().all(|b| b.is_ascii_alphanumeric());
        forms.extend(value.get(..PIECE).filter(|piece| is_word(piece)).map(str::to_owned));
        let ends = value.len().checked_sub(PIECE).and_then(|from| value.get(from..));
        forms.extend(ends.filter(|piece| is_word(piece)).map(str::to_owned));
        forms
    }
}

fn hex(value: &str) -> String {
    value.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

fn percent(byte: u8, plain: &str) -> String {
    match byte {
        byte if byte.is_ascii_alphanumeric() || plain.as_bytes().contains(&byte) => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    }
}

/// What base64 makes of the secret where `shift` bytes modulo three stand before it, without what depends on them.
fn within_base64(value: &str, shift: usize) -> Option<String> {
    let mut bytes = vec![0_u8; shift];
    bytes.extend_from_slice(value.as_bytes());
    let coded = STANDARD_NO_PAD.encode(&bytes[..bytes.len() / 3 * 3]);
    let from = [0, 2, 3][shift];
    coded.get(from..).filter(|inner| inner.len() >= PIECE).map(str::to_owned)
}

/// Searches places for secrets, and counts the pairs.
#[derive(Default)]
pub(super) struct Search {
    canaries: Vec<(Canary, BTreeSet<String>)>,
    pub(super) pairs: usize,
}

impl Search {
    pub(super) fn of(canaries: impl IntoIterator<Item = Canary>) -> Self {
        let mut search = Self::default();
        canaries.into_iter().for_each(|canary| search.add(canary));
        search
    }

    /// Takes one more secret, once.
    pub(super) fn add(&mut self, canary: Canary) {
        if self.canaries.iter().all(|(known, _)| known.value != canary.value) {
            let forms = canary.forms();
            self.canaries.push((canary, forms));
        }
    }

    /// Fails the test where the place holds a secret.
    pub(super) fn place(&mut self, name: &str, content: &[u8]) {
        let leaks = self.leaks(content, |_| true);
        assert!(
            leaks.is_empty(),
            "{} {name} holds {leaks:?}:\n{}",
            seed::told(),
            String::from_utf8_lossy(content)
        );
        self.pairs += self.canaries.len();
    }

    /// The same of a place that holds some of them on purpose.
    pub(super) fn place_but(&mut self, name: &str, content: &[u8], meant: impl Fn(&Canary) -> bool) {
        let leaks = self.leaks(content, |canary| !meant(canary));
        assert!(leaks.is_empty(), "{} {name} holds {leaks:?}", seed::told());
        self.pairs += self.canaries.iter().filter(|(canary, _)| !meant(canary)).count();
    }

    /// Which secrets the content holds, and how they are written there.
    pub(super) fn leaks(&self, content: &[u8], sought: impl Fn(&Canary) -> bool) -> Vec<String> {
        let text = String::from_utf8_lossy(content);
        let sought = self.canaries.iter().filter(|(canary, _)| sought(canary));
        sought
            .flat_map(|(canary, forms)| {
                let found = forms.iter().filter(|form| text.contains(form.as_str()));
                found.map(|form| format!("{} as {form:?}", canary.name))
            })
            .collect()
    }
}

#[test]
fn the_search_finds_a_secret_however_it_is_written() {
    for canary in [Canary::plain("one"), Canary::signs("two"), Canary::wild("three")] {
        let search = Search::of([canary.clone()]);
        let value = canary.value.trim_end();
        let found = |text: &str| !search.leaks(text.as_bytes(), |_| true).is_empty();
        assert!(!found("nothing of it, [hidden], and no word that is like it"));
        let whole = base64::engine::general_purpose::STANDARD.encode(format!("me@example.com:{value}"));
        let pairs = [("password", value)];
        let form = reqwest::Url::parse_with_params("http://x/", pairs).expect("an address");
        for text in [
            format!("before {value} after"),
            format!("{value:?}"),
            serde_json::json!({ "password": value }).to_string(),
            form.to_string(),
            format!("Basic {whole}"),
            value.chars().rev().collect(),
            hex(value),
            value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"),
            format!("cut {}…", value.chars().take(PIECE).collect::<String>()),
        ] {
            assert!(found(&text), "{text}");
        }
    }
}
