"""α₁: how far every input reaches hidden neurons by strong weights of both signs."""

import numpy as np
from jaxtyping import ArrayLike

from weightloom.discovery._order_parameters.base import Reading, ratio, stacked_weights


def double_sidedness(W: ArrayLike) -> Reading:
    """Double-sidedness α₁ = minᵢ min(−minⱼ Wᵢⱼ, maxⱼ Wᵢⱼ) / medianᵢⱼ |Wᵢⱼ| (Liao et al. 2023, eq. 5).

    A network without a background has median 0. The median then counts as the smallest that
    float32 tells from 0 beside the strongest connection, so that α₁ stays finite, at most 2²³
    in magnitude, and is still unchanged when all weights are scaled by one positive number.

    Args:
        W: first-layer weights, shape (..., inputs, hidden).

    Returns:
        α₁, a float for one network and shape (...) for a stack; 0 where all weights are 0,
        negative where some input's weights all have one sign.

    Raises:
        InputError: if W has fewer than two axes or values that are not finite.

    Examples:
        >>> import numpy as np
        >>> from weightloom.discovery._order_parameters import double_sidedness
        >>> double_sidedness(np.array([[3.0, -2.0, 0.5], [0.5, 4.0, -5.0]]))
        0.8
    """
    W = stacked_weights(W)
    magnitudes = np.abs(W)
    weaker_sides = np.minimum(-W.min(axis=-1), W.max(axis=-1))
    floor = np.finfo(np.float32).eps * magnitudes.max(axis=(-2, -1))
    median = np.maximum(np.median(magnitudes, axis=(-2, -1)), floor)
    return ratio(weaker_sides.min(axis=-1), median)
