"""How often the classifier is right, on networks that it was not tuned on.

Reads: Liao et al. 2023, sections 2.1, 2.2 and 2.5; `docs/results/classification.md` has the table.
Command: .venv/bin/python experiments/classification/run.py
Expected: about 5 minutes on 2 cores; every reference construction and every found pudding has its name,
and nothing that Adam trained on the L1 norm at (16, 48, 1) has one.

All draws are held out: the thresholds were chosen on other seeds, at (16, 48), (8, 24), (4, 12) and (32, 100).
"""

import itertools
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

import weightloom as wl
from weightloom.architectures import MLP
from weightloom.discovery.algorithms import (
    assigned_pudding,
    convexity,
    double_sided,
    memorised_pudding,
    pudding,
)
from weightloom.discovery.classification import ALGORITHMS, classify
from weightloom.discovery.network import Network
from weightloom.discovery.tasks import TASKS

SIZES = ((16, 48), (16, 40), (12, 40), (20, 64), (10, 32), (6, 18))
SMALL_SIZES = ((5, 15), (3, 9), (2, 6))
DRAWS = 60
FIRST_SEED = 50_000

Draw = Callable[[np.random.Generator], Network]
Kind = tuple[str, list[Network]]


def main() -> None:
    """Prints the confusion table, one row per kind of network, and the time per classification."""
    print(f"| kind | {' | '.join(ALGORITHMS)} | least margin |")
    print(f"|---|{'---|' * (len(ALGORITHMS) + 1)}")
    sections = (constructions(SIZES), constructions(SMALL_SIZES), found(), impostors(), trained())
    for kind, networks in itertools.chain(*sections):
        results = [classify(network) for network in networks]
        counts = Counter(result.algorithm for result in results)
        cells = " | ".join(str(counts[name] or "") for name in ALGORITHMS)
        print(f"| {kind} | {cells} | {min(result.margin for result in results):.2f} |", flush=True)
    network = double_sided()
    times = []
    for _ in range(300):
        start = time.perf_counter()
        classify(network)
        times.append(time.perf_counter() - start)
    print(f"\n{1e3 * np.median(times):.1f} ms per classification at (16, 48, 1), {1e3 * min(times):.1f} at best")


def constructions(sizes: tuple[tuple[int, int], ...]) -> Iterator[Kind]:
    """Reference constructions of strength 0.7 to 10 with up to 5 % noise, and with 10 % apart."""
    kinds: dict[str, Draw] = {}
    for rows in ("independent", "centred", "paired"):
        kinds[f"convexity, {rows} rows"] = lambda g, rows=rows: convexity(**common(g, sizes), rows=rows)
    kinds["convexity, bimodal"] = lambda g: convexity(**common(g, sizes), entries="bimodal")
    for name, sign in (("pudding+", 1), ("pudding-", -1)):
        kinds[name] = lambda g, sign=sign: pudding_draw(g, common(g, sizes), sign, seep=0.0)
        kinds[f"{name}, seeping"] = lambda g, sign=sign: pudding_draw(g, common(g, sizes), sign, seep=0.05)
    kinds["double-sided"] = lambda g: double_draw(g, common(g, sizes))
    kinds["pudding+, noise 10 %"] = lambda g: pudding_draw(g, common(g, sizes, 0.1), 1, seep=0.0)
    kinds["double-sided, noise 10 %"] = lambda g: double_draw(g, common(g, sizes, 0.1))
    inputs = [n for n, _ in sizes]
    for kind, draw in kinds.items():
        yield f"{kind} (n = {min(inputs)}–{max(inputs)})", draws(draw)


def common(generator: np.random.Generator, sizes: tuple[tuple[int, int], ...], noise: float | None = None) -> dict:
    """The arguments that all constructions share, drawn at random."""
    n, hidden = sizes[generator.integers(len(sizes))]
    return {
        "n": n,
        "hidden": hidden,
        "strength": float(np.exp(generator.uniform(np.log(0.7), np.log(10)))),
        "noise": float(generator.uniform(0, 0.05)) if noise is None else noise,
        "shuffle": True,
        "seed": int(generator.integers(2**31)),
    }


def pudding_draw(generator: np.random.Generator, shared: dict, sign: int, seep: float) -> Network:
    """A pudding whose background and seep are drawn as shares of its strength."""
    background = generator.uniform(0.03, 0.15) * shared["strength"]
    return pudding(**shared, sign=sign, background=background, seep=generator.uniform(0, seep) * shared["strength"])


def double_draw(generator: np.random.Generator, shared: dict) -> Network:
    """A double-sided network whose idle neurons carry weights of up to a tenth of its strength."""
    return double_sided(**shared, background=generator.uniform(0, 0.1) * shared["strength"])


def found() -> Iterator[Kind]:
    """The two puddings of the notes, weights drawn anew."""
    seeds = range(FIRST_SEED, FIRST_SEED + DRAWS)
    yield "memorised pudding+ (16, 48)", [memorised_pudding(seed) for seed in seeds]
    yield "assigned pudding- (16, 48)", [assigned_pudding(seed) for seed in seeds]


def impostors() -> Iterator[Kind]:
    """Networks whose weights or function do not bear out a label."""

    def some(generator: np.random.Generator) -> Network:
        build = (convexity, pudding, double_sided)[generator.integers(3)]
        return build(**common(generator, SIZES))

    def random_readout(generator: np.random.Generator) -> Network:
        return changed(some(generator), lambda w, b, v: (w, b, generator.standard_normal(v.shape)))

    def flipped(generator: np.random.Generator) -> Network:
        network = pudding(**common(generator, SIZES))
        signs = generator.choice([-1, 1], (network.architecture.sizes[0], 1))
        return changed(network, lambda w, b, v: (signs * w, b, v))

    def weak(generator: np.random.Generator) -> Network:
        return double_sided(**common(generator, SIZES) | {"strength": generator.uniform(0.05, 0.35), "noise": 0.0})

    def mirrored(generator: np.random.Generator) -> Network:
        return changed(some(generator), lambda w, b, v: (w, b, -v))

    kinds = {
        "random output weights": random_readout,
        "pudding, inputs flipped at random": flipped,
        "sum of squares by weak pairs": weak,
        "−‖x‖₁": mirrored,
    }
    for kind, draw in kinds.items():
        yield kind, draws(draw)


def changed(network: Network, change: Callable) -> Network:
    """The network with (W, b, v) changed."""
    (weight, bias), (readout, constant) = network.parameters
    weight, bias, readout = change(weight, bias, readout)
    return Network(network.architecture, [(weight, bias), (readout, constant)])


def draws(draw: Draw) -> list[Network]:
    """Held-out draws, each from its own seed."""
    return [draw(np.random.default_rng(FIRST_SEED + k)) for k in range(DRAWS)]


def trained() -> Iterator[Kind]:
    """Networks trained by Adam: on the norm to several lengths, and on other functions."""

    def adam(task: str, inputs: int, seeds: int, steps: int, learning_rate: float) -> list[Network]:
        architecture = MLP((inputs, 3 * inputs, 1))
        options = {
            "steps": steps,
            "learning_rate": learning_rate,
            "schedule": "constant",
            "checkpoints": 1,
            "progress": False,
        }
        own = tuple(range(FIRST_SEED, FIRST_SEED + seeds))
        with tempfile.TemporaryDirectory() as folder:
            run = wl.discover(TASKS[task], architecture, out=f"{folder}/run", method="adam", seeds=own, **options)
            return [run.network(seed) for seed in own]

    for inputs, seeds in ((16, 6), (4, 20)):
        size = f"({inputs}, {3 * inputs})"
        for steps in (1, 100, 300, 1000, 3000, 20_000):
            yield (
                f"Adam, {steps} {'step' if steps == 1 else 'steps'} of 1e-3 {size}",
                adam("l1", inputs, seeds, steps, 1e-3),
            )
        yield f"Adam, 20000 steps of 1e-2 {size}", adam("l1", inputs, seeds, 20_000, 1e-2)
        for task in sorted(TASKS.keys() - {"l1"}):
            yield f"Adam on {task} {size}", adam(task, inputs, seeds // 2, 10_000, 3e-3)


if __name__ == "__main__":
    main()
