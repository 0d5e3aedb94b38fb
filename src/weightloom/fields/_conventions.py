"""Names of variables and axes, found by the CF conventions (https://cfconventions.org) and by usual names."""

from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import NamedTuple

import xarray as xr

from weightloom._words import listed
from weightloom.errors import InputError

LONGITUDE = {"lon", "longitude", "nav_lon", "glamt", "xlong", "tlong", "geolon"}
LATITUDE = {"lat", "latitude", "nav_lat", "gphit", "xlat", "tlat", "geolat"}
EAST = {"degrees_east", "degree_east", "degrees_e", "degree_e", "degreee", "degreese"}
NORTH = {"degrees_north", "degree_north", "degrees_n", "degree_n", "degreen", "degreesn"}
TIME = {"time", "t", "time_counter"}
MEMBERS = {"member", "ensemble", "realization", "number", "trajectory"}


class Found(NamedTuple):
    """Names in a dataset.

    Attributes:
        values: the variables of the fields.
        time: the variable of the times.
        coordinates: one variable per coordinate.
        trajectory: the axis of trajectories, or None.
        on_earth: whether the first two coordinates are longitude and latitude that were found, not given.
    """

    values: tuple[str, ...]
    time: str
    coordinates: tuple[str, ...]
    trajectory: str | None
    on_earth: bool


def find_names(
    dataset: xr.Dataset,
    source: str,
    values: tuple[str, ...] = (),
    time: str | None = None,
    coordinates: tuple[str, ...] = (),
    trajectory: str | None = None,
    channels: str | None = None,
) -> Found:
    """Completes names that are not given.

    Args:
        dataset: the dataset.
        source: name of the dataset in error messages.
        values: the variables of the fields. Empty to find them: the only variable that varies in time and space.
        time: the variable of the times.
        coordinates: the variables of the coordinates.
        trajectory: the axis of trajectories.
        channels: the axis of channels.

    Raises:
        InputError: if a name cannot be found. The message lists the variables.

    Examples:
        >>> field = (("time", "lat", "lon"), [[[1.0, 2.0], [3.0, 4.0]]])
        >>> data = xr.Dataset({"sst": field}, {"time": [0], "lat": [5, 6], "lon": [1, 2]})
        >>> find_names(data, "mine.nc").coordinates
        ('lon', 'lat')
    """
    time = time or _time(dataset, source)
    axis = set(get_variable(dataset, time, source).dims)
    values = values or _fields(dataset, source, axis)
    field, *_ = (get_variable(dataset, name, source) for name in values)
    if trajectory is None and not coordinates:
        members = [str(dim) for dim in field.dims if str(dim).lower() in MEMBERS and dim not in (channels, *axis)]
        trajectory = members[0] if members else None
    grid = [dim for dim in field.dims if dim not in axis | {trajectory, channels} and field.sizes[dim] > 1]
    if coordinates:
        return Found(values, time, coordinates, trajectory, False)
    found = _coordinates(dataset, grid, values)
    covered = {dim for name in found for dim in dataset[name].dims}
    if not found or set(grid) - covered:
        raise _unknown("coordinates", dataset, source)
    return Found(values, time, found, trajectory, _are_on_earth(dataset, found))


def get_variable(dataset: xr.Dataset, name: str, source: str | Path) -> xr.DataArray:
    """A variable of a dataset, by name.

    Args:
        dataset: the dataset.
        name: the name.
        source: name of the dataset in error messages.

    Raises:
        InputError: if there is no variable of that name. The message lists the variables.
    """
    if name not in dataset.variables:
        raise InputError(f"{source} has no variable {name!r}: it has {listed(dataset.variables)}.")
    return dataset[name]


def role(variable: xr.DataArray) -> str:
    """What a variable is: longitude, latitude, or an empty string.

    Args:
        variable: a variable of a dataset.

    Examples:
        >>> role(xr.DataArray([1.0, 2.0], name="x", attrs={"units": "degrees_east"}))
        'longitude'
    """
    units, name = str(variable.attrs.get("units", "")).lower(), str(variable.name).lower()
    standard = str(variable.attrs.get("standard_name", ""))
    if standard in ("longitude", "latitude"):
        return standard
    if "grid_" in standard or units == "degrees":
        return ""  # longitude and latitude of a rotated pole
    if units in EAST or (not units and name in LONGITUDE):
        return "longitude"
    if units in NORTH or (not units and name in LATITUDE):
        return "latitude"
    return ""


def _time(dataset: xr.Dataset, source: str) -> str:
    def likely(name: Hashable) -> bool:
        one = dataset[name]
        told = one.attrs.get("axis") == "T" or one.attrs.get("standard_name") == "time"
        return told or one.dtype.kind == "M" or " since " in str(one.attrs.get("units", ""))

    axes = [name for name in dataset.variables if dataset[name].ndim == 1]
    usual = [name for name in axes if str(name).lower() in TIME]
    dimensions = [name for name in axes if name in dataset.dims and likely(name)]
    for found in (usual, dimensions, [name for name in axes if likely(name)]):
        if len(found) == 1:
            return str(found[0])
    raise _unknown("time", dataset, source)


def _fields(dataset: xr.Dataset, source: str, axis: set[Hashable]) -> tuple[str, ...]:
    bounds = {str(dataset[name].attrs.get("bounds")) for name in dataset.variables}

    def likely(name: Hashable) -> bool:
        one = dataset[name]
        own = name not in bounds and "bound" not in str(name) and "bnds" not in str(name)
        inner = [size for dim, size in one.sizes.items() if dim not in axis]
        return own and bool(axis <= set(one.dims)) and max(inner, default=1) > 1 and one.dtype.kind == "f"

    found = [str(name) for name in dataset.data_vars if likely(name)]
    if len(found) == 1:
        return (found[0],)
    raise _unknown("values", dataset, source)


def _coordinates(dataset: xr.Dataset, grid: list[Hashable], values: tuple[str, ...]) -> tuple[str, ...]:
    """Longitude and latitude, and the other axes; or one coordinate per axis, the last axis first."""

    def candidates() -> Iterator[str]:
        for name in dataset.variables:
            one = dataset[name]
            if one.dims and set(one.dims) <= set(grid) and one.dtype.kind in "iuf" and name not in values:
                yield str(name)

    roles = {role(dataset[name]): name for name in reversed(list(candidates())) if role(dataset[name])}
    earth = tuple(roles[one] for one in ("longitude", "latitude")) if len(roles) == 2 else ()
    covered = {dim for name in earth for dim in dataset[name].dims}
    names = set(candidates())
    return earth + tuple(str(dim) for dim in reversed(grid) if dim not in covered and str(dim) in names)


def _are_on_earth(dataset: xr.Dataset, names: tuple[str, ...]) -> bool:
    known = [role(dataset[name]) for name in names[:2] if name in dataset.variables]
    return known == ["longitude", "latitude"]


def _unknown(kind: str, dataset: xr.Dataset, source: str) -> InputError:
    variables = ", ".join(map(str, dataset.variables))
    return InputError(
        f"{source} was not written by weightloom: give the names of its {kind}, from its variables {variables}."
    )
