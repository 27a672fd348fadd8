"""Runs programs and counts what they take."""

import json
import os
import statistics
import subprocess
import time

ENVIRONMENT = dict(
    os.environ,
    BENCH_PASSWORD="adminpass123",
    BENCH_INITIAL="Password123",
    # What the simulators take.
    BENCH_USER_KEY="eGbq9/2hcZsRlr1JV1Pi",
    BENCH_SECRET_KEY="QHOvchm/40czXhJ1OxfxK7jDHr3t",
    BENCH_OX_SECRET="brand-secret-1",
    BENCH_ATMAIL_PASSWORD="changeme",
    PYTHONDONTWRITEBYTECODE="1",
    PYTHONPATH=os.path.dirname(os.path.abspath(__file__)),
)


class Run:
    """What one run of a program took: seconds of CPU (user and system), seconds of wall time, MiB at its peak."""

    def __init__(self, cpu, wall, peak):
        self.cpu, self.wall, self.peak = cpu, wall, peak


def run(command, expected=0, folder=None):
    """Runs a program to its end; it must end with `expected`."""
    began = time.monotonic()
    with subprocess.Popen(
        [str(word) for word in command],
        cwd=folder,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        said = process.stderr.read().decode(errors="replace")
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != expected:
        raise SystemExit(f"{command} ended with {process.returncode}: {said[-2000:]}")
    return Run(used.ru_utime + used.ru_stime, time.monotonic() - began, used.ru_maxrss / 1024)


def interleaved(rounds, **actions):
    """Runs the actions in turn, `rounds` times, and returns the median of each value of each of them."""
    seen = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            seen[name].append(action())
    middle = lambda runs, what: statistics.median(getattr(one, what) for one in runs)
    return {name: Run(*(middle(runs, what) for what in ("cpu", "wall", "peak"))) for name, runs in seen.items()}


class Stand:
    """A seeded simulator."""

    def __init__(self, program, kind, mailboxes, delay=0):
        self.process = subprocess.Popen(
            [program, "serve", kind, str(mailboxes), str(delay)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = self.process.stdout.readline().strip()

    def counters(self):
        """What arrived since they were asked for last."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
