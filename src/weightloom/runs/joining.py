"""Joining finished runs that differ only in their seeds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import PyTree

from weightloom.errors import InputError
from weightloom.runs.base import RunStore
from weightloom.runs.memory import MemoryRun

SEED = "seed"


def joined_store(
    stores: Mapping[str, RunStore], likes: Sequence[PyTree], seeds: Sequence[int], config: dict[str, Any]
) -> MemoryRun:
    """Joins the stored measures and parameters of finished runs along their axis of seeds.

    Args:
        stores: the runs by their names in error messages. Their configs must differ in seeds only.
        likes: the shapes of the parameters of each run, with a leading axis of seeds.
        seeds: the seeds of the runs, one run after the other.
        config: the config of the joined run, whose seeds increase.

    Returns:
        The joined run, complete.

    Raises:
        InputError: if the runs measured different variables, or on different coordinates.
        RunError: if a run is damaged.

    Examples:
        See `weightloom.join`.
    """
    order = np.argsort(np.asarray(seeds))
    parts = [store.measures() for store in stores.values()]
    for name, part in zip(list(stores)[1:], parts[1:]):
        _check_alike(next(iter(stores)), parts[0], name, part)
    measures = xr.concat(parts, SEED, data_vars="minimal", coords="minimal", compat="equals", join="exact")
    measures = measures.isel({SEED: order})
    first = next(iter(stores.values()))
    run = MemoryRun.create(config, first.steps, measures.isel(step=0, drop=True), first.keep)
    for step in first.steps:
        parameters = {}
        if step in first.parameter_steps:
            arrays = [store.stored_parameters(step, like) for store, like in zip(stores.values(), likes)]
            parameters = {name: np.concatenate([part[name] for part in arrays])[order] for name in arrays[0]}
        run.commit(step, {}, parameters, measures.sel(step=step, drop=True))
    run.finish()
    return run


def _check_alike(first: str, measures: xr.Dataset, name: str, others: xr.Dataset) -> None:
    """Raises an InputError unless two datasets differ in their seeds and values only."""
    hint = "join only runs, or only compact copies, that were trained with the same options and version"
    for odd in sorted(map(str, set(measures.variables) ^ set(others.variables))):
        has, lacks = (first, name) if odd in measures.variables else (name, first)
        raise InputError(f"{has} has the measure {odd!r}, which {lacks} lacks: {hint}.")
    for variable, mine in measures.variables.items():
        other = others.variables[variable]
        if variable in measures.coords and SEED not in mine.dims and not mine.equals(other):
            raise InputError(f"coordinate {variable!r} of the measures differs between {first} and {name}: {hint}.")
        if mine.dtype != other.dtype or mine.dims != other.dims:
            forms = [f"{one.dtype} over {', '.join(map(str, one.dims))}" for one in (mine, other)]
            raise InputError(f"measure {variable!r} is {forms[0]} in {first}, {forms[1]} in {name}: {hint}.")
