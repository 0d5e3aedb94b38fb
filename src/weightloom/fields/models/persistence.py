"""The baseline that nothing changes."""

import dataclasses
from typing import ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float, Integer, Key, PyTree

from weightloom.fields.models.base import FieldModel, Frame, Observed
from weightloom.fields.models.nearest import nearest_observed


@dataclasses.dataclass(frozen=True)
class Persistence(FieldModel):
    """Every later frame is the first one; where that was not observed, its nearest observed point's value holds.

    Examples:
        >>> from weightloom.fields.models.persistence import Persistence
        >>> Persistence().name
        'persistence'
    """

    name: ClassVar[str] = "persistence"
    steps: ClassVar[int] = 1

    def init(self, data: Observed, key: Key[Array, ""]) -> PyTree:
        """Nothing is learned."""
        return {}

    def step(
        self, state: PyTree, data: Observed, key: Key[Array, ""], index: Integer[Array, ""], steps: int
    ) -> tuple[PyTree, dict[str, Array]]:
        """Nothing is learned."""
        return state, {}

    def parameters(self, state: PyTree) -> PyTree:
        """There are none."""
        return state

    def forecast(
        self, parameters: PyTree, frame: Frame, times: Float[Array, " times"], points: Float[Array, "query d"]
    ) -> Float[Array, "times query channels"]:
        """The frame itself, at all times."""
        now = frame.values[nearest_observed(frame.points, frame.mask, points)]
        return jnp.broadcast_to(now, (len(times), *now.shape))
