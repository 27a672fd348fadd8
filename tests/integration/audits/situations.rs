//! A situation for each rule, in which it and nothing else is found.

use std::collections::BTreeSet;

use mailwright::audit::{self, RULES};
use mailwright::model::{Address, DomainName, Field, Identity, Kind};

use super::bench::{Bench, line};
use crate::memory::State;

/// A situation and everything that an audit says of it.
struct Situation {
    /// The rule that it is for.
    rule: &'static str,
    wish: &'static str,
    /// What `store` holds.
    holds: &'static str,
    /// What `old` holds.
    old: &'static str,
    /// What else is so at `store`.
    besides: fn(&mut State),
    finds: &'static [&'static str],
}

const NOTHING: Situation = Situation {
    rule: "",
    wish: "domains: {example.com: {provider: store}}\n",
    holds: "",
    old: "",
    besides: |_| {},
    finds: &[],
};

fn mailbox(text: &str) -> Identity {
    Identity::Mailbox(Address::parse(text).expect("an address"))
}

/// The rules on drift and on reading.
const DRIFT: &[Situation] = &[
    Situation {
        rule: "MW001",
        wish: "domains: {example.com: {provider: store}}\nmailboxes: {ann@example.com: {quota: 5 GiB}}\n",
        holds: "mailbox ann@example.com",
        finds: &[
            "MW001 error mailbox ann@example.com on store: quota is unlimited, declared 5 GiB [unlimited] :7",
        ],
        ..NOTHING
    },
    Situation {
        rule: "MW002",
        wish: "domains: {example.com: {provider: store}}\nmailboxes: {ann@example.com: {}}\n",
        finds: &["MW002 error mailbox ann@example.com on store: is declared and is not there :7"],
        ..NOTHING
    },
    Situation {
        rule: "MW003",
        wish: "domains: {example.com: {provider: store}}\nmailboxes: {ann@example.com: absent}\n",
        holds: "mailbox ann@example.com",
        finds: &["MW003 error mailbox ann@example.com on store: is declared absent and is there :7"],
        ..NOTHING
    },
    Situation {
        rule: "MW004",
        wish: "domains: {example.com: {provider: store, prune: [aliases]}}\nmailboxes: {ann@example.com: {}}\n",
        holds: "mailbox ann@example.com\nalias stray@example.com > ann@example.com",
        finds: &["MW004 error alias stray@example.com on store: is not declared, and its list is closed :6"],
        ..NOTHING
    },
    Situation {
        rule: "MW005",
        besides: |state| {
            state.gaps.insert((Kind::Permission, DomainName::parse("example.com").expect("a domain")));
        },
        finds: &[
            "MW005 warning: permissions of example.com on store could not be read: page 2 never came :3",
        ],
        ..NOTHING
    },
    Situation {
        rule: "MW006",
        wish: "domains: {example.com: {provider: store}}\nmailboxes: {new@example.com: {was: [old@example.com]}}\n",
        holds: "mailbox old@example.com",
        finds: &[
            "MW006 error mailbox new@example.com on store: is still there as old@example.com [old@example.com] :7",
        ],
        ..NOTHING
    },
    Situation {
        rule: "MW007",
        holds: "mailbox eve@example.com",
        finds: &["MW007 note mailbox eve@example.com on store: is not declared :6"],
        ..NOTHING
    },
    Situation {
        rule: "MW008",
        wish: "domains: {example.com: {provider: store, leaving: {old: remove}}}\nmailboxes: {ann@example.com: {}}\n",
        holds: "mailbox ann@example.com",
        old: "mailbox ann@example.com",
        finds: &["MW008 error mailbox ann@example.com on old: is still at a store that its domain leaves :6"],
        ..NOTHING
    },
    Situation {
        rule: "MW009",
        wish: "domains: {example.com: {provider: store}}\nmailboxes: {ann@example.com: {display_name: Ann}}\n",
        holds: "mailbox ann@example.com",
        besides: |state| {
            state.not_read.insert((mailbox("ann@example.com"), Field::DisplayName));
        },
        finds: &[
            "MW009 warning mailbox ann@example.com on store: display_name could not be read: its page did not load :7",
        ],
        ..NOTHING
    },
    Situation {
        rule: "MW021",
        wish: "domains: {example.com: {provider: store}}\nmailboxes: {ann@example.com: {}}\n",
        besides: |state| {
            state.unknown.insert(mailbox("ann@example.com"));
        },
        finds: &[
            "MW021 warning mailbox ann@example.com on store: whether it is there could not be read: the service does not say :7",
        ],
        ..NOTHING
    },
];

/// The rules on mail that leaves.
const EXTERNAL: &[Situation] = &[
    Situation {
        rule: "MW010",
        wish: "domains: {example.com: {provider: store}}\n\
               external: {a@partner.example: {reason: a job, owner: it@example.com, expires: 2026-05-03}}\n",
        finds: &[
            "MW010 warning: mail may go to a@partner.example until 2026-05-03, which has passed; it@example.com answers for it :7",
        ],
        ..NOTHING
    },
    Situation {
        rule: "MW011",
        wish: "domains: {example.com: {provider: store}}\nmailboxes:\n  ann@example.com: {forward: {to: [ann@home.example], keep_copy: true}}\n",
        holds: "mailbox ann@example.com\nforward ann@example.com keep_copy=true > ann@home.example",
        finds: &[
            "MW011 warning forward ann@example.com on store: mail leaves to ann@home.example, which `external` does not list [ann@home.example] :8",
        ],
        ..NOTHING
    },
    Situation {
        rule: "MW011",
        wish: "domains: {example.com: {provider: store}}\nmailboxes: {ann@example.com: {}}\n\
               aliases: {all@example.com: [ann@example.com, a@x.example, b@x.example, c@y.example]}\n\
               external: {\"@y.example\": {reason: theirs}}\npolicy: {external_forwards: listed}\n",
        holds: "mailbox ann@example.com\nalias all@example.com > ann@example.com,a@x.example,b@x.example,c@y.example",
        finds: &[
            "MW011 error alias all@example.com on store: mail leaves to a@x.example, which `external` does not list [a@x.example] :8",
            "MW011 error alias all@example.com on store: mail leaves to b@x.example, which `external` does not list [b@x.example] :8",
        ],
        ..NOTHING
    },
    Situation {
        rule: "MW012",
        wish: "domains: {example.com: {provider: store}}\nmailboxes: {ann@example.com: {}}\n\
               aliases: {all@example.com: [ann@example.com, a@x.example]}\n\
               external: {\"@x.example\": {reason: a job, owner: it@example.com, expires: 2026-05-03}}\n",
        holds: "mailbox ann@example.com\nalias all@example.com > ann@example.com,a@x.example",
        finds: &[
            "MW012 error alias all@example.com on store: mail still leaves to a@x.example (listed as @x.example), and might until 2026-05-03 only; it@example.com answers for it [a@x.example] :8",
        ],
        ..NOTHING
    },
    Situation {
        rule: "MW013",
        wish: "domains: {example.com: {provider: store}}\naliases: {all@example.com: [a@x.example, b@x.example]}\n\
               external:\n  a@x.example: {reason: a job, owner: it@example.com, expires: 2026-06-03}\n  \
               b@x.example: {reason: a job, expires: 2026-06-04}\n",
        holds: "alias all@example.com > a@x.example,b@x.example",
        finds: &[
            "MW013 note: mail goes to a@x.example, and may until 2026-06-03; it@example.com answers for it :9",
        ],
        ..NOTHING
    },
    Situation {
        rule: "MW014",
        wish: "domains: {example.com: {provider: store}}\naliases: {all@example.com: [a@x.example]}\n\
               external: {a@x.example: {reason: a job}, \"@x.example\": {reason: theirs}}\n",
        holds: "alias all@example.com > a@x.example",
        finds: &["MW014 note: no alias and no forward delivers to @x.example :8"],
        ..NOTHING
    },
];

/// The rules on where mail ends, and on rights.
const FLOW_AND_RIGHTS: &[Situation] = &[
    Situation {
        rule: "MW015",
        wish: "domains: {example.com: {provider: store}}\nmailboxes: {ann@example.com: {}, bob@example.com: {}}\n\
               forwards: {ann@example.com: {to: [bob@example.com], keep_copy: false}}\n\
               aliases: {in@example.com: [ann@example.com]}\n",
        holds: "mailbox ann@example.com\nmailbox bob@example.com\nalias in@example.com > ann@example.com\n\
                forward ann@example.com keep_copy=false > bob@example.com\n\
                forward bob@example.com keep_copy=false > ann@example.com",
        finds: &[
            // It is nobody's wish that Bob forwards.
            "MW007 note forward bob@example.com on store: is not declared :6",
            "MW015 warning forward ann@example.com on store: its mail comes back to it by way of bob@example.com [bob@example.com] :8",
            "MW015 warning forward bob@example.com on store: its mail comes back to it by way of ann@example.com [ann@example.com] :6",
        ],
        ..NOTHING
    },
    Situation {
        rule: "MW016",
        wish: "domains: {example.com: {provider: store, ignore: [\"old-*@example.com\"]}}\n\
               mailboxes: {ann@example.com: {}, left@example.com: {state: suspended}}\n\
               aliases: {all@example.com: [ann@example.com], team@example.com: [left@example.com, ann@example.com]}\n",
        holds: "mailbox ann@example.com\nmailbox left@example.com state=suspended\nalias all@example.com > ann@example.com\n\
                alias team@example.com > left@example.com,ann@example.com\nalias old-team@example.com > gone@example.com",
        finds: &[
            "MW016 warning alias team@example.com on store: delivers to left@example.com, where mail bounces: its mailbox is suspended and takes none [left@example.com] :8",
        ],
        ..NOTHING
    },
    Situation {
        rule: "MW017",
        wish: "domains: {example.com: {provider: store}, example.org: {provider: store}}\nmailboxes: {ann@example.com: {}}\n\
               aliases: {\"@example.com\": [ann@example.com], \"@example.org\": [\"@example.com\"]}\n",
        holds: "mailbox ann@example.com\nalias @example.com > ann@example.com\nalias @example.org > @example.com",
        finds: &[
            "MW017 note alias @example.com on store: takes all mail to example.com that nothing else takes [ann@example.com] :8",
        ],
        ..NOTHING
    },
    Situation {
        rule: "MW018",
        wish: "domains: {example.com: {provider: store}}\n\
               mailboxes: {ann@example.com: {permissions: {team@example.com: [send_as]}}}\naliases:\n  \
               team@example.com: {to: [ann@example.com], permitted_senders: [ann@example.com]}\n",
        holds: "mailbox ann@example.com\nalias team@example.com senders=ann@example.com,gone@example.com > ann@example.com\n\
                permission ann@example.com/team@example.com rights=send_as\n\
                permission ann@example.com/gone@example.com rights=full_access,send_as\n\
                administrator gone@example.com full=true",
        finds: &[
            "MW001 error alias team@example.com on store: permitted_senders is ann@example.com, gone@example.com, declared ann@example.com [ann@example.com, gone@example.com] :9",
            "MW004 error permission ann@example.com/gone@example.com on store: is not declared, and its list is closed :7",
            "MW007 note administrator gone@example.com on store: is not declared :6",
            "MW018 warning alias team@example.com on store: lets gone@example.com send as team@example.com, which is neither a mailbox nor an alias [gone@example.com] :9",
            "MW018 warning permission ann@example.com/gone@example.com on store: gives full_access, send_as to gone@example.com, which is neither a mailbox nor an alias [gone@example.com] :6",
            "MW018 warning administrator gone@example.com on store: lets gone@example.com administer everything on store, which is neither a mailbox nor an alias [gone@example.com] :6",
        ],
        ..NOTHING
    },
    Situation {
        rule: "MW019",
        wish: "domains: {example.com: {provider: store}}\n\
               mailboxes:\n  ann@example.com: {permissions: {left@example.com: [send_on_behalf]}}\n  \
               left@example.com: {state: suspended, permissions: {ann@example.com: [full_access]}}\n\
               administrators: {store: {left@example.com: {full: true}}}\n",
        holds: "mailbox ann@example.com\nmailbox left@example.com state=suspended\n\
                permission ann@example.com/left@example.com rights=send_on_behalf\n\
                permission left@example.com/ann@example.com rights=full_access\nadministrator left@example.com full=true",
        finds: &[
            "MW019 warning permission ann@example.com/left@example.com on store: gives send_on_behalf to left@example.com, whose mailbox is suspended [left@example.com] :8",
            "MW019 warning administrator left@example.com on store: lets left@example.com administer everything on store, whose mailbox is suspended [left@example.com] :10",
        ],
        ..NOTHING
    },
    Situation {
        rule: "MW020",
        wish: "domains: {example.com: {provider: store}}\n\
               mailboxes: {ann@example.com: {permissions: {a@partner.example: [send_as]}}}\n\
               administrators: {store: {ops@host.example: {full: true}}}\nexternal: {a@partner.example: {reason: a job}}\n",
        holds: "mailbox ann@example.com\npermission ann@example.com/a@partner.example rights=send_as\n\
                administrator ops@host.example full=true\nadministrator other@host.example full=true\n\
                administrator theirs@host.example full=false",
        finds: &[
            "MW014 note: no alias and no forward delivers to a@partner.example :9",
            "MW020 warning permission ann@example.com/a@partner.example on store: gives send_as to a@partner.example, which is outside the declared domains [a@partner.example] :7",
            "MW020 warning administrator other@host.example on store: lets other@host.example administer everything on store, which is outside the declared domains [other@host.example] :3",
        ],
        ..NOTHING
    },
];

fn all() -> impl Iterator<Item = &'static Situation> {
    [DRIFT, EXTERNAL, FLOW_AND_RIGHTS].into_iter().flatten()
}

#[tokio::test]
async fn each_situation_is_found_and_nothing_else() {
    for situation in all() {
        let bench = Bench::new(situation.wish);
        bench.holds("store", situation.holds);
        if bench.desired.domains.values().any(|domain| !domain.leaving.is_empty()) {
            bench.holds("old", situation.old);
        }
        bench.at("store", situation.besides);
        let audited = bench.audit().await;
        let findings = &audited.report.findings;
        // Whatever makes a plan incomplete is a finding, so that exit code 4 is never without a word.
        assert_eq!(audited.plan.is_incomplete(), audit::has_gaps(findings), "{}", situation.rule);
        let found: Vec<String> = findings.iter().map(line).collect();
        assert_eq!(found, situation.finds, "{}\n{found:#?}", situation.rule);
        assert!(found.iter().any(|line| line.starts_with(situation.rule)), "{}", situation.rule);
    }
}

#[test]
fn every_rule_has_a_situation() {
    let shown: BTreeSet<&str> = all().map(|situation| situation.rule).collect();
    let rules: BTreeSet<&str> = RULES.iter().map(|rule| rule.id.0).collect();
    assert_eq!(shown, rules);
}
