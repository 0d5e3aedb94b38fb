"""Tables and figures of the cells that `experiments.dino.run` stored.

Command: .venv/bin/python -m experiments.dino.draw
Expected: seconds; README.md with all tables, a figure of the errors per frame for two shares of Navier–Stokes, and,
where the runs are still on disk, forecasts beside the truth.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from experiments.dino.run import CELLS, IN_FRAMES, SETTINGS, SOURCES, WORK, Cell, cells, simulated
from weightloom._load import open_field_run
from weightloom._validation import plain_value
from weightloom.fields._sensor_mask import sensor_mask
from weightloom.fields.plots import draw_errors, draw_forecast
from weightloom.fields.run import FieldRun

HERE = Path(__file__).parent
SHARES = (1.0, 0.05)
# From 5 % of the points of the first frame.
PICTURES = (
    Cell("navier-stokes", "dino", 0.05),
    Cell("navier-stokes", "continuous-pod", 0.05, baselines=True),
)

INTRODUCTION = """
# Forecasts from the first frame

Models forecast trajectories that they have not seen, from the first frame alone. Sensors see a share of its points.
The tables give the MSE over all points in the data's units squared, mean ± standard deviation over seeds; a seed sets
the training and the choice of sensors. In-t are the 10 frames that the models were fitted to, Out-t the 10 after
them. `dino` is the model of [Yin et al., ICLR 2023](https://arxiv.org/abs/2209.14855). These commands write this
page:

    python -m experiments.dino.run
    python -m experiments.dino.draw

**Data.** Navier–Stokes and wave: 112 trajectories of 40 frames on 64², each cut into two sequences of 20. The last 16
trajectories are the test, the 8 before them the validation. Heat: 112 trajectories of 20 frames. Shallow water: 12
trajectories of 160 frames on 64 × 128 points of the sphere, each cut into eight sequences; 2 are the test, 1 the
validation.

**Models.** `continuous-pod` and `pod-quadratic` take a linear step where held-out trajectories do not favour a
quadratic one. Forecasts use the step of smallest validation error if the run kept the parameters of all measured
steps (`keep: all`), else the last step. Every cell in `cells/` holds the config of its run.

**Costs.** Training was timed beside other work on two cores. Forecasts are compiled and of all test sequences at
once: the code of the first frame alone, and all frames. The difference between the two is the roll-out.
"""

Stored = dict[str, Any]
Errors = Float[np.ndarray, "seed time"]


def main() -> None:
    """Write the tables, draw the figures."""
    paths = [CELLS / f"{cell.name}.json" for cell in cells()]
    stored = [json.loads(path.read_text()) for path in paths if path.exists()]
    parts = [INTRODUCTION.strip()]
    for source in SOURCES:
        own = [cell for cell in stored if cell["source"] == source]
        if not own:
            continue
        parts += [f"## {source}", errors_table(own)]
        parts += ["### At the sensors, In-s, and elsewhere, Out-s", seen_table(own)]
        parts += ["### On other grids, and with other sensors than in training", moved_table(own)]
        parts += ["### What it costs", costs_table(own)]
        if source == "navier-stokes":
            for share in SHARES:
                found = curves([cell for cell in own if observed(cell) == f"{share:.0%}"])
                print(draw_errors(found, HERE / f"errors-{share:g}.svg", in_frames=IN_FRAMES))
    (HERE / "README.md").write_text("\n\n".join(parts) + "\n")
    print("\n\n".join(parts))
    for cell in PICTURES:
        if (WORK / cell.name / "COMPLETE").exists():
            print(picture(open_field_run(WORK / cell.name), cell))


def observed(cell: Stored) -> str:
    """What sensors see."""
    return f"{cell['observed']:.0%}" + (", moving" if cell["per_frame"] else "")


def hashable(value: Any) -> Any:
    """Lists of JSON as tuples, all the way down."""
    return tuple(map(hashable, value)) if isinstance(value, list) else value


def label(cell: Stored) -> str:
    """The cell's own model, with what makes it unusual."""
    name = next(iter(cell["mse"]["all"])) + SETTINGS[plain_value(cell["settings"])]
    return name if cell["steps"] is None else f"{name}, {cell['steps']:,} steps"


def shares_of(stored: list[Stored]) -> dict[str, list[Stored]]:
    """Cells by what sensors see, most of it first."""
    found: dict[str, list[Stored]] = {}
    for cell in sorted(stored, key=lambda cell: (-cell["observed"], cell["per_frame"])):
        found.setdefault(observed(cell), []).append(cell)
    return found


def curves(stored: list[Stored], *entry: str) -> dict[str, Errors]:
    """Errors per frame of each seed, by model: the MSE at all points unless another entry of the cells is asked for."""
    found: dict[str, list[list[float]]] = {}
    for cell in stored:
        errors: Any = cell
        for name in entry or ("mse", "all"):
            errors = errors.get(name, {})
        if not errors:
            continue
        own, *baselines = errors.items()
        found.setdefault(label(cell), []).append(own[1])
        for name, errors in baselines:
            found.setdefault(name, []).append(errors)
    return {name: np.array(errors) for name, errors in found.items()}


def spread(errors: Errors) -> list[str]:
    """Mean and deviation over the seeds, In-t and Out-t."""
    written = []
    for horizon in horizons(errors):
        power = np.floor(np.log10(horizon.mean()))
        mean, std = horizon.mean() / 10**power, horizon.std(ddof=len(horizon) > 1) / 10**power
        both = f"{mean:.1f} ± {std:.1f}" if len(horizon) > 1 else f"{mean:.1f}"
        written.append(f"({both})e{power:.0f}" if len(horizon) > 1 else f"{both}e{power:.0f}")
    return written


def horizons(errors: Errors) -> tuple[Float[np.ndarray, " seed"], Float[np.ndarray, " seed"]]:
    """In-t and Out-t of each seed."""
    return errors[:, :IN_FRAMES].mean(axis=1), errors[:, IN_FRAMES:].mean(axis=1)


def errors_table(stored: list[Stored]) -> str:
    """MSE over all points, and the relative L2 error."""
    rows = []
    for share, own in shares_of(stored).items():
        relative = curves(own, "relative_l2")
        for name, errors in curves(own).items():
            shares = [f"{100 * part.mean():.1f} %" for part in horizons(relative[name])]
            rows.append([share, name, str(len(errors)), *spread(errors), *shares])
    return table(["observed", "model", "seeds", "MSE, In-t", "MSE, Out-t", "rel. L2, In-t", "rel. L2, Out-t"], rows)


def seen_table(stored: list[Stored]) -> str:
    """MSE at sensors and between them."""
    rows = []
    for share, own in shares_of([cell for cell in stored if cell["observed"] < 1]).items():
        seen, other = (curves(own, "mse", place) for place in ("In-s", "Out-s"))
        rows += [[share, name, *spread(seen[name]), *spread(other[name])] for name in seen]
    return table(["observed", "model", "In-s, In-t", "In-s, Out-t", "Out-s, In-t", "Out-s, Out-t"], rows)


def moved_table(stored: list[Stored]) -> str:
    """MSE where the test differs from the training."""
    places = {"every second point": "mse_grid_32", "128²": "mse_grid_128", "other sensors": "mse_new_mask"}
    places = {place: entry for place, entry in places.items() if any(entry in cell for cell in stored)}
    rows = []
    for share, own in shares_of(stored).items():
        found = {place: curves(own, entry) for place, entry in places.items()}
        for name in curves(own, "mse_grid_32"):
            cells_of_row = [" / ".join(spread(found[place][name])) if name in found[place] else "–" for place in places]
            rows.append([share, name, *cells_of_row])
    return table(["observed", "model", *(f"{place}: In-t / Out-t" for place in places)], rows)


def costs_table(stored: list[Stored]) -> str:
    """Seconds and parameters of each model of its own, means over the seeds."""
    rows = []
    for share, cells_of_share in shares_of(stored).items():
        groups: dict[str, list[Stored]] = {}
        for cell in cells_of_share:
            groups.setdefault(label(cell), []).append(cell)
        for name, group in groups.items():
            own = next(iter(group[0]["mse"]["all"]))
            training = np.mean([cell["train_seconds"] for cell in group])
            fitting = np.mean([cell["first_frame_seconds"] for cell in group])
            whole = np.mean([cell["forecast_seconds"][own] for cell in group])
            rows.append(
                [share, name, f"{group[0]['config']['steps']:,}", f"{training:.0f}", f"{fitting:.2f}",
                 f"{whole:.2f}", f"{group[0]['parameters'][own]:,}"]
            )  # fmt: skip
    return table(
        ["observed", "model", "steps", "training, s", "first frames, s", "whole forecasts, s", "parameters"], rows
    )


def table(columns: list[str], rows: list[list[str]]) -> str:
    """Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def picture(run: FieldRun, cell: Cell) -> Path:
    """The first test trajectory beside its forecast."""
    test = run.parts_of(simulated(cell.source)).test
    mask = sensor_mask(test, cell.observed, cell.seed)[0]
    first = np.where(mask[:, None], test.at_points[0, 0], np.nan)
    times = test.times - test.times[0]
    forecast = run.forecast(first, times=times, seed=cell.seed).reshape(test.values[0].shape)
    path = HERE / f"{cell.model}.png"
    return draw_forecast(test.values[0, ..., 0], forecast[..., 0], path, times=times, in_frames=IN_FRAMES)


if __name__ == "__main__":
    main()
