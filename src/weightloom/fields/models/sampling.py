"""Random subsets of points and trajectories for training steps, and masked means."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Integer, Key


def drawn_points(mask: Bool[Array, "time points"], count: int, key: Key[Array, ""]) -> Integer[Array, " drawn"]:
    """Draws points without replacement, with probability proportional to the number of frames that observe them.

    If at most `count` points exist, all are returned. If fewer than `count` points are ever observed, the result
    includes unobserved points, which the caller must mask.

    Args:
        mask: which points each frame observes.
        count: number of points to draw.
        key: random key.

    Returns:
        Indices of points.

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
    """Draws trajectories without replacement. If at most `count` exist, all are returned, in random order.

    Args:
        trajectories: number of trajectories.
        count: number of trajectories to draw.
        key: random key.

    Returns:
        Indices of trajectories.

    Examples:
        >>> import jax
        >>> sorted(drawn_trajectories(3, 9, jax.random.key(0)).tolist())
        [0, 1, 2]
    """
    return jax.random.choice(key, trajectories, (min(count, trajectories),), replace=False)


def masked_mean(values: Float[Array, "..."], mask: Bool[Array, "..."]) -> Float[Array, ""]:
    """The mean of the values where the mask is True. 0 if it is nowhere True.

    Args:
        values: any array.
        mask: a mask that broadcasts to the shape of `values`.

    Examples:
        >>> import jax.numpy as jnp
        >>> float(masked_mean(jnp.array([1.0, 3.0, jnp.nan]), jnp.array([True, True, False])))
        2.0
    """
    mask = jnp.broadcast_to(mask, values.shape)
    return jnp.where(mask, values, 0.0).sum() / jnp.maximum(mask.sum(), 1)
