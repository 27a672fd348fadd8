"""Proves mailwright on one kind of database against a real Postfix and Dovecot.

    prove.py KIND SCRATCH [--only PREFIX]

KIND is sqlite or postgres, SCRATCH an empty folder. Whoever calls this ends the servers, by the pid files in SCRATCH.
"""

import argparse
import re
import signal
import sys
import time

import checks_access
import checks_domain
import checks_example
import checks_flow
import checks_quota
import checks_remove
import checks_sender
import checks_stream
from mail import Mail
from render import Place
from report import Report, expect
from sink import Sink
from stack import Stack
from wish import Wish

# Seconds for one kind of database; it takes half a minute where the machine is idle.
LONGEST = 600

GROUPS = {
    "example": checks_example.run,
    "flow": checks_flow.run,
    "sender": checks_sender.run,
    "quota": checks_quota.run,
    "remove": checks_remove.run,
    "access": checks_access.run,
    "domain": checks_domain.run,
    "stream": checks_stream.run,
}


class Proof:
    """What every check is given."""

    def __init__(self, kind, scratch):
        self.report = Report(kind)
        place = Place(scratch, kind)
        place.render()
        self.stack = Stack(place)
        self.sink = Sink(place.port["sink"])
        self.mail = Mail(self.stack, self.sink)

    def wish(self, name, folder=None):
        """A configuration of a check's own."""
        return Wish(self.stack, name, folder)

    def stored_subjects(self, home, word):
        """The subjects with `word` of the messages in a maildir, read from the disk: nobody can log in to it."""
        subjects = []
        for file in (self.stack.root / "vmail" / home / "Maildir").glob("[cn]*/*"):
            head = re.search(rf"^Subject: (\S*{word}\S*)", file.read_text(errors="replace"), re.MULTILINE)
            if head:
                subjects.append(head[1])
        return subjects

    def stored(self, home, token):
        """How many messages with `token` as subject lie in a maildir on the disk."""
        return len(self.stored_subjects(home, token))


def run_groups(proof, names):
    """Runs the checks of these groups, and says how long each took."""
    kind = proof.report.kind
    for name in names:
        began = time.monotonic()
        GROUPS[name](proof)
        print(f"     {kind:<9}{name} took {time.monotonic() - began:.1f} s", flush=True)
    if kind == "sqlite":
        checks_domain.first_opener(proof)
    with proof.report.check("servers-quiet") as check:
        complaints, put_off, lines = proof.stack.complaints()
        expect(not complaints, f"{len(complaints)} complaints of the servers, first: {complaints[:3]}")
        check.saw(f"{lines} log lines, no warning, no error, no failed lookup")
        check.saw(f"usage copied later because the database was busy: {put_off}")



def give_up(*_):
    """Ends a run that has not ended by itself."""
    raise SystemExit(f"FAIL the run was not done after {LONGEST} s")


def main():
    """Starts the servers in the order that a person is told to, and runs the checks."""
    options = argparse.ArgumentParser()
    options.add_argument("kind", choices=["sqlite", "postgres"])
    options.add_argument("scratch")
    options.add_argument("--only", action="append", choices=list(GROUPS), help="these groups of checks alone")
    chosen = options.parse_args()

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LONGEST)
    began = time.monotonic()
    proof = Proof(chosen.kind, chosen.scratch)
    stack = proof.stack
    stack.start_database()
    # The README's order: Dovecot, the first apply, Postfix.
    stack.start_dovecot()
    checks_example.apply(proof)
    stack.start_postfix()
    ready = time.monotonic()
    # Without the example's database every other check would only wait in vain.
    if not proof.report.failed:
        run_groups(proof, chosen.only or list(GROUPS))
    proof.mail.close()
    print(f"{proof.report.summary()} in {time.monotonic() - began:.1f} s ({ready - began:.1f} s to start)", flush=True)
    if proof.report.failed:
        stack.tail()
        sys.exit(1)


if __name__ == "__main__":
    main()
