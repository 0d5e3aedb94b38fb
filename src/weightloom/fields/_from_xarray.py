"""Conversion of an xarray Dataset to trajectories."""

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Shaped

from weightloom._words import listed
from weightloom.errors import InputError
from weightloom.fields._calendar import clock_of, elapsed
from weightloom.fields._conventions import get_variable
from weightloom.fields._geometry import placement_of
from weightloom.fields.trajectories import CLOCK, PLACEMENT, Trajectories

TRAJECTORY, CHANNEL = "__trajectory__", "__channel__"  # axes that are added to a dataset without them


class VariableNames(NamedTuple):
    """Names of the variables and axes of a file.

    Attributes:
        path: the file.
        values: the variables of the fields.
        time: the variable of the times.
        coordinates: one variable per coordinate.
        trajectory: the axis of trajectories. None if the file has one trajectory.
        channels: the axis of channels. None if each variable is one channel.
        on_earth: whether the first two coordinates are longitude and latitude, to be placed on the Earth.
        mask: the variable that is 1 where values are used. None if there is none.
    """

    path: Path
    values: tuple[str, ...]
    time: str
    coordinates: tuple[str, ...]
    trajectory: str | None
    channels: str | None
    on_earth: bool = False
    mask: str | None = None


def from_xarray(
    dataset: xr.Dataset, names: VariableNames, period: Sequence[float | None] | None = None
) -> Trajectories:
    """Converts a dataset to trajectories with axes (trajectory, time, *grid, channel).

    All axes that are not named belong to the grid, in the order of the first variable.

    Args:
        dataset: a dataset with the named variables.
        names: the names of its variables and axes.
        period: the domain's period along each coordinate. None if the domain is not periodic.

    Raises:
        InputError: if a name is not in the dataset, or the axes of the variables are inconsistent.

    Examples:
        >>> dataset = xr.Dataset(
        ...     {"u": (("t", "lon", "lat"), np.zeros((2, 4, 3)))}, {"t": [0, 1], "lat": [0, 1, 2], "lon": [0, 1, 2, 3]}
        ... )
        >>> names = VariableNames(Path("mine.nc"), ("u",), "t", ("lat", "lon"), None, None)
        >>> from_xarray(dataset, names).coordinates[3, 1].tolist()
        [1.0, 3.0]
    """
    times = get_variable(dataset, names.time, names.path)
    if times.ndim != 1:
        raise InputError(f"{names.time} has the axes {listed(times.dims)}: give one row of times, the same for all "
                         "trajectories.")  # fmt: skip
    fields = _joined([get_variable(dataset, name, names.path) for name in names.values], names, times.dims)
    order = {names.trajectory or TRAJECTORY: 0, times.dims[0]: 1, names.channels or CHANNEL: -1}
    absent = [str(axis) for axis in order if axis not in fields.dims]
    if absent:
        raise InputError(f"{names.values[0]} has no axis {absent[0]!r}: it has {listed(fields.dims)}.")
    grid = [axis for axis in fields.dims if axis not in order]
    if not grid:
        raise InputError(f"{names.values[0]} has no spatial axis: it has {listed(fields.dims)}.")
    places = [_spread(get_variable(dataset, name, names.path), fields, grid) for name in names.coordinates]
    attributes: dict[str, Any] = {"file": names.path.name}
    if names.on_earth:
        placement = placement_of(places)
        places = [*np.moveaxis(placement.positions(places), -1, 0)]
        attributes[PLACEMENT] = placement._asdict()
    clock = clock_of(times)
    if clock is not None:
        attributes[CLOCK] = clock
    labels: Sequence[Hashable] = names.values
    if names.channels is not None:
        labels = fields[names.channels].values.tolist()  # indices if the axis has no labels
    trajectory, time, channel = order
    data = Trajectories(
        fields.transpose(trajectory, time, *grid, channel).values,
        elapsed(times),
        np.stack(places, -1),
        [str(label) for label in labels],
        period,
        attributes,
    )
    if names.mask is None:
        return data
    kept = get_variable(dataset, names.mask, names.path)
    if not set(kept.dims) <= {time, *grid}:
        raise InputError(
            f"{names.mask} varies along {listed(kept.dims)}: a mask may vary along {listed([time, *grid])}."
        )
    shape = {axis: fields.sizes[axis] for axis in (time, *grid)}
    return data.masked(kept.variable.set_dims(shape).transpose(time, *grid).values == 1)


def _joined(fields: list[xr.DataArray], names: VariableNames, dims_of_time: tuple[Hashable, ...]) -> xr.DataArray:
    if len({frozenset(field.dims) for field in fields}) > 1:
        raise InputError(f"{', '.join(names.values)} have different axes: give variables with the same axes.")
    if names.channels is not None and len(fields) > 1:
        raise InputError(f"channels are given both as the axis {names.channels!r} and as {len(fields)} variables: give "
                         "one axis, or several variables.")  # fmt: skip
    if names.channels is not None:
        joined = fields[0]
    else:
        joined = xr.concat(fields, CHANNEL, coords="minimal", compat="override")
    others = {names.trajectory, names.channels, CHANNEL, *dims_of_time}
    single = [axis for axis, size in joined.sizes.items() if size == 1 and axis not in others]
    if len(single) < len(set(joined.dims) - others):
        joined = joined.isel(dict.fromkeys(single, 0), drop=True)
    return joined if names.trajectory is not None else joined.expand_dims(TRAJECTORY)


def _spread(place: xr.DataArray, fields: xr.DataArray, grid: list[Hashable]) -> Shaped[np.ndarray, "*grid"]:
    """Broadcasts a coordinate to all points of the grid."""
    if not set(place.dims) <= set(grid):
        raise InputError(f"{place.name} varies along {listed(place.dims)}: a coordinate may vary along the axes of the "
                         f"grid only, {listed(grid)}.")  # fmt: skip
    shape = {axis: fields.sizes[axis] for axis in grid}
    return place.variable.set_dims(shape).transpose(*grid).values
