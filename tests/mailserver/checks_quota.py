"""Quotas: the answer to mail that does not fit, and a raise that makes it fit."""

import imaplib

from mail import STRANGER, Refused, message, refusal, text_of
from report import eventually, expect

BIG = 1_500_000
BOX = "full@quota.test"


def run(proof):
    """A mailbox of 1 MiB and messages of one and a half."""
    mail, report = proof.mail, proof.report
    wish = proof.wish("quota")
    declared = """
        domains:
          quota.test: {{provider: directory, manage: true}}
        mailboxes:
          full@quota.test: {{profile: staff, quota: {quota}}}
        """
    wish.declare(declared.format(quota="1 MiB")).apply()

    with report.check("quota-smtp-refused") as check:
        no = refusal(mail.send, BOX, size=BIG)
        expect(no.code == 552, f"RCPT answered {no}")
        check.saw(f"SIZE={BIG}: RCPT {no}")

    with report.check("quota-unannounced-bounces") as check:
        token = mail.send(BOX, size=BIG, announce=False)
        bounce = eventually(lambda: proof.sink.for_recipient(STRANGER, token), "the bounce")
        expect("5.2.2" in bounce[0], f"the bounce does not speak of the quota: {bounce[0]}")
        mail.nowhere(token, BOX)
        check.saw("no SIZE: 250, then returned to its sender with 5.2.2; INBOX 0")

    with report.check("quota-append-refused") as check:
        no = refusal(append, mail, BIG)
        expect("OVERQUOTA" in str(no), f"APPEND answered {no}")
        check.saw(f"IMAP APPEND {no}")

    with report.check("quota-raised") as check:
        wish.declare(declared.format(quota="10 MiB")).apply()
        check.saw("1 MiB → 10 MiB, RCPT 250:")
        check.saw(mail.arrives(BOX, mail.send(BOX, size=BIG)))
        mail.forget(BOX)
        append(mail, BIG)
        # Dovecot copies the usage when a session ends, else only every ten seconds.
        mail.forget(BOX)
        check.saw("APPEND OK")

    with report.check("quota-usage-copied") as check:
        rows = "SELECT messages, bytes FROM quota2 WHERE username = 'full@quota.test'"

        def copied():
            seen = proof.stack.sql(rows)
            return seen if seen and seen[0][0] == "2" and int(seen[0][1]) >= 2 * BIG else None

        seen = eventually(copied, "both messages in quota2")
        check.saw(f"quota2 says {seen[0][0]} messages, {seen[0][1]} bytes")


def append(mail, size):
    """Stores one message over IMAP; raises Refused with the server's answer."""
    session = mail.session(BOX)
    try:
        kind, answer = session.append("INBOX", None, None, message(BOX, BOX, mail.token(), size))
    except imaplib.IMAP4.error as error:
        raise Refused("NO", str(error)) from None
    if kind != "OK":
        raise Refused(kind, text_of(answer[0]))
