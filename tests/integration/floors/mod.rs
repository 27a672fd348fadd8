//! Reads the sources and fails on an arrow that breaks the floors of the house, and on what else its rules forbid.

mod lexer;

use std::collections::BTreeMap;
use std::path::Path;

use lexer::{Blanked, inline_modules, paths};

/// The modules by floor. One uses only those on floors below its own.
const FLOORS: [(&str, u8); 12] = [
    ("model", 1),
    ("provider", 2),
    ("plan", 3),
    ("config", 3),
    ("http", 3),
    ("sandbox", 3),
    ("audit", 4),
    ("apply", 4),
    ("providers", 4),
    ("render", 5),
    ("cli", 6),
    ("main", 7),
];

/// Modules without I/O, clock, environment, randomness and async.
const PURE: [&str; 4] = ["model", "plan", "audit", "render"];

/// What a pure module may not name: paths, then single words.
const IMPURE_PATHS: [&str; 6] =
    ["std::env", "std::fs", "std::net", "std::process", "std::thread", "std::io::stdin"];
const IMPURE_WORDS: [&str; 9] =
    ["SystemTime", "Instant", "tokio", "rand", "reqwest", "sqlx", "Zoned", "async_trait", "await"];

/// The services' names as their folders bear them; people spell them with blanks, hyphens and capitals, too.
const NAMES: [&str; 6] = ["mailinabox", "rackspace", "openxchange", "atmail", "censornet", "postfixadmin"];

/// A file is split by subject long before this.
const MOST_LINES: usize = 500;

/// Files that may be longer, each with the reason.
const LONGER: [(&str, &str); 1] = [("src/config/yaml/parse.rs", "one grammar, read from top to bottom")];

type Sources = BTreeMap<String, String>;

/// Every rule that the sources break, as `file:line: what`.
fn violations(sources: &Sources) -> Vec<String> {
    let mut found = Vec::new();
    for (file, source) in sources {
        let blanked = Blanked::new(source);
        let mut say = |at: usize, what: String| {
            let line = source[..at.min(source.len())].matches('\n').count() + 1;
            found.push(format!("{file}:{line}: {what}"));
        };
        attributes(&blanked.code, &mut say);
        let lines = source.lines().count();
        if lines > MOST_LINES && !LONGER.iter().any(|(long, _)| long == file) {
            say(0, format!("{lines} lines; split it by subject"));
        }
        if let Some(inner) = file.strip_prefix("src/") {
            let module = module_path(inner);
            arrows(&module, &blanked, &mut say);
            words(&module, &blanked.shipped_code(), &mut say);
            if module.first().is_none_or(|first| first != "providers") {
                names(&blanked.shipped, &mut say);
            }
        }
    }
    found.dedup();
    found
}

/// `providers/x/api.rs` as the segments of its module's path.
fn module_path(inner: &str) -> Vec<String> {
    let mut path: Vec<String> = inner.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if path.last().is_some_and(|last| last == "mod" || last == "lib") {
        path.pop();
    }
    path
}

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

fn arrows(module: &[String], blanked: &Blanked, say: &mut impl FnMut(usize, String)) {
    let Some(own) = module.first() else { return };
    let Some(own_floor) = floor(own) else {
        return say(0, format!("`{own}` stands on no floor"));
    };
    let code = &blanked.code;
    for (at, path) in paths(code) {
        let supers = path.iter().take_while(|segment| *segment == "super").count();
        let inside = inline_modules(code, at);
        let mut absolute: Vec<String> = match path[0].as_str() {
            "crate" => Vec::new(),
            _ => module.iter().cloned().chain(std::iter::repeat_n("_".to_owned(), inside)).collect(),
        };
        if supers >= absolute.len() && supers > 0 {
            say(at, format!("`{}` leaves the module; write `crate::…`", path.join("::")));
            continue;
        }
        absolute.truncate(absolute.len() - supers);
        let rest = path.iter().skip(supers.max(1)).filter(|segment| *segment != "self");
        absolute.extend(rest.cloned());
        let Some(to) = absolute.first().filter(|to| *to != own) else {
            in_sandbox(module, &absolute, at, say);
            continue;
        };
        match floor(to) {
            Some(floor) if floor < own_floor => {}
            Some(_) => say(at, format!("`{own}` may not know `{to}`")),
            None => say(at, format!("`{to}` stands on no floor")),
        }
    }
}

/// A simulator is a second opinion on its service: what it shared with the adapter, no test could find wrong.
fn in_sandbox(module: &[String], to: &[String], at: usize, say: &mut impl FnMut(usize, String)) {
    let is_sandbox = module.len() > 2 && module[0] == "providers" && module[2].starts_with("sandbox");
    let shares = |to: &str| !to.starts_with("sandbox");
    if is_sandbox && to.len() > 2 && to[..2] == module[..2] && shares(&to[2]) {
        say(at, format!("a sandbox may not use its service's `{}`", to[2]));
    }
}

fn words(module: &[String], code: &str, say: &mut impl FnMut(usize, String)) {
    let Some(own) = module.first() else { return };
    let whole = |word: &str| {
        let is_edge = |c: Option<char>| c.is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
        code.match_indices(word)
            .map(|(at, _)| at)
            .filter(|at| {
                is_edge(code[..*at].chars().next_back()) && is_edge(code[at + word.len()..].chars().next())
            })
            .collect::<Vec<_>>()
    };
    if own != "http" {
        for at in whole("reqwest") {
            say(at, "only `http` may name `reqwest`".to_owned());
        }
    }
    if !PURE.contains(&own.as_str()) {
        return;
    }
    for word in IMPURE_WORDS {
        for at in whole(word) {
            say(at, format!("`{own}` is pure and may not name `{word}`"));
        }
    }
    for path in IMPURE_PATHS {
        let last = path.rsplit("::").next().unwrap_or(path);
        let grouped = code.match_indices("use std::{").filter(|(at, _)| {
            let group = code[*at..].split('}').next().unwrap_or_default();
            group.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == last)
        });
        for at in whole(path).into_iter().chain(grouped.map(|(at, _)| at)) {
            say(at, format!("`{own}` is pure and may not name `{path}`"));
        }
    }
}

fn names(shipped: &str, say: &mut impl FnMut(usize, String)) {
    let mut start = 0;
    for line in shipped.split_inclusive('\n') {
        let spelled = |gone: &[char]| line.to_lowercase().replace(gone, "");
        let (joined, words) = (spelled(&['-', '_']), spelled(&['-', '_', ' ']));
        for name in NAMES {
            // Without blanks, "that mail" holds a name; so that one is looked for at the start of a word.
            let named = if name == "atmail" {
                joined.match_indices(name).any(|(at, _)| {
                    joined[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric())
                })
            } else {
                words.contains(name)
            };
            if named {
                say(start, format!("`{name}` is named outside of providers/"));
            }
        }
        start += line.len();
    }
}

fn attributes(code: &str, say: &mut impl FnMut(usize, String)) {
    let code: String = code.to_owned();
    for (at, _) in code.match_indices("allow(") {
        let before = code[..at].trim_end();
        if before.ends_with("#[") || before.ends_with("#![") {
            say(at, "`allow`: write `expect` with a reason".to_owned());
        }
    }
}

fn read(root: &Path, folder: &str, sources: &mut Sources) {
    let mut entries: Vec<_> = std::fs::read_dir(root.join(folder))
        .expect("a folder of the repository")
        .map(|entry| entry.expect("an entry of it"))
        .collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
        // What a project within this one builds is not its source.
        if name.ends_with("/target") {
            continue;
        }
        if entry.file_type().expect("a file type").is_dir() {
            read(root, &name, sources);
        } else if std::path::Path::new(&name).extension().is_some_and(|ending| ending == "rs") {
            sources.insert(name, std::fs::read_to_string(entry.path()).expect("sources are text"));
        }
    }
}

#[test]
fn the_house_stands() {
    let mut sources = Sources::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "tests", "benches"] {
        if root.join(folder).is_dir() {
            read(root, folder, &mut sources);
        }
    }
    assert!(sources.len() > 50, "the sources were found");
    let found = violations(&sources);
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(file: &str, source: &str) -> Vec<String> {
        violations(&Sources::from([(file.to_owned(), source.to_owned())]))
    }

    #[test]
    fn arrows_go_down_only() {
        for (file, source) in [
            ("src/plan/a.rs", "use crate::config::load;"),
            ("src/plan/a.rs", "use crate::{model::Plan, config};"),
            (
                "src/plan/a.rs",
                "use crate::{\n    model::{Plan, Change},\n    provider as p, apply::{self, Run as R},\n};",
            ),
            ("src/plan/a.rs", "fn f() { crate::apply::run(); }"),
            ("src/plan/a.rs", "type X = Vec<crate::render::Format>;"),
            ("src/model/mod.rs", "use crate::plan;"),
            ("src/http/a.rs", "use crate :: sandbox :: Fault;"),
            ("src/apply/a.rs", "use crate::providers::catalogue;"),
            ("src/elsewhere/a.rs", ""),
            ("src/plan/a.rs", "use crate::nowhere::X;"),
            ("src/plan/a.rs", "use super::super::config::X;"),
            ("src/plan/mod.rs", "use super::model::Plan;"),
            ("src/plan/a/b.rs", "use super::super::super::model::Plan;"),
            ("src/plan/a.rs", "mod tests { use super::super::super::model::Plan; }"),
        ] {
            assert_eq!(broken(file, source).len(), 1, "{file}: {source}");
        }
        for (file, source) in [
            ("src/plan/a.rs", "use crate::{model::Plan, provider::{self, Capabilities}};"),
            ("src/plan/a.rs", "use super::b::X; use crate::plan::c; use self::d::E;"),
            ("src/plan/a/b.rs", "use super::super::c::X;"),
            ("src/plan/a.rs", "mod tests { use super::*; use super::super::b; }"),
            ("src/apply/a.rs", "use crate::plan::ground_digest;"),
            (
                "src/cli/a.rs",
                "use crate::{apply, audit, config, http, model, plan, provider, providers, render};",
            ),
            (
                "src/plan/a.rs",
                "// crate::config::load\n/* crate::cli /* crate::cli */ */ const X: &str = \"crate::cli\";",
            ),
            (
                "src/plan/a.rs",
                "const X: &str = r#\"a \" crate::cli::x\"#; const Y: char = '\"'; fn f<'a>(x: &'a str) {}",
            ),
            ("src/main.rs", "fn main() { mailwright::cli::run(); }"),
            ("src/lib.rs", "pub mod cli;"),
        ] {
            assert_eq!(broken(file, source), Vec::<String>::new(), "{file}: {source}");
        }
    }

    #[test]
    fn only_http_knows_the_client_and_pure_modules_know_no_world() {
        for (file, source) in [
            ("src/providers/x/api.rs", "use reqwest::Client;"),
            ("src/plan/a.rs", "let day = std::env::var(\"DAY\");"),
            ("src/plan/a.rs", "use std::{collections::BTreeMap, env};"),
            ("src/audit/a.rs", "let now = std::time::SystemTime::now();"),
            ("src/render/a.rs", "use std::time::{Duration, Instant};"),
            ("src/model/a.rs", "tokio::spawn(x);"),
            ("src/render/a.rs", "rand::random::<u8>();"),
            ("src/audit/a.rs", "std::fs::read(x);"),
            ("src/plan/a.rs", "jiff::Zoned::now();"),
        ] {
            assert_eq!(broken(file, source).len(), 1, "{file}: {source}");
        }
        for (file, source) in [
            ("src/http/client.rs", "use reqwest::Client;"),
            (
                "src/plan/a.rs",
                "let version = env!(\"CARGO_PKG_VERSION\"); let operand = 1; // tokio, std::env",
            ),
            ("src/cli/a.rs", "std::env::var(\"HOME\"); tokio::spawn(x);"),
            (
                "src/plan/a.rs",
                "#[cfg(test)]\nmod tests { use std::env; fn f() { std::time::Instant::now(); } }",
            ),
        ] {
            assert_eq!(broken(file, source), Vec::<String>::new(), "{file}: {source}");
        }
    }

    #[test]
    fn services_are_named_in_providers_only() {
        for source in [
            "const TYPE: &str = \"mailinabox\";",
            "/// As Mail-in-a-Box does it.",
            "// as in Open-Xchange, or in open_xchange",
            "struct PostfixAdmin;",
            "fn f() { if name == \"atmail\" {} }",
            "mod Censornet {}",
            "//! rackspace",
        ] {
            assert!(!broken("src/render/a.rs", source).is_empty(), "{source}");
            assert_eq!(broken("src/providers/x/mod.rs", source), Vec::<String>::new(), "{source}");
        }
        for source in [
            "// that mail, what mail, format_mail",
            "const TEXT: &str = include_str!(\"../../examples/mailinabox/team.yaml\");",
            "#[cfg(test)]\nmod tests { const TYPE: &str = \"mailinabox\"; }",
        ] {
            assert_eq!(broken("src/cli/a.rs", source), Vec::<String>::new(), "{source}");
        }
    }

    #[test]
    fn a_sandbox_shares_nothing_with_its_adapter() {
        for (file, source) in [
            ("src/providers/x/sandbox.rs", "use super::api::User;"),
            ("src/providers/x/sandbox.rs", "use super::wire;"),
            ("src/providers/x/sandbox/state.rs", "use super::super::api::User;"),
            ("src/providers/x/sandbox/mod.rs", "use crate::providers::x::convert::from_wire;"),
            ("src/providers/x/sandbox.rs", "mod tests { use super::super::api::User; }"),
        ] {
            assert_eq!(broken(file, source).len(), 1, "{file}: {source}");
        }
        for (file, source) in [
            ("src/providers/x/sandbox.rs", "use crate::sandbox::Simulator; use crate::model::Address;"),
            ("src/providers/x/sandbox/mod.rs", "use self::api::route; mod api;"),
            ("src/providers/x/convert.rs", "use super::api::User;"),
        ] {
            assert_eq!(broken(file, source), Vec::<String>::new(), "{file}: {source}");
        }
    }

    #[test]
    fn files_stay_short_and_nothing_is_allowed() {
        assert_eq!(broken("src/plan/a.rs", &"\n".repeat(501)).len(), 1);
        assert_eq!(broken("src/plan/a.rs", &"\n".repeat(500)).len(), 0);
        assert_eq!(broken("src/plan/a.rs", "#[allow(dead_code)]\nfn f() {}").len(), 1);
        assert_eq!(broken("tests/a.rs", "#![allow(clippy::all)]").len(), 1);
        assert_eq!(
            broken("src/plan/a.rs", "#[expect(dead_code, reason = \"soon\")]\nfn allow(x: u8) {}").len(),
            0
        );
    }
}
