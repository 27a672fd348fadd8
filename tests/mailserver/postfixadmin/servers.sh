# shellcheck shell=bash disable=SC2034,SC2154
# Databases on the servers that tests/databases/run has started.

# start_server ENGINE: where its server listens, and who may make databases there.
start_server() {
    local address=
    case $1 in
    postgres) address=$MAILWRIGHT_TEST_POSTGRES ;;
    mysql) address=$MAILWRIGHT_TEST_MYSQL ;;
    esac
    # scheme://USER:PASSWORD@127.0.0.1:PORT/NAME
    address=${address#*://}
    user=${address%%:*}
    password=${address#*:} password=${password%%@*}
    port=${address##*:} port=${port%%/*}
}

# use TYPE DATABASE: which one PostfixAdmin works on from now on.
use() { export PFA_TYPE=$1 PFA_NAME=$2 PFA_USER=$user PFA_PASSWORD=$password PFA_PORT=$port; }

# new_database NAME: an empty one. What characters a MySQL database takes for granted depends on its maker: Debian's
# server says utf8mb4, others latin1, so there is one of each.
new_database() {
    local characters=latin1
    [ "$1" != own ] || characters=utf8mb4
    case $engine in
    sqlite) mkdir -p "$scratch/sqlite" ;;
    postgres) use pgsql postgres && tool sql "CREATE DATABASE $1" ;;
    mysql) use mysqli mysql && tool sql "CREATE DATABASE $1 CHARACTER SET $characters" ;;
    esac
    use_database "$1"
}

# use_database NAME: for PostfixAdmin and, as `$database` in YAML, for mailwright.
use_database() {
    database='{env: MAIL_DATABASE_URL}'
    case $engine in
    sqlite)
        use sqlite "$scratch/sqlite/$1.db"
        database="\"sqlite:$scratch/sqlite/$1.db\""
        ;;
    postgres)
        use pgsql "$1"
        export MAIL_DATABASE_URL=postgres://$user:$password@127.0.0.1:$port/$1
        ;;
    mysql)
        use mysqli "$1"
        export MAIL_DATABASE_URL=mysql://$user:$password@127.0.0.1:$port/$1
        ;;
    esac
}
