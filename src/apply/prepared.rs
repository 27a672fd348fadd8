//! The secrets of one change, resolved before anything is recorded or sent.

use async_trait::async_trait;
use secrecy::SecretString;

use crate::model::{Change, SecretRef, Value, Verb};
use crate::provider::{ProviderError, Redaction, SecretError, Secrets};

/// Secrets that are in hand already; every other reference goes to where they come from.
pub(super) struct Prepared<'a> {
    inner: &'a dyn Secrets,
    /// By reference alone: one change is about one subject.
    held: Vec<(SecretRef, SecretString)>,
    redaction: Redaction,
}

impl<'a> Prepared<'a> {
    /// Resolves what `change` writes. The subject is the address of its object, or its name.
    pub(super) async fn resolve(change: &Change, inner: &'a dyn Secrets) -> Result<Self, SecretError> {
        let mut held: Vec<(SecretRef, SecretString)> = Vec::new();
        if matches!(change.verb, Verb::Create | Verb::Update) {
            let subject = match change.identity.address() {
                Some(address) => address.as_str().to_owned(),
                None => change.identity.to_string(),
            };
            for field in &change.fields {
                if let Some(Value::Secret(reference)) = change.after.get(field)
                    && !held.iter().any(|(known, _)| known == reference)
                {
                    held.push((reference.clone(), inner.reveal(reference, &subject).await?));
                }
            }
        }
        let redaction = held.iter().map(|(_, secret)| secret.clone()).collect();
        Ok(Self { inner, held, redaction })
    }

    /// Takes the secrets out of a text that is to be shown or recorded. Adapters leave them out already; what a
    /// service echoes in its own words passes here.
    pub(super) fn hide(&self, text: &mut String) {
        self.redaction.hide(text);
    }

    /// As [`Prepared::hide`], in every text of an error.
    pub(super) fn hide_in(&self, error: &mut ProviderError) {
        self.redaction.hide_in(error);
    }
}

#[async_trait]
impl Secrets for Prepared<'_> {
    async fn reveal(&self, reference: &SecretRef, subject: &str) -> Result<SecretString, SecretError> {
        match self.held.iter().find(|(known, _)| known == reference) {
            Some((_, secret)) => Ok(secret.clone()),
            None => self.inner.reveal(reference, subject).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::apply::fake::{Named, PASSWORD, create_with_password, update};
    use crate::provider::ErrorKind;

    /// Secrets of which each can be had once.
    struct Once(std::sync::atomic::AtomicU32);

    #[async_trait]
    impl Secrets for Once {
        async fn reveal(&self, _: &SecretRef, subject: &str) -> Result<SecretString, SecretError> {
            assert_eq!(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed), 0, "asked twice");
            assert_eq!(subject, "a@example.com");
            Ok("say \"please\"".into())
        }
    }

    #[tokio::test]
    async fn a_secret_is_had_once_and_taken_out_of_every_text() {
        let inner = Once(std::sync::atomic::AtomicU32::new(0));
        let prepared = Prepared::resolve(&create_with_password("A"), &inner).await.expect("it is there");
        let reference = SecretRef::Env("JANE".into());
        for subject in ["a@example.com", "another word for it"] {
            assert_eq!(
                prepared.reveal(&reference, subject).await.expect("held").expose_secret(),
                "say \"please\""
            );
        }
        let mut error = ProviderError::new(ErrorKind::Invalid, "weak: say \"please\"")
            .at(r#"POST {"password":"say \"please\""}"#)
            .hint("not say \"please\"");
        prepared.hide_in(&mut error);
        assert_eq!(error.to_string(), r#"weak: [hidden] (POST {"password":"[hidden]"})"#);
        assert_eq!(error.hint.as_deref(), Some("not [hidden]"));
    }

    #[tokio::test]
    async fn a_change_without_a_secret_asks_for_none_and_others_pass_through() {
        let change = update("a", "a", "b");
        let prepared = Prepared::resolve(&change, &Named).await.expect("nothing to resolve");
        assert!(prepared.held.is_empty());
        let passed = prepared.reveal(&SecretRef::Env("JANE".into()), "x").await.expect("passed on");
        assert_eq!(passed.expose_secret(), PASSWORD);
    }
}
