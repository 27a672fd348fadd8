"""Changes of where mail goes, made while mail comes in: nothing is lost, returned or doubled."""

import collections
import functools
import time

from mail import STRANGER
from report import expect
from stream import Stream, accounted, subjects

# Messages before, between and after the changes.
AROUND = 60
# How often a change is made: one gap of a few milliseconds is easily missed.
ROUNDS = 3


def run(proof):
    """Runs the checks of this file."""
    with proof.report.check("stream-alias-swap") as check:
        check.saw(swap(proof))
    become = Become(proof)
    with proof.report.check("stream-mailbox-to-alias") as check:
        check.saw(become.aliases())
    with proof.report.check("stream-under-way") as check:
        # What Postfix does with a message that it took before the change and delivers after it.
        token = proof.mail.hand_over("old1@become.test")
        check.saw("LMTP for old1@become.test, which is an alias now, 250:")
        check.saw(proof.mail.arrives("new@become.test", token))
    with proof.report.check("stream-alias-to-mailbox") as check:
        check.saw(become.mailboxes())


def under_stream(proof, name, recipients, changes):
    """Makes one change after the other while a stream of mail comes in.

    Returns the stream, when the first change began and when the last one ended.
    """
    with Stream(proof.mail, name, recipients) as stream:
        stream.flows(AROUND)
        began = time.monotonic()
        for change in changes[:-1]:
            change()
            stream.flows(AROUND)
        changes[-1]()
        ended = time.monotonic()
        stream.flows(AROUND)
    proof.stack.settled()
    return stream, began, ended


def swap(proof):
    """Two aliases exchange their targets, each time in one apply."""
    mail = proof.mail
    wish = proof.wish("swap")

    def apply(one, two):
        wish.declare(f"""
            domains:
              swap.test: {{provider: directory, manage: true}}
            mailboxes:
              ann@swap.test: {{profile: staff}}
              bob@swap.test: {{profile: staff}}
            aliases:
              one@swap.test: [{one}@swap.test]
              two@swap.test: [{two}@swap.test]
            """).apply()

    apply("ann", "bob")
    one, two = "one@swap.test", "two@swap.test"
    changes = [lambda: apply("bob", "ann"), lambda: apply("ann", "bob"), lambda: apply("bob", "ann")]
    stream, began, ended = under_stream(proof, "swap", [one, two], changes)
    places = {name: subjects(mail, f"{name}@swap.test", "swap") for name in ("ann", "bob")}
    account = accounted(stream, places, returned(proof, "swap"))
    in_time(stream, places, began, {one: "ann", two: "bob"}, ended, {one: "bob", two: "ann"})
    return f"{len(changes)} swaps: {account}"


class Become:
    """Mailboxes become aliases of another one, each in one apply, and mailboxes again."""

    def __init__(self, proof):
        self.proof = proof
        self.wish = proof.wish("become")
        self.olds = [f"old{number}@become.test" for number in range(1, ROUNDS + 1)]

    def apply(self, aliases):
        """Makes so many of the addresses aliases, from the first on, and the others mailboxes."""
        mailboxes, targets = [], []
        for number, old in enumerate(self.olds):
            alias = number < aliases
            mailboxes.append(f"  {old}: {'absent' if alias else '{profile: staff}'}")
            targets.append(f"  {old}: {'[new@become.test]' if alias else 'absent'}")
        lines = [
            "domains:",
            "  become.test: {provider: directory, manage: true}",
            "mailboxes:",
            "  new@become.test: {profile: staff}",
            *mailboxes,
            "aliases:",
            *targets,
        ]
        self.wish.declare("\n".join(lines)).apply()

    def places(self, name):
        """Where the messages of a stream lie: in the old maildirs, read from the disk, or in the new mailbox."""
        stored = collections.Counter()
        for old in self.olds:
            stored.update(self.proof.stored_subjects(f"become.test/{old.split('@')[0]}", name))
        return {"old": stored, "new": subjects(self.proof.mail, "new@become.test", name)}

    def stream(self, name, steps, before, after):
        """Runs the steps under a stream and accounts for every message."""
        changes = [functools.partial(self.apply, aliases) for aliases in steps]
        stream, began, ended = under_stream(self.proof, name, self.olds, changes)
        places = self.places(name)
        account = accounted(stream, places, returned(self.proof, name))
        in_time(stream, places, began, dict.fromkeys(self.olds, before), ended, dict.fromkeys(self.olds, after))
        return f"{len(steps)} conversions: {account}"

    def aliases(self):
        """Each mailbox becomes an alias; its old mail stays in its maildir."""
        self.apply(0)
        # What Dovecot was about to store when the mailbox went is in either place.
        return self.stream("alias", range(1, ROUNDS + 1), None, "new")

    def mailboxes(self):
        """Each alias becomes a mailbox again."""
        self.apply(ROUNDS)
        return self.stream("again", range(ROUNDS - 1, -1, -1), "new", "old")


def returned(proof, name):
    """What came back to the stream's sender."""
    return proof.sink.for_recipient(STRANGER, name)


def in_time(stream, places, began, before, ended, after):
    """What was answered before the apply began lies at the old place, what began after its end at the new one."""
    for one in stream.sent:
        if one.ended is None:
            continue
        wanted = None
        if one.began > ended:
            wanted = after[one.recipient]
        elif one.ended < began:
            wanted = before[one.recipient]
        if wanted:
            expect(places[wanted][one.token] == 1, f"{one.token} to {one.recipient} is not in {wanted}")

