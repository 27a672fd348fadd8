"""Mail as people use it: SMTP in, SMTP submission with a login, IMAP out."""

import imaplib
import itertools
import smtplib

from report import Failed, eventually, expect

STRANGER = "stranger@elsewhere.test"


def text_of(answer):
    """A server's answer on one line."""
    return answer.decode(errors="replace").replace("\n", " ") if isinstance(answer, bytes) else str(answer)


class Refused(Exception):
    """A server's no: its code and its text."""

    def __init__(self, code, text):
        super().__init__(f"{code} {text}")
        self.code = code


class Mail:
    """Sends to the stack and reads from it."""

    def __init__(self, stack, sink):
        self.stack = stack
        self.sink = sink
        self.port = stack.place.port
        self.numbers = itertools.count(1)
        self.open = {}

    def token(self):
        """A word that no other message has."""
        return f"mark{next(self.numbers):05d}x"

    # ---- sending ----

    def smtp(self, port="smtp"):
        """A connection to Postfix."""
        return smtplib.SMTP("127.0.0.1", self.port[port], local_hostname="client.elsewhere.test", timeout=60)

    def send(self, *recipients, size=0, announce=True, sender=STRANGER):
        """Sends one message from outside and returns its token; raises Refused with the server's answer."""
        token = self.token()
        with self.smtp() as client:
            return self.transfer(client, sender, recipients, token, size, announce)

    def submit(self, login, sender, *recipients):
        """Sends one message after a login; returns its token."""
        token = self.token()
        with self.smtp("submission") as client:
            client.ehlo()
            try:
                client.login(login, self.password(login))
            except smtplib.SMTPAuthenticationError as error:
                raise Refused(error.smtp_code, text_of(error.smtp_error)) from None
            return self.transfer(client, sender, recipients, token, 0, True)

    def transfer(self, client, sender, recipients, token, size, announce):
        """MAIL, RCPT, DATA, each answer looked at."""
        body = message(sender, ", ".join(recipients), token, size)
        client.ehlo_or_helo_if_needed()
        accepted(client.mail(sender, [f"size={len(body)}"] if announce else []))
        for recipient in recipients:
            accepted(client.rcpt(recipient))
        accepted(client.data(body))
        return token

    def hand_over(self, recipient):
        """Gives Dovecot one message as Postfix does, with no look at aliases; returns its token."""
        token = self.token()
        with smtplib.LMTP(f"{self.stack.root}/queue/private/dovecot-lmtp") as client:
            client.sendmail(STRANGER, recipient, message(STRANGER, recipient, token))
        return token

    # ---- reading ----

    def password(self, address):
        """The password that mailwright generated to a file."""
        for folder in (self.stack.root / "mailwright/passwords", self.stack.root / "passwords"):
            if (folder / address).exists():
                return (folder / address).read_text().strip()
        raise Failed(f"no generated password of {address}")

    def login(self, address, password=None):
        """A new IMAP session; raises Refused where the login is."""
        session = imaplib.IMAP4("127.0.0.1", self.port["imap"], timeout=60)
        try:
            session.login(address, password or self.password(address))
        except imaplib.IMAP4.error as error:
            session.logout()
            raise Refused("NO", text_of(error.args[0])) from None
        return session

    def session(self, address):
        """The kept IMAP session of a mailbox: a login costs a bcrypt."""
        if address not in self.open:
            self.open[address] = self.login(address)
        return self.open[address]

    def forget(self, address):
        """Ends the kept session, so that the next one begins anew."""
        session = self.open.pop(address, None)
        if session:
            try:
                session.logout()
            except (OSError, imaplib.IMAP4.abort):
                pass

    def count(self, address, token, folder="INBOX"):
        """How many messages with `token` as subject lie in a folder, by the address's own login."""
        session = self.session(address)
        select(session, folder)
        return len(found(session.search(None, "SUBJECT", token)))

    def arrives(self, address, token, folder="INBOX"):
        """Waits until a message lies in the folder once, and returns `address: folder`."""
        number = eventually(lambda: self.count(address, token, folder), f"{token} in {folder} of {address}")
        expect(number == 1, f"{token} lies {number} times in {folder} of {address}")
        return f"{address} {folder} 1"

    def nowhere(self, token, *addresses):
        """Fails if a mailbox has the message; everything queued must be delivered first."""
        self.stack.settled()
        for address in addresses:
            number = self.count(address, token)
            expect(number == 0, f"{token} lies {number} times in {address}")

    def close(self):
        """Ends all kept sessions."""
        for address in list(self.open):
            self.forget(address)


def message(sender, to, token, size=0):
    """A message; `size` fills its body with so many bytes."""
    filler = ("x" * 70 + "\r\n") * (size // 72)
    return f"From: <{sender}>\r\nTo: {to}\r\nSubject: {token}\r\n\r\n{token}\r\n{filler}".encode()


def accepted(answer):
    """Raises Refused unless an SMTP answer is a yes."""
    code, text = answer
    if code >= 400:
        raise Refused(code, text_of(text))


def select(session, folder):
    """Opens a folder for reading; raises Refused with the server's answer."""
    kind, answer = session.select(f'"{folder}"', readonly=True)
    if kind != "OK":
        raise Refused(kind, text_of(answer[0]))


def found(answer):
    """The message numbers of a SEARCH."""
    return answer[1][0].split() if answer[1] and answer[1][0] else []


def refusal(attempt, *arguments, **named):
    """What the server says when it refuses; fails where it does not."""
    try:
        attempt(*arguments, **named)
    except Refused as no:
        return no
    raise Failed(f"not refused: {attempt.__name__}{arguments}")
