r"""Whether convexity networks of the included run are draws from one distribution of weights, "w ~ D".

Command, about a minute on one core:
    .venv/bin/python -m experiments.reading.drawn > experiments/reading/drawn.md
Expected: at large β, where the encoder passes nothing, most are typical draws.
"""

import numpy as np

import weightloom as wl
from weightloom.discovery.reading import drawn

RANGES = {"β < 1e-3": (0, 1e-3), "β ≥ 1e-3": (1e-3, np.inf)}


def main() -> None:
    """Print a table by seed and range of β, of the last step."""
    run = wl.open_run("l1-paper")
    table = run.table()
    table = table[table.algorithm == "convexity"]
    print("| seed | β | convexity networks | drawn | rank, median | R² of the draws' mean | R² of one draw |")
    print("|---|---|---|---|---|---|---|")
    for seed in run.config.seeds:
        for name, (low, high) in RANGES.items():
            betas = table[(table.seed == seed) & (table.beta >= low) & (table.beta < high)].beta
            found = [drawn(run.network(seed, float(beta))) for beta in betas]
            if found:
                typical = sum(one.state == "drawn" for one in found)
                numbers = np.median([(one.rank, one.explained, one.fresh) for one in found], axis=0)
                print(f"| {seed} | {name} | {len(found)} | {typical} | {' | '.join(f'{n:.3f}' for n in numbers)} |")


if __name__ == "__main__":
    main()
