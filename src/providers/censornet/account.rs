//! Who a connection is at the service, and the session that its calls share (`contracts/censornet.md §2`).
//!
//! A wrong credential costs one call: it is proven by the login alone, which others wait for, and once it was refused
//! no further call is made. Token and password live in memory only, and are taken out of whatever an error may quote.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::http::{Accounts, Call, Client, Reply, Text, Throttle, account_key};
use crate::provider::{ErrorKind, Limits, ProviderError};

use super::convert;
use super::wire::whole;

/// How long before its end a session is renewed, in seconds: longer than the slowest call takes to arrive.
const MARGIN: u64 = 60;

/// What a refused login can do about it.
const HINT: &str = "check `username` and `password`; use an administrator for this connection alone, without a second \
                    factor, with a custom role that holds Manage Mailboxes. No further call is made";

static ACCOUNTS: Accounts<Account> = Accounts::new();

/// What a connection logs in with.
#[derive(Clone)]
pub(super) struct Credential {
    username: Text,
    password: SecretString,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("username", &self.username).finish_non_exhaustive()
    }
}

impl Credential {
    pub(super) fn new(username: Text, password: SecretString) -> Self {
        Self { username, password }
    }

    fn username(&self) -> &str {
        match &self.username {
            Text::Plain(name) => name,
            Text::Secret(name) => name.expose_secret(),
        }
    }

    /// Takes this credential and a token out of a reply's body, in each form in which it may stand there.
    pub(super) fn scrub(&self, token: &SecretString, reply: &mut Reply) {
        let username = if let Text::Secret(name) = &self.username { Some(name) } else { None };
        let mut text = String::from_utf8_lossy(&reply.body).into_owned();
        for secret in [Some(&self.password), Some(token), username].into_iter().flatten() {
            let plain = secret.expose_secret();
            let quoted = Value::from(plain).to_string();
            for form in [plain, &quoted[1..quoted.len() - 1]] {
                if !form.is_empty() {
                    text = text.replace(form, "(secret)");
                }
            }
        }
        reply.body = text.into_bytes();
    }
}

/// Tells the seconds since 1970, which a session's end is counted in.
pub(super) type Clock = fn() -> u64;

/// What all connections with one credential share.
#[derive(Debug)]
pub(super) struct Account {
    throttle: Arc<Throttle>,
    clock: Clock,
    login: Mutex<Login>,
}

#[derive(Debug, Default)]
struct Login {
    session: Option<Session>,
    /// Why no further call is made.
    refused: Option<ProviderError>,
    /// Counts the logins, so that of several calls that see one session lapse only the first logs in anew.
    number: u64,
}

/// A session at the service.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) token: SecretString,
    /// The account that the service says this login belongs to.
    pub(super) accounts_id: Option<String>,
    /// When it began and ends, in seconds since 1970; none where the service did not say how long it lasts.
    lasts: Option<(u64, u64)>,
    number: u64,
    /// True once a call was accepted with it.
    worked: bool,
}

impl Session {
    /// How many seconds it has left.
    pub(super) fn left(&self, now: u64) -> Option<u64> {
        self.lasts.map(|(_, end)| end.saturating_sub(now))
    }

    /// True where it would end too soon for one more call. One that is short from its beginning is used for half of
    /// its time, or each call would log in.
    fn ends(&self, now: u64) -> bool {
        self.lasts.is_some_and(|(begin, end)| end.saturating_sub(now) < MARGIN.min((end - begin) / 2))
    }
}

impl Account {
    /// The account of this credential at this address.
    pub(super) fn join(url: &str, credential: &Credential, limits: Limits, clock: Clock) -> Arc<Self> {
        let key = account_key(url, credential.username(), &credential.password);
        let account = ACCOUNTS.join(key, || Self {
            throttle: Arc::new(Throttle::new(limits)),
            clock,
            login: Mutex::default(),
        });
        account.throttle.tighten(limits);
        account
    }

    /// The brake of this account.
    pub(super) fn throttle(&self) -> Arc<Throttle> {
        Arc::clone(&self.throttle)
    }

    /// What the clock of this account says.
    pub(super) fn now(&self) -> u64 {
        (self.clock)()
    }

    /// The session, opened where there is none or where it is about to end.
    ///
    /// # Errors
    /// `Auth` where the service refuses the login, without a call where it did before.
    pub(super) async fn session(
        &self,
        client: &Client,
        credential: &Credential,
    ) -> Result<Session, ProviderError> {
        // The login stays locked while it is tried, so that a wrong credential costs one call however many wait.
        let mut login = self.login.lock().await;
        if let Some(refused) = &login.refused {
            return Err(refused.clone());
        }
        let now = self.now();
        match &login.session {
            Some(session) if !session.ends(now) => Ok(session.clone()),
            _ => login.open(client, credential, now).await,
        }
    }

    /// Sends a call within the session; `account` says which account it is for. Every reply is the service's to a
    /// session that it accepts, and one that is no success holds no secret.
    ///
    /// # Errors
    /// `Auth` where the service refuses the login or the session, without a call where it did before.
    pub(super) async fn send(
        &self,
        client: &Client,
        credential: &Credential,
        account: impl Fn(&Session) -> Result<String, ProviderError>,
        call: Call,
    ) -> Result<(Reply, SecretString), ProviderError> {
        let mut renewed = false;
        loop {
            let session = self.session(client, credential).await?;
            let bearer = SecretString::from(format!("Bearer {}", session.token.expose_secret()));
            let signed =
                call.clone().header("authorization", bearer).header("x-uss-account-id", account(&session)?);
            let mut reply = client.send(signed).await?;
            let mut login = self.login.lock().await;
            let current = login.session.as_mut().filter(|current| current.number == session.number);
            if reply.status != 401 {
                if let Some(current) = current {
                    current.worked = true;
                }
                if !reply.is_success() {
                    credential.scrub(&session.token, &mut reply);
                }
                return Ok((reply, session.token));
            }
            // 401 says that nothing was done, so the call may go out again.
            let never_worked = current.is_some_and(|current| !current.worked);
            if renewed || never_worked {
                credential.scrub(&session.token, &mut reply);
                return Err(login.refuse(refused_session(&reply)));
            }
            if login.session.as_ref().is_some_and(|current| current.number == session.number) {
                tracing::debug!("the session lapsed; logging in anew");
                login.session = None;
            }
            renewed = true;
        }
    }
}

impl Login {
    /// Makes no further call and says why.
    fn refuse(&mut self, error: ProviderError) -> ProviderError {
        self.session = None;
        self.refused = Some(error.clone());
        error
    }

    /// Logs in and keeps the session.
    async fn open(
        &mut self,
        client: &Client,
        credential: &Credential,
        now: u64,
    ) -> Result<Session, ProviderError> {
        self.session = None;
        let form = [
            ("username", Text::Secret(credential.username().into())),
            ("password", credential.password.clone().into()),
        ];
        let call = Call::post("/auth").multipart(form).once().confidential();
        let reply = client.send(call).await.map_err(unanswered)?;
        match reply.status {
            200..300 => {}
            404 | 405 | 410 => return Err(convert::astray(&reply)),
            400..500 if reply.status != 408 => return Err(self.refuse(refused_login(&reply))),
            _ => return Err(unanswered(reply.refusal())),
        }
        let answer: Value = match reply.body.trim_ascii() {
            [] => Value::Null,
            _ => reply.json().map_err(unanswered)?,
        };
        let text =
            |name: &str| answer.get(name).and_then(Value::as_str).map(str::trim).filter(|s| !s.is_empty());
        let Some(token) = text("access_token") else {
            return Err(self.refuse(no_token(&reply)));
        };
        let lasts = match answer.get("expires_in") {
            None | Some(Value::Null) => None,
            Some(value) => Some(whole(value).ok_or_else(|| {
                let error = reply.unexpected("`expires_in` is no whole number of seconds");
                ProviderError { kind: ErrorKind::Protocol, ..error }
            })?),
        };
        let id = answer.get("accounts_id").filter(|id| id.is_u64()).map(Value::to_string);
        self.number += 1;
        let session = Session {
            token: token.into(),
            accounts_id: text("accounts_id").map(str::to_owned).or(id),
            lasts: lasts.filter(|lasts| *lasts > 0).map(|lasts| (now, now.saturating_add(lasts))),
            number: self.number,
            worked: false,
        };
        self.session = Some(session.clone());
        Ok(session)
    }
}

/// A login that got no answer, or a strange one, opened a session at most: nothing is in doubt.
fn unanswered(mut error: ProviderError) -> ProviderError {
    if error.kind == ErrorKind::Ambiguous {
        error.kind = ErrorKind::Unavailable;
    }
    error
}

fn refused_login(reply: &Reply) -> ProviderError {
    ProviderError::new(ErrorKind::Auth, format!("the service refuses the login (status {})", reply.status))
        .at(reply.call())
        .hint(HINT)
}

fn no_token(reply: &Reply) -> ProviderError {
    ProviderError::new(
        ErrorKind::Auth,
        format!(
            "the account needs a second factor or the password is wrong: the login was answered (status {}) without \
             an access token",
            reply.status
        ),
    )
    .at(reply.call())
    .hint(HINT)
}

fn refused_session(reply: &Reply) -> ProviderError {
    reply.refused(ErrorKind::Auth).hint(
        "the service took the login and refuses its session: check `account_id` and the administrator's role. No \
         further call is made",
    )
}

/// Seconds since 1970; before that, 0.
pub(super) fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(lasts: Option<(u64, u64)>) -> Session {
        Session { token: "t0ken".into(), accounts_id: None, lasts, number: 1, worked: false }
    }

    #[test]
    fn a_session_is_renewed_within_its_last_minute() {
        let day = session(Some((1000, 1000 + 86_400)));
        assert!(!day.ends(1000));
        assert!(!day.ends(1000 + 86_340));
        assert!(day.ends(1000 + 86_341));
        assert!(day.ends(1_000_000));
        assert_eq!(day.left(1000), Some(86_400));
        let short = session(Some((1000, 1030)));
        assert!(!short.ends(1015), "a short one is used for half of its time");
        assert!(short.ends(1016));
        let open = session(None);
        assert!(!open.ends(u64::MAX));
        assert_eq!(open.left(1000), None);
    }

    #[test]
    fn shows_no_secret() {
        let secret = Credential::new(Text::Secret("n0body".into()), "hunter2hunter2".into());
        let shown = format!("{secret:?} {:?}", session(None));
        for word in ["n0body", "hunter2", "t0ken"] {
            assert!(!shown.contains(word), "{shown}");
        }
        let plain = Credential::new("me@example.com".into(), "hunter2hunter2".into());
        assert!(format!("{plain:?}").contains("me@example.com"));
    }
}
