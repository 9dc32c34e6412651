# shellcheck shell=bash
# The Python environment .venv, made from requirements.txt with every file's digest checked.

# A stamp inside .venv says what it was made from. It is written last: without it, .venv is half-made.
environment_digest() { cat "$ROOT/requirements.txt" "$ROOT/deploy/uv.txt" | sha256sum | cut -d' ' -f1; }
environment_ready() { [[ -r $VENV/made-from && $(<"$VENV/made-from") == "$(environment_digest)" ]] && "$PYTHON" -c '' 2>/dev/null; }

# uv does not read pip's settings; a mirror configured for pip is meant for it too.
use_pip_mirror() {
    [[ -z ${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-} ]] || return 0
    local index
    index=${PIP_INDEX_URL:-$("$PYTHON" -m pip config get global.index-url 2>/dev/null || true)}
    if [[ -n $index ]]; then export UV_DEFAULT_INDEX=$index; fi
}

make_environment() {
    local python
    python=$(system_python) || fail "Python 3.11 or newer with its venv module is needed: apt-get install -y python3 python3-venv"
    enough_room "$ROOT" 1000
    if [[ -e $VENV/made-from ]] && "$PYTHON" -c '' 2>/dev/null; then
        rm -f "$VENV/made-from"
    else
        logged "Making the Python environment" attend "$python" -m venv --clear "$VENV" || setup_failed "the Python environment could not be made"
    fi
    use_pip_mirror
    export UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-300} UV_LINK_MODE=${UV_LINK_MODE:-copy}
    logged "Fetching the installer" attend "$PYTHON" -m pip install -q --disable-pip-version-check --require-hashes -r "$ROOT/deploy/uv.txt" ||
        setup_failed "the installer uv could not be fetched: check the network (pip's settings name a mirror), then run this again"
    logged "Fetching the libraries" attend "$VENV/bin/uv" pip sync -q --python "$PYTHON" --require-hashes "$ROOT/requirements.txt" ||
        setup_failed "the libraries could not be fetched: check the network (pip's settings name a mirror), then run this again"
    environment_digest >"$VENV/made-from"
}

# Everything that is not there yet. KIND: serve, test, or none (no database).
set_up() {
    exec 6>"$VAR/setup.lock"
    flock 6 # two first starts at once: the second waits and finds everything done
    look_for_missing "$1"
    install_missing "$1"
    if [[ $1 == test ]]; then install_test_tools; fi
    environment_ready || make_environment
    exec 6>&-
}
