# shellcheck shell=bash
# Private PostgreSQL clusters: one for the county (pg) and one for tests (testpg), reached by a socket alone.
#
# Several commands may use a cluster at once. Each holds a shared lock on NAME.lock; who leaves last
# stops it. NAME.gate lets only one of them start or stop it at a time.

CLUSTER="" DATA="" POSTGRES=""

# Connect with DATABASE_URL from outside, or with the private cluster NAME.
database() {
    if [[ -n ${DATABASE_URL:-} ]]; then
        foreign_database
        return
    fi
    # PGHOST and the like would send our tools to another server.
    local name
    for name in "${!PG@}"; do unset "$name"; done
    cluster_enter "$1"
}

foreign_database() {
    local code='import os, sys, psycopg2
try:
    c = psycopg2.connect(os.environ["DATABASE_URL"].replace("postgis://", "postgresql://", 1), connect_timeout=5).cursor()
    c.execute("select 1 from pg_available_extensions where name = %s", ["postgis"])
    sys.exit(None if c.fetchone() else "it has no PostGIS")
except psycopg2.Error as error:
    sys.exit(" ".join(str(error).split()))'
    local why
    why=$("$PYTHON" -c "$code" 2>&1) || fail "the database of DATABASE_URL cannot be used: $why. Correct DATABASE_URL, or unset it for a private database"
}

cluster_enter() {
    CLUSTER=$1
    exec 8>"$VAR/$CLUSTER.gate" 9>"$VAR/$CLUSTER.lock"
    flock 8
    cluster_places
    [[ -s $DATA/PG_VERSION ]] || cluster_make
    choose_postgres "$(<"$DATA/PG_VERSION")"
    cluster_running || cluster_start
    flock -s 9
    flock -u 8
    database_make "${DATABASE_NAME:-chaxiang}"
}

cluster_leave() {
    [[ -n $CLUSTER ]] || return 0
    flock 8
    if flock -n -x 9 && cluster_running; then
        as_owner "$POSTGRES/pg_ctl" -s -w -t 120 -m fast -D "$DATA" stop || say "The database did not stop; $DATA/log says why."
    fi
    CLUSTER=""
    exec 8>&- 9>&-
}

# Sets DATA, SOCKET and OWNER. Root may not run PostgreSQL: then the owner is `postgres`, who has to get there.
cluster_places() {
    local home=$VAR
    # pg_ctl hands its folder to a shell in double quotes.
    if [[ $VAR == *[\"\$\`\\]* ]]; then fail "PostgreSQL cannot live in a folder with such a name: $VAR; choose another one with VAR_DIR=/some/folder"; fi
    OWNER=$(id -un)
    if ((EUID == 0)); then OWNER=postgres; fi
    if [[ -s $VAR/cluster_home ]]; then
        home=$(<"$VAR/cluster_home")
    elif [[ ! -d $VAR/$CLUSTER ]] && ! as_owner test -x "$VAR"; then
        home=/var/lib/chaxiang/$(sha256sum <<<"$VAR" | cut -c1-12)
        say "PostgreSQL's user may not enter $VAR: its files go to $home."
        mkdir -p -m 0711 /var/lib/chaxiang "$home"
        printf '%s\n' "$home" >"$VAR/cluster_home"
    fi
    DATA=$home/$CLUSTER
    if [[ -d $DATA ]]; then OWNER=$(stat -c %U "$DATA"); fi
    ((EUID == 0)) || [[ $OWNER == "$(id -un)" ]] || fail "$DATA belongs to $OWNER: run this as that user, or as root"
    as_owner test -x "$home" || fail "the user $OWNER may not enter $home and its database is there: type chmod o+x on the folders above it"
    socket_place "$home"
}

# A socket's path must fit into 107 bytes, so a checkout deep down has its socket under /tmp.
socket_place() {
    local suffix=/.s.PGSQL.5432 note=$VAR/$CLUSTER.socket
    SOCKET=$1/sock
    if [[ $CLUSTER != pg ]]; then SOCKET=$1/sock-$CLUSTER; fi
    if (($(printf %s "$SOCKET$suffix" | wc -c) > 107)); then
        SOCKET=""
        if [[ -s $note ]]; then SOCKET=$(<"$note"); fi
        # After a restart /tmp is empty, or somebody else may have taken the name.
        if [[ ! -d $SOCKET || $(stat -c %U "$SOCKET") != "$OWNER" ]]; then
            SOCKET=$(mktemp -d /tmp/chaxiang-XXXXXX)
            printf '%s\n' "$SOCKET" >"$note"
        fi
    fi
    mkdir -p "$SOCKET"
    if ((EUID == 0)); then chown "$OWNER": "$SOCKET"; fi
    chmod 0770 "$SOCKET" # the cluster trusts whoever reaches its socket
}

# cd /: the owner cannot enter root's home, and PostgreSQL's programs complain where they stand.
as_owner() {
    if [[ $OWNER == "$(id -un)" ]]; then
        (cd / && exec "$@")
    else
        (cd / && exec runuser -u "$OWNER" -- "$@")
    fi
}

# Sets POSTGRES to the programs of major $1, or of the highest major that has PostGIS.
choose_postgres() {
    local majors
    majors=$(postgres_majors)
    if [[ -n $1 ]] && ! grep -qx "$1" <<<"$majors"; then
        fail "$DATA was made by PostgreSQL $1, and this computer has ${majors//$'\n'/, }: install it beside (apt-get install -y postgresql-$1-postgis-3)," \
            "or take a backup where $1 still is, move $DATA away and give the backup to ./run restore"
    fi
    POSTGRES=/usr/lib/postgresql/${1:-${majors%%$'\n'*}}/bin
}

# Made beside its place and moved there last: an interrupted first start leaves nothing that looks whole.
cluster_make() {
    local fresh=$DATA.new durable=()
    [[ ! -e $DATA ]] || fail "$DATA is there but is no database (PG_VERSION is missing): move it away, then run this again"
    enough_room "$(dirname "$DATA")" 1000
    choose_postgres ""
    if [[ $CLUSTER == testpg ]]; then durable=(--no-sync); fi
    rm -rf "$fresh"
    mkdir -m 0700 "$fresh"
    if ((EUID == 0)); then chown "$OWNER": "$fresh"; fi
    # C.UTF-8: under C, PostgreSQL sees no letters in Chinese words.
    logged "Making the database" as_owner "$POSTGRES/initdb" -D "$fresh" -U app --auth=trust --locale=C.UTF-8 -E UTF8 "${durable[@]}" ||
        setup_failed "the database could not be made"
    as_owner tee -a "$fresh/postgresql.conf" >/dev/null <<<"include_if_exists = 'chaxiang.conf'"
    mv "$fresh" "$DATA"
}

cluster_settings() {
    local folder=${SOCKET//\"/\"\"} # a list of quoted folders inside a quoted string
    cat <<CONF
# Written at every start by ./run.
listen_addresses = ''
port = 5432
unix_socket_directories = '"${folder//\'/\'\'}"'
unix_socket_permissions = 0770
max_connections = 100
shared_buffers = 256MB
effective_cache_size = 1GB
random_page_cost = 1.1
logging_collector = on
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_size = 0
CONF
    # What a test writes may be lost with the power.
    if [[ $CLUSTER == testpg ]]; then printf '%s = off\n' fsync full_page_writes synchronous_commit; fi
}

# Is it ours that runs? After a crash the pid in postmaster.pid may be another program's; PostgreSQL
# would wait for that one for ever, so such a file goes.
cluster_running() {
    local pid
    pid=$(head -n 1 "$DATA/postmaster.pid" 2>/dev/null) || return 1
    if [[ -n $pid ]] && tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qxF -- "$DATA"; then return 0; fi
    rm -f "$DATA/postmaster.pid"
    return 1
}

cluster_start() {
    cluster_settings | as_owner tee "$DATA/chaxiang.conf" >/dev/null
    # The server outlives us when another command still uses it, so it must not hold our locks.
    as_owner "$POSTGRES/pg_ctl" -s -w -t 300 -D "$DATA" -l "$DATA/start.log" start >>"$SETUP_LOG" 2>&1 7>&- 8>&- 9>&- && return
    as_owner tail -n 5 "$DATA/start.log" | sed 's/^/    /' >&2
    fail "the database in $DATA does not start (its last words are above, the rest is in $DATA/log)"
}

ask() { "$POSTGRES/psql" -X -q -h "$SOCKET" -U app -v ON_ERROR_STOP=1 -At "$@"; }

# Sets DATABASE_URL to the database NAME of the private cluster, made when it is not there.
database_make() {
    local from
    until [[ $(ask -d postgres -c "select 1 from pg_database where datname = '$1'") == 1 ]]; do
        # Another command may make it at this moment.
        ask -d postgres -c "create database \"$1\"" 2>>"$SETUP_LOG" || sleep 0.2
    done
    ask -d "$1" -c 'set client_min_messages = warning' -c 'create extension if not exists postgis' >>"$SETUP_LOG" 2>&1 ||
        setup_failed "PostGIS could not be added to the database"
    from=$("$PYTHON" -c 'import sys, urllib.parse; print(urllib.parse.quote(sys.argv[1], safe=""))' "$SOCKET")
    export DATABASE_URL="postgis://app@$from:5432/$1"
}
