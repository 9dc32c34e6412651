# shellcheck shell=bash
# What comes from the distribution: Python, PostgreSQL with PostGIS, and for tests a browser.
# Tried on Debian 12; written for Ubuntu 24.04 too, and not tried there.

WANTED=()
REASONS=()

want() {
    WANTED+=("$1")
    REASONS+=("$2")
}

# A Python that is new enough; Debian splits ensurepip, which `-m venv` needs, into a package of its own.
system_python() {
    local name
    for name in python3 python3.11 python3.12 python3.13; do
        if "$name" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name" && return
        fi
    done
    return 1
}

old_python() { command -v python3 >/dev/null && ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; }

# Majors that have both a server and PostGIS here, highest first.
postgres_majors() {
    local control major
    for control in /usr/share/postgresql/*/extension/postgis.control; do
        major=${control#/usr/share/postgresql/}
        major=${major%%/*}
        if [[ -x /usr/lib/postgresql/$major/bin/initdb ]]; then printf '%s\n' "$major"; fi
    done | sort -rn
}

look_for_missing() {
    WANTED=() REASONS=()
    if [[ ! -x $PYTHON ]] && ! system_python >/dev/null; then
        if old_python; then fail "Python 3.11 or newer is needed and this system's is $(python3 -V): use Debian 12 or Ubuntu 24.04, or install python3.11 with its venv"; fi
        want python3 "runs the system"
        want python3-venv "keeps its libraries apart from the computer's"
    fi
    if [[ $1 != none && -z ${DATABASE_URL:-} && -z $(postgres_majors) ]]; then
        want postgresql "the database"
        want postgresql-postgis "maps in the database"
    fi
    [[ -e /usr/share/zoneinfo/Asia/Shanghai ]] || want tzdata "the county's clock"
    if [[ $1 != none ]]; then
        compgen -G '/usr/lib/*/libpangoft2-1.0.so.0' >/dev/null || want libpangoft2-1.0-0 "bulletins as PDF"
        compgen -G '/usr/lib/*/libharfbuzz-subset.so.0' >/dev/null || want libharfbuzz-subset0 "bulletins as PDF"
        compgen -G '/usr/share/fonts/*/noto/NotoSansCJK*' >/dev/null || want fonts-noto-cjk "documents and maps in Chinese"
    fi
}

look_for_test_tools() {
    WANTED=() REASONS=()
    command -v "${CHROMIUM:-chromium}" >/dev/null || want chromium "tests walk through the pages"
    compgen -G '/usr/lib/*/libatomic.so.1' >/dev/null || want libatomic1 "what drives the browser is linked to it"
    command -v msgfmt >/dev/null || want gettext "tests check the translations"
}

# Sets AS_ROOT to what makes a command run as root; false when nothing does.
find_root() {
    AS_ROOT=()
    ((EUID == 0)) && return
    AS_ROOT=(sudo)
    command -v sudo >/dev/null && { sudo -n true 2>/dev/null || { [[ -t 0 ]] && sudo true; }; }
}

install_line() { printf 'apt-get update && apt-get install -y --no-install-recommends %s' "${WANTED[*]}"; }

# Debian would make a cluster of its own on port 5432 and start it; ours is private. A computer that
# already has PostgreSQL keeps the choice it made.
no_main_cluster() {
    local folder=/etc/postgresql-common
    [[ " ${WANTED[*]} " == *" postgresql "* && ! -e $folder ]] || return 0
    "${AS_ROOT[@]}" mkdir -p $folder/createcluster.d
    echo 'create_main_cluster = false' | "${AS_ROOT[@]}" tee $folder/createcluster.d/private-only.conf >/dev/null
}

# In the foreground: a signal waits until dpkg has finished, for half an installation is nobody's friend.
as_root() { "${AS_ROOT[@]}" env DEBIAN_FRONTEND=noninteractive "$@" 6>&-; }
apt_get() { as_root apt-get -o DPkg::Lock::Timeout=300 -q "$@"; }

fetch_packages() {
    apt_get update || return
    apt_get install -y --no-install-recommends "${WANTED[@]}" && return
    # An installation that was cut off earlier is finished first.
    as_root dpkg --configure -a && apt_get install -y --no-install-recommends "${WANTED[@]}"
}

announce() {
    local i
    say "To be installed from the distribution:"
    for i in "${!WANTED[@]}"; do say "  ${WANTED[i]}: ${REASONS[i]}"; done
}

install_missing() {
    ((${#WANTED[@]})) || return 0
    command -v apt-get >/dev/null || fail "needed and missing here: ${WANTED[*]}; on Debian 12 or Ubuntu 24.04 this installs them, elsewhere an administrator must"
    announce
    find_root || fail "only an administrator may install these; ask one to type: $(install_line)"
    enough_room / 700
    no_main_cluster
    logged "Installing" fetch_packages || setup_failed "the distribution's packages could not be installed: check the network and /etc/apt, then run this again"
    look_for_missing "$1"
    ((${#WANTED[@]} == 0)) || fail "still missing after installing: ${WANTED[*]}; this distribution seems too old (Debian 12 or Ubuntu 24.04 are right)"
}

# Tests of pages skip without a browser, so this one only asks.
install_test_tools() {
    look_for_test_tools
    ((${#WANTED[@]})) || return 0
    announce
    if ! find_root; then
        say "Only an administrator may install these; without them some tests skip: $(install_line)"
        return 0
    fi
    logged "Installing" fetch_packages || say "They could not be installed ($SETUP_LOG says why); the tests that need them will skip."
}
