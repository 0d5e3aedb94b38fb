"""Section 2.1: a pudding network needs n + 1 hidden neurons only.

Reads: Liao et al. 2023, section 2.1, eq. 3. Data: `experiments/training`, all runs.
Command: .venv/bin/python -m experiments.pruning.run
Expected: half a minute; every pudding network that training found at the last step, pruned from 48 to 17 hidden
neurons without any training, and the losses of both.
"""

import json

import numpy as np

import weightloom as wl
from experiments.training.store import names, network, stored
from weightloom.discovery.tasks import TASKS


def main() -> None:
    """Print the losses before and after, over seeds and β."""
    for name in names():
        measures = stored(name)
        config = json.loads(measures.attrs["config"])
        inputs = config["sizes"][0]
        x, target = map(np.asarray, TASKS[config["task"]].at(inputs).evaluation())
        last = measures.isel(step=-1)
        print(f"{name}: β, seed, algorithm, hidden neurons, loss, hidden neurons after, loss after")
        for seed in last.seed.values:
            for beta in last.beta.values:
                net = network(measures, int(seed), float(beta))
                if net.algorithm.startswith("pudding"):
                    pruned = wl.prune(net)
                    before, after = (float(np.mean((np.asarray(n(x))[:, 0] - target) ** 2)) for n in (net, pruned))
                    widths = [n.architecture.sizes[1] for n in (net, pruned)]
                    print(f"{beta:.1e} {seed} {net.algorithm} {widths[0]} {before:.3f} {widths[1]} {after:.3f}")


if __name__ == "__main__":
    main()
