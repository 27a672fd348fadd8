//! Texts that people write: configurations, addresses, quotas, the keys of connections.

use std::path::Path;

use mailwright::config::{self, Diagnostic, Excerpt, Loaded};
use mailwright::http;
use mailwright::model::{Address, DomainName, Quota};
use mailwright::provider::{ErrorKind, Places};
use mailwright::providers;

use super::state::{self, Word};
use super::tame;

/// The name that a single file has.
const FILE: &str = "mailwright.yaml";

/// What begins a file in the bytes of a folder; its name follows up to the line's end.
const BEGINS: &[u8] = b"#=# ";

pub(crate) fn address(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Address::parse_or_domain(text) {
        Ok(address) => {
            for form in [address.to_string(), address.as_str().to_owned()] {
                assert_eq!(Address::parse_or_domain(&form).as_ref(), Ok(&address), "{form:?} of {text:?}");
            }
            // A domain that can be taken for another is shown by its plain name.
            let shown = address.to_string();
            assert!(shown == text || shown.eq_ignore_ascii_case(address.as_str()), "{shown:?} of {text:?}");
            assert_eq!(Address::new(address.local(), &address.domain_name()).as_ref(), Ok(&address));
            assert_eq!(Address::parse(text).is_ok(), !address.is_domain());
            assert!(address.as_str().is_ascii() && !address.as_str().contains(char::is_whitespace));
            let json = serde_json::to_string(&address).expect("written");
            assert_eq!(serde_json::from_str::<Address>(&json).expect("read"), address);
        }
        Err(error) => tame(&error.to_string(), "an error"),
    }
    if let Ok(domain) = DomainName::parse(text) {
        assert_eq!(DomainName::parse(domain.as_str()).as_ref(), Ok(&domain));
        assert_eq!(DomainName::parse(&domain.to_unicode()).as_ref(), Ok(&domain), "{}", domain.to_unicode());
    }
}

pub(crate) fn quota(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(quota) = text.parse::<Quota>() {
        assert_ne!(quota, Quota::Bytes(0));
        assert_eq!(quota.to_string().parse(), Ok(quota), "{text:?} is shown as {quota}");
        let json = serde_json::to_string(&quota).expect("written");
        assert_eq!(serde_json::from_str::<Quota>(&json).expect("read"), quota);
    }
}

/// The address of a service and a secret, a line each, given to every type of connection.
pub(crate) fn connection(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (url, secret) = text.split_once('\n').unwrap_or((text, "JBSWY3DPEHPK3PXP"));
    match http::base_url(url) {
        Ok(base) => {
            assert_eq!(http::base_url(&base).ok(), Some(base.clone()));
            let loopback = ["http://127.", "http://localhost", "http://[::1]"];
            let is_local = loopback.iter().any(|start| base.starts_with(start));
            assert!(base.starts_with("https://") || is_local, "{base} of {url:?}");
            assert!(
                !base.contains(['@', '?', '#'])
                    || base.splitn(4, '/').nth(3).is_some_and(|path| path.contains('@'))
            );
        }
        Err(error) => assert_eq!(error.kind, ErrorKind::Invalid),
    }
    let url = serde_json::to_string(url).expect("a text");
    for keys in [
        format!(
            "type: mailinabox, url: {url}, email: me@example.com, password: {{env: A}}, totp: {{env: A}}"
        ),
        format!("type: mailinabox, url: {url}, api_key: {{env: A}}"),
        format!(
            "type: rackspace, url: {url}, user_key: {{env: A}}, secret_key: {{env: A}}, account: {url}, version: {url}"
        ),
        format!(
            "type: open_xchange, url: {url}, admin_url: {url}, context: {url}, username: {url}, password: {{env: A}}"
        ),
        format!("type: atmail, url: {url}, username: {url}, password: {{env: A}}"),
        format!("type: censornet, url: {url}, username: {url}, password: {{env: A}}, account_id: {url}"),
    ] {
        let file = format!("version: 1\nproviders: {{svc: {{{keys}}}}}\n");
        let Some(loaded) = loads(vec![(FILE.to_owned(), file.into_bytes())]) else { continue };
        let catalogue = providers::catalogue();
        for spec in loaded.desired.connections.values() {
            let entry = catalogue.get(&spec.type_name).expect("a known type");
            let connected = state::block_on(async {
                (entry.connect)(spec, &Word(secret), &Places::default()).await.map(drop)
            });
            if let Err(error) = connected {
                assert!(matches!(error.kind, ErrorKind::Invalid | ErrorKind::Auth), "{error}");
                let is_long = secret.trim().len() > 5;
                assert!(!is_long || !error.message.contains(secret.trim()), "it shows the secret: {error}");
            }
        }
    }
}

pub(crate) fn config_file(data: &[u8]) {
    if let Some(loaded) = loads(vec![(FILE.to_owned(), data.to_vec())]) {
        state::holds(&loaded.desired, &[(FILE.to_owned(), data.to_vec())]);
    }
}

/// Several files: each begins with a line of its name.
pub(crate) fn config_folder(data: &[u8]) {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        if let Some(name) = line.strip_prefix(BEGINS) {
            let name = String::from_utf8_lossy(name).trim().to_owned();
            files.push((name, Vec::new()));
        } else if let Some((_, content)) = files.last_mut() {
            content.extend_from_slice(line);
        }
    }
    if let Some(loaded) = loads(files.clone()) {
        state::holds(&loaded.desired, &files);
    }
}

/// Loads files, and looks at everything that is said of them.
fn loads(files: Vec<(String, Vec<u8>)>) -> Option<Loaded> {
    let texts: Vec<(String, String)> = files
        .iter()
        .map(|(name, bytes)| {
            let text = String::from_utf8_lossy(bytes);
            (name.clone(), text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
        })
        .collect();
    let again = files.clone();
    let catalogue = providers::catalogue();
    match config::load_sources(files, Path::new("."), &catalogue) {
        Ok(loaded) => {
            for warning in &loaded.warnings {
                in_place(warning, &texts);
            }
            let twice = config::load_sources(again, Path::new("."), &catalogue).expect("it loaded before");
            assert_eq!(mailwright::plan::digests(&twice.desired), mailwright::plan::digests(&loaded.desired));
            Some(loaded)
        }
        Err(problems) => {
            assert!(problems.errors() > 0, "refused without an error");
            for problem in &problems.diagnostics {
                in_place(problem, &texts);
            }
            None
        }
    }
}

fn in_place(problem: &Diagnostic, texts: &[(String, String)]) {
    tame(&problem.message, "a message");
    tame(problem.help.as_deref().unwrap_or_default(), "a help");
    for excerpt in problem.at.iter().chain(&problem.related) {
        within(excerpt, texts, problem);
    }
}

/// A place is one of the file's, and the shown stretch lies in the shown line.
fn within(excerpt: &Excerpt, texts: &[(String, String)], problem: &Diagnostic) {
    let named: Vec<&String> =
        texts.iter().filter(|(name, _)| **name == *excerpt.at.file).map(|(_, text)| text).collect();
    assert!(!named.is_empty(), "{problem}: no file is called {:?}", excerpt.at.file);
    let (line, column) = (excerpt.at.line as usize, excerpt.at.column as usize);
    let is_there = named.iter().any(|text| {
        // YAML ends a line also at a lone carriage return; where a file ends, one more line may begin.
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut lines = text.split('\n');
        line >= 1 && column >= 1 && lines.nth(line - 1).is_some_and(|line| column <= line.chars().count() + 1)
    });
    assert!(is_there, "{}:{line}:{column} is no place: {problem:?}", excerpt.at.file);
    tame(&excerpt.line, "an excerpt");
    tame(&excerpt.label, "a label");
    assert!(excerpt.length >= 1, "{problem:?}");
    assert!(
        excerpt.start + excerpt.length <= excerpt.line.chars().count() + 1 || excerpt.length == 1,
        "{problem:?}"
    );
}
