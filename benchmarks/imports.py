"""How long the package and its command take to start, beside what they stand on.

Command, on a quiet machine (10 seconds):
    .venv/bin/python benchmarks/imports.py
Wanted: `import weightloom` at most 0.2 s, `weightloom --help` at most 0.4 s.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

COMMAND = str(Path(sys.executable).with_name("weightloom"))
LINES = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import numpy": [sys.executable, "-c", "import numpy"],
    "import jax": [sys.executable, "-c", "import jax"],
    "import weightloom": [sys.executable, "-c", "import weightloom"],
    "weightloom --help": [COMMAND, "--help"],
    "weightloom discover --help": [COMMAND, "discover", "--help"],
}


def seconds(line: list[str]) -> float:
    """How long a process takes from its start to its end."""
    begun = time.perf_counter()
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    """Print the median of several starts of each line, after one that is not counted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=7, help="how many starts are counted")
    starts = parser.parse_args().starts
    for name, line in LINES.items():
        seconds(line)
        print(f"{name:28} {statistics.median(seconds(line) for _ in range(starts)):.3f} s", flush=True)


if __name__ == "__main__":
    main()
