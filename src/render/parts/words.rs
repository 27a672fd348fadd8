//! Counted nouns, spans of time and the words for verbs.

use std::time::Duration;

use crate::model::{Kind, Verb};

/// A number with its noun.
pub(in crate::render) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A number of objects of a kind.
pub(in crate::render) fn counted_kind(number: u64, kind: Kind) -> String {
    let noun = if number == 1 && kind != Kind::SenderRules { kind.singular() } else { kind.plural() };
    format!("{number} {}", noun.replace('_', " "))
}

/// The first of some names, and how many more there are.
pub(in crate::render) fn few(names: &[String], most: usize) -> String {
    let first = names.iter().take(most).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// What has happened to something when a verb is done.
pub(in crate::render) fn participle(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "created",
        Verb::Update => "changed",
        Verb::Rename => "renamed",
        Verb::Delete => "deleted",
    }
}

/// A span of time as people say it, rounded up.
pub fn span(time: Duration) -> String {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    match seconds {
        0..=90 => format!("{} s", seconds.max(1)),
        91..=5400 => format!("{} min", seconds.div_ceil(60)),
        _ => {
            let minutes = seconds.div_ceil(60);
            match minutes % 60 {
                0 => format!("{} h", minutes / 60),
                rest => format!("{} h {rest} min", minutes / 60),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_rounded_up() {
        for (seconds, shown) in
            [(0, "1 s"), (90, "90 s"), (91, "2 min"), (5400, "90 min"), (5401, "1 h 31 min"), (7200, "2 h")]
        {
            assert_eq!(span(Duration::from_secs(seconds)), shown);
        }
        assert_eq!(span(Duration::from_millis(1200)), "2 s");
    }

    #[test]
    fn nouns_follow_their_number() {
        assert_eq!(counted_kind(1, Kind::Mailbox), "1 mailbox");
        assert_eq!(counted_kind(2, Kind::SenderRules), "2 sender rules");
        assert_eq!(counted(1, "write", "writes"), "1 write");
    }
}
