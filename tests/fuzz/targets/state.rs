//! What follows from a wish: the plan from nothing, the plan from just that, and the export that says the same again.

use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;
use mailwright::config::{self, ExportConnection, ExportInput};
use mailwright::model::{
    ConnectionName, Desired, Field, Fields, Identity, Narrowing, Observed, ObservedObject, Plan, Presence,
    Readings, SecretRef,
};
use mailwright::plan;
use mailwright::provider::{Capabilities, SecretError, Secrets};
use mailwright::providers;
use secrecy::SecretString;

/// Whatever is asked for is this word.
pub(crate) struct Word<'a>(pub(crate) &'a str);

#[async_trait]
impl Secrets for Word<'_> {
    async fn reveal(&self, _reference: &SecretRef, _subject: &str) -> Result<SecretString, SecretError> {
        Ok(self.0.into())
    }
}

/// Runs on a stopped clock.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// What each connection can do.
pub(crate) fn capabilities(desired: &Desired) -> BTreeMap<ConnectionName, Capabilities> {
    let catalogue = providers::catalogue();
    let known = |(name, spec): (&ConnectionName, _)| Some((name.clone(), catalogue.capabilities(spec)?));
    desired.connections.iter().filter_map(known).collect()
}

/// Plans. A plan that fails its own proof is a defect.
pub(crate) fn planned(
    desired: &Desired,
    observed: &Observed,
    capabilities: &BTreeMap<ConnectionName, Capabilities>,
) -> Plan {
    let input = plan::Input {
        desired,
        observed,
        capabilities,
        overrides: &[],
        narrowing: &Narrowing::default(),
        today: jiff::civil::date(2026, 5, 4),
    };
    plan::plan(input).unwrap_or_else(|error| panic!("the planner's own proof fails: {error}"))
}

/// The state that is just what the wish says, of what is read at all.
fn fulfilled(desired: &Desired) -> Observed {
    let mut observed = Observed::default();
    for name in desired.connections.keys() {
        observed.connections.entry(name.clone()).or_default();
    }
    for (object, wish) in &desired.objects {
        if wish.presence != Presence::Present {
            continue;
        }
        let mut readings = Readings::new();
        for (field, value) in wish.fields.iter().filter(|(field, _)| **field != Field::Password) {
            readings = readings.known(field.clone(), value.clone());
        }
        let state = observed.connections.entry(object.connection.clone()).or_default();
        let read = ObservedObject::plain(object.identity.clone(), readings);
        state.objects.insert(object.identity.clone(), Box::new(read));
    }
    observed
}

/// A wish that loads can be planned from nothing; and exported from the state that it asks for, it loads again and
/// asks for nothing that was not there.
pub(crate) fn holds(desired: &Desired, files: &[(String, Vec<u8>)]) {
    let capabilities = capabilities(desired);
    planned(desired, &Observed::default(), &capabilities);
    let observed = fulfilled(desired);
    let fulfilled = planned(desired, &observed, &capabilities);
    let ready = fulfilled.ready().count();
    assert_eq!(ready, 0, "a wish that is fulfilled asks for more: {:?}", fulfilled.changes);
    let Some(head) = head(files, desired) else { return };
    let connections = desired.connections.iter().filter_map(|(name, spec)| {
        let capabilities = capabilities.get(name)?;
        Some((name.clone(), ExportConnection { type_name: &spec.type_name, capabilities }))
    });
    let yaml = config::export(&ExportInput {
        observed: &observed,
        connections: connections.collect(),
        domains: &desired.domains,
        adopt: None,
    });
    let exported = ("zz-export.yaml".to_owned(), yaml.clone().into_bytes());
    let all: Vec<_> = head.into_iter().chain([exported]).collect();
    let again = match config::load_sources(all, Path::new("."), &providers::catalogue()) {
        Ok(again) => again.desired,
        Err(problems) => panic!("the export does not load: {problems}\n{yaml}"),
    };
    for (object, wish) in &again.objects {
        let state = &observed.connections[&object.connection];
        let is_filter = matches!(object.identity, Identity::Registration(_));
        let Some(read) = state.objects.get(&object.identity) else {
            assert!(is_filter || wish.presence == Presence::Absent, "the export made {object} up\n{yaml}");
            continue;
        };
        let exported: &Fields = &wish.fields;
        for (field, value) in exported.iter() {
            assert_eq!(read.fields.value(field), Some(value), "{object} {field}\n{yaml}");
        }
    }
}

/// The sections of a configuration that an export does not write.
const HEAD: [&str; 4] = ["version:", "providers:", "domains:", "external:"];

/// The files without the sections that an export writes; none where that is no longer the same configuration.
fn head(files: &[(String, Vec<u8>)], desired: &Desired) -> Option<Vec<(String, Vec<u8>)>> {
    let mut kept = Vec::new();
    for (name, bytes) in files {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut keeps = false;
        let mut head = String::new();
        for line in text.lines() {
            if !line.starts_with([' ', '\t', '#', '-']) && !line.is_empty() {
                keeps = HEAD.iter().any(|key| line.starts_with(key));
            }
            if keeps {
                head.push_str(line);
                head.push('\n');
            }
        }
        kept.push((name.clone(), head.replace("version: 1\n", "").into_bytes()));
    }
    let mut alone = kept.clone();
    alone.push(("zz-export.yaml".to_owned(), b"version: 1\n".to_vec()));
    let loaded = config::load_sources(alone, Path::new("."), &providers::catalogue()).ok()?;
    let same = loaded.desired.connections.keys().eq(desired.connections.keys())
        && loaded.desired.domains.keys().eq(desired.domains.keys());
    same.then_some(kept)
}
