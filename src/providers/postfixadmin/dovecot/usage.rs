//! How full mailboxes are, as Dovecot itself counts it: `quota2` in the database is its copy, and where PostfixAdmin's
//! triggers add to it, a wrong one (`contracts/postfixadmin.md §7.7`).

use serde_json::{Value, json};

use super::api::{Answer, Command, Doveadm};
use crate::model::{Identity, ObservedObject};

impl Doveadm {
    /// Adds to each mailbox what Dovecot counts, or why it does not tell. A fact is never worth an error.
    pub(in super::super) async fn tell_usage(&self, mailboxes: &mut [ObservedObject]) {
        let questions: Vec<Command> = mailboxes
            .iter()
            .filter_map(|object| match &object.identity {
                Identity::Mailbox(address) => {
                    Some(Command { name: "quotaGet", parameters: json!({"user": address.as_str()}) })
                }
                _ => None,
            })
            .collect();
        match self.ask(&questions).await {
            Ok(answers) => {
                for (object, answer) in mailboxes.iter_mut().zip(answers) {
                    object.facts.extend(facts(answer));
                }
            }
            Err(error) => {
                for object in mailboxes {
                    object.facts.insert("dovecot".to_owned(), format!("could not be asked: {error}"));
                }
            }
        }
    }
}

/// The facts of one answer. Sizes come in KiB, and `-` is no limit.
fn facts(answer: Answer) -> Vec<(String, String)> {
    let rows = match answer {
        Answer::Data(rows) => rows,
        Answer::NoUser => return vec![("dovecot".to_owned(), "does not know the mailbox".to_owned())],
        Answer::NoFolder => return Vec::new(),
        Answer::Failed(why) => {
            return vec![("dovecot".to_owned(), format!("does not tell its quota: {why}"))];
        }
    };
    let fact = |row: &Value| {
        let text = |key: &str| row.get(key)?.as_str();
        let (name, unit) = match text("type")? {
            "STORAGE" => ("dovecot_storage", " KiB"),
            "MESSAGE" => ("dovecot_messages", ""),
            _ => return None,
        };
        let limit = match text("limit")? {
            "-" => "no limit".to_owned(),
            limit => format!("of {limit}{unit}, {} %", text("percent")?),
        };
        Some((name.to_owned(), format!("{}{unit}, {limit}", text("value")?).replace(", of", " of")))
    };
    rows.iter().filter_map(fact).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_told_as_dovecot_counts_it() {
        // contracts/postfixadmin.md §5
        let rows = json!([
            {"root": "User quota", "type": "STORAGE", "value": "108", "limit": "977", "percent": "11"},
            {"root": "User quota", "type": "MESSAGE", "value": "3", "limit": "-", "percent": "0"},
        ]);
        let Value::Array(rows) = rows else { unreachable!("it is a list") };
        let told = facts(Answer::Data(rows));
        let told: Vec<(&str, &str)> =
            told.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(
            told,
            [("dovecot_storage", "108 KiB of 977 KiB, 11 %"), ("dovecot_messages", "3, no limit")]
        );
    }
}
