//! The client of one connection: sends calls, repeats reads, bounds replies, counts.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use secrecy::SecretString;
use serde::de::DeserializeOwned;

use crate::provider::{ErrorKind, ProviderError};

use super::call::{Body, Call, Effect, Method, Text};
use super::failure::{Failure, failure, lost};
use super::reply::Sent;
use super::{Config, Reply, Throttle, config, redirect, retry, tls, volume};

/// What every call names as its sender. Services that sign it need it to the letter.
pub const USER_AGENT: &str = concat!("mailwright/", env!("CARGO_PKG_VERSION"));

/// How long an idle connection is kept: shorter than what servers keep it, since a write that goes out on a
/// connection that is just being closed is lost in doubt.
const IDLE: Duration = Duration::from_secs(10);

/// How many times as long as one wait a whole reply may take.
const WHOLE: u32 = 4;

/// What one service does its own way on every call.
pub trait Dialect: fmt::Debug + Send + Sync {
    /// Headers for one attempt, called anew for each (a signature with the time in it).
    fn sign(&self, attempt: &Attempt<'_>) -> Vec<(&'static str, SecretString)> {
        let _ = attempt;
        Vec::new()
    }

    /// True where a reply says that there were too many calls and that this one was not carried out.
    fn is_throttled(&self, reply: &Reply) -> bool {
        reply.status == 429
    }

    /// True where a reply says that the service cannot answer just now, so that a read is worth another try.
    fn is_passing(&self, reply: &Reply) -> bool {
        matches!(reply.status, 502..=504)
    }

    /// How often a read is sent at most while the service says that there were too many calls. Each time the wait
    /// doubles, so twelve are enough for a service that counts by the minute and does not say how long to wait.
    fn throttled_tries(&self) -> u32 {
        retry::TRIES
    }
}

/// A service that signs nothing and says 429 for too many calls.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standard;

impl Dialect for Standard {}

/// One attempt at a call, for [`Dialect::sign`].
#[derive(Debug)]
pub struct Attempt<'a> {
    /// The verb.
    pub method: Method,
    /// The path, with the connection's own in front.
    pub path: &'a str,
    /// Which attempt this is, from 1.
    pub number: u32,
}

/// The client of one connection. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    base: String,
    /// The same, taken apart: that costs more than all else of a request.
    place: reqwest::Url,
    config: Config,
    throttle: Arc<Throttle>,
    dialect: Box<dyn Dialect>,
    calls: AtomicU64,
}

impl Client {
    /// Makes a client. Sends nothing.
    ///
    /// # Errors
    /// `Invalid` where the address or the file of authorities is no good.
    pub fn new(
        config: Config,
        throttle: Arc<Throttle>,
        dialect: impl Dialect + 'static,
    ) -> Result<Self, ProviderError> {
        let url = config::parse(&config.url)?;
        let base = config::base_url(&config.url)?;
        let place = config::parse(&base)?;
        let mut headers = HeaderMap::new();
        for (name, value) in &config.headers {
            headers.insert(HeaderName::from_static(name), header_value(&Text::from(value.as_str()))?);
        }
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(config.connect_timeout)
            .pool_idle_timeout(IDLE)
            // All that were in flight are idle together while the next ones are prepared: fewer would be opened anew
            // each time.
            .pool_max_idle_per_host(throttle.size());
        if url.scheme() == "http" {
            // Loads no authorities, which a machine without any would refuse.
            builder = builder.tls_certs_only([]);
        } else {
            builder = builder.https_only(true).tls_certs_merge(tls::authorities(&config)?);
        }
        let http = builder.build().map_err(|error| {
            ProviderError::new(
                ErrorKind::Invalid,
                format!("no HTTPS client can be made: {}", super::excerpt(&chain(&error))),
            )
            .hint("check that this machine has a file of trusted authorities (package ca-certificates)")
        })?;
        Ok(Self(Arc::new(Inner {
            http,
            base,
            place,
            config,
            throttle,
            dialect: Box::new(dialect),
            calls: AtomicU64::new(0),
        })))
    }

    /// The service's address, without a slash at its end.
    pub fn base(&self) -> &str {
        &self.0.base
    }

    /// How many requests were sent, repeated ones included.
    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::Relaxed)
    }

    /// Sends a call and returns the reply whatever its status. A read is repeated while the service does not
    /// answer or says that it is busy.
    ///
    /// # Errors
    /// `RateLimited` with the wait that the service asks for; `Unavailable` where nothing was sent, or a read got
    /// no answer; `Ambiguous` where a write got none; `Protocol` for redirects and replies beyond the bound.
    pub async fn send(&self, call: Call) -> Result<Reply, ProviderError> {
        let name: Arc<str> = format!("{} {}{}", call.method.as_str(), self.0.base, call.path).into();
        let call = Arc::new(call);
        let mut number = 1;
        let mut throttled = 0;
        loop {
            let outcome = self.attempt(&call, &name, number).await;
            let is_write = call.effect == Effect::Write;
            let last = is_write || number - throttled >= retry::TRIES;
            let wait = match outcome {
                Ok(reply) if self.0.dialect.is_throttled(&reply) => {
                    let mut error = reply.refused(ErrorKind::RateLimited);
                    error.hint = Some(
                        "lower `reads_per_minute`, `writes_per_minute` or `max_in_flight` of this connection"
                            .into(),
                    );
                    let asked = reply.retry_after;
                    if asked.is_some_and(|wait| wait > retry::LONGEST) {
                        return Err(error);
                    }
                    if let Some(wait) = asked {
                        self.0.throttle.hold(call.effect, wait);
                    }
                    throttled += 1;
                    if is_write {
                        return Err(error);
                    }
                    // It is the account that is too fast, not this one call: all of them wait, and none gives up
                    // while others get through.
                    let (wait, in_a_row) = match asked {
                        Some(wait) => (wait, throttled),
                        None => self.0.throttle.slow_down(call.effect),
                    };
                    if in_a_row >= self.0.dialect.throttled_tries() {
                        return Err(error);
                    }
                    wait
                }
                Ok(reply) if !last && self.0.dialect.is_passing(&reply) => match reply.retry_after {
                    Some(wait) if wait > retry::LONGEST => return Ok(reply),
                    Some(wait) => wait,
                    None => retry::backoff(number),
                },
                Ok(reply) => {
                    self.0.throttle.bears(call.effect);
                    return Ok(reply);
                }
                Err(failure) if failure.again && !last => retry::backoff(number),
                Err(failure) => return Err(failure.error),
            };
            tracing::debug!(call = %name, number, wait_ms = wait.as_millis(), "trying again");
            tokio::time::sleep(wait).await;
            number += 1;
        }
    }

    /// Sends a call and reads a 2xx as JSON.
    ///
    /// # Errors
    /// As [`Client::send`], [`Reply::refusal`] and [`Reply::json`].
    pub async fn json<T: DeserializeOwned>(&self, call: Call) -> Result<T, ProviderError> {
        self.send(call).await?.accepted()?.json()
    }

    /// Sends a call and reads a 2xx as text.
    ///
    /// # Errors
    /// As [`Client::send`], [`Reply::refusal`] and [`Reply::text`].
    pub async fn text(&self, call: Call) -> Result<String, ProviderError> {
        self.send(call).await?.accepted()?.text().map(str::to_owned)
    }

    async fn attempt(&self, call: &Arc<Call>, name: &Arc<str>, number: u32) -> Result<Reply, Failure> {
        let inner = &*self.0;
        let fatal = |error: ProviderError| Failure { error: error.at(&**name), again: false };
        let timeout = call.timeout.unwrap_or(inner.config.timeout);
        let (request, signed) = inner.request(call, number, timeout).map_err(fatal)?;
        let _permit = inner.throttle.pass(call.effect).await;
        inner.calls.fetch_add(1, Ordering::Relaxed);
        let started = tokio::time::Instant::now();
        if let Body::Form(fields) | Body::Multipart(fields) = &call.body
            && tracing::enabled!(tracing::Level::TRACE)
        {
            let keys: Vec<&str> = fields.iter().map(|(key, _)| *key).collect();
            tracing::trace!(call = %name, number, form = ?keys, "sending");
        } else {
            tracing::trace!(call = %name, number, "sending");
        }
        let broken = |error| failure(error, call.effect, timeout.saturating_mul(WHOLE), name);
        // The library's read time-out is per client and a call may have its own, so each wait is bounded here.
        let late = || Failure {
            error: ProviderError::new(lost(call.effect), format!("no answer within {} s", timeout.as_secs()))
                .at(&**name)
                .hint("raise `timeout` where the service is slow"),
            again: false,
        };
        let mut response = tokio::time::timeout(timeout, inner.http.execute(request))
            .await
            .map_err(|_| late())?
            .map_err(broken)?;
        let status = response.status().as_u16();
        if (300..400).contains(&status) && status != 304 {
            let mut failure = redirect::redirected(&response, call.effect, name);
            Sent { call: Arc::clone(call), signed }.redaction().hide_in(&mut failure.error);
            return Err(failure);
        }
        let headers = std::mem::take(response.headers_mut());
        let retry_after = headers
            .get(RETRY_AFTER)
            .and_then(|value| retry::retry_after(value.to_str().ok()?, jiff::Timestamp::now()));
        let mut body = Vec::new();
        while let Some(piece) =
            tokio::time::timeout(timeout, response.chunk()).await.map_err(|_| late())?.map_err(broken)?
        {
            if body.len() + piece.len() > inner.config.max_body {
                let limit = crate::model::Quota::Bytes(inner.config.max_body as u64);
                return Err(fatal(ProviderError::new(
                    super::failure::unreadable(call.effect),
                    format!("the reply is larger than {limit}, which is the most that is read"),
                )));
            }
            if let Some(most) = volume::add(piece.len()) {
                let limit = crate::model::Quota::Bytes(most);
                return Err(fatal(ProviderError::new(
                    super::failure::unreadable(call.effect),
                    format!(
                        "the pages of the list are larger than {limit} together, which is the most that is read"
                    ),
                )));
            }
            body.extend_from_slice(&piece);
        }
        tracing::debug!(call = %name, number, status, bytes = body.len(), ms = started.elapsed().as_millis(), "answered");
        let mut reply = Reply {
            status,
            content_type: String::new(),
            body,
            headers,
            call: Arc::clone(name),
            effect: call.effect,
            confidential: call.confidential,
            retry_after,
            sent: Arc::new(Sent { call: Arc::clone(call), signed }),
        };
        if let Some(value) = reply.header("content-type") {
            reply.content_type = value.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        }
        Ok(reply)
    }
}

impl Inner {
    /// The address of a call.
    fn url(&self, call: &Call) -> Result<reqwest::Url, ProviderError> {
        let address = format!("{}{}", self.base, call.path);
        let mut url = self.place.clone();
        let before = self.base.len() - self.place.path().trim_end_matches('/').len();
        url.set_path(&address[before..]);
        // `.` and `..` as segments would lead elsewhere, escaped or not.
        if url.as_str() != address {
            return Err(ProviderError::new(
                ErrorKind::Invalid,
                "the call's path cannot be written in an address",
            )
            .hint("a name that is `.` or `..` cannot be managed over this interface"));
        }
        Ok(url)
    }

    /// A request, and what it was signed with.
    fn request(
        &self,
        call: &Call,
        number: u32,
        timeout: Duration,
    ) -> Result<(reqwest::Request, Vec<SecretString>), ProviderError> {
        let mut url = self.url(call)?;
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(call.query.iter().map(|(key, value)| (*key, value.as_str())));
        }
        let method = match call.method {
            Method::Get => reqwest::Method::GET,
            Method::Head => reqwest::Method::HEAD,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let path = url.path().to_owned();
        // The whole reply is bounded too, or a drip of bytes would hold the run for ever.
        let mut builder = self.http.request(method, url).timeout(timeout.saturating_mul(WHOLE));
        for (name, value) in &call.headers {
            builder = builder.header(*name, header_value(value)?);
        }
        let attempt = Attempt { method: call.method, path: &path, number };
        let signed = self.dialect.sign(&attempt);
        let mut secrets = Vec::with_capacity(signed.len());
        for (name, value) in signed {
            builder = builder.header(name, header_value(&Text::Secret(value.clone()))?);
            secrets.push(value);
        }
        builder = match &call.body {
            Body::None => builder,
            Body::Form(fields) => {
                let pairs: Vec<(&str, &str)> =
                    fields.iter().map(|(key, value)| (*key, value.expose())).collect();
                // The library tells no length of an empty body, and servers want it told.
                let builder = if pairs.is_empty() { builder.header(CONTENT_LENGTH, 0) } else { builder };
                builder.form(&pairs)
            }
            Body::Multipart(fields) => {
                let form = fields.iter().fold(reqwest::multipart::Form::new(), |form, (key, value)| {
                    form.text(*key, value.expose().to_owned())
                });
                builder.multipart(form)
            }
            Body::Text { content_type, text } => {
                builder.header(reqwest::header::CONTENT_TYPE, *content_type).body(text.expose().to_owned())
            }
        };
        let request = builder.build().map_err(|error| {
            let why = chain(&error.without_url());
            ProviderError::new(ErrorKind::Invalid, format!("the call cannot be written down: {why}"))
        })?;
        Ok((request, secrets))
    }
}

fn header_value(text: &Text) -> Result<HeaderValue, ProviderError> {
    let mut value = HeaderValue::from_str(text.expose()).map_err(|_| {
        // Not quoted: it may be a secret.
        ProviderError::new(
            ErrorKind::Invalid,
            "a value that goes into a header holds a line break or another control character",
        )
        .hint("check the connection's credentials for a stray line break")
    })?;
    value.set_sensitive(text.is_secret());
    Ok(value)
}

/// An error with everything behind it, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}
