//! The connections and who means which.

use crate::config::raw::RawConnection;
use crate::config::report::{Report, quoted};
use crate::config::suggest::{listed, nearest};
use crate::config::text::{At, Span};
use crate::model::{ConnectionName, ConnectionSpec, Kind};
use crate::provider::{Ability, Capabilities};

use super::Resolver;

/// A connection with what it can do.
#[derive(Debug)]
pub(in crate::config) struct Connection {
    pub(in crate::config) name: ConnectionName,
    pub(in crate::config) span: Span,
    /// None where its keys have errors.
    pub(in crate::config) known: Option<(ConnectionSpec, Capabilities)>,
}

impl Connection {
    /// What it can do, where that is known.
    pub(in crate::config) fn capabilities(&self) -> Option<&Capabilities> {
        self.known.as_ref().map(|(_, capabilities)| capabilities)
    }

    /// Its type, where that is known.
    pub(in crate::config) fn type_name(&self) -> Option<&str> {
        self.known.as_ref().map(|(spec, _)| &*spec.type_name)
    }

    /// False where it is known not to hold a kind.
    pub(in crate::config) fn may_hold(&self, kind: Kind) -> bool {
        self.capabilities().is_none_or(|capabilities| capabilities.kind(kind).is_some())
    }

    /// True where it is known to be told of addresses and to hold nothing itself.
    pub(in crate::config) fn is_filter(&self) -> bool {
        self.capabilities().is_some_and(|can| can.kind(Kind::Registration).is_some())
            && !self.may_hold(Kind::Mailbox)
            && !self.may_hold(Kind::Alias)
    }

    /// Whether all objects of a kind can be listed; a yes where it is not known.
    pub(in crate::config) fn lists(&self, kind: Kind) -> Ability {
        let Some(capabilities) = self.capabilities() else {
            return Ability::Yes;
        };
        match capabilities.kind(kind) {
            Some(kind) => kind.list.clone(),
            None => Ability::No(capabilities.why_not(kind).to_owned().into()),
        }
    }

    /// How messages call it.
    pub(in crate::config) fn shown(&self) -> String {
        match self.type_name() {
            Some(type_name) => format!("`{}` ({type_name})", self.name),
            None => format!("`{}`", self.name),
        }
    }
}

impl Resolver<'_, '_, '_> {
    pub(super) fn connections(&mut self, raw: Vec<RawConnection<'_>>) {
        for connection in raw {
            if let Some(&first) = self.names.get(&*connection.name.value) {
                let first = self.out.connections[first].span;
                let what = format!("the provider {}", quoted(&connection.name.value));
                self.reader.said_twice(&what, connection.name.span, first);
                continue;
            }
            let known = connection.spec.and_then(|spec| {
                let capabilities = self.reader.catalogue.capabilities(&spec)?;
                Some((spec, capabilities))
            });
            self.names.insert(connection.name.value.as_ref().to_owned(), self.out.connections.len());
            self.out.connections.push(Connection {
                name: ConnectionName::new(&connection.name.value),
                span: connection.name.span,
                known,
            });
        }
    }

    /// The connection of this name; an error where there is none.
    pub(super) fn connection(&mut self, name: At<&str>) -> Option<usize> {
        if let Some(&number) = self.names.get(name.value) {
            return Some(number);
        }
        let known = || self.out.connections.iter().map(|connection| connection.name.as_str());
        let help = match nearest(name.value, known()) {
            Some(word) => format!("did you mean `{word}`?"),
            None if self.out.connections.is_empty() => "declare it under `providers:`".to_owned(),
            None => format!("there are {}", listed(known())),
        };
        let message = format!("there is no provider {}", quoted(name.value));
        self.reader.sink.put(Report::error("unknown-reference", name.span, message).help(help));
        None
    }
}
