"""The comment on a pull request, from what plan.sh left."""

import re

import outcome

# The first line of mailwright's Markdown. A comment that begins with it is brought up to date, not written again.
MARKER = "<!-- mailwright:plan -->"
# Of an error, the beginning is enough; the log has the rest.
MOST_OF_ERRORS = 8000


def written(head, log, limit):
    """The text; `head` is the commit, `log` the address of the job, `limit` the most characters that the host takes."""
    code = outcome.code()
    top = f"{MARKER}\n{outcome.words(code)}\n\n"
    end = f"\n\n<sub>For commit {commit(head)} · [log and saved plan]({log})</sub>\n"
    whole = top + details(code) + end
    if length(whole) <= limit:
        return whole
    # mailwright keeps below the hosts' limits itself; this is for a host with a smaller one.
    return f"{top}The plan is too long for a comment ({length(whole)} characters, the host takes {limit}).{end}"


def details(code):
    """The plan, or the errors where there is none."""
    if code in (0, 2, 3, 4):
        text = read("plan.md")
        if text.strip():
            return text.strip().removeprefix(MARKER).strip()
        return "The plan itself is missing; the log says why."
    errors = read("errors.txt").strip()
    if not errors:
        return "The log says more."
    return fenced(errors[:MOST_OF_ERRORS])


def fenced(text):
    """Text in a fence that nothing in it can close."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def commit(head):
    """A commit, shortened; what is no commit is not shown."""
    return f"`{head[:12]}`" if re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", head or "") else "unknown"


def is_ours(text):
    """Whether a comment is the one on the plan."""
    return (text or "").lstrip().startswith(MARKER)


def length(text):
    """Counted as the stricter of the hosts' ways: in UTF-16."""
    return len(text.encode("utf-16-le")) // 2


def read(name):
    """A file that plan.sh left; empty where it did not."""
    try:
        return (outcome.OUT / name).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
