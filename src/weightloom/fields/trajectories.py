"""Trajectories: values of fields over time and space, with their times and positions."""

import functools
import hashlib
import json
import numbers
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Shaped

from weightloom.errors import InputError
from weightloom.fields import _tables
from weightloom.runs.atomic import write_folder
from weightloom.runs.json_files import plain
from weightloom.runs.zarr_group import group_files

KIND = "trajectories"
EVEN = 1e-3


@dataclass(frozen=True, eq=False, repr=False)
class Trajectories:
    """Fields that evolve: every trajectory on the same grid at the same times (Yin et al., ICLR 2023, section 2).

    A grid has any number of axes; scattered points are a grid of one axis. Arrays are kept as NumPy's and cannot be
    written to.

    Attributes:
        values: the fields, shape (trajectory, time, *grid, channel), single precision.
        times: increasing, shape (time,), double precision, in the data's own unit.
        coordinates: where the grid's points lie, shape (*grid, d), as networks see them.
        channels: the name of each channel.
        period: for each of the d coordinates, the length after which the domain repeats; None if it does not repeat in
            all of them.
        attributes: JSON values that tell where the data come from, such as a PDE's name and parameters.

    Raises:
        InputError: if shapes do not fit one another, times do not increase, or a number is not finite.

    Examples:
        >>> import numpy as np
        >>> data = Trajectories(np.zeros((3, 10, 8, 1)), np.arange(10.0), np.zeros((8, 2)), ("height",))
        >>> data
        <Trajectories: 3 trajectories of 10 frames, grid 8, channels height>
        >>> train, test = data.split(1)
        >>> train.values.shape, test.frames(slice(0, 4)).at_points.shape
        ((2, 10, 8, 1), (1, 4, 8, 1))
    """

    values: Float[np.ndarray, "trajectory time *grid channel"]
    times: Float[np.ndarray, " time"]
    coordinates: Float[np.ndarray, "*grid d"]
    channels: tuple[str, ...]
    period: tuple[float, ...] | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)

    # Shapes are checked here, in words, and not by jaxtyping, whose message would come first.
    def __init__(
        self,
        values: Any,
        times: Any,
        coordinates: Any,
        channels: Sequence[str],
        period: Any = None,
        attributes: Mapping[str, Any] = MappingProxyType({}),
    ):
        object.__setattr__(self, "values", _frozen("values", values, np.float32))
        object.__setattr__(self, "times", _frozen("times", times, np.float64))
        object.__setattr__(self, "coordinates", _frozen("coordinates", coordinates, np.float32))
        object.__setattr__(self, "channels", tuple(map(str, channels)))
        object.__setattr__(self, "period", _period(period))
        object.__setattr__(self, "attributes", MappingProxyType(plain(dict(attributes))))
        _check_shapes(self)
        _check_times(self.times)
        _check_finite(self)

    @property
    def grid(self) -> tuple[int, ...]:
        """How many points each axis of the grid has."""
        return self.values.shape[2:-1]

    @property
    def points(self) -> Float[np.ndarray, "points d"]:
        """All positions of the grid, its last axis running fastest."""
        return self.coordinates.reshape(-1, self.coordinates.shape[-1])

    @property
    def at_points(self) -> Float[np.ndarray, "trajectory time points channel"]:
        """The values with all axes of the grid as one, in the order of `points`."""
        return self.values.reshape(*self.values.shape[:2], -1, len(self.channels))

    @property
    def is_even(self) -> bool:
        """Whether frames are at equal distances in time, but for a thousandth."""
        steps = np.diff(self.times)
        return len(steps) == 0 or bool(np.ptp(steps) <= EVEN * steps.mean())

    @property
    def on_sphere(self) -> bool:
        """Whether all positions lie on the unit sphere in three dimensions."""
        return bool(on_unit_sphere(self.points).all())

    @functools.cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all arrays, their shapes, channels, period and attributes, in hexadecimal."""
        digest = hashlib.sha256(json.dumps([*self._labels(), self.values.shape], sort_keys=True).encode())
        for array in (self.values, self.times, self.coordinates):
            digest.update(np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"))).data)
        return digest.hexdigest()

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        grid = " × ".join(map(str, self.grid))
        return (
            f"<Trajectories: {len(self)} trajectories of {len(self.times)} frames, grid {grid}, "
            f"channels {', '.join(self.channels)}>"
        )

    def _repr_html_(self) -> str:
        return _tables.trajectories_html(self)

    def split(self, test: int) -> "tuple[Trajectories, Trajectories]":
        """Parts the last trajectories from those before them.

        Args:
            test: how many of the last ones.

        Returns:
            Those before them, and the last ones.

        Raises:
            InputError: if either side would be empty.
        """
        if not 0 < test < len(self):
            raise InputError(f"split({test}) leaves nothing on one side of {len(self)} trajectories: give 1 to "
                             f"{len(self) - 1}.")  # fmt: skip
        return self.select(slice(0, len(self) - test)), self.select(slice(len(self) - test, None))

    def select(self, trajectories: slice | Sequence[int] | Shaped[np.ndarray, " _"]) -> "Trajectories":
        """Some of the trajectories.

        Args:
            trajectories: a slice, or their numbers.

        Raises:
            InputError: if there is no such trajectory, or none is chosen.
        """
        return replace(self, values=self.values[_chosen(trajectories, len(self), "trajectories")])

    def frames(self, chosen: slice | Sequence[int] | Shaped[np.ndarray, " _"]) -> "Trajectories":
        """Some of the frames.

        Args:
            chosen: a slice, or their numbers, which increase.

        Raises:
            InputError: if there is no such frame, or none is chosen, or they do not increase.
        """
        places = _chosen(chosen, len(self.times), "frames")
        return replace(self, values=self.values[:, places], times=self.times[places])

    def windows(self, length: int) -> "Trajectories":
        """Cuts each trajectory into pieces of so many frames, which count as trajectories; a rest is left out.

        This is for laws that do not depend on time, and frames of equal distance: all pieces get the first one's times.

        Args:
            length: frames of a piece.

        Returns:
            The pieces of the first trajectory, then those of the second one, and so on.

        Raises:
            InputError: if a trajectory is shorter than a piece, or frames have different distances.
        """
        pieces = len(self.times) // length if isinstance(length, numbers.Integral) and length > 0 else 0
        if pieces == 0:
            raise InputError(f"windows({length}) cannot be cut from {len(self.times)} frames: give 1 to "
                             f"{len(self.times)}.")  # fmt: skip
        if pieces > 1 and not self.is_even:
            raise InputError("windows need frames of equal distance in time: choose them with frames(...) first.")
        kept = self.values[:, : pieces * length]
        cut = kept.reshape(len(self) * pieces, length, *kept.shape[2:])
        return replace(self, values=cut, times=self.times[:length])

    def save(self, path: str | Path) -> Path:
        """Writes a Zarr group that appears whole or not at all; xarray and any Zarr library read it too.

        Args:
            path: where, ending in `.zarr`; nothing is there yet.

        Returns:
            The path.

        Raises:
            InputError: if it cannot be written there.
        """
        path = checked_destination(path)
        axes = ("y", "x") if len(self.grid) == 2 else tuple(f"axis_{axis}" for axis in range(len(self.grid)))
        arrays = {
            "values": (self.values, ("trajectory", "time", *axes, "channel")),
            "time": (self.times, ("time",)),
            "coordinates": (self.coordinates, (*axes, "coordinate")),
        }
        names = ("channels", "period", "attributes")
        attributes = {"kind": KIND, **dict(zip(names, self._labels())), "coordinates": "coordinates"}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_folder(path, group_files(arrays, attributes, by_rows="values"))
        except OSError as error:
            raise InputError(f"{path} cannot be written ({error.strerror}): give another path.") from error
        return path

    def _labels(self) -> list[Any]:
        return [list(self.channels), self.period and list(self.period), dict(self.attributes)]


def checked_destination(path: str | Path) -> Path:
    """The path of a Zarr group that is to be written, or the reason why it cannot be.

    Raises:
        InputError: if it does not end in `.zarr`, or something is there.

    Examples:
        >>> checked_destination("no_such_folder/ns.zarr").name
        'ns.zarr'
    """
    path = Path(path)
    if path.suffix != ".zarr":
        raise InputError(f"{path} cannot hold trajectories: give a path that ends in .zarr.")
    if path.exists() or path.is_symlink():
        raise InputError(f"{path} is there already: give another path, or remove it first.")
    return path


def _period(period: Any) -> tuple[float, ...] | None:
    try:
        return None if period is None else tuple(map(float, period))
    except TypeError:
        raise InputError(
            f"the period {period!r} cannot be used: give a length for each coordinate, or None if one does not repeat."
        ) from None


def _frozen(name: str, array: Any, dtype: Any) -> np.ndarray:
    try:
        given = np.asarray(array)
    except ValueError as error:
        raise InputError(f"{name} are ragged: give the same number of entries everywhere.") from error
    if given.dtype.kind not in "biuf":
        raise InputError(f"{name} have dtype {given.dtype}: give real numbers.")
    kept = given.astype(dtype, copy=False).view()
    kept.flags.writeable = False
    return kept


def _check_shapes(data: Trajectories) -> None:
    shape, names = data.values.shape, data.channels
    if len(shape) < 4 or min(shape, default=0) < 1:
        raise InputError(f"values have shape {shape}: give (trajectory, time, one or more axes of the grid, channel), "
                         "none of them empty.")  # fmt: skip
    if data.times.ndim != 1 or len(data.times) == 0:
        raise InputError(f"times have shape {data.times.shape}: give one row of times, the same for all trajectories.")
    if len(data.times) != shape[1]:
        raise InputError(f"there are {len(data.times)} times for {shape[1]} frames: give one time per frame.")
    if data.coordinates.shape[:-1] != shape[2:-1] or data.coordinates.shape[-1:] in ((), (0,)):
        raise InputError(f"coordinates have shape {data.coordinates.shape} for values of shape {shape}: "
                         f"give {shape[2:-1]} and the number of coordinates.")  # fmt: skip
    if len(names) != shape[-1] or len(set(names)) != len(names):
        raise InputError(f"{shape[-1]} channels have the names {names}: give each a name of its own.")
    if data.period is not None and (
        len(data.period) != data.coordinates.shape[-1] or not all(0 < length < np.inf for length in data.period)
    ):
        raise InputError(f"the period is {data.period} for {data.coordinates.shape[-1]} coordinates: "
                         "give a positive length for each, or None.")  # fmt: skip


def _check_times(times: Float[np.ndarray, " time"]) -> None:
    if not np.isfinite(times).all():
        raise InputError(f"{_first(~np.isfinite(times), 'time')} is not finite: give numbers only.")
    if (np.diff(times) == 0).any():
        raise InputError(f"{_first(np.diff(times, prepend=np.nan) == 0, 'time')} repeats the one before it: "
                         "give each frame its own time.")  # fmt: skip
    if (np.diff(times) < 0).any():
        raise InputError(f"{_first(np.diff(times, prepend=np.nan) < 0, 'time')} is earlier than the one before it: "
                         "sort frames by time.")  # fmt: skip


def _check_finite(data: Trajectories) -> None:
    for name, array in (("values", data.values), ("coordinates", data.coordinates)):
        if not np.isfinite(array).all():
            raise InputError(f"{_first(~np.isfinite(array), name)} is not finite ({(~np.isfinite(array)).sum()} of "
                             f"{array.size} are not): fill or drop them.")  # fmt: skip


def _first(wrong: Bool[np.ndarray, "..."], name: str) -> str:
    return f"{name}[{', '.join(map(str, np.argwhere(wrong)[0].tolist()))}]"


def _chosen(chosen: Any, length: int, name: str) -> Shaped[np.ndarray, " _"]:
    try:
        places = range(length)[chosen] if isinstance(chosen, slice) else [operator.index(place) for place in chosen]
        kept = np.arange(length)[np.array(places, np.int64)]
    except (IndexError, TypeError):
        raise InputError(f"{chosen!r} cannot choose from {length} {name}: give a slice, or numbers from 0 to "
                         f"{length - 1}.") from None  # fmt: skip
    if len(kept) == 0:
        raise InputError(f"{chosen!r} chooses none of {length} {name}: choose at least one.")
    return kept


def on_unit_sphere(points: Float[np.ndarray, "points d"]) -> Bool[np.ndarray, " points"]:
    """Which positions lie on the unit sphere in three dimensions; none in others.

    Args:
        points: the positions.

    Examples:
        >>> on_unit_sphere(np.array([[0.0, 0.6, 0.8], [0.0, 0.0, 0.0]])).tolist()
        [True, False]
    """
    return (points.shape[1] == 3) & np.isclose((points**2).sum(axis=1), 1, atol=1e-4)
