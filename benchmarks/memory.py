"""Peak memory of trainings beside the estimate that refuses those that cannot fit.

    make benchmark-memory

Every row trains two steps in a process of its own and measures once. The estimate is of what comes beside Python, JAX
and the compiler, which the smallest training shows.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

ROWS = (
    *("4,12,1:hypernetwork:1", "64,192,1:hypernetwork:1", "96,288,1:hypernetwork:1", "96,288,1:hypernetwork:2"),
    *("160,480,1:hypernetwork:1", "2000,6000,1:adam:1"),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", default=ROWS, help="SIZES:METHOD:SEEDS")
    parser.add_argument("--row", help="run one row and print it as JSON")
    arguments = parser.parse_args()
    if arguments.row:
        print(json.dumps(row(arguments.row)))
        return
    print(f"{'training':28}{'peak MB':>10}{'beside the first':>18}{'estimate':>10}{'CPU s of a step':>16}")
    least = None
    for name in arguments.rows:
        command = [sys.executable, __file__, "--row", name]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        measured = json.loads(done.stdout.splitlines()[-1])
        least = measured["peak"] if least is None else least
        print(
            f"{name:28}{measured['peak']:10.0f}{measured['peak'] - least:18.0f}{measured['estimate']:10.0f}"
            f"{measured['seconds']:16.3f}",
            flush=True,
        )


def row(name: str) -> dict[str, float]:
    """Peak and estimated memory in MB, and seconds of the processor per step and seed."""
    sizes, method, seeds = name.split(":")
    count = int(seeds)

    import jax

    jax.config.update("jax_num_cpu_devices", count)

    import weightloom as wl
    from weightloom.discovery.config import configure
    from weightloom.discovery.methods import find_method
    from weightloom.training.resources import memory_needed

    architecture = wl.MLP(tuple(map(int, sizes.split(","))))
    options = {"method": method, "steps": 2, "checkpoints": 1, "measured_betas": 2}
    cost = find_method(method).cost(configure(wl.tasks.l1, architecture, seeds=count, **options))
    peak, done, times = 0, threading.Event(), []

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.02):
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            peak = max(peak, pages * 4096)

    watcher = threading.Thread(target=watch)
    watcher.start()
    wl.discover(
        wl.tasks.l1,
        architecture,
        seeds=count,
        log_every=1,
        progress=False,
        callback=lambda step, scalars: times.append(time.process_time()),
        **options,
    )
    done.set()
    watcher.join()
    return {
        "peak": peak / 1e6,
        "estimate": memory_needed(cost, count, count, loops=True) / 1e6,
        "seconds": (times[-1] - times[0]) / (len(times) - 1) / count,
    }


if __name__ == "__main__":
    main()
