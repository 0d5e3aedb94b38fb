"""From a program to a complete run on disk: create or resume its folder, train, watched by a progress bar."""

from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from weightloom.errors import InputError
from weightloom.runs import RunFolder
from weightloom.training.config import RunConfig
from weightloom.training.loop import Program, train
from weightloom.training.processes import open_for_training
from weightloom.training.progress import progress_bar

SAVE_EVERY = 1000
"""A checkpoint is written after each multiple of this many steps."""


def carry_out(
    program: Program,
    config: RunConfig,
    out: str | Path,
    *,
    name: str,
    save_every: int = SAVE_EVERY,
    progress: bool = True,
    stop: Callable[[], bool] = lambda: False,
) -> RunFolder:
    """Train a program into a folder, or what is left of it if the folder holds an unfinished run of this config.

    Args:
        program: the application.
        config: what the run is; the folder holds it.
        out: the run's folder.
        name: what the progress bar says is trained.
        save_every: a checkpoint is written after each multiple of this many steps.
        progress: show a progress bar where a terminal watches.
        stop: asked about every second; when it says True, the step is saved and the run returned as it is.

    Returns:
        The folder, open for reading.

    Raises:
        InputError: if `out` holds something else; nothing is written.
        RunError: if the run in `out` is damaged, or the training diverged.
    """
    if save_every < 1:
        raise InputError(f"save_every {save_every} cannot be used: give at least 1 step.")
    folder = open_for_training(
        lambda: RunFolder.create(out, config.to_dict(), config.measured, template(program, config.seeds), config.keep),
        lambda: RunFolder.open(out),
    )
    with folder:
        if not folder.complete:
            with progress_bar(name, config.steps, shown=progress) as show:
                train(
                    program,
                    folder,
                    seeds=config.seeds,
                    measured=config.measured,
                    save_every=save_every,
                    progress=show,
                    stop=stop,
                )
    return RunFolder.open(out)


def template(program: Program, seeds: tuple[int, ...]) -> xr.Dataset:
    """The measures of one step before there are any: their names, shapes and types."""

    def first_measures(seed, *data):
        return program.measure(program.init(seed, *data), seed, *data)

    def for_all(seeds, *data):
        return jax.vmap(lambda seed: first_measures(seed, *data))(seeds)

    shapes = jax.eval_shape(for_all, jnp.asarray(seeds, jnp.uint32), *program.data)
    return program.dataset(jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), shapes))
