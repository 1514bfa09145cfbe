#!/bin/sh
# Prepares .venv with the exact packages of one lock: `sh requirements/setup.sh run` (or dev), from the project's folder.
# Uses uv where it is installed and pip where not; checks every package against its hash. Safe to run again at any time.
# PYTHON=/path/to/python chooses the interpreter.
set -eu

lock=requirements/$1.lock
export PIP_USER=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1
unset PYTHONHOME PYTHONPATH PIP_TARGET PIP_PREFIX VIRTUAL_ENV

fail() {
    printf 'Mulakat: %s\n' "$*" >&2
    exit 1
}

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for each in "${PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python3.11; do
        if new_enough "$each"; then
            printf '%s\n' "$each"
            return
        fi
    done
    fail "Python 3.11 or newer is needed, and found is $(python3 --version 2>/dev/null || echo none)." \
        "Mend: apt-get install python3 python3-venv (Debian 12, Ubuntu 24.04 or newer), or name one: PYTHON=... make"
}

make_venv() {
    python=$(find_python)
    rm -rf .venv
    if [ -n "$uv" ] && uv venv -q --python "$python" .venv; then
        return
    fi
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python has no venv module. Mend: apt-get install python3-venv (Debian, Ubuntu), or install uv."
    "$python" -m venv .venv
}

install_by_uv() {
    [ -n "$uv" ] && uv pip install -q --require-hashes --python .venv/bin/python -r "$lock"
}

install_by_pip() {
    # A .venv that uv made has no pip of its own.
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null 2>&1 ||
        fail ".venv has no pip. Mend: apt-get install python3-venv (Debian, Ubuntu), then rm -rf .venv and try again."
    # Byte code is left to the first import: only a part of what is installed is ever loaded.
    .venv/bin/python -m pip install -q --no-compile --require-hashes -r "$lock"
}

uv=$(command -v uv || :)
cache=${UV_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-/nowhere}/.cache}/uv}
if [ -n "$uv" ] && ! { mkdir -p "$cache" && [ -w "$cache" ]; } 2>/dev/null; then
    export UV_NO_CACHE=1
fi

new_enough .venv/bin/python || make_venv
echo "Mulakat: installing $lock (once; half a minute or so)"
install_by_uv || install_by_pip ||
    fail "$lock could not be installed; the lines above say why. With the network up, run it again: it goes on from here."
