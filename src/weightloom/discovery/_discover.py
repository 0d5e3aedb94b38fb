"""Training of a family of networks over β."""

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
    architecture: MLP | Sequence[int] | None = None,
    *,
    distribution: Any = None,
    loss: str | None = None,
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
    """Train a hypernetwork for a task, and measure the networks that it generates over β.

    Without `out`, the run is in memory, and `run.save(path)` writes it to a folder. With `out`, the run is written
    during training. If `out` holds an unfinished run of the same config, it is resumed from its last checkpoint, with
    the same final bytes as an uninterrupted run. If `out` holds a complete run of the same config, it is returned.

    Args:
        task: the function to compute: a task such as `wl.tasks.l1` or one from `wl.Task.from_data`; a text, as
            `wl.tasks.load_task` takes it, such as "l1" or "houses.csv:price"; or a function from inputs (batch, n) to
            values (batch,) or (batch, outputs) written with `jax.numpy`.
        architecture: the architecture of the generated networks, such as `wl.MLP((16, 48, 1))`, or its widths. The
            default is the task's `default_sizes`: for a table, its columns, three times as many hidden neurons, and its
            targets.
        distribution: the distribution of the inputs, as in `wl.Task`. The default is the task's own, usually "normal".
        loss: the loss, as in `wl.Task`. The default is the task's own, usually "squared-error".
        out: the run's folder. The default keeps the run in memory.
        seeds: the number of seeds (0, 1, …), or the seeds themselves. The default is 1. Seeds train independently.
        steps: the number of training steps. The default is 30,000.
        save_every: the number of steps between checkpoints. The default is 1,000.
        progress: whether to report the progress on standard error. The default is True.
        callback: a function called with the step and a dict of the scalars `loss` and `kl`, one value per seed.
        log_every: the number of steps between calls of `callback`. The default is about one call per second.
        stop: a function called about once a second. If it returns True, the step is saved and the unfinished run is
            returned. By default, Ctrl-C saves the step and raises KeyboardInterrupt.
        **options: other entries of `weightloom.Config`, such as `regime`, `learning_rate`, `checkpoints`, `keep` or
            `method`.

    Returns:
        The run, open for reading.

    Raises:
        InputError: if an argument is invalid, or if `out` holds anything but a run of the same config. Nothing is
            written.
        RunError: if the run in `out` is damaged, or if the training diverges.
        KeyboardInterrupt: after Ctrl-C, when the step has been saved.

    Examples:
        >>> import weightloom as wl
        >>> tiny = {"steps": 2, "checkpoints": 1, "measured_betas": 2, "hyperdepth": 2, "batch": 8, "seeds": 2}
        >>> run = wl.discover(wl.tasks.l1, (2, 3, 1), **tiny)
        >>> run.measures.kl.shape  # step, seed, beta
        (1, 2, 2)
    """
    check_jax()
    task = as_task(task, distribution=distribution, loss=loss)
    architecture = _mlp(task.default_sizes if architecture is None else architecture, options)
    config = configure(task, architecture, seeds=seeds, steps=steps, **options)
    method = find_method(config.method)
    program = method.program(config, task)
    try:
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
            cost=method.cost(config),
        )
    except InputError as error:
        if "a finished run" in str(error) and "config.steps is" in str(error):
            raise InputError(f"{error} For more steps, extend the run: weightloom extend, or wl.extend.") from error
        raise
    return Run(store)


def _mlp(architecture: Any, options: dict[str, Any]) -> MLP:
    if isinstance(architecture, MLP):
        return architecture
    if isinstance(architecture, str) or not isinstance(architecture, Sequence):
        raise InputError(
            f"the architecture {architecture!r} cannot be used: give an MLP, such as wl.MLP((16, 48, 1)), or its "
            "widths, such as (16, 48, 1)."
        )
    return MLP(tuple(architecture), options.pop("activation", "swish"))
