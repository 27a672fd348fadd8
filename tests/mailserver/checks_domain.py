"""Domains that come and go, and who opens the database first."""

import pwd
from pathlib import Path

from mail import Refused, refusal
from report import eventually, expect


def run(proof):
    """A new domain and one that is switched off, each noticed after `postfix reload`."""
    mail, report, stack = proof.mail, proof.report, proof.stack
    wish = proof.wish("domain")
    declared = """
        domains:
          late.test: {{provider: directory, manage: true, settings: {{postfixadmin: {{active: {active}}}}}}}
        mailboxes:
          ann@late.test: {{profile: staff}}
        """

    def attempt():
        """Sends one message: its token, or the refusal."""
        try:
            return mail.send("ann@late.test")
        except Refused as no:
            return no

    def after_reload(kind):
        """Reloads Postfix and waits for an answer of this kind: a process that still serves keeps what it knew."""
        stack.postfix("reload")

        def answer():
            seen = attempt()
            return seen if isinstance(seen, kind) else None

        return eventually(answer, "another answer after `postfix reload`")

    with report.check("domain-new") as check:
        no = refusal(mail.send, "ann@late.test")
        check.saw(f"before: RCPT {no}")
        wish.declare(declared.format(active="true")).apply()
        token = after_reload(str)
        check.saw("after apply and `postfix reload` 250:")
        check.saw(mail.arrives("ann@late.test", token))

    with report.check("domain-off") as check:
        wish.declare(declared.format(active="false")).apply()
        no = after_reload(Refused)
        expect(no.code == 554, f"RCPT answered {no}")
        check.saw(f"active: false, `postfix reload`: RCPT {no}")

    with report.check("domain-on") as check:
        wish.declare(declared.format(active="true")).apply()
        token = after_reload(str)
        check.saw("active: true, `postfix reload` 250:")
        check.saw(mail.arrives("ann@late.test", token))


def first_opener(proof):
    """With a write-ahead log, whoever opens the database first owns the files beside it: here it is Postfix."""
    stack, mail = proof.stack, proof.mail
    with proof.report.check("wal-postfix-first") as check:
        mail.close()
        stack.stop_dovecot()
        stack.postfix("stop")
        # Servers that are ended leave both files behind; the last one to close the database removes them.
        stack.sql("SELECT count(*) FROM mailbox")
        shm = Path(f"{stack.root}/db/mail.db-shm")
        expect(not shm.exists(), "somebody still has the database open")
        stack.start_postfix()
        found = stack.look_up("mailboxes", "ann@example.com")
        expect(found == "example.com/ann/", f"Postfix finds {found!r}")
        owner = pwd.getpwuid(shm.stat().st_uid).pw_name
        expect(owner == "postfix", f"-shm belongs to {owner}")
        stack.start_dovecot()
        check.saw("-shm belongs to postfix, Dovecot started after it:")
        check.saw(mail.arrives("ann@example.com", mail.send("ann@example.com")))
