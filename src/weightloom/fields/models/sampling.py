"""Random trajectories and points of partial observations, and errors over what was observed."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Integer, Key


def drawn_points(mask: Bool[Array, "time points"], count: int, key: Key[Array, ""]) -> Integer[Array, " drawn"]:
    """Different points at random, more likely the more frames observe them; all points if there are no more.

    Where fewer than `count` points are ever observed, others fill up; they are to be masked.

    Args:
        mask: which points each frame observes.
        count: how many.
        key: of this draw.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> mask = jnp.zeros((3, 100), bool).at[:, 7].set(True).at[0, 9].set(True)
        >>> sorted(drawn_points(mask, 2, jax.random.key(0)).tolist())
        [7, 9]
    """
    points = mask.shape[1]
    if count >= points:
        return jnp.arange(points)
    seen = mask.sum(axis=0)
    return jax.random.choice(key, points, (count,), replace=False, p=seen / seen.sum())


def drawn_trajectories(trajectories: int, count: int, key: Key[Array, ""]) -> Integer[Array, " drawn"]:
    """Different trajectories at random; all of them, in random order, if there are no more.

    Args:
        trajectories: how many there are.
        count: how many to draw.
        key: of this draw.

    Examples:
        >>> import jax
        >>> sorted(drawn_trajectories(3, 9, jax.random.key(0)).tolist())
        [0, 1, 2]
    """
    return jax.random.choice(key, trajectories, (min(count, trajectories),), replace=False)


def masked_mean(values: Float[Array, "..."], mask: Bool[Array, "..."]) -> Float[Array, ""]:
    """The mean of the values that count; 0 if none does.

    Args:
        values: any array.
        mask: broadcasts against it.

    Examples:
        >>> import jax.numpy as jnp
        >>> float(masked_mean(jnp.array([1.0, 3.0, jnp.nan]), jnp.array([True, True, False])))
        2.0
    """
    mask = jnp.broadcast_to(mask, values.shape)
    return jnp.where(mask, values, 0.0).sum() / jnp.maximum(mask.sum(), 1)
