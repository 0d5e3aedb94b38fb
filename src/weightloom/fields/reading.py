"""Reading trajectories from Zarr groups of weightloom, and from other NetCDF, Zarr and .npz files."""

import importlib.util
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from weightloom._words import listed
from weightloom.errors import InputError, RunError
from weightloom.fields._conventions import find_names, get_variable
from weightloom.fields._from_xarray import VariableNames, from_xarray
from weightloom.fields._to_xarray import Template
from weightloom.fields.trajectories import KIND, Trajectories
from weightloom.runs.zarr_group import ZarrGroup

SUFFIXES = (".zarr", ".nc", ".npz")


class Names(NamedTuple):
    """Names of what a file holds. `open_trajectories` says what they mean."""

    values: str | Sequence[str] | None = None
    time: str | None = None
    coordinates: str | Sequence[str] | None = None
    trajectory: str | None = None
    channels: str | None = None
    period: Sequence[float | None] | None = None
    mask: str | None = None


def open_trajectories(
    path: str | Path,
    *,
    values: str | Sequence[str] | None = None,
    time: str | None = None,
    coordinates: str | Sequence[str] | None = None,
    trajectory: str | None = None,
    channels: str | None = None,
    period: Sequence[float | None] | None = None,
    mask: str | None = None,
) -> Trajectories:
    """Reads trajectories from a file that `Trajectories.save` wrote, or from your own file.

    NaN, masked values and `_FillValue` mean not observed. In your own file:

    - NetCDF and Zarr: names that are not given are found by the CF conventions. Longitude and latitude that are found
      are placed on the unit sphere, or, for a region of less than 60° × 40°, on a plane in km; those that you name
      are used as numbers. Axes of the values that are not named belong to the grid.
    - .npz: the values have axes (trajectory, time, *grid, channel). The coordinates are one array of shape (*grid, d),
      or d arrays of the grid's shape, or one row per axis of the grid.

    Args:
        path: a `.zarr` folder, a `.nc` file or an `.npz` file.
        values: the variable of the fields, or several variables with the same axes, one per channel.
        time: the variable of the times. Time stamps of any calendar are converted to seconds since the first. Months
            of unequal length count as equal.
        coordinates: the variables of the coordinates, in the order in which networks read them.
        trajectory: the axis of trajectories. The default is a single trajectory.
        channels: the axis of channels. By default, each variable is one channel. In an .npz: the array of the
            channels' names.
        period: the domain's period along each coordinate, None for a coordinate that does not repeat. None if no
            coordinate does.
        mask: a variable that is 1 where values are used, such as the sea. Other values are not observed.

    Raises:
        InputError: if the file cannot be read, a name is missing or not in the file, or the data are not valid
            `Trajectories`.
        RunError: if the file was written by weightloom and is damaged.

    Examples:
        >>> import tempfile
        >>> from weightloom.fields import heat
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     open_trajectories(heat(2, frames=3, grid=16).save(f"{folder}/heat.zarr"))
        <Trajectories: 2 trajectories of 3 frames, grid 16 × 16, channels temperature>
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise InputError(f"{path} ends in {path.suffix or 'no suffix'}: use {', '.join(SUFFIXES)}.")
    if not path.exists():
        raise InputError(f"{path} does not exist.")
    names = Names(values, time, coordinates, trajectory, channels, period, mask)._asdict()
    if _is_own(path):
        given = [name for name, value in names.items() if value is not None]
        if given:
            raise InputError(f"{path} was written by weightloom and needs no names: leave out {', '.join(given)}.")
        return _own(path)
    dataset = _opened(path)
    with dataset:
        return trajectories_of(dataset, path, **names)[0]


def as_trajectories(data: Any, names: Mapping[str, Any] | None = None) -> Trajectories:
    """Trajectories from any form of data that functions accept.

    Args:
        data: trajectories, an xarray Dataset or DataArray, or the path of a file.
        names: for xarray or a file: the arguments of `open_trajectories`.

    Raises:
        InputError: if data of this type cannot be used, or as `open_trajectories`.

    Examples:
        >>> as_trajectories(xr.DataArray(np.ones((2, 3)), {"time": [0, 1], "x": [1.0, 2.0, 3.0]}, ("time", "x")))
        <Trajectories: 1 trajectories of 2 frames, grid 3, channels values>
    """
    if isinstance(data, str | Path):
        return open_trajectories(data, **_checked(names))
    return with_template(data, names)[0]


def with_template(data: Any, names: Mapping[str, Any] | None = None) -> tuple[Trajectories, Template | None]:
    """Trajectories, and what gives results the form of the data. None if they are no dataset of the user's own.

    Args:
        data: as for `as_trajectories`.
        names: as for `as_trajectories`.

    Raises:
        InputError: as `as_trajectories`.
    """
    if isinstance(data, Trajectories):
        return data, None
    if isinstance(data, str | Path):
        opened = read_dataset(data)
        if opened is None:
            return open_trajectories(data, **_checked(names)), None
        return trajectories_of(opened, Path(data), **_checked(names))
    if isinstance(data, xr.Dataset | xr.DataArray):
        return trajectories_of(data, **_checked(names))
    raise InputError(f"data of type {type(data).__name__} cannot be used: give trajectories, xarray or a path.")


def read_dataset(path: str | Path) -> xr.Dataset | None:
    """The dataset of a NetCDF or Zarr file that weightloom did not write, or None for another file.

    Args:
        path: the file.

    Raises:
        InputError: if the file cannot be read.

    Examples:
        >>> read_dataset("mine.npz") is None
        True
    """
    path = Path(path)
    if path.suffix not in (".nc", ".zarr") or not path.exists() or _is_own(path):
        return None
    with _opened(path) as dataset:
        return dataset.load()


def _opened(path: Path) -> xr.Dataset:
    try:
        return _npz(path) if path.suffix == ".npz" else _dataset(path)
    except InputError:
        raise
    # Readers raise various exceptions for damaged files.
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        lines = str(error).splitlines() or [repr(error)]
        raise InputError(f"{path} cannot be read: {lines[0].rstrip('.')}.") from error


def trajectories_of(
    dataset: xr.Dataset | xr.DataArray,
    path: Path = Path("the dataset"),
    **names: Any,
) -> tuple[Trajectories, Template]:
    """Trajectories from a dataset in memory, and what is needed to give results the form of the dataset.

    Args:
        dataset: an xarray Dataset or DataArray.
        path: the file that it was read from.
        **names: as for `open_trajectories`.

    Raises:
        InputError: as `open_trajectories`.

    Examples:
        >>> sst = xr.DataArray(
        ...     np.ones((2, 3)), {"time": [0, 1], "lon": [1.0, 2.0, 3.0]}, ("time", "lon"), name="sst"
        ... )
        >>> trajectories_of(sst)[0]
        <Trajectories: 1 trajectories of 2 frames, grid 3, channels sst>
    """
    if isinstance(dataset, xr.DataArray):
        dataset = dataset.to_dataset(name=dataset.name or "values")
    given = Names(**_checked(names))
    values, coordinates = _several(given.values), _several(given.coordinates)
    if path.suffix == ".npz":
        missing = [name for name in ("values", "time", "coordinates") if not getattr(given, name)]
        if missing:
            variables = ", ".join(map(str, dataset.variables))
            raise InputError(
                f"{path} was not written by weightloom: give the names of its {', '.join(missing)}, from its variables "
                f"{variables}."
            )
        named = VariableNames(
            path, values, str(given.time), coordinates, given.trajectory, given.channels, mask=given.mask
        )
        dataset, named = _with_axes(dataset, named)
    else:
        found = find_names(dataset, str(path), values, given.time, coordinates, given.trajectory, given.channels)
        named = VariableNames(path, *found[:4], given.channels, found.on_earth, given.mask)
    return from_xarray(dataset, named, given.period), Template(dataset, named)


def _checked(names: Mapping[str, Any] | None) -> dict[str, Any]:
    """The names that are given, for `Names`."""
    unknown = [name for name in names or {} if name not in Names._fields]
    if unknown:
        raise InputError(f"the names of data have no {listed(unknown)}: give some of {listed(Names._fields)}.")
    return dict(names or {})


def _several(names: str | Sequence[str] | None) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names or ())


def _is_own(path: Path) -> bool:
    try:
        return bool(json.loads((path / "zarr.json").read_bytes())["attributes"]["kind"] == KIND)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def _own(path: Path) -> Trajectories:
    group = ZarrGroup.open(path)
    try:
        shape, dtype = group.forms["values"].shape, group.forms["values"].dtype
        values = np.concatenate([group.read_chunk("values", place) for place in range(shape[0])], dtype=dtype)
        time, coordinates = (group.read_chunk(name) for name in ("time", "coordinates"))
        names = [group.attributes[name] for name in ("channels", "period", "attributes")]
    except KeyError as error:
        raise RunError(f"{path / 'zarr.json'} lacks {error}: the file was modified or damaged.") from error
    return Trajectories(values, time, coordinates, *names)


def _dataset(path: Path) -> xr.Dataset:
    if path.suffix == ".nc":
        with path.open("rb") as opened:
            hdf5 = opened.read(4) == b"\x89HDF"
        if hdf5 and all(importlib.util.find_spec(reader) is None for reader in ("h5netcdf", "netCDF4")):
            raise InputError(f"{path} is a NetCDF 4 file and needs h5netcdf: pip install 'weightloom[netcdf]'.")
        return _decoded(path)
    for file in (*path.rglob(".zarray"), *path.rglob("zarr.json")):
        if _unpickles(json.loads(file.read_bytes())):
            raise InputError(f"{file} uses pickle, which can execute any code: store the values as numbers.")
    return _decoded(path, engine="zarr", consolidated=False)


def _decoded(path: Path, **options: Any) -> xr.Dataset:
    """Opens a dataset. Times of a calendar that cannot be decoded stay numbers, with their units."""
    try:
        return xr.open_dataset(path, decode_timedelta=False, **options)
    except ValueError as error:
        if "decode time units" not in str(error):
            raise
        return xr.open_dataset(path, decode_times=False, **options)


def _unpickles(metadata: Any) -> bool:
    if isinstance(metadata, Mapping):
        codec = str(metadata.get("id", metadata.get("name")))
        return codec.split(".")[-1] == "pickle" or any(map(_unpickles, metadata.values()))
    return isinstance(metadata, list) and any(map(_unpickles, metadata))


def _npz(path: Path) -> xr.Dataset:
    """Reads the arrays of an .npz as variables. Every axis gets a unique name."""
    with np.load(path, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    return xr.Dataset({
        name: ([f"{name}_{axis}" for axis in range(array.ndim)], array) for name, array in arrays.items()
    })  # fmt: skip


def _with_axes(dataset: xr.Dataset, names: VariableNames) -> tuple[xr.Dataset, VariableNames]:
    """Names the axes of an .npz's arrays as described in `open_trajectories`, with one variable per coordinate."""
    if names.trajectory is not None or len(names.values) > 1:
        raise InputError(f"{names.path} is an .npz, whose axes have no names: give one array of values with axes "
                         "(trajectory, time, *grid, channel), and leave out trajectory.")  # fmt: skip
    values = get_variable(dataset, names.values[0], names.path).values
    if values.ndim < 4:
        raise InputError(f"{names.values[0]} has shape {values.shape}: give (trajectory, time, *grid, channel).")
    grid = [f"axis_{axis}" for axis in range(values.ndim - 3)]
    variables = {"values": (["trajectory", "time", *grid, "channel"], values)}
    places = [get_variable(dataset, name, names.path).values for name in names.coordinates]
    if len(places) == 1 and places[0].ndim == len(grid) + 1:
        places = list(np.moveaxis(places[0], -1, 0))
    rows = len(places) == len(grid) and all(place.ndim == 1 for place in places)
    for number, place in enumerate(places):
        variables[f"coordinate_{number}"] = ([grid[number]] if rows else grid, place)
    if names.mask is not None:
        mask = get_variable(dataset, names.mask, names.path).values
        if mask.ndim - len(grid) not in (0, 1):
            raise InputError(f"{names.mask} has shape {mask.shape}: give a mask of shape (*grid) or (time, *grid).")
        variables["mask"] = (["time", *grid][-mask.ndim :], mask)
    times = get_variable(dataset, names.time, names.path).values
    labels = None if names.channels is None else get_variable(dataset, names.channels, names.path).values.astype(str)
    try:
        named = xr.Dataset(variables, {"times": (["time"], times)} | ({} if labels is None else {"channel": labels}))
    except ValueError as error:
        raise InputError(f"arrays of {names.path} have inconsistent shapes: {str(error).splitlines()[0]}.") from error
    coordinates = tuple(f"coordinate_{number}" for number in range(len(places)))
    mask_name = None if names.mask is None else "mask"
    return named, VariableNames(names.path, ("values",), "times", coordinates, "trajectory", "channel", mask=mask_name)
