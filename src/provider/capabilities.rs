//! What a connection can do, as data, with a reason for each thing that it cannot.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{ConnectionName, Field, Identity, Kind, Right, Value};

/// A yes, or a no with its reason in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Ability {
    /// It can.
    #[default]
    Yes,
    /// It cannot, and why: a sentence without a full stop, like "the service has no call for it".
    No(Cow<'static, str>),
}

impl Ability {
    /// A no with its reason.
    pub const fn no(reason: &'static str) -> Self {
        Self::No(Cow::Borrowed(reason))
    }

    /// True for a yes.
    pub fn is_yes(&self) -> bool {
        matches!(self, Self::Yes)
    }

    /// The reason of a no.
    pub fn reason(&self) -> Option<&str> {
        if let Self::No(reason) = self { Some(reason) } else { None }
    }
}

/// What a connection can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// The kinds that it holds. One that is not in here, or is in `cannot`, it does not hold.
    pub kinds: BTreeMap<Kind, KindCapabilities>,
    /// The kinds that it does not hold, each with the reason.
    pub cannot: BTreeMap<Kind, &'static str>,
    /// How fast it may be called.
    pub limits: Limits,
    /// How long after a write a reading may still show the old state.
    pub consistency: Duration,
    /// True where replies tell that a write was done; false where only reading back does.
    pub confirms: bool,
    /// True where an address that a mailbox or an alias gives up can be taken over by the other in the same write,
    /// so that no mail to it is refused in between ([`Provider::hand_over`](super::Provider::hand_over)).
    pub hands_over: bool,
    /// The objects that connections to this service log in as, each with the connection, as far as the keys of a
    /// connection tell. Nothing is done to them, whoever would do it.
    pub logins: BTreeMap<Identity, ConnectionName>,
}

impl Capabilities {
    /// What it can do with a kind.
    pub fn kind(&self, kind: Kind) -> Option<&KindCapabilities> {
        self.kinds.get(&kind)
    }

    /// Why it does not hold a kind.
    pub fn why_not(&self, kind: Kind) -> &str {
        self.cannot.get(&kind).copied().unwrap_or("the service has nothing of this kind")
    }
}

/// How fast an account may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls at the same time.
    pub max_in_flight: usize,
    /// Reads per minute; none where the service states no rate.
    pub reads_per_minute: Option<u32>,
    /// Writes per minute; none where the service states no rate.
    pub writes_per_minute: Option<u32>,
}

/// What a connection can do with one kind of object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindCapabilities {
    /// Whether all objects of a domain can be listed.
    pub list: Ability,
    /// Whether one can be made.
    pub create: Ability,
    /// What becomes of one that is deleted.
    pub delete: Deletion,
    /// Whether one can be given another address.
    pub rename: Ability,
    /// The reason where another address must lie in the same domain.
    pub rename_in_domain: Option<&'static str>,
    /// The fields that it has. One that is not in here it does not have.
    pub fields: BTreeMap<Field, FieldCapability>,
    /// Fields that people would look for and that it does not have, with the reason.
    pub missing: BTreeMap<Field, &'static str>,
    /// Whose record holds it.
    pub stored_in: StoredIn,
    /// What its targets may be.
    pub targets: TargetRule,
    /// Rights that a permission may hold; a right that is not in here is possible.
    pub rights: BTreeMap<Right, Ability>,
    /// What quotas are possible.
    pub quota: QuotaRule,
    /// What suspending stops.
    pub suspend: Suspension,
    /// Whether `@domain` may be its identity.
    pub catch_all: Ability,
    /// Whether `@other` may be the target of `@domain`.
    pub domain_alias: Ability,
    /// Whether `@other`, the target of `@domain`, may itself stand for a further domain.
    pub domain_alias_chain: Ability,
    /// True where the service refuses a part, or a reference, that names a mailbox that is not there.
    pub checks_references: bool,
    /// Local parts that the service keeps for itself or treats as essential: never removed by list or prune.
    pub essential: Vec<&'static str>,
    /// What addresses its objects and targets may have.
    pub addresses: AddressRule,
    /// The reason where an administrator's login must be a mail address.
    pub login_is_address: Option<&'static str>,
    /// The reason where an ordinary address cannot have `@other` as a target.
    pub domain_target: Option<&'static str>,
    /// The reason where a target `@other` must be the only one.
    pub lone_domain_target: Option<&'static str>,
    /// The reason where a target or a grantee must lie in the domain of the object itself.
    pub same_domain: Option<&'static str>,
    /// Fields that can hold one value only, with the reason.
    pub fixed: BTreeMap<Field, (Value, &'static str)>,
    /// The words that a set of words may hold; any word where a field is not in here.
    pub words: BTreeMap<Field, &'static [&'static str]>,
    /// The service's own kinds of [`Kind::Object`]; any word where there is none in here.
    pub own_kinds: &'static [&'static str],
    /// True where each member of a set is added and removed by a call of its own.
    pub call_per_member: bool,
    /// What a change says, and does in a call more, that takes a mailbox away, suspends or renames it, or takes access
    /// from it ([`FieldCapability::access`]): the service would let who is logged in go on.
    pub logs_out: Option<&'static str>,
}

impl KindCapabilities {
    /// A kind that can be listed, created and deleted for good, without a field.
    pub fn new() -> Self {
        Self {
            list: Ability::Yes,
            create: Ability::Yes,
            delete: Deletion::Permanent,
            rename: Ability::no("the service has no call for it"),
            rename_in_domain: None,
            fields: BTreeMap::new(),
            missing: BTreeMap::new(),
            stored_in: StoredIn::Own,
            targets: TargetRule::default(),
            rights: BTreeMap::new(),
            quota: QuotaRule::default(),
            suspend: Suspension::default(),
            catch_all: Ability::Yes,
            domain_alias: Ability::Yes,
            domain_alias_chain: Ability::Yes,
            checks_references: false,
            essential: Vec::new(),
            addresses: AddressRule::default(),
            login_is_address: None,
            domain_target: None,
            lone_domain_target: None,
            same_domain: None,
            fixed: BTreeMap::new(),
            words: BTreeMap::new(),
            own_kinds: &[],
            call_per_member: false,
            logs_out: None,
        }
    }

    /// True where such an object may stand in the record of a mailbox, and then goes and moves with it.
    pub fn may_lie_in_mailbox(&self) -> bool {
        self.stored_in != StoredIn::Own
    }

    /// Adds a field.
    #[must_use]
    pub fn field(mut self, field: Field, capability: FieldCapability) -> Self {
        self.fields.insert(field, capability);
        self
    }

    /// Says why a field is missing.
    #[must_use]
    pub fn without(mut self, field: Field, reason: &'static str) -> Self {
        self.missing.insert(field, reason);
        self
    }
}

impl Default for KindCapabilities {
    fn default() -> Self {
        Self::new()
    }
}

/// What becomes of a deleted object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deletion {
    /// It cannot be deleted.
    No(&'static str),
    /// It is gone with what it held.
    Permanent,
    /// The object goes, what it held stays and comes back with a create; how, in words.
    Archived(&'static str),
    /// It can be brought back for a time; how, in words.
    Recoverable(&'static str),
}

/// Whose record holds an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredIn {
    /// Its own: it outlives a mailbox that is deleted, unless it is deleted too.
    Own,
    /// The mailbox's: it goes with the mailbox. An alias in a mailbox's record has that one target; to find it by its
    /// address may cost a look at every mailbox, so it is looked for only where a plan speaks of aliases, and the
    /// service itself must refuse an address that another object has.
    Mailbox,
    /// The mailbox's, for an alias whose one target is a mailbox of the same connection; any other alias has a record
    /// of its own. Both are listed; one in a mailbox's record bears that record, any other the one that
    /// [`ObservedObject::own_record`](crate::model::ObservedObject::own_record) names. To go from one to the other is to
    /// be deleted and made again.
    LoneTarget,
}

/// What can be done with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldCapability {
    /// Whether it can be read.
    pub read: Ability,
    /// What a create does with it.
    pub create: AtCreate,
    /// Whether it can be changed later.
    pub update: Ability,
    /// Whether it can be emptied.
    pub clear: Ability,
    /// Which call carries an update of it: fields with the same word go in one write.
    pub route: &'static str,
    /// True where reading it costs a call for each object: it is read of those objects alone that a plan compares.
    pub detail: bool,
    /// True where its members are what a mailbox's owner may use: one that goes takes access away.
    pub access: bool,
}

impl FieldCapability {
    /// A field that can be read, created and updated by the object's one call.
    pub fn new() -> Self {
        Self {
            read: Ability::Yes,
            create: AtCreate::Optional,
            update: Ability::Yes,
            clear: Ability::Yes,
            route: "",
            detail: false,
            access: false,
        }
    }

    /// Holds what a mailbox's owner may use.
    #[must_use]
    pub fn access(mut self) -> Self {
        self.access = true;
        self
    }

    /// Costs a call for each object to read.
    #[must_use]
    pub fn detail(mut self) -> Self {
        self.detail = true;
        self
    }

    /// Carried by this call at update.
    #[must_use]
    pub fn route(mut self, route: &'static str) -> Self {
        self.route = route;
        self
    }

    /// Must be given at create.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.create = AtCreate::Required;
        self
    }

    /// Is not taken at create: an update follows.
    #[must_use]
    pub fn after_create(mut self, reason: &'static str) -> Self {
        self.create = AtCreate::No(reason);
        self
    }

    /// Written at create, never read, never changed.
    #[must_use]
    pub fn create_only(mut self, reason: &'static str) -> Self {
        self.update = Ability::no(reason);
        self
    }

    /// Cannot be read.
    #[must_use]
    pub fn write_only(mut self, reason: &'static str) -> Self {
        self.read = Ability::no(reason);
        self
    }
}

impl Default for FieldCapability {
    fn default() -> Self {
        Self::new()
    }
}

/// What a create does with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtCreate {
    /// It does not take it: an update follows.
    No(&'static str),
    /// It takes it.
    Optional,
    /// It needs it.
    Required,
}

/// What targets are possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TargetRule {
    /// At most so many, and the reason.
    pub max: Option<(usize, &'static str)>,
    /// At most so many, each of at most so many characters, where a forward keeps no copy; and the reason.
    pub max_without_copy: Option<(usize, usize, &'static str)>,
    /// Only addresses of the service's own domains; the reason.
    pub local_only: Option<&'static str>,
    /// True where the service refuses a target that does not exist.
    pub checked: bool,
}

/// What addresses are possible, beyond what every mail system here can hold. Local parts are compared in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddressRule {
    /// The characters that an object's local part may hold, and the same in words.
    pub local_chars: Option<(&'static str, &'static str)>,
    /// Local parts that an object may not have, with or without a `+tag`, and the reason.
    pub reserved: Option<(&'static [&'static str], &'static str)>,
    /// Domains in which, or below which, neither an object nor a target may lie, and the reason.
    pub refused_domains: Option<(&'static [&'static str], &'static str)>,
}

/// What quotas are possible. All in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaRule {
    /// Quotas are multiples of this.
    pub grain: u64,
    /// The least.
    pub min: u64,
    /// The most.
    pub max: u64,
    /// Whether a mailbox may be without a limit; the reason why not.
    pub unlimited: Option<&'static str>,
}

impl Default for QuotaRule {
    fn default() -> Self {
        Self { grain: 1, min: 1, max: i64::MAX.unsigned_abs(), unlimited: None }
    }
}

/// What suspending a mailbox stops.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Suspension {
    /// It cannot be suspended.
    No(&'static str),
    /// Its owner cannot log in to the web interface; mail still arrives, and other programs still get it.
    WebLogin,
    /// Its owner cannot log in; mail still arrives.
    Login,
    /// Its owner cannot log in and mail is refused.
    #[default]
    LoginAndMail,
}
