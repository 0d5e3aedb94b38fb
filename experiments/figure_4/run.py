"""Figure 4: loss with the encoder against loss without it, over β.

Reads: Liao et al. 2023, figure 4 and section 2.3. Data: `experiments/training`, the runs warmup, literal and small.
Command: .venv/bin/python -m experiments.figure_4.run
Expected: seconds; one figure per run. Seeds that assign neurons at random lie on the diagonal, others above it.
"""

from pathlib import Path

import weightloom as wl
from experiments.training.store import names, stored


def main() -> None:
    """Draw the ablation of the encoder, and say how far from the diagonal each seed lies at low β."""
    for name in names():
        measures = stored(name)
        print(wl.draw_encoder_ablation(measures, Path(__file__).with_name(f"{name}.svg")))
        low = measures.isel(step=-1).sel(beta=slice(0, 1e-6))
        ratio = (low.loss_without_encoder / low.loss).median("beta")
        print(
            "  loss without encoder / with it, β ≤ 1e-6:",
            {int(s): round(float(ratio.sel(seed=s)), 1) for s in ratio.seed},
        )


if __name__ == "__main__":
    main()
