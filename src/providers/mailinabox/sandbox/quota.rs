//! Quotas: the texts that the box accepts and what they mean. Contract section 3.

/// First characters of the ranges of ten digits that the box's pattern takes for digits beside `0` to `9`.
const DIGITS: [char; 18] = [
    '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}',
    '\u{c66}', '\u{ce6}', '\u{d66}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}', '\u{17e0}', '\u{ff10}',
];

/// The text as it is stored, or the refusal.
pub(super) fn checked(text: &str) -> Result<String, &'static str> {
    let quota = text.trim().to_uppercase();
    if quota.is_empty() {
        return Err("No quota provided.");
    }
    if quota.contains(|character: char| character.is_whitespace() || matches!(character, ',' | '.')) {
        return Err("Quotas cannot contain spaces, commas, or decimal points.");
    }
    let number = quota.strip_suffix(['G', 'M']).unwrap_or(&quota);
    if number.is_empty() || !number.chars().all(is_digit) {
        return Err("Invalid quota.");
    }
    Ok(quota)
}

fn is_digit(character: char) -> bool {
    let in_range = |first: &char| (0..10).contains(&(u32::from(character).wrapping_sub(u32::from(*first))));
    character.is_ascii_digit() || DIGITS.iter().any(in_range)
}

/// The limit in bytes as Dovecot reads it, 0 for none; `None` where Dovecot fails.
pub(super) fn bytes(quota: &str) -> Option<u64> {
    let (number, unit) = match quota.split_at(quota.len().saturating_sub(1)) {
        (number, "M") => (number, 1024 * 1024),
        (number, "G") => (number, 1024 * 1024 * 1024),
        _ => (quota, 1),
    };
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| number.parse::<u64>().ok()?.checked_mul(unit)).flatten()
}

/// How the list words a size.
#[expect(
    clippy::cast_precision_loss,
    reason = "the box computes with floats too; the text has one decimal at most"
)]
pub(super) fn size_text(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["", "K", "M", "G", "T"] {
        if size < 1024.0 {
            return if size > 99.0 { format!("{size:3.0}{unit}") } else { format!("{size:2.1}{unit}") };
        }
        size /= 1024.0;
    }
    size.to_string()
}

/// How the list words the share of a quota that is used.
#[expect(clippy::cast_precision_loss, reason = "the box computes with floats too; the text has no decimals")]
pub(super) fn percent_text(used: u64, limit: u64) -> String {
    if limit == 0 {
        // The box divides by it and shows that it failed.
        return "Error".into();
    }
    format!("{:3.0}%", used as f64 / limit as f64 * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_texts_and_refusals() {
        assert_eq!(checked(" 1g ").as_deref(), Ok("1G"));
        assert_eq!(checked("0500M").as_deref(), Ok("0500M"));
        assert_eq!(checked("٥G").as_deref(), Ok("٥G"));
        assert_eq!(checked(" "), Err("No quota provided."));
        for bad in ["G", "5T", "100K", "500MB", "-1", "1GG", "abc"] {
            assert_eq!(checked(bad), Err("Invalid quota."), "{bad}");
        }
        assert_eq!(checked("1,5G"), Err("Quotas cannot contain spaces, commas, or decimal points."));
    }

    #[test]
    fn bytes_and_texts() {
        assert_eq!(bytes("0500M"), Some(524_288_000));
        assert_eq!(bytes("2G"), Some(2_147_483_648));
        assert_eq!(bytes("77"), Some(77));
        assert_eq!((bytes("٥G"), bytes("99999999999G")), (None, None));
        assert_eq!(size_text(0), "0.0");
        assert_eq!(size_text(104_857_600), "100M");
        assert_eq!(size_text(1_610_612_736), "1.5G");
        assert_eq!(percent_text(104_857_600, 524_288_000), " 20%");
        assert_eq!((percent_text(0, 1), percent_text(0, 0)), ("  0%".to_owned(), "Error".to_owned()));
    }
}
