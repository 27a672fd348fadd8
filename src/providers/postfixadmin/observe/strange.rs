//! Rows that nobody could mean.

use super::super::database::Database;

/// Rows whose key is no address that a configuration could name. They are passed over: nothing that is declared can
/// be meant by them, and nothing here ever changes them.
#[derive(Debug, Default)]
pub(super) struct Strange {
    count: u64,
    example: String,
}

impl Strange {
    pub(super) fn note(&mut self, key: Option<&str>) {
        if self.count == 0 {
            self.example = key.unwrap_or("(not text)").escape_debug().to_string();
        }
        self.count += 1;
    }

    pub(super) fn warn(&self, database: &Database, what: &str) {
        if self.count > 0 {
            tracing::warn!(
                database = database.place().shown(),
                count = self.count,
                example = self.example,
                "{what} whose key is no mail address were passed over"
            );
        }
    }
}
