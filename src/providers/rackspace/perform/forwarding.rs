//! Keeps a mailbox's forwarding through writes that do not speak of it.
//!
//! The document says of the forwarding address that a write which does not assign it may switch forwarding off, and
//! of a write that fields may be left out: which of the two holds is not known (`contracts/rackspace.md §7`). So the
//! first write to a mailbox that forwards finds out, and puts back what it may have taken away.

use std::sync::{Mutex, PoisonError};

use crate::http::Text;
use crate::provider::{ErrorKind, ProviderError};

use crate::providers::rackspace::api::{Api, Locator, Loose};

/// The key of the address that a mailbox forwards to.
pub(super) const ADDRESS: &str = "emailForwardingAddress";
/// The key of whether a copy of what is forwarded stays in the mailbox.
pub(super) const SAVE: &str = "saveForwardedEmail";

/// What is known of writes that leave the forwarding address out.
#[derive(Debug, Default)]
pub(in crate::providers::rackspace) struct Forwarding(Mutex<Omission>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Omission {
    /// Nothing yet.
    #[default]
    Unknown,
    /// They leave forwarding as it is.
    Keeps,
    /// They switch it off.
    Clears,
}

/// Where a mailbox forwards to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Forward {
    address: String,
    saves: Option<bool>,
}

impl Forward {
    fn of(record: &Loose) -> Option<Self> {
        let address = record.text(ADDRESS).known()?;
        Some(Self { address, saves: record.bool(SAVE).known() })
    }

    fn form(&self) -> Vec<(&'static str, Text)> {
        let mut form = vec![(ADDRESS, self.address.as_str().into())];
        form.extend(self.saves.map(|saves| (SAVE, saves.to_string().into())));
        form
    }
}

impl Forwarding {
    /// Writes a form that does not speak of forwarding. The notes are for a person.
    pub(super) async fn put(
        &self,
        api: &Api,
        at: &Locator,
        mut form: Vec<(&'static str, Text)>,
    ) -> Result<Vec<String>, ProviderError> {
        let path = api.mailbox(at);
        let known = self.known();
        if known == Omission::Keeps {
            api.put(path, form).await?;
            return Ok(Vec::new());
        }
        let Some(record) = api.show(at).await? else {
            let message = format!("the mailbox {}@{} is not there any more", at.name, at.domain);
            return Err(ProviderError::new(ErrorKind::NotFound, message).hint("plan again"));
        };
        let Some(forward) = Forward::of(&record) else {
            api.put(path, form).await?;
            return Ok(Vec::new());
        };
        if known == Omission::Clears {
            form.extend(forward.form());
            api.put(path, form).await?;
            return Ok(Vec::new());
        }
        let written = api.put(path.clone(), form).await.map(|_| ());
        match &written {
            Err(error) if error.kind != ErrorKind::Ambiguous => return Err(error.clone()),
            _ => {}
        }
        let now = api.show(at).await;
        let note = match &now {
            Ok(Some(record)) if Forward::of(record).is_some() => {
                // A write that may not have arrived shows nothing.
                if written.is_ok() {
                    self.learn(Omission::Keeps);
                }
                return written.map(|()| Vec::new());
            }
            Ok(None) => return written.map(|()| Vec::new()),
            Ok(Some(_)) => {
                self.learn(Omission::Clears);
                "the service switched the mailbox's forwarding off with this write; it was switched on again"
            }
            Err(_) => {
                "whether the service kept the mailbox's forwarding could not be read; it was written again as it was"
            }
        };
        if let Err(error) = api.put(path, forward.form()).await {
            let message = format!(
                "after this write the mailbox {}@{} may not forward to {} any more, and writing that again failed: \
                 {error}",
                at.name, at.domain, forward.address
            );
            return Err(
                ProviderError::new(ErrorKind::Ambiguous, message).hint("check the mailbox's forwarding")
            );
        }
        written.map(|()| vec![note.to_owned()])
    }

    fn known(&self) -> Omission {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, what: Omission) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = what;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forward_is_written_back_as_it_was() {
        let record =
            |text: &str| Loose::of(&serde_json::from_str(text).expect("a document")).expect("an object");
        let forward =
            Forward::of(&record(r#"{"emailForwardingAddress":"x@y.example","saveForwardedEmail":"true"}"#));
        let form = forward.expect("a forward").form();
        assert_eq!(
            format!("{form:?}"),
            r#"[("emailForwardingAddress", "x@y.example"), ("saveForwardedEmail", "true")]"#
        );
        let bare = Forward::of(&record(r#"{"emailForwardingAddress":"x@y.example"}"#)).expect("a forward");
        assert_eq!(bare.form().len(), 1);
        for none in ["{}", r#"{"emailForwardingAddress":" "}"#, r#"{"emailForwardingAddress":null}"#] {
            assert_eq!(Forward::of(&record(none)), None, "{none}");
        }
    }
}
