"""Checks of what trajectories are made of, each with one sentence for what is wrong."""

import operator
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float, Shaped

from weightloom.errors import InputError

if TYPE_CHECKING:
    from weightloom.fields.trajectories import Trajectories


def checked_period(period: Any) -> tuple[float | None, ...] | None:
    """The period with a number or None per coordinate; None if no coordinate repeats."""
    try:
        given = () if period is None else tuple(None if length is None else float(length) for length in period)
        return None if all(length is None for length in given) else given
    except TypeError:
        raise InputError(
            f"the period {period!r} cannot be used: give one length per coordinate, or None for a domain that is not "
            "periodic."
        ) from None


def frozen(name: str, array: Any, dtype: Any) -> np.ndarray:
    """An array of a type that cannot be written to.

    Raises:
        InputError: if it is ragged or does not hold real numbers.
    """
    try:
        given = np.asarray(array)
    except ValueError as error:
        raise InputError(f"{name} are ragged: give an array with rows of equal length.") from error
    if given.dtype.kind not in "biuf":
        raise InputError(f"{name} have dtype {given.dtype}: give real numbers.")
    kept = given.astype(dtype, copy=False).view()
    kept.flags.writeable = False
    return kept


def check_shapes(data: "Trajectories") -> None:
    """Checks that arrays, channels and period fit one another."""
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


def check_times(times: Float[np.ndarray, " time"]) -> None:
    """Checks that times are finite and increase."""
    if not np.isfinite(times).all():
        raise InputError(f"{_first(~np.isfinite(times), 'time')} is not finite: give numbers only.")
    if (np.diff(times) == 0).any():
        raise InputError(f"{_first(np.diff(times, prepend=np.nan) == 0, 'time')} repeats the one before it: "
                         "give each frame a different time.")  # fmt: skip
    if (np.diff(times) < 0).any():
        raise InputError(f"{_first(np.diff(times, prepend=np.nan) < 0, 'time')} is earlier than the one before it: "
                         "sort the frames by time.")  # fmt: skip


def check_finite(data: "Trajectories") -> None:
    """Checks that values are finite or NaN, and coordinates finite."""
    for name, wrong, kind in (
        ("values", np.isinf(data.values), "infinite"),
        ("coordinates", ~np.isfinite(data.coordinates), "not finite"),
    ):
        if wrong.any():
            raise InputError(f"{_first(wrong, name)} is {kind} ({wrong.sum()} of {wrong.size} are): replace or "
                             "remove these numbers. Use NaN for a value that is not observed.")  # fmt: skip


def _first(wrong: Bool[np.ndarray, "..."], name: str) -> str:
    return f"{name}[{', '.join(map(str, np.argwhere(wrong)[0].tolist()))}]"


def chosen_places(chosen: Any, length: int, name: str) -> Shaped[np.ndarray, " _"]:
    """Numbers from 0 to length − 1 that a slice or a sequence selects."""
    try:
        places = range(length)[chosen] if isinstance(chosen, slice) else [operator.index(place) for place in chosen]
        kept = np.arange(length)[np.array(places, np.int64)]
    except (IndexError, TypeError):
        raise InputError(f"{chosen!r} cannot select from {length} {name}: give a slice, or numbers from 0 to "
                         f"{length - 1}.") from None  # fmt: skip
    if len(kept) == 0:
        raise InputError(f"{chosen!r} selects none of {length} {name}: select at least one.")
    return kept
