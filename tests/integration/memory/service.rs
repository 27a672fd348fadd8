//! The strict service itself: what it refuses and what it does. Written against the capabilities' documentation, not
//! against the planner's own model of a service.

use std::collections::BTreeSet;

use mailwright::model::{
    AccountState, Address, Change, Field, Fields, Identity, Kind, Quota, Standing, Value, Verb,
};
use mailwright::provider::{AtCreate, Deletion, Done, ErrorKind, KindCapabilities, ProviderError, StoredIn};

use super::State;

/// An object of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Its fields; one that is not in it has its default.
    pub(crate) fields: Fields,
    /// How it stands to whoever connects.
    pub(crate) standing: Standing,
    /// True for an alias that lies in the record of its one target, where only some do.
    pub(crate) is_inside: bool,
}

impl Stored {
    /// An object that anybody may change.
    pub(crate) fn plain(fields: Fields) -> Self {
        Self { fields, standing: Standing::Plain, is_inside: false }
    }
}

/// What a field is where nobody set it.
pub(crate) fn default_value(field: &Field) -> Value {
    match field {
        Field::State => Value::State(AccountState::Active),
        Field::Quota => Value::Quota(Quota::Unlimited),
        Field::Targets | Field::PermittedSenders => Value::Addresses(BTreeSet::new()),
        Field::KeepCopy => Value::Bool(true),
        Field::Rights => Value::Rights(BTreeSet::new()),
        Field::Allow | Field::Block | Field::AdminRights => Value::Words(BTreeSet::new()),
        Field::Domains => Value::Domains(BTreeSet::new()),
        Field::Full | Field::HiddenFromDirectory => Value::Bool(false),
        Field::DisplayName | Field::GivenName | Field::FamilyName | Field::Password | Field::Setting(_) => {
            Value::text("")
        }
    }
}

type Refusal = Result<(), ProviderError>;

fn refuse(kind: ErrorKind, change: &Change, why: &str) -> Refusal {
    Err(ProviderError::new(kind, format!("{}: {why}", change.id)))
}

impl State {
    /// Does one write, or refuses it and leaves everything as it was.
    pub(super) fn perform(&mut self, change: &Change) -> Result<Done, ProviderError> {
        let Some(kind) = self.can().kind(change.identity.kind()).cloned() else {
            refuse(ErrorKind::Invalid, change, "the service has no such kind")?;
            return Ok(Done::NotNeeded);
        };
        match change.verb {
            Verb::Create => self.create(change, &kind),
            Verb::Update => self.update(change, &kind),
            Verb::Delete => self.delete(change, &kind),
            Verb::Rename => self.rename(change, &kind),
        }
    }

    fn create(&mut self, change: &Change, kind: &KindCapabilities) -> Result<Done, ProviderError> {
        if let Some(reason) = kind.create.reason() {
            refuse(ErrorKind::Denied, change, reason)?;
        }
        let mut fields = Fields::new();
        for field in &change.fields {
            match kind.fields.get(field).map(|capability| capability.create) {
                None => refuse(ErrorKind::Invalid, change, &format!("no field `{field}`"))?,
                Some(AtCreate::No(reason)) => refuse(ErrorKind::Invalid, change, reason)?,
                Some(AtCreate::Optional | AtCreate::Required) => {}
            }
            let Some(value) = change.after.get(field) else {
                refuse(ErrorKind::Invalid, change, &format!("`{field}` has no value"))?;
                continue;
            };
            if !matches!(value, Value::Secret(_)) {
                fields.set(field.clone(), value.clone());
            }
        }
        for (field, capability) in &kind.fields {
            if capability.create == AtCreate::Required && !change.fields.contains(field) {
                refuse(ErrorKind::Invalid, change, &format!("`{field}` is required"))?;
            }
        }
        if let Some(there) = self.objects.get(&change.identity) {
            let same = fields.iter().all(|(field, value)| there.fields.get(field) == Some(value));
            if same && !matches!(there.standing, Standing::Default(_)) {
                return Ok(Done::NotNeeded);
            }
            refuse(ErrorKind::Conflict, change, "it is there already")?;
        }
        self.check_address_is_free(change)?;
        self.check_owner(change)?;
        self.check_values(change, kind, &fields, &Fields::new())?;
        if change.fields.contains(&Field::Password) {
            *self.passwords.entry(change.identity.clone()).or_default() += 1;
        }
        self.remains.remove(&change.identity);
        let is_inside = self.is_to_lie_inside(&change.identity, &fields);
        self.objects.insert(change.identity.clone(), Stored { is_inside, ..Stored::plain(fields) });
        Ok(Done::written())
    }

    fn update(&mut self, change: &Change, kind: &KindCapabilities) -> Result<Done, ProviderError> {
        let Some(there) = self.objects.get(&change.identity).cloned() else {
            return Err(ProviderError::new(ErrorKind::NotFound, format!("{}: it is not there", change.id)));
        };
        if let Standing::Foreign(_) = there.standing {
            refuse(ErrorKind::Denied, change, "it is somebody else's")?;
        }
        let mut fields = there.fields.clone();
        for field in &change.fields {
            let Some(capability) = kind.fields.get(field) else {
                refuse(ErrorKind::Invalid, change, &format!("no field `{field}`"))?;
                continue;
            };
            if let Some(reason) = capability.update.reason() {
                refuse(ErrorKind::Invalid, change, reason)?;
            }
            if capability.route != change.route {
                refuse(ErrorKind::Invalid, change, &format!("this call does not carry `{field}`"))?;
            }
            let value = change.after.get(field).cloned().unwrap_or_else(|| default_value(field));
            if let (true, Some(reason)) = (value == default_value(field), capability.clear.reason()) {
                refuse(ErrorKind::Invalid, change, reason)?;
            }
            fields.set(field.clone(), value);
        }
        self.check_values(change, kind, &fields, &there.fields)?;
        if change.identity.kind() == Kind::Mailbox && there.standing == Standing::Login {
            let suspended = fields.get(&Field::State) == Some(&Value::State(AccountState::Suspended));
            if suspended {
                refuse(ErrorKind::Denied, change, "you are logged in as it")?;
            }
        }
        let shown = |fields: &Fields, field: &Field| {
            fields.get(field).cloned().unwrap_or_else(|| default_value(field))
        };
        if change.fields.iter().all(|field| shown(&fields, field) == shown(&there.fields, field)) {
            return Ok(Done::NotNeeded);
        }
        let standing = match there.standing {
            Standing::Default(_) => Standing::Plain,
            standing => standing,
        };
        let is_inside = there.is_inside;
        if is_inside != self.is_to_lie_inside(&change.identity, &fields) {
            refuse(ErrorKind::Invalid, change, "an alias does not move to another record")?;
        }
        if is_inside && fields.get(&Field::Targets) != there.fields.get(&Field::Targets) {
            refuse(ErrorKind::Invalid, change, "an alias does not move to another mailbox")?;
        }
        self.objects.insert(change.identity.clone(), Stored { fields, standing, is_inside });
        Ok(Done::written())
    }

    fn delete(&mut self, change: &Change, kind: &KindCapabilities) -> Result<Done, ProviderError> {
        let Some(there) = self.objects.get(&change.identity) else {
            return Ok(Done::NotNeeded);
        };
        if let Deletion::No(reason) = kind.delete {
            refuse(ErrorKind::Denied, change, reason)?;
        }
        if there.standing != Standing::Plain {
            refuse(ErrorKind::Denied, change, &format!("it stands as {}", there.standing))?;
        }
        if let Identity::Domain(domain) = &change.identity {
            let inside = |identity: &Identity| {
                identity.kind() != Kind::Domain && identity.domain() == Some(domain.as_str())
            };
            if self.objects.keys().any(inside) {
                refuse(ErrorKind::Conflict, change, "the domain is not empty")?;
            }
        }
        if let (Identity::Mailbox(_), Deletion::Archived(note) | Deletion::Recoverable(note)) =
            (&change.identity, &kind.delete)
        {
            self.remains.insert(change.identity.clone(), (*note).into());
        }
        if let Identity::Mailbox(mailbox) = &change.identity {
            for part in self.parts_in_mailbox(mailbox) {
                self.objects.remove(&part);
            }
        }
        self.objects.remove(&change.identity);
        Ok(Done::written())
    }

    fn rename(&mut self, change: &Change, kind: &KindCapabilities) -> Result<Done, ProviderError> {
        if let Some(reason) = kind.rename.reason() {
            refuse(ErrorKind::Denied, change, reason)?;
        }
        let Some(former @ Identity::Mailbox(old)) = &change.before_identity else {
            return Err(ProviderError::new(ErrorKind::Invalid, format!("{}: from what?", change.id)));
        };
        let Some(new) = change.identity.address().cloned() else {
            return Err(ProviderError::new(ErrorKind::Invalid, format!("{}: to what?", change.id)));
        };
        let Some(there) = self.objects.get(former).cloned() else {
            return Err(ProviderError::new(ErrorKind::NotFound, format!("{}: it is not there", change.id)));
        };
        if there.standing != Standing::Plain {
            refuse(ErrorKind::Denied, change, &format!("it stands as {}", there.standing))?;
        }
        if self.objects.contains_key(&change.identity) {
            refuse(ErrorKind::Conflict, change, "the new address is in use")?;
        }
        self.check_address_is_free(change)?;
        self.check_owner(change)?;
        for part in self.parts_in_mailbox(old) {
            let moved = match &part {
                Identity::Forward(_) => Identity::Forward(new.clone()),
                Identity::SenderRules(_) => Identity::SenderRules(new.clone()),
                Identity::Permission { grantee, .. } => {
                    Identity::Permission { mailbox: new.clone(), grantee: grantee.clone() }
                }
                Identity::Alias(_) => {
                    if let Some(stored) = self.objects.get_mut(&part) {
                        stored.fields.set(Field::Targets, Value::Addresses(BTreeSet::from([new.clone()])));
                    }
                    continue;
                }
                Identity::Administrator(_) => Identity::administrator(new.as_str()),
                _ => continue,
            };
            if let Some(stored) = self.objects.remove(&part) {
                self.objects.insert(moved, stored);
            }
        }
        self.objects.remove(former);
        self.objects.insert(change.identity.clone(), there);
        Ok(Done::written())
    }

    /// True for an alias that lies in the record of its one target, where only some do.
    pub(crate) fn is_to_lie_inside(&self, identity: &Identity, fields: &Fields) -> bool {
        let some_do = self.can().kind(Kind::Alias).is_some_and(|kind| kind.stored_in == StoredIn::LoneTarget);
        let targets = fields.get(&Field::Targets).and_then(Value::addresses).filter(|_| some_do);
        let lone = targets.filter(|targets| targets.len() == 1).and_then(BTreeSet::first);
        identity.kind() == Kind::Alias
            && lone.is_some_and(|mailbox| self.objects.contains_key(&Identity::Mailbox(mailbox.clone())))
    }

    fn parts_in_mailbox(&self, mailbox: &Address) -> Vec<Identity> {
        let inside =
            |kind: Kind| self.can().kind(kind).is_some_and(|kind| kind.stored_in == StoredIn::Mailbox);
        self.objects
            .keys()
            .filter(|identity| {
                let is_its = identity.part_of() == Some(mailbox)
                    || **identity == Identity::administrator(mailbox.as_str());
                let of_it = is_its && inside(identity.kind());
                of_it || self.holder(identity) == Some(mailbox)
            })
            .cloned()
            .collect()
    }

    /// One address has one holder; only what the service made by itself gives way.
    fn check_address_is_free(&mut self, change: &Change) -> Refusal {
        let holder = match &change.identity {
            Identity::Mailbox(address) => Identity::Alias(address.clone()),
            Identity::Alias(address) => Identity::Mailbox(address.clone()),
            _ => return Ok(()),
        };
        match self.objects.get(&holder).map(|stored| &stored.standing) {
            None => Ok(()),
            Some(Standing::Default(_)) => {
                self.objects.remove(&holder);
                Ok(())
            }
            Some(_) => refuse(ErrorKind::Conflict, change, "the address is in use"),
        }
    }

    /// A part has its mailbox, and whatever lies in a domain that is an object has that domain.
    fn check_owner(&self, change: &Change) -> Refusal {
        if let Some(mailbox) = change.identity.part_of()
            && !self.objects.contains_key(&Identity::Mailbox(mailbox.clone()))
        {
            refuse(ErrorKind::NotFound, change, "there is no such mailbox")?;
        }
        if let (Kind::Alias, Some(StoredIn::Mailbox)) =
            (change.identity.kind(), self.can().kind(Kind::Alias).map(|kind| kind.stored_in))
        {
            let mailbox =
                change.after.get(&Field::Targets).and_then(Value::addresses).and_then(BTreeSet::first);
            if !mailbox.is_some_and(|mailbox| self.objects.contains_key(&Identity::Mailbox(mailbox.clone())))
            {
                refuse(ErrorKind::NotFound, change, "there is no such mailbox")?;
            }
        }
        if let Some(domain) = change.identity.domain()
            && !matches!(change.identity.kind(), Kind::Domain | Kind::Administrator)
            && !self.has_domain(domain)
        {
            refuse(ErrorKind::NotFound, change, "there is no such domain")?;
        }
        Ok(())
    }

    fn has_domain(&self, domain: &str) -> bool {
        let as_object = self
            .objects
            .keys()
            .any(|identity| matches!(identity, Identity::Domain(name) if name.as_str() == domain));
        as_object || self.domains.contains(domain)
    }

    fn check_values(
        &self,
        change: &Change,
        kind: &KindCapabilities,
        fields: &Fields,
        before: &Fields,
    ) -> Refusal {
        if let Identity::Alias(address) = &change.identity
            && address.is_domain()
        {
            let targets = fields.get(&Field::Targets).and_then(Value::addresses);
            let synonym = targets.is_some_and(|targets| targets.iter().any(Address::is_domain));
            let ability = if synonym { &kind.domain_alias } else { &kind.catch_all };
            if let Some(reason) = ability.reason() {
                refuse(ErrorKind::Invalid, change, reason)?;
            }
        }
        if let Some(targets) = fields.get(&Field::Targets).and_then(Value::addresses) {
            if targets.is_empty() {
                refuse(ErrorKind::Invalid, change, "no target")?;
            }
            if kind.targets.max.is_some_and(|(max, _)| targets.len() > max) {
                refuse(ErrorKind::Invalid, change, "too many targets")?;
            }
            // A target that is there already was let in when it still existed.
            let known = before.get(&Field::Targets).and_then(Value::addresses);
            let is_new = |target: &&Address| known.is_none_or(|known| !known.contains(*target));
            let refused = |target: &&Address| kind.targets.checked && !self.answers(target);
            if let Some(missing) = targets.iter().filter(is_new).find(refused) {
                refuse(ErrorKind::Invalid, change, &format!("{missing} does not exist"))?;
            }
        }
        if let Some(Value::Rights(rights)) = fields.get(&Field::Rights) {
            if rights.is_empty() {
                refuse(ErrorKind::Invalid, change, "no right")?;
            }
            let cannot = rights.iter().find_map(|right| kind.rights.get(right)?.reason());
            if let Some(reason) = cannot {
                refuse(ErrorKind::Invalid, change, reason)?;
            }
        }
        if let Identity::Permission { grantee, .. } = &change.identity
            && change.verb == Verb::Create
            && kind.checks_references
            && !self.answers(grantee)
        {
            refuse(ErrorKind::Invalid, change, &format!("{grantee} does not exist"))?;
        }
        Ok(())
    }

    /// True where mail to the address goes somewhere, as far as this service can tell.
    fn answers(&self, address: &Address) -> bool {
        !self.has_domain(address.domain())
            || self.objects.contains_key(&Identity::Mailbox(address.clone()))
            || self.objects.contains_key(&Identity::Alias(address.clone()))
            || self.objects.contains_key(&Identity::Alias(Address::whole_domain(&address.domain_name())))
    }
}
