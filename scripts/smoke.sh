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
    "$1" -m venv "$2"
    python=$2/bin/python
    "$python" -m pip install --quiet --no-compile "$(ls "$folder"/*.whl)[export]"
    # Away from the repository, whose sources must not stand in for the wheel's.
    script=$PWD/tests/smoke.py
    cd "$folder"
    # Most of the time would go into compiling small functions well.
    JAX_DISABLE_MOST_OPTIMIZATIONS=true "$python" -I "$script" >"$2/summary"
)

# One wheel serves every Python.
if ! "$1" -m venv "$folder/build" || ! "$folder/build/bin/python" -m pip wheel --quiet --no-deps --wheel-dir "$folder" .; then
    echo "the wheel cannot be built" >&2
    exit 1
fi

# All at once: most of the time goes into downloads and disk.
jobs=()
for python in "$@"; do
    here=$folder/${#jobs[@]}
    (
        SECONDS=0
        smoke "$python" "$here" >"$here.log" 2>&1
        status=$?
        echo "$SECONDS" >"$here.seconds"
        exit $status
    ) &
    jobs+=($!)
done

failed=0
for place in "${!jobs[@]}"; do
    python=${*:place+1:1} here=$folder/$place
    if wait "${jobs[place]}"; then
        echo "$python: ok, $(cat "$here/summary"), $(cat "$here.seconds") s"
    else
        failed=1
        tail -n 40 "$here.log"
        echo "$python: failed after $(cat "$here.seconds") s"
    fi
done
exit $failed
