"""What order parameters share: they are numbers read from first-layer weights, one per network of a stack."""

from typing import TypeAlias

import numpy as np
from jaxtyping import ArrayLike, Float

from weightloom.errors import InputError

Reading: TypeAlias = float | Float[np.ndarray, "*stack"]


def stacked_weights(weights: ArrayLike, name: str = "W") -> Float[np.ndarray, "*stack inputs hidden"]:
    """The weights as a float array whose last two axes are inputs and hidden neurons.

    Raises:
        InputError: if there are fewer than two axes, no weights, or values that are not finite.
    """
    weights = np.asarray(weights)
    if weights.ndim < 2 or 0 in weights.shape[-2:]:
        raise InputError(
            f"{name} has shape {weights.shape}: give first-layer weights of shape (..., inputs, hidden), "
            "as in Liao et al. 2023, eq. 5."
        )
    if not (np.issubdtype(weights.dtype, np.number) and np.isrealobj(weights) and np.isfinite(weights).all()):
        raise InputError(f"{name} has values that are not finite real numbers: give finite weights.")
    return weights.astype(np.float64)


def ratio(numerator: Reading, denominator: Reading) -> Reading:
    """Numerator over denominator, and 0 where the denominator is 0; a float for a single network."""
    quotient = np.divide(numerator, denominator, out=np.zeros(np.shape(numerator)), where=np.asarray(denominator) > 0)
    return unstacked(quotient)


def unstacked(values: Reading) -> Reading:
    """A float for a single network, the array itself for a stack of them."""
    return float(values) if np.ndim(values) == 0 else values
