"""Trajectories from disk: weightloom's own Zarr groups, and anybody's NetCDF, Zarr or .npz with its names given."""

import importlib.util
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from weightloom.errors import InputError, RunError
from weightloom.fields._from_xarray import VariableNames, from_xarray, get_variable
from weightloom.fields.trajectories import KIND, Trajectories
from weightloom.runs.zarr_group import ZarrGroup

SUFFIXES = (".zarr", ".nc", ".npz")


def open_trajectories(
    path: str | Path,
    *,
    values: str | Sequence[str] | None = None,
    time: str | None = None,
    coordinates: str | Sequence[str] | None = None,
    trajectory: str | None = None,
    channels: str | None = None,
    period: Sequence[float] | None = None,
) -> Trajectories:
    """Reads trajectories that `save` wrote, or fields of your own.

    What weightloom wrote needs no names. In NetCDF and Zarr, all axes of the values but those named are the grid's. In
    an .npz, values have the axes (trajectory, time, *grid, channel), and coordinates are one array of shape (*grid, d),
    or one row for each of the grid's axes, or d arrays of the grid's shape.

    Args:
        path: a `.zarr` folder, a `.nc` or an `.npz` file.
        values: the variable of the fields; or several of the same axes, which are the channels.
        time: the times; time stamps become seconds since the first.
        coordinates: where the grid's points lie, one name per coordinate in the order that networks see.
        trajectory: the axis of trajectories; without it there is one trajectory.
        channels: the axis of channels; without it each variable is one channel. In an .npz: an array of their names.
        period: for each coordinate, the length after which the domain repeats; None if it does not in all of them.

    Raises:
        InputError: if the file cannot be read, a name is missing or not in it, or `Trajectories` refuses what is there.
        RunError: if weightloom wrote the group and it was damaged since.

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
        raise InputError(f"{path} is not there.")
    needed = {"values": values, "time": time, "coordinates": coordinates}
    optional = {"trajectory": trajectory, "channels": channels, "period": period}
    if _is_own(path):
        given = [name for name, name_there in (needed | optional).items() if name_there is not None]
        if given:
            raise InputError(f"{path} was written by weightloom, which knows its names: leave out {', '.join(given)}.")
        return _own(path)
    try:
        dataset = _npz(path) if path.suffix == ".npz" else _dataset(path)
    except InputError:
        raise
    # Readers of damaged files raise what they like; each of these says what is wrong with the file.
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        lines = str(error).splitlines() or [repr(error)]
        raise InputError(f"{path} cannot be read: {lines[0].rstrip('.')}.") from error
    with dataset:
        missing = [name for name, given_name in needed.items() if not given_name]
        if missing:
            there = ", ".join(map(str, dataset.variables))
            raise InputError(
                f"{path} was not written by weightloom: say which of {there} are its {', '.join(missing)}."
            )
        names = VariableNames(path, _several(values), str(time), _several(coordinates), trajectory, channels)
        if path.suffix == ".npz":
            dataset, names = _with_axes(dataset, names)
        return from_xarray(dataset, names, period)


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
        raise RunError(f"{path / 'zarr.json'} lacks {error}: the file was made for something else.") from error
    return Trajectories(values, time, coordinates, *names)


def _dataset(path: Path) -> xr.Dataset:
    if path.suffix == ".nc":
        with path.open("rb") as opened:
            hdf5 = opened.read(4) == b"\x89HDF"
        if hdf5 and all(importlib.util.find_spec(reader) is None for reader in ("h5netcdf", "netCDF4")):
            raise InputError(f"{path} is NetCDF 4, which needs h5netcdf to be read: pip install 'weightloom[netcdf]'.")
        return xr.open_dataset(path, decode_timedelta=False)
    for file in (*path.rglob(".zarray"), *path.rglob("zarr.json")):
        if _unpickles(json.loads(file.read_bytes())):
            raise InputError(f"{file} asks to unpickle its values, which may execute anything: store them as numbers.")
    return xr.open_dataset(path, engine="zarr", consolidated=False, decode_timedelta=False)


def _unpickles(metadata: Any) -> bool:
    if isinstance(metadata, Mapping):
        codec = str(metadata.get("id", metadata.get("name")))
        return codec.split(".")[-1] == "pickle" or any(map(_unpickles, metadata.values()))
    return isinstance(metadata, list) and any(map(_unpickles, metadata))


def _npz(path: Path) -> xr.Dataset:
    """Arrays with axes of no meaning, a name of its own for each."""
    with np.load(path, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    return xr.Dataset({
        name: ([f"{name}_{axis}" for axis in range(array.ndim)], array) for name, array in arrays.items()
    })  # fmt: skip


def _with_axes(dataset: xr.Dataset, names: VariableNames) -> tuple[xr.Dataset, VariableNames]:
    """The arrays of an .npz with the axes that `open_trajectories` promises, one variable per coordinate."""
    if names.trajectory is not None or len(names.values) > 1:
        raise InputError(f"{names.path} is an .npz, without names of axes: give one array of values with the axes "
                         "(trajectory, time, *grid, channel), and no trajectory.")  # fmt: skip
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
    times = get_variable(dataset, names.time, names.path).values
    labels = None if names.channels is None else get_variable(dataset, names.channels, names.path).values.astype(str)
    try:
        arranged = xr.Dataset(variables, {"times": (["time"], times)} | ({} if labels is None else {"channel": labels}))
    except ValueError as error:
        raise InputError(f"arrays of {names.path} do not fit one another: {str(error).splitlines()[0]}.") from error
    coordinates = tuple(f"coordinate_{number}" for number in range(len(places)))
    return arranged, VariableNames(names.path, ("values",), "times", coordinates, "trajectory", "channel")
