"""What is declared: YAML files, and the program that makes them true."""

import os
import subprocess
import textwrap
from pathlib import Path

from report import expect

PROGRAM = Path(os.environ.get("MAILWRIGHT_BIN", "target/debug/mailwright")).resolve()

HEAD = """\
version: 1
providers:
  directory:
    type: postfixadmin
    database: {database}
    create: true
    doveadm: {{url: "http://127.0.0.1:{doveadm}", api_key: {{env: DOVEADM_API_KEY}}}}
profiles:
  staff: {{password: {{generate: {{dir: "{root}/passwords", keep: true}}}}}}
"""


class Wish:
    """One configuration in a folder of its own, which a check rewrites and applies."""

    def __init__(self, stack, name, folder=None):
        self.stack = stack
        self.folder = folder or stack.root / "wishes" / name

    def declare(self, text):
        """Writes the configuration: the connection and a profile `staff`, then `text`."""
        place = self.stack.place
        database = f"sqlite:{place.root}/db/mail.db" if place.kind == "sqlite" else "{env: MAIL_DATABASE_URL}"
        head = HEAD.format(database=database, doveadm=place.port["doveadm"], root=place.root)
        self.folder.mkdir(exist_ok=True)
        (self.folder / "mailwright.yaml").write_text(head + textwrap.dedent(text))
        return self

    def call(self, *words, **variables):
        """Runs mailwright on this configuration and returns its exit code and everything it printed.

        `variables` replace what the environment says of the secrets.
        """
        secrets = {"DOVEADM_API_KEY": self.stack.place.key, "MAIL_DATABASE_URL": self.stack.url()}
        env = {**os.environ, **secrets, **variables}
        done = subprocess.run(
            [PROGRAM, *words, "--color", "never"], cwd=self.folder, env=env, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def apply(self, *words):
        """Applies, and holds mailwright to its promise: exit 0, and nothing left for the next plan."""
        code, printed = self.call("apply", "--yes", *words)
        expect(code == 0, f"apply ended with {code}\n{printed}")
        code, left = self.call("plan", "--detailed-exitcode")
        expect(code == 0, f"the plan after the apply ended with {code}\n{left}\nafter\n{printed}")
        return printed

    def plan(self, *words):
        """The plan, with changes in it, as it is shown."""
        code, printed = self.call("plan", "--detailed-exitcode", *words)
        expect(code == 2, f"plan ended with {code}, not 2\n{printed}")
        return printed
