"""Nearest-neighbour search among points."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Integer

AT_ONCE = 256


def nearest(points: Float[Array, "points d"], query: Float[Array, "query d"]) -> Integer[Array, " query"]:
    """The index of the nearest point for each query position.

    Args:
        points: positions to search.
        query: query positions.

    Returns:
        One index into `points` per query position. Among equally near points, the first one.

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
    """The index of the nearest observed point for each query position.

    Args:
        points: positions to search.
        mask: which points are observed, at least one.
        query: query positions.
    """
    return nearest(jnp.where(mask[:, None], points, jnp.inf), query)
