//! Whole views, as people see them.

use insta::assert_snapshot;

use crate::model::{
    AuditReport, ChangeResult, Collection, ConnectionName, Field, Identity, Incomplete, Kind, Outcome,
    ResultState, Status, Verb,
};
use crate::render::samples::{
    address, at, audit_report, change, design_plan, mailbox, many_kinds_of_changes, note, plan, quota,
    review, trace, with,
};
use crate::render::{Colour, Style, text};

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
fn a_large_plan_opens_with_a_summary_by_domain_and_kind() {
    let mut changes = Vec::new();
    for domain in 0..15 {
        for number in 0..=domain {
            let mailbox = mailbox(Verb::Create, &format!("user{number:03}@d{domain:02}.example"));
            changes.push(with(mailbox, Field::Quota, None, Some(quota("5 GiB"))));
        }
        changes.push(change(Verb::Delete, Identity::Alias(address(&format!("old@d{domain:02}.example")))));
    }
    changes.push(change(Verb::Update, Identity::administrator("root")));
    changes[0].status = Status::WaitsFor(vec![changes[1].id.clone()]);
    let few = text::plan(&plan(changes[..40].to_vec()), Style::plain());
    assert!(!few.contains("aliases"), "{few}");
    let shown = text::plan(&plan(changes), Style::plain());
    assert_eq!(shown.lines().filter(|line| line.starts_with("  + ")).count(), 119);
    let start: Vec<&str> = shown.lines().take(21).collect();
    assert_snapshot!(start.join("\n"), @"
Plan 7f3a91c2 · example.com on box · 214 mailboxes read, complete · 3 calls

                  mailboxes  aliases  administrators
  d03.example     +4         -1
  d04.example     +5         -1
  d05.example     +6         -1
  d06.example     +7         -1
  d07.example     +8         -1
  d08.example     +9         -1
  d09.example     +10        -1
  d10.example     +11        -1
  d11.example     +12        -1
  d12.example     +13        -1
  d13.example     +14        -1
  d14.example     +15        -1
  3 more domains  +5 !1      -3
  in no domain                        ~1
  all             +119 !1    -15      ~1

  ! mailbox        user000@d00.example  create waits for alias old@d00.example to be deleted
                   wanted: quota 5 GiB
");
    assert_snapshot!(shown.lines().next_back().unwrap_or_default(), @"119 to create, 1 to change, 15 to delete, 1 blocked · 135 writes, about 81 s at this service's rate. Nothing was changed.");
}

#[test]
fn a_narrowed_plan_says_what_it_left_out() {
    let mut plan = plan(Vec::new());
    plan.narrowing.domains = vec!["example.com".into()];
    plan.left_out = [(Kind::Mailbox, 12), (Kind::Alias, 3), (Kind::SenderRules, 0)].into();
    assert_snapshot!(text::plan(&plan, Style::plain()), @"
Plan 7f3a91c2 · example.com on box · 214 mailboxes read, complete · 3 calls
  narrowed by --domain example.com: the rest was not looked at
  left out: 12 mailboxes, 3 aliases

No changes: what was looked at is as declared.
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
fn an_audit_tells_the_gravest_first() {
    let mut report = audit_report();
    assert_snapshot!(text::audit(&report, Style::plain()), @"
Audit · example.com on box · 214 mailboxes read, complete · 3 calls

error   MW001  mailbox li@example.com on box  quota is 1 GiB, declared 5 GiB  team.yaml:57:3
warning MW005                                 aliases on box could not be read: {0} [a](b)
note    MW007  mailbox li@example.com on box  is not declared

1 error, 1 warning, 1 note.
");
    report.known = 3;
    report.gone = 1;
    report.narrowing.providers = vec!["box".into()];
    report.left_out = [(Kind::Alias, 1)].into();
    report.findings.clear();
    assert_snapshot!(text::audit(&report, Style::plain()), @"
Audit · example.com on box · 214 mailboxes read, complete · 3 calls
  narrowed by --provider box: the rest was not looked at
  left out: 1 alias

Nothing new found.
Against the baseline: 3 known findings are not shown, 1 is gone.
");
    assert_snapshot!(text::audit(&AuditReport::default(), Style::plain()), @"
Audit · nothing was read

Nothing was read, so that nothing could be found.
");
}

#[test]
fn an_audit_that_saw_not_all_does_not_say_that_all_is_as_declared() {
    let mut report = audit_report();
    report.findings.clear();
    if let Some(reading) = report.connections.get_mut(&ConnectionName::new("box")) {
        reading.incomplete = vec![Incomplete {
            collection: Collection::everything(Kind::Alias),
            reason: "503 Service Unavailable".into(),
        }];
    }
    assert_snapshot!(text::audit(&report, Style::plain()), @"
Audit · example.com on box · 214 mailboxes read, incomplete · 3 calls
  ! not read  aliases on box: 503 Service Unavailable

Nothing found: what could be read is as declared, the rest is not known.
");
}

#[test]
fn a_trace_is_a_tree_with_the_reason_of_each_hop() {
    assert_snapshot!(text::trace(&trace(), Style::plain()), @"
Mail for sales@example.com, as it is now

sales@example.com           alias on box  team.yaml:9:3
├─ ann@example.com          mailbox on box
├─ jane@example.com         mailbox on box, forwards and keeps a copy
│  └─ jane@partner.example  leaves the organisation: mother company; it@example.com answers for it; until 2027-01-31
                            (listed as @partner.example)
├─ joe@example.com          mailbox on box, forwards and keeps no copy
│  └─ joe@home.example      leaves the organisation, and no entry lists it
├─ left@example.com         mailbox on box, suspended: mail bounces
├─ nowhere@example.com      nothing stands there: the catch-all @example.com on box takes it
│  └─ old@example.com       mailbox on box, suspended: it takes mail, and nobody can log in
├─ team@old.example         the domain alias @old.example on box
│  └─ team@example.com      nothing stands there: mail bounces
├─ sales@example.com        was passed before: mail goes in a circle
├─ ann@example.com          told elsewhere in this tree
├─ x@gate.example           not read: timed out
└─ @brand.example           whoever has an address there

Mail for it is stored at ann@example.com, jane@example.com, old@example.com; leaves the organisation to
jane@partner.example, joe@home.example; bounces at left@example.com, team@example.com; goes in a circle at
sales@example.com; goes on unseen at x@gate.example.
");
}

#[test]
fn an_access_review_groups_by_whom_or_by_the_address_that_was_asked_for() {
    let mut review = review();
    assert_snapshot!(text::access(&review, Style::plain()), @"
Access, as it is now
  ! not read  aliases on gate: timed out

@example.com
  administer  root@example.com  administrator on box  team.yaml:12:3

jane@example.com
  read            john@example.com      permission full_access on box  team.yaml:12:3
  send on behalf  john@example.com      permission send_on_behalf on box  team.yaml:12:3
  receive         jane@partner.example  alias, forward on box, through sales@example.com; outside: mother company;
                                        it@example.com answers for it; until 2027-01-31  team.yaml:12:3

sales@example.com
  send as  jane@example.com  permitted sender on box

5 ways: 1 to read, 1 to send as, 1 to send on behalf, 1 to receive, 1 to administer. 1 of them outside the declared
domains.
");
    review.address = Some(address("jane@example.com"));
    review.not_read.clear();
    assert_snapshot!(text::access(&review, Style::plain()), @"
Access of jane@example.com, as it is now

What others can do with jane@example.com
  administer      root@example.com      @example.com      administrator on box  team.yaml:12:3
  read            john@example.com      jane@example.com  permission full_access on box  team.yaml:12:3
  send on behalf  john@example.com      jane@example.com  permission send_on_behalf on box  team.yaml:12:3
  receive         jane@partner.example  jane@example.com  alias, forward on box, through sales@example.com; outside:
                                                          mother company; it@example.com answers for it; until
                                                          2027-01-31  team.yaml:12:3

What jane@example.com can do
  send as  jane@example.com  sales@example.com  permitted sender on box

5 ways: 1 to read, 1 to send as, 1 to send on behalf, 1 to receive, 1 to administer. 1 of them outside the declared
domains.
");
    review.entries.clear();
    assert_snapshot!(text::access(&review, Style::plain()), @"
Access of jane@example.com, as it is now

Nobody can do anything.
");
}
