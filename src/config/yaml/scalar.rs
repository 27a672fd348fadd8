//! What a plain word means by the core schema of YAML 1.2: `yes`, `on` and `012` are no booleans and no octals.

use std::borrow::Cow;

use super::Kind;

/// Resolves an untagged plain scalar.
pub(super) fn resolve(text: Cow<'_, str>) -> Kind<'_> {
    match &*text {
        "" | "~" | "null" | "Null" | "NULL" => return Kind::Null,
        "true" | "True" | "TRUE" => return Kind::Bool(true),
        "false" | "False" | "FALSE" => return Kind::Bool(false),
        _ => {}
    }
    let first = text.as_bytes()[0];
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return Kind::Str(text);
    }
    if let Some(number) = integer(&text) {
        return Kind::Int(number);
    }
    if is_number(&text) {
        return Kind::Float(text);
    }
    Kind::Str(text)
}

fn integer(text: &str) -> Option<i64> {
    if let Some(octal) = text.strip_prefix("0o") {
        return plain_digits(octal, 8);
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return plain_digits(hex, 16);
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.strip_prefix('+').unwrap_or(text).parse().ok()
}

fn plain_digits(text: &str, radix: u32) -> Option<i64> {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_digit(radix));
    plain.then(|| i64::from_str_radix(text, radix).ok()).flatten()
}

/// True for what the core schema calls a float, and for whole numbers beyond 64 bits.
fn is_number(text: &str) -> bool {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(body, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = match body.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (body, None),
    };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && exponent_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_core_schema() {
        for (text, shown) in [
            ("", "Null"),
            ("~", "Null"),
            ("true", "Bool(true)"),
            ("yes", "Str(\"yes\")"),
            ("off", "Str(\"off\")"),
            ("42", "Int(42)"),
            ("-7", "Int(-7)"),
            ("+7", "Int(7)"),
            ("0x1F", "Int(31)"),
            ("0o17", "Int(15)"),
            ("012", "Int(12)"),
            ("99999999999999999999", "Float(\"99999999999999999999\")"),
            ("1.5", "Float(\"1.5\")"),
            (".5", "Float(\".5\")"),
            ("1e3", "Float(\"1e3\")"),
            ("-.inf", "Float(\"-.inf\")"),
            (".", "Str(\".\")"),
            ("1.2.3", "Str(\"1.2.3\")"),
            ("5 GiB", "Str(\"5 GiB\")"),
            ("2027-01-31", "Str(\"2027-01-31\")"),
            ("-", "Str(\"-\")"),
            ("1e", "Str(\"1e\")"),
        ] {
            assert_eq!(format!("{:?}", resolve(text.into())), shown, "{text}");
        }
    }
}
