//! Between the box's words and the model's; pure (`contracts/mailinabox.md §3, §4`).

use std::collections::{BTreeMap, BTreeSet};

use crate::http::Reply;
use crate::model::{
    Address, Facts, Field, Identity, ObservedObject, Quota, Reading, Readings, Right, Standing, Value,
};
use crate::provider::{ErrorKind, ProviderError};

use super::api::{AliasRow, Status, User};
use super::row::Row;

/// Why the destination of an alias that the box made cannot be read.
const HIDDEN: &str = "the box lists its own alias here, and would list that even where an explicit one stands beside \
                      it whose destinations sort before the box's; see the box's panel";

const NO_QUOTA: &str = "this box does not tell quotas: it is older than v73";

/// What the box's list of users says, by address.
#[derive(Debug, Default)]
pub(super) struct Users {
    active: BTreeSet<Address>,
}

impl Users {
    /// The addresses of the users that exist.
    pub(super) fn new<'u>(users: impl IntoIterator<Item = &'u User>) -> Self {
        let active = users.into_iter().filter(|user| user.status == Status::Active);
        Self { active: active.filter_map(|user| nameable(&user.email)).collect() }
    }

    /// Those that these rows speak of: of a hundred thousand users there may be ten.
    pub(super) fn among<'u>(users: impl IntoIterator<Item = &'u User>, rows: &[AliasRow]) -> Self {
        let members = |row: &AliasRow| {
            let senders = row.permitted_senders.iter().flatten();
            let texts = std::iter::once(&row.address).chain(&row.forwards_to).chain(senders);
            texts.filter_map(|text| Address::parse_or_domain(text.trim()).ok()).collect::<Vec<_>>()
        };
        let spoken_of: BTreeSet<Address> = rows.iter().flat_map(members).collect();
        let is_low = |text: &str| text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
        // What stands as it is compared needs no parsing to be found.
        let users = users.into_iter().filter(|user| !is_low(&user.email) || spoken_of.contains(&*user.email));
        let mut all = Self::new(users);
        all.active.retain(|address| spoken_of.contains(address));
        all
    }

    /// True where a user has this address.
    pub(super) fn has(&self, address: &Address) -> bool {
        self.active.contains(address)
    }
}

/// The address, where this tool can name it. What it cannot name it leaves alone: nothing that can be declared
/// collides with it.
pub(super) fn nameable(text: &str) -> Option<Address> {
    match Address::parse_or_domain(text) {
        Ok(address) => Some(address),
        Err(error) => {
            tracing::warn!(address = %crate::http::excerpt(text), %error, "the box holds an address that cannot be managed");
            None
        }
    }
}

/// The record of a user's row, which holds the mailbox and whether it is an administrator.
pub(super) fn user_record(address: &Address) -> String {
    format!("user:{}", address.as_str())
}

/// The record of an alias row, which holds an alias, or a mailbox's forward and permissions.
pub(super) fn alias_record(address: &Address) -> String {
    format!("alias:{}", address.as_str())
}

/// The mailbox of a user, or what is left of it.
pub(super) fn mailbox(user: &User, login: Option<&Address>) -> Option<ObservedObject> {
    let address = nameable(&user.email)?;
    let mut facts = Facts::new();
    if let Some(size) = &user.box_size {
        facts.insert("stored".into(), size.to_string());
    }
    let others: Vec<&str> =
        user.privileges.iter().map(String::as_str).filter(|privilege| *privilege != "admin").collect();
    if !others.is_empty() {
        facts.insert("privileges".into(), others.join(", "));
    }
    let (fields, standing) = match user.status {
        Status::Inactive => (
            Readings::new(),
            Standing::Remains(
                "archived on the box: making the mailbox again brings its old mail back".into(),
            ),
        ),
        Status::Active => (Readings::new().with_quota(user.quota.as_deref()), standing_of(&address, login)),
    };
    Some(ObservedObject {
        record: user_record(&address).into(),
        remote: Some(if *user.email == *address.as_str() {
            address.text()
        } else {
            user.email.as_ref().into()
        }),
        identity: Identity::Mailbox(address),
        fields,
        standing,
        facts,
    })
}

/// The administrator that a user is, where it is one.
pub(super) fn administrator(user: &User, login: Option<&Address>) -> Option<ObservedObject> {
    if user.status != Status::Active || !user.privileges.iter().any(|privilege| privilege == "admin") {
        return None;
    }
    let address = nameable(&user.email)?;
    Some(ObservedObject {
        identity: Identity::administrator(address.as_str()),
        fields: Readings::new().known(Field::Full, Value::Bool(true)),
        standing: standing_of(&address, login),
        record: user_record(&address).into(),
        remote: Some(user.email.as_ref().into()),
        facts: Facts::new(),
    })
}

fn standing_of(address: &Address, login: Option<&Address>) -> Standing {
    if login == Some(address) { Standing::Login } else { Standing::Plain }
}

trait WithQuota {
    fn with_quota(self, text: Option<&str>) -> Self;
}

impl WithQuota for Readings {
    fn with_quota(mut self, text: Option<&str>) -> Self {
        let reading = match text.map(quota) {
            None => Reading::NotRead(NO_QUOTA.into()),
            Some(Ok(quota)) => Reading::Known(Value::Quota(quota)),
            Some(Err(reason)) => Reading::NotRead(reason.into()),
        };
        self.set(Field::Quota, reading);
        self
    }
}

/// What a stored quota means: digits with nothing (bytes), `M` or `G` behind them; 0 is unlimited.
pub(super) fn quota(text: &str) -> Result<Quota, String> {
    let unreadable = || format!("the box stores the quota `{}`, which is none", crate::http::excerpt(text));
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'M') => (&text[..text.len() - 1], 1 << 20),
        Some(b'G') => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1_u64),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(unreadable());
    }
    let bytes = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    match bytes.ok_or_else(unreadable)? {
        0 => Ok(Quota::Unlimited),
        bytes if bytes < 1 << 63 => Ok(Quota::Bytes(bytes)),
        _ => Err(unreadable()),
    }
}

/// How a quota is written: the largest unit that shows it exactly.
pub(super) fn quota_text(quota: Quota) -> String {
    const MIB: u64 = 1 << 20;
    const GIB: u64 = 1 << 30;
    match quota {
        Quota::Unlimited => "0".into(),
        Quota::Bytes(bytes) if bytes.is_multiple_of(GIB) => format!("{}G", bytes / GIB),
        Quota::Bytes(bytes) if bytes.is_multiple_of(MIB) => format!("{}M", bytes / MIB),
        Quota::Bytes(bytes) => bytes.to_string(),
    }
}

/// What an alias row is: at a mailbox's address its forward and its permissions, else an alias.
pub(super) fn row_objects(listed: &AliasRow, users: &Users) -> Vec<ObservedObject> {
    let Some(row) = Row::read(listed) else {
        return Vec::new();
    };
    let standing =
        if row.auto { Standing::Default("made by the box for every domain".into()) } else { Standing::Plain };
    let object = |identity: Identity, fields: Readings| ObservedObject {
        identity,
        fields,
        standing: standing.clone(),
        record: alias_record(&row.address).into(),
        remote: Some(listed.address.as_str().into()),
        facts: Facts::new(),
    };
    if !users.has(&row.address) {
        let mut fields = Readings::new();
        let senders = row.senders.as_ref();
        fields.set(Field::Targets, reading(&row, &row.targets.known, &row.targets.strange));
        fields.set(
            Field::PermittedSenders,
            match senders {
                // Not set: the box lets the targets send. As a wish that is the empty set.
                None => reading(&row, &BTreeSet::new(), &[]),
                Some(senders) => reading(&row, &senders.known, &senders.strange),
            },
        );
        return vec![object(Identity::Alias(row.address.clone()), fields)];
    }
    let mut found = Vec::new();
    if row.forwards() {
        let targets = row.forwards_to();
        let mut fields = Readings::new();
        fields.set(Field::Targets, reading(&row, &targets, &row.targets.strange));
        fields.set(
            Field::KeepCopy,
            if row.auto {
                Reading::NotRead(HIDDEN.into())
            } else {
                Reading::Known(Value::Bool(row.keeps_copy()))
            },
        );
        found.push(object(Identity::Forward(row.address.clone()), fields));
    }
    if !row.auto {
        for grantee in row.grantees(users) {
            let fields = Readings::new().known(Field::Rights, Value::Rights(BTreeSet::from([Right::SendAs])));
            found.push(object(Identity::Permission { mailbox: row.address.clone(), grantee }, fields));
        }
    }
    found
}

fn reading(row: &Row, known: &BTreeSet<Address>, strange: &[String]) -> Reading {
    if row.auto {
        Reading::NotRead(HIDDEN.into())
    } else if let Some(strange) = strange.first() {
        Reading::NotRead(
            format!(
                "it also holds `{}`, which is no address that can be managed",
                crate::http::excerpt(strange)
            )
            .into(),
        )
    } else {
        Reading::Known(Value::Addresses(known.clone()))
    }
}

/// What a refused call means. The box answers 400 with one sentence for everything that it does not like.
pub(super) fn refusal(reply: &Reply) -> ProviderError {
    let said = reply.excerpt();
    match reply.status {
        400 => {
            let (kind, hint) = meaning(&said);
            let mut error = ProviderError::new(kind, format!("the box says: {said}")).at(reply.call());
            error.hint = hint.map(str::to_owned);
            error
        }
        404 | 405 => ProviderError::new(ErrorKind::Protocol, format!("nothing answers here: {said}"))
            .at(reply.call())
            .hint(
                "check that `url` leads to the box's interface (https://HOST/admin on a real box); a box before v73 \
                 has no quotas",
            ),
        500..=599 => {
            let mut error = reply.refusal();
            error.hint = Some("the box's own log (journalctl -u mailinabox) says why".into());
            error
        }
        _ => reply.refusal(),
    }
}

fn meaning(said: &str) -> (ErrorKind, Option<&'static str>) {
    let starts: BTreeMap<&str, (ErrorKind, Option<&'static str>)> = BTreeMap::from([
        ("User already exists", (ErrorKind::Conflict, None)),
        ("Alias already exists", (ErrorKind::Conflict, None)),
        ("That's not a user", (ErrorKind::NotFound, None)),
        ("That's not an alias", (ErrorKind::NotFound, None)),
        (
            "Invalid permitted sender",
            (ErrorKind::Invalid, Some("only a mailbox of this box can be allowed to send; an alias cannot")),
        ),
        (
            "This alias can only have administrators",
            (ErrorKind::Invalid, Some("make its targets administrators of the box first, or choose others")),
        ),
        (
            "Passwords must be at least eight characters",
            (ErrorKind::Invalid, Some("give a longer first password")),
        ),
    ]);
    starts
        .into_iter()
        .find(|(start, _)| said.starts_with(start))
        .map_or((ErrorKind::Invalid, None), |(_, meaning)| meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_go_both_ways() {
        for (text, read) in [
            ("0", Quota::Unlimited),
            ("00", Quota::Unlimited),
            ("0M", Quota::Unlimited),
            ("1", Quota::Bytes(1)),
            ("5G", Quota::Bytes(5 << 30)),
            ("5120M", Quota::Bytes(5 << 30)),
            ("0500M", Quota::Bytes(500 << 20)),
        ] {
            assert_eq!(quota(text), Ok(read), "{text}");
            assert_eq!(quota(&quota_text(read)), Ok(read), "{text}");
        }
        for (bytes, text) in [(5 << 30, "5G"), (1536 << 20, "1536M"), (1 << 20, "1M"), (1000, "1000")] {
            assert_eq!(quota_text(Quota::Bytes(bytes)), text);
        }
        for bad in ["", "G", "5T", "5g", "-1", "1.5G", "5 G", "٥G", "99999999999G", "18446744073709551616"] {
            assert!(quota(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sentences_have_their_kinds() {
        for (said, kind) in [
            ("User already exists.", ErrorKind::Conflict),
            ("Alias already exists (sales@example.com).", ErrorKind::Conflict),
            ("That's not a user (nobody@example.com).", ErrorKind::NotFound),
            ("That's not an alias ().", ErrorKind::NotFound),
            ("Invalid quota.", ErrorKind::Invalid),
            ("Invalid email address.", ErrorKind::Invalid),
            ("Invalid permitted sender: x@example.com is not a user on this system.", ErrorKind::Invalid),
            ("The alias must either forward to an address or have a permitted sender.", ErrorKind::Invalid),
        ] {
            assert_eq!(meaning(said).0, kind, "{said}");
        }
    }

    #[test]
    fn lists_are_decoded_strictly() {
        let user = |rest: &str| {
            let text = format!(r#"{{"email":"a@b.example",{rest}}}"#);
            serde_json::from_str::<User>(&text).is_ok()
        };
        assert!(user(r#""privileges":[],"status":"active","quota":"0","box_quota":"?""#));
        assert!(!user(r#""status":"active""#));
        assert!(!user(r#""privileges":"admin","status":"active""#));
        assert!(!user(r#""privileges":[],"status":"asleep""#));
        // What the box answers with status 200 for a user that is not there.
        assert!(!user(r#""privileges":[],"status":"active","quota":["That's not a user ().",400]"#));
        let row = |rest: &str| {
            let text = format!(r#"{{"address":"a@b.example",{rest}}}"#);
            serde_json::from_str::<AliasRow>(&text).is_ok()
        };
        assert!(row(r#""forwards_to":[""],"permitted_senders":null,"auto":false"#));
        assert!(!row(r#""forwards_to":[""],"auto":false"#), "not told is not the same as not set");
        assert!(!row(r#""forwards_to":"x@b.example","permitted_senders":null,"auto":false"#));
        assert!(!row(r#""forwards_to":[],"permitted_senders":null"#));
    }
}
