//! Aliases that stand in the records of mailboxes: to look for one everywhere costs a look at every mailbox.

use crate::model::{
    Address, Collection, ConnectionName, Field, Identity, Kind, Looked, ObjectRef, Observed, Presence, Value,
    Wish,
};
use crate::provider::{KindCapabilities, StoredIn};

use super::super::narrow::Within;
use super::Needs;

impl Needs<'_> {
    /// True where aliases stand in the records of mailboxes: whether an address is an alias may cost a look at every
    /// mailbox, and the service itself refuses an address that is taken.
    pub(super) fn hides_aliases(&self, connection: &ConnectionName) -> bool {
        self.can(connection, Kind::Alias).is_some_and(|can| can.stored_in == StoredIn::Mailbox)
    }

    /// True where some aliases, or all, stand in the records of mailboxes.
    pub(super) fn has_aliases_inside(&self, connection: &ConnectionName) -> bool {
        self.can(connection, Kind::Alias).is_some_and(KindCapabilities::may_lie_in_mailbox)
    }

    /// The aliases that stand in a mailbox's record, which go when it goes.
    pub(super) fn aliases_inside(&mut self, connection: &ConnectionName, mailbox: &Address) {
        if self.has_aliases_inside(connection) {
            self.add(connection, Collection::parts_of(Kind::Alias, mailbox), &[Field::Targets]);
        }
    }

    /// The mailbox in whose record a declared alias is to stand.
    pub(super) fn record_of<'w>(&self, object: &ObjectRef, wish: &'w Wish) -> Option<&'w Address> {
        let Identity::Alias(alias) = &object.identity else { return None };
        let is_wanted = wish.presence == Presence::Present && !alias.is_domain();
        if !is_wanted || !self.hides_aliases(&object.connection) {
            return None;
        }
        let targets = wish.fields.get(&Field::Targets).and_then(Value::addresses)?;
        targets.first().filter(|target| targets.len() == 1 && !target.is_domain())
    }

    /// Looks for a declared alias where it is to stand. Where it is not there, [`elsewhere`](Self::elsewhere) asks more.
    pub(super) fn in_record(
        &mut self,
        connection: &ConnectionName,
        alias: &Identity,
        mailbox: &Address,
        fields: &[Field],
        within: &Within<'_>,
    ) {
        let mut fields = self.with_shown(connection, Kind::Alias, fields);
        fields.extend(self.carried_over(connection, Kind::Alias));
        self.add(connection, Collection::parts_of(Kind::Alias, mailbox), &fields);
        if let Some(address) = alias.address() {
            self.twins(connection, address, within);
        }
    }

    /// Looks everywhere for the declared aliases that do not stand where they are to be.
    pub(super) fn elsewhere(&mut self, observed: &Observed, within: &Within<'_>) {
        let desired = self.desired;
        for (object, wish) in &desired.objects {
            if self.record_of(object, wish).is_some()
                && within.object(&object.connection, &object.identity)
                && matches!(observed.look(&object.connection, &object.identity), Looked::Unknown(_))
            {
                let alias = Collection::object(&object.identity);
                self.add(&object.connection, alias, &[Field::Targets]);
            }
        }
    }
}
