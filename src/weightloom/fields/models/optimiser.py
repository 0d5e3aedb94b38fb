"""What a model that is trained by gradients carries from step to step."""

from typing import Any, NamedTuple

from jaxtyping import PyTree


class State(NamedTuple):
    """Everything that an auto-decoding changes.

    Attributes:
        parameters: what forecasting needs, a named tuple.
        optimiser: Adam's moments.
    """

    parameters: Any
    optimiser: PyTree
