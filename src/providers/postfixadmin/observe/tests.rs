use super::super::fixture::{Scratch, address, digest, lines, part};
use crate::model::{Collection, Extent, Field, Identity, Kind, Looked, Scope};
use crate::provider::{Found, Provider as _};
use futures_util::StreamExt as _;

#[tokio::test]
async fn reads_a_database_of_postfixadmin_and_leaves_it_as_it_is() {
    let scratch = Scratch::of_postfixadmin().await;
    let before = digest(&scratch.path);
    let state = scratch.provider().everything().await;
    assert_eq!(
        lines(&state),
        [
            "domain acme.test settings.active=true settings.aliases=10 settings.backupmx=false settings.description=Acme settings.mailboxes=20 settings.maxquota=0 settings.quota=2048 settings.transport=virtual",
            "domain off.test settings.active=false settings.aliases=0 settings.backupmx=false settings.description= settings.mailboxes=0 settings.maxquota=0 settings.quota=0 settings.transport=virtual",
            "domain old.test settings.active=true settings.aliases=0 settings.backupmx=false settings.description= settings.mailboxes=0 settings.maxquota=0 settings.quota=0 settings.transport=virtual",
            "mailbox ann@acme.test display_name=Ann state=active quota=1024 MB settings.email_other= settings.phone=555",
            "mailbox bob@acme.test display_name=Bob state=active quota=unlimited settings.email_other= settings.phone=",
            "mailbox cat@acme.test display_name= state=suspended quota=unlimited settings.email_other= settings.phone=",
            "mailbox dan@acme.test display_name=Dan state=active quota=unlimited settings.email_other= settings.phone=",
            "mailbox Eve@Acme.test display_name=Eve state=active quota=unlimited settings.email_other= settings.phone=",
            "mailbox fay@acme.test display_name=Fay state? quota=unlimited settings.email_other= settings.phone=",
            "mailbox gus@acme.test display_name=Gus state=active quota=unlimited settings.email_other= settings.phone=",
            "mailbox hal@acme.test display_name=Hal state=active quota=unlimited settings.email_other= settings.phone=",
            "alias @acme.test targets=bob@acme.test",
            "alias @off.test (foreign) targets?",
            "alias @old.test targets=@acme.test",
            "alias paused@acme.test (foreign) targets?",
            "alias postmaster@acme.test targets=ann@acme.test",
            "alias Sales@acme.test targets=ann@acme.test, bob@acme.test",
            "alias script@acme.test targets?",
            "forward bob@acme.test targets=Jane@Partner.example keep_copy=true",
            "forward cat@acme.test targets=ann@acme.test keep_copy=false",
            "forward gus@acme.test targets=bob@acme.test keep_copy=false",
            "forward hal@acme.test (foreign) targets? keep_copy?",
            "administrator all@acme.test domains? full=false",
            "administrator boss@acme.test domains=old.test full=true",
            "administrator half@acme.test domains= full?",
            "administrator less@acme.test domains? full=false",
            "administrator off@acme.test (foreign) domains? full?",
            "administrator part@acme.test domains=acme.test, old.test full=false",
            "alias twice@acme.test unknown",
            "administrator two@acme.test unknown",
        ]
    );
    assert_eq!(digest(&scratch.path), before, "reading changes nothing");
    assert_eq!(scratch.files(), ["mail.db"]);
    let everything = Collection { kind: Kind::Alias, extent: Extent::Everything };
    assert!(state.completeness(&everything).is_some_and(|word| word.is_complete()));
}

#[tokio::test]
async fn tells_why_a_field_is_not_read_and_what_else_it_knows() {
    let scratch = Scratch::of_postfixadmin().await;
    let state = scratch.provider().everything().await;
    let object = |identity: Identity| state.objects.get(&identity).expect("read").clone();
    let reason = |identity: Identity, field: Field| match object(identity).fields.get(&field) {
        Some(crate::model::Reading::NotRead(reason)) => reason.to_string(),
        other => panic!("{other:?}"),
    };
    let state_of_fay = reason(Identity::Mailbox(address("fay@acme.test")), Field::State);
    assert!(state_of_fay.contains("half switched off"), "{state_of_fay}");
    let script = reason(Identity::Alias(address("script@acme.test")), Field::Targets);
    assert!(script.contains("`|/usr/bin/run`"), "{script}");
    let ann = object(Identity::Mailbox(address("ann@acme.test")));
    assert_eq!(ann.facts["used_bytes"], "2048");
    assert_eq!(ann.facts["messages"], "3");
    let eve = object(Identity::Mailbox(address("eve@acme.test")));
    assert!(eve.facts["stored_as"].starts_with("Eve@Acme.test"), "{:?}", eve.facts);
    let cat = object(Identity::Mailbox(address("cat@acme.test")));
    assert!(cat.facts["quota"].starts_with("-1"), "{:?}", cat.facts);
    let gus = object(Identity::Forward(address("gus@acme.test")));
    assert!(gus.facts["forwarded"].contains("catch-all @acme.test"), "{:?}", gus.facts);
    let half = reason(Identity::administrator("half@acme.test"), Field::Full);
    assert!(half.contains("row ALL in domain_admins, which is missing"), "{half}");
    let all = reason(Identity::administrator("all@acme.test"), Field::Domains);
    assert!(all.contains("looks after every domain"), "{all}");
    let less = reason(Identity::administrator("less@acme.test"), Field::Domains);
    assert!(less.contains("its row for acme.test in domain_admins is switched off"), "{less}");
    let part = object(Identity::administrator("part@acme.test"));
    assert!(part.facts["stored_as"].starts_with("Part@acme.test"), "{:?}", part.facts);
    let twice = state.look(&Identity::Alias(address("twice@acme.test")));
    assert!(matches!(twice, Looked::Unknown(_)), "{twice:?}");
}

#[tokio::test]
async fn reads_no_more_than_the_scope_asks() {
    let scratch = Scratch::of_postfixadmin().await;
    let provider = scratch.provider();
    let objects = |identities: &[Identity]| Extent::Objects(identities.iter().cloned().collect());
    let scope = Scope::of(vec![
        part(Kind::Domain, objects(&[Identity::Domain("OLD.test".parse().expect("valid"))])),
        part(
            Kind::Mailbox,
            objects(&[
                Identity::Mailbox(address("EVE@acme.test")),
                Identity::Mailbox(address("nobody@acme.test")),
            ]),
        ),
        part(Kind::Alias, Extent::Domain("old.test".parse().expect("valid"))),
        part(Kind::Forward, Extent::PartsOf([address("cat@acme.test"), address("gus@acme.test")].into())),
        part(Kind::Administrator, objects(&[Identity::administrator("BOSS@acme.test")])),
    ]);
    let state = provider.state(&scope).await;
    let identities: Vec<String> = state.objects.keys().map(ToString::to_string).collect();
    assert_eq!(
        identities,
        ["old.test", "Eve@Acme.test", "@old.test", "cat@acme.test", "gus@acme.test", "boss@acme.test"]
    );
    let nobody = state.look(&Identity::Mailbox(address("nobody@acme.test")));
    assert!(matches!(nobody, Looked::Absent { remains: None }), "{nobody:?}");
    let ann = state.look(&Identity::Mailbox(address("ann@acme.test")));
    assert!(matches!(ann, Looked::Unknown(_)), "not asked for, so not known");
}

#[tokio::test]
async fn reads_permissions_of_mailboxes_that_are_there() {
    let scratch = Scratch::of_postfixadmin().await;
    let nothing = scratch.provider().everything().await;
    assert!(
        nothing.completeness(&Collection { kind: Kind::Permission, extent: Extent::Everything }).is_some()
    );
    scratch.sql(super::super::schema::permissions(super::super::dialect::Dialect::Sqlite)).await;
    scratch
        .sql(
            "INSERT INTO mailwright_permission (owner, grantee, perm) VALUES
             ('ann@acme.test', 'bob@acme.test', 'send_as'), ('ann@acme.test', 'bob@acme.test', 'full_access'),
             ('bob@acme.test', 'Ann@acme.test', 'send_as'), ('gone@acme.test', 'ann@acme.test', 'send_as'),
             ('eve@acme.test', 'ann@acme.test', 'send_as')",
        )
        .await;
    let state = scratch.provider().everything().await;
    let permissions: Vec<String> =
        lines(&state).into_iter().filter(|line| line.starts_with("permission")).collect();
    assert_eq!(
        permissions,
        [
            "permission ann@acme.test/bob@acme.test rights=full_access, send_as",
            "permission bob@acme.test/Ann@acme.test rights=send_as",
            "permission eve@acme.test/ann@acme.test rights=send_as",
        ]
    );
    let pair = Identity::Permission { mailbox: address("bob@acme.test"), grantee: address("ann@acme.test") };
    let scope = Scope::of(vec![part(Kind::Permission, Extent::Objects([pair.clone()].into()))]);
    let state = scratch.provider().state(&scope).await;
    assert_eq!(state.objects.keys().collect::<Vec<_>>(), [&pair]);
}

#[tokio::test]
async fn a_mailbox_that_went_may_have_left_its_mail() {
    let scratch = Scratch::of_postfixadmin().await;
    scratch
        .sql(
            "INSERT INTO log (timestamp, username, domain, action, data) VALUES
             ('2026-01-02 03:04:05', 'CLI', 'acme.test', 'create_mailbox', 'gone@acme.test'),
             ('2026-02-03 04:05:06', 'CLI', 'acme.test', 'delete_mailbox', 'gone@acme.test'),
             ('2026-03-04 05:06:07', 'CLI', 'acme.test', 'edit_mailbox', 'lost@acme.test'),
             ('2026-02-03 04:05:06', 'CLI', 'acme.test', 'delete_mailbox', 'ann@acme.test'),
             ('2026-02-03 04:05:06', 'CLI', 'acme.test', 'delete_mailbox', 'ANN@acme.test'),
             ('2026-02-03 04:05:06', 'CLI', 'acme.test', 'delete_mailbox', 'eve@acme.test'),
             ('2026-02-03 04:05:06', 'CLI', 'acme.test', 'delete_alias', 'list@acme.test'),
             ('2026-02-03 04:05:06', 'CLI', 'old.test', 'delete_mailbox', 'x@old.test');",
        )
        .await;
    let provider = scratch.provider();
    let note = |state: &crate::model::ConnectionState, text: &str| match state
        .look(&Identity::Mailbox(address(text)))
    {
        Looked::Absent { remains: Some(object) } => object.standing.to_string(),
        Looked::Absent { remains: None } => "nothing".to_owned(),
        other => panic!("{text}: {other:?}"),
    };
    let acme = Scope::of(vec![part(Kind::Mailbox, Extent::Domain("acme.test".parse().expect("valid")))]);
    let state = provider.state(&acme).await;
    let gone = note(&state, "gone@acme.test");
    assert!(gone.contains("deleted on 2026-02-03, as the log says: its maildir is still"), "{gone}");
    let lost = note(&state, "lost@acme.test");
    assert!(lost.contains("the log last speaks on 2026-03-04, and it is gone"), "{lost}");
    assert_eq!(note(&state, "list@acme.test"), "nothing");
    for there in ["ann@acme.test", "eve@acme.test"] {
        let looked = state.look(&Identity::Mailbox(address(there)));
        assert!(matches!(looked, Looked::Present(_)), "{there}: {looked:?}");
    }
    assert!(!state.objects.contains_key(&Identity::Mailbox(address("x@old.test"))));
    // Nobody asked for mailboxes.
    let aliases = Scope::of(vec![part(Kind::Alias, Extent::Everything)]);
    assert!(provider.state(&aliases).await.objects.keys().all(|identity| identity.kind() == Kind::Alias));

    scratch
        .sql(
            "CREATE TABLE user_shares (from_user varchar(255), to_user varchar(255), dummy char(1));
             INSERT INTO user_shares (from_user, to_user) VALUES ('gone@acme.test', 'ann@acme.test'),
             ('gone@acme.test', 'bob@acme.test'), ('gone@acme.test', 'cat@acme.test'),
             ('shared@acme.test', 'bob@acme.test'), ('ann@acme.test', 'bob@acme.test')",
        )
        .await;
    let asked = ["gone@acme.test", "shared@acme.test"].map(|text| Identity::Mailbox(address(text)));
    let scope = Scope::of(vec![part(Kind::Mailbox, Extent::Objects(asked.into()))]);
    let state = provider.state(&scope).await;
    let gone = note(&state, "gone@acme.test");
    assert!(gone.contains("still lists as shared with ann@acme.test, cat@acme.test and 1 more:"), "{gone}");
    let shared = note(&state, "shared@acme.test");
    assert!(
        shared.starts_with(
            "remains: a mailbox was here, whose folders Dovecot still lists as shared with bob@"
        ),
        "{shared}"
    );
    assert_eq!(state.objects.len(), 2);
}

#[tokio::test]
async fn a_database_that_is_yet_to_be_made_holds_nothing_and_stays_unmade() {
    let scratch = Scratch::empty();
    let state = scratch.creating().everything().await;
    assert!(state.objects.is_empty());
    let ann = state.look(&Identity::Mailbox(address("ann@acme.test")));
    assert!(matches!(ann, Looked::Absent { .. }), "{ann:?}");
    assert!(scratch.files().is_empty());
}

#[tokio::test]
async fn a_reading_that_fails_says_so_and_is_complete_in_nothing() {
    let scratch = Scratch::of_postfixadmin().await;
    let provider = scratch.provider();
    let mut other = scratch.connection().await;
    sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut other).await.expect("locks");
    let scope = Scope::of(vec![part(Kind::Mailbox, Extent::Everything)]);
    let found: Vec<Found> = provider.observe(&scope).collect().await;
    assert!(
        matches!(&found[..], [Found::Failed(error)] if error.message.contains("locked by another program")),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_write_ahead_log_is_read_without_leaving_files_behind() {
    let scratch = Scratch::made().await;
    assert_eq!(scratch.files(), ["mail.db"], "the writer has closed");
    let before = digest(&scratch.path);
    let state = scratch.provider().everything().await;
    assert_eq!(state.objects.len(), 2);
    assert_eq!(scratch.files(), ["mail.db"]);
    assert_eq!(digest(&scratch.path), before);

    // While somebody else has it open the log stays, and what is in it is read.
    let mut other = scratch.connection().await;
    sqlx::raw_sql("INSERT INTO domain (domain, description, transport) VALUES ('third.test', '', 'virtual')")
        .execute(&mut other)
        .await
        .expect("inserts");
    assert_eq!(scratch.provider().everything().await.objects.len(), 3);
    assert_eq!(scratch.files(), ["mail.db", "mail.db-shm", "mail.db-wal"]);
    assert_eq!(digest(&scratch.path), before);
}

#[tokio::test]
async fn reading_beside_an_open_writer_sees_what_was_committed() {
    let scratch = Scratch::made().await;
    let mut other = scratch.connection().await;
    sqlx::raw_sql(
        "BEGIN IMMEDIATE; INSERT INTO domain (domain, description, transport) VALUES ('x.test', '', '')",
    )
    .execute(&mut other)
    .await
    .expect("inserts");
    assert_eq!(scratch.provider().everything().await.objects.len(), 2);
}
