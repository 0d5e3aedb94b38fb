"""The mean-field baseline."""

import dataclasses
from typing import ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float, Integer, Key, PyTree

from weightloom.fields.models.base import FieldModel, Frame, Observed
from weightloom.fields.models.nearest import nearest, nearest_values


@dataclasses.dataclass(frozen=True)
class MeanField(FieldModel):
    """A baseline that predicts, at all times, the mean of all observed training values at a point.

    A point that is never observed takes the mean of the nearest observed point.

    Examples:
        >>> from weightloom.fields.models.mean_field import MeanField
        >>> MeanField().name
        'mean-field'
    """

    name: ClassVar[str] = "mean-field"
    steps: ClassVar[int] = 1

    def init(self, data: Observed, key: Key[Array, ""]) -> PyTree:
        """Placeholder parameters of the right shapes."""
        return {"points": data.points, "mean": jnp.zeros(data.values.shape[2:])}

    def step(
        self, state: PyTree, data: Observed, key: Key[Array, ""], index: Integer[Array, ""], steps: int
    ) -> tuple[PyTree, dict[str, Array]]:
        """Computes the means."""
        seen = jnp.broadcast_to(data.seen, data.values.shape)
        counts = seen.sum(axis=(0, 1))
        mean = jnp.where(seen, data.values, 0).sum(axis=(0, 1)) / jnp.maximum(counts, 1)
        return {"points": data.points, "mean": nearest_values(data.points, counts > 0, mean, data.points)}, {}

    def parameters(self, state: PyTree) -> PyTree:
        """The points and their means."""
        return state

    def forecast(
        self, parameters: PyTree, frame: Frame, times: Float[Array, " times"], points: Float[Array, "query d"]
    ) -> Float[Array, "times query channels"]:
        """The mean at the nearest point, for all times."""
        mean = parameters["mean"][nearest(parameters["points"], points)]
        return jnp.broadcast_to(mean, (len(times), *mean.shape))
