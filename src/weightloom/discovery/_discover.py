"""The main job: train, measure and keep a family of networks over β."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from weightloom.architectures import MLP
from weightloom.discovery.config import configure
from weightloom.discovery.methods import find_method
from weightloom.discovery.run import Run
from weightloom.discovery.tasks import Task, as_task
from weightloom.errors import InputError
from weightloom.training import SAVE_EVERY, Callback, check_jax, run_program


def discover(
    task: Task | str | Callable[..., Any],
    architecture: MLP | Sequence[int],
    *,
    out: str | Path | None = None,
    seeds: int | Sequence[int] = 1,
    steps: int = 30_000,
    save_every: int = SAVE_EVERY,
    progress: bool = True,
    callback: Callback | None = None,
    log_every: int | None = None,
    stop: Callable[[], bool] | None = None,
    **options: Any,
) -> Run:
    """Train a hypernetwork for a task and keep the family of networks that it generates over β.

    Without `out` the run lives in memory, and `run.save(path)` writes it. With `out` it is written as the training
    goes on. If `out` holds an unfinished run of the same config, training goes on from its last checkpoint, to the
    same bytes that an uninterrupted run would have written; if it holds a complete one, that is returned.

    Args:
        task: what the generated networks compute: a task such as `wl.tasks.l1`, its name, or a function from inputs
            (batch, n) to values (batch,) written with `jax.numpy`.
        architecture: the generated network, such as `wl.MLP((16, 48, 1))`, or its widths.
        out: the run's folder. The default keeps the run in memory.
        seeds: how many seeds (0, 1, …), or the seeds themselves; trained independently.
        steps: optimisation steps.
        save_every: a checkpoint is written after each multiple of this many steps.
        progress: report the progress on standard error: a bar in a terminal, a line a minute in a log.
        callback: called with the step and a dict of its scalars (`loss`, `kl`), one value per seed.
        log_every: how many steps lie between two calls of the callback. The default calls it about every second.
        stop: asked about every second; when it says True, the step is saved and the run returned as it is. By default,
            Ctrl-C saves the step and raises KeyboardInterrupt.
        **options: other entries of `weightloom.Config`, such as `regime`, `learning_rate`, `checkpoints`, `keep` or
            `method`.

    Returns:
        The run, open for reading.

    Raises:
        InputError: if an argument cannot be used or `out` holds something else; nothing is written.
        RunError: if the run in `out` is damaged, or the training diverged.
        KeyboardInterrupt: after Ctrl-C.

    Examples:
        >>> import weightloom as wl
        >>> tiny = {"steps": 2, "checkpoints": 1, "measured_betas": 2, "hyperdepth": 2, "batch": 8, "seeds": 2}
        >>> run = wl.discover(wl.tasks.l1, (2, 3, 1), **tiny)
        >>> run.measures.kl.shape  # step, seed, beta
        (1, 2, 2)
    """
    check_jax()
    task = as_task(task)
    config = configure(task, _mlp(architecture, options), seeds=seeds, steps=steps, **options)
    program = find_method(config.method).program(config, task)
    store = run_program(
        program,
        config,
        out,
        name=config.task,
        save_every=save_every,
        progress=progress,
        callback=callback,
        log_every=log_every,
        stop=stop,
    )
    return Run(store)


def _mlp(architecture: Any, options: dict[str, Any]) -> MLP:
    if isinstance(architecture, MLP):
        return architecture
    if isinstance(architecture, str) or not isinstance(architecture, Sequence):
        raise InputError(
            f"the architecture {architecture!r} cannot be used: give wl.MLP((16, 48, 1)), or its widths (16, 48, 1)."
        )
    return MLP(tuple(architecture), options.pop("activation", "swish"))
