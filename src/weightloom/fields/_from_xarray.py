"""Trajectories out of an xarray Dataset, by the names of its variables and axes."""

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Shaped

from weightloom._words import listed
from weightloom.errors import InputError
from weightloom.fields.trajectories import Trajectories

TRAJECTORY, CHANNEL = "__trajectory__", "__channel__"  # axes that a dataset without them is given


class VariableNames(NamedTuple):
    """What things are called in a file.

    Attributes:
        path: the file.
        values: variables of the fields.
        time: the times.
        coordinates: one variable per coordinate.
        trajectory: the axis of trajectories; None where there is one only.
        channels: the axis of channels; None where each variable is one.
    """

    path: Path
    values: tuple[str, ...]
    time: str
    coordinates: tuple[str, ...]
    trajectory: str | None
    channels: str | None


def from_xarray(dataset: xr.Dataset, names: VariableNames, period: Sequence[float] | None = None) -> Trajectories:
    """Brings variables into the order (trajectory, time, *grid, channel).

    All axes but those named are the grid's, in the order that the first variable has them in.

    Args:
        dataset: with all the variables named.
        names: what they are called.
        period: for each coordinate, the length after which the domain repeats; None where it does not.

    Raises:
        InputError: if a name is not there, or axes do not fit.

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
    fields = _joined([get_variable(dataset, name, names.path) for name in names.values], names)
    order = {names.trajectory or TRAJECTORY: 0, times.dims[0]: 1, names.channels or CHANNEL: -1}
    absent = [str(axis) for axis in order if axis not in fields.dims]
    if absent:
        raise InputError(f"{names.values[0]} has no axis {absent[0]!r}: it has {listed(fields.dims)}.")
    grid = [axis for axis in fields.dims if axis not in order]
    if not grid:
        raise InputError(f"{names.values[0]} has no axis of space: it has {listed(fields.dims)}.")
    places = [_spread(get_variable(dataset, name, names.path), fields, grid) for name in names.coordinates]
    labels: Sequence[Hashable] = names.values
    if names.channels is not None:
        labels = fields[names.channels].values.tolist()  # whole numbers where the axis has no labels
    trajectory, time, channel = order
    return Trajectories(
        fields.transpose(trajectory, time, *grid, channel).values,
        _seconds(times.values),
        np.stack(places, -1),
        [str(label) for label in labels],
        period,
        {"file": names.path.name},
    )


def get_variable(dataset: xr.Dataset, name: str, path: Path) -> xr.DataArray:
    """A variable of a file.

    Raises:
        InputError: if there is none of that name; says which there are.
    """
    if name not in dataset.variables:
        raise InputError(f"{path} has no {name!r}: it has {listed(dataset.variables)}.")
    return dataset[name]


def _joined(fields: list[xr.DataArray], names: VariableNames) -> xr.DataArray:
    if len({frozenset(field.dims) for field in fields}) > 1:
        raise InputError(f"{', '.join(names.values)} have different axes: name variables of the same axes.")
    if names.channels is not None and len(fields) > 1:
        raise InputError(f"channels are both an axis, {names.channels!r}, and {len(fields)} variables: name one "
                         "axis or several variables.")  # fmt: skip
    joined = (
        fields[0] if names.channels is not None else xr.concat(fields, CHANNEL, coords="minimal", compat="override")
    )
    return joined if names.trajectory is not None else joined.expand_dims(TRAJECTORY)


def _spread(place: xr.DataArray, fields: xr.DataArray, grid: list[Hashable]) -> Shaped[np.ndarray, "*grid"]:
    """A coordinate at every point of the grid."""
    if not set(place.dims) <= set(grid):
        raise InputError(f"{place.name} varies along {listed(place.dims)}: a coordinate may vary along axes of space "
                         f"only, {listed(grid)}.")  # fmt: skip
    shape = {axis: fields.sizes[axis] for axis in grid}
    return place.variable.set_dims(shape).transpose(*grid).values


def _seconds(times: Shaped[np.ndarray, " time"]) -> Shaped[np.ndarray, " time"]:
    if times.dtype.kind in "mM" and len(times):
        return (times - times[0]) / np.timedelta64(1, "s")
    return times
