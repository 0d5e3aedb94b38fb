"""Forecasts of four PDEs from the first frame alone: DINo, continuous POD, H(t, code) and what they must beat.

Reads: Yin et al., ICLR 2023, section 4; New POVs on hypernetworks, first half.
Command: .venv/bin/python -m experiments.dino.run [--only navier-stokes]
Expected: seven hours of one core for all cells. It simulates what data are missing, skips the cells that are stored,
goes on with what was interrupted and measures runs that are complete without training them again, so that it may be
started twice, once per core, or with a part of a cell's name. A cell holds the config of its run and the commit that
measured it.
Then: .venv/bin/python -m experiments.dino.draw
"""

import argparse
import dataclasses
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np
import xarray as xr

from weightloom._load import open_field_run
from weightloom.errors import RunError
from weightloom.fields._evaluate import evaluate
from weightloom.fields._fit import fit
from weightloom.fields._sensor_mask import sensor_mask
from weightloom.fields.forecasting import forecast_all
from weightloom.fields.grids import thinned
from weightloom.fields.models import find_model
from weightloom.fields.pdes import PDES
from weightloom.fields.reading import open_trajectories
from weightloom.fields.run import FieldRun
from weightloom.fields.trajectories import Trajectories
from weightloom.runs.atomic import write_file

CELLS = Path(__file__).with_name("cells")
WORK = Path("runs/dino")
WINDOW, IN_FRAMES = 20, 10
NEW_MASK = 1000
COMMIT = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()


@dataclasses.dataclass(frozen=True)
class Source:
    """Data of one PDE.

    Attributes:
        trajectories: all of them; the last `test` are the test, the last `validation` of the rest the validation.
        frames: of each; they are cut into windows of 20.
        test, validation: how many.
        fine: a grid on which the test is simulated too.
    """

    trajectories: int = 112
    frames: int = 40
    test: int = 16
    validation: int = 8
    fine: int | None = None


SOURCES = {
    "navier-stokes": Source(fine=128),
    "wave": Source(),
    "heat": Source(frames=20),
    "shallow-water": Source(trajectories=12, frames=160, test=2, validation=1),
}


@dataclasses.dataclass(frozen=True)
class Cell:
    """One fit and its forecasts.

    Attributes:
        source: a name from SOURCES.
        model: a name from `weightloom.fields.models.MODELS`, with the `settings` that differ from its own.
        steps: of the training; the model's own number unless given.
        observed: share of the points; `per_frame`: others in each frame.
        seed: of the training and of the mask.
        baselines: whether those that are solved in closed form are fitted and measured too.
    """

    source: str
    model: str
    observed: float = 1.0
    per_frame: bool = False
    seed: int = 0
    settings: tuple[tuple[str, Any], ...] = ()
    steps: int | None = None
    baselines: bool = False

    @property
    def name(self) -> str:
        """Everything that tells it from the others."""
        settings = [f"{name}-{value or 'none'}" for name, value in self.settings]
        moving = ["moving"] if self.per_frame else []
        steps = [] if self.steps is None else [f"steps-{self.steps}"]
        parts = [self.source, self.model, *settings, *steps, f"observed-{self.observed:g}", *moving]
        return "_".join([*parts, f"seed-{self.seed}"])


AS_PUBLISHED = (("start", "zero"), ("fit", "descend"))
FROM_ZERO = (("start", "zero"),)
LINEAR = (("dynamics", ()),)
SETTINGS = {(): "", AS_PUBLISHED: ", from zero, descended", FROM_ZERO: ", from zero", LINEAR: ", linear ODE"}


def cells() -> list[Cell]:
    """All of them, the most wanted first."""
    wanted = []
    for seed in range(3):
        wanted += [
            Cell("navier-stokes", "dino", seed=seed),
            Cell("navier-stokes", "dino", 0.05, seed=seed),
            Cell("navier-stokes", "hypernetwork-in-time", seed=seed),
            *(
                Cell("navier-stokes", "continuous-pod", observed, moving, seed, baselines=True)
                for observed, moving in ((1.0, False), (0.05, False), (0.05, True), (0.01, False))
            ),
        ]
    for source in ("wave", "heat", "shallow-water"):
        for observed in (1.0, 0.05):
            wanted.append(Cell(source, "continuous-pod", observed, baselines=True))
            wanted.append(Cell(source, "dino", observed))
        wanted.append(Cell(source, "hypernetwork-in-time"))
    wanted.append(Cell("navier-stokes", "dino", settings=AS_PUBLISHED))
    for observed in (1.0, 0.05):
        wanted.append(Cell("navier-stokes", "dino", observed, settings=FROM_ZERO))
    wanted.append(Cell("heat", "dino", settings=LINEAR))
    wanted.append(Cell("navier-stokes", "dino", 0.05, True, settings=FROM_ZERO))
    for model in ("dino", "continuous-pod"):
        wanted.append(Cell("navier-stokes", model, 0.25, baselines=model == "continuous-pod"))
    wanted.append(Cell("navier-stokes", "dino", steps=12_000))
    return wanted


def main() -> None:
    """Fit, evaluate and store the cells that are not stored yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="cells whose name contains this")
    arguments = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    CELLS.mkdir(exist_ok=True)
    for cell in cells():
        path = CELLS / f"{cell.name}.json"
        if arguments.only not in cell.name or path.exists():
            continue
        data = simulated(cell.source)
        try:
            run, seconds = fitted(cell, data)
        except RunError as error:
            print(f"{cell.name}: {error}", flush=True)  # such as: another process writes this run
            continue
        numbers = {**dataclasses.asdict(cell), "config": run.config.to_dict(), "train_seconds": round(seconds, 1)}
        numbers |= {"commit": COMMIT, "cores": os.cpu_count(), "jax": jax.__version__}
        numbers |= measured(cell, run, data)
        write_file(path, (json.dumps(numbers, indent=1) + "\n").encode())
        for row, errors in numbers["mse"]["all"].items():
            print(f"{row:40} In-t {np.mean(errors[:IN_FRAMES]):.2e}  Out-t {np.mean(errors[IN_FRAMES:]):.2e}")
        print(f"{cell.name}: {run.config.steps} steps in {seconds:.0f} s", flush=True)


def simulated(name: str, fine: bool = False) -> Trajectories:
    """A PDE's trajectories, from disk if they are there."""
    source = SOURCES[name]
    path = WORK / f"{name}{'-fine' if fine else ''}.zarr"
    if not path.exists():
        count, first = (source.test, source.trajectories - source.test) if fine else (source.trajectories, 0)
        grid = source.fine if fine and source.fine else 64
        PDES[name]().simulate(count, source.frames, grid, first=first).save(path)
    return open_trajectories(path)


def fitted(cell: Cell, data: Trajectories) -> tuple[FieldRun, float]:
    """The run of a cell, and the seconds that its training took, over all interruptions."""
    clock = WORK / f"{cell.name}.seconds"
    if (WORK / cell.name / "COMPLETE").exists():
        return open_field_run(WORK / cell.name), float(clock.read_text())
    before = float(clock.read_text()) if clock.exists() else 0.0
    begun = time.perf_counter()

    def note() -> bool:
        clock.write_text(str(before + time.perf_counter() - begun))
        return False

    source = SOURCES[cell.source]
    run = fit(
        data,
        find_model(cell.model)(**dict(cell.settings)),
        out=WORK / cell.name,
        observed=cell.observed,
        per_frame=cell.per_frame,
        mask_key=cell.seed,
        in_frames=IN_FRAMES,
        windows=None if source.frames == WINDOW else WINDOW,
        test=source.test,
        validation=source.validation,
        seeds=(cell.seed,),
        steps=cell.steps,
        stop=note,
    )
    return run, float(clock.read_text())


def measured(cell: Cell, run: FieldRun, data: Trajectories) -> dict[str, Any]:
    """Errors per frame of the model and the baselines, on other grids and with another mask, and what they cost."""
    table = evaluate(run, data=data, baselines=cell.baselines)
    test = run.parts_of(data).test
    validation = run.measures.validation_mse.isel(seed=0)
    found: dict[str, Any] = {
        "mse": {str(place): errors(table, str(place)) for place in table["where"].values},
        "relative_l2": errors(table, "all", "relative_l2"),
        "parameters": {str(name): int(table.parameters.sel(model=name)) for name in table.model.values},
        "forecast_seconds": {str(name): float(table.seconds.sel(model=name)) for name in table.model.values},
        "first_frame_seconds": first_frame_seconds(run, test),
        "validation_mse": validation.values.round(9).tolist(),
        "validation_steps": run.measures.step.values.tolist(),
    }
    grids = {"32": thinned(test, 2)}
    if SOURCES[cell.source].fine:
        grids["128"] = simulated(cell.source, fine=True).windows(WINDOW)
    for name, other in grids.items():
        found[f"mse_grid_{name}"] = errors(evaluate(run, other, baselines=False), "all")
    if cell.observed < 1:
        moved = evaluate(run, test, mask_key=cell.seed + NEW_MASK, baselines=False)
        found["mse_new_mask"] = errors(moved, "all")
    return found


def errors(table: xr.Dataset, place: str, measure: str = "mse") -> dict[str, list[float]]:
    """Of each frame, by the model's name."""
    chosen = table[measure].sel(where=place).isel(seed=0)
    return {
        str(name): [float(f"{error:.4g}") for error in chosen.sel(model=name).values] for name in table.model.values
    }


def first_frame_seconds(run: FieldRun, test: Trajectories) -> float:
    """What the fit of all first frames takes: a forecast of no later frame, compiled."""
    config = run.config
    mask = sensor_mask(test, config.observed, config.mask_key, config.per_frame)[0]
    fitted = (run.model, run.parameters(config.seeds[0]), run.scale)
    arguments = (*fitted, test.at_points[:, 0], mask, test.points, np.zeros(1), test.points)
    forecast_all(*arguments)
    begun = time.perf_counter()
    forecast_all(*arguments)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
