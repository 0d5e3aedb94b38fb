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


def positional_encodings(edges: Edges) -> Float[np.ndarray, "24 edges"]:
    """Encodings of i in the first layer, of j in the last, and of ℓ everywhere; zeros elsewhere.

    Args:
        edges: the edges of the target.

    Returns:
        Three blocks of 8 features for every edge, shape (24, edges).
    """
    grids = []
    last = len(edges.layers)
    for layer, (inputs, outputs) in enumerate(edges.layers, start=1):
        grid = np.zeros((3, WIDTH, inputs, outputs), np.float32)
        if layer == 1:
            grid[0] = sinusoids(np.arange(inputs))[:, :, None]
        if layer == last:
            grid[1] = sinusoids(np.arange(outputs))[:, None, :]
        grid[2] = sinusoids(np.array([layer]))[:, :, None]
        grids.append(grid.reshape(3 * WIDTH, -1))
    return np.concatenate(grids, axis=-1)
