//! What the simulated service takes for an address. Contract §4 names no syntax, so this is the strict common one.
//!
//! Must not know mailboxes.

/// Whether the text is a plain ASCII address: a dot-atom of at most 64 characters, `@`, a domain of at least two
/// labels.
pub(super) fn is_valid(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    address.len() <= 254 && is_local(local) && is_domain(domain)
}

/// The domain in lower case; empty where there is none.
pub(super) fn domain_of(address: &str) -> String {
    address.rsplit_once('@').map_or("", |(_, domain)| domain).to_ascii_lowercase()
}

fn is_local(local: &str) -> bool {
    local.len() <= 64
        && local.split('.').all(|atom| {
            !atom.is_empty()
                && atom
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(letter))
        })
}

fn is_domain(domain: &str) -> bool {
    domain.contains('.')
        && domain.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_addresses_are_valid_and_nothing_else() {
        for address in ["a@b.cd", "first.last+tag@sub.example.com", "o'neil@xn--bcher-kva.example", "A@B.CD"]
        {
            assert!(is_valid(address), "{address}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        for address in [
            "",
            "a",
            "@b.cd",
            "a@",
            "a@b",
            "a@b.",
            "a@.b.cd",
            "a..b@c.de",
            ".a@c.de",
            "a@-b.cd",
            "a@b@c.de",
            "a b@c.de",
            " a@c.de",
            "a@bücher.example",
            long.as_str(),
        ] {
            assert!(!is_valid(address), "{address}");
        }
    }
}
