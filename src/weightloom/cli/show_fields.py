"""The table that `weightloom show` prints for a fields run."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from weightloom.fields._tables import error_text, mean_errors

if TYPE_CHECKING:
    from weightloom.fields.run import FieldRun


def show_fields(run: "FieldRun") -> None:
    """Print the model, its data and the validation error at each measured step.

    Args:
        run: the run.
    """
    config, console = run.config, Console()
    state = "complete" if run.complete else f"unfinished, {config.steps} steps planned"
    entries = ", ".join(f"{name} {value}" for name, value in config.settings.items())
    resampled = ", different ones in each frame" if config.per_frame else ""
    share = f"{config.observed:.3g} of the points observed{resampled}"
    console.print(
        f"{run.model.label} for {', '.join(config.channels)} ({state}): {entries}",
        f"Fitted to {config.trajectories} trajectories of {config.frames} frames at {config.points:,} points, {share}.",
        f"Data: {config.data or 'from memory'}. Held out for the test: {config.test} trajectories.",
        "",
        f"Mean squared forecast error on {config.validation} validation trajectories, in units of a channel's "
        "variance:",
        sep="\n",
        highlight=False,
        soft_wrap=True,
    )
    errors = run.measures.validation_mse
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("step", justify="right")
    for seed in errors.seed.values.tolist():
        table.add_column(f"seed {seed}\nIn-t", justify="right")
        table.add_column("\nOut-t", justify="right")
    for step in errors.step.values.tolist():
        cells: list[str] = []
        for seed in errors.seed.values.tolist():
            cells += map(error_text, mean_errors(run, seed, step))
        table.add_row(f"{step:,}", *cells)
    console.print(table)
