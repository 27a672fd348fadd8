//! The simulator against the document's samples and its own rules: one test for each rule of `RULES.md`, by number.

mod addresses;
mod client;
mod domains;
mod lists;
mod mailboxes;
mod permissions;
mod refusals;
mod requests;
mod services;
mod signature;

#[test]
fn every_rule_has_one_test_and_names_its_evidence() {
    let sources = [
        include_str!("tests/signature.rs"),
        include_str!("tests/requests.rs"),
        include_str!("tests/refusals.rs"),
        include_str!("tests/lists.rs"),
        include_str!("tests/domains.rs"),
        include_str!("tests/mailboxes.rs"),
        include_str!("tests/addresses.rs"),
        include_str!("tests/permissions.rs"),
        include_str!("tests/services.rs"),
    ];
    crate::sandbox::rules::assert_tested(include_str!("RULES.md"), 68, &sources);
}
