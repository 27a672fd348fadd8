//! The first ten minutes with the program: the quickstart from nothing, a change, a look around.

use super::{Bench, shows};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Row as _};

async fn open(bench: &Bench) -> SqliteConnection {
    SqliteConnectOptions::new().filename(bench.path("mail/data/mail.db")).connect().await.expect("a database")
}

/// Rows as text, cells joined by ` | `. Every column must be text.
async fn rows(db: &mut SqliteConnection, query: &'static str) -> Vec<String> {
    sqlx::query(query)
        .fetch_all(db)
        .await
        .expect("rows")
        .iter()
        .map(|row| (0..row.len()).map(|cell| row.get::<String, _>(cell)).collect::<Vec<_>>().join(" | "))
        .collect()
}

#[tokio::test]
async fn from_nothing_to_a_mail_directory_and_nothing_left_to_do() {
    let bench = Bench::quickstart();
    shows!(bench.run(["validate", "mail"]).await, @"
Valid: 1 domain, 3 mailboxes, 3 aliases, 1 forward, 1 permission declared.
--- exit 0
");
    shows!(bench.run(["plan", "mail"]).await, @"
Plan ID · example.com on directory · 0 objects read, complete

  + forward     john.roe@example.com    → ann@example.com, keep_copy true        exposure  mailwright.yaml:46:5
  + permission  jane.doe@example.com    john.roe@example.com: send_as            exposure  mailwright.yaml:39:7
  + domain      example.com                                                                mailwright.yaml:18:3
  + mailbox     ann@example.com         display_name Ann Miller, quota 5 GiB,              mailwright.yaml:48:3
                                        password generated in data/passwords
  + mailbox     jane.doe@example.com    display_name Jane Doe, quota 5 GiB,                mailwright.yaml:33:3
                                        password generated in data/passwords
  + mailbox     john.roe@example.com    display_name John Roe, quota 10 GiB,               mailwright.yaml:41:3
                                        password generated in data/passwords
  + alias       jane@example.com        → jane.doe@example.com                             mailwright.yaml:36:15
  + alias       postmaster@example.com  → john.roe@example.com                             mailwright.yaml:55:3
  + alias       sales@example.com       → ann@example.com, jane.doe@example.com            mailwright.yaml:54:3

  access   john.roe@example.com can newly send as jane.doe@example.com

9 to create · 9 writes. Nothing was changed.
--- exit 0
");
    assert!(bench.digest("mail/data/mail.db").is_none(), "a plan writes nothing");
    assert_eq!(bench.run(["plan", "mail", "--detailed-exitcode"]).await.code, Some(2));
    let applied = bench.run(["apply", "mail", "--yes"]).await;
    let after_the_plan = applied.out.split_once("9 writes.\n").expect("the plan comes first").1;
    insta::assert_snapshot!(after_the_plan.trim_start(), @"
done      create domain example.com on directory  mailwright.yaml:18:3
            mail/data/mail.db was made, with the tables of PostfixAdmin 3.3
            the database now keeps a write-ahead log, so that Postfix can read it while somebody writes
            Postfix may keep to the old state for up to 100 seconds; `postfix reload` ends that

New passwords, which only you can read:
  mail/data/passwords/ann@example.com
  mail/data/passwords/jane.doe@example.com
  mail/data/passwords/john.roe@example.com

9 done.
");
    assert_eq!((applied.code, applied.err.as_str()), (Some(0), ""));

    // The tables are those of contracts/postfixadmin.md §2.
    let mut db = open(&bench).await;
    insta::assert_snapshot!(rows(&mut db, "select value from config where name = 'version'").await.join("\n"), @"1847");
    insta::assert_snapshot!(
        rows(&mut db, "select domain, transport, cast(active as text) from domain order by 1").await.join("\n"), @"example.com | virtual | 1");
    insta::assert_snapshot!(
        rows(
            &mut db,
            "select username, name, maildir, cast(quota as text), local_part, domain, cast(active as text),
                    substr(password, 1, 15) from mailbox order by 1",
        )
        .await
        .join("\n"), @"
ann@example.com | Ann Miller | example.com/ann/ | 5368709120 | ann | example.com | 1 | {BLF-CRYPT}$2y$
jane.doe@example.com | Jane Doe | example.com/jane.doe/ | 5368709120 | jane.doe | example.com | 1 | {BLF-CRYPT}$2y$
john.roe@example.com | John Roe | example.com/john.roe/ | 10737418240 | john.roe | example.com | 1 | {BLF-CRYPT}$2y$
");
    insta::assert_snapshot!(
        rows(&mut db, "select address, goto, domain, cast(active as text) from alias order by 1").await.join("\n"), @"
ann@example.com | ann@example.com | example.com | 1
jane.doe@example.com | jane.doe@example.com | example.com | 1
jane@example.com | jane.doe@example.com | example.com | 1
john.roe@example.com | ann@example.com,john.roe@example.com | example.com | 1
postmaster@example.com | john.roe@example.com | example.com | 1
sales@example.com | ann@example.com,jane.doe@example.com | example.com | 1
");
    insta::assert_snapshot!(
        rows(&mut db, "select owner, grantee, perm from mailwright_permission order by 1").await.join("\n"), @"jane.doe@example.com | john.roe@example.com | send_as");
    for name in ["ann", "jane.doe", "john.roe"] {
        let password = bench.read(&format!("mail/data/passwords/{name}@example.com"));
        let hash = rows(
            &mut db,
            match name {
                "ann" => "select password from mailbox where username = 'ann@example.com'",
                "jane.doe" => "select password from mailbox where username = 'jane.doe@example.com'",
                _ => "select password from mailbox where username = 'john.roe@example.com'",
            },
        )
        .await
        .remove(0);
        let hash = hash.strip_prefix("{BLF-CRYPT}").expect("its scheme");
        assert!(bcrypt::verify(password.trim_end(), hash).expect("a hash"), "{name}");
        assert!(!applied.to_string().contains(password.trim_end()));
    }

    let before = rows(&mut db, "select address || modified from alias order by 1").await;
    shows!(bench.run(["plan", "mail", "--detailed-exitcode"]).await, @"
Plan ID · example.com on directory · 1 domain, 3 mailboxes, 3 aliases, 1 forward, 1 permission read, complete

No changes: everything is as declared.
--- exit 0
");
    shows!(bench.run(["apply", "mail", "--yes"]).await, @"
Plan ID · example.com on directory · 1 domain, 3 mailboxes, 3 aliases, 1 forward, 1 permission read, complete

No changes: everything is as declared.

Nothing to do.
--- exit 0
");
    assert_eq!(rows(&mut db, "select address || modified from alias order by 1").await, before);
    shows!(bench.run(["audit", "mail"]).await, @"
Audit · example.com on directory · 1 domain, 3 mailboxes, 3 aliases, 1 forward, 1 permission read, complete

Nothing found: everything is as declared.
--- exit 0
");
}

#[tokio::test]
async fn a_change_is_shown_made_and_gone_from_the_next_plan() {
    let bench = Bench::applied().await;
    bench.edit("mail/mailwright.yaml", "display_name: Jane Doe", "display_name: Jane D. Doe");
    bench.edit("mail/mailwright.yaml", "quota: 10 GiB", "quota: 20 GiB");
    bench.edit("mail/mailwright.yaml", "john.roe@example.com: [send_as]", "ann@example.com: [send_as]");
    bench.edit("mail/mailwright.yaml", "  sales@example.com: [jane.doe@example.com, ann@example.com]\n", "");
    shows!(bench.run(["plan", "mail"]).await, @"
Plan ID · example.com on directory · 1 domain, 3 mailboxes, 3 aliases, 1 forward, 1 permission read, complete

  + permission  jane.doe@example.com  ann@example.com: send_as                 exposure    mailwright.yaml:39:7
  - alias       sales@example.com     → ann@example.com, jane.doe@example.com  disruptive
                not declared, and example.com prunes aliases at mailwright.yaml:23:13
  ~ mailbox     jane.doe@example.com  display_name Jane Doe → Jane D. Doe                  mailwright.yaml:35:19
  ~ mailbox     john.roe@example.com  quota 10 GiB → 20 GiB                                mailwright.yaml:44:12
  - permission  jane.doe@example.com  john.roe@example.com: send_as
                not declared, and example.com prunes permissions at mailwright.yaml:23:32

  mail     sales@example.com will bounce
  access   ann@example.com can newly send as jane.doe@example.com
  access   john.roe@example.com can no longer send as jane.doe@example.com

1 to create, 2 to change, 2 to delete · 5 writes. Nothing was changed.
--- exit 0
");
    shows!(bench.run(["audit", "mail"]).await, @"
Audit · example.com on directory · 1 domain, 3 mailboxes, 3 aliases, 1 forward, 1 permission read, complete

error   MW001  mailbox jane.doe@example.com on directory  display_name is Jane Doe, declared Jane D. Doe
                                                          mailwright.yaml:35:19
error   MW001  mailbox john.roe@example.com on directory  quota is 10 GiB, declared 20 GiB  mailwright.yaml:44:12
error   MW002  permission jane.doe@example.com/ann@example.com on directory  is declared and is not there
                                                                             mailwright.yaml:39:7
error   MW004  alias sales@example.com on directory       is not declared, and its list is closed  mailwright.yaml:23:13
error   MW004  permission jane.doe@example.com/john.roe@example.com on directory  is not declared, and its list is closed
                                                                                  mailwright.yaml:23:32

5 errors.
--- exit 2
");
    assert_eq!(bench.run(["apply", "mail", "--yes", "--quiet"]).await.code, Some(0));
    assert_eq!(bench.run(["plan", "mail", "--detailed-exitcode"]).await.code, Some(0));
}

#[tokio::test]
async fn apply_asks_and_a_pipe_cannot_answer() {
    let bench = Bench::quickstart();
    shows!(bench.run(["apply", "mail"]).await, @"
--- stderr
error: apply asks before it begins, and nobody is there to answer
hint: add --yes; it releases no brake
--- exit 1
");
    assert!(bench.digest("mail/data/mail.db").is_none());
}

#[tokio::test]
async fn what_is_exported_plans_to_nothing() {
    let bench = Bench::applied().await;
    let exported = bench.run(["export", "mail"]).await;
    assert_eq!(exported.code, Some(0));
    let original = bench.read("mail/mailwright.yaml");
    let (head, _) = original.split_once("\nprofiles:").expect("providers and domains come first");
    bench.write("mail/mailwright.yaml", head);
    bench.write("mail/exported.yaml", &exported.out);
    shows!(bench.run(["plan", "mail", "--detailed-exitcode"]).await, @"
Plan ID · example.com on directory · 1 domain, 3 mailboxes, 3 aliases, 1 forward, 1 permission read, complete

No changes: everything is as declared.
--- exit 0
");
    shows!(bench.run(["export", "mail", "--out", "mail/exported.yaml"]).await, @"
--- stderr
error: mail/exported.yaml is there already
hint: name a file that is not, or leave --out out
--- exit 1
");
}

#[tokio::test]
async fn drift_and_strangers_are_findings() {
    let bench = Bench::applied().await;
    let mut db = open(&bench).await;
    for statement in [
        "update mailbox set quota = 1073741824 where username = 'ann@example.com'",
        "update alias set goto = 'thief@evil.example' where address = 'sales@example.com'",
        "insert into alias (address, goto, domain, created, modified, active)
         values ('stray@example.com', 'ann@example.com', 'example.com', datetime('now'), datetime('now'), 1)",
        "insert into mailbox (username, password, name, maildir, quota, local_part, domain, created, modified, active)
         values ('eve@example.com', 'x', '', 'example.com/eve/', 0, 'eve', 'example.com', datetime('now'),
                 datetime('now'), 1)",
    ] {
        sqlx::query(statement).execute(&mut db).await.expect("written");
    }
    shows!(bench.run(["audit", "mail"]).await, @"
Audit · example.com on directory · 1 domain, 4 mailboxes, 4 aliases, 1 forward, 1 permission read, complete

error   MW001  mailbox ann@example.com on directory  quota is 1 GiB, declared 5 GiB  mailwright.yaml:28:12
error   MW001  alias sales@example.com on directory  targets is thief@evil.example, declared ann@example.com,
                                                     jane.doe@example.com  mailwright.yaml:54:22
error   MW004  alias stray@example.com on directory  is not declared, and its list is closed  mailwright.yaml:23:13
warning MW011  alias sales@example.com on directory  mail leaves to thief@evil.example, which `external` does not list
                                                     mailwright.yaml:54:22
note    MW007  mailbox eve@example.com on directory  is not declared  mailwright.yaml:18:3

3 errors, 1 warning, 1 note.
--- exit 2
");
    shows!(bench.run(["audit", "mail", "--only", "jane*"]).await, @"
Audit · example.com on directory · 4 mailboxes, 4 aliases, 1 forward, 1 permission read, complete
  narrowed by --only jane*: the rest was not looked at
  left out: 1 domain, 2 mailboxes, 2 aliases, 1 forward

Nothing found: what was looked at is as declared.
--- exit 0
");
    shows!(bench.run(["plan", "mail"]).await, @"
Plan ID · example.com on directory · 1 domain, 4 mailboxes, 4 aliases, 1 forward, 1 permission read, complete

  ~ alias    sales@example.com  targets +ann@example.com +jane.doe@example.com   exposure    mailwright.yaml:54:22
                                −thief@evil.example
  - alias    stray@example.com  → ann@example.com                                disruptive
             not declared, and example.com prunes aliases at mailwright.yaml:23:13
  ~ mailbox  ann@example.com    quota 1 GiB → 5 GiB                                          mailwright.yaml:28:12

  mail     stray@example.com will bounce
  mail     sales@example.com no longer reaches thief@evil.example, but ann@example.com and jane.doe@example.com

2 to change, 1 to delete · 3 writes. Nothing was changed.
--- exit 0
");
}

#[tokio::test]
async fn a_look_around() {
    let bench = Bench::applied().await;
    shows!(bench.run(["show", "john.roe@example.com", "mail"]).await, @r#"
mailbox john.roe@example.com on directory
  display_name          John Roe
  state                 active
  quota                 10 GiB
  settings.email_other  ""
  settings.phone        ""
forward john.roe@example.com on directory
  targets    ann@example.com
  keep_copy  true
--- exit 0
"#);
    shows!(bench.run(["show", "nobody@example.com", "mail"]).await, @"
nothing on directory
--- exit 0
");
    shows!(bench.run(["show", "banner/hello", "mail"]).await, @"
--- stderr
error: `banner/hello`: no connection of this configuration holds objects
hint: write an address like jane.doe@example.com
--- exit 1
");
    shows!(bench.run(["show", "ann@", "mail"]).await, @"
--- stderr
error: `ann@`: `` is not a domain name: it is empty
hint: write an address like jane.doe@example.com, a login, or KIND/NAME for an object of a service's own kind
--- exit 1
");
    shows!(bench.run(["show", "nobody@elsewhere.example", "mail"]).await, @"
--- stderr
error: the configuration does not speak of elsewhere.example
hint: declare the domain, or name a connection with --provider
--- exit 1
");
    shows!(bench.run(["doctor", "mail"]).await, @"
directory
  ok       schema        PostfixAdmin's tables, version 1847
  ok       journal       write-ahead log: Postfix can read while somebody writes
  ok       permissions   the table mailwright_permission is there
  ok       spelling      every address is in lower case
  ok       write access  this user may write the database
  ok       sharing       the file and its folder are shared by their group; Postfix and Dovecot must both be in it
--- exit 0
");
}

#[tokio::test]
async fn init_makes_what_plan_understands_and_overwrites_nothing() {
    let bench = Bench::empty();
    shows!(bench.run(["init", "my mail"]).await, @"
--- stderr
wrote my mail/mailwright.yaml
wrote my mail/.gitignore

Next: mailwright plan 'my mail'
--- exit 0
");
    assert_eq!(bench.run(["plan", "my mail", "--detailed-exitcode"]).await.code, Some(2));
    bench.edit("my mail/mailwright.yaml", "Ann Miller", "Ann M. Miller");
    let mine = bench.digest("my mail/mailwright.yaml");
    shows!(bench.run(["init", "my mail"]).await, @"
--- stderr
kept  my mail/mailwright.yaml, which is there already
kept  my mail/.gitignore, which is there already
--- exit 0
");
    assert_eq!(bench.digest("my mail/mailwright.yaml"), mine);
}
