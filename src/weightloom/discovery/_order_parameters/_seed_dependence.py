"""α₃, the seed dependence: how much the weights depend on the generation key."""

import numpy as np
from jaxtyping import ArrayLike, Float

from weightloom.discovery._order_parameters.base import Reading, ratio, stacked_weights
from weightloom.errors import InputError


def seed_dependence(W: ArrayLike, V: ArrayLike) -> Reading:
    """Seed dependence α₃ = ‖W − V‖² / (‖W‖² + ‖V‖²), Frobenius norms (Liao et al. 2023, eq. 7).

    α₃ is 0 for V = W, 1 on average for independent weights of mean zero, and 2 for V = −W.

    Args:
        W: first-layer weights, shape (..., inputs, hidden).
        V: first-layer weights that the same hypernetwork generates with another key, same shape.

    Returns:
        α₃: a float for one pair, shape (...) for a stack. α₃ is 0 if all weights are 0.

    Raises:
        InputError: if the shapes differ, or if an array has fewer than two axes, no weights, or values that are not
            finite real numbers.

    Examples:
        >>> import numpy as np
        >>> from weightloom.discovery._order_parameters import seed_dependence
        >>> seed_dependence(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]))
        1.0
    """
    W, V = stacked_weights(W, "W"), stacked_weights(V, "V")
    if W.shape != V.shape:
        raise InputError(f"W has shape {W.shape} and V has shape {V.shape}: give weights of the same shape.")
    return ratio(_energy(W - V), _energy(W) + _energy(V))


def _energy(weights: Float[np.ndarray, "*stack inputs hidden"]) -> Reading:
    return np.square(weights).sum(axis=(-2, -1))
