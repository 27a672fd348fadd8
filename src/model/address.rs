//! Mail addresses and domain names, compared the way mail systems compare them.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::script::{Disguise, disguise};

/// A mail address, or `@domain` for a whole domain.
///
/// Compares with the local part in ASCII lower case and the domain as a lower-case A-label; shows itself as it
/// was written, but for a domain that can be taken for another one, which is shown as its A-label.
///
/// Kept small, for a plan holds each address many times: one text holds the comparing form and behind it, where it
/// differs, the form that is shown.
#[derive(Clone)]
pub struct Address {
    text: Arc<str>,
    /// Bytes before the `@`.
    at: u8,
    /// Bytes of the comparing form.
    key: u16,
}

/// Why a text is no address that a mailbox, an alias or a target can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is no `@`.
    #[error("an address needs an `@`")]
    NoAt,
    /// The part before the `@` is empty where a mailbox is meant.
    #[error("the part before the `@` is empty")]
    EmptyLocal,
    /// The part before the `@` is longer than 64 bytes.
    #[error("the part before the `@` is longer than 64 characters")]
    LongLocal,
    /// The local part holds a character that no service here can store.
    #[error("the part before the `@` may not hold {0}")]
    BadLocal(String),
    /// The domain is not one.
    #[error("`{domain}` is not a domain name: {why}")]
    BadDomain {
        /// The domain as written.
        domain: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl Address {
    /// Parses an address with a local part.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let address = Self::parse_or_domain(text)?;
        if address.is_domain() { Err(AddressError::EmptyLocal) } else { Ok(address) }
    }

    /// Parses an address, or `@domain` (a catch-all's identity, a domain alias's target).
    pub fn parse_or_domain(text: &str) -> Result<Self, AddressError> {
        let at = text.bytes().rposition(|byte| byte == b'@').ok_or(AddressError::NoAt)?;
        let (local, domain) = (&text[..at], &text[at + 1..]);
        check_local(local)?;
        let domain = a_label(domain)?;
        if matches!(domain, Cow::Borrowed(_)) && !local.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Ok(Self::of_key(text, local.len()));
        }
        let mut both = String::with_capacity(2 * text.len());
        both.push_str(local);
        both.make_ascii_lowercase();
        both.push('@');
        both.push_str(&domain);
        let key = both.len();
        match disguise_of(&domain) {
            None if both == text => {}
            None => both.push_str(text),
            Some(_) => both.extend([local, "@", &domain]),
        }
        Ok(Self { key: short(key), ..Self::of_key(&both, local.len()) })
    }

    /// An address of a comparing form that was checked.
    fn of_key(key: &str, at: usize) -> Self {
        // A local part has at most 64 bytes, a domain 253.
        Self { text: key.into(), at: u8::try_from(at).unwrap_or(u8::MAX), key: short(key.len()) }
    }

    /// Makes the address of `local` in `domain`.
    pub fn new(local: &str, domain: &DomainName) -> Result<Self, AddressError> {
        Self::parse_or_domain(&format!("{local}@{domain}"))
    }

    /// An address that sorts before every other one: where a range over addresses begins.
    pub fn lowest() -> Self {
        // `!` is the lowest character that a local part can start with.
        Self::of_key("!@-", 1)
    }

    /// Makes `@domain`.
    pub fn whole_domain(domain: &DomainName) -> Self {
        Self::of_key(&format!("@{domain}"), 0)
    }

    /// The comparing form: local part in ASCII lower case, domain as a lower-case A-label.
    pub fn as_str(&self) -> &str {
        &self.text[..usize::from(self.key)]
    }

    /// The comparing form as a text of its own, which is shared where it can be.
    pub fn text(&self) -> Arc<str> {
        if self.text.len() == usize::from(self.key) { Arc::clone(&self.text) } else { self.as_str().into() }
    }

    /// The address as it was written, or with its domain as an A-label where that can be taken for another one.
    pub fn shown(&self) -> &str {
        let key = usize::from(self.key);
        if self.text.len() > key { &self.text[key..] } else { &self.text }
    }

    /// The local part in comparing form; empty for `@domain`.
    pub fn local(&self) -> &str {
        &self.text[..usize::from(self.at)]
    }

    /// The local part as it was written.
    pub fn shown_local(&self) -> &str {
        let shown = self.shown();
        &shown[..shown.rfind('@').unwrap_or(0)]
    }

    /// The domain in comparing form.
    pub fn domain(&self) -> &str {
        &self.as_str()[usize::from(self.at) + 1..]
    }

    /// The domain as a name of its own.
    pub fn domain_name(&self) -> DomainName {
        DomainName(self.domain().into())
    }

    /// True for `@domain`.
    pub fn is_domain(&self) -> bool {
        self.at == 0
    }
}

fn short(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

/// The bytes that a local part may hold.
const STORABLE: [bool; 256] = {
    let mut storable = [false; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        storable[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    let marks = b"!#$%&'*+-/=?^_`{|}~.";
    let mut mark = 0;
    while mark < marks.len() {
        storable[marks[mark] as usize] = true;
        mark += 1;
    }
    storable
};

/// True for a text of such bytes in which no dot stands at an end or beside another: nearly every one, told in one pass.
fn is_plain(text: &str, may_hold: impl Fn(u8) -> bool) -> bool {
    let mut after_dot = true;
    for byte in text.bytes() {
        if !may_hold(byte) || (after_dot && byte == b'.') {
            return false;
        }
        after_dot = byte == b'.';
    }
    !after_dot
}

fn check_local(local: &str) -> Result<(), AddressError> {
    if local.len() > 64 {
        return Err(AddressError::LongLocal);
    }
    if is_plain(local, |byte| STORABLE[usize::from(byte)]) {
        return Ok(());
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return Err(AddressError::BadLocal("a dot at its start, at its end or next to another dot".into()));
    }
    match local.chars().find(|c| !u8::try_from(*c).is_ok_and(|byte| STORABLE[usize::from(byte)])) {
        None => Ok(()),
        Some('"') => {
            Err(AddressError::BadLocal("quotes (no service here stores a quoted local part)".into()))
        }
        Some(c) if c.is_whitespace() => Err(AddressError::BadLocal("white space".into())),
        Some(c) if !c.is_ascii() => {
            let code = u32::from(c);
            Err(AddressError::BadLocal(format!(
                "`{}`, U+{code:04X} (only ASCII can be stored)",
                c.escape_debug()
            )))
        }
        Some(c) => Err(AddressError::BadLocal(format!("`{}`", c.escape_debug()))),
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}
impl Eq for Address {}
impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}
#[cfg(test)]
thread_local! {
    static COMPARISONS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// How often this thread has ordered two addresses.
#[cfg(test)]
pub(crate) fn comparisons() -> u64 {
    COMPARISONS.get()
}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> Ordering {
        #[cfg(test)]
        COMPARISONS.set(COMPARISONS.get() + 1);
        self.as_str().cmp(other.as_str())
    }
}
impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Borrow<str> for Address {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.shown())
    }
}
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.shown())
    }
}
impl FromStr for Address {
    type Err = AddressError;
    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse_or_domain(text)
    }
}
impl Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.shown())
    }
}
impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_or_domain(&text).map_err(serde::de::Error::custom)
    }
}

/// A domain name as a lower-case A-label.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainName(Arc<str>);

impl DomainName {
    /// Parses a domain written in ASCII or Unicode; a trailing dot is refused.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        Ok(Self(a_label(text)?.into()))
    }

    /// The name as a lower-case A-label.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is wrong with the name's look, in words: it can be taken for another one, or mixes scripts. None for an
    /// honest name.
    pub fn look_alike(&self) -> Option<String> {
        self.disguise().map(|disguise| match disguise {
            Disguise::Of(plain) => format!("can be taken for {plain}, and is {self}"),
            Disguise::Mixed => format!("mixes letters of several scripts, and is {self}"),
        })
    }

    fn disguise(&self) -> Option<Disguise> {
        disguise_of(&self.0)
    }

    /// The name in Unicode, for people.
    pub fn to_unicode(&self) -> String {
        unicode(&self.0)
    }
}

/// A domain written in ASCII or Unicode as a lower-case A-label.
fn a_label(text: &str) -> Result<Cow<'_, str>, AddressError> {
    // Without a hyphen there is no A-label in it, and nothing that could stand at the wrong place.
    let low = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.';
    if text.len() < 64 && is_plain(text, low) && text.ends_with(|last: char| last.is_ascii_lowercase()) {
        return Ok(Cow::Borrowed(text));
    }
    let bad = |why| AddressError::BadDomain { domain: cut(text), why };
    if text.is_empty() {
        return Err(bad("it is empty"));
    }
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    let low = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    // idna maps case and checks punycode; a plain name without an A-label needs neither.
    let ascii = if plain && low && !text.contains("xn--") {
        Cow::Borrowed(text)
    } else if plain && !text.to_ascii_lowercase().contains("xn--") {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        let strict = idna::domain_to_ascii_strict(text);
        Cow::Owned(strict.map_err(|_| bad("it holds characters that no domain can have"))?)
    };
    if ascii.len() > 253 {
        return Err(bad("it is longer than 253 characters"));
    }
    for label in ascii.split('.') {
        if label.is_empty() {
            return Err(bad("a label is empty"));
        }
        if label.len() > 63 {
            return Err(bad("a label is longer than 63 characters"));
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(bad("a label starts or ends with `-`"));
        }
    }
    if ascii.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(bad("its last label is a number, as in the address of a machine"));
    }
    Ok(ascii)
}

/// What a domain can be taken for.
fn disguise_of(domain: &str) -> Option<Disguise> {
    domain.contains("xn--").then(|| disguise(&unicode(domain))).flatten()
}

/// A domain in Unicode, as it is where that cannot be had.
fn unicode(domain: &str) -> String {
    let (unicode, ok) = idna::domain_to_unicode(domain);
    if ok.is_ok() { unicode } else { domain.to_owned() }
}

/// A text in a message, cut where it is longer than a domain can be.
fn cut(text: &str) -> String {
    let mut shown: String = text.chars().take(100).flat_map(char::escape_debug).collect();
    if text.chars().nth(100).is_some() {
        shown.push('…');
    }
    shown
}

impl Borrow<str> for DomainName {
    fn borrow(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
impl fmt::Debug for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}
impl FromStr for DomainName {
    type Err = AddressError;
    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse(text)
    }
}
impl Serialize for DomainName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for DomainName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_without_case_and_by_a_label_and_shows_as_written() {
        let written = Address::parse("Jane.Doe@BÜCHER.example").expect("valid");
        let same = Address::parse("jane.doe@xn--bcher-kva.example").expect("valid");
        assert_eq!(written, same);
        assert_eq!(written.to_string(), "Jane.Doe@BÜCHER.example");
        assert_eq!(written.as_str(), "jane.doe@xn--bcher-kva.example");
        assert_eq!(written.domain_name().to_unicode(), "bücher.example");
    }

    #[test]
    fn a_look_alike_is_shown_as_what_it_is() {
        let disguised = Address::parse("Jane@ex\u{430}mple.com").expect("valid");
        assert_eq!(disguised.to_string(), "Jane@xn--exmple-4nf.com");
        assert_eq!(disguised.as_str(), "jane@xn--exmple-4nf.com");
        assert_eq!(
            disguised.domain_name().look_alike().as_deref(),
            Some("can be taken for example.com, and is xn--exmple-4nf.com")
        );
        assert_eq!(Address::parse("jane@bücher.example").expect("valid").domain_name().look_alike(), None);
        let refused = Address::parse("j\u{430}ne@example.com").expect_err("Cyrillic");
        assert_eq!(
            refused.to_string(),
            "the part before the `@` may not hold `а`, U+0430 (only ASCII can be stored)"
        );
    }

    #[test]
    fn refuses_what_no_service_can_store() {
        for bad in [
            "jane",
            "@",
            "a b@example.com",
            "\"a,b\"@example.com",
            "a@b..c",
            "a@-b.c",
            "a,b@example.com",
            ".a@b.c",
            "a\n@example.com",
            "a@exam\u{202e}ple.com",
            "ä@example.com",
            "a@[192.0.2.1]",
            "a@192.0.2.1",
            "a@example.com.",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(Address::parse("@example.com"), Err(AddressError::EmptyLocal));
        assert!(Address::parse_or_domain("@example.com").expect("valid").is_domain());
    }
}
