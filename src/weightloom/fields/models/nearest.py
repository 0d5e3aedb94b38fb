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


def nearest_values(
    points: Float[Array, "points d"],
    seen: Bool[Array, "points _"],
    values: Float[Array, "points channels"],
    query: Float[Array, "query d"],
) -> Float[Array, "query channels"]:
    """The value of each channel at the nearest point that observes it. If no point does, that of the first point.

    Args:
        points: positions of the values.
        seen: which values are observed: one column for all channels, or one per channel.
        values: values at the points.
        query: query positions.

    Examples:
        >>> import jax.numpy as jnp
        >>> places, seen = jnp.array([[0.0], [1.0]]), jnp.array([[True, False], [True, True]])
        >>> nearest_values(places, seen, jnp.array([[1.0, 0.0], [2.0, 3.0]]), jnp.array([[0.1]])).tolist()
        [[1.0, 3.0]]
    """
    if seen.shape[1] == 1:
        return values[nearest_observed(points, seen[:, 0], query)]

    def one(mask: Bool[Array, " points"], column: Float[Array, " points"]) -> Float[Array, " query"]:
        return column[nearest_observed(points, mask, query)]

    return jax.vmap(one, in_axes=1, out_axes=1)(seen, values)
