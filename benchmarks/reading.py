"""How long readings of networks of (16, 48, 1) take, beside a plain alternative.

Command, on 2 cores (a minute); seconds are those of the processor, on one thread:
    .venv/bin/python benchmarks/reading.py --networks 100
Networks of the included run, drawn at random over seeds, steps and β. The plain alternative clusters the neurons of
the canonical form by direction (SciPy's average linkage, cosine distance below 0.05) and fits one unit for each
cluster and a line by least squares: it has fewer units and no program, patterns or verdict.
Wanted: 3,600 networks in 3 minutes on 2 cores, 0.1 s for each network and core.
"""

import argparse
import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

# Small matrices: one thread for each process. NumPy reads it when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import weightloom as wl
from weightloom.discovery.reading.canonical import canonical
from weightloom.discovery.reading.sampling import normal_inputs

DISTANCE = 0.05


def read(network: wl.Network) -> tuple[float, int, str]:
    """R² on fresh inputs, numbers, and the verdict's state."""
    reading = wl.read(network)
    return reading.verdict.faithful, reading.program.numbers, reading.verdict.state


def clustered(network: wl.Network) -> tuple[float, int, str]:
    """The same of the plain alternative, which has no verdict."""
    from scipy.cluster.hierarchy import fcluster, linkage

    form = canonical(network)
    directions = np.vstack([form.weight, form.bias]).T
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    strongest = np.abs(unit).argmax(axis=1)
    unit = unit * np.sign(unit[np.arange(len(unit)), strongest])[:, None]
    label = fcluster(linkage(unit, "average", metric="cosine"), DISTANCE, "distance")
    centres = np.array([directions[label == own].mean(axis=0) for own in np.unique(label)]).T

    def design(x: np.ndarray) -> np.ndarray:
        return np.column_stack([np.ones(len(x)), x, form.nonlinearity.function(x @ centres[:-1] + centres[-1])])

    x, fresh = normal_inputs(16, 512), normal_inputs(16, 2048, seed=1)
    found = np.linalg.lstsq(design(x), form(x), rcond=None)[0]
    target = form(fresh)
    error = np.mean((design(fresh) @ found - target) ** 2) / target.var()
    return 1 - error, centres.size + found.size, "–"


METHODS = {"weightloom.read": read, "clusters of neurons": clustered}


def timed(method: str, places: list[tuple[int, int, float]]) -> tuple[float, list[tuple[float, int, str]]]:
    """Seconds of the processor for the method alone, and what it found, after one network that is not counted."""
    run = wl.open_run("l1-paper")
    networks = [run.network(seed, beta, step=step) for seed, step, beta in places]
    METHODS[method](networks[0])
    begun = time.process_time()
    found = [METHODS[method](network) for network in networks]
    return time.process_time() - begun, found


def main() -> None:
    """Print one line for each method."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", type=int, default=100, help="how many networks are read")
    parser.add_argument("--processes", type=int, default=2, help="how many processes share them")
    options = parser.parse_args()
    measures = wl.open_run("l1-paper").measures
    grid = [(int(s), int(t), float(b)) for s in measures.seed for t in measures.step for b in measures.beta]
    chosen = np.random.default_rng(0).choice(len(grid), options.networks, replace=False)
    places = [grid[k] for k in chosen]
    print(
        "| method | s for each network | s for all | numbers, median | R², median | read |\n|---|---|---|---|---|---|"
    )
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        for method in METHODS:
            shares = [places[k :: options.processes] for k in range(options.processes)]
            results = list(pool.map(timed, [method] * options.processes, shares))
            found = [one for _, own in results for one in own]
            r2, numbers, states = zip(*found)
            each = sum(seconds for seconds, _ in results) / len(found)
            longest = max(seconds for seconds, _ in results)
            share = "–" if "–" in states else f"{np.mean([state == 'read' for state in states]):.0%}"
            print(
                f"| {method} | {each:.3f} | {longest:.1f} | {np.median(numbers):.0f} | {np.median(r2):.4f} | {share} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
