"""Forecasts as arrays: checked, in one call on the device, in the data's units."""

import functools
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float, PyTree

from weightloom.errors import InputError
from weightloom.fields.models import FieldModel, Frame
from weightloom.fields.precision import in_full_precision
from weightloom.fields.preprocessing import Scale
from weightloom.fields.trajectories import on_unit_sphere


def forecast_all(
    model: FieldModel,
    parameters: PyTree,
    scale: Scale,
    first: Float[np.ndarray, "trajectory points channels"],
    mask: Bool[np.ndarray, " points"],
    at: Float[np.ndarray, "points d"],
    times: Float[np.ndarray, " times"],
    points: Float[np.ndarray, "query d"],
) -> Float[np.ndarray, "trajectory times query channels"]:
    """Forecasts of many trajectories in the data's units, in one call on the device.

    Args:
        model: what was fitted.
        parameters: of the fit.
        scale: how values are normalised.
        first: the first frames; what is not observed does not count.
        mask: what is observed.
        at: positions of the first frames' points.
        times: increasing, from the first frame's own time on.
        points: where to evaluate.
    """
    values = np.where(mask[:, None], scale.normalised(first), np.float32(0))
    arrays = (jnp.asarray(values), jnp.asarray(mask), jnp.asarray(at), jnp.asarray(times, jnp.float32))
    return scale.restored(np.asarray(_forecasts(model, parameters, *arrays, jnp.asarray(points))))


@functools.partial(jax.jit, static_argnums=0)
@in_full_precision
def _forecasts(
    model: FieldModel,
    parameters: PyTree,
    first: Float[Array, "trajectory points channels"],
    mask: Bool[Array, " points"],
    at: Float[Array, "points d"],
    times: Float[Array, " times"],
    points: Float[Array, "query d"],
) -> Float[Array, "trajectory times query channels"]:
    return jax.vmap(lambda values: model.forecast(parameters, Frame(values, mask, at), times, points))(first)


def checked_times(times: ArrayLike | Sequence[float]) -> Float[np.ndarray, " times"]:
    """Times of a forecast, or the reason why they cannot be used.

    Raises:
        InputError: unless they are finite, increase, and start at 0 or later.
    """
    given = np.asarray(times, np.float64)
    if given.ndim != 1 or len(given) == 0 or not np.isfinite(given).all():
        raise InputError(f"times of shape {given.shape} cannot be used: give one row of finite times.")
    if given[0] < 0 or (np.diff(given) <= 0).any():
        raise InputError("times must increase, from 0 (the first frame's own time) or later.")
    return given


def check_positions(points: Any, known: Float[np.ndarray, "known d"], name: str) -> Float[np.ndarray, "points d"]:
    """Positions within the domain of known ones.

    Args:
        points: positions, shape (..., d).
        known: the positions that span the domain.
        name: what errors call the positions.

    Raises:
        InputError: if they have another number of coordinates, are not finite or lie outside the domain.
    """
    given = np.asarray(points, np.float32)
    if given.ndim < 2 or given.shape[-1] != known.shape[1] or given.size == 0:
        raise InputError(f"{name} of shape {given.shape} do not fit: give (points, {known.shape[1]}) positions.")
    given = given.reshape(-1, known.shape[1])
    if not np.isfinite(given).all():
        raise InputError(f"{name} have {(~np.isfinite(given)).sum()} numbers that are not finite.")
    if on_unit_sphere(known).all():
        outside = ~on_unit_sphere(given)
    else:
        gap = _spacing(known)  # a grid of a periodic domain ends one before the domain does
        outside = ((given < known.min(axis=0) - gap) | (given > known.max(axis=0) + gap)).any(axis=1)
    if outside.any():
        raise InputError(
            f"{name} have {outside.sum()} outside the domain, such as {given[outside][0].tolist()}: the run knows "
            f"{known.min(axis=0).tolist()} to {known.max(axis=0).tolist()}."
        )
    return given


def _spacing(points: np.ndarray) -> np.ndarray:
    """The usual distance between neighbouring positions along each axis; differences by rounding do not count."""
    side = np.where(np.ptp(points, axis=0) > 0, np.ptp(points, axis=0), 1)
    places = [np.unique(axis.round(5)) for axis in ((points - points.min(axis=0)) / side).T]
    return side * [np.median(np.diff(place)) if len(place) > 1 else 0 for place in places]


def continued(times: Float[np.ndarray, " time"], count: int) -> Float[np.ndarray, " count"]:
    """The first so many times; after the last one they go on at the last distance.

    Args:
        times: increasing.
        count: how many.

    Raises:
        InputError: if the count is below 1, or there is one time only and more are asked for.

    Examples:
        >>> continued(np.array([0.0, 1.0, 3.0]), 5).tolist()
        [0.0, 1.0, 3.0, 5.0, 7.0]
    """
    if count < 1:
        raise InputError(f"frames {count} cannot be used: give at least 1.")
    if count <= len(times):
        return times[:count]
    if len(times) < 2:
        raise InputError("the data have one frame, so the time to the next one is not known: leave out frames.")
    more = times[-1] + (times[-1] - times[-2]) * np.arange(1, count - len(times) + 1)
    return np.concatenate([times, more])
