"""A steady stream of numbered messages over several connections, and the account of where each one went."""

import collections
import re
import smtplib
import threading
import time

from mail import STRANGER, accepted, found, message, select
from report import eventually, expect

CONNECTIONS = 4
# Between two messages of one connection, in seconds. Two cores then take about a hundred messages a second: far more
# than a small server sees, so that a gap of a few milliseconds is met.
PAUSE = 0.002


class Sent:
    """One message: where to, when, and what Postfix answered."""

    def __init__(self, token, recipient):
        self.token = token
        self.recipient = recipient
        self.began = time.monotonic()
        self.ended = None
        self.refusal = None


class Stream:
    """Sends to the recipients in turn until it is stopped."""

    def __init__(self, mail, name, recipients):
        self.mail = mail
        self.name = name
        self.recipients = recipients
        self.sent = []
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.connection, daemon=True) for _ in range(CONNECTIONS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(60)

    def connection(self):
        """One sender, which opens its connection anew when Postfix ends it."""
        client = None
        while not self.over.is_set():
            with self.lock:
                number = len(self.sent)
                one = Sent(f"{self.name}{number:05d}x", self.recipients[number % len(self.recipients)])
                self.sent.append(one)
            try:
                client = client or self.mail.smtp()
                client.ehlo_or_helo_if_needed()
                accepted(client.mail(STRANGER))
                accepted(client.rcpt(one.recipient))
                accepted(client.data(message(STRANGER, one.recipient, one.token)))
            except Exception as error:  # any answer but yes is what the check looks for
                one.refusal = f"{one.token} to {one.recipient}: {type(error).__name__} {error}"
                if isinstance(error, (OSError, smtplib.SMTPException)):
                    client = None
                else:
                    client.rset()
            one.ended = time.monotonic()
            self.over.wait(PAUSE)
        if client:
            client.close()

    def flows(self, more):
        """Waits until so many more messages are answered."""
        aim = self.answered() + more
        eventually(lambda: self.answered() >= aim, f"{more} more messages of the stream", seconds=60)

    def answered(self):
        """How many messages have their answer."""
        return sum(1 for one in list(self.sent) if one.ended)

    def refused(self):
        """What Postfix did not accept."""
        return [one.refusal for one in self.sent if one.refusal]


def subjects(mail, address, name):
    """How often each message of a stream lies in an INBOX, by subject."""
    session = mail.session(address)
    select(session, "INBOX")
    numbers = found(session.search(None, "SUBJECT", name))
    if not numbers:
        return collections.Counter()
    span = b",".join(numbers).decode()
    rows = session.fetch(span, "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]
    text = b"".join(row[1] for row in rows if isinstance(row, tuple)).decode()
    return collections.Counter(re.findall(rf"^Subject: ({name}\d+x)", text, re.MULTILINE))


def accounted(stream, places, bounced):
    """Holds every accepted message against the places that have it: exactly one each, and none came back.

    `places` maps a name to the Counter of the messages that lie there.
    """
    accepted_ones = [one.token for one in stream.sent if one.ended and not one.refusal]
    expect(not stream.refused(), f"{len(stream.refused())} refused, first: {stream.refused()[:3]}")
    expect(not bounced, f"{len(bounced)} returned to their sender, first: {bounced[0][:1500] if bounced else ''}")
    total = sum(places.values(), collections.Counter())
    lost = [token for token in accepted_ones if total[token] == 0]
    double = [token for token in accepted_ones if total[token] > 1]
    expect(not lost, f"{len(lost)} of {len(accepted_ones)} lost: {lost[:5]}")
    expect(not double, f"{len(double)} of {len(accepted_ones)} came twice: {double[:5]}")
    shares = ", ".join(f"{name} {sum(counter.values())}" for name, counter in places.items())
    return f"{len(accepted_ones)} accepted, 0 refused, 0 returned, 0 lost, 0 double: {shares}"
