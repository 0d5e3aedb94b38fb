"""Space and time as networks see them, whatever the data's units."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float


class Domain(NamedTuple):
    """Maps positions into a unit box and times to frames, the same way in training and in forecasts.

    Attributes:
        lowest: the smallest of each coordinate, which becomes 0.
        extent: the largest range of a coordinate, which becomes 1.
        frame: the median time between frames, which becomes 1.
    """

    lowest: Float[Array, " d"]
    extent: Float[Array, ""]
    frame: Float[Array, ""]

    def unit(self, points: Float[Array, "points d"]) -> Float[Array, "points d"]:
        """Positions in the unit box; those outside of the domain lie outside of it."""
        return (points - self.lowest) / self.extent

    def frames(self, times: Float[Array, " times"]) -> Float[Array, " times"]:
        """Times in frames."""
        return times / self.frame


def domain_of(points: Float[Array, "points d"], times: Float[Array, " times"]) -> Domain:
    """The domain that points and times of training data span.

    Args:
        points: at least two different ones.
        times: increasing; a single one counts as frame 0 of frames that are 1 apart.

    Examples:
        >>> import jax.numpy as jnp
        >>> domain = domain_of(jnp.array([[-1.0, 0.0], [1.0, 1.0]]), jnp.array([0.0, 0.25, 0.5]))
        >>> domain.unit(jnp.array([[0.0, 0.5]])).tolist(), domain.frames(jnp.array([0.5])).tolist()
        ([[0.5, 0.25]], [2.0])
    """
    lowest = points.min(axis=0)
    frame = jnp.median(jnp.diff(times)) if times.size > 1 else jnp.ones((), times.dtype)
    return Domain(lowest, (points.max(axis=0) - lowest).max(), frame)
