"""Figure 5: loss at sizes that the hypernetwork was never trained on, for a hypernetwork of outcome (d).

Reads: Liao et al. 2023, figure 5 and section 2.4. Data: `sizes.nc`, and for the comparison `memorised.nc`, measured by
`--measure` on the run literal of `experiments/training/store.py`.
Commands: .venv/bin/python -m experiments.figure_5.run --measure runs/literal --seed 3 --beta 1e-6 --name sizes
          .venv/bin/python -m experiments.figure_5.run --measure runs/literal --seed 1 --beta 1e-6 --name memorised
          .venv/bin/python -m experiments.figure_5.run
Expected: about ten minutes for each measurement, 81 sizes that are compiled one by one; then seconds.
"""

import argparse
from pathlib import Path

import xarray as xr

import weightloom as wl

HERE = Path(__file__).parent
INPUTS = (4, 6, 8, 12, 16, 24, 32, 48, 64)
HIDDEN = (12, 18, 24, 36, 48, 72, 96, 144, 192)
DRAWS = 3
GOOD = 0.15


def main() -> None:
    """Measure one hypernetwork at all sizes, or draw what is stored."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measure", type=Path, help="the run's folder")
    parser.add_argument("--seed", type=int, help="of the hypernetwork")
    parser.add_argument("--beta", type=float, default=1e-6)
    parser.add_argument("--name", choices=("sizes", "memorised"), default="sizes")
    arguments = parser.parse_args()
    if arguments.measure:
        run = wl.open_run(arguments.measure)
        found = wl.generalisation(run, arguments.seed, arguments.beta, INPUTS, HIDDEN, draws=DRAWS)
        found.to_netcdf(HERE / f"{arguments.name}.nc", engine="scipy")
    for name in ("sizes", "memorised"):
        path = HERE / f"{name}.nc"
        if path.exists():
            draw(xr.load_dataset(path, engine="scipy"), name)


def draw(found: xr.Dataset, name: str) -> None:
    """Draw the maps of one hypernetwork, and say what the text says of them."""
    for variable, ending in (("loss", ""), ("refitted_loss", "-refitted")):
        one = found[[variable]].rename({variable: "loss"}).assign_attrs(found.attrs)
        loss = one.loss.median("draw")
        print(wl.draw_generalisation(one, HERE / f"{name}{ending}.svg"))
        print("  trained size:", round(float(loss.sel(inputs=16, hidden=48)), 3))
        print("  hidden = 3 × inputs:", {n: round(float(loss.sel(inputs=n, hidden=3 * n)), 3) for n in INPUTS})
        larger = loss.sel(inputs=[24, 32, 48, 64])
        print(f"  sizes with a loss of at most {GOOD}: {int((loss <= GOOD).sum())} of {loss.size},", end=" ")
        print(f"more inputs than trained on: {int((larger <= GOOD).sum())} of {larger.size}")
        best = loss.hidden.values[loss.argmin("hidden").values].tolist()
        print("  best hidden width per number of inputs:", dict(zip(INPUTS, best)))
        print("  its loss:", {n: round(float(loss.sel(inputs=n).min()), 3) for n in INPUTS})


if __name__ == "__main__":
    main()
