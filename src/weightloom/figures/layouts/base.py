"""The interface of layouts, which place the neurons of a network in a figure."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from weightloom.errors import InputError

# The axes are anonymous because layers differ in size: jaxtyping would require named axes to have the same lengths in
# all layers.
Weight: TypeAlias = Float[np.ndarray, "_ _"] | Float[Array, "_ _"]
Positions: TypeAlias = Float[np.ndarray, "neurons 2"]

Layout: TypeAlias = Callable[[Sequence[Weight], PRNGKeyArray], Positions]
"""A function from the weights of a network and a key to positions of shape (neurons, 2).

There is one weight of shape (inputs, outputs) per layer. Neurons are numbered layer by layer, from the inputs.
Positions are finite and can have any scale and origin; drawing functions rescale them. The result is deterministic.
"""


def layer_sizes(weights: Sequence[Float[np.ndarray, "..."] | Float[Array, "..."]]) -> tuple[int, ...]:
    """The widths of a network, from input to output, given its weights.

    Args:
        weights: one weight of shape (inputs, outputs) per layer.

    Returns:
        One width per layer of neurons.

    Raises:
        InputError: if there is no weight, a weight is not a matrix or not finite, or the shapes of successive weights
            do not match.

    Examples:
        >>> import numpy as np
        >>> layer_sizes([np.ones((16, 48)), np.ones((48, 1))])
        (16, 48, 1)
    """
    if not weights:
        raise InputError("a network without weights cannot be drawn: give one weight array per layer.")
    for layer, weight in enumerate(weights):
        shape = np.shape(weight)
        if len(shape) != 2 or 0 in shape:
            raise InputError(f"the weight of layer {layer} has shape {shape}: give shape (inputs, outputs).")
        if not np.isfinite(weight).all():
            raise InputError(f"the weight of layer {layer} has values that are not finite: give finite weights.")
        if layer and shape[0] != np.shape(weights[layer - 1])[1]:
            raise InputError(
                f"the weight of layer {layer} has {shape[0]} inputs and the layer before it has "
                f"{np.shape(weights[layer - 1])[1]} outputs: these numbers must be equal."
            )
    return (np.shape(weights[0])[0], *(np.shape(weight)[1] for weight in weights))


def layer_of_neuron(sizes: tuple[int, ...]) -> Int[np.ndarray, " neurons"]:
    """The layer of each neuron, with neurons numbered layer by layer.

    Args:
        sizes: widths from input to output.

    Returns:
        Layer numbers, shape (neurons,).

    Examples:
        >>> layer_of_neuron((2, 3, 1)).tolist()
        [0, 0, 1, 1, 1, 2]
    """
    return np.repeat(np.arange(len(sizes)), sizes)
