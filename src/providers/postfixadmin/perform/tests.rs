use super::super::fixture::{Scratch, address, clear, create, delete, secret, send_as, targets, update};
use crate::model::{AccountState, Address, Field, Fields, Identity, Quota, Right, Value};
use crate::provider::{Done, ErrorKind};

mod administrators;
mod domains;
mod foreign;
mod hand_over;
mod permissions;
mod safety;

const MAILBOX: &str = "SELECT username, substr(password, 1, 16), name, maildir, quota, local_part, domain, active, phone, \
     email_other, token, created = modified, substr(password_expiry, 1, 10) = date('now', '+365 days') FROM mailbox";
const ALIAS: &str = "SELECT address, goto, domain, active FROM alias ORDER BY address";
const LOG: &str = "SELECT username, domain, action, data FROM log ORDER BY id";

fn mailbox(text: &str) -> Identity {
    Identity::Mailbox(address(text))
}

fn alias(text: &str) -> Identity {
    Identity::Alias(address(text))
}

fn forward(text: &str) -> Identity {
    Identity::Forward(address(text))
}

fn domain(text: &str) -> Identity {
    Identity::Domain(text.parse().expect("a domain"))
}

fn permission(mailbox: &str, grantee: &str) -> Identity {
    Identity::Permission { mailbox: address(mailbox), grantee: address(grantee) }
}

fn to(texts: &[&str]) -> Fields {
    Fields::new().with(Field::Targets, targets(texts))
}

fn suspended() -> Fields {
    Fields::new().with(Field::State, Value::State(AccountState::Suspended))
}

#[tokio::test]
async fn a_mailbox_is_a_row_and_its_own_alias_row() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    let whole = Fields::new()
        .with(Field::DisplayName, Value::text("Ann O'Nym"))
        .with(Field::Quota, Value::Quota(Quota::Bytes(5 << 30)))
        .with(Field::Password, secret())
        .with(Field::Setting("phone".into()), Value::text("555"));
    let notes = provider.written(&create(mailbox("Ann@Acme.test"), whole.clone())).await;
    assert!(notes.is_empty(), "{notes:?}");
    let notes = provider.written(&create(mailbox("info@acme.test"), Fields::new())).await;
    assert!(notes[0].contains("no password"), "{notes:?}");
    assert_eq!(
        scratch.rows(MAILBOX).await,
        [
            "ann@acme.test|{BLF-CRYPT}$2y$0|Ann O'Nym|acme.test/ann/|5368709120|ann|acme.test|1|555|||1|1",
            "info@acme.test|{CRYPT}!||acme.test/info/|0|info|acme.test|1||||1|1",
        ]
    );
    assert_eq!(
        scratch.rows(ALIAS).await,
        ["ann@acme.test|ann@acme.test|acme.test|1", "info@acme.test|info@acme.test|acme.test|1"]
    );
    assert_eq!(
        scratch.rows(LOG).await[2..],
        [
            "mailwright|acme.test|create_mailbox|ann@acme.test",
            "mailwright|acme.test|create_mailbox|info@acme.test"
        ]
    );

    // The same again holds already; with another password or name it is somebody else's.
    assert_eq!(provider.done(&create(mailbox("ann@acme.test"), whole.clone())).await, Done::NotNeeded);
    let differs = whole.with(Field::DisplayName, Value::text("Another"));
    assert_eq!(provider.refused(&create(mailbox("ann@acme.test"), differs)).await.kind, ErrorKind::Conflict);
    let with_password = Fields::new().with(Field::Password, secret());
    assert_eq!(
        provider.refused(&create(mailbox("info@acme.test"), with_password)).await.kind,
        ErrorKind::Conflict
    );
}

#[tokio::test]
async fn a_mailbox_that_cannot_be_is_refused_with_a_way_out() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    provider.written(&create(alias("list@acme.test"), to(&["a@x.test"]))).await;
    scratch
        .sql(
            "UPDATE domain SET mailboxes = -1 WHERE domain = 'other.test';
             INSERT INTO domain (domain, description, transport, mailboxes, maxquota)
             VALUES ('full.test', '', 'virtual', 1, 10), ('off.test', '', 'virtual', 0, 0);
             UPDATE domain SET active = 0 WHERE domain = 'off.test'",
        )
        .await;
    let quota = |bytes| Fields::new().with(Field::Quota, Value::Quota(bytes));
    for (identity, fields, kind, words) in [
        (
            "ann@nowhere.test",
            Fields::new(),
            ErrorKind::Invalid,
            "nowhere.test is not a domain of this database",
        ),
        ("list@acme.test", Fields::new(), ErrorKind::Conflict, "an alias holds list@acme.test"),
        ("a/b@acme.test", Fields::new(), ErrorKind::Invalid, "folder of another one"),
        ("ann@other.test", Fields::new(), ErrorKind::LimitReached, "may not have mailboxes"),
        (
            "ann@full.test",
            Fields::new(),
            ErrorKind::LimitReached,
            "at most 10 MB for a mailbox, and no quota",
        ),
        ("ann@full.test", quota(Quota::Unlimited), ErrorKind::LimitReached, "not an unlimited one"),
        ("ann@full.test", quota(Quota::Bytes(11 << 20)), ErrorKind::LimitReached, "not 11 MiB"),
    ] {
        let error = provider.refused(&create(mailbox(identity), fields)).await;
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.message.contains(words), "{error}");
        assert!(error.hint.is_some(), "{error}");
    }
    assert!(scratch.rows(MAILBOX).await.is_empty());
    provider.written(&create(mailbox("ann@full.test"), quota(Quota::Bytes(10 << 20)))).await;
    let error = provider.refused(&create(mailbox("bob@full.test"), quota(Quota::Bytes(1)))).await;
    assert!(error.message.contains("all 1 mailbox"), "{error}");
    let notes = provider.written(&create(mailbox("ann@off.test"), Fields::new())).await;
    assert!(notes.iter().any(|note| note.contains("switched off")), "{notes:?}");
}

#[tokio::test]
async fn an_update_sets_its_fields_and_no_other() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    let whole = Fields::new()
        .with(Field::DisplayName, Value::text("Ann"))
        .with(Field::Quota, Value::Quota(Quota::Bytes(1 << 30)));
    provider.written(&create(mailbox("ann@acme.test"), whole)).await;
    scratch.sql("UPDATE mailbox SET created = '2020-01-01', modified = '2020-01-01', maildir = 'x/y/'").await;
    let name = Fields::new().with(Field::DisplayName, Value::text("Anna"));
    provider.written(&update(mailbox("ann@acme.test"), name.clone())).await;
    let row = "SELECT name, quota, maildir, created, modified > '2025', active FROM mailbox";
    assert_eq!(scratch.rows(row).await, ["Anna|1073741824|x/y/|2020-01-01|1|1"]);
    assert_eq!(provider.done(&update(mailbox("ann@acme.test"), name.clone())).await, Done::NotNeeded);
    provider.written(&clear(mailbox("ann@acme.test"), Field::Quota)).await;
    provider.written(&clear(mailbox("ann@acme.test"), Field::DisplayName)).await;
    assert_eq!(scratch.rows(row).await, ["|0|x/y/|2020-01-01|1|1"]);
    assert_eq!(provider.refused(&update(mailbox("bob@acme.test"), name)).await.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn suspending_switches_both_rows_and_says_where_mail_goes() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    provider.written(&create(mailbox("ann@acme.test"), Fields::new())).await;
    let both = "SELECT m.active, a.active FROM mailbox m JOIN alias a ON a.address = m.username";
    assert!(provider.written(&update(mailbox("ann@acme.test"), suspended())).await.is_empty());
    assert_eq!(scratch.rows(both).await, ["0|0"]);
    assert_eq!(provider.done(&update(mailbox("ann@acme.test"), suspended())).await, Done::NotNeeded);
    let active = Fields::new().with(Field::State, Value::State(AccountState::Active));
    provider.written(&update(mailbox("ann@acme.test"), active)).await;
    assert_eq!(scratch.rows(both).await, ["1|1"]);
    // Half off is put right, too.
    scratch.sql("UPDATE mailbox SET active = 0").await;
    provider.written(&update(mailbox("ann@acme.test"), suspended())).await;
    assert_eq!(scratch.rows(both).await, ["0|0"]);

    provider.written(&create(alias("@acme.test"), to(&["boss@other.test"]))).await;
    let notes = provider.written(&create(mailbox("bob@acme.test"), suspended())).await;
    let words = "its mail is not refused: the catch-all @acme.test takes it to boss@other.test";
    assert!(notes.iter().any(|note| note == words), "{notes:?}");
}

#[tokio::test]
async fn a_password_is_set_again_where_a_create_was_in_doubt() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    provider.written(&create(mailbox("ann@acme.test"), Fields::new())).await;
    let password = Fields::new().with(Field::Password, secret());
    provider.written(&update(mailbox("ann@acme.test"), password)).await;
    assert!(scratch.rows("SELECT password FROM mailbox").await[0].starts_with("{BLF-CRYPT}$2y$"));
    let missing =
        Fields::new().with(Field::Password, Value::Secret(crate::model::SecretRef::Env("OTHER".into())));
    let error = provider.refused(&create(mailbox("bob@acme.test"), missing)).await;
    assert_eq!(error.kind, ErrorKind::Auth, "{error}");
}

#[tokio::test]
async fn an_alias_is_one_row_with_its_targets_in_lower_case() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    let identity = || alias("Sales@acme.test");
    let two = || to(&["Zoe@Partner.example", "ann@acme.test"]);
    provider.written(&create(identity(), two())).await;
    assert_eq!(scratch.rows(ALIAS).await, ["sales@acme.test|ann@acme.test,zoe@partner.example|acme.test|1"]);
    assert_eq!(provider.done(&create(identity(), two())).await, Done::NotNeeded);
    assert_eq!(provider.done(&update(identity(), two())).await, Done::NotNeeded);
    assert_eq!(provider.refused(&create(identity(), to(&["x@x.test"]))).await.kind, ErrorKind::Conflict);
    provider.written(&update(identity(), to(&["x@x.test"]))).await;
    assert_eq!(scratch.rows(ALIAS).await, ["sales@acme.test|x@x.test|acme.test|1"]);
    provider.written(&delete(identity())).await;
    assert_eq!(provider.done(&delete(identity())).await, Done::NotNeeded);
    assert_eq!(provider.refused(&update(identity(), two())).await.kind, ErrorKind::NotFound);
    assert!(scratch.rows(ALIAS).await.is_empty());
    assert_eq!(
        scratch.rows(LOG).await[2..],
        [
            "mailwright|acme.test|create_alias|sales@acme.test",
            "mailwright|acme.test|edit_alias|sales@acme.test",
            "mailwright|acme.test|delete_alias|sales@acme.test",
        ]
    );
}

#[tokio::test]
async fn an_alias_that_cannot_be_is_refused_with_a_way_out() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    provider.written(&create(mailbox("ann@acme.test"), Fields::new())).await;
    scratch
        .sql(
            "UPDATE domain SET aliases = -1 WHERE domain = 'other.test';
             INSERT INTO domain (domain, description, transport, aliases) VALUES ('full.test', '', 'virtual', 1);
             INSERT INTO mailbox (username, password, name, maildir, local_part, domain)
             VALUES ('m@full.test', '', '', '', 'm', 'full.test');
             INSERT INTO alias (address, goto, domain) VALUES ('m@full.test', 'm@full.test', 'full.test')",
        )
        .await;
    provider.written(&create(alias("one@full.test"), to(&["m@full.test"]))).await;
    for (identity, to_whom, kind, words) in [
        ("a@nowhere.test", "x@x.test", ErrorKind::Invalid, "not a domain of this database"),
        ("ann@acme.test", "x@x.test", ErrorKind::Conflict, "a mailbox holds ann@acme.test"),
        ("a@other.test", "x@x.test", ErrorKind::LimitReached, "may not have aliases"),
        ("two@full.test", "x@x.test", ErrorKind::LimitReached, "all 1 alias(es)"),
        ("a@acme.test", "@other.test", ErrorKind::Invalid, "cannot be a target of a@acme.test"),
        ("a@acme.test", "a@acme.test", ErrorKind::Invalid, "its own target"),
        ("@acme.test", "@nowhere.test", ErrorKind::Invalid, "not a domain of this database"),
    ] {
        let error = provider.refused(&create(alias(identity), to(&[to_whom]))).await;
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.message.contains(words), "{error}");
        assert!(error.hint.is_some(), "{error}");
    }
    let error = provider.refused(&delete(alias("ann@acme.test"))).await;
    assert_eq!(error.kind, ErrorKind::Conflict, "a self row is nobody's alias");
}

#[tokio::test]
async fn a_whole_domain_is_a_catch_all_or_stands_for_another_domain() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    let domains = "SELECT alias_domain, target_domain, active FROM alias_domain";
    provider.written(&create(alias("@other.test"), to(&["@acme.test"]))).await;
    assert_eq!(scratch.rows(domains).await, ["other.test|acme.test|1"]);
    assert_eq!(provider.done(&create(alias("@other.test"), to(&["@acme.test"]))).await, Done::NotNeeded);
    // Postfix follows one step.
    let error = provider.refused(&create(alias("@acme.test"), to(&["@other.test"]))).await;
    assert!(error.message.contains("one step only"), "{error}");
    // From one table to the other and back.
    provider.written(&update(alias("@other.test"), to(&["ann@acme.test"]))).await;
    assert_eq!(scratch.rows(ALIAS).await, ["@other.test|ann@acme.test|other.test|1"]);
    assert!(scratch.rows(domains).await.is_empty());
    provider.written(&update(alias("@other.test"), to(&["@acme.test"]))).await;
    assert!(scratch.rows(ALIAS).await.is_empty());
    provider.written(&delete(alias("@other.test"))).await;
    assert!(scratch.rows(domains).await.is_empty());
    let actions: Vec<String> =
        scratch.rows("SELECT action, domain, data FROM log ORDER BY id").await[2..].to_vec();
    assert_eq!(
        actions,
        [
            "create_alias_domain|other.test|acme.test",
            "delete_alias_domain|other.test|acme.test",
            "create_alias|other.test|@other.test",
            "delete_alias|other.test|@other.test",
            "create_alias_domain|other.test|acme.test",
            "delete_alias_domain|other.test|acme.test",
        ]
    );
}

#[tokio::test]
async fn a_forward_stands_in_the_mailboxs_own_row() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    let identity = || forward("ann@acme.test");
    provider.written(&create(mailbox("ann@acme.test"), Fields::new())).await;
    let goto = "SELECT goto, active FROM alias";
    let keep = |keep: bool| Fields::new().with(Field::KeepCopy, Value::Bool(keep));

    // A copy is kept where nothing is said.
    provider.written(&create(identity(), to(&["Jane@Partner.example"]))).await;
    assert_eq!(scratch.rows(goto).await, ["jane@partner.example,ann@acme.test|1"]);
    assert_eq!(provider.done(&create(identity(), to(&["jane@partner.example"]))).await, Done::NotNeeded);
    assert_eq!(provider.refused(&create(identity(), to(&["x@x.test"]))).await.kind, ErrorKind::Conflict);
    provider.written(&update(identity(), keep(false))).await;
    assert_eq!(scratch.rows(goto).await, ["jane@partner.example|1"]);
    provider.written(&update(identity(), to(&["x@x.test"]))).await;
    assert_eq!(scratch.rows(goto).await, ["x@x.test|1"]);
    assert_eq!(provider.done(&update(identity(), to(&["x@x.test"]))).await, Done::NotNeeded);
    provider.written(&update(identity(), to(&["y@x.test"]).with(Field::KeepCopy, Value::Bool(true)))).await;
    assert_eq!(scratch.rows(goto).await, ["y@x.test,ann@acme.test|1"]);
    provider.written(&delete(identity())).await;
    assert_eq!(scratch.rows(goto).await, ["ann@acme.test|1"]);
    assert_eq!(provider.done(&delete(identity())).await, Done::NotNeeded);
    assert_eq!(provider.refused(&update(identity(), keep(true))).await.kind, ErrorKind::NotFound);
    assert_eq!(
        provider.refused(&create(forward("no@acme.test"), to(&["x@x.test"]))).await.kind,
        ErrorKind::NotFound
    );
    assert_eq!(provider.done(&delete(forward("no@acme.test"))).await, Done::NotNeeded);
    for bad in ["ann@acme.test", "@other.test", "ann#acme.test@x.test"] {
        assert_eq!(provider.refused(&create(identity(), to(&[bad]))).await.kind, ErrorKind::Invalid, "{bad}");
    }
}

#[tokio::test]
async fn a_forward_of_a_suspended_mailbox_waits_with_it() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    provider.written(&create(mailbox("ann@acme.test"), suspended())).await;
    provider.written(&create(forward("ann@acme.test"), to(&["x@x.test"]))).await;
    assert_eq!(scratch.rows(ALIAS).await, ["ann@acme.test|x@x.test,ann@acme.test|acme.test|0"]);
}

#[tokio::test]
async fn what_the_database_cannot_hold_is_refused() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    let rules = Identity::SenderRules(address("ann@acme.test"));
    assert_eq!(provider.refused(&create(rules, Fields::new())).await.kind, ErrorKind::Invalid);
    let wrong = Fields::new().with(Field::DisplayName, Value::Int(1));
    assert_eq!(provider.refused(&create(mailbox("ann@acme.test"), wrong)).await.kind, ErrorKind::Invalid);
    let nul = Fields::new().with(Field::DisplayName, Value::text("a\0b"));
    assert_eq!(provider.refused(&create(mailbox("ann@acme.test"), nul)).await.kind, ErrorKind::Invalid);
    assert!(scratch.rows(MAILBOX).await.is_empty());
}

#[tokio::test]
async fn what_was_written_reads_back_as_wished() {
    let scratch = Scratch::made().await;
    let provider = scratch.provider();
    let ann: Address = address("ann@acme.test");
    provider.written(&create(mailbox("ann@acme.test"), suspended())).await;
    provider.written(&create(forward("ann@acme.test"), to(&["x@x.test"]))).await;
    provider.written(&create(alias("@other.test"), to(&["@acme.test"]))).await;
    provider.written(&create(permission("ann@acme.test", "bob@acme.test"), send_as())).await;
    let state = provider.everything().await;
    let read = |identity: Identity, field: Field| state.objects[&identity].fields.value(&field).cloned();
    let wished = [
        (mailbox("ann@acme.test"), Field::State, Value::State(AccountState::Suspended)),
        (forward("ann@acme.test"), Field::Targets, targets(&["x@x.test"])),
        (forward("ann@acme.test"), Field::KeepCopy, Value::Bool(true)),
        (alias("@other.test"), Field::Targets, targets(&["@acme.test"])),
        (permission("ann@acme.test", "bob@acme.test"), Field::Rights, Value::Rights([Right::SendAs].into())),
    ];
    for (identity, field, value) in wished {
        assert_eq!(read(identity, field), Some(value));
    }
    assert!(!state.objects.contains_key(&Identity::Alias(ann)), "a self row is no alias");
}
