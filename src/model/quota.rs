//! How much a mailbox may hold.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A mailbox's limit: bytes, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quota {
    /// A limit in bytes; never 0.
    Bytes(u64),
    /// No limit.
    Unlimited,
}

/// Why a text is no quota.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuotaError {
    /// Not a number with a unit, nor `unlimited`.
    #[error("`{0}` is not a quota: write a number with a unit, like `5 GiB` or `500 MiB`, or `unlimited`")]
    Syntax(String),
    /// A unit that is not known.
    #[error("`{0}` is not a unit: B, KiB, MiB, GiB, TiB (powers of 1024) or kB, MB, GB, TB (powers of 1000)")]
    Unit(String),
    /// Zero, which some services read as unlimited.
    #[error("a quota of 0 means nothing here: write `unlimited`, or leave the key out")]
    Zero,
    /// Not a whole number of bytes, or more than fits.
    #[error("`{0}` is not a whole number of bytes below 2^63")]
    Range(String),
}

const UNITS: [(&str, u64); 9] = [
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
];

impl FromStr for Quota {
    type Err = QuotaError;

    fn from_str(text: &str) -> Result<Self, QuotaError> {
        let trimmed = text.trim();
        if trimmed == "unlimited" {
            return Ok(Self::Unlimited);
        }
        let syntax = || QuotaError::Syntax(text.to_owned());
        let split = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
        let (number, unit) = (&trimmed[..split], trimmed[split..].trim());
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() || fraction.len() > 6 || (number.contains('.') && fraction.is_empty()) {
            return Err(syntax());
        }
        if unit.is_empty() {
            return Err(if number.bytes().all(|b| b == b'0') { QuotaError::Zero } else { syntax() });
        }
        let factor = UNITS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(unit))
            .map(|(_, factor)| u128::from(*factor))
            .ok_or_else(|| QuotaError::Unit(unit.to_owned()))?;
        let scale = 10_u128.pow(u32::try_from(fraction.len()).map_err(|_| syntax())?);
        let digits: u128 = format!("{whole}{fraction}").parse().map_err(|_| syntax())?;
        let range = || QuotaError::Range(text.to_owned());
        let scaled = digits.checked_mul(factor).ok_or_else(range)?;
        if !scaled.is_multiple_of(scale) {
            return Err(range());
        }
        match u64::try_from(scaled / scale) {
            Ok(0) => Err(QuotaError::Zero),
            Ok(bytes) if bytes < 1 << 63 => Ok(Self::Bytes(bytes)),
            _ => Err(range()),
        }
    }
}

impl fmt::Display for Quota {
    /// The largest unit, binary before decimal, that shows the value exactly.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Bytes(bytes) = self else {
            return f.write_str("unlimited");
        };
        let (name, factor) = [4, 3, 2, 8, 7, 6, 1, 5]
            .into_iter()
            .map(|index| UNITS[index])
            .find(|(_, factor)| bytes.is_multiple_of(*factor))
            .unwrap_or(UNITS[0]);
        write!(f, "{} {name}", bytes / factor)
    }
}

impl Serialize for Quota {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Quota {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_units_and_shows_the_shortest_exact_form() {
        for (text, bytes, shown) in [
            ("5 GiB", 5 << 30, "5 GiB"),
            ("5GB", 5_000_000_000, "5 GB"),
            ("1.5 GiB", 3 << 29, "1536 MiB"),
            ("1024000 B", 1_024_000, "1000 KiB"),
            ("7 B", 7, "7 B"),
        ] {
            let quota: Quota = text.parse().expect(text);
            assert_eq!(quota, Quota::Bytes(bytes), "{text}");
            assert_eq!(quota.to_string(), shown);
            assert_eq!(shown.parse(), Ok(quota), "shown form reads back");
        }
        for bad in ["", "5", "0", "0 GiB", "-1 GiB", "5 XB", "1.5 B", "9999999999 TiB", "GiB", "5. GiB"] {
            assert!(bad.parse::<Quota>().is_err(), "{bad}");
        }
    }
}
