"""Training a finished run for more steps."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np

from weightloom._checks import check_whole
from weightloom.discovery.config import configure
from weightloom.discovery.methods import find_method
from weightloom.discovery.run import Run
from weightloom.discovery.tasks import Task, as_task
from weightloom.errors import InputError
from weightloom.runs import RunStore
from weightloom.runs.json_files import differences
from weightloom.runs.template import Template
from weightloom.training import SAVE_EVERY, Callback, check_jax, run_program
from weightloom.training.runner import template

# The entries of a config that follow from the task, without its names.
OF_TASK = (
    *("standardisation", "norm", "distribution", "loss", "constant_loss"),
    *("inputs", "input_scales", "outputs", "data"),
)


def extend(
    run: Run,
    steps: int,
    *,
    task: Task | str | Callable[..., Any] | None = None,
    out: str | Path | None = None,
    save_every: int = SAVE_EVERY,
    progress: bool = True,
    callback: Callback | None = None,
    log_every: int | None = None,
    stop: Callable[[], bool] | None = None,
) -> Run:
    """Train a finished run for more steps. The result is a run of its own, which begins with all measures of the first.

    The training goes on from the parameters of the last step with the random numbers of the steps that follow. It is a
    warm restart (Loshchilov and Hutter, ICLR 2017): the schedule of the learning rate starts again over the new steps
    and Adam's moments start at 0, because a finished run keeps no moments and its learning rate may have decayed to 0.
    It is not the training that so many steps from the start would have been, and the config says so: `ends` lists the
    step at which the first training ended. β is drawn as before; a warm-up that is over does not start again.

    Args:
        run: a finished run. It stays as it is.
        steps: the number of further steps. They have `run.config.checkpoints` measured steps of their own.
        task: the run's task, if it is your own function or table: a run stores neither. The default is the bundled
            task.
        out: the folder of the extended run. If it holds that run unfinished, it is resumed. The default keeps the run
            in memory.
        save_every: as for `discover`.
        progress: as for `discover`.
        callback: as for `discover`. Steps are counted from the start of the first training.
        log_every: as for `discover`.
        stop: as for `discover`.

    Returns:
        The extended run, open for reading.

    Raises:
        InputError: if the run is not finished or is a compact copy, if the task is missing or another one, or if `out`
            holds anything else. Nothing is written.
        RunError: if a run is damaged, or if the training diverges.
        KeyboardInterrupt: after Ctrl-C, when the step has been saved.

    Examples:
        >>> import weightloom as wl
        >>> tiny = {"steps": 2, "checkpoints": 1, "method": "adam"}
        >>> run = wl.discover(wl.tasks.l1, (2, 3, 1), **tiny)
        >>> longer = wl.extend(run, 3)
        >>> longer.measures.step.values.tolist(), longer.config.steps, longer.config.ends
        ([2, 5], 5, (2,))
    """
    check_jax()
    check_whole(steps=steps)
    if not run.complete:
        raise InputError(f"{run.name} is not finished: repeat its command to finish it, then extend it.")
    known = _task_of(run, task)
    config = run.config.replace(steps=run.config.steps + steps, ends=(*run.config.ends, run.config.steps))
    method = find_method(config.method)
    program = method.program(config, known)
    measures = run.store.measures()
    single = template(program, config.seeds)
    first = measures.isel(step=0)
    try:
        Template.of(run.store.steps, single).numbers_of(int(first.step), first.drop_vars("step"), run.name)
    except InputError as error:
        raise InputError(
            f"{run.name} cannot be extended, because it is a compact copy or of an older version: {error} Give the run "
            "that it was made from."
        ) from error

    def begin(store: RunStore) -> None:
        """Commits the measured steps of the first training that are not there yet."""
        last = run.store.steps[-1]
        for step in run.store.steps[len(store.steps) :]:
            kept = step if step in run.store.parameter_steps else last
            parameters = jax.tree.map(np.asarray, run.all_parameters(kept))
            state = method.restart(config, parameters) if step == last else {}
            store.commit(step, state, parameters, measures.sel(step=step, drop=True))

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
        begin=begin,
        cost=method.cost(config),
    )
    return Run(store)


def _task_of(run: Run, given: Task | str | Callable[..., Any] | None) -> Task:
    """The run's task: the bundled one, or the given one if the run may have learned it."""
    config = run.config
    if given is None:
        if config.bundled_task is None:
            raise InputError(
                f"the task {config.task!r} of {run.name} is your own function or table, which a run does not store: "
                "give it as task."
            )
        return config.bundled_task
    changes = {} if isinstance(given, Task) or config.data else {"distribution": config.distribution}
    task = as_task(given, loss=config.loss, **changes)
    entries = (one.to_dict() for one in (config, configure(task, config.architecture)))
    known, made = ({name: one[name] for name in OF_TASK} for one in entries)
    if wrong := differences(known, made, ("in the run", "of the given task")):
        raise InputError(f"the given task is not that of {run.name}: {wrong[0]}.")
    return task
