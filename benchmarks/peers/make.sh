#!/bin/sh
# Makes a virtual environment for each peer, with the versions pinned beside: sh benchmarks/peers/make.sh [FOLDER [NAME ...]]
# FOLDER is .peers where not given. PYTHON makes them, else the first of 3.11, 3.10 and any other that runs: whylogs has
# no wheels for later ones.
set -eu

pins=$(dirname "$0")/pins
folder=${1:-.peers}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- whylogs popmon evidently deequ
mkdir -p "$folder"
for python in ${PYTHON:-} python3.11 python3.10 python3; do
    if "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        break
    fi
done
for name; do
    made="$folder/$name/.made"
    if [ -e "$made" ] && [ ! "$pins/$name.txt" -nt "$made" ]; then
        echo "$name is there"
        continue
    fi
    echo "Making $folder/$name"
    "$python" -m venv --clear "$folder/$name"
    if "$folder/$name/bin/python" -m pip install --quiet --disable-pip-version-check -r "$pins/$name.txt"; then
        touch "$made"
    else
        echo "$name can't be had; benchmarks go on without it" >&2
    fi
done
