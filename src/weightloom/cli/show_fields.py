"""A fields run as a table in the terminal."""

from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from weightloom.fields.run import FieldRun


def show_fields(run: "FieldRun") -> None:
    """Show what was fitted to what, and the validation error at each measured step.

    Args:
        run: the run.
    """
    config, console = run.config, Console()
    state = "complete" if run.complete else f"unfinished, {config.steps} steps planned"
    entries = ", ".join(f"{name} {value}" for name, value in config.settings.items())
    share = f"{config.observed:.3g} of the points observed{', others in each frame' if config.per_frame else ''}"
    console.print(
        f"{run.model.label} for {', '.join(config.channels)} ({state}): {entries}",
        f"Fitted to {config.trajectories} trajectories of {config.frames} frames at {config.points:,} points, {share}.",
        f"Data: {config.data or 'from memory'}. Kept for the test: {config.test} trajectories.",
        "",
        f"Mean squared error of forecasts of {config.validation} other trajectories, in variances of a channel:",
        sep="\n",
        highlight=False,
        soft_wrap=True,
    )
    errors = run.measures.validation_mse
    inside = np.arange(errors.sizes["time"]) < config.in_frames
    shown = Table(box=None, header_style="bold", pad_edge=False)
    shown.add_column("step", justify="right")
    for seed in errors.seed.values.tolist():
        shown.add_column(f"seed {seed}\nIn-t", justify="right")
        shown.add_column("\nOut-t", justify="right")
    for step in errors.step.values.tolist():
        cells = []
        for seed in errors.seed.values.tolist():
            own = errors.sel(step=step, seed=seed).values
            cells += [f"{own[inside].mean():.1e}", f"{own[~inside].mean():.1e}" if not inside.all() else "–"]
        shown.add_row(f"{step:,}", *cells)
    console.print(shown)
