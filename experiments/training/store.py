r"""Stores what the figures need of the long runs, one small file each.

Commands, each resumable, on 2 cores 20, 40, 20 and 1 minutes:
    weightloom discover l1 --sizes 16,48,1 --seeds 4 --steps 40000 --out runs/l1
    weightloom discover l1 --sizes 16,48,1 --seeds 8 --steps 30000 --regime literal --schedule constant \
        --out runs/l1-literal
    weightloom discover l1 --sizes 8,24,1 --seeds 33 --steps 15000 --regime literal --schedule constant \
        --checkpoints 20 --out runs/l1-small
    weightloom discover l1 --sizes 16,48,1 --method adam --seeds 4 --steps 20000 --learning-rate 1e-2 --checkpoints 5 \
        --out runs/l1-adam
    .venv/bin/python -m experiments.training.store runs/l1 warmup
    .venv/bin/python -m experiments.training.store runs/l1-literal literal
    .venv/bin/python -m experiments.training.store runs/l1-small small
    .venv/bin/python -m experiments.training.store runs/l1-adam adam
Expected: warmup.nc, literal.nc, small.nc and adam.nc, at most two megabytes each: all scalars and labels over
(seed, step, β), and the weights of the last step. `experiments/README.md` says what they show.
"""

import argparse
import json
from pathlib import Path

import xarray as xr

import weightloom as wl

HERE = Path(__file__).parent


def main() -> None:
    """Store one run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="the run's folder")
    parser.add_argument("name", help="warmup, literal, small or adam")
    arguments = parser.parse_args()
    run = wl.open_run(arguments.run)
    measures = run.measures.load()
    weights = [name for name in measures if str(name).startswith(("weight_", "bias_"))]
    for name in weights:
        measures[name] = measures[name].isel(step=-1)
    stored = measures.drop_vars("kl_edge", errors="ignore").assign_attrs(config=json.dumps(run.config.to_dict()))
    path = HERE / f"{arguments.name}.nc"
    stored.to_netcdf(path, engine="scipy")
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, step {int(stored.step[-1])}, {run}")


def stored(name: str) -> xr.Dataset:
    """The measures stored under a name."""
    return xr.load_dataset(HERE / f"{name}.nc", engine="scipy")


def names() -> list[str]:
    """The names under which runs of hypernetworks are stored."""
    return [name for name in ("warmup", "literal", "small") if (HERE / f"{name}.nc").exists()]


def network(measures: xr.Dataset, seed: int, beta: float) -> wl.Network:
    """A stored network of the last step."""
    config = json.loads(measures.attrs["config"])
    own = measures.sel(seed=seed).sel(beta=beta, method="nearest")
    layers = range(len(config["sizes"]) - 1)
    parameters = [(own[f"weight_{k}"].values, own[f"bias_{k}"].values) for k in layers]
    return wl.Network(wl.MLP(tuple(config["sizes"]), config["activation"]), parameters)


if __name__ == "__main__":
    main()
