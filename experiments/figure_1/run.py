"""Figure 1: generated networks that run the convexity, pudding(+), pudding(−) and double-sided algorithms.

Reads: Liao et al. 2023, figure 1 and section 2.1. Data: `experiments/training`, the run warmup.
Command: .venv/bin/python -m experiments.figure_1.run
Expected: half a minute; four drawings, each of a network that training found, and its loss; and the front of all seeds.
"""

from pathlib import Path

import numpy as np

import weightloom as wl
from experiments.training.store import network, stored

FILES = {
    "convexity": "convexity",
    "pudding+": "pudding-plus",
    "pudding-": "pudding-minus",
    "double-sided": "double-sided",
}


def main() -> None:
    """Draw the network of the widest margin of every algorithm, and the front."""
    measures = stored("warmup")
    last = measures.isel(step=-1)
    for algorithm, file in FILES.items():
        margins = last.margin.where(last.algorithm == algorithm)
        seed, place = np.unravel_index(np.nanargmax(margins.values), margins.shape)
        found = last.isel(seed=seed, beta=place)
        net = network(measures, int(found.seed), float(found.beta))
        path = wl.draw(net, Path(__file__).with_name(f"{file}.svg"))
        print(
            f"{path.name}: {net.algorithm}, seed {int(found.seed)}, β = {float(found.beta):.1e}, "
            f"loss {float(found.loss):.3f}, {float(found.kl):,.1f} nats"
        )
    wl.draw_front(measures, Path(__file__).with_name("front.svg"))


if __name__ == "__main__":
    main()
