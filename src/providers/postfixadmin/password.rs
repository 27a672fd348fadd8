//! Hashes passwords the way Dovecot and PostfixAdmin check them (`contracts/postfixadmin.md §4`).

use bcrypt::Version;
use secrecy::{ExposeSecret as _, SecretString};

use crate::model::{Change, Field, Identity, Value, Verb};
use crate::provider::{ErrorKind, ProviderError, Secrets};

/// What stands in `mailbox.password` where nobody may log in: Dovecot and PostfixAdmin both answer a clean no.
pub(super) const NO_LOGIN: &str = "{CRYPT}!";

/// PostfixAdmin's own cost, about 50 ms on one core.
#[cfg(not(test))]
const COST: u32 = 10;
/// The least that bcrypt has, so that tests are quick.
#[cfg(test)]
const COST: u32 = 4;

/// bcrypt reads no more bytes than this.
const LONGEST: usize = 72;

/// A password that was revealed and hashed.
#[derive(Debug)]
pub(super) struct Password {
    /// What goes into the row, with its scheme.
    pub(super) hash: SecretString,
    plain: SecretString,
}

impl Password {
    /// Whether a stored hash is one of this password. Only bcrypt is understood; anything else is no.
    pub(super) async fn is_stored_as(&self, stored: &str) -> bool {
        let Some(hash) = stored.strip_prefix("{BLF-CRYPT}").map(str::to_owned) else {
            return false;
        };
        let plain = self.plain.clone();
        tokio::task::spawn_blocking(move || bcrypt::verify(plain.expose_secret(), &hash))
            .await
            .is_ok_and(|answer| answer.unwrap_or(false))
    }
}

/// The password that a change sets, revealed and hashed; none where it sets none.
pub(super) async fn of(change: &Change, secrets: &dyn Secrets) -> Result<Option<Password>, ProviderError> {
    let owner = match &change.identity {
        Identity::Mailbox(address) => address.as_str(),
        Identity::Administrator(login) => login,
        _ => return Ok(None),
    };
    let sets = match change.verb {
        Verb::Create => true,
        Verb::Update => change.fields.contains(&Field::Password),
        Verb::Rename | Verb::Delete => false,
    };
    let Some(Value::Secret(reference)) = change.after.get(&Field::Password).filter(|_| sets) else {
        return Ok(None);
    };
    let plain = secrets.reveal(reference, owner).await?;
    hashed(plain).await.map(Some).map_err(|error| error.at(format!("hashing the password of {owner}")))
}

async fn hashed(plain: SecretString) -> Result<Password, ProviderError> {
    let refuse = |message: &str, hint: &str| Err(ProviderError::new(ErrorKind::Invalid, message).hint(hint));
    let bytes = plain.expose_secret().as_bytes();
    if bytes.is_empty() {
        return refuse("the password is empty", "look at what the reference names");
    }
    if bytes.contains(&0) {
        return refuse("the password holds a NUL byte, which bcrypt ends at", "choose one without");
    }
    if bytes.len() > LONGEST {
        return refuse(
            "the password is longer than 72 bytes, of which bcrypt reads no more",
            "choose a shorter one",
        );
    }
    let copy = plain.clone();
    let hash = tokio::task::spawn_blocking(move || bcrypt::hash_with_result(copy.expose_secret(), COST))
        .await
        .map_err(|error| ProviderError::new(ErrorKind::Protocol, format!("hashing stopped: {error}")))?
        .map_err(|error| ProviderError::new(ErrorKind::Protocol, format!("bcrypt: {error}")))?;
    // `$2y$` is the one prefix that both PHP and Dovecot write and read.
    let hash = format!("{{BLF-CRYPT}}{}", hash.format_for_version(Version::TwoY));
    Ok(Password { hash: hash.into(), plain })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn hash(plain: &str) -> Result<Password, ProviderError> {
        hashed(plain.to_owned().into()).await
    }

    #[tokio::test]
    async fn hashes_in_the_form_that_dovecot_reads() {
        let password = hash("correct horse").await.expect("hashed");
        let stored = password.hash.expose_secret().to_owned();
        assert!(stored.starts_with("{BLF-CRYPT}$2y$"), "{stored}");
        assert!(password.is_stored_as(&stored).await);
        assert!(!password.is_stored_as(NO_LOGIN).await);
        let other = hash("another").await.expect("hashed");
        assert!(!other.is_stored_as(&stored).await);
        assert!(!format!("{password:?}").contains("correct"), "debug shows no secret");
    }

    #[tokio::test]
    async fn refuses_what_bcrypt_would_cut_off() {
        let whole = "x".repeat(72);
        let password = hash(&whole).await.expect("72 bytes fit");
        let cut = hash(&"x".repeat(71)).await.expect("hashed");
        assert!(!cut.is_stored_as(password.hash.expose_secret()).await, "the last byte counts");
        for bad in ["", "a\0b", &"x".repeat(73), &"ä".repeat(37)] {
            let error = hash(bad).await.expect_err("refused");
            assert_eq!(error.kind, ErrorKind::Invalid);
            assert!(bad.is_empty() || !error.to_string().contains(bad), "{error}");
        }
    }
}
