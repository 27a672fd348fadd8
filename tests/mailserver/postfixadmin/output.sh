# shellcheck shell=bash disable=SC2034
# One line per check, and what it saw.
passed=0
failed=0
engine=none

ok() {
    passed=$((passed + 1))
    printf 'ok   %-8s  %-26s  %s\n' "$engine" "$1" "$2"
}

bad() {
    failed=$((failed + 1))
    printf 'FAIL %-8s  %-26s  %s\n' "$engine" "$1" "$2"
    [ -z "${3:-}" ] || printf '%s\n' "$3" | sed 's/^/       | /' | tail -n 40
}

# same ID WHAT EXPECTED ACTUAL: WHAT is said where both are equal, else both.
same() {
    if [ "$3" = "$4" ]; then
        ok "$1" "$2"
    else
        bad "$1" "differs: $2" "$(diff <(printf '%s\n' "$3") <(printf '%s\n' "$4") | sed -n 's/^</expected:/p; s/^>/seen:    /p')"
    fi
}

# shows ID TEXT LINE...: each LINE is a whole line of TEXT.
shows() {
    local id=$1 text=$2 line missing=
    shift 2
    for line in "$@"; do
        grep -qxF -- "$line" <<<"$text" || missing+="not seen: $line"$'\n'
    done
    if [ -z "$missing" ]; then
        ok "$id" "$(printf '%s; ' "$@" | sed 's/; $//')"
    else
        bad "$id" "lines are missing" "$text"$'\n'"$missing"
    fi
}

# Lines as one line, for the report.
inline() { paste -sd' ' -; }
