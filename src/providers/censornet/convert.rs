//! Between the service's words and the model's; pure (`contracts/censornet.md §3–§7`).

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::http::{Reply, excerpt};
use crate::model::{
    Address, Facts, Field, Identity, ObservedObject, Reading, Readings, Reason, Standing, Value,
};
use crate::provider::{ErrorKind, ProviderError};

use super::wire::Row;

/// The one setting, in the service's own word.
pub(super) const EXECUTIVE: &str = "executive";

/// Why an address from a directory is left alone.
pub(super) const DIRECTORY: &str = "comes from Active Directory, which puts it back within 15 minutes";

/// What must hold before an address can be registered. The service does not say which of them does not.
const PRECONDITIONS: &str = "the service does not tell why: either the address's domain is not tracked in the console \
                             yet (Product Configuration), or the address is there already, as a mailbox or as an \
                             alias of another mailbox, which its interface does not list";

/// The field of the one setting.
pub(super) fn executive() -> Field {
    Field::Setting(EXECUTIVE.into())
}

/// What is registered under an address.
#[derive(Debug)]
pub(super) enum Registered {
    /// One row.
    Once(Row),
    /// Several rows with ids of their own: which of them counts, nobody can tell.
    Often(Vec<u64>),
}

/// Rows by address. What cannot be named is left out: nothing that can be declared collides with it.
pub(super) fn by_address(rows: Vec<Row>) -> BTreeMap<Address, Registered> {
    let mut found = BTreeMap::new();
    for row in rows {
        let Some(address) = nameable(&row.email_address) else {
            continue;
        };
        let id = row.id;
        match found.remove(&address) {
            None => found.insert(address, Registered::Once(row)),
            Some(Registered::Once(other)) => found.insert(address, Registered::Often(vec![other.id, id])),
            Some(Registered::Often(mut ids)) => {
                ids.push(id);
                found.insert(address, Registered::Often(ids))
            }
        };
    }
    found
}

/// The address, where this tool can name it.
fn nameable(text: &str) -> Option<Address> {
    match Address::parse(text.trim()) {
        Ok(address) => Some(address),
        Err(error) => {
            tracing::warn!(address = %excerpt(text), %error, "the service holds an address that cannot be managed");
            None
        }
    }
}

/// Why an address that is there several times is not known.
pub(super) fn ambiguous(address: &Address, ids: &[u64]) -> Reason {
    let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
    format!(
        "the service lists {address} {} times, with the ids {}: remove all but one in the console",
        ids.len(),
        ids.join(" and ")
    )
    .into()
}

/// The service's two ids of a row.
pub(super) fn remote(row: &Row) -> String {
    format!("{}:{}", row.id, row.email_address_id)
}

/// The registration that a row is.
pub(super) fn object(address: Address, row: &Row) -> ObservedObject {
    let mut fields = Readings::new();
    fields.set(
        executive(),
        match row.executive {
            Some(yes) => Reading::Known(Value::Bool(yes)),
            None => Reading::NotRead("the service says neither yes nor no".into()),
        },
    );
    let mut facts = Facts::from([("id".to_owned(), row.id.to_string())]);
    if !row.realname.is_empty() {
        facts.insert("name".into(), excerpt(&row.realname));
    }
    ObservedObject {
        record: format!("registration:{}", address.as_str()).into(),
        remote: Some(remote(row).into()),
        standing: if row.is_ad_mailbox { Standing::Foreign(DIRECTORY.into()) } else { Standing::Plain },
        identity: Identity::Registration(address),
        fields,
        facts,
    }
}

/// What a refused call means, whatever it was.
pub(super) fn refusal(reply: &Reply) -> ProviderError {
    match reply.status {
        403 => reply.refused(ErrorKind::Denied).hint(
            "give this administrator a custom role that holds Manage Mailboxes, and check that `account_id` is an \
             account that it may manage",
        ),
        404 | 405 | 410 => astray(reply),
        _ => reply.refusal(),
    }
}

/// The error where nothing answers.
pub(super) fn astray(reply: &Reply) -> ProviderError {
    let mut error = reply.refused(ErrorKind::Protocol);
    error.message = format!("nothing of the service answers here: {}", error.message);
    error.hint("check `url`: the service's interface is at https://apiv2.clouduss.com, without a path")
}

/// What the reply to a registration says. A reply with any body is a yes unless it says otherwise.
pub(super) fn added(reply: &Reply, address: &Address) -> Result<(), ProviderError> {
    let kind = match verdict(reply)? {
        Verdict::Yes => return Ok(()),
        Verdict::Conflict => ErrorKind::Conflict,
        Verdict::No => ErrorKind::Invalid,
    };
    Err(refused(reply, kind, &format!("register {address}")).hint(PRECONDITIONS))
}

/// What the reply to a removal says.
pub(super) fn removed(reply: &Reply, address: &str) -> Result<(), ProviderError> {
    let what = format!("remove {}", excerpt(address));
    match verdict(reply)? {
        Verdict::Yes => Ok(()),
        Verdict::Conflict => Err(refused(reply, ErrorKind::Conflict, &what)),
        Verdict::No => Err(refused(reply, ErrorKind::Invalid, &what)),
    }
}

enum Verdict {
    Yes,
    Conflict,
    No,
}

fn verdict(reply: &Reply) -> Result<Verdict, ProviderError> {
    match reply.status {
        200..300 if reply.content_type == "text/html" || reply.body.trim_ascii_start().starts_with(b"<") => {
            Err(reply.unexpected("it is a web page"))
        }
        200..300 if says_no(&reply.body) => Ok(Verdict::No),
        200..300 => Ok(Verdict::Yes),
        409 => Ok(Verdict::Conflict),
        400 | 422 => Ok(Verdict::No),
        _ => Err(refusal(reply)),
    }
}

/// True where a body is JSON that tells of a failure, by itself or in one of its records.
fn says_no(body: &[u8]) -> bool {
    fn of(document: &Json) -> bool {
        let told = |name: &str| document.get(name).is_some_and(|value| !is_nothing(value));
        let refused = document.get("success").is_some_and(|value| is_nothing(value) && !value.is_null());
        refused || told("errors") || told("error")
    }
    match serde_json::from_slice(body) {
        Ok(Json::Array(records)) => records.iter().any(of),
        Ok(document) => of(&document),
        Err(_) => false,
    }
}

fn is_nothing(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => true,
        Json::Bool(true) => false,
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => matches!(text.trim(), "" | "0" | "false"),
        Json::Array(items) => items.is_empty(),
        Json::Object(members) => members.is_empty(),
    }
}

fn refused(reply: &Reply, kind: ErrorKind, what: &str) -> ProviderError {
    let mut error = reply.refused(kind);
    error.message = format!("the service refuses to {what}: {}", error.message);
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: u64, email_address: &str) -> Row {
        Row {
            id,
            email_address_id: id + 1,
            email_address: email_address.into(),
            executive: Some(true),
            realname: String::new(),
            is_ad_mailbox: false,
        }
    }

    fn address(text: &str) -> Address {
        Address::parse(text).expect(text)
    }

    #[test]
    fn a_row_is_a_registration() {
        let found = object(address("Jane@Example.com"), &row(12_182_348, "Jane@Example.com"));
        assert_eq!(found.identity, Identity::Registration(address("jane@example.com")));
        assert_eq!(found.fields.value(&executive()), Some(&Value::Bool(true)));
        assert_eq!(found.remote.as_deref(), Some("12182348:12182349"));
        assert_eq!(&*found.record, "registration:jane@example.com");
        assert_eq!((found.standing, found.facts.len()), (Standing::Plain, 1));

        let from_directory = Row {
            executive: None,
            realname: "Jane Doe".into(),
            is_ad_mailbox: true,
            ..row(1, "jane@example.com")
        };
        let found = object(address("jane@example.com"), &from_directory);
        assert_eq!(found.standing, Standing::Foreign(DIRECTORY.into()));
        assert!(matches!(found.fields.get(&executive()), Some(Reading::NotRead(_))));
        assert_eq!(found.facts["name"], "Jane Doe");
    }

    #[test]
    fn an_address_that_is_there_twice_is_told_apart_from_one() {
        let rows =
            ["jane@example.com", "JANE@example.com", "jane@EXAMPLE.com", "ann@bücher.example", "no address"];
        let rows = (1..).zip(rows).map(|(id, text)| row(id, text)).collect();
        let found = by_address(rows);
        assert_eq!(found.len(), 2);
        assert!(matches!(&found["jane@example.com"], Registered::Often(ids) if ids == &[1, 2, 3]));
        assert!(matches!(&found["ann@xn--bcher-kva.example"], Registered::Once(row) if row.id == 4));
        let reason = ambiguous(&address("jane@example.com"), &[1, 2]);
        assert!(
            reason.starts_with("the service lists jane@example.com 2 times, with the ids 1 and 2"),
            "{reason}"
        );
    }

    #[test]
    fn a_body_says_no_in_many_ways_and_yes_in_more() {
        for no in [
            r#"{"success":false}"#,
            r#"{"success":0,"message":"x"}"#,
            r#"{"success":"false"}"#,
            r#"{"success":true,"errors":["x"]}"#,
            r#"{"error":"access_denied"}"#,
            r#"{"errors":{"email_address":"taken"}}"#,
            r#"[{"id":1},{"success":false}]"#,
        ] {
            assert!(says_no(no.as_bytes()), "{no}");
        }
        for yes in [
            "",
            " ",
            "[]",
            "{}",
            "null",
            "true",
            "OK",
            r#"{"success":true,"errors":[],"error":null}"#,
            r#"{"success":null}"#,
            r#"[{"id":1,"email_address":"error@example.com"}]"#,
            r#"{"data":[{"id":1}]}"#,
        ] {
            assert!(!says_no(yes.as_bytes()), "{yes}");
        }
    }
}
