"""A mailbox that is deleted, what stays of it, and what comes back with its address."""

from mail import refusal
from report import expect

BOX = "old@remove.test"


def run(proof):
    """Delivers, deletes, re-creates."""
    mail, report = proof.mail, proof.report
    wish = proof.wish("remove")
    declared = """
        domains:
          remove.test: {{provider: directory, manage: true}}
        mailboxes:
          old@remove.test: {state}
        """
    wish.declare(declared.format(state="{profile: staff}")).apply()
    token = mail.send(BOX)
    mail.arrives(BOX, token)
    mail.forget(BOX)
    wish.declare(declared.format(state="absent")).apply()

    with report.check("remove-mail-refused") as check:
        no = refusal(mail.send, BOX)
        expect(no.code == 550 and "5.1.1" in str(no), f"RCPT answered {no}")
        check.saw(f"RCPT {no}")

    with report.check("remove-login-refused") as check:
        no = refusal(mail.login, BOX)
        expect("AUTHENTICATIONFAILED" in str(no), f"the login answered {no}")
        check.saw(f"IMAP LOGIN {no}")

    with report.check("remove-maildir-stays") as check:
        lies = proof.stored("remove.test/old", token)
        expect(lies == 1, f"{lies} messages are left in the maildir")
        check.saw("the message still lies in remove.test/old/Maildir")

    with report.check("remove-remains-shown") as check:
        plan = wish.declare(declared.format(state="{profile: staff}")).plan()
        line = next((each for each in plan.splitlines() if BOX in each), "")
        expect("exposure" in line, f"the plan does not show that old mail comes back\n{plan}")
        check.saw(f"plan: {line}")

    with report.check("remove-old-mail-returns") as check:
        wish.apply()
        check.saw("created again:")
        check.saw(mail.arrives(BOX, token))
