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

#[test]
fn every_rule_has_one_test_and_names_its_evidence() {
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
    crate::sandbox::rules::assert_tested(include_str!("RULES.md"), 90, &sources);
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
    assert_eq!((listed.len(), listed), (36, named));
}
