"""Several losses: preferences as conditions, one number to minimise for each, and the volume that a front covers."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from weightloom._checks import check_choice, check_positive, check_whole
from weightloom._keys import AnyKey, as_key
from weightloom._words import shown
from weightloom.errors import InputError


def sample_preferences(
    key: AnyKey, count: int, losses: int, *, concentration: float = 1.0
) -> Float[Array, "count losses"]:
    """Draws preferences: vectors of numbers of at least 0 with sum 1, from a symmetric Dirichlet distribution.

    A hypernetwork with a preference as its condition learns the whole front of networks (Navon et al., ICLR 2021).

    Args:
        key: a whole number or a JAX key.
        count: how many preferences.
        losses: how many losses, at least 2.
        concentration: of the distribution. 1 is uniform over all preferences; smaller numbers favour single losses.

    Returns:
        Preferences, shape (count, losses).

    Raises:
        InputError: if a number is invalid.

    Examples:
        >>> import weightloom as wl
        >>> preferences = wl.sample_preferences(0, 5, 3)
        >>> preferences.shape, bool(abs(preferences.sum(1) - 1).max() < 1e-6)
        ((5, 3), True)
    """
    check_whole(count=count)
    check_whole(2, losses=losses)
    check_positive(concentration=concentration)
    return jax.random.dirichlet(as_key(key), jnp.full(losses, float(concentration)), (count,))


def scalarise(
    losses: ArrayLike,
    preference: ArrayLike,
    method: str = "linear",
    *,
    ideal: ArrayLike = 0.0,
    smoothing: float = 0.0,
) -> Float[Array, "*batch"]:
    """The number to minimise for one preference among several losses.

    `"linear"`, Σ pᵢ(Lᵢ − zᵢ), reaches only those points of a front where the front is convex. `"chebyshev"`,
    max pᵢ(Lᵢ − zᵢ), reaches all: at its minimum Lᵢ − zᵢ is proportional to 1/pᵢ, if the front has such a point. With
    smoothing μ the maximum is μ log Σ exp(·/μ), at most μ log(number of losses) larger, and every loss has a gradient
    (Lin et al., ICML 2024, eq. 8).

    Args:
        losses: L, shape (*batch, losses).
        preference: p, not negative, shape (*batch, losses) or (losses,).
        method: one of `SCALARISATIONS`.
        ideal: z, a lower bound of each loss, shape (losses,), or of all.
        smoothing: μ of `"chebyshev"`, 0 or positive.

    Returns:
        The number to minimise, shape (*batch,).

    Raises:
        InputError: if the method is unknown, the smoothing is invalid, or the shapes do not fit.

    Examples:
        >>> import jax.numpy as jnp, weightloom as wl
        >>> losses, preference = jnp.array([1.0, 4.0]), jnp.array([0.75, 0.25])
        >>> float(wl.scalarise(losses, preference)), float(wl.scalarise(losses, preference, "chebyshev"))
        (1.75, 1.0)
    """
    check_choice("method", method, SCALARISATIONS)
    check_positive(True, smoothing=smoothing)
    values, shares, lowest = (jnp.asarray(array) for array in (losses, preference, ideal))
    try:
        jnp.broadcast_shapes(values.shape, shares.shape, lowest.shape)
        fits = values.ndim > 0 and values.shape[-1:] == shares.shape[-1:]
    except ValueError:
        fits = False
    if not fits:
        raise InputError(
            f"losses of shape {values.shape}, a preference of shape {shares.shape} and an ideal of shape "
            f"{lowest.shape} do not fit: give one number per loss, on the last axis."
        )
    return SCALARISATIONS[method](shares * (values - lowest), smoothing)


def _linear(weighted: Float[Array, "*batch losses"], smoothing: float) -> Float[Array, "*batch"]:
    if smoothing:
        raise InputError(f"smoothing {smoothing} has no meaning for 'linear': use method='chebyshev'.")
    return weighted.sum(-1)


def _chebyshev(weighted: Float[Array, "*batch losses"], smoothing: float) -> Float[Array, "*batch"]:
    if smoothing == 0:
        return weighted.max(-1)
    return smoothing * jax.nn.logsumexp(weighted / smoothing, axis=-1)


SCALARISATIONS: dict[str, Callable[..., Float[Array, "*batch"]]] = {"linear": _linear, "chebyshev": _chebyshev}
"""Functions of the weighted losses pᵢ(Lᵢ − zᵢ) and the smoothing, by the name of the method."""


def hypervolume(losses: ArrayLike | Sequence[Any], reference: ArrayLike | Sequence[float]) -> float:
    """The volume between a front and a reference: what at least one point is better than, in every loss.

    It grows when a point moves towards 0 or the front gets a new point. Points that are not better than the reference
    in every loss add nothing. The computation slices along the last loss (Fonseca et al., CEC 2006); its time grows
    with points^losses.

    Args:
        losses: measured losses of the networks, shape (points, losses).
        reference: the worst loss that counts, one number or one per loss.

    Returns:
        The volume, 0 without points.

    Raises:
        InputError: if the shapes do not fit, or a number is not finite.

    Examples:
        >>> import weightloom as wl
        >>> wl.hypervolume([[1.0, 2.0], [2.0, 1.0], [2.0, 2.0]], reference=3.0)
        3.0
    """
    try:
        points = np.asarray(losses, float)
        worst = np.broadcast_to(np.asarray(reference, float), points.shape[1:])
    except (TypeError, ValueError):
        raise InputError(
            f"losses {shown(losses)} and reference {shown(reference)} do not fit: give shape (points, losses), and "
            "one number or one per loss."
        ) from None
    if points.shape == (0,):
        return 0.0
    if points.ndim != 2 or not points.shape[1] or not (np.isfinite(points).all() and np.isfinite(worst).all()):
        raise InputError(
            f"losses of shape {points.shape} cannot be used: give finite numbers of shape (points, losses)."
        )
    return _volume(points[(points < worst).all(1)], worst)


def _volume(points: Float[np.ndarray, "points losses"], worst: Float[np.ndarray, " losses"]) -> float:
    """Slices between successive values of the last loss, each with the volume of the points below it."""
    if not len(points):
        return 0.0
    if points.shape[1] == 1:
        return float(worst[0] - points.min())
    points = points[np.argsort(points[:, -1], kind="stable")]
    ends = np.append(points[1:, -1], worst[-1])
    slices = [
        (end - point[-1]) * _volume(points[: number + 1, :-1], worst[:-1])
        for number, (point, end) in enumerate(zip(points, ends))
        if end > point[-1]
    ]
    return math.fsum(slices)
