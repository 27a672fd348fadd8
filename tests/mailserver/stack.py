"""The servers: starting, stopping, and what of their state a check asks for."""

import os
import re
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

from report import Failed, eventually, expect

# Debian puts PostgreSQL's server programs there, one folder a version.
POSTGRES_PROGRAMS = Path("/usr/lib/postgresql")


class Stack:
    """Postfix, Dovecot and their database in one scratch folder. The caller of the run ends them by their pid files."""

    def __init__(self, place):
        self.place = place
        self.root = place.root
        self.log = self.root / "log"

    # ---- Dovecot ----

    def start_dovecot(self):
        """Starts Dovecot and waits until it takes logins and calls."""
        run(["dovecot", "-c", self.root / "etc/dovecot/dovecot.conf"])
        self.opened("imap", "doveadm")

    def stop_dovecot(self):
        """Ends Dovecot and waits until it is gone."""
        pid = int((self.root / "run/master.pid").read_text())
        os.kill(pid, 15)
        eventually(lambda: not alive(pid), "Dovecot's end")

    # ---- Postfix ----

    def postfix(self, *words):
        """Runs the `postfix` command on this instance."""
        run(["postfix", "-c", self.root / "etc/postfix", *words])

    def start_postfix(self):
        """Starts Postfix and waits until it listens."""
        self.postfix("start")
        self.opened("smtp", "submission")

    def look_up(self, table, key):
        """What Postfix finds for `key` in a table of the example, asked through proxymap as its daemons ask."""
        kind = "sqlite" if self.place.kind == "sqlite" else "pgsql"
        where = f"proxy:{kind}:{self.root}/etc/postfix/sql/{table}.cf"
        found = subprocess.run(
            ["postmap", "-c", self.root / "etc/postfix", "-q", key, where], capture_output=True, text=True, check=False
        )
        return found.stdout.strip()

    def sendmail(self, recipient, subject):
        """Sends one message as a program on the machine does, by the `sendmail` command."""
        command = ["sendmail", "-C", self.root / "etc/postfix", recipient]
        run(command, input=f"Subject: {subject}\n\n{subject}\n", text=True)

    def queued(self):
        """How many messages Postfix holds."""
        folders = ("maildrop", "incoming", "active", "deferred")
        return sum(len(files) for folder in folders for _, _, files in os.walk(self.root / "queue" / folder))

    def settled(self):
        """Waits until every accepted message is delivered or returned, so that what is not there will not come."""
        # A bounce is queued after its cause is gone from the queue: look twice.
        eventually(lambda: not self.queued() and time.sleep(0.05) is None and not self.queued(), "an empty mail queue")

    # ---- the database ----

    def start_database(self):
        """Makes and starts a PostgreSQL cluster of this folder's own. SQLite needs nothing."""
        if self.place.kind == "sqlite":
            return
        programs = max(POSTGRES_PROGRAMS.glob("*/bin"), key=lambda path: int(path.parent.name))
        home = self.root / "pg"
        home.mkdir()
        run(["chown", "postgres:", home])
        # PostgreSQL refuses to run as root, and the test's passwords are for this cluster alone.
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
        data = home / "data"
        run([*user, programs / "initdb", "-D", data, "-A", "scram-sha-256", "--no-sync", "-U", "postgres",
             "--pwfile", self.secret(home / "superuser"), "--locale", "C.UTF-8", "--encoding", "UTF8"])
        options = f"-c listen_addresses=127.0.0.1 -p {self.place.port['postgres']} -k {home} -c fsync=off"
        run([*user, programs / "pg_ctl", "-D", data, "-w", "-l", home / "server.log", "-o", options, "start"])
        with open(self.place.example / "postgres.sql", encoding="utf-8") as script:
            passwords = [f"-v{role}={word}" for role, word in self.place.password.items()]
            run(["psql", "-q", "-v", "ON_ERROR_STOP=1", *passwords], stdin=script,
                env=self.postgres("postgres", "superuser1", "postgres"))

    def secret(self, path):
        """The file with the superuser's password, which initdb reads as the user postgres."""
        path.write_text("superuser1\n")
        run(["chown", "postgres:", path])
        return path

    def postgres(self, user, password, database):
        """What `psql` reads from its environment to connect."""
        return {
            **os.environ, "PGHOST": "127.0.0.1", "PGPORT": str(self.place.port["postgres"]), "PGUSER": user,
            "PGPASSWORD": password, "PGDATABASE": database,
        }

    def url(self):
        """The database as mailwright is told it."""
        port = self.place.port["postgres"]
        return f"postgres://mailwright:{self.place.password['mailwright']}@127.0.0.1:{port}/mail"

    def sql(self, statement):
        """Runs one statement and returns its rows, each a list of texts."""
        if self.place.kind == "sqlite":
            with sqlite3.connect(self.root / "db/mail.db", timeout=30) as connection:
                rows = [[str(field) for field in row] for row in connection.execute(statement)]
            connection.close()
            return rows
        env = self.postgres("mailwright", self.place.password["mailwright"], "mail")
        text = run(["psql", "-qAt", "-v", "ON_ERROR_STOP=1", "-c", statement], env=env)
        return [line.split("|") for line in text.splitlines()]

    # ---- both ----

    def opened(self, *names):
        """Waits until the ports of these names answer."""
        for name in names:
            port = self.place.port[name]
            eventually(lambda port=port: listens(port), f"port {port} ({name})")

    def complaints(self):
        """What the servers logged as wrong, how often Dovecot put off copying usage, and how many lines there are.

        Left out are the refused logins that the checks themselves ask for, the signal that ends Dovecot, and a proxymap
        that `postfix reload` ended under a lookup: Postfix says so, waits a second and asks the new one. Dovecot
        waits one second for SQLite's lock; a disk that is slower than that costs a copy of the usage, which the next
        message of that mailbox makes good, and no mail. The machine's clock is not the servers' doing either: on a virtual
        machine it may step, and then both say so and go on.
        """
        wrong = re.compile(r"\b(warning|error|fatal|panic): ", re.IGNORECASE)
        asked_for = re.compile(
            r"SASL \w+ authentication failed|Invalid authentication attempt|master: Warning: Killed"
            r"|dict_proxy_\w+: service proxymap: Connection reset by peer$"
            # Postfix, which compares a new file's time with the clock, and its queue's own watch over the clock.
            r"|file system clock is \d+ seconds? ahead of local clock|resetting file time stamps - this hurts performance"
            r"|backward time jump detected -- slewing clock"
            # Dovecot.
            r"|Time (jumped|moved) (forwards?|backwards?)"
        )
        put_off = re.compile(r"quota_clone_dict: Failed to write value: .* database is locked")
        lines = []
        for log in (self.log / "mail.log", self.log / "dovecot.log"):
            lines += log.read_text(errors="replace").splitlines()
        amiss = [line for line in lines if wrong.search(line) and not asked_for.search(line)]
        serious = [line for line in amiss if not put_off.search(line)]
        return serious, len(amiss) - len(serious), len(lines)

    def tail(self, lines=40):
        """The end of each log, for a run that failed."""
        logs = [self.log / "mail.log", self.log / "dovecot.log", self.root / "pg/server.log"]
        for log in logs:
            if log.exists():
                print(f"\n== the end of {log}", flush=True)
                print("\n".join(log.read_text(errors="replace").splitlines()[-lines:]), flush=True)


def run(command, **how):
    """Runs a program that must succeed, and returns what it printed."""
    # A file and not a pipe: a server that the program starts keeps it open.
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        words = [str(word) for word in command]
        code = subprocess.run(words, stdout=output, stderr=subprocess.STDOUT, check=False, **how).returncode
        output.seek(0)
        printed = output.read()
    if code != 0:
        raise Failed(f"{words[0]} ended with {code}: {printed}")
    return printed


def alive(pid):
    """Whether there is a process of this id that is not a corpse waiting to be collected."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def listens(port):
    """Whether somebody listens on this loopback port, read from the kernel: a connection would be logged."""
    wanted = f"{port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and fields[1].endswith(":" + wanted):
            return True
    return False


def only(rows, what):
    """The single field of a single row."""
    expect(len(rows) == 1 and len(rows[0]) == 1, f"{what}: {rows}")
    return rows[0][0]
