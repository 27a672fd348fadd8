//! Attributes of a user, and the user record. Contract section 2.

use serde_json::{Map, Value, json};

use super::catalogue::Attribute;
use super::content::Body;
use super::fields::Object;
use super::reply::{Refusal, Reply};
use super::routes::Call;
use super::settings::{Quirk, Settings};
use super::state::{Context, Quotas, State, User, same};

/// The spam levels there are.
pub(super) const LEVELS: [&str; 3] = ["low", "medium", "high"];

impl Attribute {
    /// The key in bodies.
    fn key(self) -> &'static str {
        match self {
            Self::Custom => "custom",
            Self::Msisdn => "msisdn",
            Self::ClassOfService => "classofservice",
            Self::DeliveryStatus => "oxdeliverystatus",
            Self::LegacyRef => "oxlegacyref",
            Self::AntiPhishing => "oxantiphishing",
            Self::UidName => "uidname",
            Self::AntiVirus => "antivirus",
            Self::SpamLevel => "spamlevel",
            Self::QuotaMode => "quotamode",
        }
    }
}

/// A number that identifies something.
pub(super) fn identity(settings: &Settings, number: u64) -> Value {
    if settings.has(Quirk::TextIds) { number.to_string().into() } else { number.into() }
}

/// A user as the writes to its attributes, lists and searches tell it: unset keys are absent.
pub(super) fn record(settings: &Settings, context: &Context, user: &User) -> Value {
    let mut record = Map::new();
    record.insert("context-id".into(), identity(settings, context.id));
    record.insert("user-id".into(), identity(settings, user.id));
    record.insert("uidname".into(), user.uid_name.as_str().into());
    for (key, value) in [
        ("msisdn", &user.msisdn),
        ("oxdeliverystatus", &user.delivery_status),
        ("oxlegacyref", &user.legacy_ref),
        ("oxantiphishing", &user.anti_phishing),
    ] {
        if let Some(value) = value {
            record.insert(key.into(), value.as_str().into());
        }
    }
    match user.classes.as_slice() {
        [] => None,
        [one] => record.insert("classofservice".into(), one.as_str().into()),
        several => record.insert("classofservice".into(), json!(several)),
    };
    if settings.has(Quirk::CustomInRecord) && !user.custom.is_empty() {
        record.insert("custom".into(), json!(user.custom));
    }
    Value::Object(record)
}

/// The numbers of the context and the user in the path, both of which exist.
pub(super) fn target(state: &State, call: &Call<'_>) -> Result<(u64, u64), Refusal> {
    let context = call.number("context")?;
    let user = call.number("user")?;
    call.caller.check_context(Some(context))?;
    let held = state.contexts.get(&context).ok_or_else(|| Refusal::not_found("Context does not exist"))?;
    if held.users.contains_key(&user) { Ok((context, user)) } else { Err(absent()) }
}

fn absent() -> Refusal {
    Refusal::not_found("User does not exist")
}

/// Lets `work` at a user that exists.
pub(super) fn with_user<T>(
    state: &mut State,
    (context, user): (u64, u64),
    work: impl FnOnce(&Settings, &mut User) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let State { contexts, settings, .. } = state;
    let user = contexts.get_mut(&context).and_then(|held| held.users.get_mut(&user)).ok_or_else(absent)?;
    work(settings, user)
}

/// Changes a user and answers with its record.
fn written(
    state: &mut State,
    at: (u64, u64),
    change: impl FnOnce(&Settings, &mut User) -> Result<(), Refusal>,
) -> Result<Reply, Refusal> {
    with_user(state, at, change)?;
    let context = state.contexts.get(&at.0).ok_or_else(absent)?;
    let user = context.users.get(&at.1).ok_or_else(absent)?;
    Ok(Reply::Written(axum::http::StatusCode::OK, record(&state.settings, context, user)))
}

/// The quota mode's word (contract §2; the second is an assumption).
fn quota_mode(quotas: Quotas) -> &'static str {
    if quotas.apart() { "separate" } else { "unified" }
}

/// What an attribute is; `None` where it is not set.
fn value(settings: &Settings, user: &User, attribute: Attribute) -> Option<Value> {
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    match attribute {
        Attribute::Custom => (!user.custom.is_empty()).then(|| json!(user.custom)),
        Attribute::Msisdn => text(&user.msisdn),
        Attribute::ClassOfService => match user.classes.as_slice() {
            [] if settings.has(Quirk::UnsetServiceIsEmptyText) => Some("".into()),
            [] if settings.has(Quirk::UnsetServiceIsEmptyList) => Some(json!([])),
            [] => None,
            [one] if settings.has(Quirk::ServiceAsText) => Some(one.as_str().into()),
            several => Some(json!(several)),
        },
        Attribute::DeliveryStatus => text(&user.delivery_status),
        Attribute::LegacyRef => text(&user.legacy_ref),
        Attribute::AntiPhishing => text(&user.anti_phishing),
        Attribute::UidName => Some(user.uid_name.as_str().into()),
        Attribute::AntiVirus => Some(user.antivirus.into()),
        Attribute::SpamLevel => Some(user.spam_level.as_str().into()),
        Attribute::QuotaMode => Some(quota_mode(user.quotas).into()),
    }
}

fn unset(attribute: Attribute) -> Refusal {
    Refusal::not_found(format!("{} not found in user", attribute.key()))
}

/// `GET …/{attribute}`
pub(super) fn read(state: &mut State, attribute: Attribute, call: Call<'_>) -> Result<Reply, Refusal> {
    let at = target(state, &call)?;
    call.bare()?;
    with_user(state, at, |settings, user| {
        if user.failures > 0 {
            user.failures -= 1;
            return Err(Refusal::new(settings.fresh_status, "User is not ready"));
        }
        let value = value(settings, user, attribute).ok_or_else(|| unset(attribute))?;
        let mut object = Map::new();
        object.insert(attribute.key().into(), value);
        Ok(Reply::Read(Value::Object(object)))
    })
}

/// `DELETE …/{attribute}`
pub(super) fn remove(state: &mut State, attribute: Attribute, call: Call<'_>) -> Result<Reply, Refusal> {
    let at = target(state, &call)?;
    call.bare()?;
    written(state, at, |_, user| {
        let was_set = match attribute {
            Attribute::Custom => !std::mem::take(&mut user.custom).is_empty(),
            Attribute::ClassOfService => !std::mem::take(&mut user.classes).is_empty(),
            Attribute::Msisdn => user.msisdn.take().is_some(),
            Attribute::DeliveryStatus => user.delivery_status.take().is_some(),
            Attribute::LegacyRef => user.legacy_ref.take().is_some(),
            Attribute::AntiPhishing => user.anti_phishing.take().is_some(),
            Attribute::UidName | Attribute::AntiVirus | Attribute::SpamLevel | Attribute::QuotaMode => {
                return Err(Refusal::wrong_verb());
            }
        };
        if was_set { Ok(()) } else { Err(unset(attribute)) }
    })
}

/// What a PUT wants.
enum Wanted {
    Text(String),
    Texts(Vec<String>),
    Flag(bool),
}

impl Wanted {
    fn of(attribute: Attribute, body: &Body<'_>) -> Result<Self, Refusal> {
        let mut object = Object::of(body.json()?)?;
        let key = attribute.key();
        let missing = || Refusal::missing(key);
        let wanted = match attribute {
            Attribute::ClassOfService => Self::Texts(object.filled_texts(key)?.ok_or_else(missing)?),
            Attribute::AntiVirus => Self::Flag(object.flag(key)?.ok_or_else(missing)?),
            Attribute::SpamLevel => Self::Text(level(object.required(key)?)?),
            _ => Self::Text(object.required(key)?),
        };
        object.finish()?;
        Ok(wanted)
    }
}

/// Refuses a spam level that is none.
pub(super) fn level(level: String) -> Result<String, Refusal> {
    if LEVELS.contains(&level.as_str()) {
        Ok(level)
    } else {
        Err(Refusal::bad_request(format!("Invalid spam level: {level}")))
    }
}

/// `PUT …/{attribute}`
pub(super) fn write(state: &mut State, attribute: Attribute, call: Call<'_>) -> Result<Reply, Refusal> {
    let wanted = Wanted::of(attribute, &call.body)?;
    let at = target(state, &call)?;
    call.query.finish()?;
    if let (Attribute::UidName, Wanted::Text(name)) = (attribute, &wanted) {
        let other =
            |(context, user): (&Context, &User)| (context.id, user.id) != at && same(&user.uid_name, name);
        if state.users().any(other) {
            return Err(Refusal::conflict(format!("uidname {name} exists")));
        }
    }
    written(state, at, |settings, user| {
        match (attribute, wanted) {
            (Attribute::Custom, Wanted::Text(text)) => {
                if !settings.has(Quirk::CustomAdds) {
                    user.custom.clear();
                }
                if !user.custom.contains(&text) {
                    user.custom.push(text);
                }
            }
            (Attribute::Msisdn, Wanted::Text(text)) => user.msisdn = Some(text),
            (Attribute::DeliveryStatus, Wanted::Text(text)) => user.delivery_status = Some(text),
            (Attribute::LegacyRef, Wanted::Text(text)) => user.legacy_ref = Some(text),
            (Attribute::AntiPhishing, Wanted::Text(text)) => user.anti_phishing = Some(text),
            (Attribute::UidName, Wanted::Text(text)) => user.uid_name = text,
            (Attribute::SpamLevel, Wanted::Text(text)) => user.spam_level = text,
            (Attribute::AntiVirus, Wanted::Flag(flag)) => user.antivirus = flag,
            (Attribute::ClassOfService, Wanted::Texts(texts)) => user.classes = texts,
            _ => return Err(Refusal::wrong_verb()),
        }
        Ok(())
    })
}

/// `POST …/users/{user}`: several at once; what is empty is removed.
pub(super) fn bulk(state: &mut State, call: Call<'_>) -> Result<Reply, Refusal> {
    let mut object = Object::of(call.body.json()?)?;
    let (msisdn, status) = (object.text("msisdn")?, object.text("oxdeliverystatus")?);
    let custom = object.texts("custom")?;
    object.finish()?;
    let at = target(state, &call)?;
    call.query.finish()?;
    let set = |field: &mut Option<String>, wanted: Option<String>| {
        if let Some(text) = wanted {
            *field = Some(text).filter(|text| !text.is_empty());
        }
    };
    written(state, at, |_, user| {
        set(&mut user.msisdn, msisdn);
        set(&mut user.delivery_status, status);
        if let Some(custom) = custom {
            user.custom = custom;
        }
        Ok(())
    })
}
