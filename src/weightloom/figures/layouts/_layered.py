"""A plain column of neurons per layer, inputs on the left."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import PRNGKeyArray

from weightloom.figures.layouts.base import Positions, Weight, layer_of_neuron, layer_sizes

WIDTH = 1.5  # of the picture, for a height of 1: lines between two tall columns stay apart


def layered(weights: Sequence[Weight], key: PRNGKeyArray) -> Positions:
    """One column per layer from inputs on the left to outputs on the right, first neuron on top.

    Every column has the same height, and its neurons share it evenly.

    Args:
        weights: one array (inputs, outputs) per layer; only the shapes matter.
        key: not used, since nothing is random.

    Returns:
        Positions, shape (neurons, 2), in a box of width 1.5 and height 1 about the origin.

    Raises:
        InputError: if the weights are not those of one network.

    Examples:
        >>> import jax, numpy as np
        >>> layered([np.ones((2, 1))], jax.random.key(0)).tolist()
        [[-0.75, 0.25], [-0.75, -0.25], [0.75, 0.0]]
    """
    sizes = layer_sizes(weights)
    across = np.linspace(-WIDTH / 2, WIDTH / 2, len(sizes))[layer_of_neuron(sizes)]
    down = np.concatenate([(np.arange(size) + 0.5) / size for size in sizes])
    return np.stack([across, 0.5 - down], axis=1)
