"""Turns the example's own files into a mail server in a scratch folder.

What is proven is `examples/self-hosted`: its files are taken as they are, their paths and ports are replaced, and a
short list of overrides follows. Every override says why it does not change what is proven.
"""

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "self-hosted"

# Only so many seconds, addresses and files as a test on one machine needs.
POSTFIX_OVERRIDES = """
# This instance beside any other on the machine, and its log in a file.
queue_directory = {root}/queue
data_directory = {root}/postfix-data
maillog_file = {root}/log/mail.log
maillog_file_prefixes = {root}/log
# Loopback only; the rest of the internet is one sink that takes everything.
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [127.0.0.1]:{sink}
disable_dns_lookups = yes
smtp_host_lookup = native
smtpd_peername_lookup = no
# No certificate on loopback.
smtpd_tls_security_level = none
smtp_tls_security_level = none
smtpd_tls_auth_only = no
# Answers at once, and what is deferred is tried again soon.
in_flow_delay = 0
smtpd_error_sleep_time = 0
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
"""

DOVECOT_OVERRIDES = """
# ---- for the test only ----
# This instance beside any other on the machine, and its log in a file.
base_dir = {root}/run
state_dir = {root}/dovecot-state
instance_name = mailwright-{kind}
log_path = {root}/log/dovecot.log
auth_verbose = yes
# Loopback only, without a certificate.
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
# A refused login is answered at once, and the next one from the same address is not delayed.
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


def free_ports(count):
    """Loopback ports that nobody listens on now; all are held until the last is found, so they differ."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def replaced(text, pairs, where):
    """Replaces each pattern, which must be there: an example that changed must not be proven by half."""
    for pattern, by in pairs:
        text, count = re.subn(pattern, by, text, flags=re.MULTILINE)
        if count == 0:
            raise SystemExit(f"{where} has nothing that matches {pattern!r}; adapt tests/mailserver/render.py")
    return text


class Place:
    """The scratch folder of one database kind, its ports, and the rendered files."""

    def __init__(self, root, kind):
        self.root = Path(root)
        self.kind = kind
        names = ("smtp", "submission", "imap", "doveadm", "sink", "postgres")
        self.port = dict(zip(names, free_ports(len(names))))
        self.key = "key-of-a-test"
        self.password = {"mailwright": "owner1", "mailserver": "server1"}
        self.example = self.root / "example"

    def paths(self):
        """Where the example's paths lie here, longest first."""
        return [
            ("/var/spool/postfix", f"{self.root}/queue"),
            ("/etc/postfix", f"{self.root}/etc/postfix"),
            ("/etc/dovecot", f"{self.root}/etc/dovecot"),
            ("/var/lib/mail", f"{self.root}/db"),
            ("/var/vmail", f"{self.root}/vmail"),
        ]

    def moved(self, text):
        """The text of an example's file with this folder's paths, and PostgreSQL's port."""
        for there, here in self.paths():
            text = text.replace(there, here)
        port = self.port["postgres"]
        text = re.sub(r"^hosts = 127\.0\.0\.1$", f"hosts = 127.0.0.1:{port}", text, flags=re.MULTILINE)
        return text.replace("host=127.0.0.1 ", f"host=127.0.0.1 port={port} ")

    def render(self):
        """Makes the folders, and writes every file of the example into its place, with the README's modes."""
        root = self.root
        shutil.copytree(EXAMPLE, self.example, ignore=shutil.ignore_patterns(".mailwright", "passwords"))
        if self.kind == "postgres":
            subprocess.run([self.example / "use-postgres", self.password["mailserver"]], check=True)
        for folder in ("etc/postfix/sql", "etc/dovecot", "queue/private", "log", "postfix-data", "wishes"):
            (root / folder).mkdir(parents=True)
        for folder in ("log", "wishes"):
            (root / folder).chmod(0o755)
        owned(root / "postfix-data", "postfix", "postfix", 0o700)
        owned(root / "queue/private", "postfix", "root", 0o700)
        for folder, group, mode in (("vmail", "vmail", 0o770), ("db", "postfix", 0o2770)):
            (root / folder).mkdir()
            owned(root / folder, "vmail", group, mode)
        self.postfix()
        self.dovecot()
        wish = root / "mailwright"
        wish.mkdir()
        text = self.moved((self.example / "mailwright.yaml").read_text())
        text = replaced(text, [("127.0.0.1:8080", f"127.0.0.1:{self.port['doveadm']}")], "mailwright.yaml")
        (wish / "mailwright.yaml").write_text(text)

    def postfix(self):
        """Renders Postfix's files."""
        etc = self.root / "etc/postfix"
        for file in sorted((self.example / "postfix/sql").glob("*.cf")):
            (etc / "sql" / file.name).write_text(self.moved(file.read_text()))
            owned(etc / "sql" / file.name, "root", "postfix", 0o640)
        (etc / "main.cf").write_text(self.moved((self.example / "postfix/main.cf").read_text()))
        master = (self.example / "postfix/master.cf").read_text()
        master = replaced(
            master,
            [
                (r"^smtp( +inet)", rf"127.0.0.1:{self.port['smtp']}\1"),
                (r"^submission( +inet)", rf"127.0.0.1:{self.port['submission']}\1"),
                # The other submission service differs in TLS alone, which loopback has not.
                (r"^submissions +inet.*\n(  -o .*\n)+", ""),
                (r"smtpd_tls_security_level=encrypt", "smtpd_tls_security_level=none"),
            ],
            "master.cf",
        )
        (etc / "master.cf").write_text(master)
        overrides = POSTFIX_OVERRIDES.format(root=self.root, sink=self.port["sink"]).splitlines()
        settings = [line for line in overrides if line and not line.startswith("#")]
        subprocess.run(["postconf", "-c", etc, "-e", *settings], check=True)

    def dovecot(self):
        """Renders Dovecot's files."""
        etc = self.root / "etc/dovecot"
        for file in sorted((self.example / "dovecot").glob("*.conf.ext")):
            (etc / file.name).write_text(self.moved(file.read_text()))
            owned(etc / file.name, "root", "vmail", 0o640)
        text = self.moved((self.example / "dovecot/dovecot.conf").read_text())
        text = replaced(
            text,
            [
                (r"port = 143$", f"port = {self.port['imap']}"),
                (r"port = 993$", "port = 0"),
                (r"port = 8080$", f"port = {self.port['doveadm']}"),
                # Files that need not be there, as no certificate is used.
                (r"^ssl_(cert|key) = .*\n", ""),
            ],
            "dovecot.conf",
        )
        overrides = DOVECOT_OVERRIDES.format(root=self.root, kind=self.kind)
        (etc / "dovecot.conf").write_text(text + overrides)
        (etc / "doveadm-key.conf").write_text(f"doveadm_api_key = {self.key}\n")
        owned(etc / "doveadm-key.conf", "root", "root", 0o600)


def owned(path, user, group, mode):
    """Gives a file its owner, group and mode."""
    shutil.chown(path, user, group)
    os.chmod(path, mode)
