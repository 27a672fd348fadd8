//! Domain names that can be taken for others: letters of several scripts in one label, or letters of one script that
//! all look like Latin ones.
//!
//! The rule is the one that browsers show addresses by, in its plain form: scripts that are written together anyway
//! (Japanese, Korean and Chinese, each with Latin) may stand in one label, others may not.

/// What a name in Unicode is taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Disguise {
    /// This plain name.
    Of(String),
    /// Nothing in particular, but its letters are of several scripts.
    Mixed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Hebrew,
    Arabic,
    Bopomofo,
    Kana,
    Hangul,
    Han,
    Cherokee,
    Other,
}

/// Letters that look like a Latin one.
const LOOKS: [(char, char); 53] = [
    ('а', 'a'),
    ('в', 'b'),
    ('ь', 'b'),
    ('с', 'c'),
    ('ԁ', 'd'),
    ('е', 'e'),
    ('ё', 'e'),
    ('є', 'e'),
    ('ҽ', 'e'),
    ('ғ', 'f'),
    ('һ', 'h'),
    ('н', 'h'),
    ('і', 'i'),
    ('ї', 'i'),
    ('ј', 'j'),
    ('к', 'k'),
    ('ӏ', 'l'),
    ('м', 'm'),
    ('п', 'n'),
    ('о', 'o'),
    ('ө', 'o'),
    ('р', 'p'),
    ('ԛ', 'q'),
    ('г', 'r'),
    ('ѕ', 's'),
    ('т', 't'),
    ('ц', 'u'),
    ('ѵ', 'v'),
    ('ѡ', 'w'),
    ('ш', 'w'),
    ('ԝ', 'w'),
    ('х', 'x'),
    ('у', 'y'),
    ('ү', 'y'),
    ('α', 'a'),
    ('ε', 'e'),
    ('η', 'n'),
    ('ι', 'i'),
    ('κ', 'k'),
    ('ν', 'v'),
    ('ο', 'o'),
    ('ρ', 'p'),
    ('τ', 't'),
    ('υ', 'u'),
    ('χ', 'x'),
    ('ω', 'w'),
    ('ց', 'g'),
    ('հ', 'h'),
    ('ո', 'n'),
    ('օ', 'o'),
    ('ս', 'u'),
    ('զ', 'q'),
    ('ı', 'i'),
];

/// What a domain's name in Unicode can be taken for; none for an honest name.
pub(super) fn disguise(name: &str) -> Option<Disguise> {
    let latin_end = name.rsplit('.').next().is_some_and(|last| scripts(last) == [Script::Latin]);
    let deceives = name.split('.').any(|label| {
        let scripts = scripts(label);
        let is_foreign = scripts.iter().any(|script| *script != Script::Latin);
        is_mixed(&scripts) || is_foreign && latin_end && plain(label).is_some()
    });
    deceives.then(|| plain(name).map_or(Disguise::Mixed, Disguise::Of))
}

/// The name in plain letters that it looks like; none where a letter looks like no plain one.
fn plain(name: &str) -> Option<String> {
    name.chars()
        .map(|c| {
            let look = LOOKS.iter().find(|(other, _)| *other == c).map(|(_, look)| *look);
            look.or_else(|| c.is_ascii().then_some(c))
        })
        .collect()
}

fn is_mixed(scripts: &[Script]) -> bool {
    use Script::{Bopomofo, Han, Hangul, Kana, Latin};
    let together: [&[Script]; 3] = [&[Latin, Kana, Han], &[Latin, Hangul, Han], &[Latin, Bopomofo, Han]];
    scripts.len() > 1 && !together.iter().any(|known| scripts.iter().all(|script| known.contains(script)))
}

/// The scripts of the letters, each once, in order.
fn scripts(label: &str) -> Vec<Script> {
    let mut found: Vec<Script> = label.chars().filter(|c| c.is_alphabetic()).map(script).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn script(c: char) -> Script {
    match c {
        '\u{41}'..='\u{2af}'
        | '\u{1d00}'..='\u{1dbf}'
        | '\u{1e00}'..='\u{1eff}'
        | '\u{2c60}'..='\u{2c7f}'
        | '\u{a720}'..='\u{a7ff}'
        | '\u{ab30}'..='\u{ab6f}' => Script::Latin,
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Script::Greek,
        '\u{400}'..='\u{52f}'
        | '\u{1c80}'..='\u{1c8f}'
        | '\u{2de0}'..='\u{2dff}'
        | '\u{a640}'..='\u{a69f}' => Script::Cyrillic,
        '\u{530}'..='\u{58f}' => Script::Armenian,
        '\u{590}'..='\u{5ff}' => Script::Hebrew,
        '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{8a0}'..='\u{8ff}' => Script::Arabic,
        '\u{13a0}'..='\u{13ff}' | '\u{ab70}'..='\u{abbf}' => Script::Cherokee,
        '\u{1100}'..='\u{11ff}'
        | '\u{3130}'..='\u{318f}'
        | '\u{a960}'..='\u{a97f}'
        | '\u{ac00}'..='\u{d7ff}' => Script::Hangul,
        '\u{3005}'..='\u{3007}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' => Script::Han,
        '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' => Script::Kana,
        '\u{3100}'..='\u{312f}' | '\u{31a0}'..='\u{31bf}' => Script::Bopomofo,
        _ => Script::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_can_be_taken_for_another_is_known() {
        for (name, taken_for) in [
            ("ex\u{430}mple.com", "example.com"),
            ("\u{430}\u{440}\u{440}\u{4cf}\u{435}.com", "apple.com"),
            ("\u{3bf}ffice.example", "office.example"),
            ("mail.\u{441}\u{43e}.com", "mail.co.com"),
        ] {
            assert_eq!(disguise(name), Some(Disguise::Of(taken_for.into())), "{name}");
        }
        assert_eq!(disguise("пpивет.com"), Some(Disguise::Mixed));
        for honest in [
            "example.com",
            "bücher.example",
            "почта.рф",
            "почта.com",
            "сос.рф",
            "δοκιμή.gr",
            "日本語abcかな.jp",
            "한국mail.kr",
            "xn--p1ai.com",
            "a1-b2.example",
        ] {
            assert_eq!(disguise(honest), None, "{honest}");
        }
    }
}
