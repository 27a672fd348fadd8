#!/bin/sh
# Makes the plan of a pull request: sh ci/plan.sh [CONFIG]
#
# Whatever the plan says, this leaves with 0, so that it is told to the reviewers; verdict.py fails the job after that.
# In $OUT (out): plan.json, plan.md, errors.txt, exit-code, and head, the commit that the plan is for.
set -eu

config=${1:-mail}
out=${OUT:-out}
. "$(dirname "$0")/log.sh"

mkdir -p "$out"
rm -f "$out/plan.json" "$out/plan.md" "$out/errors.txt" "$out/exit-code" "$out/head"
# GitHub's workflow says HEAD_SHA. GitLab says it in the second where it tests the merged result, else in the third.
printf '%s\n' "${HEAD_SHA:-${CI_MERGE_REQUEST_SOURCE_BRANCH_SHA:-${CI_COMMIT_SHA:-}}}" >"$out/head"

make_plan() {
    made=0
    mailwright plan "$config" --color never --detailed-exitcode --out "$out/plan.json" --report "$out/plan.md" \
        2>"$out/errors.txt" || made=$?
    cat "$out/errors.txt"
    return "$made"
}

code=0
as_text make_plan || code=$?
printf '%s\n' "$code" >"$out/exit-code"
