//! Reads a box: one call for each list that the scope needs, whatever its extent, since the box lists only all.

use crate::model::{Address, Collection, Completeness, Identity, Kind, ObservedObject, Scope};
use crate::provider::{Found, ProviderError};

use super::api::Api;
use super::convert::{self, Users};

/// What is told, made as it is asked for: a box's whole list is long, and its rows need not lie beside the objects that
/// are made of them.
type Told<'a> = Box<dyn Iterator<Item = Found> + Send + 'a>;

/// Everything that the scope asks. What was read before a failure is told too.
pub(super) async fn observe<'a>(
    api: &'a Api,
    login: Option<&'a Address>,
    scope: &'a Scope,
) -> impl Iterator<Item = Found> + Send + 'a {
    let mut told = Vec::new();
    if let Err(error) = read(api, login, scope, &mut told).await {
        told.push(Box::new(std::iter::once(Found::Failed(error))));
    }
    told.into_iter().flatten()
}

async fn read<'a>(
    api: &Api,
    login: Option<&'a Address>,
    scope: &'a Scope,
    told: &mut Vec<Told<'a>>,
) -> Result<(), ProviderError> {
    let rows = [Kind::Alias, Kind::Forward, Kind::Permission];
    let asks_rows = rows.iter().any(|kind| scope.asks(*kind));
    // Only the list of users tells an alias from a mailbox's forward.
    if asks_rows || scope.asks(Kind::Mailbox) || scope.asks(Kind::Administrator) {
        let users = api.users_by_domain().await?;
        let aliases = if asks_rows { api.aliases().await } else { Ok(Vec::new()) };
        let listed = aliases.as_deref().unwrap_or_default();
        let names = Users::among(users.iter().flatten(), listed);
        let administrators: Vec<ObservedObject> =
            users.iter().flatten().filter_map(|user| convert::administrator(user, login)).collect();
        let mailboxes = users.into_iter().flatten().filter_map(move |user| convert::mailbox(&user, login));
        tell(told, scope, Kind::Mailbox, mailboxes);
        tell(told, scope, Kind::Administrator, administrators.into_iter());
        if asks_rows {
            let aliases = aliases?;
            let objects = aliases.iter().flat_map(|row| convert::row_objects(row, &names));
            let mut of_kind = rows.map(|_| Vec::new());
            for object in objects {
                if let Some(kind) = rows.iter().position(|kind| *kind == object.identity.kind()) {
                    of_kind[kind].push(object);
                }
            }
            for (kind, objects) in rows.into_iter().zip(of_kind) {
                tell(told, scope, kind, objects.into_iter());
            }
        }
    }
    for kind in [Kind::SenderRules, Kind::Registration, Kind::Object] {
        // A box holds none of these, so all of them were seen.
        tell(told, scope, kind, std::iter::empty());
    }
    if scope.asks(Kind::Domain) {
        let domains = api.domains().await?;
        let objects = domains
            .into_iter()
            .map(|name| ObservedObject::plain(Identity::Domain(name), crate::model::Readings::new()));
        tell(told, scope, Kind::Domain, objects);
    }
    Ok(())
}

/// Tells all objects of a kind, where the scope asks for the kind.
fn tell<'a>(
    told: &mut Vec<Told<'a>>,
    scope: &Scope,
    kind: Kind,
    objects: impl Iterator<Item = ObservedObject> + Send + 'a,
) {
    if scope.asks(kind) {
        let end =
            Found::End { collection: Collection::everything(kind), completeness: Completeness::Complete };
        told.push(Box::new(objects.map(Found::Object).chain(std::iter::once(end))));
    }
}
