//! The simulator against the document's samples and its own rules: one test for each rule of `RULES.md`, by number.

mod access;
mod attributes;
mod client;
mod contexts;
mod directory;
mod domains;
mod extras;
mod forwards;
mod lists;
mod places;
mod requests;
mod samples;
mod users;

/// The numbers of the lines that begin with a mark and a number.
fn numbers(text: &str, mark: &str) -> Vec<u32> {
    let number = |rest: &str| {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        rest[..digits].parse().ok()
    };
    text.lines().filter_map(|line| number(line.strip_prefix(mark)?)).collect()
}

#[test]
fn every_rule_has_one_test_and_names_its_evidence() {
    let rules = include_str!("RULES.md");
    let listed = numbers(rules, "");
    assert_eq!(listed, (1..=90).collect::<Vec<u32>>());
    let text = rules.split("\n## Rules\n").nth(1).unwrap();
    for number in &listed {
        let start = text.find(&format!("\n{number}. ")).unwrap();
        let rule = &text[start + 1..];
        let end = rule.find(&format!("\n{}. ", number + 1)).or_else(|| rule.find("\n\n")).unwrap();
        assert!(rule[..end].contains("(§"), "rule {number} names no section");
    }

    let sources = [
        include_str!("tests/access.rs"),
        include_str!("tests/attributes.rs"),
        include_str!("tests/contexts.rs"),
        include_str!("tests/directory.rs"),
        include_str!("tests/domains.rs"),
        include_str!("tests/extras.rs"),
        include_str!("tests/forwards.rs"),
        include_str!("tests/lists.rs"),
        include_str!("tests/places.rs"),
        include_str!("tests/requests.rs"),
        include_str!("tests/users.rs"),
    ];
    let mut tested: Vec<u32> = sources.iter().flat_map(|source| numbers(source, "async fn r")).collect();
    tested.sort_unstable();
    assert_eq!(tested, listed);
}

#[test]
fn every_switch_is_named_in_the_rules() {
    let source = include_str!("settings.rs").split("pub enum Quirk {").nth(1).unwrap();
    let variants = source.split("\n}").next().unwrap().lines().map(str::trim);
    let named: Vec<&str> = variants.filter_map(|line| line.strip_suffix(',')).collect();
    let listed: Vec<&str> = include_str!("RULES.md")
        .lines()
        .filter_map(|line| line.strip_prefix("* `")?.split('`').next())
        .collect();
    assert_eq!((listed.len(), listed), (34, named));
}
