"""All three order parameters of a network."""

from typing import NamedTuple

from jaxtyping import ArrayLike

from weightloom.discovery._order_parameters._double_sidedness import double_sidedness
from weightloom.discovery._order_parameters._seed_dependence import seed_dependence
from weightloom.discovery._order_parameters._strongest_connection import strongest_connection
from weightloom.discovery._order_parameters.base import Reading


class OrderParameters(NamedTuple):
    """The three order parameters of one network, or of a stack of networks.

    Attributes:
        double_sidedness: α₁ (eq. 5).
        strongest_connection: α₂ (eq. 6).
        seed_dependence: α₃ (eq. 7), or None without weights from another key.
    """

    double_sidedness: Reading
    strongest_connection: Reading
    seed_dependence: Reading | None


def order_parameters(W: ArrayLike, V: ArrayLike | None = None) -> OrderParameters:
    """Compute the order parameters of first-layer weights (Liao et al. 2023, eqs. 5–7).

    Args:
        W: first-layer weights, shape (..., inputs, hidden).
        V: first-layer weights that the same hypernetwork generates with another key, same shape. Needed for α₃ only.

    Returns:
        α₁, α₂ and α₃: floats for one network, shape (...) for a stack. α₃ is None without V.

    Raises:
        InputError: if the shapes of W and V differ, or if an array has fewer than two axes, no weights, or values that
            are not finite real numbers.

    Examples:
        >>> import numpy as np
        >>> from weightloom.discovery import order_parameters
        >>> order_parameters(np.array([[3.0, -2.0, 0.5], [0.5, 4.0, -5.0]]))
        OrderParameters(double_sidedness=0.8, strongest_connection=5.0, seed_dependence=None)
    """
    return OrderParameters(double_sidedness(W), strongest_connection(W), None if V is None else seed_dependence(W, V))
