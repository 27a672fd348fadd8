"""full_access: mailboxes of others, opened over IMAP as shared/OWNER/FOLDER."""

import time

from mail import STRANGER, Refused, found, message, refusal, select
from report import eventually, expect

OWNER, FRIEND, OTHER = "owner@access.test", "friend@access.test", "other@access.test"

DECLARED = """
    domains:
      access.test: {{provider: directory, manage: true}}
    mailboxes:
      friend@access.test: {{profile: staff}}
      other@access.test: {{profile: staff}}
      owner@access.test: {owner}
    """


class Doors:
    """What a person finds behind shared/OWNER."""

    def __init__(self, mail):
        self.mail = mail

    def sees(self, login, folder, token):
        """How many messages with `token` a new session of `login` finds in the owner's folder."""
        session = self.mail.login(login)
        try:
            select(session, f"shared/{OWNER}/{folder}")
            return len(found(session.search(None, "SUBJECT", token)))
        finally:
            session.logout()

    def listed(self, login):
        """The owner's folders that a new session of `login` lists."""
        session = self.mail.login(login)
        try:
            lines = [line.decode() for line in session.list()[1] if line]
        finally:
            session.logout()
        return [line.split(' "/" ')[1] for line in lines if f"shared/{OWNER}" in line]

    def opened(self, login, folder, token):
        """Sees that the folder opens and holds the message."""
        number = self.sees(login, folder, token)
        expect(number == 1, f"{login} finds {token} {number} times in shared/{OWNER}/{folder}")
        return f"{login} opens shared/{OWNER}/{folder}, 1 message"

    def closed(self, login, folder):
        """Sees that the folder does not open."""
        no = refusal(self.sees, login, folder, "any")
        # A server that is set up wrongly also opens nothing.
        expect("exist" in str(no), f"SELECT answered {no}")
        return f"{login} SELECT shared/{OWNER}/{folder}: {no}"

    def make(self, folder):
        """The owner makes a folder with a message in it; returns the message's token."""
        session = self.mail.session(OWNER)
        session.create(folder)
        token = self.mail.token()
        session.append(folder, None, None, message(OWNER, OWNER, token))
        return token


def run(proof):
    """From no access to a grant, through new folders and a suspension, to a revoke and a re-created owner."""
    mail, report = proof.mail, proof.report
    doors = Doors(mail)
    wish = proof.wish("access")

    def declare(permissions, state="active"):
        owner = f"{{profile: staff, state: {state}, permissions: {permissions}}}"
        return wish.declare(DECLARED.format(owner=owner))

    declare("absent").apply()
    token = mail.send(OWNER)
    mail.arrives(OWNER, token)
    archived = doors.make("Archive")

    with report.check("access-refused") as check:
        check.saw(doors.closed(FRIEND, "INBOX"))

    granted = "{friend@access.test: [full_access]}"
    with report.check("access-granted") as check:
        declare(granted).apply()
        check.saw(doors.opened(FRIEND, "INBOX", token))
        check.saw(doors.closed(OTHER, "INBOX"))

    with report.check("access-folder") as check:
        check.saw(doors.opened(FRIEND, "Archive", archived))

    with report.check("access-listed") as check:
        listed = doors.listed(FRIEND)
        expect(f"shared/{OWNER}/Archive" in listed, f"LIST says {listed}")
        expect(doors.listed(OTHER) == [], "another user lists the owner's folders")
        check.saw(f"LIST of the grantee names {len(listed)} folders of the owner, of another user 0")

    with report.check("access-writes") as check:
        check.saw(writes(doors, token))

    with report.check("access-child-folder") as check:
        child = doors.make("Archive/2026")
        code, printed = wish.call("plan", "--detailed-exitcode")
        expect(code == 0, f"a folder inside a shared one makes a plan\n{printed}")
        check.saw(doors.opened(FRIEND, "Archive/2026", child))
        check.saw("made by the owner inside Archive, nothing to plan")

    with report.check("access-new-folder") as check:
        project = doors.make("Projects")
        check.saw(doors.closed(FRIEND, "Projects"))
        plan = wish.plan()
        expect(OWNER in plan and FRIEND in plan, f"the plan does not name the two\n{plan}")
        wish.apply()
        check.saw("plan says 2; after the apply:")
        check.saw(doors.opened(FRIEND, "Projects", project))

    with report.check("access-with-send-as") as check:
        declare("{friend@access.test: [full_access, send_as]}").apply()
        sent = mail.submit(FRIEND, OWNER, STRANGER)
        eventually(lambda: proof.sink.for_recipient(STRANGER, sent), "the mail sent in the owner's name")
        check.saw(f"{FRIEND} sends as {OWNER}: 250")
        check.saw(doors.opened(FRIEND, "INBOX", token))
        declare(granted).apply()
        no = refusal(mail.submit, FRIEND, OWNER, STRANGER)
        check.saw(f"send_as alone revoked: {no}")
        check.saw(doors.opened(FRIEND, "INBOX", token))

    with report.check("access-suspended-owner") as check:
        mail.forget(OWNER)
        declare(granted, state="suspended").apply()
        no = refusal(mail.login, OWNER)
        check.saw(f"owner suspended, own login {no}")
        check.saw(doors.opened(FRIEND, "INBOX", token))
        declare(granted).apply()

    with report.check("access-revoked") as check:
        declare("absent").apply()
        for folder in ("INBOX", "Archive", "Archive/2026", "Projects"):
            seen = doors.closed(FRIEND, folder)
        check.saw(seen)
        check.saw("the same for INBOX, Archive and Archive/2026")
        expect(doors.listed(FRIEND) == [], f"LIST still names {doors.listed(FRIEND)}")
        check.saw("LIST names 0")

    with report.check("access-not-inherited") as check:
        declare(granted).apply()
        check.saw(doors.opened(FRIEND, "INBOX", token))
        mail.forget(OWNER)
        wish.declare(DECLARED.format(owner="absent")).apply()
        wish.declare(DECLARED.format(owner="{profile: staff}")).apply()
        check.saw("owner deleted and created again:")
        check.saw(mail.arrives(OWNER, token))
        check.saw("which is the old mail")
        for folder in ("INBOX", "Archive", "Projects"):
            seen = doors.closed(FRIEND, folder)
        check.saw(seen)

    with report.check("access-wrong-key") as check:
        # Dovecot never answers a call with a wrong key and a body: mailwright must not wait for it.
        declare(granted)
        began = time.monotonic()
        code, printed = wish.call("plan", DOVEADM_API_KEY="wrong")
        took = time.monotonic() - began
        expect(code in (1, 4) and took < 20, f"plan with a wrong key ended with {code} after {took:.1f} s\n{printed}")
        line = next((line for line in printed.splitlines() if "401" in line or "key" in line), "")
        expect(line, f"the key is not named\n{printed}")
        check.saw(f"plan {code} within {took:.0f} s: {line}")

    with report.check("access-left-over") as check:
        check.saw(left_over(proof, doors, wish, declare, token))


def writes(doors, token):
    """The grantee flags a message and stores another; the owner sees both."""
    mail = doors.mail
    session = mail.login(FRIEND)
    session.select(f'"shared/{OWNER}/INBOX"')
    number = found(session.search(None, "SUBJECT", token))[0]
    kind, answer = session.store(number, "+FLAGS", r"(\Flagged)")
    expect(kind == "OK", f"STORE answered {answer}")
    stored = mail.token()
    kind, answer = session.append(f'"shared/{OWNER}/Archive"', None, None, message(FRIEND, OWNER, stored))
    expect(kind == "OK", f"APPEND answered {answer}")
    session.logout()
    owner = mail.session(OWNER)
    select(owner, "INBOX")
    flagged = found(owner.search(None, "FLAGGED", "SUBJECT", token))
    expect(len(flagged) == 1, "the owner does not see the flag")
    mail.arrives(OWNER, stored, "Archive")
    return "the grantee flags a message in INBOX and stores one in Archive; the owner sees both"


def left_over(proof, doors, wish, declare, token):
    """An owner who vanished behind mailwright's back leaves access lists; a create by mailwright removes them."""
    declare("{friend@access.test: [full_access]}").apply()
    doors.mail.forget(OWNER)
    for table, column in (("mailbox", "username"), ("alias", "address"), ("mailwright_permission", "owner")):
        proof.stack.sql(f"DELETE FROM {table} WHERE {column} = '{OWNER}'")
    wish.declare(DECLARED.format(owner="{profile: staff}")).apply()
    doors.mail.arrives(OWNER, token)
    try:
        doors.sees(FRIEND, "INBOX", token)
    except Refused as no:
        return f"rows deleted by hand, created by mailwright: {FRIEND} SELECT: {no}"
    expect(False, f"{FRIEND} still reads the mailbox of the new owner")
    return ""
