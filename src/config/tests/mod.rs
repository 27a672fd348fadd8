//! Tests of the whole of `config`, over a catalogue that no service has.

mod broken;
mod catalogue;
mod laws;
mod loading;
mod whole;

use std::path::Path;

pub(super) use whole::WHOLE;

use super::{Loaded, Problems, load_sources};
pub(super) use catalogue::catalogue;

/// Loads files that lie in `/conf`.
pub(super) fn load(files: &[(&str, &str)]) -> Result<Loaded, Problems> {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    load_sources(files, Path::new("/conf"), &catalogue())
}

/// What every configuration here starts with.
pub(super) const HEAD: &str = "version: 1
providers:
  box: {type: acme, url: \"https://box.example.com\", user: admin, password: {env: BOX_PASSWORD}}
  small: {type: mini, password: {env: SMALL}}
  gateway: {type: gate, token: {file: gate.txt}}
domains:
  example.com: {provider: box, also: [small], filters: [gateway]}
  small.example: {provider: small}
";

/// Loads `HEAD` and a text after it.
fn with_head(text: &str) -> Result<Loaded, Problems> {
    load(&[("main.yaml", &format!("{HEAD}{text}"))])
}

/// Loads `HEAD` and a text that must hold.
fn good(text: &str) -> Loaded {
    match with_head(text) {
        Ok(loaded) => loaded,
        Err(problems) => panic!("{problems}"),
    }
}

/// The problems of `HEAD` and a text, as shown.
fn bad(text: &str) -> String {
    match with_head(text) {
        Ok(_) => panic!("this holds, and should not:\n{text}"),
        Err(problems) => problems.to_string(),
    }
}
