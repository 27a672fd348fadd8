"""Takes the saved plan out of what the host kept of a job."""

import io
import zipfile

import outcome
from rest import MOST_BYTES, Failure

AGAIN = (
    "propose another change of the configuration (a comment in it is enough): its plan is made from what the services "
    "hold now, and is applied once that is merged"
)


def unpack(archive, head):
    """Writes plan.json, where it is the plan for the commit `head`."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            made_for = member(files, "head").decode("ascii", "replace").strip()
            plan = member(files, "plan.json")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise Failure(f"what the host kept is not a whole archive: {error}", AGAIN) from None
    if made_for != head:
        raise Failure(f"the saved plan was made for {made_for[:12]}, but {head[:12]} was merged; it is not applied", AGAIN)
    outcome.OUT.mkdir(parents=True, exist_ok=True)
    (outcome.OUT / "plan.json").write_bytes(plan)


def member(files, name):
    """One file of the archive: GitHub keeps the names below the folder, GitLab those from the repository's root."""
    for path in (name, f"{outcome.OUT.as_posix()}/{name}"):
        try:
            with files.open(path) as file:
                content = file.read(MOST_BYTES + 1)
        except KeyError:
            continue
        if len(content) > MOST_BYTES:
            raise Failure(f"{name} in the archive is larger than {MOST_BYTES} bytes")
        return content
    raise Failure(f"the job kept no {name}: it made no plan", AGAIN)
