"""The value of a function on a grid's points at any other point: that of the nearest one."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Integer

AT_ONCE = 256


def nearest(points: Float[Array, "points d"], query: Float[Array, "query d"]) -> Integer[Array, " query"]:
    """Which of the points each queried place is nearest to.

    Args:
        points: where values are known.
        query: where they are wanted.

    Returns:
        The number of a point for each place; the first of several that are as near.

    Examples:
        >>> import jax.numpy as jnp
        >>> nearest(jnp.array([[0.0], [1.0]]), jnp.array([[0.2], [0.9], [7.0]])).tolist()
        [0, 1, 1]
    """

    def one(place: Float[Array, " d"]) -> Integer[Array, ""]:
        return jnp.argmin(jnp.sum((points - place) ** 2, axis=-1))

    return jax.lax.map(one, query, batch_size=AT_ONCE)


def nearest_observed(
    points: Float[Array, "points d"], mask: Bool[Array, " points"], query: Float[Array, "query d"]
) -> Integer[Array, " query"]:
    """As `nearest`, among the points that are observed.

    Args:
        points: where values may be known.
        mask: where they are, at one point at least.
        query: where they are wanted.
    """
    return nearest(jnp.where(mask[:, None], points, jnp.inf), query)
