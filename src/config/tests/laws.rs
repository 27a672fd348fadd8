//! Laws over random input.

use proptest::prelude::*;

use std::path::Path;

use super::catalogue::catalogue;
use super::{HEAD, load};
use crate::config::load_sources;
use crate::model::Desired;

/// The wish without places, which the order of entries decides.
fn without_places(desired: &Desired) -> String {
    let objects: Vec<_> = desired
        .objects
        .iter()
        .map(|(object, wish)| format!("{object} {:?} {:?} {:?}", wish.presence, wish.fields, wish.was))
        .collect();
    let closed: Vec<_> =
        desired.closed.iter().map(|closed| format!("{} {:?}", closed.connection, closed.extent)).collect();
    format!("{objects:#?}{closed:#?}{:?}", desired.policy.protected.len())
}

/// Entries of which any subset, in any order, holds; each with its section.
const ENTRIES: [(&str, &str); 12] = [
    ("mailboxes", "jane@example.com: {quota: 5 GiB, aliases: [j@example.com, \"@small.example\"]}"),
    ("mailboxes", "john@example.com: {provider: small, permissions: {jane@example.com: [send_as]}}"),
    ("mailboxes", "gone@example.com: absent"),
    ("mailboxes", "x@small.example: {aliases: [], profile: staff}"),
    ("aliases", "sales@example.com: [jane@example.com, x@small.example]"),
    ("aliases", "old@example.com: absent"),
    ("aliases", "\"@example.com\": {to: [jane@example.com]}"),
    ("forwards", "jane@example.com: {to: [a@elsewhere.example]}"),
    ("sender_rules", "jane@example.com: {allow: [b, a]}"),
    ("external", "\"@elsewhere.example\": {reason: so}"),
    ("administrators", "box: {root: {full: true}}"),
    ("profiles", "staff: {quota: 1 GiB}"),
];

fn files(order: &[usize], cut: usize) -> Vec<(String, String)> {
    let mut files = vec![(
        "head.yaml".to_owned(),
        HEAD.replace("small: {type: mini", "small: {type: acme, url: \"https://x.example\", user: u"),
    )];
    for (number, chunk) in order.chunks(cut.max(1)).enumerate() {
        let mut sections: Vec<(&str, String)> = Vec::new();
        for index in chunk {
            let (section, entry) = ENTRIES[*index];
            match sections.iter_mut().find(|(name, _)| *name == section) {
                Some((_, text)) => text.extend(["  ", entry, "\n"]),
                None => sections.push((section, format!("  {entry}\n"))),
            }
        }
        let text: Vec<String> = sections.iter().map(|(name, text)| format!("{name}:\n{text}")).collect();
        let text = text.concat();
        files.push((format!("f{number}.yaml"), text));
    }
    files
}

fn load_owned(files: &[(String, String)]) -> String {
    let borrowed: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    match load(&borrowed) {
        Ok(loaded) => without_places(&loaded.desired),
        Err(problems) => panic!("{problems}"),
    }
}

/// Pieces of the format, whole and broken, to be thrown together.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("mailboxes:\n".to_owned()),
        Just("  a@example.com: ".to_owned()),
        Just("{quota: 5 GiB}\n".to_owned()),
        Just("{was: [a@example.com], aliases: [".to_owned()),
        Just("&x ".to_owned()),
        Just("*x\n".to_owned()),
        Just("<<: *x\n".to_owned()),
        Just("aliases:\n".to_owned()),
        Just("  b@example.com: [b@example.com]\n".to_owned()),
        Just("\"@example.com\": ".to_owned()),
        Just("password: hunter2 # secret\n".to_owned()),
        Just("\u{202e}\u{0}\t".to_owned()),
        Just("---\n".to_owned()),
        "[ -~\n]{0,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = load_sources(vec![("x.yaml".into(), bytes)], Path::new("."), &catalogue())
            .map_err(|problems| problems.to_string());
    }

    #[test]
    fn any_mixture_is_answered_without_secrets(
        pieces in prop::collection::vec(piece(), 0..30),
        in_file in any::<bool>(),
    ) {
        let text = pieces.concat();
        let files = if in_file { vec![("a.yaml", HEAD), ("b.yaml", &*text)] } else { vec![("b.yaml", &*text)] };
        if let Err(problems) = load(&files) {
            let shown = problems.to_string();
            prop_assert!(problems.errors() > 0);
            prop_assert!(!shown.contains("hunter2"), "{}", shown);
            let tame = !shown.contains(['\u{0}', '\u{202e}']);
            prop_assert!(tame, "control characters are shown");
        }
    }

    #[test]
    fn the_order_of_files_and_entries_decides_nothing(
        order in Just((0..ENTRIES.len()).collect::<Vec<_>>()).prop_shuffle(),
        cut in 1_usize..13,
        reversed in any::<bool>(),
    ) {
        let straight: Vec<usize> = (0..ENTRIES.len()).collect();
        let mut shuffled = files(&order, cut);
        if reversed {
            shuffled.reverse();
        }
        prop_assert_eq!(load_owned(&shuffled), load_owned(&files(&straight, 12)));
    }
}
