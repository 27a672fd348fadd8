//! Reads a box: one call for each list that the scope needs, whatever its extent, since the box lists only all.

use crate::model::{Address, Collection, Completeness, Identity, Kind, ObservedObject, Scope};
use crate::provider::{Found, ProviderError};

use super::api::Api;
use super::convert::{self, Users};

/// Everything that the scope asks. What was read before a failure is told too.
pub(super) async fn observe(api: &Api, login: Option<&Address>, scope: &Scope) -> Vec<Found> {
    let mut found = Vec::new();
    if let Err(error) = read(api, login, scope, &mut found).await {
        found.push(Found::Failed(error));
    }
    found
}

async fn read(
    api: &Api,
    login: Option<&Address>,
    scope: &Scope,
    found: &mut Vec<Found>,
) -> Result<(), ProviderError> {
    let rows = [Kind::Alias, Kind::Forward, Kind::Permission];
    let asks_rows = rows.iter().any(|kind| scope.asks(*kind));
    // Only the list of users tells an alias from a mailbox's forward.
    if asks_rows || scope.asks(Kind::Mailbox) || scope.asks(Kind::Administrator) {
        let users = api.users().await?;
        let mailboxes = users.iter().filter_map(|user| convert::mailbox(user, login));
        tell(found, scope, Kind::Mailbox, mailboxes);
        let administrators = users.iter().filter_map(|user| convert::administrator(user, login));
        tell(found, scope, Kind::Administrator, administrators);
        if asks_rows {
            let names = Users::new(&users);
            let aliases = api.aliases().await?;
            let objects: Vec<ObservedObject> =
                aliases.iter().flat_map(|row| convert::row_objects(row, &names)).collect();
            for kind in rows {
                let of_kind = objects.iter().filter(|object| object.identity.kind() == kind);
                tell(found, scope, kind, of_kind.cloned());
            }
        }
    }
    for kind in [Kind::SenderRules, Kind::Registration, Kind::Object] {
        // A box holds none of these, so all of them were seen.
        tell(found, scope, kind, std::iter::empty());
    }
    if scope.asks(Kind::Domain) {
        let domains = api.domains().await?;
        let objects = domains
            .into_iter()
            .map(|name| ObservedObject::plain(Identity::Domain(name), crate::model::Readings::new()));
        tell(found, scope, Kind::Domain, objects);
    }
    Ok(())
}

/// Tells all objects of a kind, where the scope asks for the kind.
fn tell(found: &mut Vec<Found>, scope: &Scope, kind: Kind, objects: impl Iterator<Item = ObservedObject>) {
    if scope.asks(kind) {
        found.extend(objects.map(Found::Object));
        found.push(Found::End {
            collection: Collection::everything(kind),
            completeness: Completeness::Complete,
        });
    }
}
