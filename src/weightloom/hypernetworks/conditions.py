"""Conditions that contain time, an instance's code, or both."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from weightloom._checks import check_positive, is_whole
from weightloom._words import shown
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


def leading_axis(name: str, tree: PyTree) -> int:
    """The length of the leading axis that arrays share, such as that of tasks.

    Args:
        name: what messages call the arrays.
        tree: the arrays.

    Raises:
        InputError: if there is no array, or the arrays do not share the length of their leading axis.

    Examples:
        >>> import jax.numpy as jnp
        >>> leading_axis("conditions", (jnp.zeros((5, 2)), jnp.zeros(5)))
        5
    """
    lengths = {np.shape(leaf)[:1] for leaf in jax.tree.leaves(tree)}
    if len(lengths) != 1 or lengths == {()}:
        raise InputError(f"{name} {shown(tree)} cannot be used: give arrays with a leading axis of tasks.")
    return lengths.pop()[0]
