"""Codes of new sources, in the given axes of features and in those of anchors, beside ridge connectors.

Data: `experiments/text_encoders/features`, 20 newsgroups, split as in `experiments.connectors.run`.
Command: .venv/bin/python -m experiments.connectors.bases
Expected: two to three minutes of processor time, bases.json, and the table that is printed.

The hypernetwork is trained for 100 steps of three pairs, and each code for 100 steps. `rotated` is minilm-l6-layer-0,
which is a source of the grid, times a random rotation. Values are held-out recall@1; chance is .001. One key.
"""

import json
from pathlib import Path

import numpy as np
from scipy.stats import ortho_group

from experiments.connectors.run import BATCH, NEW, PAIRS, SOURCES, TARGETS, stored
from weightloom.runs.atomic import write_file
from weightloom.similarity import Connectors, connect, connect_by_ridge

RECORD = Path(__file__).parent / "bases.json"
STEPS = 100
TURNED = "minilm-l6-layer-0"


def main() -> None:
    """Train, and store every row as soon as it is there."""
    rows: list[dict[str, object]] = []

    def keep(name: str, found: Connectors, targets: tuple[str, ...] = TARGETS) -> None:
        accuracy = found.accuracy.sel(target=list(targets)).values
        rows.append({"name": name, "mean": round(float(accuracy.mean()), 3), "accuracy": accuracy.round(3).tolist()})
        write_file(RECORD, (json.dumps(rows, indent=1) + "\n").encode())
        print(rows[-1], flush=True)

    sources, targets = stored(SOURCES), stored(TARGETS)
    features = sources[TURNED]
    new = stored(NEW) | {"rotated": features @ ortho_group(features.shape[1], seed=0).rvs().astype(np.float32)}
    for basis in ("anchors", "given"):
        found = connect(sources, targets, steps=STEPS, batch=BATCH, pairs_per_step=PAIRS, basis=basis)
        keep(f"{basis}, grid", found)
        for name, one in new.items():
            others = NEW.get(name, TARGETS)
            keep(f"{basis}, {name}", found.fit_code(one, others, name=name, steps=STEPS), others)
    keep("ridge, grid", connect_by_ridge(sources, targets))
    for name, one in new.items():
        others = NEW.get(name, TARGETS)
        keep(f"ridge, {name}", connect_by_ridge({name: one}, stored(others)), others)


if __name__ == "__main__":
    main()
