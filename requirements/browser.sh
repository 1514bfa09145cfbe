#!/bin/sh
# Sees to it that there is a Chromium for the browser tests: `sh requirements/browser.sh`. As root on Debian it installs
# one; elsewhere it says how. Always succeeds: without a browser those tests are skipped, and pytest lists them.
set -eu

found() {
    for each in "${MULAKAT_CHROMIUM:-chromium}" chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$each" >/dev/null && return
    done
    return 1
}

install() {
    export DEBIAN_FRONTEND=noninteractive
    set -- apt-get install -y -qq --no-install-recommends chromium fonts-noto-core fonts-noto-color-emoji
    # Package lists may be missing or old: then they are fetched, once.
    "$@" >/dev/null 2>&1 || { apt-get update -qq >/dev/null 2>&1 && "$@" >/dev/null; }
}

found && exit
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Mulakat: installing Chromium for the browser tests"
    install || :
fi
found || echo "Mulakat: no Chromium, so the browser tests are skipped. Mend: apt-get install chromium (as root)," \
    "or name one: MULAKAT_CHROMIUM=/path/to/chrome make test" >&2
