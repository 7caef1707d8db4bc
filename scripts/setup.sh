#!/bin/sh
# Makes a virtual environment with the first Python 3.10-3.12 that runs, and installs the package into it.
set -eu

venv=${1:-.venv}

# A command can exist and still not run: version managers leave such shims on PATH.
runs() {
    "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' >/dev/null 2>&1
}

makes_environments() {
    runs "$1" && "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

# first CHECK: prints the first Python that passes it.
first() {
    for python in ${PYTHON:-} python3.12 python3.11 python3.10 python3 python \
        /usr/bin/python3.12 /usr/bin/python3.11 /usr/bin/python3.10 /usr/bin/python3; do
        if "$1" "$python"; then
            echo "$python"
            return
        fi
    done
    return 1
}

stop() {
    echo "$1" >&2
    exit 1
}

find_python() {
    first makes_environments && return
    bare=$(first runs) || stop "found no Python 3.10, 3.11 or 3.12 that runs: install one, then run make again"
    package=python$("$bare" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing $package" >&2
        log=$(apt-get update 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get install --yes "$package" 2>&1) ||
            stop "$log"
        first makes_environments && return
    fi
    stop "$bare can't make virtual environments: install $package (Debian, Ubuntu), then run make again"
}

if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    echo "Making $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv"
fi
echo "Installing spark-monitor and what it needs into $venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --use-pep517 \
    --editable '.[spark,demo,test,bench]'
touch "$venv/.installed"
