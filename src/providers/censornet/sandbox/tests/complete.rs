//! Every rule of the module's list has a test, and no test is left without its rule.

const RULES: &str = include_str!("../../sandbox.rs");
const TESTS: [&str; 6] = [
    include_str!("r01_login.rs"),
    include_str!("r09_headers.rs"),
    include_str!("r19_list.rs"),
    include_str!("r28_create.rs"),
    include_str!("r40_delete.rs"),
    include_str!("r48_rest.rs"),
];

/// The rules with the lines that go on with them.
fn rules() -> Vec<(u32, String)> {
    let mut rules: Vec<(u32, String)> = Vec::new();
    for line in RULES.lines().map_while(|line| line.strip_prefix("//!")) {
        let numbered = line
            .trim_start()
            .split_once(". ")
            .and_then(|(number, text)| Some((number.parse().ok()?, text.to_owned())));
        match (numbered, rules.last_mut()) {
            (Some(rule), _) => rules.push(rule),
            (None, Some((_, text))) if line.starts_with("     ") => text.push_str(line),
            _ => {}
        }
    }
    rules
}

#[test]
fn every_rule_has_one_test_and_every_test_a_rule() {
    let rules: Vec<u32> = rules().into_iter().map(|(number, _)| number).collect();
    let counted: Vec<u32> = (1..).take(rules.len()).collect();
    assert_eq!(rules, counted, "the rules are numbered from 1 on");

    let mut tests: Vec<u32> = Vec::new();
    for source in TESTS {
        let lines: Vec<&str> = source.lines().collect();
        for pair in lines.windows(2) {
            let name = pair[1].strip_prefix("async fn r").filter(|_| pair[0] == "#[tokio::test]");
            tests.extend(name.map(|name| name[..2].parse::<u32>().unwrap()));
        }
    }
    assert_eq!(tests, rules, "in the order of the rules");
}

#[test]
fn every_rule_names_its_section_and_its_evidence() {
    let rules = rules();
    assert!(rules.len() > 50);
    for (number, text) in rules {
        assert!(text.contains('§') && text.ends_with(')'), "{number}: {text}");
    }
}
