//! What a wish asks and a connection cannot hold, judged from its capabilities alone.

use std::collections::BTreeSet;

use crate::model::{AccountState, Address, Field, Fields, Identity, Quota, Value};

use super::capabilities::{Ability, AddressRule, Capabilities, KindCapabilities, QuotaRule, Suspension};

/// Something that a wish asks and a connection cannot hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field, where it is one.
    pub field: Option<Field>,
    /// What is wrong, with the service's reason: a lower-case fragment.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl Problem {
    fn of(field: &Field, message: String) -> Self {
        Self { field: Some(field.clone()), message, help: None }
    }
}

impl Capabilities {
    /// Everything about a wish for a present object that this connection cannot hold, whatever its state is now.
    pub fn problems(&self, identity: &Identity, fields: &Fields) -> Vec<Problem> {
        let Some(kind) = self.kind(identity.kind()) else {
            let message =
                format!("cannot hold {}: {}", identity.kind().plural(), self.why_not(identity.kind()));
            return vec![Problem { field: None, message, help: None }];
        };
        let mut problems = Vec::new();
        if let Some(message) = identity.address().and_then(|address| kind.addresses.object(address)) {
            problems.push(Problem { field: None, message, help: None });
        }
        if let (Identity::Administrator(login), Some(reason)) = (identity, kind.login_is_address)
            && Address::parse(login).is_err()
        {
            let message = format!("cannot hold the administrator `{login}`: {reason}");
            problems.push(Problem { field: None, message, help: None });
        }
        if let Identity::Object { kind: own, .. } = identity
            && !kind.own_kinds.is_empty()
            && !kind.own_kinds.contains(&&**own)
        {
            let message = format!("cannot hold {own} objects");
            let help = Some(format!("it has {}", kind.own_kinds.join(", ")));
            problems.push(Problem { field: None, message, help });
        }
        if let Identity::Alias(address) = identity
            && address.is_domain()
        {
            let to_domain = fields
                .get(&Field::Targets)
                .and_then(Value::addresses)
                .is_some_and(|targets| targets.iter().any(crate::model::Address::is_domain));
            let (ability, what) = if to_domain {
                (&kind.domain_alias, "a domain alias")
            } else {
                (&kind.catch_all, "a catch-all")
            };
            if let Ability::No(reason) = ability {
                problems.push(Problem {
                    field: None,
                    message: format!("cannot hold {what}: {reason}"),
                    help: None,
                });
            }
        }
        if let (Some(reason), false) =
            (kind.domain_target, identity.address().is_some_and(Address::is_domain))
            && let Some(targets) = fields.get(&Field::Targets).and_then(Value::addresses)
            && let Some(whole) = targets.iter().find(|target| target.is_domain())
        {
            problems.push(Problem::of(&Field::Targets, format!("cannot deliver to {whole}: {reason}")));
        }
        problems.extend(kind.foreign_domain(identity, fields));
        problems.extend(kind.moved_targets(fields));
        for (field, value) in fields.iter() {
            match (kind.fields.get(field), kind.missing.get(field)) {
                (Some(_), _) => problems.extend(kind.value_problems(field, value)),
                (None, Some(reason)) => {
                    problems.push(Problem::of(field, format!("cannot hold `{field}`: {reason}")));
                }
                (None, None) => problems.push(Problem::of(
                    field,
                    format!("cannot hold `{field}`: its {} have no such field", identity.kind().plural()),
                )),
            }
        }
        problems
    }
}

impl KindCapabilities {
    /// A target or a grantee in another domain than the object's, where the service takes none.
    fn foreign_domain(&self, identity: &Identity, fields: &Fields) -> Option<Problem> {
        let (reason, own) = (self.same_domain?, identity.domain()?);
        let (field, other, what) = if let Identity::Permission { grantee, .. } = identity {
            (None, Some(grantee), "grant something to")
        } else {
            let targets = fields.get(&Field::Targets).and_then(Value::addresses);
            let other = targets.into_iter().flatten().find(|target| target.domain() != own);
            (Some(Field::Targets), other, "deliver to")
        };
        // A domain alias lies across domains by nature: whether it may be is asked elsewhere.
        let other = other.filter(|other| other.domain() != own && !other.is_domain())?;
        let help = field.is_some().then(|| format!("name an address of {own}, or choose another provider"));
        Some(Problem { field, message: format!("cannot {what} {other}: {reason}"), help })
    }

    /// What a forward that keeps no copy cannot have as targets.
    fn moved_targets(&self, fields: &Fields) -> Option<Problem> {
        let (max, length, reason) = self.targets.max_without_copy?;
        let targets = fields.get(&Field::Targets).and_then(Value::addresses)?;
        if fields.get(&Field::KeepCopy) != Some(&Value::Bool(false)) {
            return None;
        }
        let problem = |message: String, help: &str| {
            Some(Problem { help: Some(help.to_owned()), ..Problem::of(&Field::Targets, message) })
        };
        if targets.len() > max {
            let most = if max == 1 { "one target".to_owned() } else { format!("{max} targets") };
            let message =
                format!("holds at most {most} without a copy, and {} are given: {reason}", targets.len());
            return problem(message, "keep a copy (`keep_copy: true`), or make it an alias");
        }
        let long = targets.iter().find(|target| target.as_str().chars().count() > length)?;
        let message =
            format!("cannot hold {long} without a copy, it has more than {length} characters: {reason}");
        problem(message, "keep a copy (`keep_copy: true`), or forward to a shorter alias of it")
    }

    fn value_problems(&self, field: &Field, value: &Value) -> Vec<Problem> {
        if let Some((only, reason)) = self.fixed.get(field)
            && value != only
        {
            return vec![Problem::of(field, format!("cannot hold `{field}: {value}`: {reason}"))];
        }
        match (field, value) {
            (Field::Targets, Value::Addresses(targets)) => self.target_problems(field, targets),
            (Field::Rights, Value::Rights(rights)) => rights
                .iter()
                .filter_map(|right| {
                    let reason = self.rights.get(right)?.reason()?;
                    let help = Some("take the right out, or choose another provider".to_owned());
                    Some(Problem { help, ..Problem::of(field, format!("cannot grant `{right}`: {reason}")) })
                })
                .collect(),
            (_, Value::Words(words)) => {
                let Some(known) = self.words.get(field) else { return Vec::new() };
                let unknown = words.iter().filter(|word| !known.contains(&&***word));
                let problem = |word| {
                    let message = format!("cannot hold `{word}` in `{field}`");
                    Problem {
                        help: Some(format!("it has {}", known.join(", "))),
                        ..Problem::of(field, message)
                    }
                };
                unknown.map(problem).collect()
            }
            (Field::State, Value::State(AccountState::Suspended)) => match self.suspend {
                Suspension::No(reason) => {
                    vec![Problem::of(field, format!("cannot suspend a mailbox: {reason}"))]
                }
                Suspension::WebLogin | Suspension::Login | Suspension::LoginAndMail => Vec::new(),
            },
            (Field::Quota, Value::Quota(quota)) => self.quota.problem(*quota).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    fn target_problems(&self, field: &Field, targets: &BTreeSet<Address>) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some((max, reason)) = self.targets.max
            && targets.len() > max
        {
            let most = if max == 1 { "one target".to_owned() } else { format!("{max} targets") };
            let message = format!("holds at most {most} here, and {} are given: {reason}", targets.len());
            let help = Some(format!("name at most {most}, or choose another provider"));
            problems.push(Problem { help, ..Problem::of(field, message) });
        }
        if let Some(reason) = self.lone_domain_target
            && targets.len() > 1
            && let Some(whole) = targets.iter().find(|target| target.is_domain())
        {
            problems.push(Problem::of(field, format!("cannot hold {whole} among other targets: {reason}")));
        }
        let refused = targets.iter().filter_map(|target| self.addresses.target(target));
        problems.extend(refused.map(|message| Problem::of(field, message)));
        problems
    }
}

impl AddressRule {
    /// What is wrong with an object's address.
    fn object(&self, address: &Address) -> Option<String> {
        let local = address.local();
        if let Some((chars, words)) = self.local_chars
            && let Some(bad) = local.chars().find(|c| !chars.contains(*c))
        {
            return Some(format!(
                "cannot hold {address}: `{bad}` may not stand before the `@`, only {words}"
            ));
        }
        if let Some((names, reason)) = self.reserved
            && names.contains(&local.split('+').next().unwrap_or(local))
        {
            return Some(format!("cannot hold {address}: {reason}"));
        }
        self.target(address)
    }

    /// What is wrong with a target.
    fn target(&self, address: &Address) -> Option<String> {
        let (domains, reason) = self.refused_domains?;
        let refused = |domain: &&str| {
            address.domain().strip_suffix(*domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        domains.iter().find(|domain| refused(domain))?;
        Some(format!("cannot hold {address}: {reason}"))
    }
}

impl QuotaRule {
    fn problem(&self, quota: Quota) -> Option<Problem> {
        let problem = |message: String, help: Option<String>| {
            Some(Problem { field: Some(Field::Quota), message, help })
        };
        match quota {
            Quota::Unlimited => {
                let reason = self.unlimited?;
                problem(format!("cannot leave a mailbox without a limit: {reason}"), None)
            }
            Quota::Bytes(bytes) if bytes < self.min || bytes > self.max => {
                let (min, max) = (Quota::Bytes(self.min.max(1)), Quota::Bytes(self.max));
                problem(format!("cannot hold a quota of {quota}"), Some(format!("it takes {min} to {max}")))
            }
            Quota::Bytes(bytes) if !bytes.is_multiple_of(self.grain) => {
                let below = bytes / self.grain * self.grain;
                let above = Quota::Bytes(below + self.grain);
                let neighbours = if below == 0 {
                    above.to_string()
                } else {
                    format!("{} or {above}", Quota::Bytes(below))
                };
                problem(
                    format!(
                        "cannot hold a quota of exactly {quota}: it counts in steps of {}",
                        Quota::Bytes(self.grain)
                    ),
                    Some(format!("write {neighbours}")),
                )
            }
            Quota::Bytes(_) => None,
        }
    }
}
