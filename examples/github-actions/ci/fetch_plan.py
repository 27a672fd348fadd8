"""Fetches the plan that was reviewed for what was merged: python3 ci/fetch_plan.py

From the merged commit to its pull request, from there to the run of its last commit, to what that run kept.
"""

import os
import time

import rest
import saved
from comment import github
from rest import Failure


def main():
    host = github()
    repository = rest.setting("GITHUB_REPOSITORY", r"[\w.-]+/[\w.-]+")
    workflow = rest.setting("WORKFLOW", r"[\w.-]+", "mailwright.yml")
    artifact = rest.setting("ARTIFACT", r"[\w.-]+", "mailwright-plan")
    sha = rest.setting("GITHUB_SHA", "[0-9a-f]{40,64}")

    pull = pull_request(host, repository, sha, rest.setting("GITHUB_REF_NAME", "[^ ]+"))
    head = pull["head"]["sha"]
    run = finished_run(host, repository, workflow, pull)
    path = f"/repos/{repository}/actions/runs/{run['id']}/artifacts"
    kept = [a for a in host.pages(path, {"name": artifact}, under="artifacts") if a["name"] == artifact]
    if not kept:
        raise Failure(f"run {run['id']} of #{pull['number']} kept no {artifact}", saved.AGAIN)
    newest = max(kept, key=lambda entry: entry["id"])
    gone = Failure(f"the plan of #{pull['number']} has expired: GitHub does not keep it any longer", saved.AGAIN)
    if newest["expired"]:
        raise gone
    try:
        archive = host.download(f"/repos/{repository}/actions/artifacts/{newest['id']}/zip")
    except Failure as failure:
        raise gone if failure.status == 410 else failure
    saved.unpack(archive, head)
    print(f"This is the plan of #{pull['number']} for {head[:12]}.")


def pull_request(host, repository, sha, branch):
    """The pull request whose merge made the commit."""
    for attempt in range(3):
        pulls = [
            pull
            for pull in host.pages(f"/repos/{repository}/commits/{sha}/pulls")
            if pull["merged_at"] and pull["merge_commit_sha"] == sha and pull["base"]["ref"] == branch
        ]
        if pulls:
            break
        # The host may know of a merge a moment later than it starts the job.
        if attempt < 2:
            time.sleep(int(os.environ.get("RETRY_SECONDS") or "5"))
    else:
        raise Failure(f"no merged pull request made {sha[:12]}, so nobody reviewed a plan for it", saved.AGAIN)
    pull = pulls[0]
    if (pull["head"]["repo"] or {}).get("full_name") != repository:
        raise Failure(f"#{pull['number']} came from a fork, for which no plan is made", saved.AGAIN)
    return pull


def finished_run(host, repository, workflow, pull):
    """The newest run of the workflow for the last commit of the pull request, where it succeeded."""
    path = f"/repos/{repository}/actions/workflows/{workflow}/runs"
    number, head = pull["number"], pull["head"]["sha"]

    def newest(**query):
        found = host.pages(path, {"event": "pull_request", **query}, under="workflow_runs")
        own = [r for r in found if (r["head_repository"] or {}).get("full_name") == repository]
        return max(own, key=lambda run: run["id"], default=None)

    run = newest(head_sha=head)
    if run is None or run["head_sha"] != head:
        other = newest(branch=pull["head"]["ref"])
        made_for = f"; the newest was made for {other['head_sha'][:12]} and is not applied" if other else ""
        raise Failure(f"there is no plan for {head[:12]}, the last commit of #{number}{made_for}", saved.AGAIN)
    if run["status"] != "completed":
        raise Failure(f"the plan of #{number} is not made yet (run {run['id']})", "wait for that run, then run this job again")
    if run["conclusion"] != "success":
        raise Failure(f"run {run['id']}, which made the plan of #{number}, ended as {rest.line(run['conclusion'])}", saved.AGAIN)
    return run


if __name__ == "__main__":
    rest.run(main)
