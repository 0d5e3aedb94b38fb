"""Section 2.1, eq. 4: the constant α and the distribution D of convexity networks.

Reads: Liao et al. 2023, section 2.1. Data: `experiments/training`, all runs of hypernetworks.
Command: .venv/bin/python -m experiments.convexity.run
Expected: seconds; per seed, over its convexity networks of the last step: α, the spread of the output weights around
it, and whether the first layer's weights have one mode or two.
"""

import numpy as np

from experiments.training.store import names, network, stored
from weightloom.discovery.roles import weight_distribution


def main() -> None:
    """Print a line per seed."""
    for name in names():
        measures = stored(name)
        last = measures.isel(step=-1)
        for seed in last.seed.values:
            own = last.sel(seed=seed)
            betas = own.beta.values[own.algorithm.values == "convexity"]
            if not len(betas):
                print(f"{name} seed {seed}: no convexity network")
                continue
            found = [weight_distribution(network(measures, int(seed), float(beta))) for beta in betas]
            alpha, spread, bimodality = (
                np.median([getattr(one, part) for one in found]) for part in ("alpha", "spread", "bimodality")
            )
            two = sum(one.bimodal for one in found)
            print(
                f"{name} seed {seed}: {len(found)} convexity networks, α {alpha:.2f}, spread {100 * spread:.0f} %, "
                f"Sarle's coefficient {bimodality:.2f}, bimodal {two} of {len(found)}"
            )


if __name__ == "__main__":
    main()
