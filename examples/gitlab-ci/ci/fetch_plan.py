"""Fetches the plan that was reviewed for what was merged: python3 ci/fetch_plan.py

From the merged commit to its merge request, from there to the pipeline of its last commit, to what its job kept.
"""

import os
import time

import rest
import saved
from comment import gitlab
from rest import Failure


def main():
    host = gitlab("MAILWRIGHT_READ_TOKEN")
    project = f"/projects/{rest.setting('CI_PROJECT_ID', '[0-9]+')}"
    sha = rest.setting("CI_COMMIT_SHA", "[0-9a-f]{40,64}")
    name = rest.setting("PLAN_JOB", r"[\w.-]+", "plan")

    merged = merge_request(host, project, sha, rest.setting("CI_COMMIT_BRANCH", "[^ ]+"))
    number, head = merged["iid"], merged["sha"]
    pipeline = newest_pipeline(host, project, merged)
    jobs = [j for j in host.pages(f"{project}/pipelines/{pipeline['id']}/jobs") if j["name"] == name]
    if not jobs:
        raise Failure(f"pipeline {pipeline['id']} of !{number} has no job {name}", saved.AGAIN)
    job = max(jobs, key=lambda entry: entry["id"])
    if job["status"] in ("created", "pending", "preparing", "running", "waiting_for_resource"):
        raise Failure(f"the plan of !{number} is not made yet (job {job['id']})", "wait for that job, then run this one again")
    if job["status"] != "success":
        raise Failure(f"job {job['id']}, which made the plan of !{number}, ended as {rest.line(job['status'])}", saved.AGAIN)
    gone = Failure(f"the plan of !{number} has expired: GitLab does not keep it any longer", saved.AGAIN)
    if not job.get("artifacts_file"):
        raise gone
    try:
        archive = host.download(f"{project}/jobs/{job['id']}/artifacts")
    except Failure as failure:
        raise gone if failure.status == 404 else failure
    saved.unpack(archive, head)
    print(f"This is the plan of !{number} for {head[:12]}.")


def merge_request(host, project, sha, branch):
    """The merge request whose merge made the commit."""
    for attempt in range(3):
        merged = [
            entry
            for entry in host.pages(f"{project}/repository/commits/{sha}/merge_requests")
            if entry["state"] == "merged"
            and entry["target_branch"] == branch
            # Which of them it is depends on how the project merges.
            and sha in (entry.get("merge_commit_sha"), entry.get("squash_commit_sha"), entry["sha"])
        ]
        if merged:
            break
        # The host may know of a merge a moment later than it starts the job.
        if attempt < 2:
            time.sleep(int(os.environ.get("RETRY_SECONDS") or "5"))
    else:
        raise Failure(f"no merge request made {sha[:12]}, so nobody reviewed a plan for it", saved.AGAIN)
    entry = merged[0]
    if entry["source_project_id"] != entry["target_project_id"]:
        raise Failure(f"!{entry['iid']} came from a fork, for which no plan is made", saved.AGAIN)
    return entry


def newest_pipeline(host, project, merged):
    """The newest pipeline for the last commit of the merge request."""
    number, head = merged["iid"], merged["sha"]
    found = [
        entry
        for entry in host.pages(f"{project}/merge_requests/{number}/pipelines")
        if entry["source"] == "merge_request_event"
    ]
    newest = max(found, key=lambda entry: entry["id"], default=None)
    if newest is None:
        raise Failure(f"there is no plan for {head[:12]}, the last commit of !{number}", saved.AGAIN)
    # A pipeline for the merged result has a commit of its own; what its plan was made for stands in the archive.
    if newest["sha"] != head and newest["ref"] != f"refs/merge-requests/{number}/merge":
        raise Failure(
            f"there is no plan for {head[:12]}, the last commit of !{number}; the newest was made for "
            f"{newest['sha'][:12]} and is not applied",
            saved.AGAIN,
        )
    return newest


if __name__ == "__main__":
    rest.run(main)
