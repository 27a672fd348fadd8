"""Where mail goes: catch-alls, forwards, suspended mailboxes, members that mailwright does not know."""

from mail import STRANGER, refusal
from report import eventually, expect


def run(proof):
    """Runs the checks of this file."""
    catch_all(proof)
    forwards(proof)
    suspended(proof)


def catch_all(proof):
    """A catch-all takes what is left over, and the mail of a suspended mailbox."""
    mail = proof.mail
    wish = proof.wish("catch")
    declared = """
        domains:
          catch.test: {{provider: directory, manage: true}}
        mailboxes:
          rest@catch.test: {{profile: staff}}
          real@catch.test: {{profile: staff, state: {state}}}
        aliases:
          "@catch.test": [rest@catch.test]
        """
    with proof.report.check("catch-all") as check:
        wish.declare(declared.format(state="active")).apply()
        check.saw("anything@catch.test:")
        check.saw(mail.arrives("rest@catch.test", mail.send("anything@catch.test")))

    with proof.report.check("catch-all-spares-mailbox") as check:
        token = mail.send("real@catch.test")
        check.saw(mail.arrives("real@catch.test", token))
        mail.nowhere(token, "rest@catch.test")
        check.saw("rest@catch.test INBOX 0")

    with proof.report.check("suspend-catch-all") as check:
        wish.declare(declared.format(state="suspended")).apply()
        mail.forget("real@catch.test")
        token = mail.send("real@catch.test")
        check.saw("real@catch.test suspended:")
        check.saw(mail.arrives("rest@catch.test", token))
        proof.stack.settled()
        lies = proof.stored("catch.test/real", token)
        expect(lies == 0, f"{lies} messages came into the suspended mailbox")
        check.saw("its own maildir 0")


def forwards(proof):
    """A forward inside, and the member that PostfixAdmin's vacation adds."""
    mail = proof.mail
    wish = proof.wish("forward")
    declared = """
        domains:
          forward.test: {{provider: directory, manage: true}}
        mailboxes:
          ann@forward.test: {{profile: staff}}
          bob@forward.test: {{profile: staff}}
          moved@forward.test:
            profile: staff
            forward: {{to: [{to}], keep_copy: {copy}}}
        """
    with proof.report.check("forward-without-copy") as check:
        wish.declare(declared.format(to="ann@forward.test", copy="false")).apply()
        token = mail.send("moved@forward.test")
        check.saw("moved@forward.test:")
        check.saw(mail.arrives("ann@forward.test", token))
        mail.nowhere(token, "moved@forward.test")
        check.saw("own INBOX 0")

    with proof.report.check("forward-changed") as check:
        wish.declare(declared.format(to="bob@forward.test", copy="true")).apply()
        token = mail.send("moved@forward.test")
        for place in ("bob@forward.test", "moved@forward.test"):
            check.saw(mail.arrives(place, token))
        mail.nowhere(token, "ann@forward.test")
        check.saw("ann@forward.test INBOX 0")

    with proof.report.check("vacation-kept") as check:
        robot = "moved#forward.test@autoreply.elsewhere.test"
        # As PostfixAdmin does when a person switches an auto-reply on.
        proof.stack.sql(f"UPDATE alias SET goto = goto || ',{robot}' WHERE address = 'moved@forward.test'")
        wish.declare(declared.format(to="ann@forward.test", copy="true")).apply()
        token = mail.send("moved@forward.test")
        for place in ("ann@forward.test", "moved@forward.test"):
            check.saw(mail.arrives(place, token))
        eventually(lambda: proof.sink.for_recipient(robot, token), "the mail to the auto-reply's address")
        check.saw("the auto-reply's address still gets it")


def suspended(proof):
    """A suspended mailbox: no mail, no login, and both again when it is resumed."""
    mail, report = proof.mail, proof.report
    wish = proof.wish("pause")
    declared = """
        domains:
          pause.test: {{provider: directory, manage: true}}
        mailboxes:
          ann@pause.test: {{profile: staff, state: {state}}}
          bob@pause.test: {{profile: staff}}
        aliases:
          team@pause.test: [ann@pause.test, bob@pause.test]
        """
    wish.declare(declared.format(state="active")).apply()
    mail.arrives("ann@pause.test", mail.send("ann@pause.test"))
    mail.forget("ann@pause.test")
    wish.declare(declared.format(state="suspended")).apply()

    with report.check("suspend-mail-refused") as check:
        no = refusal(mail.send, "ann@pause.test")
        expect(no.code == 550, f"RCPT answered {no}")
        check.saw(f"RCPT {no}")

    with report.check("suspend-login-refused") as check:
        no = refusal(mail.login, "ann@pause.test")
        expect("AUTHENTICATIONFAILED" in str(no), f"the login answered {no}")
        check.saw(f"IMAP LOGIN {no}")
        no = refusal(mail.submit, "ann@pause.test", "ann@pause.test", STRANGER)
        expect(no.code == 535, f"the submission login answered {no}")
        check.saw(f"submission AUTH {no}")

    with report.check("suspend-in-list") as check:
        token = mail.send("team@pause.test")
        check.saw(mail.arrives("bob@pause.test", token))
        bounce = eventually(lambda: proof.sink.for_recipient(STRANGER, token), "word to the sender about ann@")
        expect("ann@pause.test" in bounce[0], f"the bounce speaks of somebody else: {bounce[0]}")
        lies = proof.stored("pause.test/ann", token)
        expect(lies == 0, f"{lies} messages came into the suspended mailbox")
        check.saw("ann's own maildir 0; the sender hears that ann@pause.test takes no mail")

    with report.check("suspend-resumed") as check:
        wish.declare(declared.format(state="active")).apply()
        check.saw("250 again:")
        check.saw(mail.arrives("ann@pause.test", mail.send("ann@pause.test")))
