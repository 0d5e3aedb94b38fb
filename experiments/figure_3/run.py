"""Figure 3: phase diagrams over training step and β, and how each seed developed.

Reads: Liao et al. 2023, figure 3 and section 2.3. Data: `experiments/training`, the runs warmup and literal.
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
        for seed in found.seed.values:
            boundary = found.boundary.sel(seed=seed).values
            steps = [f"{b:.0e}" if np.isfinite(b) else "none" for b in boundary[:: max(1, len(boundary) // 8)]]
            print(f"  seed {seed}: {found.outcome.sel(seed=seed).item()}; boundary β over training: {', '.join(steps)}")


if __name__ == "__main__":
    main()
