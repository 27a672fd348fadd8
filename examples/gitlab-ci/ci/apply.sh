#!/bin/sh
# Applies exactly the plan that was reviewed: sh ci/apply.sh [CONFIG]
#
# mailwright itself checks that the plan is whole, that it was made from this configuration, and that what each change
# rests on still is as it was. The journal and the outcome are left in $OUT (out).
set -eu

config=${1:-mail}
out=${OUT:-out}
. "$(dirname "$0")/log.sh"

code=0
as_text mailwright apply "$config" --color never --plan "$out/plan.json" --yes \
    --state-dir "$out/state" --report "$out/apply.json" || code=$?
case $code in
0) ;;
5)
    echo "error: not everything was done; the outcome above says why." >&2
    echo "hint: propose another change of the configuration: its plan shows what is left." >&2
    ;;
6)
    echo "error: the reviewed plan was refused, for the reason above; nothing was done." >&2
    echo "hint: propose another change of the configuration: its plan is made from what the services hold now." >&2
    ;;
*) echo "error: mailwright apply left with $code." >&2 ;;
esac
exit "$code"
