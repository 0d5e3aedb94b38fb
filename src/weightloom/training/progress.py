"""Progress of a training: a bar in a terminal, a line per minute in a log."""

import contextlib
import sys
from collections.abc import Iterator, Mapping
from time import monotonic

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress as Bar, TextColumn, TimeRemainingColumn

from weightloom.training.loop import Callback

SECONDS_PER_LINE = 60.0
SECONDS_TO_FIRST_LINE = 20.0


@contextlib.contextmanager
def progress_bar(name: str, steps: int, shown: bool = True) -> Iterator[Callback]:
    """Report the progress of a training on standard error.

    A terminal shows a bar. Any other output, such as the log of a batch job, gets one line after 20 seconds and then
    one line per minute. Each scalar is the median over the seeds.

    Args:
        name: the label of the training.
        steps: the number of steps of the training.
        shown: whether to report anything. The default is True.

    Yields:
        A callback for the training loop.
    """
    console = Console(stderr=True)
    if shown and not console.is_terminal:
        yield _lines(name, steps)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[scalars]}"),
        TextColumn("ETA"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console, disable=not shown) as bar:
        task = bar.add_task(name, total=steps, scalars="compiling")
        yield lambda step, scalars: bar.update(task, completed=step, scalars=_medians(scalars))


def _lines(name: str, steps: int) -> Callback:
    begun = monotonic()
    due = begun + SECONDS_TO_FIRST_LINE
    first: tuple[int, float] | None = None  # the first call: the speed is measured from here, without compilation

    def write(step: int, scalars: Mapping[str, np.ndarray]) -> None:
        nonlocal due, first
        now = monotonic()
        if first is None:
            first = step, now
        if now < due or step >= steps:
            return
        due = now + SECONDS_PER_LINE
        left = ""
        if step > first[0]:
            minutes = (steps - step) * (now - first[1]) / (step - first[0]) / 60
            left = f", {minutes:,.0f} min left" if minutes >= 1 else ", less than a minute left"
        print(f"{name}: step {step:,} of {steps:,}, {_medians(scalars)}{left}", file=sys.stderr, flush=True)

    return write


def _medians(scalars: Mapping[str, np.ndarray]) -> str:
    return "  ".join(f"{name} {float(np.median(values)):.3g}" for name, values in scalars.items())
