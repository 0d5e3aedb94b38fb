r"""Are generated networks easier to read than Adam's within one tolerance of the loss? (Liao et al. 2023, 2.5.)

Commands, about an hour and a half on 2 cores, then a second:
    .venv/bin/python -m experiments.reading.adam train runs/adam
    .venv/bin/python -m experiments.reading.adam table > experiments/reading/adam.md
Prediction, written before the first run: generated networks are read in most seeds of l1, gini, total_variation and
abs_difference, and of sums over inputs; Adam's plain networks almost never; L1 and pruning help Adam on the tasks of
few inputs, and stay behind by a factor 2 in bits.

All bundled tasks with normal inputs, 4 seeds, 20,000 steps, (4, 12, 1) or (3, 9, outputs). Of each seed and way of
training, one network counts: the simplest with a loss within the tolerance, which is 0.05, or twice the median loss of
Adam's plain networks if that is larger. Simplest is: of generated networks the one of least KL; with L1 or L2 the one
of the strongest penalty; pruned, Adam's plain network without the smallest weights, as many as the tolerance allows.
"""

import json
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import weightloom as wl
from weightloom.discovery.config import FORMER
from weightloom.discovery.tasks import TASKS
from weightloom.training import descend
from weightloom.training.optimisers import adam

STORE = Path(__file__).with_suffix(".json")
LEFT_OUT = ("sign_parity", "modular_sum")  # their inputs are not normal
SMALL = ("median", "sort")
STEPS, SEEDS, BATCH, RATE = 20_000, 4, 256, 1e-3
STRENGTHS = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3)
WAYS = ("generated", "Adam", "Adam, L1", "Adam, L2", "Adam, pruned")


def sizes_of(name: str) -> tuple[int, int, int]:
    """The sizes of a task's networks."""
    n = 3 if name in SMALL else 4
    return n, 3 * n, TASKS[name].at(n).outputs


def trained(name: str, penalty: str) -> list[list[wl.Network]]:
    """Adam's networks, for each strength those of all seeds. Without a penalty there is one strength."""
    sizes = sizes_of(name)
    problem, architecture = TASKS[name].at(sizes[0]), wl.MLP(sizes)
    power = {"": 2, "L1": 1, "L2": 2}[penalty]
    optimiser = adam(RATE, STEPS, flat=STEPS // 2)

    def one(seed, strength):
        start, draw = jax.random.split(jax.random.key(seed))

        def loss(parameters, key):
            x, y = problem.batch(key, BATCH)
            weights = sum((jnp.abs(weight) ** power).sum() for weight, _ in parameters)
            return problem.loss.mean(architecture.apply(parameters, x), y) + strength * weights

        return descend(loss, architecture.initial(start), STEPS, optimiser, draw)[0]

    strengths = jnp.array(STRENGTHS if penalty else (0.0,))
    found = jax.jit(jax.vmap(jax.vmap(one, (0, None)), (None, 0)))(jnp.arange(SEEDS), strengths)
    found = jax.device_get(found)
    return [
        [wl.Network(architecture, jax.tree.map(lambda a: a[s, seed], found), norm=False) for seed in range(SEEDS)]  # noqa: B023
        for s in range(len(strengths))
    ]


def pruned(network: wl.Network, name: str, tolerance: float) -> wl.Network:
    """A network without its smallest weights, as many as the tolerance allows, by bisection over their number."""
    order = np.argsort(np.abs(np.concatenate([weight.ravel() for weight, _ in network.parameters])))

    def without(count: int) -> wl.Network:
        gone = np.zeros(len(order), bool)
        gone[order[:count]] = True
        parameters, start = [], 0
        for weight, bias in network.parameters:
            own = gone[start : start + weight.size].reshape(weight.shape)
            parameters.append((np.where(own, 0, weight), bias))
            start += weight.size
        return wl.Network(network.architecture, parameters, norm=False)

    low, high = 0, len(order)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if without(middle).loss(name) <= tolerance else (low, middle)
    return without(low)


def candidates(name: str, folder: Path) -> dict[str, list[wl.Network | None]]:
    """For each way of training and seed the network that counts, None if no loss is within the tolerance."""
    plain = trained(name, "")[0]
    tolerance = max(0.05, 2 * float(np.median([network.loss(name) for network in plain])))

    def simplest(networks: list[wl.Network]) -> wl.Network | None:
        return next((network for network in networks if network.loss(name) <= tolerance), None)

    run = wl.discover(name, sizes_of(name), seeds=SEEDS, steps=STEPS, out=folder / name, **FORMER)
    table = run.table()
    found: dict[str, list[wl.Network | None]] = {way: [] for way in WAYS}
    penalised = {penalty: trained(name, penalty) for penalty in ("L1", "L2")}
    for seed in range(SEEDS):
        within = table[(table.seed == seed) & (table.loss <= tolerance)]
        best = None if within.empty else within.loc[within.kl.idxmin()]
        found["generated"].append(None if best is None else run.network(seed, float(best.beta)))
        found["Adam"].append(simplest([plain[seed]]))
        for penalty, networks in penalised.items():
            found[f"Adam, {penalty}"].append(simplest([each[seed] for each in reversed(networks)]))
        kept = simplest([plain[seed]])
        found["Adam, pruned"].append(None if kept is None else pruned(kept, name, tolerance))
    return found


def train(folder: Path) -> None:
    """Train and read, task by task; a task whose readings are stored is left out."""
    for name in TASKS:
        path = folder / f"{name}.json"
        if name in LEFT_OUT or path.exists():
            continue
        rows = []
        for way, networks in candidates(name, folder).items():
            for seed, network in enumerate(networks):
                row = {"task": name, "way": way, "seed": seed}
                if network is not None:
                    reading = wl.read(network, task=name)
                    verdict = reading.verdict
                    row |= {"loss": network.loss(name), "state": verdict.state, "r2": verdict.faithful}
                    row |= {"wide": verdict.wide, "bits": verdict.program_bits, "weights": verdict.network_bits}
                    row |= {"formula": str(reading.formula).replace("\n", "; ")}
                rows.append(row)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(rows, indent=1))
        print(name, "done", flush=True)
    paths = [folder / f"{name}.json" for name in TASKS if name not in LEFT_OUT]
    rows = [json.dumps(row, ensure_ascii=False) for path in paths for row in json.loads(path.read_text())]
    STORE.write_text("[\n" + ",\n".join(rows) + "\n]\n")


def table() -> None:
    """Print shares and medians for each way, and for each task what is read."""
    rows = json.loads(STORE.read_text())
    print("Made by `python -m experiments.reading.adam table` from `adam.json`. Matched: of the tasks and seeds whose")
    print("generated network, too, is within the tolerance.\n")
    print("| way | within the tolerance | `read` | `partly read` | `read`, matched | R² | R², wide | bits | share |")
    print("|---|---|---|---|---|---|---|---|---|")
    matched = {(row["task"], row["seed"]) for row in rows if row["way"] == WAYS[0] and "state" in row}
    for way in WAYS:
        own = [row for row in rows if row["way"] == way]
        count = [row for row in own if "state" in row]
        states = [row["state"] for row in count]
        both = [row["state"] for row in count if (row["task"], row["seed"]) in matched]
        medians = [np.median([row[key] for row in count]) for key in ("r2", "wide", "bits")]
        share = np.median([row["bits"] / row["weights"] for row in count])
        print(
            f"| {way} | {len(count)} of {len(own)} | {states.count('read')} | {states.count('partly read')} | "
            f"{both.count('read')} of {len(both)} | {medians[0]:.3f} | {medians[1]:.3f} | "
            f"{medians[2]:.0f} | {share:.2f} |"
        )
    print("\nRead / within the tolerance, of 4 seeds, and the median of the program's bits:\n")
    print(f"| task | {' | '.join(WAYS)} | a formula of the generated networks |")
    print("|---" * (len(WAYS) + 2) + "|")
    for name in dict.fromkeys(row["task"] for row in rows):
        cells = []
        for way in WAYS:
            own = [row for row in rows if row["way"] == way and row["task"] == name and "state" in row]
            read = sum(row["state"] == "read" for row in own)
            cells.append(f"{read}/{len(own)}, {np.median([row['bits'] for row in own]):.0f}" if own else "0/0")
        generated = [row for row in rows if row["way"] == "generated" and row["task"] == name and "state" in row]
        generated.sort(key=lambda row: (row["state"] != "read", row["bits"]))
        print(f"| {name} | {' | '.join(cells)} | {chr(96) + generated[0]['formula'] + chr(96) if generated else ''} |")


if __name__ == "__main__":
    train(Path(sys.argv[2])) if sys.argv[1] == "train" else table()
