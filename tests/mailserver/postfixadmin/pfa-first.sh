# shellcheck shell=bash disable=SC2154
# PostfixAdmin makes and fills the database; what mailwright exports of it is what there is.

pfa_first() {
    new_database own
    new_config own
    [ "$engine" != sqlite ] || : >"$PFA_NAME"
    own_fill
    own_export && own_vacation
}

# On PostgreSQL two differences are meant: the triggers on quota and quota2 are left out, since they add to what
# Dovecot writes as a whole, and quota2 takes addresses of any length.
comparable() { grep -vE '^quota2? trigger|^quota2 column\|username'; }

own_fill() {
    local out failures='' command commands
    out=$(upgrade)
    same pfa-own-upgrade "upgrade.php makes an empty database" 1847 \
        "$(tool sql "SELECT value FROM config WHERE name = 'version'")"
    same pfa-same-tables "mailwright's tables have its columns, keys and references" \
        "$(tool tables | comparable)" "$(comparable <"$scratch/$engine-tables")"
    tool whole-service
    commands=(
        "domain add example.com --description Office --aliases 0 --mailboxes 0"
        "domain add example.net --default-aliases 0"
        "mailbox add ann@example.com --password Secret12345 --password2 Secret12345 --name Ann --quota 10 --welcome-mail 0"
        "mailbox add Bob@example.com --password Secret12345 --password2 Secret12345 --welcome-mail 0"
        "mailbox add off@example.com --password Secret12345 --password2 Secret12345 --active 0 --welcome-mail 0"
        "alias add sales@example.com --goto ann@example.com,bob@example.com,agency@partner.example"
        "alias add one@example.com --goto bob@example.com"
        "alias add out@example.com --goto one@partner.example --active 0"
        "alias add *@example.com --goto bob@example.com"
        "alias add system@example.com --goto nobody,ann@example.com"
        "alias update ann@example.com --goto ann@partner.example"
        "alias update bob@example.com --goto bob@partner.example --goto-mailbox 0"
        "aliasdomain add example.net --target-domain example.com"
        "admin add office@example.com --password Secret12345 --password2 Secret12345 --domains example.com"
        "admin add root@example.com --password Secret12345 --password2 Secret12345 --superadmin 1"
    )
    set -f
    for command in "${commands[@]}"; do
        # shellcheck disable=SC2086
        pfa $command >"$scratch/out" || failures+="$command: $(cat "$scratch/out")"$'\n'
    done
    set +f
    [ "$(tool vacation on ann@example.com)" = on ] || failures+="the auto-reply cannot be switched on"
    tool sql "INSERT INTO vacation_notification (on_vacation, notified) VALUES ('ann@example.com', 'x@partner.example')"
    if [ -z "$failures" ]; then
        ok pfa-own-fill "${#commands[@]} commands and an auto-reply"
    else
        bad pfa-own-fill "commands fail" "$failures"
    fi
}

own_export() {
    local out code=0 before
    printf '%s\n' 'domains:' \
        '  example.com: {provider: directory, prune: all}' \
        '  example.net: {provider: directory, prune: all}' >"$config/domains.yaml"
    before=$(tool everything)
    out=$(wright export --out "$config/exported.yaml") || code=$?
    if [ "$code" -ne 0 ] || ! [ -s "$config/exported.yaml" ]; then
        bad pfa-export "export ended with $code" "$out"
        return 1
    fi
    shows pfa-export "$(sed 's/^ *//' "$config/exported.yaml")" \
        'sales@example.com: [agency@partner.example, ann@example.com, bob@example.com]' \
        'one@example.com: [bob@example.com]' \
        '"@example.com": [bob@example.com]' \
        '"@example.net": ["@example.com"]' \
        'abuse@example.com: [abuse@partner.example]' \
        'postmaster@example.com: [root@partner.example]' \
        'forward: {to: [ann@partner.example], keep_copy: true}' \
        'forward: {to: [bob@partner.example], keep_copy: false}' \
        'quota: 10000 KiB' \
        'state: suspended' \
        'office@example.com:' \
        'domains: [example.com]' \
        'full: true'
    # Its own row for administrators of everything is no domain.
    same pfa-export-no-all "no domain ALL" "" "$(grep -iw all "$config/exported.yaml")"
    out=$(wright plan --detailed-exitcode) || code=$?
    if [ "$code" -eq 0 ]; then
        ok pfa-export-plans-nothing "$(grep -i '^plan' <<<"$out" | sed 's/.* · //')"
    else
        bad pfa-export-plans-nothing "plan --detailed-exitcode ended with $code" "$out"
    fi
    same pfa-export-reads-only "export and plan change no row" "$before" "$(tool everything)"
    return 0
}

# The member of the auto-reply is its owner's: it outlives changes of the list around it.
own_vacation() {
    local rows='SELECT email, subject, body, active, interval_time, activefrom, activeuntil, modified FROM vacation' before
    local asked='SELECT on_vacation, notified, notified_at FROM vacation_notification'
    before=$(tool sql "$rows")$(tool sql "$asked")
    sed -i 's/\[ann@partner.example\]/[new@partner.example]/' "$config/exported.yaml"
    same pfa-vacation-plan "a new target of ann's forward is one change" \
        "update:forward:directory:ann@example.com targets" "$(drift)"
    applies pfa-vacation-apply
    shows pfa-vacation-forward "$(view alias ann@example.com)" \
        "To: new@partner.example" "Auto Response: YES" "Deliver to the local mailbox.: YES"
    same pfa-vacation-kept "the rows of vacation and vacation_notification are as they were" "$before" \
        "$(tool sql "$rows")$(tool sql "$asked")"
    same pfa-vacation-off "switched off in PostfixAdmin, the plan stays empty" "off none" \
        "$(tool vacation off ann@example.com) $(drift)"
    sed -i 's/forward: {to: \[new@partner.example\], keep_copy: true}/forward: absent/' "$config/exported.yaml"
    tool vacation on ann@example.com >"$scratch/out"
    applies pfa-vacation-no-forward
    shows pfa-vacation-alone "$(tool sql "SELECT goto FROM alias WHERE address = 'ann@example.com'" | tr , '\n')" \
        ann@example.com 'ann#example.com@autoreply.example.org'
}
