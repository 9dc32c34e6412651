# shellcheck shell=bash
# One file that holds a county's system: the database, the photos, the hotline files that are not taken in yet with the rows
# that were refused, and the keys without which contacts stay unreadable, roots unproved and posts to programs refused.
# Whoever has the file has everything in it: it is written 0600.

KEPT=(media secret_key contact.key root.key webhook.key roots demo-accounts.txt) # of var/, beside the database
WAITING=hotline # of var/ too: files that are written and removed as work goes on

backup() {
    (($# == 1)) || fail "where to? ./run backup /some/where/chaxiang.tar"
    local file work
    file=$(from_caller "$1")
    [[ -d $(dirname "$file") ]] || fail "there is no folder $(dirname "$file"): make it, or name another file"
    [[ ! -e $file ]] || fail "$file is there already: name another file"
    set_up serve
    database pg
    umask 077
    find_postgres_tools
    work=$(work_folder)
    copy_waiting "$VAR" "$work" # one that is taken in while the database is read still waits in what was read
    logged "Writing the database" attend "$POSTGRES/pg_dump" -Fc -Z1 --no-owner -d "$(plain_url)" -f "$work/database" || setup_failed "the database could not be read"
    copy_kept "$VAR" "$work"
    copy_waiting "$VAR" "$work" # and one that came meanwhile
    (cd "$work" && find . -type f ! -name digests -print0 | sort -z | xargs -0 sha256sum >digests)
    logged "Writing the file" attend tar -C "$work" -cf "$file.part" . || setup_failed "the backup could not be written"
    rm -rf "$work"
    mv "$file.part" "$file"
    say "$(du -h "$file" | cut -f1) in $file; it holds the keys too, so keep it where only you can read it."
}

restore() {
    local force=0 file="" word
    for word in "$@"; do
        if [[ $word == --force ]]; then force=1; else file=$word; fi
    done
    [[ -n $file ]] || fail "which file? ./run restore /some/where/chaxiang.tar"
    file=$(from_caller "$file")
    [[ -r $file ]] || fail "$file cannot be read"
    exec 7>>"$VAR/run.lock"
    flock -n 7 || fail "the system is running: stop it, then restore"
    set_up serve
    database pg
    umask 077
    find_postgres_tools
    if (($(count_tables "$(plain_url)"))) && ((!force)); then fail "the database is not empty: \`./run restore FILE --force\` replaces it (take a backup first)"; fi
    nobody_uses_it
    unpack_checked "$file"
    restore_database
    restore_kept
    rm -rf "$WORK"
    say "Restored from $file. ./run serves it."
}

# A file's full path, seen from where the person stood.
from_caller() { (cd "$CALLER" && realpath -m -- "$1"); }

# Our own PostgreSQL's programs, or with DATABASE_URL the newest that are here.
find_postgres_tools() {
    [[ -n $POSTGRES ]] && return
    POSTGRES=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1)
    [[ -n $POSTGRES ]] || fail "pg_dump is needed: apt-get install -y postgresql-client"
}

plain_url() { printf '%s' "postgresql://${DATABASE_URL#*://}"; }
url_of() { printf '%s' "$(plain_url | sed -E 's#/[^/?]*(\?|$)#/'"$1"'\1#')"; }
count_tables() { "$POSTGRES/psql" -X -At -d "$1" -c "select count(*) from information_schema.tables where table_schema = 'public' and table_name = 'django_migrations'"; }

# On the disk of var/, so that photos are linked, not copied, while the file is made.
work_folder() {
    rm -rf "$VAR/backup.work"
    mkdir "$VAR/backup.work"
    printf '%s' "$VAR/backup.work"
}

copy_kept() {
    local name one
    for name in "${KEPT[@]}"; do
        [[ -e $1/$name ]] || continue
        if [[ ! -d $1/$name ]]; then
            link_or_copy "$1/$name" "$2/"
            continue
        fi
        mkdir "$2/$name"
        # Not the pictures of reports that are being sent at this moment: they come and go.
        while IFS= read -r -d '' one; do link_or_copy "$one" "$2/$name/"; done < <(find "$1/$name" -mindepth 1 -maxdepth 1 ! -name unfinished -print0)
    done
}

# Copied, not linked: a file may be written at this moment. Not those with a dot, which are half sent.
copy_waiting() {
    local one
    [[ -d $1/$WAITING ]] || return 0
    mkdir -p "$2/$WAITING"
    while IFS= read -r -d '' one; do
        cp -a "$one" "$2/$WAITING/" 2>>"$SETUP_LOG" || [[ ! -e $one ]] || fail "$one could not be copied: is there room on the disk?"
    done < <(find "$1/$WAITING" -mindepth 1 -maxdepth 1 -type f ! -name '.*' -print0)
}

link_or_copy() { cp -al "$1" "$2" 2>/dev/null || cp -a --remove-destination "$1" "$2"; }

# Nothing of the running system is touched before the file has proved whole.
unpack_checked() {
    WORK=$(work_folder)
    logged "Reading the file" attend tar -C "$WORK" --no-same-owner -xf "$1" || setup_failed "$1 is not a whole backup"
    [[ -s $WORK/digests && -s $WORK/database ]] || fail "$1 is not a backup of this system"
    (cd "$WORK" && sha256sum --quiet -c digests >>"$SETUP_LOG" 2>&1) || setup_failed "$1 is damaged: what is in it is not what was written"
}

# A service elsewhere, or somebody's shell: told before the work is done, not after it.
nobody_uses_it() {
    local others
    others=$("$POSTGRES/psql" -X -At -d "$(plain_url)" -c "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'")
    ((others == 0)) || fail "the database is in use by $others connections: stop what uses it, then restore again; nothing has been touched"
}

# Into a new database that takes the place of the old one when it is complete.
restore_database() {
    local name admin
    name=$(plain_url | sed -E 's#.*/([^/?]*)(\?.*)?$#\1#')
    admin=$(url_of postgres)
    "$POSTGRES/psql" -X -q -d "$admin" -c 'set client_min_messages = warning' -c "drop database if exists \"${name}_new\"" -c "create database \"${name}_new\"" ||
        fail "a database cannot be made: the user of DATABASE_URL must be allowed to"
    # Without rights: they may be those of readers whom this cluster does not know. `reader --name` gives them again.
    logged "Reading the database" attend "$POSTGRES/pg_restore" --no-owner --no-privileges --exit-on-error -j2 -d "$(url_of "${name}_new")" "$WORK/database" ||
        setup_failed "the database could not be restored; the old one is untouched"
    "$POSTGRES/psql" -X -q -d "$admin" -v ON_ERROR_STOP=1 -c "drop database \"$name\"" -c "alter database \"${name}_new\" rename to \"$name\"" ||
        fail "the old database is in use: stop what uses it, then restore again"
}

# What was there stays beside it until somebody deletes it.
restore_kept() {
    local name old
    old=$VAR/before-restore-$(date +%Y%m%d-%H%M%S)
    mkdir "$old"
    for name in "${KEPT[@]}" "$WAITING"; do
        if [[ -e $VAR/$name ]]; then mv "$VAR/$name" "$old/"; fi
        if [[ -e $WORK/$name ]]; then mv "$WORK/$name" "$VAR/"; fi
    done
    rmdir "$old" 2>/dev/null || say "The photos, files and keys from before are in $old."
}
