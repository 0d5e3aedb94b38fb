"""Figure 6: networks trained by Adam beside generated ones, drawn alike, and what their hidden neurons do.

Reads: Liao et al. 2023, figure 6 and section 2.5. Data: `experiments/training`, the runs adam and warmup.
Command: .venv/bin/python -m experiments.figure_6.run
Expected: half a minute; a drawing of each kind, their losses, and the neurons assigned to single inputs counted.

The paper's hypothesis on Adam's network: some hidden neurons are assigned to a single input each, several to one
input and with either sign; the others attach to all inputs.
"""

from pathlib import Path

import numpy as np

import weightloom as wl
from experiments.training.store import network, stored
from weightloom.discovery.roles import roles

# Of the generated networks the accurate ones, where all seeds have found what they found.
BETA = 1e-6


def main() -> None:
    """Draw one network of each kind and count the roles in all of them."""
    for name in ("adam", "warmup"):
        measures = stored(name)
        last = measures.isel(step=-1)
        losses = last.loss.sel(beta=BETA, method="nearest").values
        best = int(np.argmin(losses))
        path = Path(__file__).with_name(f"{'adam' if name == 'adam' else 'generated'}.svg")
        print(wl.draw(network(measures, int(last.seed[best]), BETA), path))
        for seed, loss in zip(last.seed.values, losses):
            net = network(measures, int(seed), BETA)
            found = roles(net)
            assigned = found.positive + found.negative
            both = int(np.sum((found.positive > 0) & (found.negative > 0)))
            print(
                f"  {name} seed {seed}: {net.algorithm}, loss {loss:.4f}, "
                f"{int(found.assigned.sum())} assigned and {int(found.leftover.sum())} left over; per input "
                f"{assigned.min()} to {assigned.max()}, {both} of {len(assigned)} inputs with both signs"
            )


if __name__ == "__main__":
    main()
