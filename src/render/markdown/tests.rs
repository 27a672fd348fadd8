//! Whole comments, and what no text may do to one.

mod hostile;

use insta::assert_snapshot;
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::page::LIMIT;
use crate::model::{
    BlockCode, ChangeResult, Collection, ConnectionName, EffectKind, Field, Incomplete, Kind, Outcome, Plan,
    ResultState, Risk, Severity, Status, Value, Verb,
};
use crate::render::markdown;
use crate::render::samples::{
    at, audit_report, block, design_plan, effect, finding, hostile, mailbox, many_kinds_of_changes, note,
    plan, review, trace, with,
};

/// What a host makes of a comment: own tags only, all closed, and no text outside of code in which a host would find
/// a person or an address.
fn check(text: &str, marker: &str) -> Result<(), TestCaseError> {
    prop_assert!(text.len() <= LIMIT, "{} bytes", text.len());
    prop_assert!(text.starts_with(&format!("{marker}\n")), "{text}");
    prop_assert!(text.ends_with('\n') && !text.contains('\r'));
    let mut folds = 0;
    let mut in_block = false;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_GFM) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_block = true,
            Event::End(TagEnd::CodeBlock) => in_block = false,
            Event::Html(html) | Event::InlineHtml(html) => {
                for line in html.lines().filter(|line| !line.is_empty()) {
                    match line {
                        "<details>" | "<details open>" => folds += 1,
                        "</details>" => folds -= 1,
                        line if line == marker => {}
                        line => {
                            let inner = line
                                .strip_prefix("<summary>")
                                .and_then(|line| line.strip_suffix("</summary>"));
                            let own = |c: char| c.is_ascii_alphanumeric() || " :,.".contains(c);
                            prop_assert!(inner.is_some_and(|inner| inner.chars().all(own)), "{line}");
                        }
                    }
                }
            }
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => prop_assert!(false, "a link: {text}"),
            Event::Text(words) if !in_block => {
                let odd = ['@', '<', '#', '`', '[', '$', '~', '|', '\\'];
                let own = words.starts_with("Created (+), changed (~)");
                prop_assert!(own || !words.contains(odd), "{words}");
                prop_assert!(!words.contains("://"), "{words}");
            }
            _ => {}
        }
    }
    prop_assert_eq!(folds, 0);
    prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
    let turns = text.contains(['\u{202e}', '\u{2066}', '\u{200b}']);
    prop_assert!(!turns);
    Ok(())
}

fn large_words(plan: &mut Plan) {
    plan.overrides = vec!["deletes:mailbox=12".parse().expect("an override")];
    plan.narrowing.only = vec!["*@example.com".into()];
    plan.left_out = [(Kind::Mailbox, 12)].into();
    if let Some(reading) = plan.connections.get_mut(&ConnectionName::new("box")) {
        reading.incomplete = vec![Incomplete {
            collection: Collection::everything(Kind::Alias),
            reason: "timed out after 30 s (GET https://box.example.com/admin/mail/aliases)".into(),
        }];
    }
}

#[test]
fn the_plan_of_the_design() {
    assert_snapshot!(markdown::plan(&design_plan()), @"
<!-- mailwright:plan -->
### Mail plan `7f3a91c2`

**1 to create, 1 to change, 1 to delete, 1 blocked · 3 writes, about 2 s at this service's rate.** Nothing was changed.

#### 1 object is blocked

```diff
! mailbox  ceo@example.com  delete blocked: protected  destructive  policy.yaml:8:3
           release once with --allow delete:mailbox:ceo@example.com
```

<details>
<summary>1 disruptive change: mail stops or moves</summary>

```diff
- alias  old-sales@example.com  → sales@example.com  absent at team.yaml:71:3
```

</details>

<details>
<summary>2 safe changes</summary>

```diff
~ mailbox  li@example.com    quota 1 GiB → 5 GiB  team.yaml:57:3
+ mailbox  nora@example.com  quota 5 GiB          team.yaml:42:3
```

</details>

#### What happens to mail and access

- **mail** `old-sales@example.com` will bounce
- **access** `john.roe@example.com` can newly read `jane.doe@example.com`

<details>
<summary>What was read</summary>

- `example.com` on box · 214 mailboxes read, complete · 3 calls

</details>
");
}

#[test]
fn every_part_of_a_plan() {
    let mut plan = plan(many_kinds_of_changes());
    plan.notes = vec![note("ext@partner.example is the target of two aliases", Some(at("a.yaml", 9)))];
    large_words(&mut plan);
    let shown = markdown::plan(&plan);
    assert_snapshot!(shown, @r"
<!-- mailwright:plan -->
### Mail plan `7f3a91c2`

**1 to create, 3 to change, 1 to delete, 4 blocked · 6 writes, about 4 s at this service's rate.** Nothing was changed.

> [!WARNING]
> Not read to its end, so that nothing is said of it:
> - aliases on box: timed out after 30 s (GET `https://box.example.com/admin/mail/aliases`)

**Released** for this plan:

- `--allow deletes:mailbox=12`

**Narrowed**; the rest was not looked at:

- `--only *@example.com`
- left out: 12 mailboxes

#### 4 objects are blocked

```diff
! mailbox  admin@example.com   delete blocked: this connection logs in as it         destructive
           blocked: protected by `admin@*`  policy.yaml:3:3
! mailbox  x@example.com       create blocked: 51 creates of mailboxes, at most 50
! mailbox  y@example.com       create blocked: 51 creates of mailboxes, at most 50
           release these 2 once with --allow creates:mailbox=51
! alias    x-list@example.com  create waits for mailbox x@example.com to be created
           wanted: → x@example.com
```

<details open>
<summary>1 destructive change: content is lost</summary>

```diff
- mailbox  left@example.com    absent at people/left.yaml:12:3
           its forward and 2 permissions go with it
```

</details>

<details open>
<summary>1 exposure change: somebody new can read or send, old mail returns, or mail leaves</summary>

```diff
+ permission  jane.doe@example.com  john.roe@example.com: full_access, send_as
```

</details>

<details>
<summary>1 disruptive change: mail stops or moves</summary>

```diff
> mailbox  new.name@example.com  renamed from old.name@example.com  a.yaml:1:3
```

</details>

<details>
<summary>2 safe changes</summary>

```diff
~ mailbox  desk@example.com  display_name Desk\u{1b}[2J → none
           settings.auto_reply I am away until [-Monday-]{+Friday+}. For anything urgent please write …
~ alias    team@example.com  targets +c@example.com +d@partner.example −a@example.com
```

</details>

#### Notes

- `ext@partner.example` is the target of two aliases — `a.yaml:9:3`

<details>
<summary>What was read</summary>

- `example.com` on box · 214 mailboxes read, incomplete · 3 calls

</details>
");
    check(&shown, markdown::PLAN).expect("safe");
}

#[test]
fn a_plan_without_changes() {
    assert_snapshot!(markdown::plan(&plan(Vec::new())), @"
<!-- mailwright:plan -->
### Mail plan `7f3a91c2`

**No changes: everything is as declared.**

<details>
<summary>What was read</summary>

- `example.com` on box · 214 mailboxes read, complete · 3 calls

</details>
");
}

/// What is shown of a section, and how many more it says there are.
fn told(text: &str, title: &str) -> (usize, usize) {
    let (_, rest) = text.split_once(title).expect("a section");
    let ends = ["\n<details", "\n####"].map(|next| rest.find(next).unwrap_or(rest.len()));
    let end = ends.into_iter().min().unwrap_or_default();
    let section = &rest[..end];
    let shown = section.lines().filter(|line| line.starts_with(['!', '-', '+', '~'])).count();
    let more = section.lines().find_map(|line| line.strip_prefix("… and ")?.split_once(" more"));
    (shown, more.map_or(0, |(number, _)| number.parse().expect("a number")))
}

#[test]
fn a_plan_of_thousands_fits_and_says_what_is_left_out() {
    let mut changes = Vec::new();
    for number in 0..2000 {
        let mut one = mailbox(Verb::Create, &format!("user{number:04}@example.com"));
        one.at = Some(at("people.yaml", number + 1));
        if number % 20 == 0 {
            one.status = Status::Blocked(vec![block(
                BlockCode::Cap,
                "2000 creates of mailboxes, at most 50",
                Some("creates:mailbox=2000"),
                None,
            )]);
        }
        changes.push(one);
        if number % 10 == 0 {
            let mut gone = mailbox(Verb::Delete, &format!("old{number:04}@example.com"));
            gone.risk = Risk::Destructive;
            changes.push(gone);
        }
    }
    let mut plan = plan(changes);
    plan.effects = (0..100)
        .map(|number| effect(EffectKind::Mail, &format!("old{number}@example.com will bounce")))
        .collect();
    let shown = markdown::plan(&plan);
    check(&shown, markdown::PLAN).expect("safe");
    assert!(shown.len() > LIMIT - 600, "{} bytes: there was room for more", shown.len());
    assert_eq!(told(&shown, "100 objects are blocked"), (100, 0));
    assert_eq!(told(&shown, "200 destructive changes"), (200, 0));
    assert_eq!(told(&shown, "What happens to mail and access"), (100, 0));
    let (safe, more) = told(&shown, "1900 safe changes");
    assert_eq!(safe + more, 1900);
    assert!(safe > 0 && more > 0, "{safe} {more}");
    assert_eq!(shown.matches("release these 100 once with --allow creates:mailbox=2000").count(), 1);
}

#[test]
fn what_is_blocked_is_shortened_last_and_still_says_how_it_is_released() {
    let changes = (0..3000)
        .map(|number| {
            let mut one = mailbox(
                if number % 2 == 0 { Verb::Create } else { Verb::Delete },
                &format!("user{number:04}@example.com"),
            );
            if number % 2 == 0 {
                one.status = Status::Blocked(vec![block(
                    BlockCode::Cap,
                    "too many",
                    Some("creates:mailbox=1500"),
                    None,
                )]);
            }
            one
        })
        .collect();
    let shown = markdown::plan(&plan(changes));
    let (blocked, more) = told(&shown, "1500 objects are blocked");
    assert_eq!(blocked + more, 1500);
    assert!(blocked > 500, "{blocked}");
    assert_eq!(told(&shown, "1500 safe changes"), (0, 1500));
    assert!(shown.contains("--allow creates:mailbox=1500"), "the release was cut off");
}

#[test]
fn an_outcome_tells_what_did_not_go_well_first() {
    let plan = design_plan();
    let states = [
        ResultState::Skipped { reason: "blocked: protected".into() },
        ResultState::Failed { error: "the service refused it: 400".into(), hint: Some("look there".into()) },
        ResultState::Done,
        ResultState::InDoubt { reason: "the connection broke after the call was sent".into() },
    ];
    let mut outcome = Outcome { plan: plan.id.clone(), ..Outcome::default() };
    for (change, state) in plan.changes.iter().zip(states) {
        let notes = vec!["its password is in secrets/x".into()];
        outcome.results.push(ChangeResult { change: change.id.clone(), state, notes });
    }
    outcome.generated = vec!["secrets/nora@example.com".into()];
    let shown = markdown::outcome(&plan, &outcome);
    assert_snapshot!(shown, @"
<!-- mailwright:outcome -->
### Mail plan `7f3a91c2` carried out

**1 done, 1 failed, 1 skipped, 1 in doubt. What is done stays done; plan again to see what is left.**

#### 1 in doubt

- **in doubt** update mailbox `li@example.com` on box — `team.yaml:57:3`
  - the connection broke after the call was sent
  - hint: the next plan reads what became of it; look there before anything else
  - its password is in `secrets/x`

#### 1 failed

- **failed** delete alias `old-sales@example.com` on box — `team.yaml:71:3`
  - the service refused it: 400
  - hint: look there
  - its password is in `secrets/x`

<details>
<summary>1 skipped</summary>

- **skipped** delete mailbox `ceo@example.com` on box
  - blocked: protected
  - its password is in `secrets/x`

</details>

New passwords are in files that only whoever carried out the plan can read:

- `secrets/nora@example.com`

<details>
<summary>1 change is done</summary>

- **done** create mailbox `nora@example.com` on box — `team.yaml:42:3`
  - its password is in `secrets/x`

</details>
");
    check(&shown, markdown::OUTCOME).expect("safe");
}

#[test]
fn an_audit_tells_the_gravest_first() {
    let shown = markdown::audit(&audit_report());
    assert_snapshot!(shown, @"
<!-- mailwright:audit -->
### Mail audit

**1 error, 1 warning, 1 note.**

<details open>
<summary>1 error</summary>

- `MW001` mailbox `li@example.com` on `box`: quota is 1 GiB, declared 5 GiB — `team.yaml:57:3`

</details>

<details open>
<summary>1 warning</summary>

- `MW005` aliases on box could not be read: `{0} [a](b`)

</details>

<details>
<summary>1 note</summary>

- `MW007` mailbox `li@example.com` on `box`: is not declared

</details>

<details>
<summary>What was read</summary>

- `example.com` on box · 214 mailboxes read, complete · 3 calls

</details>
");
    check(&shown, markdown::AUDIT).expect("safe");
}

#[test]
fn a_trace_and_a_review() {
    let shown = markdown::trace(&trace());
    assert_snapshot!(shown, @"
<!-- mailwright:trace -->
### Mail for `sales@example.com`

Mail for it is stored at `ann@example.com`, `jane@example.com`, `old@example.com`; leaves the organisation to `jane@partner.example`, `joe@home.example`; bounces at `left@example.com`, `team@example.com`; goes in a circle at `sales@example.com`; goes on unseen at `x@gate.example`. This is as it is now.

#### Hop by hop

```text
sales@example.com           alias on box  team.yaml:9:3
├─ ann@example.com          mailbox on box
├─ jane@example.com         mailbox on box, forwards and keeps a copy
│  └─ jane@partner.example  leaves the organisation: mother company; it@example.com answers for it; until 2027-01-31 (listed as @partner.example)
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
```
");
    check(&shown, markdown::TRACE).expect("safe");
    let shown = markdown::access(&review());
    assert_snapshot!(shown, @"
<!-- mailwright:access -->
### Access

**5 ways: 1 to read, 1 to send as, 1 to send on behalf, 1 to receive, 1 to administer. 1 of them outside the declared domains.** This is as it is now.

> [!WARNING]
> Not read, so that nothing is said of it:
> - aliases on gate: timed out

#### Who can do what

```text
@example.com
  administer  root@example.com  administrator on box  team.yaml:12:3
jane@example.com
  read            john@example.com      permission full_access on box  team.yaml:12:3
  send on behalf  john@example.com      permission send_on_behalf on box  team.yaml:12:3
  receive         jane@partner.example  alias, forward on box, through sales@example.com; outside: mother company; it@example.com answers for it; until 2027-01-31  team.yaml:12:3
sales@example.com
  send as  jane@example.com  permitted sender on box
```
");
    check(&shown, markdown::ACCESS).expect("safe");
}
