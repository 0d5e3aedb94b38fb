"""Figure 3: phase diagrams over training step and β, and how each seed developed.

Reads: Liao et al. 2023, figure 3 and section 2.3. Data: `experiments/training`, the runs warmup, literal and small.
Command: .venv/bin/python -m experiments.figure_3.run
Expected: seconds; one figure per run, the outcomes counted, and the boundary β over training.
"""

from collections import Counter
from pathlib import Path

import numpy as np

import weightloom as wl
from experiments.training.store import names, stored


def main() -> None:
    """Draw the phase diagrams and count the outcomes."""
    for name in names():
        measures = stored(name)
        print(wl.draw_phase_diagram(measures, Path(__file__).with_name(f"{name}.svg")))
        found = wl.outcomes(measures)
        print("  outcomes:", dict(Counter(found.outcome.values.tolist())))
        print("  first algorithm at low β:", dict(Counter(found["first"].values.tolist())))
        rises: Counter[str] = Counter()
        for seed in found.seed.values:
            boundary = found.boundary.sel(seed=seed).values
            boundary = boundary[np.isfinite(boundary)]
            ends = "no boundary β"
            if len(boundary):
                rises[("falls", "stays", "rises")[1 + int(np.sign(boundary[-1] - boundary[0]))]] += 1
                ends = f"boundary β from {boundary[0]:.0e} to {boundary[-1]:.0e}"
            print(f"  seed {seed}: {found.outcome.sel(seed=seed).item()}; {ends}")
        print("  boundary β between its first and the last checkpoint:", dict(rises))


if __name__ == "__main__":
    main()
