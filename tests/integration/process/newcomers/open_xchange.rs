//! A company in a context of Open-Xchange Cloud.

use super::{Example, shows};

#[tokio::test]
async fn open_xchange_is_brought_about() {
    let example = Example::new("open-xchange", &["open_xchange"]).await;
    shows!(example.run(["validate", "open-xchange"]).await, @"
Valid: 1 domain, 3 mailboxes, 3 aliases, 1 sender rules, 1 object declared.
--- exit 0
");
    shows!(example.run(["doctor", "open-xchange"]).await, @"
cloud
  ok       reach                   the service answers
  ok       credentials             the login may read the context's users
  warning  context                 it is there, without a mailbox yet; until it has one its number is not known, unless
                                   `context` is the number
  ok       paths.forwards          it lists 0
  ok       paths.shared_domains    it lists 1
  ok       paths.announcements     it lists 0
  ok       paths.explicit_domains  explicit domains are not managed: nobody knows where they are until
                                   `paths.explicit_domains`, `paths.explicit_domain` and `paths.domain_users` are given
--- exit 0
");
    shows!(example.run(["plan", "open-xchange"]).await, @r#"
Plan ID · acme.example on cloud (account context acme_shop) · 0 objects read, complete · 4 calls

  + alias         press@acme.example        → agency@press.example                   exposure    mailwright.yaml:53:3
  + mailbox       left@acme.example         given_name Lee, family_name Left,        disruptive  mailwright.yaml:45:3
                                            quota 10 GiB,
                                            password generated in passwords,
                                            settings.class_of_service cloud_pim,
                                            settings.language en_US,
                                            settings.timezone Europe/Berlin,
                                            state suspended,
                                            settings.spam_level medium
  + domain        acme.example              settings.scope shared                                mailwright.yaml:14:3
  + mailbox       jane.doe@acme.example     display_name Jane Doe, given_name Jane,              mailwright.yaml:28:3
                                            family_name Doe, quota 10 GiB,
                                            password generated in passwords,
                                            settings.class_of_service cloud_pim,
                                            settings.language en_US,
                                            settings.timezone Europe/Berlin,
                                            settings.welcome_mail true,
                                            settings.custom acme-staff,
                                            settings.spam_level medium
  + mailbox       john.roe@acme.example     given_name John, family_name Roe,                    mailwright.yaml:38:3
                                            quota 10 GiB,
                                            password generated in passwords,
                                            settings.class_of_service cloud_pim,
                                            settings.language en_US,
                                            settings.timezone Europe/Berlin,
                                            settings.antiphishing replace-urls,
                                            settings.antivirus true,
                                            settings.msisdn +49.12345.6789,
                                            settings.spam_level medium
  + alias         jane@acme.example         → jane.doe@acme.example                              mailwright.yaml:33:15
  + alias         sales@acme.example        → jane.doe@acme.example,                             mailwright.yaml:52:3
                                            john.roe@acme.example
  + sender_rules  jane.doe@acme.example     allow news@supplier.example,                         mailwright.yaml:34:5
                                            block *@casino.example
  + object        announcement/maintenance  settings.discardable true,                           mailwright.yaml:58:7
                                            settings.enabled false,
                                            settings.end 2027-02-01T00:00:00Z,
                                            settings.start 2027-01-31T00:00:00Z
                  settings.content {"en_US":{"text":"Sunday from 2 to 4 am.","title":"Maintenance"}}

  mail     mail for press@acme.example newly leaves to agency@press.example

9 to create · 18 writes, about 4 s at this service's rate. Nothing was changed.
--- exit 0
"#);
    example.applied().await;
}

#[tokio::test]
async fn open_xchange_is_checked_and_shown() {
    let example = Example::new("open-xchange", &["open_xchange"]).await;
    example.applied().await;
    shows!(example.run(["doctor", "open-xchange"]).await, @"
cloud
  ok       reach                    the service answers
  ok       credentials              the login may read the context's users
  ok       context                  context 24: 4 users, 3 with a mailbox
  ok       paths.brand              acme
  ok       paths.list_users         it lists 4
  ok       paths.forwards           it lists 2
  ok       paths.forward_exists     an alias that is there is found
  ok       paths.shared_domains     it lists 2
  ok       paths.announcements      it lists 1
  ok       paths.explicit_domains   explicit domains are not managed: nobody knows where they are until
                                    `paths.explicit_domains`, `paths.explicit_domain` and `paths.domain_users` are given
  ok       paths.classofservice     it answers
  ok       paths.spamlevel          it answers
  ok       paths.antivirus          it answers
  ok       paths.oxantiphishing     status 404: nothing is set there, or the path is another
  ok       paths.msisdn             status 404: nothing is set there, or the path is another
  ok       paths.custom             it answers
  ok       paths.uidname            it answers
  ok       paths.oxdeliverystatus   status 404: nothing is set there, or the path is another
  ok       paths.oxlegacyref        status 404: nothing is set there, or the path is another
  ok       paths.quotamode          it answers
  ok       paths.blacklist          it answers
  ok       paths.whitelist          it answers
  ok       paths.mail_quota         it answers
  ok       paths.mail_new           it answers
  ok       paths.mail_unread        it answers
  ok       paths.mail_unread_inbox  it answers
  ok       paths.search             it finds 1
--- exit 0
");
    shows!(example.run(["show", "jane.doe@acme.example", "open-xchange"]).await, @r#"
mailbox jane.doe@acme.example on cloud
  display_name               not told: the service tells it of no user; a change must be made there
  given_name                 not told: the service tells it of no user; a change must be made there
  family_name                not told: the service tells it of no user; a change must be made there
  state                      active
  quota                      10 GiB
  settings.antiphishing      ""
  settings.antivirus         true
  settings.class_of_service  cloud_pim
  settings.custom            acme-staff
  settings.delivery_status   ""
  settings.edit_password     true
  settings.language          not told: the service tells it of no user; a change must be made there
  settings.legacy_ref        ""
  settings.msisdn            ""
  settings.spam_level        medium
  settings.timezone          not told: the service tells it of no user; a change must be made there
  settings.uidname           jane.doe@acme.example
  brand                      acme
  mail_quota                 quota 10240, used 0
  new_messages               0
  quota_mode                 unified
  unread_in_inbox            0
  unread_messages            0
  used_quota_mib             0
sender_rules jane.doe@acme.example on cloud
  allow  news@supplier.example
  block  *@casino.example
--- exit 0
"#);
    shows!(example.run(["show", "announcement/maintenance", "open-xchange"]).await, @r#"
object announcement/maintenance on cloud
  settings.brands       nobody
  settings.content      {"en_US":{"text":"Sunday from 2 to 4 am.","title":"Maintenance"}}
  settings.discardable  true
  settings.enabled      false
  settings.end          2027-02-01T00:00:00Z
  settings.owner_brand  ""
  settings.start        2027-01-31T00:00:00Z
  settings.timezone     ""
  version               1
--- exit 0
"#);
}

#[tokio::test]
async fn open_xchange_is_exported() {
    let example = Example::new("open-xchange", &["open_xchange"]).await;
    example.applied().await;
    let exported = example.run(["export", "open-xchange"]).await;
    assert_eq!(exported.code, Some(0), "{exported}");
    insta::assert_snapshot!(exported.out.split_once("\nmailboxes:\n").expect("mailboxes").1, @r#"
  jane.doe@acme.example:
    # display_name: not told: the service tells it of no user; a change must be made there
    # given_name: not told: the service tells it of no user; a change must be made there
    # family_name: not told: the service tells it of no user; a change must be made there
    # settings.language: not told: the service tells it of no user; a change must be made there
    # settings.timezone: not told: the service tells it of no user; a change must be made there
    state: active
    quota: 10 GiB
    settings:
      open_xchange:
        antivirus: true
        class_of_service: [cloud_pim]
        custom: [acme-staff]
        edit_password: true
        spam_level: medium
        uidname: jane.doe@acme.example
    sender_rules:
      allow: [news@supplier.example]
      block: ["*@casino.example"]
  john.roe@acme.example:
    # display_name: not told: the service tells it of no user; a change must be made there
    # given_name: not told: the service tells it of no user; a change must be made there
    # family_name: not told: the service tells it of no user; a change must be made there
    # settings.language: not told: the service tells it of no user; a change must be made there
    # settings.timezone: not told: the service tells it of no user; a change must be made there
    state: active
    quota: 10 GiB
    settings:
      open_xchange:
        antiphishing: replace-urls
        antivirus: true
        class_of_service: [cloud_pim]
        custom: []
        edit_password: true
        msisdn: "+49.12345.6789"
        spam_level: medium
        uidname: john.roe@acme.example
  left@acme.example:
    # display_name: not told: the service tells it of no user; a change must be made there
    # given_name: not told: the service tells it of no user; a change must be made there
    # family_name: not told: the service tells it of no user; a change must be made there
    # settings.language: not told: the service tells it of no user; a change must be made there
    # settings.timezone: not told: the service tells it of no user; a change must be made there
    state: suspended
    quota: 10 GiB
    settings:
      open_xchange:
        antivirus: true
        class_of_service: [cloud_pim]
        custom: []
        edit_password: true
        spam_level: medium
        uidname: left@acme.example

aliases:
  jane@acme.example: [jane.doe@acme.example]
  press@acme.example: [agency@press.example]
  sales@acme.example: [jane.doe@acme.example, john.roe@acme.example]

objects:
  cloud:
    announcement:
      maintenance:
        brands: []
        content: {"en_US": {"text": "Sunday from 2 to 4 am.", "title": "Maintenance"}}
        discardable: true
        enabled: false
        end: "2027-02-01T00:00:00Z"
        start: "2027-01-31T00:00:00Z"
"#);
    example.adopts(&exported.out).await;
}

#[tokio::test]
async fn open_xchange_shows_what_drifts_and_what_goes() {
    let example = Example::new("open-xchange", &["open_xchange"]).await;
    example.applied().await;
    let file = "open-xchange/mailwright.yaml";
    example.bench.edit(
        file,
        "class_of_service: [cloud_pim], ",
        "class_of_service: [cloud_pim, cloud_drive], ",
    );
    example.bench.edit(file, "        enabled: false ", "        enabled: true  ");
    example.bench.edit(
        file,
        "sales@acme.example: [jane.doe@acme.example, john.roe@acme.example]",
        "sales@acme.example: [jane.doe@acme.example]",
    );
    example.bench.edit(
        file,
        "  left@acme.example:\n",
        "  gone@acme.example: absent\n\n  left@acme.example:\n",
    );
    example.bench.edit(file, "    given_name: John\n", "    given_name: John\n    state: suspended\n");
    shows!(example.run(["audit", "open-xchange"]).await, @"
Audit · acme.example on cloud (account context acme_shop) · 1 domain, 3 mailboxes, 3 aliases, 1 sender rules, 1 object read, complete · 18 calls

error   MW001  mailbox jane.doe@acme.example on cloud    settings.class_of_service is cloud_pim, declared cloud_drive,
                                                         cloud_pim  mailwright.yaml:25:40
error   MW001  mailbox john.roe@acme.example on cloud    settings.class_of_service is cloud_pim, declared cloud_drive,
                                                         cloud_pim  mailwright.yaml:25:40
error   MW001  mailbox john.roe@acme.example on cloud    state is active, declared suspended  mailwright.yaml:41:12
error   MW001  mailbox left@acme.example on cloud        settings.class_of_service is cloud_pim, declared cloud_drive,
                                                         cloud_pim  mailwright.yaml:25:40
error   MW001  alias sales@acme.example on cloud         targets is jane.doe@acme.example, john.roe@acme.example,
                                                         declared jane.doe@acme.example  mailwright.yaml:55:23
error   MW001  object announcement/maintenance on cloud  settings.enabled is false, declared true  mailwright.yaml:66:18

6 errors.
--- exit 2
");
    shows!(example.run(["plan", "open-xchange"]).await, @"
Plan ID · acme.example on cloud (account context acme_shop) · 1 domain, 3 mailboxes, 3 aliases, 1 sender rules, 1 object read, complete · 18 calls

  ~ mailbox  john.roe@acme.example     settings.class_of_service +cloud_drive,         disruptive  mailwright.yaml:25:40
                                       state active → suspended
             closes its sessions
  ± alias    sales@acme.example        deleted and made anew, → jane.doe@acme.example  disruptive
             replaced: the service cannot change it at mailwright.yaml:55:3
  ~ mailbox  jane.doe@acme.example     settings.class_of_service +cloud_drive                      mailwright.yaml:25:40
  ~ mailbox  left@acme.example         settings.class_of_service +cloud_drive                      mailwright.yaml:25:40
  ~ object   announcement/maintenance  settings.enabled false → true                               mailwright.yaml:66:18

  mail     sales@acme.example no longer reaches john.roe@acme.example
  note     `display_name`, `given_name`, `family_name`, `settings.language`, `settings.timezone` of 3 objects on cloud
           cannot be compared: the service tells it of no user; a change must be made there

1 to create, 4 to change · 8 writes, about 2 s at this service's rate. Nothing was changed.
--- exit 0
");
    example.applied().await;
}
