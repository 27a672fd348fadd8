//! Whether a simulator's rules and its tests agree.

/// The numbers of the lines that begin with a mark and a number.
fn numbers(text: &str, mark: &str) -> Vec<u32> {
    let number = |rest: &str| {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        rest[..digits].parse().ok()
    };
    text.lines().filter_map(|line| number(line.strip_prefix(mark)?)).collect()
}

/// Fails the test unless the rules are numbered from 1 to `last`, each names a section of the contract, and each has
/// one test in `sources`, `async fn rNN_…`.
pub(crate) fn assert_tested(rules: &str, last: u32, sources: &[&str]) {
    let listed = numbers(rules, "");
    assert_eq!(listed, (1..=last).collect::<Vec<u32>>());
    let text = rules.split("\n## Rules\n").nth(1).expect("rules");
    for number in &listed {
        let start = text.find(&format!("\n{number}. ")).expect("the rule");
        let rule = &text[start + 1..];
        let end = rule.find(&format!("\n{}. ", number + 1)).or_else(|| rule.find("\n\n")).expect("its end");
        assert!(rule[..end].contains("(§"), "rule {number} names no section");
    }
    let mut tested: Vec<u32> = sources.iter().flat_map(|source| numbers(source, "async fn r")).collect();
    tested.sort_unstable();
    assert_eq!(tested, listed);
}
