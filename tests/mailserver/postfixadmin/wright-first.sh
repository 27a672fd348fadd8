# shellcheck shell=bash disable=SC2154
# mailwright makes the database; PostfixAdmin looks at it, edits it and upgrades it.

# wright COMMAND ARGUMENT...: mailwright on the folder `$config`.
wright() { "$mailwright" "$1" "$config" "${@:2}" 2>&1; }

# The changes that a plan would make, or `none`.
drift() { "$mailwright" plan "$config" --format json 2>"$scratch/out" | tool changes; }

# A folder of configuration for the database that new_database named.
new_config() {
    config=$scratch/$engine-$1
    mkdir -p "$config"
    printf 'version: 1\nproviders:\n  directory: {type: postfixadmin, database: %s, create: true}\n' \
        "$database" >"$config/store.yaml"
}

# applies ID: apply succeeds, and nothing is left to do.
applies() {
    local out code=0
    out=$(wright apply --yes) || code=$?
    if [ "$code" -eq 0 ] && out+=$(wright plan --detailed-exitcode); then
        ok "$1" "$(grep -oE '^[0-9]+ done' <<<"$out"), and the next plan is empty"
    else
        bad "$1" "apply ended with $code, or changes are left" "$out"
        return 1
    fi
}

wright_first() {
    new_database wright
    new_config wright
    cp "$here/wish.yaml" "$config/"
    applies pfa-wright-creates
    local made=$?
    tool tables >"$scratch/$engine-tables"
    [ "$made" -eq 0 ] || return
    wright_upgrade
    wright_views
    wright_edits
}

# PostfixAdmin's own upgrade finds nothing missing, and neither does a replay of its last steps.
wright_upgrade() {
    local before out
    local kept='SELECT owner, grantee, perm FROM mailwright_permission'
    before=$(tool everything)$(tool tables)$(tool sql "$kept")
    out=$(upgrade)
    if grep -q 'Database is up to date: 1847/1847' <<<"$out" && ! grep -qiE 'error|warning|invalid' <<<"$out"; then
        ok pfa-upgrade "Database is up to date: 1847/1847"
    else
        bad pfa-upgrade "upgrade.php says otherwise" "$out"
    fi
    tool sql "UPDATE config SET value = '1840' WHERE name = 'version'"
    out=$(upgrade)
    if grep -qiE 'error:|warning:|exception|invalid' <<<"$out"; then
        bad pfa-upgrade-replayed "a step failed" "$out"
    else
        same pfa-upgrade-replayed "1841 to $(tool sql "SELECT value FROM config WHERE name = 'version'") change no table and no row" \
            "$before" "$(tool everything)$(tool tables)$(tool sql "$kept")"
    fi
    same pfa-upgrade-keeps-ours "$(tool sql "$kept")" "ann@example.com|bob@example.com|send_as" "$(tool sql "$kept")"
}

wright_views() {
    local pw=$config/passwords
    shows pfa-view-domain "$(view domain example.com)" \
        "Description: The office" "Aliases: 3 / 30" "Mailboxes: 5 / 10" "Active: YES" "Mail server is backup MX: NO"
    shows pfa-view-mailbox "$(view mailbox ann@example.com)" "Name: Ann Ångström" "Quota: 4000" "Active: YES"
    shows pfa-view-suspended "$(view mailbox dan@example.com)" "Name: Dan" "Active: NO"
    shows pfa-view-alias "$(view alias annie@example.com)" "To: ann@example.com" "Active: YES"
    shows pfa-view-list "$(view alias sales@example.com)" "To: agency@partner.example, ann@example.com, bob@example.com"
    shows pfa-view-catch-all "$(view alias @example.com)" "Alias: @example.com" "To: desk@example.com"
    shows pfa-view-alias-domain "$(view aliasdomain example.net)" "Target Domain: example.com" "Active: YES"
    shows pfa-view-forward-copy "$(view alias bob@example.com)" \
        "To: bob@partner.example" "Deliver to the local mailbox.: YES"
    shows pfa-view-forward "$(view alias cai@example.com)" \
        "To: cai@agency.example, cai@partner.example" "Deliver to the local mailbox.: NO"
    same pfa-lists "the lists hold what was declared and nothing else" \
        "$(sed 's/:.*//' <<'LIST'
domain example.com:
domain example.net:
mailbox ann@example.com:
alias ann@example.com:
mailbox bob@example.com:
alias bob@example.com:
mailbox cai@example.com:
alias cai@example.com:
mailbox dan@example.com:
alias dan@example.com:
mailbox desk@example.com:
alias desk@example.com:
alias @example.com:
alias annie@example.com:
alias sales@example.com:
aliasdomain example.net:
LIST
)" "$(tool everything | sed 's/:.*//')"
    printf 'wrong\n' >"$scratch/wrong"
    same pfa-login "ann yes, with another password no; suspended dan no; desk, which has none, no" "yes no no no" "$(
        { tool login mailbox ann@example.com "$pw/ann@example.com"
          tool login mailbox ann@example.com "$scratch/wrong"
          tool login mailbox dan@example.com "$pw/dan@example.com"
          tool login mailbox desk@example.com "$scratch/wrong"; } | inline)"
}

# What PostfixAdmin's users do in a week is drift, exactly so, and repaired.
wright_edits() {
    local before changes=() failures='' command log
    before=$(tool everything)
    same pfa-save-forms "each object's form opened and saved is no drift" none "$(tool save-forms)$(drift)"
    same pfa-vacation-ours "an auto-reply can be switched on and off, and neither is drift" "on none off none" \
        "$({ tool vacation on ann@example.com; drift; tool vacation off ann@example.com; drift; } 2>&1 | inline)"
    changes=(
        "mailbox update ann@example.com --name Anna --quota 2000"
        "mailbox update dan@example.com --active 1 --quota 4000"
        "mailbox add eve@example.com --password Secret12345 --password2 Secret12345 --welcome-mail 0 --quota 10"
        "mailbox delete desk@example.com"
        "mailbox update cai@example.com --password Other12345 --password2 Other12345 --quota 4000"
        "alias update sales@example.com --goto ann@example.com,new@partner.example"
        "alias update bob@example.com --goto bob@partner.example --goto-mailbox 0"
        "alias add extra@example.com --goto bob@example.com"
        "alias delete annie@example.com"
        "domain update example.com --description Elsewhere --aliases 40"
        "aliasdomain delete example.net"
    )
    for command in "${changes[@]}"; do
        # shellcheck disable=SC2086
        pfa $command >"$scratch/out" || failures+="$command: $(cat "$scratch/out")"$'\n'
    done
    if [ -z "$failures" ]; then
        ok pfa-edits "${#changes[@]} commands of PostfixAdmin work on mailwright's rows"
    else
        bad pfa-edits "commands fail" "$failures"
    fi
    # The password is its owner's, so its change is no drift.
    same pfa-plan-shows-drift "the plan undoes exactly these edits" \
        "create:alias:directory:@example.net
create:alias:directory:annie@example.com
create:mailbox:directory:desk@example.com
delete:alias:directory:extra@example.com
delete:mailbox:directory:eve@example.com
update:alias:directory:sales@example.com targets
update:domain:directory:example.com settings.aliases,settings.description
update:forward:directory:bob@example.com keep_copy
update:mailbox:directory:ann@example.com display_name,quota
update:mailbox:directory:dan@example.com state" "$(drift)"
    applies pfa-apply-repairs
    same pfa-agrees-again "all its pages show what they showed before" "$before" "$(tool everything)"
    printf 'Other12345\n' >"$scratch/other"
    same pfa-keeps-password "cai's password is the one set in PostfixAdmin" yes \
        "$(tool login mailbox cai@example.com "$scratch/other")"
    log=$(tool sql "SELECT action, count(*) FROM log WHERE username LIKE 'mailwright%' GROUP BY action ORDER BY action")
    same pfa-log-words "its log page has a name for each of: $(inline <<<"$log")" none "$(tool words)"
}
