//! A wish, what services in memory hold, and what an audit says.

use std::collections::BTreeMap;
use std::path::Path;

use mailwright::audit;
use mailwright::config::{self, Problems};
use mailwright::model::{
    AccessReview, AccountState, Address, AuditReport, ConnectionName, Desired, DomainName, Field, Fields,
    Finding, Identity, Kind, Narrowing, Observed, Override, Plan, Right, Value,
};
use mailwright::plan;
use mailwright::provider::{self, Capabilities, Provider, Suspension};

use crate::memory::{Memory, State, Stored, profile};
use crate::scenarios::catalogue;

/// What stands before every wish.
const HEAD: &str =
    "version: 1\nproviders:\n  store: {type: model}\n  second: {type: model}\n  old: {type: model}\n";

/// A wish and what the services hold, by connection.
pub(crate) struct Bench {
    pub(crate) desired: Desired,
    pub(crate) narrowing: Narrowing,
    pub(crate) capabilities: BTreeMap<ConnectionName, Capabilities>,
    services: BTreeMap<ConnectionName, Memory>,
}

/// What an audit looked at, and what it said.
pub(crate) struct Audited {
    pub(crate) plan: Plan,
    pub(crate) report: AuditReport,
    pub(crate) review: AccessReview,
}

impl Bench {
    /// A wish without its head: its connections are `store`, `second` and `old`, each a service in memory that can
    /// everything.
    pub(crate) fn new(wish: &str) -> Self {
        Self::of("everything", wish)
    }

    /// The same with services that can what a profile says. The wish is checked against one that can everything.
    pub(crate) fn of(can: &str, wish: &str) -> Self {
        Self::load(can, "wish.yaml", wish).unwrap_or_else(|problems| panic!("{problems}"))
    }

    /// The same for a wish in a file of this name; its problems where it has errors.
    pub(crate) fn load(can: &str, file: &str, wish: &str) -> Result<Self, Problems> {
        let sources = vec![(file.to_owned(), format!("{HEAD}{wish}").into_bytes())];
        let desired = config::load_sources(sources, Path::new("."), &catalogue())?.desired;
        let service = |name: &ConnectionName| {
            let state = State::of(profile(can), desired.domains.keys().cloned());
            (name.clone(), Memory::new(state))
        };
        let services = desired.connections.keys().map(service).collect();
        let capabilities = desired.connections.keys().map(|name| (name.clone(), profile(can))).collect();
        Ok(Self { desired, narrowing: Narrowing::default(), capabilities, services })
    }

    /// Changes what a connection holds and how it answers.
    pub(crate) fn at(&self, connection: &str, change: impl FnOnce(&mut State)) {
        change(&mut self.services[&ConnectionName::new(connection)].state());
    }

    /// Puts objects into a connection, a line each; see [`object`].
    pub(crate) fn holds(&self, connection: &str, lines: &str) {
        self.at(connection, |state| {
            for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
                let (identity, fields) = object(line);
                state.objects.insert(identity, Stored::plain(fields));
            }
        });
    }

    /// From here on every service lets a suspended mailbox take mail.
    pub(crate) fn suspending_stops_logins(&mut self) {
        for (name, can) in &mut self.capabilities {
            can.kinds.get_mut(&Kind::Mailbox).expect("mailboxes").suspend = Suspension::Login;
            self.services[name].state().can = Some(can.clone());
        }
    }

    /// Reads what an audit looks at and audits.
    pub(crate) async fn audit(&self) -> Audited {
        self.audit_through(|memory| Box::new(memory)).await
    }

    /// The same, with something between the services and whoever reads them.
    pub(crate) async fn audit_through(&self, through: impl Fn(Memory) -> Box<dyn Provider>) -> Audited {
        let observed = self.observed(through).await;
        self.audit_of(&observed)
    }

    /// Audits what was observed.
    pub(crate) fn audit_of(&self, observed: &Observed) -> Audited {
        let plan = self.plan_of(observed, &[]);
        let report = audit::audit(&plan, &self.desired, observed, &self.capabilities);
        let review = audit::access_review(
            &plan,
            &self.desired,
            observed,
            &self.capabilities,
            mailwright::model::StateOf::Live,
        );
        Audited { plan, report, review }
    }

    /// Plans with brakes released.
    pub(crate) async fn plan(&self, overrides: &[Override]) -> Plan {
        self.plan_of(&self.observed(|memory| Box::new(memory)).await, overrides)
    }

    /// Reads what an audit looks at.
    pub(crate) async fn observed(&self, through: impl Fn(Memory) -> Box<dyn Provider>) -> Observed {
        let Self { desired, narrowing, capabilities, .. } = self;
        let mut observed = Observed::default();
        for further in [false, true] {
            let scopes = if further {
                plan::further_scopes(desired, &observed, capabilities, narrowing)
            } else {
                plan::audit_scopes(desired, capabilities, narrowing)
            };
            for (name, scope) in scopes {
                let (state, failure) = provider::read(&*through(self.services[&name].clone()), &scope).await;
                assert!(failure.is_none(), "{failure:?}");
                observed.connections.entry(name).or_default().absorb(state);
            }
        }
        observed
    }

    fn plan_of(&self, observed: &Observed, overrides: &[Override]) -> Plan {
        let Self { desired, narrowing, capabilities, .. } = self;
        let today = jiff::civil::date(2026, 5, 4);
        let input = plan::Input { desired, observed, capabilities, overrides, narrowing, today };
        plan::plan(input).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The findings, a line each.
    pub(crate) async fn lines(&self) -> Vec<String> {
        self.audit().await.report.findings.iter().map(line).collect()
    }
}

/// A finding in a line: rule, severity, object, message, what the service holds, and the line of the wish.
pub(crate) fn line(finding: &Finding) -> String {
    let severity = format!("{:?}", finding.severity).to_lowercase();
    let object = finding.object.as_ref().map_or_else(String::new, |object| format!(" {object}"));
    let remote = finding.remote.as_ref().map_or_else(String::new, |remote| format!(" [{remote}]"));
    let at = finding.at.as_ref().map_or_else(|| " nowhere".to_owned(), |at| format!(" :{}", at.line));
    format!("{} {severity}{object}: {}{remote}{at}", finding.rule.0, finding.message)
}

fn address(text: &str) -> Address {
    Address::parse_or_domain(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn addresses(text: &str) -> Value {
    Value::Addresses(text.split(',').map(|one| address(one.trim())).collect())
}

/// Reads `KIND IDENTITY KEY=VALUE …`, and of aliases and forwards `… > TARGET,TARGET`.
fn object(line: &str) -> (Identity, Fields) {
    let (head, targets) =
        line.split_once(" > ").map_or((line, None), |(head, targets)| (head, Some(targets)));
    let mut words = head.split_whitespace();
    let (kind, name) = (words.next().expect("a kind"), words.next().expect("an identity"));
    let identity = match kind {
        "mailbox" => Identity::Mailbox(address(name)),
        "alias" => Identity::Alias(address(name)),
        "forward" => Identity::Forward(address(name)),
        "permission" => {
            let (mailbox, grantee) = name.split_once('/').expect("a grantee");
            Identity::Permission { mailbox: address(mailbox), grantee: address(grantee) }
        }
        "administrator" => Identity::administrator(name),
        _ => panic!("{line}"),
    };
    let mut fields: Fields = words
        .map(|word| {
            let (field, value) = word.split_once('=').expect("a value");
            let value = match field {
                "senders" => return (Field::PermittedSenders, addresses(value)),
                "state" if value == "suspended" => Value::State(AccountState::Suspended),
                "keep_copy" | "full" => Value::Bool(value == "true"),
                "rights" => {
                    let right = |word| Right::ALL.into_iter().find(|right| right.to_string() == word);
                    Value::Rights(value.split(',').map(|word| right(word).expect("a right")).collect())
                }
                "domains" => {
                    Value::Domains(value.split(',').map(|d| DomainName::parse(d).expect("one")).collect())
                }
                _ => panic!("{line}"),
            };
            (field.parse().expect("a field"), value)
        })
        .collect();
    if let Some(targets) = targets {
        fields.set(Field::Targets, addresses(targets));
    }
    (identity, fields)
}
