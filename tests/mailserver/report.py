"""The lines that a run prints, and the count at its end."""

import contextlib
import time
import traceback


class Failed(Exception):
    """What was seen is not what should have been seen."""


def expect(holds, what):
    """Fails the check that is under way unless `holds`; `what` says what was seen instead."""
    if not holds:
        raise Failed(what)


def eventually(look, what, seconds=30.0, pause=0.03):
    """Polls `look` until it returns something true, and returns that. `what` names what was waited for.

    The limit is generous because a machine that compiles at the same time answers late; a passing check never
    waits for it.
    """
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        expect(time.monotonic() < end, f"waited {seconds:.0f} s for {what}")
        time.sleep(pause)


class Check:
    """One check under way: `saw` collects what the line will say."""

    def __init__(self):
        self.seen = []

    def saw(self, text):
        """Adds to what the line says."""
        self.seen.append(" ".join(str(text).split()))

    def line(self):
        """Everything seen on one line; a part that ends with a colon belongs to the next."""
        return "; ".join(self.seen).replace(":; ", ": ")


class Report:
    """Counts checks and prints a line for each."""

    def __init__(self, kind):
        self.kind = kind
        self.passed = []
        self.failed = []

    @contextlib.contextmanager
    def check(self, name):
        """Runs one check. A failure is printed and counted, and the run goes on with the next."""
        check = Check()
        try:
            yield check
        except (KeyboardInterrupt, SystemExit):
            raise
        except Exception as error:  # whatever went wrong, it is this check's failure
            self.failed.append(name)
            reason = str(error) if isinstance(error, Failed) else traceback.format_exc()
            print(f"FAIL {self.kind:<9}{name:<26}{check.line()}", flush=True)
            print("     " + reason.strip().replace("\n", "\n     "), flush=True)
        else:
            self.passed.append(name)
            print(f"ok   {self.kind:<9}{name:<26}{check.line()}", flush=True)

    def summary(self):
        """The closing line of this database kind."""
        return f"{self.kind}: {len(self.passed)} passed, {len(self.failed)} failed"
