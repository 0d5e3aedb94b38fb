"""Training state of models that are trained by gradient descent."""

from typing import Any, NamedTuple

from jaxtyping import PyTree


class State(NamedTuple):
    """The training state.

    Attributes:
        parameters: the parameters for forecasts, a named tuple.
        optimiser: the optimiser's state.
    """

    parameters: Any
    optimiser: PyTree
