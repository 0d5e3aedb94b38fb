r"""Which start of the generated networks leaves the saddle, on all bundled tasks?

Commands, each resumable, on 2 cores about 30 minutes, 10 minutes, and a second:
    .venv/bin/python -m experiments.ablation.start tasks
    .venv/bin/python -m experiments.ablation.start parts
    .venv/bin/python -m experiments.ablation.start table
Expected: start.json, and two tables.

At the start, hidden neurons of a generated network differ by what the learned variables and the noise add to their
weights. Former runs started with noise that was twice as strong as the learned variables, and with preactivations whose
deviation grew with the number of inputs. Two predictions, written before the runs of this file: the saddle is left more
often (1) with learned variables stronger than the noise, and (2) with preactivations of deviation 1.8 in hidden layers,
whatever the widths; with both, all seeds leave it where the former start failed.

Single trials of four to eight seeds led to both. Two earlier forms of the scaling were tried on most of the tasks and
given up: gains of the output layer of 2/√inputs made training slow, and gains of hidden layers above 2 left 2 of 8
seeds of abs_difference at a loss of 0.66.

`tasks` trains every task with the defaults, 8 seeds, 15,000 steps, and Adam on the same network. `parts` trains four
tasks with the former start and with each change alone, 4 seeds, 8,000 steps. The loss is that at β ≤ 1e-8, so that the
price of complexity does not count. No seed, task or number of steps was chosen after its result.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np

import weightloom as wl
from weightloom.discovery.config import FORMER, QUIET
from weightloom.discovery.tasks import TASKS
from weightloom.runs.atomic import write_file

STORE = Path(__file__).with_suffix(".json")
SIZES = {
    "l1": (4, 12, 1),
    "abs_difference": (2, 8, 1),
    "gini": (4, 16, 1),
    "total_variation": (5, 15, 1),
    "range": (4, 16, 1),
    "max": (4, 12, 1),
    "clipped_sum": (4, 16, 1),
    "product": (2, 8, 1),
    "median": (3, 12, 1),
    "count_of_positives": (4, 12, 1),
    "sort": (3, 12, 3),
    "sign_parity": (4, 12, 1),
    "modular_sum": (10, 30, 5),
}
STARTS: dict[str, dict[str, Any]] = {
    "former": FORMER,
    "quiet": QUIET | {"scaling": "none"},
    "scaled": FORMER | {"scaling": "fan-in"},
    "both": QUIET,
}
PARTS = ("median", "clipped_sum", "product", "max")
LOW = 1e-8


def main() -> None:
    """Train what is missing, or print the tables."""
    jax.config.update("jax_num_cpu_devices", min(8, len(os.sched_getaffinity(0))))
    match sys.argv[1:]:
        case ["tasks"]:
            for task in SIZES:
                kept(f"{task}, Adam", lambda task=task: adam(task))
                kept(f"{task}, both", lambda task=task: trained(task, "both", 8, 15_000))
        case ["parts"]:
            for task in PARTS:
                for start in STARTS:
                    kept(f"{task}, {start}, short", lambda task=task, start=start: trained(task, start, 4, 8_000))
        case ["table"]:
            print(tasks_table(stored()), parts_table(stored()), sep="\n\n")
        case _:
            raise SystemExit("give one of: tasks, parts, table")


def stored() -> dict[str, Any]:
    """The finished trainings."""
    return json.loads(STORE.read_text()) if STORE.exists() else {}


def kept(name: str, measure: Any) -> None:
    """Measure and store what is missing."""
    results = stored()
    if name in results:
        return
    begun = time.perf_counter()
    results[name] = measure() | {"seconds": round(time.perf_counter() - begun)}
    write_file(STORE, (json.dumps(results, indent=1) + "\n").encode())
    print(name, results[name], flush=True)


def trained(task: str, start: str, seeds: int, steps: int) -> dict[str, Any]:
    """The loss and the KL of every seed after the last step, the lowest loss over β ≤ 1e-8."""
    run = wl.discover(
        TASKS[task],
        wl.MLP(SIZES[task]),
        seeds=seeds,
        steps=steps,
        checkpoints=1,
        measured_betas=13,
        progress=False,
        **STARTS[start],
    )
    last = run.measures.isel(step=-1)
    last = last.sel(beta=last.beta[last.beta <= LOW * 1.01])
    best = last.isel(beta=last.loss.argmin("beta"))
    return {"loss": _rounded(best.loss), "kl": _rounded(best.kl), "constant": run.config.constant_loss}


def adam(task: str) -> dict[str, Any]:
    """The losses of the network trained by Adam, at the learning rate of 1e-3 and at 1e-2."""
    found = {}
    for rate in (1e-3, 1e-2):
        run = wl.discover(
            TASKS[task],
            wl.MLP(SIZES[task]),
            method="adam",
            seeds=8,
            steps=15_000,
            learning_rate=rate,
            checkpoints=1,
            progress=False,
        )
        found[f"{rate:g}"] = _rounded(run.measures.isel(step=-1, beta=0).loss)
    return {"loss": found}


def _rounded(values: Any) -> list[float]:
    return [float(f"{value:.4g}") for value in np.asarray(values, float)]


def reference(results: dict[str, Any], task: str) -> tuple[float, float]:
    """Adam's median loss at the default learning rate of 1e-3, and at 1e-2."""
    losses = results[f"{task}, Adam"]["loss"]
    return float(np.median(losses["0.001"])), float(np.median(losses["0.01"]))


def tasks_table(results: dict[str, Any]) -> str:
    """Markdown: for every task the seeds within a factor 2 of Adam's median loss at 1e-3, and all losses."""
    lines = ["| task | sizes | within 2 × Adam | losses | Adam, 1e-3 | Adam, 1e-2 |", "|---|---|---|---|---|---|"]
    for task, sizes in SIZES.items():
        if f"{task}, both" in results:
            loss, (limit, fast) = np.array(results[f"{task}, both"]["loss"]), reference(results, task)
            each = " ".join(f"{value:.3g}" for value in np.sort(loss))
            lines.append(
                f"| {task} | {', '.join(map(str, sizes))} | {(loss <= 2 * limit).sum()} of {len(loss)} | "
                f"{each} | {limit:.2g} | {fast:.2g} |"
            )
    return "\n".join(lines)


def parts_table(results: dict[str, Any]) -> str:
    """Markdown: for four tasks and each start the losses of all seeds."""
    lines = ["| task | " + " | ".join(STARTS) + " |", "|---|" + "---|" * len(STARTS)]
    for task in PARTS:
        cells = [results.get(f"{task}, {start}, short", {"loss": []})["loss"] for start in STARTS]
        lines.append(f"| {task} | " + " | ".join(" ".join(f"{v:.3g}" for v in np.sort(cell)) for cell in cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
