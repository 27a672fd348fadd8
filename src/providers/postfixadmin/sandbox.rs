//! A strict, stateful simulator of Dovecot's doveadm HTTP service (`contracts/postfixadmin.md §5 and §7.11`).
//!
//! Written from the contract alone and shares no code with the client. Where Dovecot breaks off without an answer (a
//! right or an identifier that it does not know, a POST with a wrong key) so does this; it knows no mail, and its users
//! are those it was told of, or any.
//!
//! Its rules, each with a test of the same name:
//! * `a_wrong_key_is_told_only_without_a_body`: GET answers 401, a POST is never answered.
//! * `what_is_no_list_of_commands_is_a_400`
//! * `a_command_that_fails_does_so_inside_a_200`: 67, 68, `unknownMethod`, `invalidRequest`, by tag and in order.
//! * `an_unknown_right_ends_the_connection`
//! * `a_child_takes_its_parents_list_over`
//! * `a_grantee_sees_what_is_shared_and_may_not_hand_it_on`

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use serde_json::{Value, json};

use crate::sandbox::{Simulator, hung_up};

/// Every right that Dovecot knows.
const RIGHTS: [&str; 11] = [
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
    "admin",
];

/// The commands that are simulated, with the parameters that each takes.
const COMMANDS: [(&str, &[&str]); 7] = [
    ("mailboxList", &["user", "mailboxMask"]),
    ("mailboxCreate", &["user", "mailbox"]),
    ("aclGet", &["user", "mailbox"]),
    ("aclRights", &["user", "mailbox"]),
    ("aclSet", &["user", "mailbox", "id", "right"]),
    ("aclDelete", &["user", "mailbox", "id"]),
    ("quotaGet", &["user"]),
];

/// The folders of a user whom nobody has told of more.
const FOLDERS: [&str; 5] = ["Drafts", "INBOX", "Junk", "Sent", "Trash"];

/// How long a POST with a wrong key is held.
const NEVER: Duration = Duration::from_mins(10);

/// The rights by identifier, of each folder.
type Folders = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// A simulated Dovecot. Clones share their state.
#[derive(Debug, Clone)]
pub struct Dovecot(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    key: String,
    users: BTreeMap<String, Folders>,
    /// Whether an address that nobody told of is a user all the same.
    knows_all: bool,
    /// Whether owners may hand rights on; a list for the whole server can take that from them.
    owners_share: bool,
    /// A folder whose list cannot be written (exit code 75).
    read_only: Option<String>,
}

impl Dovecot {
    /// A Dovecot with this `doveadm_api_key`, and no user.
    pub fn new(key: &str) -> Self {
        Self(Arc::new(Mutex::new(State {
            key: key.to_owned(),
            users: BTreeMap::new(),
            knows_all: false,
            owners_share: true,
            read_only: None,
        })))
    }

    /// The same, where every address is a user, as a userdb says that derives them.
    #[must_use]
    pub fn knowing_all(self) -> Self {
        self.state().knows_all = true;
        self
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a user with the folders that everybody has.
    pub fn add_user(&self, user: &str) {
        self.state().folders(user);
    }

    /// Forgets a user; what is in the folders stays on the disk.
    pub fn suspend(&self, user: &str) {
        let mut state = self.state();
        let folders = state.users.remove(user).unwrap_or_default();
        state.users.insert(format!("off:{user}"), folders);
    }

    /// From now on a folder's list of every user cannot be written, or all can again.
    pub fn freeze(&self, folder: Option<&str>) {
        self.state().read_only = folder.map(str::to_owned);
    }

    /// Takes the right to hand rights on from all owners, as a list for the whole server does.
    pub fn forbid_owners(&self) {
        self.state().owners_share = false;
    }

    /// Adds a folder, as its owner does.
    pub fn add_folder(&self, user: &str, folder: &str) {
        self.state().create(user, folder);
    }

    /// Sets an entry as a mail program does.
    pub fn share(&self, user: &str, folder: &str, id: &str, rights: &[&str]) {
        let rights = rights.iter().map(|right| (*right).to_owned()).collect();
        if let Some(entries) = self.state().folders(user).get_mut(folder) {
            entries.insert(id.to_owned(), rights);
        }
    }

    /// Every entry, as `user/folder id: rights`.
    pub fn entries(&self) -> Vec<String> {
        let state = self.state();
        let folders =
            state.users.iter().flat_map(|(user, folders)| folders.iter().map(move |one| (user, one)));
        folders
            .flat_map(|(user, (folder, entries))| {
                entries.iter().map(move |(id, rights)| {
                    let rights: Vec<&str> = rights.iter().map(String::as_str).collect();
                    format!("{user}/{folder} {id}: {}", rights.join(" "))
                })
            })
            .collect()
    }

    /// The service, for [`serve`](crate::sandbox::serve).
    pub fn simulator(&self) -> Simulator {
        let router = Router::new()
            .route("/doveadm/v1", get(list).post(commands))
            .fallback(|| async { (StatusCode::NOT_FOUND, "Path Not Found\r\n") })
            .with_state(self.clone());
        Simulator::new("dovecot", router)
    }

    fn accepts(&self, headers: &HeaderMap) -> bool {
        let key = base64::engine::general_purpose::STANDARD.encode(&self.state().key);
        headers.get(header::AUTHORIZATION).is_some_and(|value| *value == format!("X-Dovecot-API {key}"))
    }
}

async fn list(Shared(dovecot): Shared<Dovecot>, headers: HeaderMap) -> Response {
    if !dovecot.accepts(&headers) {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "X-Dovecot-API")]).into_response();
    }
    let commands: Vec<Value> = COMMANDS
        .iter()
        .map(|(name, parameters)| {
            let parameters: Vec<Value> =
                parameters.iter().map(|name| json!({"name": name, "type": "string"})).collect();
            json!({"command": name, "parameters": parameters})
        })
        .collect();
    answered(&Value::from(commands))
}

async fn commands(Shared(dovecot): Shared<Dovecot>, headers: HeaderMap, body: Bytes) -> Response {
    if !dovecot.accepts(&headers) {
        tokio::time::sleep(NEVER).await;
        return hung_up();
    }
    let refused = |text: &str| (StatusCode::BAD_REQUEST, text.to_owned()).into_response();
    let Ok(sent) = serde_json::from_slice::<Value>(&body) else {
        return refused("JSON parse error: Invalid data as value\r\n");
    };
    let Value::Array(sent) = sent else { return refused("Request must be a JSON array\r\n") };
    let mut answers = Vec::with_capacity(sent.len());
    for command in &sent {
        let parts = command.as_array().map(Vec::as_slice).unwrap_or_default();
        let (name, parameters, tag) = match parts {
            [Value::String(name), Value::Object(parameters), Value::String(tag)] => (name, parameters, tag),
            [_, Value::Object(_), ..] => return refused("Command ID must be a string\r\n"),
            _ => return refused("Parameters must be contained in a JSON object\r\n"),
        };
        answers.push(match dovecot.state().carry_out(name, parameters) {
            Told::Data(rows) => json!(["doveadmResponse", rows, tag]),
            Told::Exit(code) => json!(["error", {"type": "exitCode", "exitCode": code}, tag]),
            Told::Refused(kind) => json!(["error", {"type": kind, "exitCode": 0}, tag]),
            Told::Nothing => return hung_up(),
        });
    }
    answered(&Value::from(answers))
}

/// A 200 as Dovecot writes it: it closes the connection after each answer.
fn answered(body: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json; charset=utf-8"), (header::CONNECTION, "close")];
    (StatusCode::OK, headers, body.to_string()).into_response()
}

/// What a command came to.
enum Told {
    Data(Vec<Value>),
    Exit(i64),
    Refused(&'static str),
    /// The process that carries commands out has died.
    Nothing,
}

const NO_USER: Told = Told::Exit(67);
const NO_FOLDER: Told = Told::Exit(68);
const EXISTS: Told = Told::Exit(65);

impl State {
    /// A user's folders, made where they are not there yet.
    fn folders(&mut self, user: &str) -> &mut Folders {
        self.users
            .entry(user.to_owned())
            .or_insert_with(|| FOLDERS.iter().map(|name| ((*name).to_owned(), BTreeMap::new())).collect())
    }

    /// Makes a folder. It takes the list of the one that it lies in over.
    fn create(&mut self, user: &str, folder: &str) -> bool {
        let folders = self.folders(user);
        if folders.contains_key(folder) {
            return false;
        }
        let above = folder.rsplit_once('/').and_then(|(above, _)| folders.get(above).cloned());
        folders.insert(folder.to_owned(), above.unwrap_or_default());
        true
    }

    /// Whose folder a name means, and what it is called there: `shared/OWNER/FOLDER` is somebody else's.
    fn place(&self, user: &str, folder: &str) -> Option<(String, String)> {
        let (owner, name) = match folder.strip_prefix("shared/") {
            Some(rest) => rest.split_once('/').unwrap_or((rest, "INBOX")),
            None => (user, folder),
        };
        self.users.get(owner)?.contains_key(name).then(|| (owner.to_owned(), name.to_owned()))
    }

    fn carry_out(&mut self, name: &str, parameters: &serde_json::Map<String, Value>) -> Told {
        let Some((_, takes)) = COMMANDS.iter().find(|(command, _)| *command == name) else {
            return Told::Refused("unknownMethod");
        };
        if parameters.keys().any(|key| !takes.contains(&key.as_str())) {
            return Told::Refused("invalidRequest");
        }
        let text = |key: &str| parameters.get(key).and_then(Value::as_str).unwrap_or_default();
        let user = text("user").to_owned();
        if self.knows_all && user.contains('@') {
            self.folders(&user);
        }
        if !self.users.contains_key(&user) {
            return NO_USER;
        }
        match name {
            "mailboxList" => self.list(&user, parameters.get("mailboxMask")),
            "mailboxCreate" => {
                let names: Vec<&str> = parameters
                    .get("mailbox")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                let mut made = true;
                for name in names {
                    made &= self.create(&user, name);
                }
                if made { Told::Data(Vec::new()) } else { EXISTS }
            }
            "quotaGet" => Told::Data(vec![
                json!({"root": "User quota", "type": "STORAGE", "value": "108", "limit": "977", "percent": "11"}),
                json!({"root": "User quota", "type": "MESSAGE", "value": "3", "limit": "-", "percent": "0"}),
            ]),
            _ => {
                let Some((owner, folder)) = self.place(&user, text("mailbox")) else { return NO_FOLDER };
                self.of_folder(name, &user, (&owner, &folder), parameters)
            }
        }
    }

    fn list(&self, user: &str, mask: Option<&Value>) -> Told {
        let own = self.users.get(user).into_iter().flat_map(Folders::keys).cloned();
        let mut names: Vec<String> = own.collect();
        if mask.is_none() {
            let id = format!("user={user}");
            for (owner, folders) in self.users.iter().filter(|(owner, _)| *owner != user) {
                let seen = |entries: &BTreeMap<String, BTreeSet<String>>| {
                    entries.get(&id).is_some_and(|rights| rights.contains("lookup"))
                };
                let shared = folders.iter().filter(|(_, entries)| seen(entries));
                names.extend(shared.map(|(folder, _)| format!("shared/{owner}/{folder}")));
            }
        }
        Told::Data(names.into_iter().map(|name| json!({"mailbox": name})).collect())
    }

    fn of_folder(
        &mut self,
        name: &str,
        user: &str,
        (owner, folder): (&str, &str),
        parameters: &serde_json::Map<String, Value>,
    ) -> Told {
        let writes = matches!(name, "aclSet" | "aclDelete");
        if writes && self.read_only.as_deref() == Some(folder) {
            return Told::Exit(75);
        }
        let owners_share = self.owners_share;
        let Some(entries) = self.users.get_mut(owner).and_then(|folders| folders.get_mut(folder)) else {
            return NO_FOLDER;
        };
        let id = parameters.get("id").and_then(Value::as_str).unwrap_or_default();
        match name {
            "aclGet" => {
                let row = |(id, rights): (&String, &BTreeSet<String>)| {
                    let rights: Vec<&str> = rights.iter().map(String::as_str).collect();
                    json!({"id": id, "global": "", "rights": rights.join(" ")})
                };
                Told::Data(entries.iter().map(row).collect())
            }
            "aclRights" => {
                let none = BTreeSet::new();
                let given = entries.get(&format!("user={user}")).unwrap_or(&none);
                let has = |right: &&&str| {
                    (owner == user && (owners_share || **right != "admin")) || given.contains(**right)
                };
                let rights: Vec<&str> = RIGHTS.iter().filter(has).copied().collect();
                Told::Data(vec![json!({"rights": rights.join(" ")})])
            }
            // An identifier of no known kind kills the worker.
            _ if !["user=", "group=", "group-override="].iter().any(|kind| id.starts_with(kind))
                && !["owner", "anyone", "authenticated", "anonymous"].contains(&id) =>
            {
                Told::Nothing
            }
            "aclDelete" => {
                entries.remove(id);
                Told::Data(Vec::new())
            }
            _ => {
                let rights: Vec<&str> = parameters
                    .get("right")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                if rights.is_empty() || rights.iter().any(|right| !RIGHTS.contains(right)) {
                    return Told::Nothing;
                }
                entries.insert(id.to_owned(), rights.into_iter().map(str::to_owned).collect());
                Told::Data(Vec::new())
            }
        }
    }
}

#[cfg(test)]
mod tests;
