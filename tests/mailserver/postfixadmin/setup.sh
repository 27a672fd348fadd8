# shellcheck shell=bash disable=SC2154
# What must be on the machine, and PostfixAdmin in the scratch folder.

# install_packages ENGINE...: PHP with the engines' drivers.
install_packages() {
    local wanted=(php-cli php-mbstring php-sqlite3)
    for engine in "$@"; do
        case $engine in
        postgres) wanted+=(php-pgsql) ;;
        mysql) wanted+=(php-mysql) ;;
        esac
    done
    "$root/tests/install" "${wanted[@]}" || skip "${wanted[*]}"
}

apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o DPkg::Lock::Timeout=600 -o APT::Sandbox::User=root "$@"
}

# The package is unpacked, not installed: its dependencies would bring a web server.
unpack_postfixadmin() {
    local home=$scratch/postfixadmin
    mkdir "$scratch/deb"
    if ! (cd "$scratch/deb" && { apt download postfixadmin || { apt update && apt download postfixadmin; }; }) \
        >"$scratch/apt.log" 2>&1; then
        tail -n 20 "$scratch/apt.log" >&2
        skip "Debian's package postfixadmin"
    fi
    dpkg-deb -x "$scratch"/deb/postfixadmin_*.deb "$scratch/deb"
    cp -a "$scratch/deb/usr/share/postfixadmin" "$home"
    # These point into /etc and /var.
    find "$home" -type l \( -name 'config.*.php' -o -name templates_c \) -delete
    mkdir "$home/templates_c"
    cp "$scratch/deb/etc/postfixadmin/config.inc.php" "$here/config.local.php" "$home/"
    # Debian's settings expect the file that dbconfig-common writes.
    # shellcheck disable=SC2016
    printf '<?php $dbtype = $dbuser = $dbpass = $dbname = "";\n' >"$home/dbconfig.inc.php"
}

# PostfixAdmin's command line. It ends with 0 and a message where a statement failed, so the message is looked for.
pfa() {
    local out code=0
    out=$(php "$scratch/postfixadmin/scripts/postfixadmin-cli.php" "$@" 2>&1) || code=$?
    out=$(grep -vE '^$|^-+$|^Welcome to Postfixadmin-CLI' <<<"$out")
    printf '%s\n' "$out"
    [ "$code" -eq 0 ] && ! grep -qE 'Invalid query|PHP (Warning|Fatal|Deprecated)|^Error:' <<<"$out"
}

# What `view` shows, one `Label: value` a line, less the times.
view() {
    pfa "$1" view "$2" | sed -E 's/^ *([^:]+): */\1: /; s/ +$//' \
        | grep -vE '^(Last modified|Created|Pass expires):'
}

# PostfixAdmin's classes, see tool.php.
tool() { php "$here/tool.php" "$scratch/postfixadmin" "$@"; }

upgrade() { (cd "$scratch/postfixadmin/public" && php upgrade.php 2>&1); }
