//! Which of the known words somebody may have meant.

/// The known word nearest to `word`, where one is near enough to be a slip of the fingers.
pub(super) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let wanted = plain(word);
    if wanted.is_empty() || wanted.len() > 64 {
        return None;
    }
    let allowed = match wanted.len() {
        0..=2 => 1,
        3..=5 => 2,
        _ => 3,
    };
    known
        .into_iter()
        .filter_map(|candidate| {
            let other = plain(candidate);
            if other.len().abs_diff(wanted.len()) > allowed {
                return None;
            }
            let distance = distance(&wanted, &other);
            // At least half of the word must stand as it was written, or the guess is none.
            (distance <= allowed && distance * 2 <= wanted.len().max(2)).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

fn plain(word: &str) -> Vec<char> {
    word.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
}

/// Edits (insert, drop, replace, swap of neighbours) between two words.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row[j] = best;
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// `known` as a list for people: `a, b, c`, cut after a dozen.
pub(super) fn listed<'k>(known: impl IntoIterator<Item = &'k str>) -> String {
    let all: Vec<&str> = known.into_iter().collect();
    if all.len() > 12 {
        format!("{}, … ({} in all)", all[..12].join(", "), all.len())
    } else {
        all.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_nothing_else() {
        let known = ["quota", "display_name", "aliases", "password"];
        assert_eq!(nearest("qouta", known), Some("quota"));
        assert_eq!(nearest("Display-Name", known), Some("display_name"));
        assert_eq!(nearest("displayname", known), Some("display_name"));
        assert_eq!(nearest("alias", known), Some("aliases"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
    }
}
