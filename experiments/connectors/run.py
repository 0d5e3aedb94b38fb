"""Connectors between text encoders: one hypernetwork for all pairs, beside connectors trained one by one.

Reads: Singh et al., EMNLP 2025 (arXiv 2507.10015). Data: `experiments/text_encoders/features`, 20 newsgroups.
Command: .venv/bin/python -m experiments.connectors.run [--train]
Expected: seconds; the table and connectors.svg from connectors.json. With --train it trains all anew first, ten minutes
on two busy cores, and stores it.

Linear connectors, batch 256, 1,000 of 4,000 documents held out, one key; learning rates are the defaults, hardly tuned.
Accuracy is recall@1 among the 1,000, the mean of both ways; chance is .001. Rank correlation is over nine pairs, with
the first row. Seconds are of a busy machine.

| three sources, three targets | evaluations | seconds | mean accuracy | of the random encoder | rank correlation |
|---|---|---|---|---|---|
| separate, 300 steps | 2,700 | 74 | .746 | .33 | 1 |
| separate, 100 steps | 900 | 23 | .627 | .07 | .93 |
| separate, 100 steps, another key | 900 | 18 | .627 | .07 | .97 |
| separate, 33 steps | 297 | 6 | .427 | .01 | .97 |
| hypernetwork, 100 steps of three pairs | 300 | 37 | .603 | .01 | .93 |
| hypernetwork, 300 steps of three pairs | 900 | 135 | .647 | .04 | .93 |

For 300 evaluations the hypernetwork's connectors are better, for 900 about as good. In seconds they are dearer: a step
moves 64 numbers for each one of a connector. Nor are they needed for the ranking: 33 separate steps find it in 6 s.

| a new source, the hypernetwork frozen | mean code | code fitted, 150 steps | seconds | separate, 150 steps | seconds |
|---|---|---|---|---|---|
| minilm-l6-layer-2, to three targets | .34 | .66 | 40 | .98 | 11 |
| minilm-l3, to minilm-l6 and its layer 4 | .21 | .59 | 35 | .97 | 4 |

A fitted code is far above chance, and a connector of its own is better in a fraction of the time.
"""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import safetensors.numpy
from jaxtyping import Float
from matplotlib.figure import Figure
from scipy.stats import spearmanr

from weightloom.figures.saving import save
from weightloom.figures.style import INK, NEGATIVE, POSITIVE, house_style
from weightloom.runs.atomic import write_file
from weightloom.similarity import Connectors, connect, connect_separately

HERE = Path(__file__).parent
FEATURES = HERE.parent / "text_encoders" / "features"
RECORD = HERE / "connectors.json"
SOURCES = ("wordllama", "minilm-l6-layer-0", "minilm-l6-random")
TARGETS = ("minilm-l6", "minilm-l3", "minilm-l6-layer-4")
# A layer between a source and a target, and another network, which is a target too.
NEW = {"minilm-l6-layer-2": TARGETS, "minilm-l3": ("minilm-l6", "minilm-l6-layer-4")}
BATCH = 256
SEPARATE_STEPS = (300, 100, 33)
HYPERNETWORK_STEPS = (100, 300)
PAIRS = 3
FITTED_STEPS = 150


def main() -> None:
    """Train if asked to, and show what is stored."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", action="store_true", help="train anew before drawing")
    if parser.parse_args().train:
        train()
    record = json.loads(RECORD.read_text())
    print("training, evaluations, seconds, mean accuracy, Spearman with the reference")
    for one in record["grid"]:
        agreement = spearman(one, record["grid"][0])
        print(f"{one['name']} | {one['evaluations']} | {one['seconds']:.0f} | {mean(one):.3f} | {agreement:.2f}")
    for one in record["new"]:
        print(f"{one['name']} | {one['evaluations']} | {one['seconds']:.0f} | {mean(one):.3f} | {one['accuracy']}")
    with house_style():
        save(figure(record), HERE / "connectors.svg")


def train() -> None:
    """Train every row of the table, and store it as soon as it is there."""
    record: dict[str, list] = {"grid": [], "new": []}

    def keep(part: str, name: str, found: Connectors, targets: Iterable[str] = TARGETS) -> None:
        accuracy = found.accuracy.sel(target=list(targets)).values.astype(float).round(4).tolist()
        losses = [round(float(found.losses[place]), 3) for place in (0, -1)]
        cost = {**found.cost._asdict(), "seconds": round(found.cost.seconds, 1)}
        record[part].append({"name": name, **cost, "first and last loss": losses, "accuracy": accuracy})
        write_file(RECORD, (json.dumps(record) + "\n").encode())
        print(record[part][-1], flush=True)

    sources, targets = stored(SOURCES), stored(TARGETS)
    for steps in SEPARATE_STEPS:
        keep("grid", f"separate, {steps} steps", connect_separately(sources, targets, steps=steps, batch=BATCH))
    again = connect_separately(sources, targets, steps=SEPARATE_STEPS[1], batch=BATCH, key=1)
    keep("grid", f"separate, {SEPARATE_STEPS[1]} steps, another key", again)
    for steps in HYPERNETWORK_STEPS:
        found = connect(sources, targets, steps=steps, batch=BATCH, pairs_per_step=PAIRS, basis="given")
        keep("grid", f"hypernetwork, {steps} steps", found)
    for name, others in NEW.items():
        [features] = stored([name]).values()
        fitted = found.fit_code(features, others, name=name, steps=FITTED_STEPS)
        keep("new", f"{name}, code fitted", fitted, others)
        start = found.fit_code(features, others, name=name, steps=1, learning_rate=1e-12)
        keep("new", f"{name}, mean code", start, others)
        one_by_one = connect_separately({name: features}, stored(others), steps=FITTED_STEPS, batch=BATCH)
        keep("new", f"{name}, separate", one_by_one, others)


def stored(names: Iterable[str]) -> dict[str, Float[np.ndarray, "rows _"]]:
    """Features by the encoder's name."""
    return {
        name: safetensors.numpy.load_file(FEATURES / f"{name}.safetensors")["features"].astype(np.float32)
        for name in names
    }


def mean(row: dict) -> float:
    """Accuracy over all pairs."""
    return float(np.mean(row["accuracy"]))


def spearman(row: dict, other: dict) -> float:
    """Of the accuracies of all pairs."""
    return float(spearmanr(np.ravel(row["accuracy"]), np.ravel(other["accuracy"])).statistic)


def figure(record: dict) -> Figure:
    """Accuracy by cost, and every pair's accuracy beside that of the reference."""
    drawn = Figure(figsize=(7, 2.9), layout="constrained")
    by_cost, by_pair = drawn.subplots(1, 2)
    rows, reference = record["grid"], record["grid"][0]
    for kind, colour, marker in (("separate", NEGATIVE, "s"), ("hypernetwork", POSITIVE, "o")):
        own = sorted((row for row in rows if row["name"].startswith(kind)), key=lambda row: row["evaluations"])
        by_cost.plot([row["evaluations"] for row in own], [mean(row) for row in own], color=colour, marker=marker,
                     markersize=4, label=kind)  # fmt: skip
    longest = [row for row in rows if row["name"].startswith("hypernetwork")][-1]
    by_pair.plot([0, 1], [0, 1], color=INK, linewidth=0.5)
    by_pair.scatter(np.ravel(reference["accuracy"]), np.ravel(longest["accuracy"]), color=POSITIVE, s=16)
    by_cost.set(xscale="log", ylim=(0, 1), xlabel="connectors evaluated on a batch", ylabel="mean recall@1, held out")
    by_cost.set_xticks([300, 900, 2700], ["300", "900", "2,700"])
    by_cost.minorticks_off()
    by_cost.legend(loc="lower right")
    by_pair.set(xlim=(0, 1), ylim=(0, 1), xlabel=f"recall@1, {reference['name']}", ylabel=f"{longest['name']}",
                aspect="equal")  # fmt: skip
    by_pair.set_title(f"{len(np.ravel(reference['accuracy']))} pairs, Spearman {spearman(longest, reference):.2f}")
    return drawn


if __name__ == "__main__":
    main()
