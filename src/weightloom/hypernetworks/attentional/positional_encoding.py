"""Positional encodings of the target's edges (Liao et al. 2023, appendix B.2)."""

import numpy as np
from jaxtyping import Float, Num

from weightloom.hypernetworks.attentional.edges import Edges

FREQUENCIES = 100.0 ** (-np.arange(4) / 4)
WIDTH = 2 * len(FREQUENCIES)


def sinusoids(positions: Num[np.ndarray, " n"]) -> Float[np.ndarray, "8 n"]:
    """Sines, then cosines, of the positions at four frequencies between 1 and 1/32 radians.

    They are defined for every position, so that sizes never seen in training have encodings too.
    """
    phases = FREQUENCIES[:, None] * positions
    return np.concatenate([np.sin(phases), np.cos(phases)])


def positional_encodings(edges: Edges, axes: int = 0) -> Float[np.ndarray, "encodings edges"]:
    """Encodings of i in the first layer, of j in the last, and of ℓ everywhere; zeros elsewhere.

    The paper has no kernels. Here each axis of a kernel gets one more encoding, of the position along it.

    Args:
        edges: the edges of the target.
        axes: how many axes of kernels to encode.

    Returns:
        Blocks of 8 features for every edge: three, then one per axis, shape (24 + 8 axes, edges).
    """
    grids = []
    last = len(edges.layers)
    kernels = edges.kernels or ((),) * last
    for layer, ((inputs, outputs), kernel) in enumerate(zip(edges.layers, kernels), start=1):
        grid = np.zeros((3 + axes, WIDTH, inputs, *kernel, outputs), np.float32)
        if layer == 1:
            grid[0] = _along(1, np.arange(inputs), grid)
        if layer == last:
            grid[1] = _along(-1, np.arange(outputs), grid)
        grid[2] = _along(1, np.array([layer]), grid)
        for axis, length in enumerate(kernel):
            grid[3 + axis] = _along(2 + axis, np.arange(length), grid)
        grids.append(grid.reshape((3 + axes) * WIDTH, -1))
    return np.concatenate(grids, axis=-1)


def _along(
    axis: int, positions: Num[np.ndarray, " n"], grid: Float[np.ndarray, "blocks ..."]
) -> Float[np.ndarray, "8 ..."]:
    """Encodings that vary along one axis of a block of the grid."""
    shape = [WIDTH] + [1] * (grid.ndim - 2)
    shape[axis] = len(positions)
    return sinusoids(positions).reshape(shape)
