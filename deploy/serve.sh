# shellcheck shell=bash
# ./run without a word: the web server and the job worker, until somebody says stop.

serve() {
    ON_SIGNAL=0 # being told to stop is how this ends well
    exec 7>>"$VAR/run.lock"
    flock -n 7 || fail "one is running here already ($VAR/run.lock): stop it with Ctrl-C or kill, or set VAR_DIR and PORT for a second one"
    [[ $PORT =~ ^[0-9]{1,5}$ && $PORT -ge 1 && $PORT -le 65535 ]] || fail "PORT=$PORT is no port: choose a number from 1 to 65535, such as PORT=8001 ./run"
    port_free
    set_up serve
    database pg
    attend "$PYTHON" -m gis_app prepare || fail "the database could not be prepared: the reason is above"
    start_web
    wait_until_ready
    start_worker # last, so that the pages need not share the processor with it while both begin
    printf 'ready http://%s:%s\n' "$(shown_host)" "$PORT"
    watch_children
}

shown_host() { if [[ $HOST == *:* ]]; then printf '[%s]' "$HOST"; else printf '%s' "$HOST"; fi; }

# Where this computer reaches what listens on HOST.
near_host() {
    case $HOST in
        0.0.0.0) printf 127.0.0.1 ;;
        ::) printf ::1 ;;
        *) printf '%s' "$HOST" ;;
    esac
}

port_free() {
    if (exec 5<>"/dev/tcp/$(near_host)/$PORT") 2>/dev/null; then
        fail "port $PORT is taken by another program: choose another one, such as PORT=$((PORT % 65535 + 1)) ./run"
    fi
}

start_web() {
    local beat=()
    # gunicorn's heartbeat on a slow disk looks like a hanging worker.
    if [[ -w /dev/shm ]]; then beat=(--worker-tmp-dir /dev/shm); fi
    keep_small "$VAR/log/access.log" "$VAR/log/web.log" "$VAR/log/worker.log"
    # --preload: the application is read once, not once a process.
    spawn "$PYTHON" -m gunicorn gis_app.wsgi --config deploy/gunicorn.py --bind "$(shown_host):$PORT" --worker-class gthread --workers 2 --threads 8 \
        "${beat[@]}" --preload --graceful-timeout 10 --no-control-socket \
        --access-logfile "$VAR/log/access.log" --error-logfile - >>"$VAR/log/web.log" 2>&1
    WEB=$CHILD
}

start_worker() {
    spawn "$PYTHON" -m gis_app worker >>"$VAR/log/worker.log" 2>&1
    WORKER=$CHILD
}

# One old file of each log is kept.
keep_small() {
    local file
    for file in "$@"; do
        if [[ -e $file && $(stat -c %s "$file") -gt 50000000 ]]; then mv "$file" "$file.1"; fi
    done
}

# Does /readyz answer 200? In bash alone: a bare Debian has no curl.
answers() {
    local status=""
    {
        exec 5<>"/dev/tcp/$(near_host)/$PORT" || return 1
        printf 'GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n' >&5
        read -r -t 10 _ status _ <&5 || true
        exec 5>&-
    } 2>/dev/null
    [[ $status == 200 ]]
}

wait_until_ready() {
    local until=$((SECONDS + 60))
    until answers; do
        alive "$WEB" || gone "web server" "$VAR/log/web.log"
        ((SECONDS < until)) || fail "the web server does not get ready: /readyz and $VAR/log/web.log say why"
        sleep 0.1
    done
}

alive() { kill -0 "$1" 2>/dev/null; }

gone() {
    tail -n 8 "$2" | sed 's/^/    /' >&2
    fail "the $1 has stopped by itself, so everything is stopped (its last words are above, the rest is in $2)"
}

watch_children() {
    wait -n "$WEB" "$WORKER" || true
    alive "$WEB" || gone "web server" "$VAR/log/web.log"
    gone "job worker" "$VAR/log/worker.log"
}
