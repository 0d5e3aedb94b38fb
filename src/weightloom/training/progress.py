"""A progress bar with the loss, the KL and the time left."""

import contextlib
from collections.abc import Iterator, Mapping

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress as Bar, TextColumn, TimeRemainingColumn

from weightloom.training.loop import Progress


@contextlib.contextmanager
def progress_bar(name: str, steps: int, shown: bool = True) -> Iterator[Progress]:
    """A bar on standard error for a training of the given length; silent where nobody watches.

    Each scalar is shown as its median over the seeds.

    Args:
        name: what is trained.
        steps: the length of the training.
        shown: False hides the bar everywhere.
    """
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[scalars]}"),
        TextColumn("ETA"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console, disable=not (shown and console.is_terminal)) as bar:
        task = bar.add_task(name, total=steps, scalars="compiling")

        def show(step: int, scalars: Mapping[str, np.ndarray]) -> None:
            medians = {name: float(np.median(values)) for name, values in scalars.items()}
            text = "  ".join(f"{name} {value:.3g}" for name, value in medians.items())
            bar.update(task, completed=step, scalars=text)

        yield show
