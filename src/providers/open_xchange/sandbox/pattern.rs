//! Patterns in which a star stands for anything. Contract sections 5 and 6.

use super::content;
use super::reply::Refusal;

/// Text between stars, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<String>);

impl Pattern {
    /// Fits everything.
    pub(super) fn all() -> Self {
        Self(vec![String::new(), String::new()])
    }

    /// A decoded pattern: every star stands for anything.
    pub(super) fn of(text: &str) -> Self {
        Self(text.split('*').map(str::to_lowercase).collect())
    }

    /// A pattern as it stands in a path: an encoded star is a letter.
    pub(super) fn of_segment(raw: &str) -> Result<Self, Refusal> {
        let mut parts = Vec::new();
        for part in raw.split('*') {
            let decoded = content::segments(part)?;
            parts.push(decoded.first().map_or_else(String::new, |segment| segment.text.to_lowercase()));
        }
        Ok(Self(parts))
    }

    /// Whether a value fits, without regard to case.
    pub(super) fn fits(&self, value: &str) -> bool {
        let value = value.to_lowercase();
        let [first, middle @ .., last] = self.0.as_slice() else {
            return self.0.first().is_some_and(|only| *only == value);
        };
        let Some(mut rest) = value.strip_prefix(first.as_str()) else {
            return false;
        };
        for part in middle {
            match rest.find(part.as_str()) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, value, fits) in [
            ("*", "", true),
            ("a", "A", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("a*b", "ab", true),
            ("ab*b", "ab", false),
            ("*a*b*", "xaybz", true),
            ("*b*a*", "xaybz", false),
        ] {
            assert_eq!(Pattern::of(pattern).fits(value), fits, "{pattern} {value}");
        }
        assert!(Pattern::of_segment("a%2A*").unwrap().fits("a*b"));
        assert!(!Pattern::of_segment("a%2A*").unwrap().fits("ab"));
    }
}
