//! Finds out what became of a write whose answer was lost, and makes a mailbox found that way ours again.

use tokio::time::Instant;

use crate::model::{
    Change, ChangeId, Event, Field, Fields, Ground, ObservedObject, ResultState, Risk, Status, Value, Verb,
};
use crate::provider::{Ability, Done, ErrorKind};

use super::guard;
use super::judge::{Judgement, judge, scope_of};
use super::pair::Write;
use super::patience::{LONGEST_WAIT, LOOKS, ROUNDS, look_pause, pause};
use super::perform::{Ended, Sent, Site, asked_for_quiet, in_doubt};
use super::prepared::Prepared;

/// Reads exactly what `change` writes until it is as wanted, or for as long as the service may still show the old
/// state. A person who asks to stop gets one reading.
pub(super) async fn read_back(site: &Site<'_>, change: &Change) -> Judgement {
    let can = site.kind(change);
    let scope = scope_of(change, can);
    let consistency = site.capabilities.map(|capabilities| capabilities.consistency);
    let deadline = Instant::now() + consistency.unwrap_or_default();
    let mut looks = 0;
    loop {
        if let Some(until) = site.account.quiet_until(Instant::now()) {
            tokio::select! {
                biased;
                () = site.halt.interrupted() => {
                    return Judgement::Unread("interrupted while the service asked for no calls".to_owned());
                }
                () = tokio::time::sleep_until(until) => {}
            }
        }
        let (state, error) = guard::look(site.provider, &scope).await;
        looks += 1;
        let judgement = judge(change, &state, can);
        let is_unread = matches!(judgement, Judgement::Unread(_));
        if matches!(judgement, Judgement::Holds { .. }) {
            site.account.answered();
            return judgement;
        }
        let mut wait = look_pause(looks);
        if let Some(error) = error.filter(|_| is_unread) {
            let may_pass = error.kind.is_transient() || error.kind == ErrorKind::Ambiguous;
            if !may_pass {
                site.note_answer(change, &error);
                return Judgement::Unread(error.to_string());
            }
            let reason = error.to_string();
            wait = pause(looks, error.retry_after);
            if let Some(asked) = error.retry_after.filter(|asked| *asked > LONGEST_WAIT) {
                site.account.close(asked_for_quiet(asked));
                return Judgement::Unread(reason);
            }
            if looks >= LOOKS {
                site.account.unanswered(&reason);
                return Judgement::Unread(reason);
            }
            if error.retry_after.is_some() {
                site.account.quiet(Instant::now() + wait, &reason);
            }
        } else {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() && !(is_unread && looks < LOOKS) {
                return judgement;
            }
            if !left.is_zero() {
                wait = wait.min(left);
            }
        }
        let reason = match &judgement {
            Judgement::Unread(why) => why.clone(),
            Judgement::Unchanged(how) | Judgement::Otherwise { difference: how, .. } => {
                format!("{how}, which may still be the old state")
            }
            Judgement::Incomparable(_) | Judgement::Holds { .. } => return judgement,
        };
        (site.events)(&Event::Waiting { change, delay: wait, reason: &reason });
        tokio::select! {
            biased;
            () = site.halt.interrupted() => return Judgement::Unread(format!("{reason}, and the run was interrupted")),
            () = tokio::time::sleep(wait) => {}
        }
    }
}

impl Site<'_> {
    /// Sets the password of an object that a create with a lost answer left: what arrived of that create is not
    /// known, and a password cannot be read back.
    pub(super) async fn set_password_again(
        &self,
        change: &Change,
        object: &ObservedObject,
        secrets: &Prepared<'_>,
        ended: &mut Ended,
    ) {
        let Some(update) = self.password_update(change, object, ended) else {
            return;
        };
        for round in 1..=ROUNDS {
            // The object was just seen: a service that is slow to show it must not fail the first try.
            let wait = (round > 1).then(|| {
                let until = Instant::now() + pause(round, None);
                (until, "whether the password was set is not known".to_owned())
            });
            if let Err(why) = self.turn(&update, wait).await {
                return ended.password_unset(&format!("not set again: {why}"));
            }
            match self.send(Write::one(&update), secrets).await {
                Sent::Done(Done::Written { .. } | Done::NotNeeded, _) => {
                    return ended.notes.push("its password was set again".to_owned());
                }
                Sent::Refused(error) if error.kind == ErrorKind::Ambiguous => {}
                Sent::Refused(error) | Sent::GaveUp(error) => {
                    return ended.password_unset(&format!("setting it again failed: {error}"));
                }
                Sent::Lost(what) => return ended.password_unset(&what),
                Sent::Stopped(why, error) => return ended.password_unset(&format!("{error}; {why}")),
            }
        }
        ended.password_unset("each answer to setting it again was lost");
    }

    /// The update that sets the password which `change` carries; none where it carries none, or where the service
    /// cannot update one.
    fn password_update(&self, change: &Change, object: &ObservedObject, ended: &mut Ended) -> Option<Change> {
        if !change.fields.contains(&Field::Password) {
            return None;
        }
        let password: Value = change.after.get(&Field::Password)?.clone();
        let capability = self.kind(change)?.fields.get(&Field::Password)?;
        if let Ability::No(reason) = &capability.update {
            ended.notes.push(format!(
                "its password cannot be set again to make sure of it: {reason}; should it not work, reset it at the service"
            ));
            return None;
        }
        let before: Fields = object.fields.values();
        Some(Change {
            id: ChangeId::new(Verb::Update, &change.connection, &change.identity, capability.route),
            connection: change.connection.clone(),
            identity: change.identity.clone(),
            verb: Verb::Update,
            before_identity: None,
            route: capability.route.to_owned(),
            record: object.record.clone(),
            remote: object.remote.clone(),
            after: before.clone().with(Field::Password, password),
            fields: vec![Field::Password],
            needs: Vec::new(),
            ground: Ground::Present { digest: crate::plan::ground_digest(&before) },
            absent: Vec::new(),
            present: Vec::new(),
            parts: std::collections::BTreeMap::new(),
            before: Some(before),
            risk: Risk::Safe,
            reason: "the answer to its create was lost".to_owned(),
            effects: Vec::new(),
            calls: 1,
            status: Status::Ready,
            at: change.at.clone(),
        })
    }
}

impl Ended {
    /// An object that is there with a password that nobody may know is not done.
    fn password_unset(&mut self, why: &str) {
        let note = format!("its password may not be the wished one: {why}; reset it at the service");
        if matches!(self.state, ResultState::Done) {
            self.state = in_doubt(note);
        } else {
            self.notes.push(note);
        }
    }
}
