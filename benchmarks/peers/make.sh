#!/bin/sh
# Makes a virtual environment for each peer, with the versions pinned beside: sh benchmarks/peers/make.sh [FOLDER [NAME ...]]
# PYTHON is what makes them (3.10 or 3.11: whylogs has no wheels for later ones); FOLDER is .peers where not given.
set -eu

pins=$(dirname "$0")/pins
folder=${1:-.peers}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- whylogs popmon evidently deequ
mkdir -p "$folder"
for name; do
    made="$folder/$name/.made"
    if [ -e "$made" ] && [ ! "$pins/$name.txt" -nt "$made" ]; then
        echo "$name is there"
        continue
    fi
    echo "Making $folder/$name"
    "${PYTHON:-python3}" -m venv --clear "$folder/$name"
    if "$folder/$name/bin/python" -m pip install --quiet --disable-pip-version-check -r "$pins/$name.txt"; then
        touch "$made"
    else
        echo "$name can't be had; benchmarks go on without it" >&2
    fi
done
