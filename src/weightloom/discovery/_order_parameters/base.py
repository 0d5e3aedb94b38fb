"""Helpers of the order parameters, each of which maps first-layer weights to one number per network."""

from typing import TypeAlias

import numpy as np
from jaxtyping import ArrayLike, Float

from weightloom.errors import InputError

Reading: TypeAlias = float | Float[np.ndarray, "*stack"]


def stacked_weights(weights: ArrayLike, name: str = "W") -> Float[np.ndarray, "*stack inputs hidden"]:
    """Check first-layer weights and convert them to float64.

    Raises:
        InputError: if the array has fewer than two axes, no weights, or values that are not finite real numbers.
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
    """The quotient, or 0 where the denominator is 0. A float for a single network."""
    quotient = np.divide(numerator, denominator, out=np.zeros(np.shape(numerator)), where=np.asarray(denominator) > 0)
    return unstacked(quotient)


def unstacked(values: Reading) -> Reading:
    """A float for a single network, or the array for a stack of networks."""
    return float(values) if np.ndim(values) == 0 else values
