//! What hangs on no address: administrators, a service's own objects, the ledger and the policy.

use std::collections::{BTreeMap, HashMap};

use crate::config::raw::{FieldAt, RawAdministrator, RawCap, RawObject, RawPolicy, RawSetting, Wished};
use crate::config::report::{Report, quoted};
use crate::config::text::{At, Span};
use crate::model::{Address, Cap, External, ExternalForwards, Identity, Kind, Policy, Protected};

use super::{Resolver, Slot};

impl Resolver<'_, '_, '_> {
    pub(super) fn administrators(&mut self, raw: Vec<RawAdministrator<'_>>) {
        let mut seen: HashMap<(usize, Identity), Span> = HashMap::new();
        for administrator in raw {
            let Some(connection) = self.connection(administrator.connection.by_ref()) else {
                continue;
            };
            let slot = Slot {
                connection,
                identity: Identity::administrator(&administrator.login.value),
                span: administrator.login.span,
            };
            if !self.first_of(&slot, "the administrator", &mut seen) {
                continue;
            }
            match administrator.wish {
                Wished::Absent => self.absent(&slot),
                Wished::Present(mut content) => {
                    content.extend(self.own_settings(
                        connection,
                        &administrator.settings,
                        Kind::Administrator,
                    ));
                    self.present(&slot, content, Vec::new(), Vec::new());
                }
            }
        }
    }

    pub(super) fn objects(&mut self, raw: Vec<RawObject<'_>>) {
        let mut seen: HashMap<(usize, Identity), Span> = HashMap::new();
        for object in raw {
            let Some(connection) = self.connection(object.connection.by_ref()) else {
                continue;
            };
            let slot = Slot {
                connection,
                identity: Identity::Object {
                    kind: (*object.kind.value).into(),
                    name: (*object.name.value).into(),
                },
                span: object.name.span,
            };
            if !self.first_of(&slot, "the object", &mut seen) {
                continue;
            }
            match object.wish {
                Wished::Absent => self.absent(&slot),
                Wished::Present(()) => {
                    let content = self.own_settings(connection, &object.settings, Kind::Object);
                    self.present(&slot, content, Vec::new(), Vec::new());
                }
            }
        }
    }

    fn first_of(&mut self, slot: &Slot, what: &str, seen: &mut HashMap<(usize, Identity), Span>) -> bool {
        let key = (slot.connection, slot.identity.clone());
        if let Some(&first) = seen.get(&key) {
            let what = format!("{what} {}", quoted(&slot.identity.to_string()));
            self.reader.said_twice(&what, slot.span, first);
            return false;
        }
        seen.insert(key, slot.span);
        true
    }

    fn own_settings(&mut self, connection: usize, settings: &[RawSetting<'_>], kind: Kind) -> Vec<FieldAt> {
        let catalogue = self.reader.catalogue;
        let Some(provider) =
            self.out.connections[connection].type_name().and_then(|name| catalogue.get(name))
        else {
            return Vec::new();
        };
        self.reader.direct_settings(provider, settings, kind)
    }

    pub(super) fn external(&mut self, raw: Vec<(At<Address>, Option<External>)>) {
        let mut seen: HashMap<Address, Span> = HashMap::new();
        for (address, external) in raw {
            if let Some(&first) = seen.get(&address.value) {
                let what = format!("{} under `external`", quoted(address.value.shown()));
                self.reader.said_twice(&what, address.span, first);
                continue;
            }
            seen.insert(address.value.clone(), address.span);
            if let Some(domain) = self.out.domains.get(address.value.domain()) {
                let message = format!("{} is not external", quoted(address.value.shown()));
                let domain_span = domain.span;
                self.reader.sink.put(
                    Report::warning("not-external", address.span, message)
                        .related(domain_span, "its domain is one of this configuration")
                        .help("take it out of `external`"),
                );
            }
            if let Some(external) = external {
                self.out.external.insert(address.value, external);
            }
        }
    }

    pub(super) fn policy(&mut self, raw: RawPolicy) {
        let files = self.reader.files;
        let mut protected: Vec<Protected> = raw
            .protected
            .into_iter()
            .map(|glob| Protected { glob: glob.value, at: Some(glob.span.source(files)) })
            .collect();
        protected.sort_by(|a, b| a.glob.cmp(&b.glob));
        protected.dedup_by(|a, b| a.glob == b.glob);
        let caps = |caps: &[RawCap]| -> BTreeMap<Kind, Cap> {
            let cap = |cap: &RawCap| Cap { count: cap.count, at: Some(cap.span.source(files)) };
            let rest = caps.iter().find(|cap| cap.kind.is_none());
            let mut found: BTreeMap<Kind, Cap> =
                rest.into_iter().flat_map(|rest| Kind::ALL.map(|kind| (kind, cap(rest)))).collect();
            found.extend(caps.iter().filter_map(|known| Some((known.kind?, cap(known)))));
            found
        };
        self.out.policy = Policy {
            max_deletes: caps(&raw.max_deletes),
            max_creates: caps(&raw.max_creates),
            protected,
            external_forwards: raw
                .external_forwards
                .map_or_else(ExternalForwards::default, |rule| rule.value),
        };
    }
}
