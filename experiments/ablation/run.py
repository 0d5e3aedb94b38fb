"""Which of the choices that the paper leaves open decide whether a hypernetwork finds accurate networks.

Reads: Liao et al. 2023, appendix B.2, which is silent on all of them; `docs/explanation/discovery.md` has the defaults.
Command: .venv/bin/python experiments/ablation/run.py [TASK ...]
Expected: less than a minute for each row and task on 2 cores; finished ones are kept in TASK.json, not trained again.

Every row changes one entry, at (4, 12, 1) on three tasks. The runs have `FORMER`, the start that was the default when
they were made; `experiments/ablation/start.py` compares it with the present one. A seed has succeeded when its loss is
at most 0.1 at β = 1e-8, where the price of complexity is negligible.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np

import weightloom as wl
from weightloom.discovery.config import FORMER
from weightloom.discovery.tasks import TASKS
from weightloom.runs.atomic import write_file

HERE = Path(__file__).parent
TASK_NAMES = ("product", "max", "l1")
STEPS, SEEDS = 5_000, 4
SUCCESS = 0.1
VARIANTS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "learned deviation 0.1": {"learned_std": 0.1},
    "learned deviation 1": {"learned_std": 1.0},
    "learned deviation 10": {"learned_std": 10.0},
    "shared noise": {"shared_noise": True},
    "constant learning rate": {"schedule": "constant"},
    "learning rate 3e-4": {"learning_rate": 3e-4},
    "learning rate 3e-3": {"learning_rate": 3e-3},
    "gradients clipped at 1": {"clip": 1.0},
    "literal": {"regime": "literal"},
    "warm-up from 0.2 to 0.5": {"warmup": (STEPS // 5, STEPS // 2)},
    "4 β per step": {"betas_per_step": 4},
    "channel 2": {"channel": 2},
    "channel 8": {"channel": 8},
    "2 hyperlayers": {"hyperdepth": 2},
    "6 hyperlayers": {"hyperdepth": 6},
}


def main() -> None:
    """Train the rows that are missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tasks", nargs="*", default=TASK_NAMES, metavar="TASK", help="l1, max, product")
    jax.config.update("jax_num_cpu_devices", min(SEEDS, len(os.sched_getaffinity(0))))
    for task in parser.parse_args().tasks:
        results = stored(task)
        for name, options in VARIANTS.items():
            if name not in results:
                results[name] = measure(task, options)
                write_file(HERE / f"{task}.json", (json.dumps(results, indent=1, ensure_ascii=False) + "\n").encode())
                print(name, task, results[name], flush=True)
    print(table({task: rows for task in TASK_NAMES if (rows := stored(task))}))


def stored(task: str) -> dict[str, Any]:
    """The finished rows of a task."""
    path = HERE / f"{task}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def measure(task: str, options: dict[str, Any]) -> dict[str, Any]:
    """Loss and KL of every seed at β = 1e-8 and 1e-4 after the last step, and the seconds that it took."""
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        entries = {"steps": STEPS, "checkpoints": 1, "measured_betas": 7, "progress": False} | FORMER | options
        run = wl.discover(TASKS[task], wl.MLP((4, 12, 1)), out=f"{folder}/run", seeds=SEEDS, **entries)
        last = run.measures.isel(step=-1)
        found = {
            f"{name} at {beta:.0e}": np.round(last[name].sel(beta=beta, method="nearest").values.astype(float), 4)
            for beta in (1e-8, 1e-4)
            for name in ("loss", "kl")
        }
    return {name: values.tolist() for name, values in found.items()} | {"seconds": round(time.perf_counter() - begun)}


def table(results: dict[str, dict[str, Any]]) -> str:
    """Markdown: per task the seeds that succeeded, and the median of their losses and KLs at β = 1e-8."""
    lines = ["| changed | " + " | ".join(results) + " |", "|---|" + "---|" * len(results)]
    for name in VARIANTS:
        cells = [cell(rows[name]) if name in rows else "" for rows in results.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def cell(found: dict[str, Any]) -> str:
    """One entry of the table."""
    loss, kl = (np.array(found[f"{name} at 1e-08"]) for name in ("loss", "kl"))
    good = loss <= SUCCESS
    if not good.any():
        return f"0 of {len(loss)}"
    return f"{good.sum()} of {len(loss)}, {np.median(loss[good]):.3f}, {np.median(kl[good]):,.0f} nats"


if __name__ == "__main__":
    main()
