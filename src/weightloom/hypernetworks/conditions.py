"""Conditions that contain time, an instance's code, or both."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

from weightloom._checks import check_positive, is_whole
from weightloom.errors import InputError


def time_features(t: Float[Array, "*batch"], width: int, period: float) -> Float[Array, "*batch width"]:
    """Time as a hypernetwork sees it: t itself, then sines and cosines of its harmonics.

    t/period, and sin(2πkt/period), cos(2πkt/period) for k = 1, 2, …; t itself tells apart what the period repeats.

    Args:
        t: times, in the unit of the period.
        width: how many features, odd: one for t, and two for each harmonic.
        period: of the slowest sine; twice the longest time leaves the fast ones to the data.

    Returns:
        Features, shape (..., width).

    Raises:
        InputError: if the width is even or not positive, or the period is not positive.

    Examples:
        >>> import jax.numpy as jnp
        >>> time_features(jnp.array([0.0, 5.0]), 3, period=10.0)[0].tolist()
        [0.0, 0.0, 1.0]
    """
    check_positive(period=period)
    if not is_whole(width) or width % 2 == 0:
        raise InputError(f"width {width!r} cannot be used: give an odd whole number of at least 1.")
    turns = t[..., None] / period
    phases = 2 * math.pi * turns * jnp.arange(1, width // 2 + 1)
    return jnp.concatenate([turns, jnp.sin(phases), jnp.cos(phases)], axis=-1)


def concatenate(*conditions: Float[Array, "..."]) -> Float[Array, "*batch width"]:
    """Several conditions as one: side by side, their batch axes broadcast against one another.

    Args:
        conditions: each of shape (..., its own width), such as features of time and an instance's code.

    Returns:
        The condition, shape (..., sum of the widths).

    Examples:
        >>> import jax.numpy as jnp
        >>> concatenate(time_features(jnp.linspace(0.0, 1.0, 4), 3, 2.0), jnp.zeros(8)).shape
        (4, 11)
    """
    batch = jnp.broadcast_shapes(*(condition.shape[:-1] for condition in conditions))
    return jnp.concatenate([jnp.broadcast_to(c, (*batch, c.shape[-1])) for c in conditions], axis=-1)
