//! The rules' pages show YAML that is one, and commands that there are.

use std::path::Path;

use mailwright::audit::RULES;
use mailwright::config;

use crate::scenarios::catalogue;

/// The fenced blocks of a page in one language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    page.split(fence.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap_or(rest)).collect()
}

#[test]
fn every_piece_of_yaml_can_stand_in_a_configuration() {
    let mut seen = 0;
    for rule in RULES {
        for block in blocks(rule.page(), "yaml") {
            let mut file =
                "version: 1\nproviders:\n  box: {type: model}\n  old: {type: model}\n  new: {type: model}\n"
                    .to_owned();
            if !block.starts_with("domains:") {
                file.push_str("domains: {example.com: {provider: box}}\n");
            }
            file.push_str(block);
            let sources = vec![("page.yaml".to_owned(), file.into_bytes())];
            if let Err(problems) = config::load_sources(sources, Path::new("."), &catalogue()) {
                panic!("{}: {problems}", rule.id.0);
            }
            seen += 1;
        }
    }
    assert!(seen > RULES.len(), "{seen}");
}

#[test]
fn every_command_is_one_of_this_program() {
    let commands = ["access", "apply", "audit", "doctor", "export", "plan", "show", "trace", "validate"];
    for rule in RULES {
        for line in blocks(rule.page(), "sh").into_iter().flat_map(str::lines) {
            let mut words = line.split_whitespace();
            assert_eq!(words.next(), Some("mailwright"), "{}: {line}", rule.id.0);
            assert!(words.next().is_some_and(|word| commands.contains(&word)), "{}: {line}", rule.id.0);
        }
    }
}
