//! How every call is signed, and how the service says that there were too many (`contracts/rackspace.md §2, §5`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use sha1::{Digest as _, Sha1};

use crate::http::{Attempt, Dialect, Reply, USER_AGENT};

/// Tells the time, which every signature holds.
pub(super) type Clock = fn() -> jiff::Timestamp;

/// How often a read is sent while the service says that there were too many calls: it counts by the minute and does
/// not say how long to wait.
const THROTTLED_TRIES: u32 = 12;

/// What the service says where there were too many calls. Status and fault are those of wrong keys: only the words
/// tell the two apart.
const THROTTLED: &str = "exceeded request limits";

/// Signs calls with a pair of keys.
#[derive(Debug)]
pub(super) struct Signer {
    user_key: SecretString,
    secret_key: SecretString,
    clock: Clock,
}

impl Signer {
    pub(super) fn new(user_key: SecretString, secret_key: SecretString, clock: Clock) -> Self {
        Self { user_key, secret_key, clock }
    }
}

impl Dialect for Signer {
    fn sign(&self, _attempt: &Attempt<'_>) -> Vec<(&'static str, SecretString)> {
        let signature = signature(&self.user_key, &self.secret_key, USER_AGENT, (self.clock)());
        vec![("x-api-signature", signature)]
    }

    fn is_throttled(&self, reply: &Reply) -> bool {
        let says = |text: &str| text.to_ascii_lowercase().contains(THROTTLED);
        reply.status == 429
            || reply.status == 403
                && (says(&String::from_utf8_lossy(&reply.body))
                    || reply.header("x-error-message").is_some_and(says))
    }

    /// A read is repeated after any failure of the service (`contracts/rackspace.md §10`).
    fn is_passing(&self, reply: &Reply) -> bool {
        reply.status >= 500
    }

    fn throttled_tries(&self) -> u32 {
        THROTTLED_TRIES
    }
}

/// The value of `X-Api-Signature`. Neither the call nor its body is part of it, so whoever reads it can use it for a
/// while: it is a secret.
fn signature(
    user_key: &SecretString,
    secret_key: &SecretString,
    user_agent: &str,
    now: jiff::Timestamp,
) -> SecretString {
    let user_key = user_key.expose_secret();
    let time = now.strftime("%Y%m%d%H%M%S");
    let digest = Sha1::digest(format!("{user_key}{user_agent}{time}{}", secret_key.expose_secret()));
    SecretString::from(format!("{user_key}:{time}:{}", STANDARD.encode(digest)))
}

/// The time of this machine.
pub(super) fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_the_published_signatures() {
        let (user, secret) = ("eGbq9/2hcZsRlr1JV1Pi", "QHOvchm/40czXhJ1OxfxK7jDHr3t");
        for (time, stamp, digest) in [
            ("2001-03-08T14:37:25Z", "20010308143725", "46VIwd66mOFGG8IkbgnLlXnfnkU="),
            ("2001-03-17T14:37:25Z", "20010317143725", "HKUn0aajpSDx7qqGK3vqzn3FglI="),
        ] {
            let time = time.parse().expect("a time");
            let made = signature(&user.into(), &secret.into(), "Rackspace Management Interface", time);
            assert_eq!(made.expose_secret(), format!("{user}:{stamp}:{digest}"));
        }
    }

    #[test]
    fn shows_no_key() {
        let shown = format!("{:?}", Signer::new("user-canary".into(), "secret-canary".into(), now));
        assert!(!shown.contains("canary"), "{shown}");
    }
}
