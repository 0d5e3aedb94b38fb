"""Smaller copies of runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import jax
import numpy as np
import xarray as xr

from weightloom._words import listed
from weightloom.discovery.run import Run
from weightloom.errors import InputError
from weightloom.runs import RunFolder

Values = TypeVar("Values", np.ndarray, xr.DataArray)


def compact(run: Run, out: str | Path, seeds: Sequence[int] | None = None) -> Run:
    """Write a copy of a complete run that takes less than half the disk space.

    The copy stores networks and hypernetworks in half precision, which changes losses by less than 0.001. It omits
    `kl_edge`, the KL of single edges. All other measures are exact.

    Args:
        run: a complete run.
        out: the folder of the copy.
        seeds: the seeds to copy. The default is all seeds.

    Returns:
        The copy, open for reading.

    Raises:
        InputError: if the run is not complete, if it does not have one of the seeds, or if `out` holds anything but the
            same copy.
        RunError: if a weight overflows half precision (65,504).

    Examples:
        >>> import tempfile, weightloom as wl
        >>> from weightloom.discovery import compact
        >>> tiny = {"steps": 2, "checkpoints": 1, "measured_betas": 2, "hyperdepth": 2, "batch": 8, "seeds": 2}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     run = wl.discover(wl.tasks.l1, wl.MLP((2, 3, 1)), out=f"{folder}/run", **tiny)
        ...     compact(run, f"{folder}/small", seeds=[1]).network(seed=1, beta=1.0)
        Network(MLP(sizes=(2, 3, 1), activation='swish'))
    """
    if not run.complete:
        raise InputError(f"{run.name} is not complete: finish its training first.")
    chosen = run.config.seeds if seeds is None else tuple(seeds)
    if unknown := set(chosen) - set(run.config.seeds):
        raise InputError(
            f"{run.name} has no seed {', '.join(map(str, sorted(unknown)))}: its seeds are {listed(run.config.seeds)}."
        )
    config = run.config.replace(seeds=chosen)
    places = [run.config.seeds.index(seed) for seed in chosen]

    measures = run.measures.drop_vars("kl_edge", errors="ignore").sel(seed=list(chosen))
    generated = [str(name) for name in measures.data_vars if str(name).startswith(("weight_", "bias_"))]
    measures = measures.assign({name: _half(measures[name]) for name in generated})
    single = measures.isel(step=0, drop=True)
    with RunFolder.create(out, config.to_dict(), config.measured_steps, single, keep=config.keep) as folder:
        copied = folder.steps
        for step in config.measured_steps[len(copied) :]:
            source = step if step in run.store.parameter_steps else run.store.parameter_steps[-1]
            parameters = jax.tree.map(lambda x: _half(np.asarray(x)[places]), run.all_parameters(source))
            folder.commit(step, {}, parameters, measures.sel(step=step, drop=True))
        folder.finish()
    return Run(RunFolder.open(out))


def _half(values: Values) -> Values:
    return values.astype(np.float16)
