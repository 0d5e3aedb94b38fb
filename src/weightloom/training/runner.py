"""Running a program: create or resume the run, train it and report the progress."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import PyTree

from weightloom._words import counted
from weightloom.errors import InputError
from weightloom.runs import MemoryRun, RunFolder, RunStore
from weightloom.runs.layout import COMPLETE, CONFIG
from weightloom.training.config import RunConfig
from weightloom.training.loop import Callback, Program, Seed, train
from weightloom.training.processes import barrier, open_for_training
from weightloom.training.progress import progress_bar
from weightloom.training.resources import Cost, check_disk, check_memory, disk_needed, time_line

SAVE_EVERY = 1000
"""The default number of steps between checkpoints."""


def run_program(
    program: Program,
    config: RunConfig,
    out: str | Path | None = None,
    *,
    name: str,
    save_every: int = SAVE_EVERY,
    progress: bool = True,
    stop: Callable[[], bool] | None = None,
    callback: Callback | None = None,
    log_every: int | None = None,
    begin: Callable[[RunStore], None] | None = None,
    cost: Cost | None = None,
) -> RunStore:
    """Train a program, or resume it if `out` holds an unfinished run of the same config.

    Args:
        program: the training as pure functions.
        config: the config, which is stored in the run.
        out: the run's folder. The default keeps the run in memory.
        name: the label of the progress bar.
        save_every: the number of steps between checkpoints. The default is 1,000.
        progress: whether to report the progress on standard error. The default is True.
        stop: a function called about once a second. If it returns True, the step is saved and the unfinished run is
            returned. By default, Ctrl-C saves the step and raises KeyboardInterrupt.
        callback: a function called with the step and its scalars: arrays by name, one value per seed.
        log_every: the number of steps between calls of `callback`. The default is about one call per second.
        begin: a function called with the new or resumed run before the training, which may commit first steps. The
            first process calls it.
        cost: what one seed takes. Before anything is written, a training that fits neither into memory nor on the disk
            is refused, and a long one is announced. The default checks nothing.

    Returns:
        The run, open for reading.

    Raises:
        InputError: if JAX has no device or is in double precision, if `save_every` or `log_every` is below 1, or if
            `out` holds anything but a run of this config. Nothing is written.
        RunError: if the run in `out` is damaged, or if the training diverges.
        KeyboardInterrupt: after Ctrl-C, when the step has been saved.

    Examples:
        A random walk with two seeds, one normal sample per step.

        >>> import jax, numpy as np, xarray as xr
        >>> from weightloom.training import Program, Purpose, RunConfig, key_for, run_program
        >>> def step(place, seed, index):
        ...     return place + jax.random.normal(key_for(seed, index, Purpose.INPUTS)), {"place": place}
        >>> walk = Program(
        ...     init=lambda seed: jax.numpy.float32(0),
        ...     step=step,
        ...     parameters=lambda place: place,
        ...     measure=lambda place, seed: place,
        ...     dataset=lambda places: xr.Dataset({"place": ("seed", np.asarray(places))}, {"seed": [0, 1]}),
        ... )
        >>> config = RunConfig(application="walk", seeds=(0, 1), steps=8, checkpoints=4, spacing="linear")
        >>> run_program(walk, config, name="walk", progress=False).measures().place.shape  # step, seed
        (4, 2)
    """
    if save_every < 1:
        raise InputError(f"save_every {save_every} cannot be used: give at least 1 step.")
    if log_every is not None and log_every < 1:
        raise InputError(f"log_every {log_every} cannot be used: give at least 1 step.")
    check_jax()
    trains = out is None or not os.path.exists(Path(out) / COMPLETE)  # False too for a name too long
    if cost is not None and trains:
        check_memory(cost, len(config.seeds), f"{name} with {counted(len(config.seeds), 'seed')}")
    entries, steps, keep = config.to_dict(), config.measured_steps, config.keep
    single = template(program, config.seeds)
    if cost is not None and out is not None and not os.path.exists(Path(out) / CONFIG):
        check_disk(disk_needed(cost, len(config.seeds), len(steps), keep, single.nbytes), Path(out).absolute())
    line = None if cost is None or not trains else time_line(name, cost, len(config.seeds), config.steps)
    if line is not None and progress and jax.process_index() == 0:
        print(line, file=sys.stderr, flush=True)
    store: RunStore

    def upgrade(stored: dict[str, Any], schema: int) -> dict[str, Any]:
        stored = {name: entries[name] for name in config.derived} | stored
        return type(config).from_dict(stored, str(out), schema).to_dict()

    if out is None:
        store = MemoryRun.create(entries, steps, single, keep)
    else:
        store = open_for_training(
            lambda: RunFolder.create(out, entries, steps, single, keep, upgrade),
            lambda: RunFolder.open(out),
        )
    with store, stop_on_interrupt(stop) as stopped:
        if not store.complete:
            if begin is not None:
                if jax.process_index() == 0:
                    begin(store)
                barrier("begun")
            with progress_bar(name, config.steps, shown=progress) as show:

                def report(step: int, scalars: Mapping[str, np.ndarray]) -> None:
                    show(step, scalars)
                    if callback is not None and (log_every is None or step % log_every == 0):
                        callback(step, scalars)

                train(
                    program,
                    store,
                    seeds=config.seeds,
                    measured=steps,
                    save_every=save_every,
                    callback=report,
                    log_every=log_every,
                    stop=stopped,
                )
    return store if out is None else RunFolder.open(out)


def check_jax() -> None:
    """Check that JAX has a device and computes in single precision.

    Raises:
        InputError: if JAX finds no device, or if double precision is enabled.

    Examples:
        >>> check_jax()
    """
    try:
        jax.devices()
    except (AssertionError, RuntimeError):
        platforms = jax.config.jax_platforms  # type: ignore[attr-defined]
        raise InputError(
            f"JAX finds no device on the platform {platforms!r}: unset JAX_PLATFORMS, or install JAX for that platform."
        ) from None
    if jax.config.jax_enable_x64:  # type: ignore[attr-defined]  # read() overlooks the context manager
        raise InputError(
            "JAX is set to double precision (jax_enable_x64), but runs need single precision: "
            'turn it off with jax.config.update("jax_enable_x64", False).'
        )


@contextlib.contextmanager
def stop_on_interrupt(stop: Callable[[], bool] | None) -> Iterator[Callable[[], bool]]:
    """Provide the loop's stop function: the caller's, or one that returns True after Ctrl-C.

    Args:
        stop: the caller's stop function. If it is given, Ctrl-C is not handled here.

    Yields:
        The stop function.

    Raises:
        KeyboardInterrupt: on exit, if Ctrl-C was pressed once. A second Ctrl-C raises it immediately.
    """
    handles_interrupt = stop is None and threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT)
    if not handles_interrupt or before is not signal.default_int_handler:
        yield stop or (lambda: False)
        return
    pressed = False

    def press(number: int, frame: object) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, press)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


def template(program: Program, seeds: tuple[int, ...]) -> xr.Dataset:
    """A Dataset of zeros with the names, shapes and types of the measures of one step."""

    def first_measures(seed: Seed, *data: PyTree) -> PyTree:
        return program.measure(program.init(seed, *data), seed, *data)

    shapes = jax.eval_shape(first_measures, jnp.uint32(seeds[0]), *program.data)
    return program.dataset(jax.tree.map(lambda leaf: np.zeros((len(seeds), *leaf.shape), leaf.dtype), shapes))
