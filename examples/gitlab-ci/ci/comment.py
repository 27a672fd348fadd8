"""Tells the plan in a note on the merge request, in the same one each time: python3 ci/comment.py"""

import os

import body
import rest

# The most that GitLab takes.
LIMIT = 1_000_000


def main():
    host = gitlab("MAILWRIGHT_NOTE_TOKEN")
    project = rest.setting("CI_PROJECT_ID", "[0-9]+")
    number = rest.setting("CI_MERGE_REQUEST_IID", "[0-9]+")
    # With pipelines for merged results CI_COMMIT_SHA is a merge that was made for the test alone.
    head = os.environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or rest.setting("CI_COMMIT_SHA", "[0-9a-f]{40,64}")
    text = body.written(head, rest.setting("CI_JOB_URL", "https?://[^ ]+"), LIMIT)

    me = host.call("GET", "/user")[0]["id"]
    path = f"/projects/{project}/merge_requests/{number}/notes"
    notes = host.pages(path, {"order_by": "created_at", "sort": "asc"})
    # Anybody can write the marker; only what this account wrote can be its note.
    known = next((n["id"] for n in notes if n["author"]["id"] == me and body.is_ours(n.get("body"))), None)
    if known is None:
        host.call("POST", path, body={"body": text})
        print("The plan is told in a new note.")
    else:
        host.call("PUT", f"{path}/{known}", body={"body": text})
        print("The note on the plan is up to date.")


def gitlab(token):
    """The REST interface, as the token in this variable."""
    return rest.Rest(
        rest.setting("CI_API_V4_URL", "https?://[^ ]+"),
        {
            "Accept": "application/json",
            "PRIVATE-TOKEN": rest.setting(token, "[!-~]+"),
            "User-Agent": "mailwright-ci",
        },
    )


if __name__ == "__main__":
    rest.run(main)
