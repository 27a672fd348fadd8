"""What the exit code of `mailwright plan --detailed-exitcode` means for a pull request."""

import os
import pathlib

OUT = pathlib.Path(os.environ.get("OUT") or "out")

WORDS = {
    0: "**Nothing to do.** The services are as declared here; merging changes nothing.",
    2: "**There are changes.** After the merge exactly this plan is applied.",
    3: "**Something is blocked.** The plan says what, and how to release it.",
    4: "**A read was incomplete.** What rests on it is blocked; run this job again.",
    1: "**There is no plan.** The configuration is wrong, or a connection failed.",
}


def code():
    """The exit code of the plan; none where it did not get that far."""
    try:
        return int((OUT / "exit-code").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def words(number):
    """One sentence on how the plan ended."""
    if number is None:
        return "**There is no plan.** The job ended before one was made; its log says why."
    return WORDS.get(number, f"**There is no plan.** mailwright left with {number}; the log says why.")


def fails(number):
    """Whether the job fails. `MAILWRIGHT_BLOCKED=pass` lets a plan pass in which something is blocked."""
    if number == 3:
        return os.environ.get("MAILWRIGHT_BLOCKED", "fail") != "pass"
    return number not in (0, 2)
