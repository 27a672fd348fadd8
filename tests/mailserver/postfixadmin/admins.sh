# shellcheck shell=bash disable=SC2154
# Administrators that mailwright declares, in the database of wright_first.

administrators() {
    local before out failures='' command
    local rows="SELECT username, domain FROM domain_admins ORDER BY username, domain"
    use_database wright
    config=$scratch/$engine-wright
    cat >"$config/administrators.yaml" <<'YAML'
administrators:
  directory:
    admin@example.com: {domains: [example.com], password: {generate: {dir: passwords, keep: true}}}
    both@example.com: {full: false, domains: [example.com, example.net]}
    root@example.com: {full: true, password: {generate: {dir: passwords, keep: true}}}
YAML
    applies pfa-admin-creates || return
    shows pfa-admin-view "$(view admin admin@example.com)" "Admin: admin@example.com" "Domains: 1" "Active: YES"
    shows pfa-admin-view-full "$(view admin root@example.com)" "Domains: Super admin" "Active: YES"
    same pfa-admin-owns "admin has example.com, both has two, root has all" \
        "example.com / example.com,example.net / example.com,example.net all" \
        "$(tool owns admin@example.com) / $(tool owns both@example.com) / $(tool owns root@example.com)"
    same pfa-admin-login "admin and root yes; with another password no; both, which has none, no" "yes yes no no" "$(
        { tool login admin admin@example.com "$config/passwords/admin@example.com"
          tool login admin root@example.com "$config/passwords/root@example.com"
          tool login admin admin@example.com "$scratch/wrong"
          tool login admin both@example.com "$scratch/wrong"; } | inline)"
    same pfa-admin-log-words "its log page has a name for all actions" none "$(tool words)"
    before=$(tool everything)
    for command in \
        "admin update admin@example.com --domains example.net" \
        "admin update both@example.com --superadmin 1" \
        "admin add new@example.com --password Secret12345 --password2 Secret12345 --domains example.com"; do
        # shellcheck disable=SC2086
        out=$(pfa $command) || failures+="$command: $out"$'\n'
    done
    same pfa-admin-edits "3 commands of PostfixAdmin work on mailwright's rows" "" "$failures"
    same pfa-admin-drift "the plan undoes exactly these edits" \
        "delete:administrator:directory:new@example.com
update:administrator:directory:admin@example.com domains
update:administrator:directory:both@example.com full" "$(drift)"
    applies pfa-admin-repairs
    same pfa-admin-agrees-again "its pages show what they showed before" "$before" "$(tool everything)"
    sed -i 's/\(admin\|both\)@example.com: .*/\1@example.com: absent/' "$config/administrators.yaml"
    applies pfa-admin-absent
    same pfa-admin-gone "neither admin nor domain_admins has them" "root@example.com root@example.com|ALL" \
        "$(tool sql 'SELECT username FROM admin ORDER BY username' | inline) $(tool sql "$rows" | inline)"
    same pfa-admin-stays "root still has all" "example.com,example.net all" "$(tool owns root@example.com)"
}
