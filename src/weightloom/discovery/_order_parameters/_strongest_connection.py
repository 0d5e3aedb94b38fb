"""α₂, the strongest connection: the largest magnitude of a first-layer weight."""

import numpy as np
from jaxtyping import ArrayLike

from weightloom.discovery._order_parameters.base import Reading, stacked_weights, unstacked


def strongest_connection(W: ArrayLike) -> Reading:
    """Strongest connection α₂ = maxᵢⱼ |Wᵢⱼ| (Liao et al. 2023, eq. 6).

    Args:
        W: first-layer weights, shape (..., inputs, hidden).

    Returns:
        α₂: a float for one network, shape (...) for a stack.

    Raises:
        InputError: if W has fewer than two axes, no weights, or values that are not finite real numbers.

    Examples:
        >>> import numpy as np
        >>> from weightloom.discovery._order_parameters import strongest_connection
        >>> strongest_connection(np.array([[3.0, -2.0], [0.5, -4.0]]))
        4.0
    """
    return unstacked(np.abs(stacked_weights(W)).max(axis=(-2, -1)))
