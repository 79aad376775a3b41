# Sourced by run.sh and test.sh: makes .venv from a lock file on first use, or when it changed.
# Everything it says goes to standard error, since standard output belongs to the command.

find_python() {
    for candidate in python3.11 python3.12 python3.13 python3.14 python3; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "vahta: Python 3.11 or newer is needed (Debian: apt install python3)" >&2
    exit 2
}

# Debian without python3-venv has venv but not ensurepip: make it bare, and let the system's
# pip install into it from outside.
bare_environment() {
    if "$1" -m venv "$here/.venv" >/dev/null 2>&1; then
        return
    fi
    rm -rf "$here/.venv"
    "$1" -m venv --without-pip "$here/.venv" >&2
}

install() {
    if command -v uv >/dev/null 2>&1; then
        uv pip install --quiet --python "$here/.venv/bin/python" "$@" >&2
    elif "$here/.venv/bin/python" -m pip --version >/dev/null 2>&1; then
        "$here/.venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >&2
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m pip --python "$here/.venv/bin/python" install \
            --quiet --disable-pip-version-check "$@" >&2
    else
        echo "vahta: pip is needed (Debian: apt install python3-pip)" >&2
        exit 2
    fi
}

# environment LOCK [SMALLER_LOCK]: LOCK is installed; SMALLER_LOCK is contained in it.
environment() {
    made_from=$(cat "$here/$1" "$here/pyproject.toml" | cksum)
    stamp="$here/.venv/$1.stamp"
    if [ "$(cat "$stamp" 2>/dev/null)" = "$here $made_from" ]; then
        return
    fi
    # Two terminals at once: the second waits, then finds the work done.
    exec 9>"$here/.environment.lock"
    command -v flock >/dev/null 2>&1 && flock 9
    if [ "$(cat "$stamp" 2>/dev/null)" != "$here $made_from" ]; then
        python=$(find_python) || exit 2
        echo "vahta: installing into .venv (once; about half a minute) ..." >&2
        [ -x "$here/.venv/bin/python" ] || bare_environment "$python"
        install --require-hashes -r "$here/$1" || exit 2
        install --no-deps --no-build-isolation --editable "$here" || exit 2
        for lock in "$@"; do
            echo "$here $(cat "$here/$lock" "$here/pyproject.toml" | cksum)" >"$here/.venv/$lock.stamp"
        done
    fi
    exec 9>&-
}
