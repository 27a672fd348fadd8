"""send_as: who may write which sender address."""

from mail import STRANGER, accepted, refusal
from report import eventually, expect

ANN, BOB, BOSS = "ann@sender.test", "bob@sender.test", "boss@sender.test"


def run(proof):
    """A grant, what an alias gives, and a revoke."""
    mail, report = proof.mail, proof.report
    wish = proof.wish("sender")
    declared = """
        domains:
          sender.test: {{provider: directory, manage: true}}
        mailboxes:
          ann@sender.test: {{profile: staff}}
          bob@sender.test: {{profile: staff}}
          boss@sender.test:
            profile: staff
            permissions: {permissions}
        aliases:
          one@sender.test: [ann@sender.test]
          both@sender.test: [ann@sender.test, bob@sender.test]
        """
    wish.declare(declared.format(permissions="absent")).apply()

    def sent(login, sender):
        """Submits a message to the outside and sees it arrive there."""
        token = mail.submit(login, sender, STRANGER)
        eventually(lambda: proof.sink.for_recipient(STRANGER, token), "the submitted mail outside")
        return f"{login} as {sender}: 250, arrived outside"

    def not_sent(login, sender):
        """Sees Postfix refuse the sender address."""
        no = refusal(mail.submit, login, sender, STRANGER)
        expect(no.code == 553, f"{login} as {sender} answered {no}")
        return f"{login} as {sender}: {no}"

    with report.check("send-own-address") as check:
        check.saw(sent(ANN, ANN))

    with report.check("send-needs-login") as check:
        no = refusal(unknown, mail)
        check.saw(f"submission without AUTH: {no}")

    with report.check("send-as-alias") as check:
        check.saw(sent(ANN, "one@sender.test"))
        check.saw(not_sent(BOB, "one@sender.test"))

    with report.check("send-as-list-refused") as check:
        check.saw(not_sent(ANN, "both@sender.test"))

    with report.check("send-as-refused") as check:
        check.saw(not_sent(ANN, BOSS))

    with report.check("send-as-granted") as check:
        wish.declare(declared.format(permissions="{ann@sender.test: [send_as]}")).apply()
        check.saw(sent(ANN, BOSS))
        check.saw(not_sent(BOB, BOSS))

    with report.check("send-as-revoked") as check:
        wish.declare(declared.format(permissions="absent")).apply()
        check.saw(not_sent(ANN, BOSS))


def unknown(mail):
    """Tries the submission port without a login."""
    with mail.smtp("submission") as client:
        client.ehlo()
        accepted(client.mail(ANN))
        accepted(client.rcpt(STRANGER))
