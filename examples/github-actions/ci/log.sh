# shellcheck shell=sh
# To be read by the scripts beside it, not to be run.
#
# What mailwright prints holds text from services, and GitHub's runner obeys lines that look like its commands. Between
# the two lines that this prints, it obeys none. Other runners know no such commands.
as_text() {
    if [ "${GITHUB_ACTIONS:-}" != true ]; then
        "$@" 2>&1
        return
    fi
    word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    status=0
    printf '::stop-commands::%s\n' "$word"
    "$@" 2>&1 || status=$?
    printf '\n::%s::\n' "$word"
    return "$status"
}
