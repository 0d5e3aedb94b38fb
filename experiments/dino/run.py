"""DINo's table on Navier–Stokes: forecasts of 16 unseen trajectories from their first frame.

Reads: Yin et al., ICLR 2023, section 4 and table 1, with 10 + 10 frames and 96 + 16 trajectories at 64².
Data: .venv/bin/weightloom simulate navier-stokes --trajectories 112 --out data/ns.zarr
Command, one cell each: .venv/bin/python -m experiments.dino.run data/ns.zarr --model dino --observed 0.05 --seed 0
Then, for the tables and figures of all stored cells: .venv/bin/python -m experiments.dino.draw
Expected: at most 20 minutes per cell on a core. Targets, In-t/Out-t MSE: 1.5e-2/3e-2 at 100 %, 2e-2/4e-2 at 5 %.

A cell that was interrupted goes on from its last checkpoint when the same command runs again.
"""

import argparse
import dataclasses
import json
import os
import time
from pathlib import Path

import jax
import numpy as np

from weightloom.fields.evaluate import evaluate
from weightloom.fields.fit import fit
from weightloom.fields.models import FieldModel, find_model
from weightloom.fields.reading import open_trajectories
from weightloom.fields.run import FieldRun
from weightloom.fields.trajectories import Trajectories

CELLS = Path(__file__).with_name("cells")
FRAMES, IN_FRAMES, TEST = 20, 10, 16


def main() -> None:
    """Fit one cell, evaluate it, store its numbers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a .zarr folder that `weightloom simulate` wrote")
    parser.add_argument("--model", default="dino", help="a name from weightloom.fields.models.MODELS")
    parser.add_argument("--set", default="{}", help="entries of the model, as JSON")
    parser.add_argument("--observed", type=float, default=1.0, help="share of the points")
    parser.add_argument("--per-frame", action="store_true", help="another mask for every frame")
    parser.add_argument("--seed", type=int, default=0, help="of the training and of the mask")
    parser.add_argument("--steps", type=int, help="training steps; the model's own number unless given")
    parser.add_argument("--validation", type=int, default=1, help="training trajectories to measure the training on")
    parser.add_argument("--runs", type=Path, default=Path("runs/dino"), help="folder of the runs")
    parser.add_argument("--name", help="of the cell; follows from the arguments unless given")
    arguments = parser.parse_args()
    name = arguments.name or cell_name(arguments)
    arguments.runs.mkdir(parents=True, exist_ok=True)
    data = open_trajectories(arguments.data).frames(slice(0, FRAMES))
    model = find_model(arguments.model)(**json.loads(arguments.set))
    run, seconds = fitted(data, model, name, arguments)
    numbers = {"cell": name, "arguments": {key: str(value) for key, value in vars(arguments).items()}}
    numbers |= {"settings": dataclasses.asdict(run.model), "steps": run.config.steps, "train_seconds": seconds}
    numbers |= {"cores": os.cpu_count(), "load": os.getloadavg()[0], "jax": jax.__version__}
    numbers |= measured(run, data, arguments.seed)
    CELLS.mkdir(exist_ok=True)
    (CELLS / f"{name}.json").write_text(json.dumps(numbers, indent=1) + "\n")
    for row, errors in numbers["mse"].items():
        print(f"{row:40} In-t {np.mean(errors[:IN_FRAMES]):.2e}  Out-t {np.mean(errors[IN_FRAMES:]):.2e}")
    print(f"{name}: {run.config.steps} steps in {seconds:.0f} s")


def cell_name(arguments: argparse.Namespace) -> str:
    """Data, model, conditioning if any, share and seed."""
    conditioning = json.loads(arguments.set).get("conditioning")
    parts = [arguments.data.stem, arguments.model, conditioning, f"{arguments.observed:g}"]
    parts += ["per-frame" if arguments.per_frame else None, f"seed{arguments.seed}"]
    return "-".join(part for part in parts if part)


def fitted(data: Trajectories, model: FieldModel, name: str, arguments: argparse.Namespace) -> tuple[FieldRun, float]:
    """The run of a cell, and the seconds that its training took, over all interruptions."""
    clock = arguments.runs / f"{name}.seconds"
    before = float(clock.read_text()) if clock.exists() else 0.0
    begun = time.perf_counter()

    def note() -> bool:
        clock.write_text(str(before + time.perf_counter() - begun))
        return False

    run = fit(
        data,
        model,
        out=arguments.runs / name,
        observed=arguments.observed,
        per_frame=arguments.per_frame,
        mask_key=arguments.seed,
        in_frames=IN_FRAMES,
        test=TEST,
        validation=arguments.validation,
        seeds=(arguments.seed,),
        steps=arguments.steps,
        stop=note,
    )
    return run, float(clock.read_text()) if clock.exists() else time.perf_counter() - begun


def measured(run: FieldRun, data: Trajectories, seed: int) -> dict:
    """Errors per frame of the model and the baselines, of other grids and of another mask, and what they cost."""
    table = evaluate(run, data=data)
    found = {
        "mse": _per_frame(table, "mse"),
        "relative_l2": _per_frame(table, "relative_l2"),
        "forecast_seconds": {str(name): float(table.seconds.sel(model=name)) for name in table.model.values},
        "parameters": {str(name): int(table.parameters.sel(model=name)) for name in table.model.values},
        "validation_mse": run.measures.validation_mse.isel(seed=0).values.tolist(),
        "validation_steps": run.measures.step.values.tolist(),
    }
    if run.config.observed < 1:
        other = evaluate(run, data=data, mask_key=seed + 1000, baselines=False)
        found["mse_new_mask"] = _per_frame(other, "mse")
    return found


def _per_frame(table, variable: str) -> dict[str, list[float]]:
    errors = table[variable].sel(where="all").isel(seed=0)
    return {str(name): errors.sel(model=name).values.tolist() for name in table.model.values}


if __name__ == "__main__":
    main()
