"""`Trajectories`: values of fields over time and space, with times and positions."""

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
PLACEMENT = "placement"  # the attribute that says how longitude and latitude became positions
CLOCK = "clock"  # the attribute that says when time stamps begin, and how long their year is
OFFSETS = "offsets"  # the attribute that says how much later than the times each trajectory is
EVEN = 1e-3


@dataclass(frozen=True, eq=False, repr=False)
class Trajectories:
    """Time-dependent fields: several trajectories on one grid at the same times (Yin et al., ICLR 2023, section 2).

    A grid has any number of axes. Scattered points are a grid with one axis. The arrays are read-only NumPy arrays.

    Attributes:
        values: values of the fields, shape (trajectory, time, *grid, channel), single precision. NaN means not
            observed.
        times: increasing times, shape (time,), double precision, in any unit.
        coordinates: positions of the grid's points, shape (*grid, d), single precision.
        channels: names of the channels.
        period: the domain's period along each of the d coordinates, None for a coordinate that does not repeat. None
            if the domain is not periodic.
        attributes: JSON values that describe the origin of the data, such as the name and parameters of a PDE.

    Raises:
        InputError: if shapes are inconsistent, times do not increase, or a number is infinite.

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
    period: tuple[float | None, ...] | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)

    # Arguments are typed Any and checked here, so that users get weightloom's message and not jaxtyping's.
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
        """Number of points along each axis of the grid."""
        return self.values.shape[2:-1]

    @property
    def points(self) -> Float[np.ndarray, "points d"]:
        """Positions of all points, with the last axis of the grid varying fastest."""
        return self.coordinates.reshape(-1, self.coordinates.shape[-1])

    @property
    def at_points(self) -> Float[np.ndarray, "trajectory time points channel"]:
        """The values with the grid flattened to one axis, in the order of `points`."""
        return self.values.reshape(*self.values.shape[:2], -1, len(self.channels))

    @property
    def is_even(self) -> bool:
        """Whether frames are equally spaced in time, with a relative tolerance of 0.001."""
        steps = np.diff(self.times)
        return len(steps) == 0 or bool(np.ptp(steps) <= EVEN * steps.mean())

    @functools.cached_property
    def has_gaps(self) -> bool:
        """Whether a value is not observed."""
        return bool(np.isnan(self.values).any())

    @property
    def ever_observed(self) -> Bool[np.ndarray, " points"]:
        """Which points have a value in any trajectory, frame and channel. The other ones are land."""
        return np.asarray(np.isfinite(self.at_points).any(axis=(0, 1, 3)))

    @property
    def on_sphere(self) -> bool:
        """Whether all positions lie on the unit sphere in three dimensions."""
        return bool(on_unit_sphere(self.points).all())

    @property
    def placement(self) -> dict[str, Any] | None:
        """How longitude and latitude became positions. None if positions are as they were given."""
        return self.attributes.get(PLACEMENT)

    @property
    def clock(self) -> dict[str, float] | None:
        """When time stamps begin and how they count, as `_calendar.clock_of` says. None without stamps."""
        return self.attributes.get(CLOCK)

    @property
    def offsets(self) -> Float[np.ndarray, " trajectory"]:
        """How much later than `times` each trajectory is: 0, but for windows of a longer trajectory."""
        return np.asarray(self.attributes.get(OFFSETS, [0.0] * len(self)), np.float64)

    @functools.cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the arrays, channels, period and attributes, in hexadecimal.

        Placement, clock and offsets do not enter: data of older versions lack them.
        """
        *labels, attributes = self._labels()
        for name in (PLACEMENT, CLOCK, OFFSETS):
            attributes.pop(name, None)
        digest = hashlib.sha256(json.dumps([*labels, attributes, self.values.shape], sort_keys=True).encode())
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
        """Splits off the last trajectories.

        Args:
            test: number of trajectories to split off.

        Returns:
            The trajectories before them, and the last trajectories.

        Raises:
            InputError: if either part would be empty.
        """
        if not 0 < test < len(self):
            raise InputError(f"split({test}) leaves one part of {len(self)} trajectories empty: give 1 to "
                             f"{len(self) - 1}.")  # fmt: skip
        return self.select(slice(0, len(self) - test)), self.select(slice(len(self) - test, None))

    def select(self, trajectories: slice | Sequence[int] | Shaped[np.ndarray, " _"]) -> "Trajectories":
        """Selects trajectories.

        Args:
            trajectories: a slice, or numbers of trajectories.

        Raises:
            InputError: if a trajectory does not exist, or none is selected.
        """
        places = _chosen(trajectories, len(self), "trajectories")
        return replace(self, values=self.values[places], attributes=self._with_offsets(self.offsets[places]))

    def frames(self, chosen: slice | Sequence[int] | Shaped[np.ndarray, " _"]) -> "Trajectories":
        """Selects frames.

        Args:
            chosen: a slice, or increasing numbers of frames.

        Raises:
            InputError: if a frame does not exist, none is selected, or the numbers do not increase.
        """
        places = _chosen(chosen, len(self.times), "frames")
        return replace(self, values=self.values[:, places], times=self.times[places])

    def at(self, points: Bool[np.ndarray, " points"]) -> "Trajectories":
        """Selects points. The result is a grid with one axis.

        Args:
            points: which points to keep, in the order of `points`.
        """
        return replace(self, values=self.at_points[:, :, points], coordinates=self.points[points])

    def masked(self, mask: Any) -> "Trajectories":
        """Hides values: where a mask is False, values become NaN, which means not observed.

        Args:
            mask: True or 1 where values are kept. Its shape broadcasts to (trajectory, time, *grid), such as the
                shape of the grid, or to the shape of the values.

        Raises:
            InputError: if the mask has another shape.

        Examples:
            >>> data = Trajectories(np.ones((1, 2, 3, 1)), [0, 1], np.arange(3)[:, None], ("height",))
            >>> data.masked([True, False, True]).values[0, 0].ravel().tolist()
            [1.0, nan, 1.0]
        """
        kept = np.asarray(mask).astype(bool)
        kept = kept if kept.ndim == self.values.ndim else kept[..., None]
        try:
            kept = np.broadcast_to(kept, self.values.shape)
        except ValueError:
            raise InputError(f"a mask of shape {np.shape(mask)} does not fit values of shape {self.values.shape}: give "
                             f"one value per point, {self.grid}.") from None  # fmt: skip
        return replace(self, values=np.where(kept, self.values, np.float32(np.nan)))

    def windows(self, length: int) -> "Trajectories":
        """Cuts each trajectory into consecutive windows, which become trajectories. Remaining frames are dropped.

        All windows get the times of the first window, and `offsets` says how much later each one is. Use it for fields
        whose law does not depend on time.

        Args:
            length: number of frames of a window.

        Returns:
            The windows of the first trajectory, then those of the second, and so on.

        Raises:
            InputError: if a trajectory is shorter than a window, or frames are not equally spaced in time.
        """
        pieces = len(self.times) // length if isinstance(length, numbers.Integral) and length > 0 else 0
        if pieces == 0:
            raise InputError(f"windows({length}) cannot be cut from {len(self.times)} frames: give 1 to "
                             f"{len(self.times)}.")  # fmt: skip
        if pieces > 1 and not self.is_even:
            raise InputError("windows need frames that are equally spaced in time: select some with frames(...) first.")
        kept = self.values[:, : pieces * length]
        cut = kept.reshape(len(self) * pieces, length, *kept.shape[2:])
        offsets = self.offsets[:, None] + self.times[: pieces * length : length] - self.times[0]
        return replace(self, values=cut, times=self.times[:length], attributes=self._with_offsets(offsets.ravel()))

    def save(self, path: str | Path) -> Path:
        """Writes the trajectories to a Zarr group, atomically. xarray and any Zarr library can read it.

        Args:
            path: a path that does not exist, with the suffix `.zarr`.

        Returns:
            The path.

        Raises:
            InputError: if the path exists, has another suffix or cannot be written.
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

    def _with_offsets(self, offsets: Float[np.ndarray, " trajectory"]) -> dict[str, Any]:
        others = {name: value for name, value in self.attributes.items() if name != OFFSETS}
        return others | {OFFSETS: offsets.tolist()} if offsets.any() else others

    def _labels(self) -> list[Any]:
        return [list(self.channels), self.period and list(self.period), dict(self.attributes)]


def checked_destination(path: str | Path) -> Path:
    """Checks the path of a Zarr group to write.

    Raises:
        InputError: if the path does not end in `.zarr`, or exists.

    Examples:
        >>> checked_destination("no_such_folder/ns.zarr").name
        'ns.zarr'
    """
    path = Path(path)
    if path.suffix != ".zarr":
        raise InputError(f"{path} cannot hold trajectories: give a path that ends in .zarr.")
    if path.exists() or path.is_symlink():
        raise InputError(f"{path} exists already: give another path, or remove it first.")
    return path


def _period(period: Any) -> tuple[float | None, ...] | None:
    try:
        given = () if period is None else tuple(None if length is None else float(length) for length in period)
        return None if all(length is None for length in given) else given
    except TypeError:
        raise InputError(
            f"the period {period!r} cannot be used: give one length per coordinate, or None for a domain that is not "
            "periodic."
        ) from None


def _frozen(name: str, array: Any, dtype: Any) -> np.ndarray:
    try:
        given = np.asarray(array)
    except ValueError as error:
        raise InputError(f"{name} are ragged: give an array with rows of equal length.") from error
    if given.dtype.kind not in "biuf":
        raise InputError(f"{name} have dtype {given.dtype}: give real numbers.")
    kept = given.astype(dtype, copy=False).view()
    kept.flags.writeable = False
    return kept


def _check_shapes(data: Trajectories) -> None:
    shape, names = data.values.shape, data.channels
    if len(shape) < 4 or min(shape, default=0) < 1:
        raise InputError(f"values have shape {shape}: give (trajectory, time, one or more axes of the grid, channel), "
                         "with no empty axis.")  # fmt: skip
    if data.times.ndim != 1 or len(data.times) == 0:
        raise InputError(f"times have shape {data.times.shape}: give a one-dimensional array of times, the same for "
                         "all trajectories.")  # fmt: skip
    if len(data.times) != shape[1]:
        raise InputError(f"there are {len(data.times)} times for {shape[1]} frames: give one time per frame.")
    if data.coordinates.shape[:-1] != shape[2:-1] or data.coordinates.shape[-1:] in ((), (0,)):
        raise InputError(f"coordinates have shape {data.coordinates.shape} for values of shape {shape}: "
                         f"give {shape[2:-1]} and the number of coordinates.")  # fmt: skip
    if len(names) != shape[-1] or len(set(names)) != len(names):
        raise InputError(f"{shape[-1]} channels have the names {names}: give each channel a different name.")
    if data.period is not None and (
        len(data.period) != data.coordinates.shape[-1]
        or not all(length is None or 0 < length < np.inf for length in data.period)
    ):
        raise InputError(f"the period is {data.period} for {data.coordinates.shape[-1]} coordinates: "
                         "give one positive length per coordinate, or None.")  # fmt: skip


def _check_times(times: Float[np.ndarray, " time"]) -> None:
    if not np.isfinite(times).all():
        raise InputError(f"{_first(~np.isfinite(times), 'time')} is not finite: give numbers only.")
    if (np.diff(times) == 0).any():
        raise InputError(f"{_first(np.diff(times, prepend=np.nan) == 0, 'time')} repeats the one before it: "
                         "give each frame a different time.")  # fmt: skip
    if (np.diff(times) < 0).any():
        raise InputError(f"{_first(np.diff(times, prepend=np.nan) < 0, 'time')} is earlier than the one before it: "
                         "sort the frames by time.")  # fmt: skip


def _check_finite(data: Trajectories) -> None:
    for name, wrong, kind in (
        ("values", np.isinf(data.values), "infinite"),
        ("coordinates", ~np.isfinite(data.coordinates), "not finite"),
    ):
        if wrong.any():
            raise InputError(f"{_first(wrong, name)} is {kind} ({wrong.sum()} of {wrong.size} are): replace or "
                             "remove these numbers. Use NaN for a value that is not observed.")  # fmt: skip


def _first(wrong: Bool[np.ndarray, "..."], name: str) -> str:
    return f"{name}[{', '.join(map(str, np.argwhere(wrong)[0].tolist()))}]"


def _chosen(chosen: Any, length: int, name: str) -> Shaped[np.ndarray, " _"]:
    try:
        places = range(length)[chosen] if isinstance(chosen, slice) else [operator.index(place) for place in chosen]
        kept = np.arange(length)[np.array(places, np.int64)]
    except (IndexError, TypeError):
        raise InputError(f"{chosen!r} cannot select from {length} {name}: give a slice, or numbers from 0 to "
                         f"{length - 1}.") from None  # fmt: skip
    if len(kept) == 0:
        raise InputError(f"{chosen!r} selects none of {length} {name}: select at least one.")
    return kept


def on_unit_sphere(points: Float[np.ndarray, "points d"]) -> Bool[np.ndarray, " points"]:
    """Whether each position lies on the unit sphere in three dimensions. All False in other dimensions.

    Args:
        points: the positions.

    Examples:
        >>> on_unit_sphere(np.array([[0.0, 0.6, 0.8], [0.0, 0.0, 0.0]])).tolist()
        [True, False]
    """
    return (points.shape[1] == 3) & np.isclose((points**2).sum(axis=1), 1, atol=1e-4)
