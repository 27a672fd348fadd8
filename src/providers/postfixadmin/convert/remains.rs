//! What a mailbox that is gone has left: its maildir, which no database knows, and traces that this one does.

use crate::model::{Address, Identity, ObservedObject, Readings, Standing};

/// What the database still tells of a mailbox that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in super::super) struct Traces {
    /// The day on which the log says that it was deleted.
    pub(in super::super) deleted: Option<String>,
    /// The day of the last word of it in the log.
    pub(in super::super) last: Option<String>,
    /// Some of those with whom Dovecot still has folders of it shared.
    pub(in super::super) shared_with: Vec<String>,
    /// How many there are of those.
    pub(in super::super) shares: usize,
}

impl Traces {
    /// What a person should know before making a mailbox of this address.
    fn note(&self) -> String {
        let went = match (&self.deleted, &self.last) {
            (Some(day), _) => format!("a mailbox was here that was deleted on {day}, as the log says"),
            (None, Some(day)) => {
                format!("a mailbox was here of which the log last speaks on {day}, and it is gone")
            }
            (None, None) => "a mailbox was here".to_owned(),
        };
        let shared = match &self.shared_with[..] {
            [] => String::new(),
            names => {
                let more = match self.shares.saturating_sub(names.len()) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                format!(", whose folders Dovecot still lists as shared with {}{more}", names.join(", "))
            }
        };
        format!(
            "{went}{shared}: its maildir is still on the disk unless somebody removed it, and then a new mailbox gets the \
             old mail and, where Dovecot keeps access lists, the old grants"
        )
    }
}

/// What is left of a mailbox.
pub(in super::super) fn remains(address: Address, traces: &Traces) -> ObservedObject {
    let mut object = ObservedObject::plain(Identity::Mailbox(address), Readings::new());
    object.standing = Standing::Remains(traces.note().into());
    object
}
