//! Counters of a user's mail, and mails sent to users. Contract section 5.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::catalogue::Subject;
use super::fields::Object;
use super::reply::{Refusal, Reply};
use super::routes::Call;
use super::snapshot::NotificationRow;
use super::state::{State, User, same};

/// How many recent mails are told.
const RECENT: usize = 5;

/// `GET /mail/{uid}/…`
pub(super) fn read(state: &mut State, subject: Subject, call: Call<'_>) -> Result<Reply, Refusal> {
    let uid = call.hole("uid").to_owned();
    call.bare()?;
    let found = state.users().find(|(_, user)| same(&user.uid_name, &uid) && user.mail.is_some());
    let (_, user) = found.ok_or_else(|| Refusal::not_found("User does not exist"))?;
    let told = match subject {
        Subject::MailAll => json!({
            "recentmails": recent(user),
            "quota": quota(user),
            "newmessages": count(user),
            "recentmessages": count(user),
        }),
        Subject::MailQuota => quota(user),
        Subject::MailRecent => recent(user),
        _ => count(user),
    };
    if matches!(subject, Subject::MailAll | Subject::MailRecent) {
        state.counts.content_reads += 1;
    }
    Ok(Reply::Read(told))
}

fn count(user: &User) -> Value {
    json!({"newmessages": user.inbox.len()})
}

fn recent(user: &User) -> Value {
    user.inbox.iter().take(RECENT).map(|subject| json!({"subject": subject})).collect()
}

/// Both in MiB; an unlimited quota is absent.
fn quota(user: &User) -> Value {
    let mut quota = Map::new();
    if let Some(limit) = user.quotas.unified.or(user.quotas.mail) {
        quota.insert("quota".into(), limit.into());
    }
    quota.insert("used".into(), user.used.0.into());
    json!({"mailQuota": quota})
}

/// `POST /notification/{kind}/{userid@contextid}`: sends a mail, each time.
pub(super) fn notify(state: &mut State, kind: &'static str, call: Call<'_>) -> Result<Reply, Refusal> {
    let whom = call.hole("usercontext").to_owned();
    let caller = call.caller;
    let threshold = if kind == "overquota" {
        let mut object = Object::of(call.body.json()?)?;
        let threshold = object.number("quota_threshold")?;
        object.finish()?;
        call.query.finish()?;
        Some(threshold.ok_or_else(|| Refusal::missing("quota_threshold"))?)
    } else {
        call.bare()?;
        None
    };
    let malformed = || Refusal::bad_request("userid@contextid is expected");
    let (user, context) = whom.split_once('@').ok_or_else(malformed)?;
    let user: u64 = user.parse().map_err(|_| malformed())?;
    let context: u64 = context.parse().map_err(|_| malformed())?;
    caller.check_context(Some(context))?;
    let found = state.contexts.get(&context).and_then(|held| held.users.get(&user));
    let Some(address) = found.and_then(|user| user.mail.clone()) else {
        return Err(Refusal::plain(format!("{whom} has no primary mail address")));
    };
    state.notifications.push(NotificationRow { kind, context, user, address, threshold });
    Ok(Reply::Written(StatusCode::OK, json!({"mail": "the message content"})))
}
