"""Features with more than two axes, pooled to rows of numbers."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Shaped

from weightloom._checks import check_choice
from weightloom.errors import InputError
from weightloom.similarity.arrays import as_array

POOLS = ("mean", "flatten", "cls", "last", "positions")
"""Ways to turn features with more axes into shape (rows, d)."""
TOKENS = 3


def pool(features: Any, how: str = "mean", mask: Any = None) -> Float[np.ndarray, "rows d"]:
    """Turns features with more axes into shape (rows, d).

    Features of shape (inputs, positions, d) are those of tokens. Features of shape (inputs, channels, …) with four or
    more axes are those of a convolution, with channels first, as in PyTorch and Equinox.

    Args:
        features: shape (inputs, d), which is returned as it is, (inputs, positions, d) or (inputs, channels, …).
        how: "mean" over positions; "flatten" all axes to one; "cls", the first position; "last", the last position;
            "positions", every position as a row of its own.
        mask: which positions are real, shape (inputs, positions). The others, such as padding, do not count. It applies
            to features of shape (inputs, positions, d) only.

    Returns:
        The features, in single precision. With "positions", there are as many rows as real positions.

    Raises:
        InputError: if the shape, the mask or the way to pool cannot be used.

    Examples:
        >>> import numpy as np
        >>> tokens = np.arange(12.0).reshape(2, 3, 2)
        >>> pool(tokens, "mean", mask=[[1, 1, 0], [1, 1, 1]]).tolist()
        [[1.0, 2.0], [8.0, 9.0]]
        >>> pool(np.zeros((2, 3, 4, 4)), "positions").shape
        (32, 3)
    """
    check_choice("pool", how, POOLS)
    array = as_array("features", features)
    if array.ndim < 2 or array.dtype.kind not in "biuf":
        raise InputError(f"features have shape {array.shape} and dtype {array.dtype}: give numbers of shape (rows, …).")
    array = array.astype(np.float32, copy=False)
    if array.ndim == 2:
        return array
    if how == "flatten":
        return array.reshape(len(array), -1)
    is_tokens = array.ndim == TOKENS
    if not is_tokens:
        array = np.moveaxis(array, 1, -1).reshape(len(array), -1, array.shape[1])
    real = _real(array, mask if is_tokens else None)
    if how == "positions":
        return array[real]
    if how == "mean":
        counts = np.maximum(real.sum(1, keepdims=True), 1)
        return np.where(real[..., None], array, 0).sum(1, dtype=np.float64).astype(np.float32) / counts.astype(
            np.float32
        )
    inputs = np.arange(len(array))
    last = array.shape[1] - 1 - real[:, ::-1].argmax(1)
    return array[inputs, real.argmax(1) if how == "cls" else last]


def _real(array: Float[np.ndarray, "inputs positions d"], mask: Any) -> Bool[np.ndarray, "inputs positions"]:
    if mask is None:
        return np.ones(array.shape[:2], bool)
    real: Shaped[np.ndarray, "..."] = as_array("mask", mask)
    if real.shape != array.shape[:2]:
        raise InputError(f"the mask has shape {real.shape}: give {array.shape[:2]}, one entry per position.")
    return real.astype(bool)
