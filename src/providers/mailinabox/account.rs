//! Who a connection is at the box, and the login that its calls share (`contracts/mailinabox.md §2`).
//!
//! The box bans an address that fails to log in twenty times within half a minute. So a credential is proven by one
//! call alone before others go out, and once it was refused no further call is made.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::http::{Accounts, Call, Client, Reply, Throttle, account_key};
use crate::model::Address;
use crate::provider::{ErrorKind, Limits, ProviderError};

/// How long a code of the second factor stands, in seconds.
const STEP: u64 = 30;

static ACCOUNTS: Accounts<Account> = Accounts::new();

/// What a connection logs in with.
#[derive(Clone)]
pub(super) enum Credential {
    /// The key file of the box, with all rights.
    ApiKey(SecretString),
    /// An administrator's mailbox.
    Password {
        /// Its address, as the box stores it.
        email: Address,
        /// Its password.
        password: SecretString,
        /// The secret of its second factor, in base32.
        totp: Option<SecretString>,
    },
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.who())
    }
}

impl Credential {
    /// A mailbox and its password.
    ///
    /// # Errors
    /// `Auth` for what the box can never accept: it reads credentials as ASCII. `Invalid` for a second factor that
    /// is no base32.
    pub(super) fn password(
        email: &str,
        password: SecretString,
        totp: Option<SecretString>,
    ) -> Result<Self, ProviderError> {
        let email = Address::parse(email)
            .map_err(|error| ProviderError::new(ErrorKind::Invalid, format!("`email` {email}: {error}")))?;
        if !password.expose_secret().is_ascii() {
            return Err(ProviderError::new(
                ErrorKind::Auth,
                format!("the password of {email} holds characters beyond ASCII, and the box's interface reads none"),
            )
            .hint("give this administrator a password of ASCII characters"));
        }
        let credential = Self::Password { email, password, totp };
        credential.code(0)?;
        Ok(credential)
    }

    /// The address that this connection logs in as.
    pub(super) fn email(&self) -> Option<&Address> {
        match self {
            Self::ApiKey(_) => None,
            Self::Password { email, .. } => Some(email),
        }
    }

    fn who(&self) -> String {
        self.email().map_or_else(|| "the API key".to_owned(), |email| email.as_str().to_owned())
    }

    fn basic(&self, call: Call) -> Call {
        match self {
            Self::ApiKey(key) => call.basic(key.expose_secret(), &SecretString::from("")),
            Self::Password { email, password, .. } => call.basic(email.as_str(), password),
        }
    }

    /// The second factor's code for a step; none where there is no second factor.
    fn code(&self, step: u64) -> Result<Option<SecretString>, ProviderError> {
        let Self::Password { totp: Some(secret), .. } = self else {
            return Ok(None);
        };
        let invalid = || {
            ProviderError::new(ErrorKind::Invalid, "`totp` is not a base32 secret of 16 bytes or more")
                .hint("give the secret that the box showed when the second factor was set up, not a code")
        };
        let letters: String =
            secret.expose_secret().chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
        let secret = totp_rs::Secret::try_from_base32(letters).map_err(|_| invalid())?;
        let totp = totp_rs::Builder::new()
            .with_secret(secret)
            .with_step_duration(STEP)
            .build()
            .map_err(|_| invalid())?;
        Ok(Some(SecretString::from(totp.generate(step * STEP).to_string())))
    }
}

/// Tells the seconds since 1970, which the codes of a second factor are made from.
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
    /// True once the box has accepted the credential.
    proven: bool,
    session: Option<Session>,
    /// Why no further call is made.
    refused: Option<ProviderError>,
    /// The last step whose code was used: the box takes each once.
    used: Option<u64>,
}

#[derive(Debug, Clone)]
struct Session {
    key: SecretString,
    /// Counts the logins, so that of several calls that see one session lapse only the first logs in anew.
    number: u64,
    /// True once a call was accepted with it.
    worked: bool,
}

impl Account {
    /// The account of this credential at this address.
    pub(super) fn join(url: &str, credential: &Credential, limits: Limits, clock: Clock) -> Arc<Self> {
        let secret = match credential {
            Credential::ApiKey(key) => key,
            Credential::Password { password, .. } => password,
        };
        let account = ACCOUNTS.join(account_key(url, &credential.who(), secret), || Self {
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

    /// Sends a call with what the account logs in with. Every reply is the box's to a login that it accepts.
    ///
    /// # Errors
    /// `Auth` or `Denied` where the box refuses the login, without a call where it did before.
    pub(super) async fn send(
        &self,
        client: &Client,
        credential: &Credential,
        call: Call,
    ) -> Result<Reply, ProviderError> {
        let mut login = self.login.lock().await;
        if let Some(refused) = &login.refused {
            return Err(refused.clone());
        }
        if matches!(credential, Credential::Password { totp: Some(_), .. }) {
            if login.session.is_none() {
                login.open(client, credential, (self.clock)()).await?;
            }
            drop(login);
            return self.send_with_session(client, credential, call).await;
        }
        if login.proven {
            drop(login);
            let reply = client.send(credential.basic(call)).await?;
            return match refusal(&reply, credential) {
                None => Ok(reply),
                Some(error) => Err(self.login.lock().await.refuse(error)),
            };
        }
        // The login stays locked, so that a wrong credential costs one call however many wait.
        let reply = client.send(credential.basic(call)).await?;
        match refusal(&reply, credential) {
            None => {
                login.proven = true;
                Ok(reply)
            }
            Some(error) => Err(login.refuse(error)),
        }
    }

    async fn send_with_session(
        &self,
        client: &Client,
        credential: &Credential,
        call: Call,
    ) -> Result<Reply, ProviderError> {
        let email = credential.who();
        let mut renewed = false;
        loop {
            let session = {
                let login = self.login.lock().await;
                match (&login.refused, &login.session) {
                    (Some(refused), _) => return Err(refused.clone()),
                    (None, Some(session)) => session.clone(),
                    (None, None) => return Err(lapsed(&email)),
                }
            };
            let reply = client.send(call.clone().basic(&email, &session.key)).await?;
            let mut login = self.login.lock().await;
            let Some(error) = refusal(&reply, credential) else {
                if let Some(current) = login.session.as_mut().filter(|s| s.number == session.number) {
                    current.worked = true;
                }
                return Ok(reply);
            };
            // A session ends with the daemon, after two days, or with a new password. 401 says that nothing was done,
            // so the call may go out again.
            let current = login.session.as_ref().map(|s| s.number);
            if current == Some(session.number) {
                if error.kind != ErrorKind::Auth || !session.worked || renewed {
                    return Err(login.refuse(error));
                }
                tracing::debug!(account = %email, "the session lapsed; logging in anew");
                login.open(client, credential, (self.clock)()).await?;
            }
            renewed = true;
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
enum Answer {
    Ok { api_key: String, privileges: Vec<String> },
    Invalid { reason: String },
    MissingTotpToken,
}

impl Login {
    /// Makes no further call and says why.
    fn refuse(&mut self, error: ProviderError) -> ProviderError {
        self.session = None;
        self.refused = Some(error.clone());
        error
    }

    /// Logs in with the second factor and keeps the session.
    async fn open(
        &mut self,
        client: &Client,
        credential: &Credential,
        now: u64,
    ) -> Result<(), ProviderError> {
        let number = self.session.take().map_or(1, |session| session.number + 1);
        let step = self.step(now / STEP)?;
        let Some(code) = credential.code(step)? else {
            return Err(lapsed(&credential.who()));
        };
        let call = credential.basic(Call::post("/login").once().confidential()).header("x-auth-token", code);
        self.used = Some(step);
        let reply = client.send(call).await.and_then(Reply::accepted).map_err(unanswered)?;
        match reply.json().map_err(unanswered)? {
            Answer::Ok { api_key, privileges } if privileges.iter().any(|p| p == "admin") => {
                self.session = Some(Session { key: api_key.into(), number, worked: false });
                Ok(())
            }
            Answer::Ok { .. } => Err(self.refuse(no_administrator(credential, reply.call()))),
            Answer::Invalid { reason } => Err(self.refuse(refused(&reason, credential, reply.call()))),
            Answer::MissingTotpToken => {
                Err(self.refuse(refused("missing-totp-token", credential, reply.call())))
            }
        }
    }

    /// The step whose code may be used now: the current one, or the next, which the box takes too.
    fn step(&self, current: u64) -> Result<u64, ProviderError> {
        let step = self.used.map_or(current, |used| current.max(used + 1));
        if step > current + 1 {
            return Err(ProviderError::new(
                ErrorKind::Auth,
                "the codes of the second factor that the box takes now were used already",
            )
            .hint("run again in a minute"));
        }
        Ok(step)
    }
}

/// A login that got no answer, or a strange one, opened a session at most: nothing is in doubt.
fn unanswered(mut error: ProviderError) -> ProviderError {
    if error.kind == ErrorKind::Ambiguous {
        error.kind = ErrorKind::Unavailable;
    }
    error
}

fn lapsed(who: &str) -> ProviderError {
    ProviderError::new(ErrorKind::Auth, format!("the session of {who} ended")).hint("run again")
}

/// The error of a reply that refuses the login.
fn refusal(reply: &Reply, credential: &Credential) -> Option<ProviderError> {
    if reply.status != 401 {
        return None;
    }
    let reason = reply.header("x-reason").map_or_else(|| reply.excerpt(), |reason| reply.quote(reason));
    Some(refused(&reason, credential, reply.call()))
}

fn refused(reason: &str, credential: &Credential, call: &str) -> ProviderError {
    let hint = match reason {
        "You are not an administrator." => return no_administrator(credential, call),
        "missing-totp-token" => "this account has a second factor: give its secret as `totp`",
        "invalid-totp-token" => {
            "the code was used within its 30 seconds by another run, or the clock here or the `totp` secret is wrong; \
             run again in a minute"
        }
        _ if credential.email().is_none() => {
            "the box makes a new key whenever its daemon starts: read /var/lib/mailinabox/api.key again"
        }
        _ => {
            "check `email` and `password`; the box bans an address that fails too often, so no \
              further call is made"
        }
    };
    ProviderError::new(
        ErrorKind::Auth,
        format!("the box refuses the login of {}: {reason}", credential.who()),
    )
    .at(call)
    .hint(hint)
}

fn no_administrator(credential: &Credential, call: &str) -> ProviderError {
    ProviderError::new(ErrorKind::Denied, format!("{} is not an administrator of the box", credential.who()))
        .at(call)
        .hint("make it one in the box's panel, or log in as another")
}

/// Seconds since 1970; before that, 0.
pub(super) fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(totp: &str) -> Result<Credential, ProviderError> {
        Credential::password("Me@Example.com", "adminpass123".into(), Some(totp.into()))
    }

    #[test]
    fn makes_the_codes_of_rfc_6238() {
        // The RFC's secret is the ASCII text 12345678901234567890; its table, shortened to six digits.
        let credential = credential("gezd gnbv gy3t qojq GEZDGNBVGY3TQOJQ").expect("valid");
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            let made = credential.code(time / STEP).expect("valid").expect("a code");
            assert_eq!(made.expose_secret(), code);
        }
    }

    #[test]
    fn refuses_what_can_never_log_in() {
        for bad in ["", "123456", "not base32!", "GEZDGNBV"] {
            assert_eq!(credential(bad).expect_err(bad).kind, ErrorKind::Invalid);
        }
        let error = Credential::password("me@example.com", "pässword1".into(), None).expect_err("not ASCII");
        assert_eq!(error.kind, ErrorKind::Auth);
        assert!(!format!("{error:?}").contains("ssword1"));
        assert!(Credential::password("me", "adminpass123".into(), None).is_err());
    }

    #[test]
    fn shows_no_secret() {
        let shown = format!("{:?}", credential("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").expect("valid"));
        assert_eq!(shown, "me@example.com");
        assert_eq!(format!("{:?}", Credential::ApiKey("k3y".into())), "the API key");
    }

    #[test]
    fn uses_each_code_once() {
        let mut login = Login::default();
        assert_eq!(login.step(100).expect("free"), 100);
        login.used = Some(100);
        assert_eq!(login.step(100).expect("the next one is taken too"), 101);
        login.used = Some(101);
        assert!(login.step(100).is_err());
        assert_eq!(login.step(101).expect("later"), 102);
        assert_eq!(login.step(500).expect("much later"), 500);
    }
}
