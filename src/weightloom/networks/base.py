"""The interface of generated networks: frozen descriptions that hold no arrays."""

import abc
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from jaxtyping import Array, Float

# Weight (inputs, outputs) and bias (outputs,). The axes stay anonymous: layers differ in size, and names would
# have to agree over the whole call that takes them.
Layer: TypeAlias = tuple[Float[Array, "_ _"] | Float[np.ndarray, "_ _"], Float[Array, " _"] | Float[np.ndarray, " _"]]
Parameters: TypeAlias = Sequence[Layer]


class Architecture(abc.ABC):
    """A generated network g_θ without its θ: a pure function over shapes.

    Members are frozen and hashable, so that one compiled function serves each of them.
    `sizes` lists the widths from input to output.
    """

    sizes: tuple[int, ...]

    @property
    @abc.abstractmethod
    def shapes(self) -> tuple[tuple[tuple[int, int], tuple[int]], ...]:
        """Shapes of the parameters: a ((inputs, outputs), (outputs,)) pair per layer."""

    @abc.abstractmethod
    def apply(self, parameters: Parameters, x: Float[Array, "*batch inputs"]) -> Float[Array, "*batch outputs"]:
        """The network's value g_θ(x) for the given parameters θ."""
