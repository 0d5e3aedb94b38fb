"""The persistence baseline."""

import dataclasses
from typing import ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float, Integer, Key, PyTree

from weightloom.fields.models.base import FieldModel, Frame, Observed
from weightloom.fields.models.nearest import nearest_values


@dataclasses.dataclass(frozen=True)
class Persistence(FieldModel):
    """A baseline that predicts the first frame at all times.

    An unobserved point takes the value of the nearest observed point.

    Examples:
        >>> from weightloom.fields.models.persistence import Persistence
        >>> Persistence().name
        'persistence'
    """

    name: ClassVar[str] = "persistence"
    steps: ClassVar[int] = 1

    def init(self, data: Observed, key: Key[Array, ""]) -> PyTree:
        """An empty state: the model has no parameters."""
        return {}

    def step(
        self, state: PyTree, data: Observed, key: Key[Array, ""], index: Integer[Array, ""], steps: int
    ) -> tuple[PyTree, dict[str, Array]]:
        """Does nothing: the model has no parameters."""
        return state, {}

    def parameters(self, state: PyTree) -> PyTree:
        """An empty dict: the model has no parameters."""
        return state

    def forecast(
        self, parameters: PyTree, frame: Frame, times: Float[Array, " times"], points: Float[Array, "query d"]
    ) -> Float[Array, "times query channels"]:
        """The first frame, for all times."""
        now = nearest_values(frame.points, frame.seen, frame.values, points)
        return jnp.broadcast_to(now, (len(times), *now.shape))
