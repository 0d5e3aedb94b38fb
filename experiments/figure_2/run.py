"""Figure 2: networks over β in the space of the three order parameters.

Reads: Liao et al. 2023, figure 2 and section 2.2. Data: `experiments/training`, the runs warmup, literal and small.
Command: .venv/bin/python -m experiments.figure_2.run
Expected: seconds; one figure per run.
"""

from pathlib import Path

import weightloom as wl
from experiments.training.store import names, stored


def main() -> None:
    """Draw order parameter space."""
    for name in names():
        print(wl.draw_order_parameters(stored(name), Path(__file__).with_name(f"{name}.svg")))


if __name__ == "__main__":
    main()
