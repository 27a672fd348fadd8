//! What goes over the wire (`contracts/censornet.md §3–§5`): its shapes, and nothing of what they mean.
//!
//! The service is documented by one example each, so what may vary is read generously: a number may come as text, a
//! flag as a number, a word or text, and members that nobody knows are ignored. What a decision rests on must be there.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The id that the console gives a record that is not stored yet; the service wants it in every new one.
const PHANTOM: &str = "USSportal.email.model.Mailbox-1";

/// A page of `GET /email/mailbox/v2`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Page {
    pub(super) data: Vec<Row>,
    pub(super) meta: Meta,
}

/// Which page it is, and of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Meta {
    #[serde(deserialize_with = "number")]
    pub(super) page: u64,
    #[serde(deserialize_with = "number")]
    pub(super) page_size: u64,
    /// Rows on all pages together.
    #[serde(deserialize_with = "number")]
    pub(super) total: u64,
    #[serde(deserialize_with = "number")]
    pub(super) total_pages: u64,
}

/// A registered address.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Row {
    #[serde(deserialize_with = "number")]
    pub(super) id: u64,
    #[serde(deserialize_with = "number")]
    pub(super) email_address_id: u64,
    pub(super) email_address: String,
    /// None where the service does not tell, or says neither yes nor no.
    #[serde(default, deserialize_with = "perhaps")]
    pub(super) executive: Option<bool>,
    /// Blank where there is no name.
    #[serde(default, deserialize_with = "words")]
    pub(super) realname: String,
    /// True where it comes from a directory. Whether it may be removed rests on this, so it must be there.
    #[serde(deserialize_with = "flag")]
    pub(super) is_ad_mailbox: bool,
}

/// A record to be stored, as the document shows it.
#[derive(Debug, Serialize)]
pub(super) struct New<'a> {
    id: &'static str,
    email_address_id: u64,
    executive: u8,
    email_address: &'a str,
}

impl<'a> New<'a> {
    pub(super) fn of(email_address: &'a str, executive: bool) -> Self {
        Self { id: PHANTOM, email_address_id: 0, executive: executive.into(), email_address }
    }
}

/// A record to be removed, as it was listed.
#[derive(Debug, Serialize)]
pub(super) struct Old<'a> {
    id: u64,
    email_address_id: u64,
    email_address: &'a str,
}

impl<'a> From<&'a Row> for Old<'a> {
    fn from(row: &'a Row) -> Self {
        Self { id: row.id, email_address_id: row.email_address_id, email_address: &row.email_address }
    }
}

/// A whole number, as a number or as text.
pub(super) fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    }
}

/// A yes or no, as a word of JSON, a number or text.
fn yes_or_no(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(yes) => Some(*yes),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => match whole(value)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
    }
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    whole(&value).ok_or_else(|| serde::de::Error::custom("it is no whole number"))
}

fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let value = Value::deserialize(deserializer)?;
    yes_or_no(&value).ok_or_else(|| serde::de::Error::custom("it is neither yes nor no"))
}

fn perhaps<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Value::deserialize(deserializer).map(|value| yes_or_no(&value))
}

fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_str().unwrap_or_default().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page of the document, to the letter.
    const DOCUMENTED: &str = r#"{"data":[{"id":12182348,"email_address_id":12503482,
        "email_address":"mailbox1@domain.com","executive":0,"realname":" ","is_ad_mailbox":1},
        {"id":12636697,"email_address_id":13717757,"email_address":"mailbox2@domain.com","executive":0,
        "realname":" ","is_ad_mailbox":1}],"meta":{"page":1,"page_size":20,"total":27,"total_pages":2}}"#;

    #[test]
    fn reads_the_documented_page() {
        let page: Page = serde_json::from_str(DOCUMENTED).expect("a page");
        assert_eq!(page.meta, Meta { page: 1, page_size: 20, total: 27, total_pages: 2 });
        assert_eq!(page.data.len(), 2);
        assert_eq!(
            page.data[0],
            Row {
                id: 12_182_348,
                email_address_id: 12_503_482,
                email_address: "mailbox1@domain.com".into(),
                executive: Some(false),
                realname: String::new(),
                is_ad_mailbox: true,
            }
        );
    }

    #[test]
    fn reads_numbers_and_flags_in_every_form() {
        let row = |executive: &str, ad: &str| {
            let text = format!(
                r#"{{"id":"12182348","email_address_id":4294967296,"email_address":"a@b.example",
                "executive":{executive},"realname":null,"is_ad_mailbox":{ad},"group":{{"id":1}}}}"#
            );
            serde_json::from_str::<Row>(&text)
        };
        for (text, read) in [
            ("0", Some(false)),
            ("1", Some(true)),
            ("true", Some(true)),
            ("false", Some(false)),
            (r#""1""#, Some(true)),
            (r#""0""#, Some(false)),
            (r#""True""#, Some(true)),
            ("2", None),
            ("null", None),
            ("[]", None),
            (r#""maybe""#, None),
            (r#""""#, None),
        ] {
            assert_eq!(row(text, "0").expect(text).executive, read, "{text}");
            assert_eq!(row("0", text).ok().map(|row| row.is_ad_mailbox), read, "{text}");
        }
        let read = row("0", "0").expect("a row");
        assert_eq!((read.id, read.email_address_id), (12_182_348, 4_294_967_296));
        assert_eq!(read.realname, "");
    }

    #[test]
    fn what_a_decision_rests_on_must_be_there() {
        let whole = r#"{"id":1,"email_address_id":2,"email_address":"a@b.example","is_ad_mailbox":0}"#;
        let row: Row = serde_json::from_str(whole).expect("a row");
        assert_eq!(row.executive, None, "not told is not no");
        for (member, odd) in [
            (r#""id":1,"#, r#""id":-1,"#),
            (r#""email_address_id":2,"#, r#""email_address_id":"x","#),
            (r#""email_address":"a@b.example","#, r#""email_address":7,"#),
            (r#","is_ad_mailbox":0"#, r#","is_ad_mailbox":null"#),
        ] {
            for bad in [whole.replace(member, ""), whole.replace(member, odd)] {
                assert!(serde_json::from_str::<Row>(&bad).is_err(), "{bad}");
            }
        }
    }

    #[test]
    fn writes_the_documented_records() {
        let new = serde_json::to_string(&[New::of("newuser@domain.com", false)]).expect("JSON");
        assert_eq!(
            new,
            r#"[{"id":"USSportal.email.model.Mailbox-1","email_address_id":0,"executive":0,"email_address":"newuser@domain.com"}]"#
        );
        let row = Row {
            id: 12_765_948,
            email_address_id: 14_028_850,
            email_address: "newuser@domain.com".into(),
            executive: None,
            realname: String::new(),
            is_ad_mailbox: false,
        };
        let old = serde_json::to_string(&[Old::from(&row)]).expect("JSON");
        assert_eq!(
            old,
            r#"[{"id":12765948,"email_address_id":14028850,"email_address":"newuser@domain.com"}]"#
        );
    }
}
