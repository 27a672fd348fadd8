"""Tells the plan in a comment on the pull request, in the same one each time: python3 ci/comment.py"""

import body
import rest

# The most that GitHub takes.
LIMIT = 65536


def main():
    host = github()
    repository = rest.setting("GITHUB_REPOSITORY", r"[\w.-]+/[\w.-]+")
    number = rest.setting("PR_NUMBER", "[0-9]+")
    # Whom GITHUB_TOKEN speaks for. With a token of another account, say its login.
    author = rest.setting("BOT_LOGIN", r"[\w-]+(\[bot\])?", "github-actions[bot]")
    server = rest.setting("GITHUB_SERVER_URL", "https?://[^ ]+", "https://github.com")
    log = f"{server}/{repository}/actions/runs/{rest.setting('GITHUB_RUN_ID', '[0-9]+')}"
    text = body.written(rest.setting("HEAD_SHA", "[0-9a-f]{40,64}"), log, LIMIT)

    comments = host.pages(f"/repos/{repository}/issues/{number}/comments")
    # Anybody can write the marker; only what this account wrote can be its comment.
    ours = (c["id"] for c in comments if (c.get("user") or {}).get("login") == author and body.is_ours(c.get("body")))
    known = next(ours, None)
    if known is None:
        host.call("POST", f"/repos/{repository}/issues/{number}/comments", body={"body": text})
        print("The plan is told in a new comment.")
    else:
        host.call("PATCH", f"/repos/{repository}/issues/comments/{known}", body={"body": text})
        print("The comment on the plan is up to date.")


def github():
    """The REST interface, as the job's token."""
    return rest.Rest(
        rest.setting("GITHUB_API_URL", "https?://[^ ]+", "https://api.github.com"),
        {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {rest.setting('GITHUB_TOKEN', '[!-~]+')}",
            "User-Agent": "mailwright-ci",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )


if __name__ == "__main__":
    rest.run(main)
