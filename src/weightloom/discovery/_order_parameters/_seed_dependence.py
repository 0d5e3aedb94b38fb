"""α₃: how much of the weights a hypernetwork draws anew with every generation key."""

import numpy as np
from jaxtyping import ArrayLike, Float

from weightloom.discovery._order_parameters.base import Reading, ratio, stacked_weights
from weightloom.errors import InputError


def seed_dependence(W: ArrayLike, V: ArrayLike) -> Reading:
    """Seed dependence α₃ = ‖W − V‖² / (‖W‖² + ‖V‖²), Frobenius norms (Liao et al. 2023, eq. 7).

    It is 0 for equal weights, 1 on average for independent ones with zero mean, and 2 for V = −W.

    Args:
        W: first-layer weights, shape (..., inputs, hidden).
        V: first-layer weights that the same hypernetwork generates from another key, same shape.

    Returns:
        α₃, a float for one pair and shape (...) for a stack; 0 where all weights are 0.

    Raises:
        InputError: if the shapes differ, have fewer than two axes, or a value is not finite.

    Examples:
        >>> import numpy as np
        >>> from weightloom.discovery._order_parameters import seed_dependence
        >>> seed_dependence(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]))
        1.0
    """
    W, V = stacked_weights(W, "W"), stacked_weights(V, "V")
    if W.shape != V.shape:
        raise InputError(f"W has shape {W.shape} and V has shape {V.shape}: give weights of one shape.")
    return ratio(_energy(W - V), _energy(W) + _energy(V))


def _energy(weights: Float[np.ndarray, "*stack inputs hidden"]) -> Reading:
    return np.square(weights).sum(axis=(-2, -1))
