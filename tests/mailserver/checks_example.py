"""The example as it is: its configuration is applied, and mail is sent to what it declares."""

import re

from mail import refusal
from report import eventually, expect


def run(proof):
    """Every address of examples/self-hosted/mailwright.yaml."""
    report, mail, sink = proof.report, proof.mail, proof.sink

    with report.check("example-doctor") as check:
        code, printed = proof.wish("example", proof.stack.root / "mailwright").call("doctor")
        expect(code == 0, f"doctor ended with {code}\n{printed}")
        said = [line.split()[0] for line in printed.splitlines() if line.startswith("  ")]
        expect(set(said) == {"ok"}, f"doctor finds something amiss\n{printed}")
        check.saw(f"{len(said)} findings, all ok")

    with report.check("deliver-mailbox") as check:
        check.saw("ann@example.com 250:")
        check.saw(mail.arrives("ann@example.com", mail.send("ann@example.com")))

    with report.check("deliver-upper-case") as check:
        check.saw("RCPT <ANN@EXAMPLE.COM> 250:")
        check.saw(mail.arrives("ann@example.com", mail.send("ANN@EXAMPLE.COM")))

    with report.check("deliver-alias") as check:
        check.saw("jane@example.com:")
        check.saw(mail.arrives("jane.doe@example.com", mail.send("jane@example.com")))

    with report.check("deliver-list") as check:
        token = mail.send("sales@example.com")
        check.saw("sales@example.com:")
        for member in ("jane.doe@example.com", "ann@example.com"):
            check.saw(mail.arrives(member, token))
        mail.nowhere(token, "john.roe@example.com")
        for member in ("jane.doe@example.com", "ann@example.com"):
            expect(mail.count(member, token) == 1, f"{token} lies more than once in {member}")

    with report.check("deliver-domain-alias") as check:
        check.saw("ann@example.net:")
        check.saw(mail.arrives("ann@example.com", mail.send("ann@example.net")))
        check.saw("an alias, jane@example.net:")
        check.saw(mail.arrives("jane.doe@example.com", mail.send("jane@example.net")))
        no = refusal(mail.send, "nobody@example.net")
        expect(no.code == 550, f"nobody@example.net: {no}")
        check.saw(f"nobody@example.net: {no}")

    with report.check("forward-with-copy") as check:
        token = mail.send("john.roe@example.com")
        check.saw("john.roe@example.com:")
        for place in ("john.roe@example.com", "ann@example.com"):
            check.saw(mail.arrives(place, token))

    with report.check("forward-outside") as check:
        token = mail.send("tom@example.com")
        eventually(lambda: sink.for_recipient("tom@partner.example", token), "the forwarded mail outside")
        mail.nowhere(token, "tom@example.com")
        check.saw("tom@example.com: outside as tom@partner.example 1; own INBOX 0")

    with report.check("unknown-refused") as check:
        no = refusal(mail.send, "nobody@example.com")
        expect(no.code == 550 and "5.1.1" in str(no), f"RCPT answered {no}")
        check.saw(f"RCPT {no}")

    with report.check("shared-no-login") as check:
        for password in ("", "!", "{CRYPT}!", "password"):
            no = refusal(mail.login, "office@example.com", password or '""')
            expect("AUTHENTICATIONFAILED" in str(no), f"the login answered {no}")
        check.saw(f"office@example.com, made without a password: {no}")

    with report.check("relay-refused") as check:
        no = refusal(mail.send, "somebody@elsewhere.test")
        expect(no.code == 554, f"RCPT answered {no}")
        check.saw(f"RCPT of a foreign domain without a login {no}")

    with report.check("example-shared-mailbox") as check:
        token = mail.send("anything@example.org")
        check.saw("anything@example.org, a catch-all:")
        check.saw(mail.arrives("ann@example.com", token, "shared/office@example.com/INBOX"))
        no = refusal(mail.count, "john.roe@example.com", token, "shared/office@example.com/INBOX")
        check.saw(f"john.roe@example.com SELECT: {no}")

    with report.check("example-machine-mail") as check:
        token = mail.token()
        proof.stack.sendmail("root", token)
        check.saw("`sendmail root` on the machine:")
        check.saw(mail.arrives("john.roe@example.com", token))


def apply(proof):
    """Applies the example's own YAML to a server without a database."""
    with proof.report.check("example-apply") as check:
        wish = proof.wish("example", proof.stack.root / "mailwright")
        printed = wish.apply()
        done = re.search(r"^(\d+) done\.$", printed, re.MULTILINE)
        expect(done, f"the apply does not say what was done\n{printed}")
        check.saw(f"examples/self-hosted/mailwright.yaml: {done[1]} done; the next plan is empty")
