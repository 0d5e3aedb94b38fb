"""α₁, the double-sidedness: how strong each input's weights of both signs are."""

import numpy as np
from jaxtyping import ArrayLike

from weightloom.discovery._order_parameters.base import Reading, ratio, stacked_weights


def double_sidedness(W: ArrayLike) -> Reading:
    """Double-sidedness α₁ = minᵢ min(−minⱼ Wᵢⱼ, maxⱼ Wᵢⱼ) / medianᵢⱼ |Wᵢⱼ| (Liao et al. 2023, eq. 5).

    The median is 0 for a network without a background. It is therefore bounded below by the float32 epsilon times the
    strongest weight. This keeps α₁ finite, at most 2²³ in magnitude, and invariant under scaling of all weights.

    Args:
        W: first-layer weights, shape (..., inputs, hidden).

    Returns:
        α₁: a float for one network, shape (...) for a stack. α₁ is 0 if all weights are 0, and negative if all weights
        of some input have the same sign.

    Raises:
        InputError: if W has fewer than two axes, no weights, or values that are not finite real numbers.

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
