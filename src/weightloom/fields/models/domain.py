"""Normalisation of space and time."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float


class Domain(NamedTuple):
    """Normalisation of positions to a unit box and of times to frames, for training and forecasts.

    Attributes:
        lowest: smallest value of each coordinate. It is mapped to 0.
        extent: largest range of a coordinate. It is mapped to 1.
        frame: median time between frames. It is mapped to 1.
    """

    lowest: Float[Array, " d"]
    extent: Float[Array, ""]
    frame: Float[Array, ""]

    def unit(self, points: Float[Array, "points d"]) -> Float[Array, "points d"]:
        """Maps positions to the unit box. Positions outside the domain are mapped outside the box."""
        return (points - self.lowest) / self.extent

    def frames(self, times: Float[Array, " times"]) -> Float[Array, " times"]:
        """Converts times to units of frames."""
        return times / self.frame


def domain_of(points: Float[Array, "points d"], times: Float[Array, " times"]) -> Domain:
    """The normalisation that maps the given points to the unit box and the given times to frames.

    Args:
        points: positions, at least two different ones.
        times: increasing times. For a single time, frames are assumed to be 1 apart.

    Examples:
        >>> import jax.numpy as jnp
        >>> domain = domain_of(jnp.array([[-1.0, 0.0], [1.0, 1.0]]), jnp.array([0.0, 0.25, 0.5]))
        >>> domain.unit(jnp.array([[0.0, 0.5]])).tolist(), domain.frames(jnp.array([0.5])).tolist()
        ([[0.5, 0.25]], [2.0])
    """
    lowest = points.min(axis=0)
    frame = jnp.median(jnp.diff(times)) if times.size > 1 else jnp.ones((), times.dtype)
    return Domain(lowest, (points.max(axis=0) - lowest).max(), frame)
