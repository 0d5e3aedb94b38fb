r"""Stores what the figures need of the long runs, one small file each.

Commands, each resumable, on 2 cores 20, 60, 20 and 1 minutes:
    weightloom discover l1 --sizes 16,48,1 --seeds 4 --steps 40000 --out runs/l1
    weightloom discover l1 --sizes 16,48,1 --seeds 8 --steps 40000 --regime literal --out runs/literal
    weightloom discover l1 --sizes 8,24,1 --seeds 33 --steps 15000 --regime literal --schedule constant \
        --learning-rate 1e-3 --checkpoints 20 --out runs/l1-small
    weightloom discover l1 --sizes 16,48,1 --method adam --seeds 4 --steps 20000 --learning-rate 1e-2 --checkpoints 5 \
        --out runs/l1-adam
    weightloom discover l1 --sizes 16,48,1 --seeds 8 --steps 60000 --regime literal --out runs/literal-60000
    .venv/bin/python -m experiments.training.store runs/l1 warmup
    .venv/bin/python -m experiments.training.store runs/literal literal
    .venv/bin/python -m experiments.training.store runs/l1-small small
    .venv/bin/python -m experiments.training.store runs/l1-adam adam
    .venv/bin/python -m experiments.training.store runs/literal-60000 literal-60000
Expected: warmup.nc, literal.nc, small.nc, adam.nc and literal-60000.nc, at most two megabytes each: all scalars and
labels over (seed, step, β), and the weights of the last step. `experiments/README.md` says what they show. The seeds of
one file may come from several runs, which are then all named: eight seeds of literal were trained as two times four.
literal-60000 took less than half an hour beside other work. It is the first group of 33 seeds; no figure reads it yet.
"""

import argparse
import json
from pathlib import Path

import xarray as xr

import weightloom as wl

HERE = Path(__file__).parent


def main() -> None:
    """Store the seeds of one run, or of several that differ in nothing else."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="+", help="folders of finished runs")
    parser.add_argument("name", help="warmup, literal, small or adam")
    arguments = parser.parse_args()
    run = wl.join(arguments.runs)
    config = run.config.to_dict()
    measures = _reduced(run.measures.load())
    stored = measures.assign_attrs(config=json.dumps(config))
    path = HERE / f"{arguments.name}.nc"
    stored.to_netcdf(path, engine="scipy")
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, seeds {config['seeds']}, step {int(stored.step[-1])}")


def _reduced(measures: xr.Dataset) -> xr.Dataset:
    """Without the KL of single edges, and with the weights of the last step only."""
    weights = [name for name in measures if str(name).startswith(("weight_", "bias_"))]
    for name in weights:
        measures[name] = measures[name].isel(step=-1)
    return measures.drop_vars("kl_edge", errors="ignore")


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
