"""Tables and figures of a fields run and its data, for pandas and for notebooks."""

from typing import TYPE_CHECKING

import numpy as np

from weightloom._words import listed
from weightloom.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from weightloom.fields.run import FieldRun
    from weightloom.fields.trajectories import Trajectories

MOST_SEEDS = 6


def run_table(run: "FieldRun", step: int | None = None) -> "pd.DataFrame":
    """The table of `FieldRun.table`.

    Args:
        run: the run.
        step: a measured step. The default is the last one.

    Raises:
        InputError: if the step was not measured.
    """
    import pandas

    steps = run.measures.step.values.tolist()
    if step is not None and step not in steps:
        raise InputError(f"step {step} was not measured: the measured steps are {listed(steps)}.")
    chosen = steps[-1] if step is None else step
    seeds = run.measures.seed.values.tolist()
    errors = [mean_errors(run, seed, chosen) for seed in seeds]
    return pandas.DataFrame(
        {
            "seed": seeds,
            "step": chosen,
            "model": run.model.label,
            "in_t": [inside for inside, _ in errors],
            "out_t": [outside for _, outside in errors],
        }
    )


def run_html(run: "FieldRun") -> str:
    """HTML representation of a run: the validation errors of each seed at up to 12 measured steps.

    Args:
        run: the run.
    """
    from weightloom.figures.notebook import html_table, some

    config, measures = run.config, run.measures
    state = "complete" if run.complete else f"unfinished, {config.steps:,} steps planned"
    heading = (
        f"{run.model.label} for {', '.join(config.channels)} ({state}). Mean squared error of forecasts of "
        f"{config.validation} validation trajectories, in variances of a channel: In-t, Out-t."
    )
    steps = measures.step.values[some(measures.sizes["step"])].tolist()
    seeds = measures.seed.values[:MOST_SEEDS].tolist()
    rows = [
        [f"{step:,}", *(", ".join(map(error_text, mean_errors(run, seed, step))) for seed in seeds)] for step in steps
    ]
    is_all = len(steps) == measures.sizes["step"] and len(seeds) == measures.sizes["seed"]
    hidden = f"{len(steps)} of {measures.sizes['step']} steps and {len(seeds)} of {measures.sizes['seed']} seeds."
    return html_table(heading, ["step", *(f"seed {seed}" for seed in seeds)], rows, "" if is_all else hidden)


def plot_run(run: "FieldRun") -> "Figure":
    """The figure of a run in `weightloom.plot`: validation error per frame, at the best step of each seed.

    Args:
        run: the run.

    Raises:
        InputError: if the run has no finite validation errors.
    """
    from weightloom.fields.plots import plot_errors

    errors = run.measures.validation_mse.transpose("seed", "step", "time").values
    finite = np.isfinite(errors).all(axis=(0, 1))  # NaN in a frame with no observation
    if not finite.any():
        raise InputError(f"{run.name} has no finite validation errors: plot forecasts with plot_forecast.")
    best = errors[:, :, finite].mean(axis=2).argmin(axis=1)
    of_best = errors[np.arange(len(errors)), best]
    return plot_errors({run.model.label: of_best}, in_frames=run.config.in_frames, label="validation MSE (variances)")


def trajectories_html(data: "Trajectories") -> str:
    """HTML representation of trajectories: frames of the first trajectory.

    Args:
        data: the trajectories.
    """
    from weightloom.fields.plots import plot_trajectories
    from weightloom.figures.notebook import html_figure

    return html_figure(repr(data), plot_trajectories(data))


def mean_errors(run: "FieldRun", seed: int, step: int) -> tuple[float, float]:
    """Mean validation errors of the In-t frames and of the Out-t frames. NaN if there are no such frames."""
    errors = run.measures.validation_mse.sel(seed=seed, step=step).values
    known = (part[np.isfinite(part)] for part in np.split(errors, [run.config.in_frames]))
    in_t, out_t = (float(part.mean()) if part.size else float("nan") for part in known)
    return in_t, out_t


def error_text(error: float) -> str:
    """An error in three characters and its power of ten. A dash for NaN."""
    return "–" if error != error else f"{error:.1e}"
