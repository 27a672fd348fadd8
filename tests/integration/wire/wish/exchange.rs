//! What a wish says of mailboxes of Exchange alone.

use super::Mailbox;

/// What only Exchange has of a mailbox, now and then.
pub(super) fn keys(index: usize, mailbox: &Mailbox) -> Vec<String> {
    let picked = |shift: u16, words: &[&str]| -> Option<String> {
        let at = usize::from(mailbox.more >> shift & 3);
        words.get(at).map(|word| (*word).to_owned())
    };
    let mut keys = vec![
        "password: {env: FIRST_PASSWORD}".to_owned(),
        format!("quota: {} GiB", mailbox.quota.unwrap_or(2)),
    ];
    keys.extend(
        picked(0, &["display_name: Ann", "display_name: \"Née & Co = 1+1\""])
            .or_else(|| Some("display_name: Somebody".to_owned())),
    );
    // A forward without a copy to a suspended mailbox reaches nobody: only the first of the pool, to which nothing
    // is delivered, may be one.
    keys.extend(picked(2, &["state: suspended", "state: active"]).filter(|_| index == 0));
    keys.extend(picked(4, &["given_name: Ann", "given_name: \"\""]));
    keys.extend(picked(
        6,
        &[
            "sender_rules: {block: [\"spam.example\", 192.0.2.7]}",
            "sender_rules: {allow: [\"spam.example\"], block: [eve@partner.example]}",
            "sender_rules: absent",
        ],
    ));
    let settings: Vec<String> = [
        picked(8, &["company: Example Ltd", "company: \"\""]),
        picked(10, &["activesync: true", "activesync: false"]),
        picked(12, &["spam_filter_level: \"off\"", "spam_filter_level: exclusive"]),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !settings.is_empty() {
        keys.push(format!("settings: {{rackspace: {{{}}}}}", settings.join(", ")));
    }
    keys
}
