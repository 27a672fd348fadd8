//! Addresses as the box checks and converts them: validity, IDNA in both directions, domain control names.
//!
//! Must not know the rows. Contract sections 3 and 4.

/// Names that certificate authorities write to; they get no accounts, and as aliases only administrators.
const DCV_NAMES: [&str; 6] = ["admin", "administrator", "postmaster", "hostmaster", "webmaster", "abuse"];

/// Top-level names that are never valid; `example` is not among them.
const SPECIAL_USE: [&str; 6] = ["arpa", "invalid", "local", "localhost", "onion", "test"];

/// Which addresses are valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Whole addresses.
    Mailbox,
    /// Also `@domain`.
    Alias,
}

/// The halves of an address with exactly one `@`.
fn halves(address: &str) -> Option<(&str, &str)> {
    let (local, domain) = address.split_once('@')?;
    (!domain.contains('@')).then_some((local, domain))
}

/// The domain as it is stored; empty where there is none.
pub(super) fn domain_of(address: &str) -> &str {
    address.split_once('@').map_or("", |(_, domain)| domain)
}

/// The domain in Unicode where that is possible, else as it is.
pub(super) fn shown_domain(address: &str) -> String {
    let domain = domain_of(address);
    to_unicode(domain).unwrap_or_else(|| domain.to_owned())
}

/// The address with its domain as an A-label; unchanged where that is not possible. ASCII keeps its case.
pub(super) fn encoded(address: &str) -> String {
    let converted =
        halves(address).and_then(|(local, domain)| Some(format!("{local}@{}", to_ascii(domain)?)));
    converted.unwrap_or_else(|| address.to_owned())
}

/// The address with its domain in Unicode (and lower case); unchanged where that is not possible.
pub(super) fn prettified(address: &str) -> String {
    let converted =
        halves(address).and_then(|(local, domain)| Some(format!("{local}@{}", to_unicode(domain)?)));
    converted.unwrap_or_else(|| address.to_owned())
}

/// IDNA 2008 without any mapping: an upper-case or decomposed Unicode label is an error, ASCII stays as written.
fn to_ascii(domain: &str) -> Option<String> {
    let labels: Option<Vec<String>> = domain
        .split('.')
        .map(|label| {
            if label.is_ascii() {
                unicode_label(label).map(|_| label.to_owned())
            } else {
                let (mapped, result) = idna::domain_to_unicode(label);
                let unmapped = result.is_ok() && mapped == label && !label.chars().any(is_symbol);
                unmapped.then(|| idna::domain_to_ascii(label).ok()).flatten()
            }
        })
        .collect();
    Some(labels?.join("."))
}

/// The domain of an ASCII name in Unicode, in lower case.
pub(super) fn to_unicode(domain: &str) -> Option<String> {
    let labels: Option<Vec<String>> = domain.split('.').map(unicode_label).collect();
    Some(labels?.join("."))
}

fn unicode_label(label: &str) -> Option<String> {
    let lower = label.to_ascii_lowercase();
    if !is_host_label(&lower) {
        return None;
    }
    if lower.starts_with("xn--") {
        let (unicode, result) = idna::domain_to_unicode(&lower);
        (result.is_ok() && !unicode.chars().any(is_symbol)).then_some(unicode)
    } else {
        (lower.get(2..4) != Some("--")).then_some(lower)
    }
}

/// Letters, digits and inner hyphens, 1 to 63 bytes.
fn is_host_label(label: &str) -> bool {
    let characters = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (1..=63).contains(&label.len()) && characters && !label.starts_with('-') && !label.ends_with('-')
}

/// Punctuation, symbols and pictures, which no domain may hold.
fn is_symbol(character: char) -> bool {
    let ascii = character.is_ascii() && !character.is_ascii_alphanumeric() && !matches!(character, '-' | '.');
    let latin = matches!(character, '\u{80}'..='\u{bf}') && !character.is_alphanumeric() && character != '·';
    let blocks = matches!(character, '\u{2000}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}');
    ascii || latin || blocks
}

/// What the box's address validator accepts: an ASCII dot-atom and a public domain name, Unicode or not.
pub(super) fn is_valid(address: &str, form: Form) -> bool {
    let Some((local, domain)) = halves(address) else {
        return false;
    };
    let local_valid = match form {
        Form::Alias if local.is_empty() => true,
        _ => is_dot_atom(local),
    };
    local_valid && is_public_domain(domain).is_some_and(|length| local.len() + 1 + length <= 254)
}

fn is_dot_atom(local: &str) -> bool {
    let atom = |byte: u8| byte.is_ascii_alphanumeric() || b"_!#$%&'*+-/=?^`{|}~".contains(&byte);
    local.split('.').all(|part| !part.is_empty() && part.bytes().all(atom))
}

/// The length of the domain's ASCII form, if it is one that mail can be sent to.
fn is_public_domain(domain: &str) -> Option<usize> {
    let ascii = if domain.is_ascii() {
        domain.to_owned()
    } else {
        let (unicode, result) = idna::domain_to_unicode(domain);
        result.ok()?;
        let letters = unicode.chars().all(|character| !is_symbol(character) && !character.is_whitespace());
        letters.then(|| idna::domain_to_ascii(domain).ok()).flatten()?
    };
    let labels: Vec<&str> = ascii.split('.').collect();
    let top = labels.last()?.to_ascii_lowercase();
    let valid = ascii.len() <= 253
        && labels.len() > 1
        && labels.iter().all(|label| unicode_label(label).is_some())
        && top.ends_with(|last: char| last.is_ascii_alphabetic())
        && !SPECIAL_USE.contains(&top.as_str());
    valid.then_some(ascii.len())
}

/// Whether a valid address may be a login.
pub(super) fn is_login(address: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"@._-".contains(&byte);
    address.len() <= 255 && address.bytes().all(plain)
}

/// Whether certificate authorities write to it.
pub(super) fn is_dcv(address: &str) -> bool {
    let address = address.to_lowercase();
    DCV_NAMES.iter().any(|name| address.strip_prefix(name).is_some_and(|rest| rest.starts_with(['@', '+'])))
}

/// The address without its `+tag`.
pub(super) fn without_tag(address: &str) -> String {
    match (address.find('+'), address.find('@')) {
        (Some(plus), Some(at)) if plus < at => format!("{}{}", &address[..plus], &address[at..]),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idna_goes_both_ways_and_leaves_the_rest_alone() {
        assert_eq!(encoded("kontakt@bücher.org"), "kontakt@xn--bcher-kva.org");
        assert_eq!(encoded("leser@größe.org"), "leser@xn--gre-6ka8i.org");
        for unchanged in
            ["Alice@Example.COM", "x@BÜCHER.org", "no-domain", "a@b@c.org", "x@a_b.org", "x@☃.org"]
        {
            assert_eq!(encoded(unchanged), unchanged);
        }
        assert_eq!(prettified("leser@xn--gre-6ka8i.org"), "leser@größe.org");
        assert_eq!(prettified("Alice@Example.COM"), "Alice@example.com");
        assert_eq!(prettified("@xn--bcher-kva.org"), "@bücher.org");
    }

    #[test]
    fn validity() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        for valid in ["a+b@example.com", "x@bücher.org", "x@a.example", "a@xn--bcher-kva.org", &long_local] {
            assert!(is_valid(valid, Form::Mailbox), "{valid}");
        }
        let too_long = format!("{}@example.com", "a".repeat(243));
        for invalid in [
            "a",
            "a@localhost",
            "a@corp.test",
            "größe@example.com",
            "a..b@example.com",
            ".a@example.com",
            "a@[1.2.3.4]",
            "a@1.2.3.4",
            "\"a b\"@example.com",
            "a@exa mple.com",
            "a@-x.org",
            "a@ab--c.org",
            "@example.com",
            &too_long,
        ] {
            assert!(!is_valid(invalid, Form::Mailbox), "{invalid}");
        }
        assert!(is_valid("@example.com", Form::Alias));
    }

    #[test]
    fn names_used_for_domain_control() {
        assert!(is_dcv("Admin@example.com") && is_dcv("abuse+x@example.com"));
        assert!(!is_dcv("root@example.com") && !is_dcv("admins@example.com"));
        assert_eq!(without_tag("me+web@example.com"), "me@example.com");
    }
}
