//! A small company on atmail.

use super::{Example, shows};

#[tokio::test]
async fn atmail_is_brought_about() {
    let example = Example::new("atmail", &["atmail"]).await;
    shows!(example.run(["validate", "atmail"]).await, @"
Valid: 2 domains, 3 mailboxes, 3 aliases, 1 forward, 1 administrator declared.
--- exit 0
");
    shows!(example.run(["doctor", "atmail"]).await, @"
mail
  ok       reach    the interface answers at http://127.0.0.1:PORT/index.php/api
  ok       login    subscriptionname.atmailcloud.com is accepted
  ok       domains  the domain example.com is listed
  ok       rights   the login is the server's own administrator, no sub-admin
--- exit 0
");
    shows!(example.run(["plan", "atmail"]).await, @"
Plan ID · shop-old.example, shop.example on mail (account subscriptionname.atmailcloud.com) · 0 objects read, complete · 6 calls

  + forward        bob@shop.example    → bob@home.example, keep_copy true              exposure    mailwright.yaml:31:5
  + administrator  helpdesk            password generated in passwords,                exposure    mailwright.yaml:44:5
                                       domains shop.example,
                                       admin_rights add, list, modify, search,
                                       settings.company Shop,
                                       settings.full_name Help Desk,
                                       settings.num_users 20
  + mailbox        left@shop.example   given_name Lee, family_name Left, quota 2 GiB,  disruptive  mailwright.yaml:32:3
                                       password generated in passwords,
                                       state suspended
  + domain         shop-old.example                                                                mailwright.yaml:13:3
  + domain         shop.example                                                                    mailwright.yaml:12:3
  + mailbox        ann@shop.example    given_name Ann, family_name Roe, quota 2 GiB,               mailwright.yaml:21:3
                                       password generated in passwords,
                                       settings.auto_reply Back on Monday.
  + mailbox        bob@shop.example    given_name Bob, family_name Low, quota 2 GiB,               mailwright.yaml:27:3
                                       password generated in passwords
  + alias          @shop-old.example   → @shop.example                                             mailwright.yaml:40:3
  + alias          anna@shop.example   → ann@shop.example                                          mailwright.yaml:25:15
  + alias          sales@shop.example  → ann@shop.example, bob@shop.example                        mailwright.yaml:39:3

  mail     the catch-all takes the mail for any other @shop-old.example, which newly reaches @shop.example
  mail     mail for bob@shop.example and sales@shop.example newly leaves to bob@home.example
  access   helpdesk can newly administer shop.example on mail

10 to create · 12 writes. Nothing was changed.
--- exit 0
");
    example.applied().await;
}

#[tokio::test]
async fn atmail_is_shown_and_exported() {
    let example = Example::new("atmail", &["atmail"]).await;
    example.applied().await;
    shows!(example.run(["show", "bob@shop.example", "atmail"]).await, @r#"
mailbox bob@shop.example on mail
  given_name           Bob
  family_name          Low
  state                active
  quota                2 GiB
  settings.auto_reply  ""
forward bob@shop.example on mail
  targets    bob@home.example
  keep_copy  true
--- exit 0
"#);
    shows!(example.run(["show", "helpdesk", "atmail"]).await, @"
administrator helpdesk on mail
  domains             shop.example
  admin_rights        add, list, modify, search
  full                false
  settings.company    Shop
  settings.full_name  Help Desk
  settings.num_quota  0
  settings.num_users  20
--- exit 0
");
    let exported = example.run(["export", "atmail"]).await;
    assert_eq!(exported.code, Some(0), "{exported}");
    insta::assert_snapshot!(exported.out.split_once("\nmailboxes:\n").expect("mailboxes").1, @r#"
  ann@shop.example:
    given_name: Ann
    family_name: Roe
    state: active
    quota: 2 GiB
    settings:
      atmail:
        auto_reply: Back on Monday.
  bob@shop.example:
    given_name: Bob
    family_name: Low
    state: active
    quota: 2 GiB
    forward: {to: [bob@home.example], keep_copy: true}
  left@shop.example:
    given_name: Lee
    family_name: Left
    state: suspended
    quota: 2 GiB

aliases:
  "@shop-old.example": ["@shop.example"]
  anna@shop.example: [ann@shop.example]
  sales@shop.example: [ann@shop.example, bob@shop.example]

administrators:
  mail:
    helpdesk:
      domains: [shop.example]
      rights: [add, list, modify, search]
      full: false
      settings:
        company: Shop
        full_name: Help Desk
        num_quota: 0
        num_users: 20
"#);
    example.adopts(&exported.out).await;
}
