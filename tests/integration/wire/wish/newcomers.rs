//! What a wish says of mailboxes of Open-Xchange or of atmail alone.

use super::super::service::Type;
use super::Mailbox;

/// What only one of them has of a mailbox, now and then.
pub(super) fn keys(index: usize, mailbox: &Mailbox, service: Type) -> Vec<String> {
    let picked = |shift: u16, words: &[&str]| -> Option<String> {
        let at = usize::from(mailbox.more >> shift & 3);
        words.get(at).map(|word| (*word).to_owned())
    };
    let mut keys: Vec<String> = service.needs().map(str::to_owned).into_iter().collect();
    keys.extend(mailbox.quota.map(|quota| format!("quota: {quota} GiB")));
    // A forward without a copy to a suspended mailbox reaches nobody: only the first of the pool may be one.
    keys.extend(picked(0, &["state: suspended", "state: active"]).filter(|_| index == 0));
    let (lists, settings): (Option<String>, Vec<Option<String>>) = if service == Type::OpenXchange {
        let lists = picked(
            2,
            &[
                "sender_rules: {block: [\"*@spam.example\", eve@partner.example]}",
                "sender_rules: {allow: [\"*@spam.example\"], block: [eve@partner.example]}",
                "sender_rules: absent",
            ],
        );
        let settings = vec![
            picked(4, &["custom: [one]", "custom: [one, two]", "custom: []"]),
            picked(6, &["msisdn: \"+49.1\"", "msisdn: \"\""]),
            picked(8, &["spam_level: high", "spam_level: low"]),
            picked(10, &["antivirus: true", "antivirus: false"]),
            picked(12, &["class_of_service: [cloud_pim, cloud_drive]", "class_of_service: [cloud_pim]"]),
        ];
        (lists, settings)
    } else {
        (None, vec![picked(4, &["auto_reply: \"Away & back <soon>\"", "auto_reply: \"\""])])
    };
    keys.extend(lists);
    let settings: Vec<String> = settings.into_iter().flatten().collect();
    if !settings.is_empty() {
        let name = if service == Type::OpenXchange { "open_xchange" } else { "atmail" };
        keys.push(format!("settings: {{{name}: {{{}}}}}", settings.join(", ")));
    }
    keys
}
