//! Sub-admins: made, changed and removed.

use std::collections::BTreeSet;

use crate::http::Text;
use crate::model::{Change, Field, Fields, Value, Verb};
use crate::provider::{Done, ErrorKind, ProviderError};

use crate::providers::atmail::fields::{ADMIN_SETTINGS, DOMAINS, Form, MASTER, RIGHTS, USERNAME, named};

use super::{Site, cannot, invalid, password, vanished};

const CREATE: &str = "/subadmin/create";
const UPDATE: &str = "/subadmin/update";
const DELETE: &str = "/subadmin/delete";
const PASSWORD: &str = "Password";

/// Makes, changes or removes a sub-admin.
pub(super) async fn perform(site: Site<'_>, login: &str, change: &Change) -> Result<Done, ProviderError> {
    let name = change.remote.as_deref().unwrap_or(login);
    match change.verb {
        Verb::Create => {
            let Some(password) = password(site, &change.after, login).await? else {
                return Err(invalid(format!(
                    "the administrator {login} is made with a `password`, and none is given"
                )));
            };
            let fields: Vec<&Field> = change.after.iter().map(|(field, _)| field).collect();
            let mut form = vec![(PASSWORD, Text::from(password))];
            form.extend(written(&change.after, &fields)?);
            site.api.write(CREATE, Some((USERNAME, name)), form).await?;
            Ok(Done::Written { notes: verified(site, name, &change.after, &fields).await })
        }
        Verb::Update => {
            let fields: Vec<&Field> = change.fields.iter().collect();
            let mut form = Form::new();
            if fields.contains(&&Field::Password) {
                let password = password(site, &change.after, login).await?;
                form.push((PASSWORD, password.ok_or_else(|| cannot(change))?.into()));
            }
            form.extend(written(&change.after, &fields)?);
            if form.is_empty() {
                return Err(cannot(change));
            }
            match site.api.write(UPDATE, Some((USERNAME, name)), form).await {
                Ok(_) => {}
                Err(error) if error.kind == ErrorKind::NotFound => {
                    return Err(vanished(&format!("the administrator {login}")));
                }
                Err(error) => return Err(error),
            }
            Ok(Done::Written { notes: verified(site, name, &change.after, &fields).await })
        }
        Verb::Delete => {
            if name.eq_ignore_ascii_case(site.api.username()) {
                let message =
                    format!("{name} is what this connection logs in as, and is never removed by it");
                return Err(
                    ProviderError::new(ErrorKind::Denied, message).hint("log in as another administrator")
                );
            }
            if site.api.administrator(name).await?.is_none() {
                return Ok(Done::NotNeeded);
            }
            match site.api.write(DELETE, Some((USERNAME, name)), Vec::new()).await {
                Ok(_) => Ok(Done::written()),
                Err(error) if error.kind == ErrorKind::NotFound => Ok(Done::NotNeeded),
                Err(error) => Err(error),
            }
        }
        Verb::Rename => Err(cannot(change)),
    }
}

/// What a call sends for these fields.
fn written(after: &Fields, fields: &[&Field]) -> Result<Form, ProviderError> {
    let mut form = Form::new();
    for field in fields {
        match (field, after.get(field)) {
            (Field::Password, _) => {}
            (Field::Full, Some(Value::Bool(full))) => form.push((MASTER, flag(*full))),
            (Field::AdminRights, rights) => form.extend(rights_form(rights)?),
            (Field::Domains, Some(Value::Domains(domains))) if !domains.is_empty() => {
                form.extend(domains.iter().map(|domain| (DOMAINS, Text::from(domain.as_str()))));
            }
            // A new one has none.
            (Field::Domains, Some(Value::Domains(_)))
                if !after.is_empty() && fields.contains(&&Field::Password) => {}
            (field, value) => {
                let setting = ADMIN_SETTINGS.iter().find(|setting| named(setting.name) == **field);
                let (Some(setting), value) = (setting, value) else {
                    return Err(invalid(format!(
                        "the service cannot hold this `{field}` of an administrator"
                    )));
                };
                let text = match value {
                    Some(Value::Text(text)) => text.to_string(),
                    Some(Value::Int(number)) => number.to_string(),
                    _ => String::new(),
                };
                form.push((setting.key, text.into()));
            }
        }
    }
    Ok(form)
}

fn flag(yes: bool) -> Text {
    Text::from(if yes { "1" } else { "0" })
}

/// All flags are told, so that a right that is not named is taken.
fn rights_form(value: Option<&Value>) -> Result<Form, ProviderError> {
    let none = BTreeSet::new();
    let wanted = match value {
        Some(Value::Words(words)) => words,
        _ => &none,
    };
    if let Some(odd) = wanted.iter().find(|word| !RIGHTS.iter().any(|(known, _)| known == word)) {
        let known: Vec<&str> = RIGHTS.iter().map(|(word, _)| *word).collect();
        return Err(invalid(format!("`{odd}` is no right of a sub-admin"))
            .hint(format!("the rights are {}; `full: true` gives all", known.join(", "))));
    }
    Ok(RIGHTS.iter().map(|(word, key)| (*key, flag(wanted.contains(*word)))).collect())
}

/// Reads a sub-admin back, and says what was not kept.
async fn verified(site: Site<'_>, name: &str, after: &Fields, fields: &[&Field]) -> Vec<String> {
    if fields.iter().all(|field| **field == Field::Password) {
        return Vec::new();
    }
    let record = match site.api.administrator(name).await {
        Ok(Some(record)) => record,
        Ok(None) => return vec!["the service does not show the administrator yet".to_owned()],
        Err(error) => return vec![format!("what was written could not be read back: {error}")],
    };
    let told = crate::providers::atmail::convert::administrator(&record, site.api.username());
    let differs = |field: &&&Field| match (told.fields.value(field), after.get(field)) {
        (Some(told), Some(wanted)) => told != wanted,
        _ => false,
    };
    let lost = fields.iter().filter(differs);
    lost.map(|field| format!("the service says success and did not keep `{field}` as written")).collect()
}
