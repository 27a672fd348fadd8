//! Brakes: what is blocked, and how it is released once.

use super::{Bench, shows};

#[tokio::test]
async fn a_blocked_delete_names_the_release_that_lets_it_through() {
    let bench = Bench::applied().await;
    bench.edit(
        "mail/mailwright.yaml",
        "  postmaster@example.com: [john.roe@example.com]\n",
        "  postmaster@example.com: absent\n",
    );
    shows!(bench.run(["plan", "mail"]).await, @"
Plan ID · example.com on directory · 1 domain, 3 mailboxes, 3 aliases, 1 forward, 1 permission read, complete

  ! alias  postmaster@example.com  delete blocked: `postmaster@*` is protected and   disruptive  mailwright.yaml:59:15
                                   would be deleted
           release once with --allow delete:alias:postmaster@example.com

1 blocked. Nothing was changed.
--- exit 3
");
    let refused = bench.run(["apply", "mail", "--yes"]).await;
    assert_eq!(refused.code, Some(3), "{refused}");
    let released =
        bench.run(["apply", "mail", "--yes", "--allow", "delete:alias:postmaster@example.com"]).await;
    shows!(released, @"
Plan ID · example.com on directory · 1 domain, 3 mailboxes, 3 aliases, 1 forward, 1 permission read, complete
  released by --allow delete:alias:postmaster@example.com

  - alias  postmaster@example.com  → john.roe@example.com  disruptive  declared absent at mailwright.yaml:55:3

  mail     postmaster@example.com will bounce

1 to delete · 1 write.

1 done.
--- exit 0
");
    assert_eq!(bench.run(["plan", "mail", "--detailed-exitcode"]).await.code, Some(0));
}

#[tokio::test]
async fn above_the_cap_no_mailbox_is_deleted() {
    let bench = Bench::applied().await;
    let text = bench.read("mail/mailwright.yaml");
    let (head, rest) = text.split_once("mailboxes:\n  jane").expect("mailboxes");
    let (_, tail) = rest.split_once("\npolicy:").expect("the policy");
    bench.write(
        "mail/mailwright.yaml",
        &format!(
            "{head}mailboxes:\n  jane.doe@example.com: absent\n  john.roe@example.com: absent\n  ann@example.com: absent\n\
             \npolicy:{tail}"
        ),
    );
    shows!(bench.run(["plan", "mail"]).await, @"
Plan ID · example.com on directory · 1 domain, 3 mailboxes, 3 aliases, 1 forward, 1 permission read, complete

  ! mailbox     ann@example.com       delete blocked: 3 mailboxes would be deleted on   disruptive  mailwright.yaml:41:17
                                      directory, and policy allows at most 2
                the maildir stays on disk, and a mailbox with the same address gets it back
  ! mailbox     jane.doe@example.com  delete blocked: 3 mailboxes would be deleted on   disruptive  mailwright.yaml:41:17
                                      directory, and policy allows at most 2
                the maildir stays on disk, and a mailbox with the same address gets it back
                its permission goes with it
  ! mailbox     john.roe@example.com  delete blocked: 3 mailboxes would be deleted on   disruptive  mailwright.yaml:41:17
                                      directory, and policy allows at most 2
                the maildir stays on disk, and a mailbox with the same address gets it back
                its forward goes with it
                release these 3 once with --allow deletes:mailbox=3
  - alias       jane@example.com      → jane.doe@example.com                            disruptive
                not declared, and example.com prunes aliases at mailwright.yaml:23:13
  - alias       sales@example.com     → ann@example.com, jane.doe@example.com           disruptive
                not declared, and example.com prunes aliases at mailwright.yaml:23:13
  - forward     john.roe@example.com  → ann@example.com                                 disruptive
                not declared, and example.com prunes forwards at mailwright.yaml:23:22
  - permission  jane.doe@example.com  john.roe@example.com: send_as
                not declared, and example.com prunes permissions at mailwright.yaml:23:32

  mail     jane@example.com will bounce
  mail     sales@example.com will bounce
  mail     john.roe@example.com and postmaster@example.com no longer reach ann@example.com
  access   john.roe@example.com can no longer send as jane.doe@example.com

4 to delete, 3 blocked · 4 writes. Nothing was changed.
--- exit 3
");
    let ran = bench.run(["apply", "mail", "--yes"]).await;
    assert_eq!(ran.code, Some(3), "{ran}");
}

#[tokio::test]
async fn wrong_words_are_answered_with_the_right_ones() {
    let bench = Bench::quickstart();
    shows!(bench.run(["plan", "mail", "--allow", "everything"]).await, @"
--- stderr
error: invalid value 'everything' for '--allow <RELEASE>': `everything` releases nothing: write `delete:mailbox:bob@example.com`, `deletes:mailbox=12` or `creates:mailbox=3000`

For more information, try '--help'.
--- exit 1
");
    shows!(bench.run(["plan", "mail", "--domain", "example.org"]).await, @"
--- stderr
error: --domain example.org: there is no such domain
hint: the configuration has example.com
--- exit 1
");
    shows!(bench.run(["plan", "mail", "--report", "plan.pdf"]).await, @"
--- stderr
error: --report plan.pdf does not say in which form
hint: end its name in .txt, .json or .md
--- exit 1
");
    shows!(bench.run(["plan", "nowhere"]).await, @"
--- stderr
error[unreadable]: nowhere cannot be read: No such file or directory (os error N)
  help: name a file or a folder with `*.yaml` files; `mailwright init` makes a first one
error: the configuration has an error
--- exit 1
");
    shows!(bench.run(["frobnicate"]).await, @"
--- stderr
error: unrecognized subcommand 'frobnicate'

Usage: mailwright [OPTIONS] <COMMAND>

For more information, try '--help'.
--- exit 1
");
    shows!(bench.run(["sandbox", "--fault", "explode"]).await, @"
--- stderr
error: --fault explode: there is no fault `explode`
hint: KIND, KIND:N or KIND:every, where KIND is throttled, unavailable, error-before, error-after-commit, lost-reply, reset, refused, slow, late, hang, cut-short, half-body, html-page, endless, sessions-expired, repeat
--- exit 1
");
}

#[tokio::test]
async fn every_problem_of_a_configuration_is_shown_at_once() {
    let bench = Bench::quickstart();
    bench.edit("mail/mailwright.yaml", "quota: 5 GiB", "quotta: 5 GiB");
    bench.edit(
        "mail/mailwright.yaml",
        "password: {generate: {dir: data/passwords, keep: true}}",
        "password: hunter2",
    );
    bench.edit("mail/mailwright.yaml", "display_name: Ann Miller", "display_name:");
    let ran = bench.run(["validate", "mail"]).await;
    assert!(!ran.err.contains("hunter2"), "a literal secret is not repeated");
    shows!(ran, @"
--- stderr
error[unknown-key]: `quotta` is not a key of a profile
  --> mailwright.yaml:28:5
  28 |     quotta: 5 GiB
     |     ^^^^^^
  help: did you mean `quota`?

error[literal-secret]: `password` holds a literal, and a secret never stands in the configuration
  --> mailwright.yaml:30:15
  30 |     password: [hidden]
     |               ^^^^^^^^ a reference is needed here
  help: write `{env: NAME}`, `{file: PATH}`, `{command: [PROGRAM, ARGUMENT]}` or `{generate: {dir: FOLDER}}`; change the secret if this file was ever shared

error[null-value]: `display_name` has no value
  --> mailwright.yaml:50:17
  50 |     display_name:
     |                 ^
  help: it must be text; a key that is left out is not managed, and `absent` says that something must not exist
error: the configuration has 3 errors
--- exit 1
");
    let json = bench.run(["validate", "mail", "--format", "json"]).await;
    let problems: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(problems["valid"], false);
    assert_eq!(problems["problems"].as_array().map(Vec::len), Some(3), "{problems}");
}

/// A store that a domain leaves is emptied of what it can hold, and no gap is told in what it cannot.
#[tokio::test]
async fn a_store_that_is_left_is_a_closed_world_of_the_kinds_that_it_holds() {
    let connection = |name: &str| {
        format!("  {name}: {{type: postfixadmin, database: \"sqlite:{name}.db\", create: true}}\n")
    };
    let head = format!("version: 1\nproviders:\n{}{}", connection("old"), connection("new"));
    let bench = Bench::empty();
    let first = format!(
        "{head}domains:\n  example.com: {{provider: old, manage: true}}\nmailboxes:\n  ann@example.com: {{}}\naliases:\n  \
         sales@example.com: [ann@example.com]\n"
    );
    bench.write("mail/mail.yaml", &first);
    assert_eq!(bench.run(["apply", "mail", "--yes"]).await.code, Some(0));
    bench.edit(
        "mail/mail.yaml",
        "{provider: old, manage: true}",
        "{provider: new, manage: true, leaving: {old: remove}}",
    );
    shows!(bench.run(["plan", "mail"]).await, @"
Plan ID · 2 connections
  example.com on new · 0 objects read, complete
  example.com on old · 1 mailbox, 1 alias read, complete

  - mailbox  ann@example.com    on old                     disruptive
             example.com leaves old (leaving: remove) at mail.yaml:6:3
             the maildir stays on disk, and a mailbox with the same address gets it back
  - alias    sales@example.com  on old  → ann@example.com  disruptive
             example.com leaves old (leaving: remove) at mail.yaml:6:3
  + domain   example.com        on new                                 mail.yaml:6:3
  + mailbox  ann@example.com    on new                                 mail.yaml:8:3
  + alias    sales@example.com  on new  → ann@example.com              mail.yaml:10:3

3 to create, 2 to delete · 5 writes. Nothing was changed.
--- exit 0
");
}
