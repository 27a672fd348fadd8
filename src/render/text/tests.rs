//! Whole views, as people see them.

use insta::assert_snapshot;

use super::samples::{
    address, addresses, at, block, change, effect, mailbox, needs, note, plan, quota, with,
};
use crate::model::{
    BlockCode, ChangeResult, Collection, ConnectionName, EffectKind, Field, Finding, Identity, Incomplete,
    Kind, ObjectRef, Outcome, ResultState, Right, Risk, RuleId, Severity, Status, Value, Verb,
};
use crate::render::{Colour, Style, text};

fn design_plan() -> crate::model::Plan {
    let mut ceo = mailbox(Verb::Delete, "ceo@example.com");
    ceo.risk = Risk::Destructive;
    ceo.status = Status::Blocked(vec![block(
        BlockCode::Protected,
        "protected",
        Some("delete:mailbox:ceo@example.com"),
        Some(at("policy.yaml", 8)),
    )]);
    let mut old_sales = with(
        change(Verb::Delete, Identity::Alias(address("old-sales@example.com"))),
        Field::Targets,
        Some(addresses(&["sales@example.com"])),
        None,
    );
    old_sales.risk = Risk::Disruptive;
    old_sales.reason = "absent".into();
    old_sales.at = Some(at("team.yaml", 71));
    let mut nora = with(mailbox(Verb::Create, "nora@example.com"), Field::Quota, None, Some(quota("5 GiB")));
    nora.at = Some(at("team.yaml", 42));
    let mut li = with(
        mailbox(Verb::Update, "li@example.com"),
        Field::Quota,
        Some(quota("1 GiB")),
        Some(quota("5 GiB")),
    );
    li.at = Some(at("team.yaml", 57));
    let mut plan = plan(vec![ceo, old_sales, nora, li]);
    plan.effects = vec![
        effect(EffectKind::Mail, "old-sales@example.com will bounce"),
        effect(EffectKind::Access, "john.roe@example.com can newly read jane.doe@example.com"),
    ];
    plan
}

#[test]
fn the_plan_of_the_design() {
    assert_snapshot!(text::plan(&design_plan(), Style::plain()), @"
Plan 7f3a91c2 · example.com on box · 214 mailboxes read, complete · 3 calls

  ! mailbox  ceo@example.com        delete blocked: protected  destructive  policy.yaml:8:3
             release once with --allow delete:mailbox:ceo@example.com
  - alias    old-sales@example.com  → sales@example.com        disruptive   absent at team.yaml:71:3
  ~ mailbox  li@example.com         quota 1 GiB → 5 GiB                     team.yaml:57:3
  + mailbox  nora@example.com       quota 5 GiB                             team.yaml:42:3

  mail     old-sales@example.com will bounce
  access   john.roe@example.com can newly read jane.doe@example.com

1 to create, 1 to change, 1 to delete, 1 blocked · 3 writes, about 2 s at this service's rate. Nothing was changed.
");
}

#[test]
fn colour_only_adds() {
    let coloured = text::plan(&design_plan(), Style { colour: Colour::Always, ..Style::plain() });
    assert!(coloured.contains("\u{1b}["), "{coloured}");
    let mut bare = String::new();
    let mut rest = coloured.as_str();
    while let Some(start) = rest.find("\u{1b}[") {
        bare.push_str(&rest[..start]);
        rest = &rest[start..];
        rest = &rest[rest.find('m').expect("a colour ends") + 1..];
    }
    bare.push_str(rest);
    let trimmed: Vec<&str> = bare.lines().map(str::trim_end).collect();
    let plain = text::plan(&design_plan(), Style::plain());
    assert_eq!(trimmed, plain.lines().collect::<Vec<_>>());
}

#[test]
fn the_order_of_the_changes_does_not_matter() {
    let forward = design_plan();
    let mut backward = forward.clone();
    backward.changes.reverse();
    assert_eq!(text::plan(&forward, Style::plain()), text::plan(&backward, Style::plain()));
}

fn many_kinds_of_changes() -> Vec<crate::model::Change> {
    let long =
        "I am away until Monday. For anything urgent please write to the desk, which is staffed daily.";
    let mut renamed = mailbox(Verb::Rename, "new.name@example.com");
    renamed.before_identity = Some(Identity::Mailbox(address("old.name@example.com")));
    renamed.at = Some(at("a.yaml", 1));
    renamed.risk = Risk::Disruptive;
    let team = with(
        change(Verb::Update, Identity::Alias(address("team@example.com"))),
        Field::Targets,
        Some(addresses(&["a@example.com", "b@example.com"])),
        Some(addresses(&["b@example.com", "c@example.com", "d@partner.example"])),
    );
    let reply = with(
        mailbox(Verb::Update, "desk@example.com"),
        Field::Setting("auto_reply".into()),
        Some(Value::text(long)),
        Some(Value::text(&long.replace("Monday", "Friday"))),
    );
    let mut cleared = with(
        mailbox(Verb::Update, "desk@example.com"),
        Field::DisplayName,
        Some(Value::text("Desk\u{1b}[2J")),
        None,
    );
    cleared.id = crate::model::ChangeId::new(Verb::Update, &cleared.connection, &cleared.identity, "name");
    let mut shared = with(
        change(
            Verb::Create,
            Identity::Permission {
                mailbox: address("jane.doe@example.com"),
                grantee: address("john.roe@example.com"),
            },
        ),
        Field::Rights,
        None,
        Some(Value::Rights([Right::FullAccess, Right::SendAs].into())),
    );
    shared.risk = Risk::Exposure;
    let mut capped = mailbox(Verb::Create, "x@example.com");
    capped.status = Status::Blocked(vec![block(
        BlockCode::Cap,
        "51 creates of mailboxes, at most 50",
        Some("--allow creates:mailbox=51"),
        None,
    )]);
    let mut capped_too = mailbox(Verb::Create, "y@example.com");
    capped_too.status = capped.status.clone();
    let mut waiting = needs(
        with(
            change(Verb::Create, Identity::Alias(address("x-list@example.com"))),
            Field::Targets,
            None,
            Some(addresses(&["x@example.com"])),
        ),
        &capped,
    );
    waiting.status = Status::WaitsFor(vec![capped.id.clone()]);
    let mut login = mailbox(Verb::Delete, "admin@example.com");
    login.risk = Risk::Destructive;
    login.status = Status::Blocked(vec![
        block(BlockCode::Login, "this connection logs in as it", None, None),
        block(
            BlockCode::Protected,
            "protected by `admin@*`",
            Some("delete:mailbox:admin@example.com"),
            Some(at("policy.yaml", 3)),
        ),
    ]);
    let mut gone = mailbox(Verb::Delete, "left@example.com");
    gone.risk = Risk::Destructive;
    gone.reason = "absent".into();
    gone.at = Some(at("people/left.yaml", 12));
    gone.effects = vec!["its forward and 2 permissions go with it".into()];
    vec![renamed, team, reply, cleared, shared, capped, capped_too, waiting, login, gone]
}

#[test]
fn every_kind_of_line() {
    let mut plan = plan(many_kinds_of_changes());
    plan.notes = vec![note("ext@partner.example is the target of two aliases", Some(at("a.yaml", 9)))];
    plan.overrides = vec!["deletes:mailbox=12".parse().expect("an override")];
    plan.narrowing.only = vec!["*@example.com".into()];
    if let Some(reading) = plan.connections.get_mut(&ConnectionName::new("box")) {
        reading.incomplete = vec![Incomplete {
            collection: Collection::everything(Kind::Alias),
            reason: "timed out after 30 s (GET https://box.example.com/admin/mail/aliases)".into(),
        }];
    }
    assert_snapshot!(text::plan(&plan, Style::plain()), @r"
Plan 7f3a91c2 · example.com on box · 214 mailboxes read, incomplete · 3 calls
  narrowed by --only *@example.com: the rest was not looked at
  released by --allow deletes:mailbox=12
  ! not read  aliases on box: timed out after 30 s (GET https://box.example.com/admin/mail/aliases)

  ! mailbox     admin@example.com     delete blocked: this connection logs in as it             destructive
                blocked: protected by `admin@*`  policy.yaml:3:3
  ! mailbox     x@example.com         create blocked: 51 creates of mailboxes, at most 50
  ! mailbox     y@example.com         create blocked: 51 creates of mailboxes, at most 50
                release these 2 once with --allow creates:mailbox=51
  ! alias       x-list@example.com    create waits for mailbox x@example.com to be created
                wanted: → x@example.com
  - mailbox     left@example.com                                                                destructive
                its forward and 2 permissions go with it
                absent at people/left.yaml:12:3
  + permission  jane.doe@example.com  john.roe@example.com: full_access, send_as                exposure
  > mailbox     new.name@example.com  renamed from old.name@example.com                         disruptive
                a.yaml:1:3
  ~ mailbox     desk@example.com      display_name Desk\u{1b}[2J → none
                settings.auto_reply I am away until [-Monday-]{+Friday+}. For anything urgent please write …
  ~ alias       team@example.com      targets +c@example.com +d@partner.example −a@example.com

  note     ext@partner.example is the target of two aliases  a.yaml:9:3

1 to create, 3 to change, 1 to delete, 4 blocked · 6 writes, about 4 s at this service's rate. Nothing was changed.
");
    let narrow = Style { width: 72, ..Style::plain() };
    assert_snapshot!(text::plan(&plan, narrow), @r"
Plan 7f3a91c2 · example.com on box · 214 mailboxes read, incomplete · 3 calls
  narrowed by --only *@example.com: the rest was not looked at
  released by --allow deletes:mailbox=12
  ! not read  aliases on box: timed out after 30 s (GET https://box.example.com/admin/mail/aliases)

  ! mailbox     admin@example.com     delete blocked: this           destructive
                                      connection logs in as it
                blocked: protected by `admin@*`  policy.yaml:3:3
  ! mailbox     x@example.com         create blocked: 51 creates
                                      of mailboxes, at most 50
  ! mailbox     y@example.com         create blocked: 51 creates
                                      of mailboxes, at most 50
                release these 2 once with --allow creates:mailbox=51
  ! alias       x-list@example.com    create waits for mailbox
                                      x@example.com to be created
                wanted: → x@example.com
  - mailbox     left@example.com                                     destructive
                its forward and 2 permissions go with it
                absent at people/left.yaml:12:3
  + permission  jane.doe@example.com  john.roe@example.com:          exposure
                                      full_access, send_as
  > mailbox     new.name@example.com  renamed from                   disruptive
                                      old.name@example.com
                a.yaml:1:3
  ~ mailbox     desk@example.com      display_name Desk\u{1b}[2J →
                                      none
                settings.auto_reply I am away until [-Monday-]{+Friday+}.
                For anything urgent please write …
  ~ alias       team@example.com      targets +c@example.com
                                      +d@partner.example
                                      −a@example.com

  note     ext@partner.example is the target of two aliases  a.yaml:9:3

1 to create, 3 to change, 1 to delete, 4 blocked · 6 writes, about 4 s at this service's rate. Nothing was changed.
");
}

#[test]
fn an_empty_plan_says_so_and_never_more_than_was_read() {
    let mut plan = plan(Vec::new());
    assert_snapshot!(text::plan(&plan, Style::plain()), @"
Plan 7f3a91c2 · example.com on box · 214 mailboxes read, complete · 3 calls

No changes: everything is as declared.
");
    if let Some(reading) = plan.connections.get_mut(&ConnectionName::new("box")) {
        reading.incomplete = vec![Incomplete {
            collection: Collection::everything(Kind::Alias),
            reason: "503 Service Unavailable".into(),
        }];
    }
    assert_snapshot!(text::plan(&plan, Style::plain()), @"
Plan 7f3a91c2 · example.com on box · 214 mailboxes read, incomplete · 3 calls
  ! not read  aliases on box: 503 Service Unavailable

No changes: what could be read is as declared, the rest is not known.
");
}

#[test]
fn hundreds_of_changes_are_summed_up_by_kind() {
    let changes = (0..300)
        .map(|number| {
            with(
                mailbox(Verb::Create, &format!("user{number:03}@example.com")),
                Field::Quota,
                None,
                Some(quota("5 GiB")),
            )
        })
        .collect();
    let shown = text::plan(&plan(changes), Style::plain());
    assert_eq!(shown.lines().filter(|line| line.starts_with("  + ")).count(), 300);
    let end: Vec<&str> = shown.lines().rev().take(2).collect();
    assert_snapshot!(end.join("\n"), @"
300 to create · 300 writes, about 3 min at this service's rate. Nothing was changed.
300 mailboxes (+300)
");
}

#[test]
fn an_outcome_names_what_did_not_go_well() {
    let plan = design_plan();
    let states = [
        ResultState::Skipped { reason: "blocked: protected".into() },
        ResultState::Failed {
            error: "the service refused it: 400 Bad Request, \"in use\" (POST https://box.example.com/admin)"
                .into(),
            hint: Some("remove the members first".into()),
        },
        ResultState::Done,
        ResultState::InDoubt { reason: "the connection broke after the call was sent".into() },
    ];
    let mut results: Vec<ChangeResult> = plan
        .changes
        .iter()
        .zip(states)
        .map(|(change, state)| ChangeResult { change: change.id.clone(), state, notes: Vec::new() })
        .collect();
    results[2].notes.push("its password is in secrets/nora@example.com".into());
    let outcome = Outcome { plan: plan.id.clone(), results, ..Outcome::default() };
    assert_snapshot!(text::outcome(&plan, &outcome, Style::plain()), @r#"
  in doubt  update mailbox li@example.com on box  team.yaml:57:3
            the connection broke after the call was sent
            hint: the next plan reads what became of it; look there before anything else
  failed    delete alias old-sales@example.com on box  team.yaml:71:3
            the service refused it: 400 Bad Request, "in use" (POST https://box.example.com/admin)
            hint: remove the members first
  skipped   delete mailbox ceo@example.com on box
            blocked: protected
  done      create mailbox nora@example.com on box  team.yaml:42:3
            its password is in secrets/nora@example.com

1 done, 1 failed, 1 skipped, 1 in doubt. What is done stays done; plan again to see what is left.
"#);
}

#[test]
fn findings_stand_the_gravest_first() {
    let finding = |rule, severity, message: &str| Finding {
        rule: RuleId(rule),
        severity,
        object: Some(ObjectRef {
            connection: ConnectionName::new("box"),
            identity: Identity::Mailbox(address("li@example.com")),
        }),
        message: message.into(),
        declared: None,
        remote: None,
        at: Some(at("team.yaml", 57)),
    };
    let findings = [
        finding("MW007", Severity::Note, "is not declared"),
        finding("MW001", Severity::Error, "quota is 1 GiB, declared 5 GiB"),
    ];
    assert_snapshot!(text::findings(&findings, Style::plain()), @"
error   MW001  mailbox li@example.com on box  quota is 1 GiB, declared 5 GiB  team.yaml:57:3
note    MW007  mailbox li@example.com on box  is not declared  team.yaml:57:3

1 error, 1 note.
");
    assert_snapshot!(text::findings(&[], Style::plain()), @"Nothing found: everything is as declared.");
}
