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
    assert_eq!(listed, (1..=70).collect::<Vec<u32>>());
    let text = rules.split("\n## Rules\n").nth(1).unwrap();
    for number in &listed {
        let start = text.find(&format!("\n{number}. ")).unwrap();
        let rule = &text[start + 1..];
        let end = rule.find(&format!("\n{}. ", number + 1)).or_else(|| rule.find("\n\n")).unwrap();
        assert!(rule[..end].contains("(§"), "rule {number} names no section");
    }

    let sources = [
        include_str!("tests/requests.rs"),
        include_str!("tests/replies.rs"),
        include_str!("tests/lists.rs"),
        include_str!("tests/domains.rs"),
        include_str!("tests/users.rs"),
        include_str!("tests/aliases.rs"),
        include_str!("tests/subadmins.rs"),
    ];
    let mut tested: Vec<u32> = sources.iter().flat_map(|source| numbers(source, "async fn r")).collect();
    tested.sort_unstable();
    assert_eq!(tested, listed);
}
