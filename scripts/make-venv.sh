#!/usr/bin/env bash
# Builds .venv with the package, editable, and the given extras, at the versions in constraints.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
extras=$1

if [ ! -x .venv/bin/pip ]; then
    python=""
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11, 5))' 2>/dev/null; then
            python=$candidate
            break
        fi
    done
    if [ -z "$python" ]; then
        echo "error: no Python of version 3.11.5 or newer, which the tools in constraints.txt need, was found: install one, or name it: make PYTHON=/path/to/python3" >&2
        exit 2
    fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        # Debian and Ubuntu keep ensurepip in a package of its own.
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
            apt-get update -qq
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "python$version-venv" >/dev/null
        else
            echo "error: $python cannot make virtual environments: run 'sudo apt-get install python3-venv', then make again." >&2
            exit 2
        fi
    fi
    rm -rf .venv
    "$python" -m venv .venv
fi

# The build backend is pinned too; pip reads the one variable or the other, depending on its age.
export PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt
.venv/bin/pip install --quiet --disable-pip-version-check --editable ".[$extras]"
