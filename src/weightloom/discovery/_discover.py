"""The main job: train, measure and store a family of networks over β."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from weightloom.architectures import MLP
from weightloom.discovery.config import configure
from weightloom.discovery.methods import find_method
from weightloom.discovery.run import Run
from weightloom.discovery.tasks import Task
from weightloom.training import SAVE_EVERY, carry_out


def discover(
    task: Task,
    architecture: MLP,
    *,
    out: str | Path,
    seeds: int | tuple[int, ...] = 1,
    steps: int = 30_000,
    save_every: int = SAVE_EVERY,
    progress: bool = True,
    stop: Callable[[], bool] = lambda: False,
    **options: Any,
) -> Run:
    """Train a hypernetwork for a task and store the family of networks that it generates over β.

    If `out` holds an unfinished run of the same config, training goes on from its last checkpoint, to
    the same bytes that an uninterrupted run would have written; if it holds a complete one, that is
    returned.

    Args:
        task: what the generated networks compute, such as `wl.tasks.l1`.
        architecture: the generated network, such as `wl.MLP((16, 48, 1))`.
        out: the run's folder.
        seeds: how many seeds (0, 1, …), or the seeds themselves; trained independently.
        steps: optimisation steps.
        save_every: a checkpoint is written after each multiple of this many steps.
        progress: show a progress bar where a terminal watches.
        stop: asked about every second; when it says True, the step is saved and the run returned as it is.
        **options: other entries of `weightloom.discovery.Config`, such as `regime`, `learning_rate`,
            `checkpoints`, `keep` or `method`.

    Returns:
        The run, open for reading.

    Raises:
        InputError: if an argument cannot be used or `out` holds something else; nothing is written.
        RunError: if the run in `out` is damaged, or the training diverged.

    Examples:
        >>> import tempfile, weightloom as wl
        >>> tiny = {"steps": 2, "checkpoints": 1, "measured_betas": 2, "hyperdepth": 2, "batch": 8}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     run = wl.discover(wl.tasks.l1, wl.MLP((2, 3, 1)), out=f"{folder}/run", **tiny)
        ...     run.measures.kl.shape  # step, seed, beta
        (1, 1, 2)
    """
    config = configure(task, architecture, seeds=seeds, steps=steps, **options)
    program = find_method(config.method).program(config, task)
    folder = carry_out(program, config, out, name=config.task, save_every=save_every, progress=progress, stop=stop)
    return Run(folder)
