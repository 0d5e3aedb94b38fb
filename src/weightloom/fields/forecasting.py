"""Forecasts as arrays in the data's units, and checks of their arguments."""

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
from weightloom.fields.preprocessing import Scale, first_frames
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
    """Forecasts several trajectories in one call on the device.

    Args:
        model: the model.
        parameters: fitted parameters.
        scale: normalisation of the values.
        first: the first frames, in the data's units. NaN where there is no observation.
        mask: points whose values are used.
        at: positions of the points of the first frames.
        times: increasing times, relative to the first frame.
        points: positions at which to evaluate the forecasts.

    Returns:
        Values in the data's units.
    """
    values, seen = first_frames(first, mask, scale)
    arrays = (jnp.asarray(values), jnp.asarray(seen), jnp.asarray(at), jnp.asarray(times, jnp.float32))
    return scale.restored(np.asarray(_forecasts(model, parameters, *arrays, jnp.asarray(points))))


@functools.partial(jax.jit, static_argnums=0)
@in_full_precision
def _forecasts(
    model: FieldModel,
    parameters: PyTree,
    first: Float[Array, "trajectory points channels"],
    seen: Bool[Array, "trajectory *entries"],
    at: Float[Array, "points d"],
    times: Float[Array, " times"],
    points: Float[Array, "query d"],
) -> Float[Array, "trajectory times query channels"]:
    def one(values: Array, mask: Array) -> Array:
        return model.forecast(parameters, Frame(values, mask, at), times, points)

    # Without gaps, all frames have the same mask, so that what depends on it is computed once.
    return jax.vmap(one, (0, 0))(first, seen) if seen.ndim == 3 else jax.vmap(one, (0, None))(first, seen[0])


def checked_times(times: ArrayLike | Sequence[float]) -> Float[np.ndarray, " times"]:
    """Validates the times of a forecast.

    Raises:
        InputError: unless the times are finite and increasing, and the first one is at least 0.
    """
    given = np.asarray(times, np.float64)
    if given.ndim != 1 or len(given) == 0 or not np.isfinite(given).all():
        raise InputError(f"times of shape {given.shape} cannot be used: give a one-dimensional array of finite times.")
    if given[0] < 0 or (np.diff(given) <= 0).any():
        raise InputError("times must increase, from 0 (the time of the first frame) or later.")
    return given


def check_positions(points: Any, known: Float[np.ndarray, "known d"], name: str) -> Float[np.ndarray, "points d"]:
    """Checks that positions lie in the domain of the training points.

    Args:
        points: positions, shape (..., d).
        known: positions of the training points, which span the domain.
        name: name of the positions in error messages.

    Returns:
        The positions, shape (points, d).

    Raises:
        InputError: if the positions have another number of coordinates, are not finite, or lie outside the domain.
    """
    given = np.asarray(points, np.float32)
    if given.ndim < 2 or given.shape[-1] != known.shape[1] or given.size == 0:
        raise InputError(f"{name} have shape {given.shape}: give positions of shape (points, {known.shape[1]}).")
    given = given.reshape(-1, known.shape[1])
    if not np.isfinite(given).all():
        raise InputError(f"{name} have {(~np.isfinite(given)).sum()} coordinates that are not finite: remove them.")
    if on_unit_sphere(known).all():
        outside = ~on_unit_sphere(given)
    else:
        gap = _spacing(known)  # the grid of a periodic domain ends one spacing before the domain
        outside = ((given < known.min(axis=0) - gap) | (given > known.max(axis=0) + gap)).any(axis=1)
    if outside.any():
        raise InputError(
            f"{name}: {outside.sum()} of {len(given)} positions lie outside the domain, such as "
            f"{given[outside][0].tolist()}: give positions from {known.min(axis=0).tolist()} to "
            f"{known.max(axis=0).tolist()}."
        )
    return given


def _spacing(points: np.ndarray) -> np.ndarray:
    """Median distance between neighbouring positions along each axis. Differences by rounding are ignored."""
    side = np.where(np.ptp(points, axis=0) > 0, np.ptp(points, axis=0), 1)
    places = [np.unique(axis.round(5)) for axis in ((points - points.min(axis=0)) / side).T]
    return side * [np.median(np.diff(place)) if len(place) > 1 else 0 for place in places]


def continued(times: Float[np.ndarray, " time"], count: int) -> Float[np.ndarray, " count"]:
    """Truncates or extends times to a given number. The extension repeats the last time step.

    Args:
        times: increasing times.
        count: number of times to return.

    Raises:
        InputError: if the count is below 1, or a single time would have to be extended.

    Examples:
        >>> continued(np.array([0.0, 1.0, 3.0]), 5).tolist()
        [0.0, 1.0, 3.0, 5.0, 7.0]
    """
    if count < 1:
        raise InputError(f"frames {count} cannot be used: give at least 1.")
    if count <= len(times):
        return times[:count]
    if len(times) < 2:
        raise InputError("the data have one frame, so the time between frames is not known: leave out frames.")
    more = times[-1] + (times[-1] - times[-2]) * np.arange(1, count - len(times) + 1)
    return np.concatenate([times, more])
