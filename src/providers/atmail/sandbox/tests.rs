//! The simulator against the document's samples and its own rules: one test for each rule of `RULES.md`, by number.

mod aliases;
mod client;
mod domains;
mod lists;
mod replies;
mod requests;
mod samples;
mod subadmins;
mod users;

#[test]
fn every_rule_has_one_test_and_names_its_evidence() {
    let sources = [
        include_str!("tests/requests.rs"),
        include_str!("tests/replies.rs"),
        include_str!("tests/lists.rs"),
        include_str!("tests/domains.rs"),
        include_str!("tests/users.rs"),
        include_str!("tests/aliases.rs"),
        include_str!("tests/subadmins.rs"),
    ];
    crate::sandbox::rules::assert_tested(include_str!("RULES.md"), 70, &sources);
}
