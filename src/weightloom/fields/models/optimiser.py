"""Training state and learning rates of models that are trained by gradient descent."""

from typing import Any, NamedTuple

from jaxtyping import PyTree

from weightloom._checks import is_real
from weightloom.errors import InputError


class State(NamedTuple):
    """The training state.

    Attributes:
        parameters: the parameters for forecasts, a named tuple.
        optimiser: the optimiser's state.
    """

    parameters: Any
    optimiser: PyTree


def check_rates(**rates: Any) -> None:
    """Validates learning rates.

    Args:
        rates: learning rates by name.

    Raises:
        InputError: if a rate is not in (0, 1]. The message names the first one.
    """
    for name, rate in rates.items():
        if not is_real(rate) or not 0 < rate <= 1:
            raise InputError(f"{name} is {rate!r}: give a learning rate in (0, 1].")
