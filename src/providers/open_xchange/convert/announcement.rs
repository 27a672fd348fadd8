//! Announcements as objects (`contracts/open_xchange.md §5`).

use serde_json::Value as Json;

use crate::http::{Loose, Told};
use crate::model::{Field, Identity, ObservedObject, Reading, Readings, Standing, Value};
use crate::provider::{ErrorKind, ProviderError};

use super::super::fields::{ANNOUNCED, ANNOUNCEMENT, AnnouncedForm};
use super::{known, words};

/// An announcement; none where it has no name or no id.
pub(in crate::providers::open_xchange) fn announcement(document: &Loose) -> Option<ObservedObject> {
    let name = document.text("name").known()?;
    let id = document.text("id").known()?;
    let mut fields = Readings::new();
    let counted = |field: &Field| matches!(field, Field::Setting(name) if &**name == "version");
    for (field, key, form) in ANNOUNCED.iter().filter(|(field, ..)| !counted(field)) {
        fields.set(field.clone(), reading(document, key, *form));
    }
    Some(ObservedObject {
        identity: Identity::Object { kind: ANNOUNCEMENT.into(), name: name.as_str().into() },
        fields,
        standing: Standing::Plain,
        record: format!("announcement:{id}").into(),
        remote: Some(id.into()),
        facts: document
            .text("version")
            .known()
            .map(|version| ("version".into(), version))
            .into_iter()
            .collect(),
    })
}

fn reading(document: &Loose, key: &str, form: AnnouncedForm) -> Reading {
    let empty = || Reading::Known(Value::text(""));
    match form {
        AnnouncedForm::Text | AnnouncedForm::Time => match document.text(key) {
            Told::Missing | Told::Nothing => empty(),
            Told::Is(text) if form == AnnouncedForm::Time => Reading::Known(Value::text(&in_utc(&text))),
            told => known(told, key, |text| Value::text(&text)),
        },
        AnnouncedForm::Bool => known(document.bool(key), key, Value::Bool),
        AnnouncedForm::Int => {
            known(document.number(key), key, |number| Value::Int(i64::try_from(number).unwrap_or(i64::MAX)))
        }
        AnnouncedForm::Words => words(key, document.raw(key)),
        AnnouncedForm::Json => match document.raw(key) {
            None | Some(Json::Null) => Reading::NotRead("it has none".into()),
            Some(value) => match crate::model::Json::parse(&value.to_string()) {
                Ok(json) => Reading::Known(Value::Json(json)),
                Err(error) => Reading::NotRead(error.to_string().into()),
            },
        },
    }
}

/// A time in its one spelling: UTC, with seconds. What is no time stays as it is.
fn in_utc(text: &str) -> String {
    text.trim().parse::<jiff::Timestamp>().map_or_else(|_| text.to_owned(), |time| time.to_string())
}

/// The member of an announcement's document that holds a field. A field without a value is emptied.
pub(in crate::providers::open_xchange) fn announced_json(
    field: &Field,
    value: Option<&Value>,
) -> Option<(&'static str, Json)> {
    let (_, key, form) = ANNOUNCED.iter().find(|(known, ..)| known == field)?;
    let json = match (form, value) {
        (_, None) => Json::Null,
        (AnnouncedForm::Text | AnnouncedForm::Time, Some(Value::Text(text))) if text.is_empty() => Json::Null,
        (AnnouncedForm::Text | AnnouncedForm::Time, Some(Value::Text(text))) => Json::from(&**text),
        (AnnouncedForm::Bool, Some(Value::Bool(yes))) => Json::from(*yes),
        (AnnouncedForm::Int, Some(Value::Int(number))) => Json::from(*number),
        (AnnouncedForm::Words, Some(Value::Words(words))) => words.iter().cloned().collect(),
        (AnnouncedForm::Json, Some(Value::Json(json))) => serde_json::from_str(json.as_str()).ok()?,
        _ => return None,
    };
    Some((key, json))
}

/// Refuses a time that would be told otherwise than it is declared: the next plan would see a difference again.
///
/// # Errors
/// `Invalid`, naming the spelling.
pub(in crate::providers::open_xchange) fn check_times<'a>(
    fields: impl Iterator<Item = (&'a Field, &'a Value)>,
) -> Result<(), ProviderError> {
    for (field, value) in fields {
        let is_time = ANNOUNCED.iter().any(|(known, _, form)| known == field && *form == AnnouncedForm::Time);
        let (true, Value::Text(text)) = (is_time, value) else { continue };
        if text.is_empty() {
            continue;
        }
        match text.parse::<jiff::Timestamp>() {
            Ok(time) if time.to_string() == **text => {}
            Ok(time) => {
                return Err(ProviderError::new(
                    ErrorKind::Invalid,
                    format!("`{field}` is `{text}`, and times are compared in UTC"),
                )
                .hint(format!("write {time}")));
            }
            Err(error) => {
                return Err(ProviderError::new(ErrorKind::Invalid, format!("`{field}` is no time: {error}"))
                    .hint("write it like 2027-01-31T08:00:00Z"));
            }
        }
    }
    Ok(())
}
