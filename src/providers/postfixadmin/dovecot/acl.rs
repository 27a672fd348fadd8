//! Access lists: what Dovecot holds for each folder of a mailbox, and what that means for a grantee.
//!
//! Full access is an entry with all of [`FULL`] on every folder that the mailbox has. Folders that are made below one
//! take its list over; a new folder beside it has none until the next apply.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::api::{Answer, Command, Doveadm};
use crate::model::Address;
use crate::provider::ProviderError;

/// The rights of full access: everything but to hand rights on.
pub(super) const FULL: [&str; 10] = [
    "lookup",
    "read",
    "write",
    "write-seen",
    "write-deleted",
    "insert",
    "post",
    "expunge",
    "create",
    "delete",
];

/// The one folder that every mailbox has.
pub(super) const INBOX: &str = "INBOX";

/// The access lists of one mailbox's own folders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Folders(pub(super) BTreeMap<String, BTreeMap<String, BTreeSet<String>>>);

/// What a grantee has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Sharing {
    /// Nothing.
    None,
    /// Full access to every folder.
    Full,
    /// Full access, but not to these folders: they are younger than the grant.
    Gaps(Vec<String>),
    /// Something else, which somebody set by hand or with a mail program; in words.
    ByHand(String),
}

/// Why the lists of a mailbox could not be read.
const NO_USER: &str = "Dovecot does not know the mailbox; where its user_query asks for `active`, it knows none that \
                       is suspended";

impl Folders {
    /// What a grantee has in these folders.
    pub(in super::super) fn sharing(&self, grantee: &Address) -> Sharing {
        let mut gaps = Vec::new();
        let mut full = 0;
        let mut other = Vec::new();
        for (folder, entries) in &self.0 {
            // The entry that Dovecot goes by, before others in capitals that mean nobody, and one that denies.
            let own = format!("user={}", grantee.as_str());
            let denied = format!("-{own}");
            let rights = entries
                .get_key_value(&denied)
                .or_else(|| entries.get_key_value(&own))
                .or_else(|| entries.iter().find(|(id, _)| is_entry_of(id, grantee)));
            match rights {
                None => gaps.push(folder.clone()),
                Some((id, rights)) if is_full(rights) && spells(id, grantee) => full += 1,
                Some((id, rights)) => {
                    gaps.push(folder.clone());
                    let rights: Vec<&str> = rights.iter().map(String::as_str).collect();
                    other.push(format!("{folder} ({id}: {})", rights.join(" ")));
                }
            }
        }
        // Where the inbox is not shared, somebody shares single folders.
        let has_inbox = self.0.contains_key(INBOX) && !gaps.iter().any(|folder| folder == INBOX);
        match (has_inbox, gaps.is_empty(), full + other.len()) {
            (_, _, 0) => Sharing::None,
            (true, true, _) => Sharing::Full,
            (true, false, _) => Sharing::Gaps(gaps),
            (false, _, _) => {
                let full = self.0.keys().filter(|folder| !gaps.contains(folder)).cloned();
                Sharing::ByHand(other.into_iter().chain(full).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// The folders in which a grantee has less than full access.
    pub(super) fn lacking(&self, grantee: &Address) -> impl Iterator<Item = &str> {
        let has = |entries: &BTreeMap<String, BTreeSet<String>>| {
            entries.iter().any(|(id, rights)| spells(id, grantee) && is_full(rights))
        };
        self.0.iter().filter(move |(_, entries)| !has(entries)).map(|(folder, _)| folder.as_str())
    }

    /// The entries, as folder and id, whose id is one of these.
    pub(super) fn entries(&self, is_one: impl Fn(&str) -> bool) -> impl Iterator<Item = (&str, &str)> {
        let all =
            self.0.iter().flat_map(|(folder, entries)| entries.keys().map(move |id| (&**folder, &**id)));
        all.filter(move |(_, id)| is_one(id))
    }

    /// Everybody for whom there is an entry.
    pub(in super::super) fn grantees(&self) -> BTreeSet<Address> {
        self.0.values().flat_map(BTreeMap::keys).filter_map(|id| user_of(id)).collect()
    }
}

/// The address in `user=ADDRESS`.
fn user_of(id: &str) -> Option<Address> {
    Address::parse(id.strip_prefix("user=")?).ok()
}

/// Whether an entry speaks of a grantee, however it is spelled.
pub(super) fn is_entry_of(id: &str, grantee: &Address) -> bool {
    user_of(id).as_ref() == Some(grantee)
}

/// Whether an entry's id is what Dovecot compares a login with: it folds logins to lower case, not entries.
fn spells(id: &str, grantee: &Address) -> bool {
    id.strip_prefix("user=") == Some(grantee.as_str())
}

fn is_full(rights: &BTreeSet<String>) -> bool {
    FULL.iter().all(|right| rights.contains(*right))
}

/// One command about one folder.
pub(super) fn command(name: &'static str, user: &Address, folder: &str, id: Option<&str>) -> Command {
    let mut parameters = json!({"user": user.as_str(), "mailbox": folder});
    if let Some(id) = id {
        parameters["id"] = Value::from(id);
    }
    if name == "aclSet" {
        parameters["right"] = Value::from(FULL.to_vec());
    }
    Command { name, parameters }
}

/// Whether it matters which folders are the mailbox's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Own {
    /// Rights are about to be given in them.
    Always,
    /// Only where somebody has something; of a mailbox that shares nothing there is nothing more to know.
    WhereShared,
}

/// What is known of one mailbox while its folders are asked about.
type Lists = Result<Vec<(String, BTreeMap<String, BTreeSet<String>>)>, String>;

impl Doveadm {
    /// The access lists of many mailboxes; for each that could not be read, why.
    pub(in super::super) async fn folders(
        &self,
        mailboxes: &[Address],
        own: Own,
    ) -> Result<BTreeMap<Address, Result<Folders, String>>, ProviderError> {
        let mut lists = self.names(mailboxes).await?;
        self.entries(&mut lists).await?;
        let mut found: BTreeMap<Address, Result<Folders, String>> = BTreeMap::new();
        let mut asked: Vec<(Address, String, BTreeMap<String, BTreeSet<String>>)> = Vec::new();
        for (user, lists) in lists {
            match lists {
                Err(why) => {
                    found.insert(user, Err(why));
                }
                Ok(lists)
                    if own == Own::WhereShared && lists.iter().all(|(_, entries)| entries.is_empty()) =>
                {
                    found.insert(user, Ok(Folders::default()));
                }
                Ok(lists) => {
                    found.insert(user.clone(), Ok(Folders::default()));
                    asked.extend(lists.into_iter().map(|(folder, entries)| (user.clone(), folder, entries)));
                }
            }
        }
        let questions: Vec<Command> =
            asked.iter().map(|(user, folder, _)| command("aclRights", user, folder, None)).collect();
        let answers = self.ask(&questions).await?;
        for ((user, folder, entries), answer) in asked.into_iter().zip(answers) {
            let Some(entry) = found.get_mut(&user) else { continue };
            match (answer, &mut *entry) {
                // Only the owner may hand rights on: any other folder is somebody else's, whom it gives nothing.
                (Answer::Data(rows), Ok(folders)) if rows.iter().any(|row| rights(row).contains("admin")) => {
                    folders.0.insert(folder, entries);
                }
                (Answer::Data(_), Ok(_)) if folder == INBOX => {
                    let why = "its owner has no right to share it, as a list for the whole server may say";
                    *entry = Err(untold(&folder, why));
                }
                (Answer::Data(_) | Answer::NoFolder, _) => {}
                (Answer::NoUser, _) => *entry = Err(NO_USER.to_owned()),
                (Answer::Failed(why), _) => *entry = Err(untold(&folder, &why)),
            }
        }
        Ok(found)
    }

    /// The names of each mailbox's folders, as lists that are still empty.
    async fn names(&self, mailboxes: &[Address]) -> Result<BTreeMap<Address, Lists>, ProviderError> {
        // The mask keeps folders out that others share with the mailbox.
        let parameters = |user: &Address| json!({"user": user.as_str(), "mailboxMask": ["*"]});
        let questions: Vec<Command> = mailboxes
            .iter()
            .map(|user| Command { name: "mailboxList", parameters: parameters(user) })
            .collect();
        let answers = self.ask(&questions).await?;
        let lists = answers.into_iter().map(|answer| match answer {
            Answer::Data(rows) => {
                let name = |row: &Value| Some((row.get("mailbox")?.as_str()?.to_owned(), BTreeMap::new()));
                let names: Option<Vec<_>> = rows.iter().map(name).collect();
                names.ok_or_else(|| "Dovecot lists a folder without a name".to_owned())
            }
            Answer::NoUser => Err(NO_USER.to_owned()),
            Answer::NoFolder => Ok(Vec::new()),
            Answer::Failed(why) => Err(format!("Dovecot does not list its folders: {why}")),
        });
        Ok(mailboxes.iter().cloned().zip(lists).collect())
    }

    /// Fills the lists.
    async fn entries(&self, lists: &mut BTreeMap<Address, Lists>) -> Result<(), ProviderError> {
        let questions: Vec<Command> = lists
            .iter()
            .filter_map(|(user, lists)| Some((user, lists.as_ref().ok()?)))
            .flat_map(|(user, lists)| {
                lists.iter().map(move |(folder, _)| command("aclGet", user, folder, None))
            })
            .collect();
        let mut answers = self.ask(&questions).await?.into_iter();
        for list in lists.values_mut() {
            let Ok(folders) = list else { continue };
            let mut failed = None;
            let answered: Vec<_> = folders.drain(..).zip(answers.by_ref()).collect();
            for ((folder, _), answer) in answered {
                match answer {
                    Answer::Data(rows) => {
                        // Entries of a file for the whole server are not the mailbox's.
                        let own = |row: &&Value| {
                            row.get("global").and_then(Value::as_str).unwrap_or_default().is_empty()
                        };
                        let entry = |row: &Value| Some((row.get("id")?.as_str()?.to_owned(), rights(row)));
                        match rows.iter().filter(own).map(entry).collect() {
                            Some(entries) => folders.push((folder, entries)),
                            None => failed = Some(untold(&folder, "an entry is for nobody")),
                        }
                    }
                    // It went between the two questions.
                    Answer::NoFolder => {}
                    Answer::NoUser => failed = Some(NO_USER.to_owned()),
                    Answer::Failed(why) => failed = Some(untold(&folder, &why)),
                }
            }
            if let Some(why) = failed {
                *list = Err(why);
            }
        }
        Ok(())
    }
}

fn untold(folder: &str, why: &str) -> String {
    format!("Dovecot does not tell who may open {folder}: {why}")
}

fn rights(row: &Value) -> BTreeSet<String> {
    let words = row.get("rights").and_then(Value::as_str).unwrap_or_default();
    words.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(lists: &[(&str, &[(&str, &str)])]) -> Folders {
        let entries = |entries: &[(&str, &str)]| {
            let set = |words: &str| words.split_whitespace().map(str::to_owned).collect();
            entries.iter().map(|(id, words)| ((*id).to_owned(), set(words))).collect()
        };
        Folders(lists.iter().map(|(folder, list)| ((*folder).to_owned(), entries(list))).collect())
    }

    #[test]
    fn full_access_is_all_rights_in_all_folders() {
        let bob = Address::parse("bob@acme.test").expect("valid");
        let full = FULL.join(" ");
        let admin = format!("{full} admin");
        let (full, admin) = (full.as_str(), admin.as_str());
        let of = |lists: &[(&str, &[(&str, &str)])]| folders(lists).sharing(&bob);
        let with = |id: &'static str, words: &'static str| -> Vec<(&str, &str)> { vec![(id, words)] };
        assert_eq!(of(&[("INBOX", &[]), ("Sent", &[])]), Sharing::None);
        assert_eq!(of(&[("INBOX", &[("user=eve@acme.test", full)])]), Sharing::None);
        assert_eq!(
            of(&[("INBOX", &[("user=bob@acme.test", full)]), ("Sent", &[("user=bob@acme.test", admin)])]),
            Sharing::Full
        );
        assert_eq!(
            of(&[("INBOX", &[("user=bob@acme.test", full)]), ("New", &[])]),
            Sharing::Gaps(vec!["New".into()])
        );
        let by_hand = of(&[("INBOX", &with("user=bob@acme.test", "lookup read")), ("New", &[])]);
        assert_eq!(by_hand, Sharing::ByHand("INBOX (user=bob@acme.test: lookup read)".into()));
        assert_eq!(
            of(&[("INBOX", &[]), ("Plans", &[("user=bob@acme.test", full)])]),
            Sharing::ByHand("Plans".into())
        );
        // Dovecot compares the entry with the login in lower case.
        assert!(matches!(of(&[("INBOX", &[("user=Bob@acme.test", full)])]), Sharing::ByHand(_)));
        // One folder made by hand beside a grant is a gap that the next apply fills.
        let mixed =
            of(&[("INBOX", &[("user=bob@acme.test", full)]), ("New", &with("user=bob@acme.test", "lookup"))]);
        assert_eq!(mixed, Sharing::Gaps(vec!["New".into()]));
    }
}
