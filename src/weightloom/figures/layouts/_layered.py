"""The layered layout: one column of neurons per layer."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import PRNGKeyArray

from weightloom.figures.layouts.base import Positions, Weight, layer_of_neuron, layer_sizes

WIDTH = 1.5  # relative to the height, so that lines between tall columns can be told apart


def layered(weights: Sequence[Weight], key: PRNGKeyArray) -> Positions:
    """Places each layer in one column, from inputs on the left to outputs on the right, with the first neuron on top.

    All columns have the same height. Neurons are evenly spaced in a column.

    Args:
        weights: one weight of shape (inputs, outputs) per layer. Only the shapes are used.
        key: not used.

    Returns:
        Positions, shape (neurons, 2), in a box of width 1.5 and height 1 centred at the origin.

    Raises:
        InputError: if the weights do not form a network, or contain values that are not finite.

    Examples:
        >>> import jax, numpy as np
        >>> layered([np.ones((2, 1))], jax.random.key(0)).tolist()
        [[-0.75, 0.25], [-0.75, -0.25], [0.75, 0.0]]
    """
    sizes = layer_sizes(weights)
    across = np.linspace(-WIDTH / 2, WIDTH / 2, len(sizes))[layer_of_neuron(sizes)]
    down = np.concatenate([(np.arange(size) + 0.5) / size for size in sizes])
    return np.stack([across, 0.5 - down], axis=1)
