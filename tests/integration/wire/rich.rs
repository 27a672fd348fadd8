//! For each type two wishes, one after the other: from the first to the second a run makes, changes and removes
//! something of every kind that the type holds, and addresses change hands.

use super::service::Type;

/// What a box and a database hold.
const ONE: &str = "
version: 1
domains:
  example.com: {SERVING}
  example.org: {SERVING}
mailboxes:
  ann@example.com: {PASSWORD aliases: [a.one@example.com], permissions: {keep@example.com: [send_as]}}
  bob@example.com: {PASSWORD forward: {to: [bob@partner.example], keep_copy: true}}
aliases:
  team@example.com: [ann@example.com, bob@example.com]
  press@example.com: [ann@example.com, keep@example.com]
  \"@example.org\": [ann@example.com]
";
const TWO: &str = "
version: 1
domains:
  example.com: {SERVING}
  example.org: {SERVING}
mailboxes:
  ann@example.com: {quota: 2 GiB, aliases: [a.two@example.com], permissions: {team@example.com: [send_as]}}
  bob@example.com: absent
  team@example.com: {PASSWORD forward: {to: [team@partner.example], keep_copy: true}}
aliases:
  team@example.com: absent
  bob@example.com: [ann@example.com, team@example.com]
  press@example.com: [team@example.com]
  \"@example.org\": [team@example.com]
administrators: {svc: {ann@example.com: {full: true}}}
";

/// The same for a filter alone: addresses that come, go and stay, more than fit on a page.
const FILTER_ONE: &str = "
version: 1
domains:
  example.com: {SERVING}
mailboxes:
  ann@example.com: {settings: {censornet: {executive: true}}}
  bob@example.com: {}
  cat@example.com: {}
  dan@example.com: {}
  eve@example.com: {}
";
const FILTER_TWO: &str = "
version: 1
domains:
  example.com: {SERVING, prune: [registrations], ignore: [\"keep@*\", \"list@*\", \"aaa@*\"]}
mailboxes:
  ann@example.com: {settings: {censornet: {executive: true}}}
  bob@example.com: absent
  cat@example.com: absent
  fay@example.com: {settings: {censornet: {executive: true}}}
  gus@example.com: {}
  hal@example.com: {}
  ida@example.com: {}
  joe@example.com: {}
  kim@example.com: {}
policy: {max_deletes: {registrations: 10}}
";

/// The same within what Exchange holds: an address that becomes a mailbox, one that moves, one that was a mailbox.
const EXCHANGE_ONE: &str = "
version: 1
domains:
  example.com: {SERVING}
mailboxes:
  ann@example.com: {PASSWORD aliases: [a.one@example.com, press@example.com], permissions: {keep@example.com: [send_as]}}
  bob@example.com: {PASSWORD forward: {to: [bob@partner.example], keep_copy: true}}
  cat@example.com: {PASSWORD aliases: [team@example.com], sender_rules: {block: [spam.example, 192.0.2.7]}}
";
const EXCHANGE_TWO: &str = "
version: 1
domains:
  example.com: {SERVING}
mailboxes:
  ann@example.com: {quota: 3 GiB, aliases: [a.two@example.com, bob@example.com], permissions: {team@example.com: [full_access], cat@example.com: [send_as]}}
  bob@example.com: absent
  cat@example.com: {display_name: Cat, aliases: [press@example.com], sender_rules: {allow: [spam.example]}, settings: {rackspace: {activesync: true, spam_filter_level: exclusive, company: Example Ltd}}}
  team@example.com: {PASSWORD state: suspended, forward: {to: [team@partner.example], keep_copy: true}}
";

/// The same within what Open-Xchange holds: an alias that goes from a user's record to one of its own and back.
const CLOUD_ONE: &str = "
version: 1
domains:
  example.com: {SERVING}
mailboxes:
  ann@example.com: {PASSWORD aliases: [a.one@example.com, press@example.com]}
  bob@example.com: {PASSWORD sender_rules: {block: ['*@spam.example', eve@partner.example]}}
  cat@example.com: {PASSWORD aliases: [team@example.com], settings: {open_xchange: {custom: [one]}}}
aliases:
  info@example.com: [ann@example.com, bob@example.com]
objects: {svc: {announcement: {works: {content: {en_US: {title: Works, text: Soon}}, start: \"2027-01-31T00:00:00Z\", end: \"2027-02-01T00:00:00Z\", discardable: true, enabled: false}, over: {content: {en_US: {title: Over, text: Done}}, start: \"2026-01-31T00:00:00Z\", end: \"2026-02-01T00:00:00Z\", discardable: true, enabled: true}}}}
";
const CLOUD_TWO: &str = "
version: 1
domains:
  example.com: {SERVING}
mailboxes:
  ann@example.com: {quota: 3 GiB, aliases: [a.two@example.com, bob@example.com, info@example.com]}
  bob@example.com: absent
  cat@example.com: {display_name: Cat, state: suspended, aliases: [], sender_rules: {allow: ['*@spam.example']}, settings: {open_xchange: {custom: [two, three], msisdn: '+49.1', spam_level: high}}}
  team@example.com: {PASSWORD settings: {open_xchange: {antivirus: true}}}
aliases:
  press@example.com: [ann@example.com, team@example.com]
objects: {svc: {announcement: {works: {enabled: true}, over: absent, next: {content: {en_US: {title: Next, text: Later}}, start: \"2027-03-31T00:00:00Z\", end: \"2027-04-01T00:00:00Z\", discardable: false, enabled: true}}}}
";

/// The same within what atmail holds: a forward that begins to keep a copy, an alias with more targets.
const WEBADMIN_ONE: &str = "
version: 1
domains:
  example.com: {SERVING}
mailboxes:
  ann@example.com: {PASSWORD aliases: [a.one@example.com, press@example.com], forward: {to: [ann@partner.example], keep_copy: false}}
  bob@example.com: {PASSWORD forward: {to: [bob@partner.example, bobby@partner.example], keep_copy: true}}
  cat@example.com: {PASSWORD aliases: [team@example.com]}
aliases:
  info@example.com: [ann@example.com, bob@example.com]
administrators: {svc: {helper: {password: {env: CLOUD_SECRET}, domains: [example.com], rights: [add, list]}}}
";
const WEBADMIN_TWO: &str = "
version: 1
domains:
  example.com: {SERVING}
mailboxes:
  ann@example.com: {quota: 3 GiB, aliases: [a.two@example.com, bob@example.com], forward: {to: [ann@partner.example, anna@partner.example], keep_copy: true}}
  bob@example.com: absent
  cat@example.com: {given_name: Cat, state: suspended, aliases: [press@example.com]}
  team@example.com: {PASSWORD settings: {atmail: {auto_reply: Away}}}
aliases:
  info@example.com: [ann@example.com, cat@example.com, team@example.com]
administrators: {svc: {helper: {rights: [list, search]}}}
";

/// The same within what Dovecot holds beside a database: full access that comes, goes and goes with its mailbox.
const SHARED_ONE: &str = "
version: 1
domains:
  example.com: {SERVING}
mailboxes:
  ann@example.com: {permissions: {keep@example.com: [full_access, send_as], bob@example.com: [full_access]}}
  bob@example.com: {permissions: {ann@example.com: [full_access]}}
  cat@example.com: {permissions: {ann@example.com: [send_as]}}
aliases:
  team@example.com: [ann@example.com, bob@example.com]
";
const SHARED_TWO: &str = "
version: 1
domains:
  example.com: {SERVING}
mailboxes:
  ann@example.com: {quota: 2 GiB, permissions: {keep@example.com: [send_as], team@example.com: [full_access]}}
  bob@example.com: absent
  cat@example.com: {permissions: {ann@example.com: [full_access, send_as]}}
  team@example.com: {permissions: {cat@example.com: [full_access]}}
aliases:
  team@example.com: absent
  bob@example.com: [ann@example.com, team@example.com]
";

/// The two wishes for a type.
pub(super) fn rich(kind: Type) -> (String, String) {
    let password = kind.needs().map_or(String::new(), |key| format!("{key},"));
    let (one, two) = match kind {
        Type::Censornet => (FILTER_ONE, FILTER_TWO),
        Type::Rackspace => (EXCHANGE_ONE, EXCHANGE_TWO),
        Type::OpenXchange => (CLOUD_ONE, CLOUD_TWO),
        Type::Atmail => (WEBADMIN_ONE, WEBADMIN_TWO),
        Type::Dovecot => (SHARED_ONE, SHARED_TWO),
        Type::MailInABox | Type::FilteredBox | Type::PostfixAdmin(_) => (ONE, TWO),
    };
    let filled = |wish: &str| wish.replace("PASSWORD", &password).replace("SERVING", kind.serving());
    (filled(one), filled(two))
}
