#!/usr/bin/env bash
# The wheel with the newest dependencies that resolve, without constraints.txt, in a fresh environment for each Python:
#   scripts/smoke.sh python3.11 /path/to/python3.13
# Prints one line for each, what failed above it, and fails if any did.
set -uo pipefail
cd "$(dirname "$0")/.."
if [ $# = 0 ]; then
    echo "usage: $0 PYTHON..." >&2
    exit 2
fi
# Nothing that happens to be installed or configured for Python takes part, and no other version than the newest.
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV PIP_CONSTRAINT PIP_BUILD_CONSTRAINT
export PYTHONNOUSERSITE=1 PIP_DISABLE_PIP_VERSION_CHECK=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Stops at the first command that fails: its caller must not test it in place, where `set -e` counts for nothing.
smoke() (
    set -e
    "$1" -m venv "$folder/venv"
    python=$folder/venv/bin/python
    # One wheel serves every Python.
    [ -n "$(ls "$folder"/*.whl 2>/dev/null)" ] || "$python" -m pip wheel --quiet --no-deps --wheel-dir "$folder" .
    "$python" -m pip install --quiet --no-compile "$(ls "$folder"/*.whl)[export]"
    # Away from the repository, whose sources must not stand in for the wheel's.
    script=$PWD/tests/smoke.py
    cd "$folder"
    # Most of the time would go into compiling small functions well.
    JAX_DISABLE_MOST_OPTIMIZATIONS=true "$python" -I "$script" >summary
)

failed=0
for python in "$@"; do
    rm -rf "$folder/venv" "$folder/summary"
    SECONDS=0
    smoke "$python" >"$folder/log" 2>&1
    if [ $? = 0 ]; then
        echo "$python: ok, $(cat "$folder/summary"), $SECONDS s"
    else
        failed=1
        tail -n 40 "$folder/log"
        echo "$python: failed after $SECONDS s"
    fi
done
exit $failed
