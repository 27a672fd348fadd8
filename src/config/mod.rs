//! From YAML bytes to a validated wish, every problem collected; and back, for `export`.
//!
//! Four passes with a type each, so that nobody reads an unresolved value:
//!
//! ```text
//! bytes ──yaml──▶ Node ──raw──▶ Raw ──resolve──▶ Resolved ──validate──▶ model::Desired
//!         tree, places   shapes, values  names, profiles    whole: loops, capabilities
//! ```
//!
//! Owns the format, its diagnostics, its JSON Schema, and where secrets are found. Knows types of connections only
//! through the [`Catalogue`]; asks no service.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::{Desired, Param, SecretRef, Value};
use crate::provider::{Catalogue, KeyKind, KeySpec};

mod circles;
mod diagnostic;
mod export;
mod files;
pub mod limits;
mod mask;
mod raw;
mod report;
mod resolve;
mod schema;
mod secrets;
mod suggest;
mod text;
mod validate;
mod yaml;

pub use diagnostic::{Diagnostic, Excerpt, Problems};
pub use export::{ExportConnection, ExportInput, export};
pub use schema::schema;
pub use secrets::SecretResolver;

use raw::{Raw, Reader};
use report::{Report, Sink};
use text::{SourceText, Span};
use yaml::Limits;

/// A configuration that holds.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What it wants.
    pub desired: Desired,
    /// What somebody should look at, sorted by place.
    pub warnings: Vec<Diagnostic>,
    /// The folder that the names of its files are relative to.
    pub root: PathBuf,
}

impl Loaded {
    /// The variables of the environment that it names as secrets.
    pub fn secret_variables(&self) -> BTreeSet<Arc<str>> {
        fn of<'a>(param: &'a Param, found: &mut Vec<&'a SecretRef>) {
            match param {
                Param::Secret(reference) => found.push(reference),
                Param::Map(params) => params.values().for_each(|param| of(param, found)),
                Param::Text(_) | Param::Int(_) | Param::Bool(_) | Param::List(_) => {}
            }
        }
        let mut found = Vec::new();
        let connections = self.desired.connections.values();
        connections.flat_map(|spec| spec.params.values()).for_each(|param| of(param, &mut found));
        let fields = self.desired.objects.values().flat_map(|wish| wish.fields.iter());
        let of_objects = fields.filter_map(|(_, value)| match value {
            Value::Secret(reference) => Some(reference),
            _ => None,
        });
        let mut named = BTreeSet::new();
        for reference in found.into_iter().chain(of_objects) {
            if let SecretRef::Env(name) = reference
                && !named.contains(name)
            {
                named.insert(Arc::clone(name));
            }
        }
        named
    }
}

/// Loads a file, or all `*.yaml` and `*.yml` files of a folder, recursively and in name order.
///
/// Names that start with a dot are skipped; so are links, which is a warning: one that leaves the folder is not
/// ours to read, and what one inside it names is read anyway. The error holds every problem of every file.
pub fn load(path: &Path, catalogue: &Catalogue) -> Result<Loaded, Problems> {
    let found = files::find(path)?;
    match load_sources(found.files, &found.root, catalogue) {
        Ok(mut loaded) => {
            loaded.warnings.splice(0..0, found.warnings);
            Ok(loaded)
        }
        Err(mut problems) => {
            problems.diagnostics.splice(0..0, found.warnings);
            Err(problems)
        }
    }
}

/// Loads files that were read already, each with its name relative to `base`. Does no I/O.
///
/// The order of the files decides nothing but which of two equal entries is called the first.
pub fn load_sources(
    files: Vec<(String, Vec<u8>)>,
    base: &Path,
    catalogue: &Catalogue,
) -> Result<Loaded, Problems> {
    let mut sink = Sink::default();
    let mut texts = Vec::with_capacity(files.len());
    let mut decoded = Vec::with_capacity(files.len());
    for (name, bytes) in files {
        let (text, problem) = decode(bytes);
        let number = u32::try_from(texts.len()).unwrap_or(u32::MAX);
        texts.push(SourceText::new(&name, text));
        decoded.push(problem.is_none());
        if let Some(problem) = problem {
            sink.put(problem(number, &texts[texts.len() - 1].text));
        }
    }
    let desired = passes(&texts, &decoded, catalogue, &mut sink);
    let keys = secret_keys(catalogue);
    let diagnostics = sink.finish(&texts, &keys);
    match desired {
        Some(desired) => Ok(Loaded { desired, warnings: diagnostics, root: base.to_owned() }),
        None => Err(Problems { diagnostics }),
    }
}

/// The passes; none where there was an error.
fn passes(texts: &[SourceText], decoded: &[bool], catalogue: &Catalogue, sink: &mut Sink) -> Option<Desired> {
    let mut limits = Limits::default();
    let mut whole = true;
    let mut raw = Raw::default();
    let mut reader = Reader::new(sink, catalogue, texts);
    for (number, (file, decoded)) in texts.iter().zip(decoded).enumerate() {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        match decoded.then(|| yaml::parse(file, number, &mut limits, reader.sink)) {
            // The tree of a file is many times its size, so it goes before the next one comes.
            Some(Ok(root)) => root.iter().for_each(|root| reader.file(root, &mut raw)),
            Some(Err(_)) | None => whole = false,
        }
    }
    // Where a file is missing, what the others refer to is missing too, and would be reported in vain.
    if !whole {
        return None;
    }
    version(&raw, texts, reader.sink);
    let resolved = resolve::resolve(raw, &mut reader);
    validate::validate(&resolved, sink);
    (sink.errors() == 0).then(|| validate::desired(resolved, texts))
}

fn version(raw: &Raw<'_>, texts: &[SourceText], sink: &mut Sink) {
    if raw.version.is_some() {
        return;
    }
    let place = Span { line: 1, column: 1, ..Span::default() };
    let report = Report::error("missing-key", place, "no file says which version of the format it is in")
        .help("start one of them with `version: 1`");
    sink.put(if texts.is_empty() { report.nowhere() } else { report });
}

type Undecoded = fn(u32, &str) -> Report;

/// The text of a file, without a byte order mark. What follows the first byte that is no UTF-8 is left out.
fn decode(bytes: Vec<u8>) -> (String, Option<Undecoded>) {
    fn place(file: u32, text: &str) -> Span {
        // As YAML counts: a lone carriage return ends a line too.
        let lines = text.replace("\r\n", "\n").replace('\r', "\n");
        let line = lines.matches('\n').count() + 1;
        let column = lines.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        Span {
            file,
            start: number(text.len()),
            end: number(text.len()),
            line: number(line),
            column: number(column),
        }
    }
    fn not_utf8(file: u32, text: &str) -> Report {
        Report::error("encoding", place(file, text), "the file is not UTF-8 from here on")
            .help("save it as UTF-8")
    }
    fn too_large(_: u32, _: &str) -> Report {
        let message =
            format!("a file is larger than {} MiB (limit: file size)", limits::MAX_FILE_BYTES >> 20);
        Report::error("limit", Span::default(), message)
            .nowhere()
            .help("split it into several files of one folder")
    }
    if bytes.len() as u64 > limits::MAX_FILE_BYTES {
        return (String::new(), Some(too_large));
    }
    let (mut text, problem): (String, Option<Undecoded>) = match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            bytes.truncate(valid);
            (String::from_utf8(bytes).unwrap_or_default(), Some(not_utf8))
        }
    };
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    (text, problem)
}

/// The keys whose literal values no excerpt of a file may show.
fn secret_keys(catalogue: &Catalogue) -> Vec<&'static str> {
    fn gather(keys: &'static [KeySpec], found: &mut Vec<&'static str>) {
        for key in keys {
            match key.kind {
                KeyKind::Secret | KeyKind::Database => found.push(key.name),
                KeyKind::Keys(keys) => gather(keys, found),
                _ => {}
            }
        }
    }
    let mut found = vec!["password"];
    for provider in catalogue.iter() {
        gather(provider.keys, &mut found);
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests;
