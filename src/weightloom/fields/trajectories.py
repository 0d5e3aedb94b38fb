"""`Trajectories`: values of fields over time and space, with times and positions."""

import functools
import hashlib
import json
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Shaped

from weightloom.errors import InputError
from weightloom.fields import _tables
from weightloom.fields._trajectory_checks import (
    check_finite,
    check_shapes,
    check_times,
    checked_period,
    chosen_places,
    frozen,
)
from weightloom.runs.atomic import write_folder
from weightloom.runs.json_files import plain
from weightloom.runs.zarr_group import group_files

KIND = "trajectories"
PLACEMENT = "placement"  # the attribute that says how longitude and latitude became positions
CLOCK = "clock"  # the attribute that says when time stamps begin, and how long their year is
OFFSETS = "offsets"  # the attribute that says how much later than the times each trajectory is
REMOVED = "season"  # the attribute of trajectories without their season
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
        object.__setattr__(self, "values", frozen("values", values, np.float32))
        object.__setattr__(self, "times", frozen("times", times, np.float64))
        object.__setattr__(self, "coordinates", frozen("coordinates", coordinates, np.float32))
        object.__setattr__(self, "channels", tuple(map(str, channels)))
        object.__setattr__(self, "period", checked_period(period))
        object.__setattr__(self, "attributes", MappingProxyType(plain(dict(attributes))))
        check_shapes(self)
        check_times(self.times)
        check_finite(self)

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

    @property
    def carried(self) -> dict[str, Any]:
        """The attributes that belong to places, times and values, which results at the same times keep."""
        return {name: self.attributes[name] for name in (PLACEMENT, CLOCK, OFFSETS, REMOVED) if name in self.attributes}

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
        places = chosen_places(trajectories, len(self), "trajectories")
        return replace(self, values=self.values[places], attributes=self._with_offsets(self.offsets[places]))

    def frames(self, chosen: slice | Sequence[int] | Shaped[np.ndarray, " _"]) -> "Trajectories":
        """Selects frames.

        Args:
            chosen: a slice, or increasing numbers of frames.

        Raises:
            InputError: if a frame does not exist, none is selected, or the numbers do not increase.
        """
        places = chosen_places(chosen, len(self.times), "frames")
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


def on_unit_sphere(points: Float[np.ndarray, "points d"]) -> Bool[np.ndarray, " points"]:
    """Whether each position lies on the unit sphere in three dimensions. All False in other dimensions.

    Args:
        points: the positions.

    Examples:
        >>> on_unit_sphere(np.array([[0.0, 0.6, 0.8], [0.0, 0.0, 0.0]])).tolist()
        [True, False]
    """
    return (points.shape[1] == 3) & np.isclose((points**2).sum(axis=1), 1, atol=1e-4)
