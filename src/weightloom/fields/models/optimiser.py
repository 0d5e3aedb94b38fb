"""What a model that is trained by gradients carries from step to step, and its learning rates."""

from typing import Any, NamedTuple

from jaxtyping import PyTree

from weightloom._checks import is_real
from weightloom.errors import InputError


class State(NamedTuple):
    """Everything that an auto-decoding changes.

    Attributes:
        parameters: what forecasting needs, a named tuple.
        optimiser: Adam's moments.
    """

    parameters: Any
    optimiser: PyTree


def check_rates(**rates: Any) -> None:
    """Checks learning rates.

    Args:
        rates: by their names.

    Raises:
        InputError: naming the first that is not above 0 and at most 1.
    """
    for name, rate in rates.items():
        if not is_real(rate) or not 0 < rate <= 1:
            raise InputError(f"{name} is {rate!r}: give a learning rate in (0, 1].")
