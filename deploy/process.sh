# shellcheck shell=bash
# Children and signals: whatever ends this script also ends what it started.

CHILDREN=()
PATIENT=0 # 1: the child answers Ctrl-C itself (pytest prints its summary) and we wait for it

watch_signals() {
    trap 'interrupted TERM' TERM
    trap 'interrupted HUP' HUP
    trap 'interrupted INT' INT
    trap finish EXIT
}

# A script that starts us with & makes us deaf to SIGINT, and bash cannot undo that from inside: begin again.
hear_interrupts() {
    local ignored
    ignored=$(awk '$1 == "SigIgn:" {print $2}' "/proc/$$/status")
    if ((0x$ignored & 2)); then exec env --default-signal=INT "$ROOT/run" "$@"; fi
}

interrupted() {
    if [[ $1 == INT && $PATIENT == 1 ]]; then
        # A terminal gives Ctrl-C to the child as well; a `kill -INT` reaches us alone.
        [[ -t 0 ]] || kill -INT "${CHILDREN[@]}" 2>/dev/null || true
        return 0
    fi
    exit "${ON_SIGNAL:-143}"
}

finish() {
    local code=$?
    trap '' TERM INT HUP # a second Ctrl-C must not leave the database half stopped
    trap - EXIT
    stop_children
    cluster_leave
    exit "$code"
}

stop_children() {
    local pid deadline=$((SECONDS + 15))
    for pid in "${CHILDREN[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in "${CHILDREN[@]}"; do
        while kill -0 "$pid" 2>/dev/null; do
            if ((SECONDS >= deadline)); then kill -KILL "$pid" 2>/dev/null || true; fi
            sleep 0.05
        done
    done
    CHILDREN=()
}

# Start a child that dies with us even when we are killed without a chance to tidy up, that Ctrl-C can
# reach (bash makes background children deaf to it), and that does not hold our locks. Its pid: CHILD.
spawn() {
    # We may be killed before the child has asked to be told: it looks whose child it is.
    env --default-signal=INT setpriv --pdeathsig TERM -- \
        bash -c '[[ $PPID == "$0" ]] && exec "$@"' "$$" "$@" <&0 6>&- 7>&- 8>&- 9>&- &
    CHILD=$!
    CHILDREN+=("$CHILD")
}

# Run a child to its end, answering signals meanwhile; its exit code is ours.
attend() {
    spawn "$@"
    await
}

# Wait for CHILD to its end; a signal that we answer meanwhile does not end that.
await() {
    local code=0
    wait "$CHILD" || code=$?
    while kill -0 "$CHILD" 2>/dev/null; do
        code=0
        wait "$CHILD" || code=$?
    done
    CHILDREN=()
    return "$code"
}

# Run a long quiet step: WHAT on the screen with a dot every two seconds, its output in the log.
logged() {
    local what=$1 from=$SECONDS ticker code=0
    shift
    printf '%s ' "$what" >&2
    # Waiting inside the shell: a `sleep` would live on for a moment after its shell is gone.
    spawn bash -c 'exec 3<> <(:); while ! read -r -t 2 <&3; do printf . >&2; done'
    ticker=$CHILD
    "$@" >>"$SETUP_LOG" 2>&1 || code=$?
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    say " $((SECONDS - from)) s"
    return "$code"
}

setup_failed() {
    tail -n 12 "$SETUP_LOG" | sed 's/^/    /' >&2
    fail "$1 (the end of $SETUP_LOG is above)"
}
