//! Secrets that somebody wrote into the configuration: refused, and repeated nowhere.

use std::path::Path;

use mailwright::config;
use mailwright::providers;

use super::canary::{Canary, Search};
use crate::tally::{self, What};

/// Files with a secret at `§` that must not be there, or with a slip beside it.
const FILES: [&str; 47] = [
    "providers: {box: {type: mailinabox, url: \"https://b.example\", email: a@b.example, password: §}}",
    "providers: {box: {type: mailinabox, password: §, url: 3, email: a@b.example}}",
    "providers: {box: {password: §}}",
    "providers: {box: {type: mailinbox, password: §}}",
    "providers: {box: {type: mailinabox, pasword: §}}",
    "providers: {box: {type: mailinabox, passwd: §}}",
    "providers: {box: {type: mailinabox, token: §}}",
    "providers: {box: {type: mailinabox, totp: §, api_key: §}}",
    "providers: {box: {type: mailinabox, password: {§: x}}}",
    "providers: {box: {type: mailinabox, password: {envv: §}}}",
    "providers: {box: {type: mailinabox, password: {value: §}}}",
    "providers: {box: {type: mailinabox, password: {env: §}}}",
    "providers: {box: {type: mailinabox, password: {env: A, value: §}}}",
    "providers: {box: {type: mailinabox, password: {literal: §, plain: §}}}",
    "providers: {box: {type: mailinabox, password: [§]}}",
    "providers: {box: {type: mailinabox, password: [[§], {a: §}]}}",
    "providers: {box: {type: mailinabox, password: {env: [§]}}}",
    "providers: {box: {type: mailinabox, password: {generate: §}}}",
    "providers: {box: {type: mailinabox, password: {generate: {dri: §}}}}",
    "providers: {box: {type: mailinabox, password: {command: §}}}",
    "providers:\n  box:\n    type: mailinabox\n    password: §\n    password: §",
    "providers:\n  box:\n    password: §\n    type: mailinabox\n   url: x",
    "providers:\n  box:\n    type: mailinabox\n    password: |\n      §\n    email: 4",
    "providers:\n  box:\n    type: mailinabox\n    password: >-\n      §\n      §\n    emial: a",
    "providers:\n  box:\n    type: mailinabox\n    password:\n      §\n    email: {",
    "providers:\n  box:\n    type: mailinabox\n    password: § # §\n    email: [",
    "providers:\n  box:\n    type: mailinabox\n    password: !secret §\n",
    "providers:\n  box:\n    type: mailinabox\n    password: &p §\n    email: *p\n    totp: *p\n",
    "x: &p §\nproviders:\n  box: {type: mailinabox, password: *p}\n",
    "providers:\n  box: &b {type: mailinabox, password: §}\n  two: {<<: *b, url: 3}\n",
    "providers:\n  box: {type: mailinabox, password: §, password: §}\n",
    "providers:\n  box: {type: mailinabox, \"password\": §\n",
    "providers:\n  box: {type: rackspace, user_key: §, secret_key: §}\n",
    "providers:\n  box: {type: censornet, username: {value: §}, password: §}\n",
    "providers:\n  box: {type: postfixadmin, database: \"postgres://u:§@h/d\"}\n",
    "providers:\n  box: {type: postfixadmin, database: §}\n",
    "providers:\n  box: {type: postfixadmin, database: \"sqlite:x\", doveadm: {url: \"http://127.0.0.1\", api_key: §}}\n",
    "providers:\n  box: {type: postfixadmin, database: \"sqlite:x\", doveadm: {api_kye: §}}\n",
    "providers:\n  box: {type: mailinabox, url: \"https://me:§@box.example\"}\n",
    "mailboxes:\n  a@example.com: {password: §}\n",
    "mailboxes:\n  a@example.com: {passwrod: §}\n",
    "mailboxes:\n  a@example.com: {initial_password: §, old_password: §}\n",
    "profiles: {staff: {password: §}}\nmailboxes: {a@example.com: {profile: staf}}\n",
    "administrators: {box: {a: {password: §}}}\n",
    "administrators: {box: {a: {pasword: §}}}\n",
    "mailboxes:\n  a@example.com: {password: {file: x}, password: §}\n",
    "mailboxes:\n  a@example.com:\n    password: \"§\n",
];

#[test]
fn a_secret_in_the_configuration_is_refused_and_not_repeated() {
    let catalogue = providers::catalogue();
    let mut pairs = 0;
    let (plain, signs) = (Canary::plain("a literal"), Canary::signs("a literal"));
    let spelled = [
        (&plain, plain.value.clone()),
        (&signs, format!("'{}'", signs.value.replace('\'', "''"))),
        (&signs, serde_json::Value::from(signs.value.as_str()).to_string()),
    ];
    for file in FILES {
        for (canary, written) in &spelled {
            let mut search = Search::of([(*canary).clone()]);
            // Within a text that is quoted already it stands as it is.
            let text = if file.contains("://u:§") || file.contains("me:§@") || file.contains("\"§") {
                file.replace('§', &plain.value)
            } else {
                file.replace('§', written)
            };
            search.add(plain.clone());
            for line_end in ["\n", "\r\n"] {
                let text = format!("version: 1\n{text}").replace('\n', line_end);
                let files = vec![("mail.yaml".to_owned(), text.clone().into_bytes())];
                let problems = config::load_sources(files, Path::new("/nowhere"), &catalogue)
                    .expect_err(&format!("{text:?} is refused"));
                let shown = format!("{problems}\n{problems:?}\n{problems:#?}");
                search.place(&format!("what is said of {text:?}"), shown.as_bytes());
            }
            pairs += search.pairs;
        }
    }
    tally::held(What::Canaries, "secrets-literals", pairs);
}
