"""The interface of layouts: where each neuron of a network stands on the page."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from weightloom.errors import InputError

# Anonymous axes: jaxtyping would otherwise want the same two sizes in every layer of a sequence.
Weight: TypeAlias = Float[np.ndarray, "_ _"] | Float[Array, "_ _"]
Positions: TypeAlias = Float[np.ndarray, "neurons 2"]

Layout: TypeAlias = Callable[[Sequence[Weight], PRNGKeyArray], Positions]
"""A layout maps one weight (inputs, outputs) per layer and a key to positions (neurons, 2).

Neurons are numbered layer by layer from the inputs. Positions are finite, in any unit and about any
origin: whoever draws them rescales them. The same weights and key give the same positions.
"""


def layer_sizes(weights: Sequence[Float[np.ndarray, "..."] | Float[Array, "..."]]) -> tuple[int, ...]:
    """Widths from input to output of the network that has these weights.

    Args:
        weights: one array (inputs, outputs) per layer.

    Returns:
        One width per layer of neurons.

    Raises:
        InputError: if there is no weight, one is not a matrix or not finite, or two do not chain.

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
            raise InputError(f"layer {layer}'s weight has shape {shape}: it must be (inputs, outputs).")
        if not np.isfinite(weight).all():
            raise InputError(f"layer {layer}'s weight has values that are not finite: they cannot be drawn.")
        if layer and shape[0] != np.shape(weights[layer - 1])[1]:
            raise InputError(
                f"layer {layer}'s weight has {shape[0]} inputs and the layer before it has "
                f"{np.shape(weights[layer - 1])[1]} outputs: they must be the same neurons."
            )
    return (np.shape(weights[0])[0], *(np.shape(weight)[1] for weight in weights))


def layer_of_neuron(sizes: tuple[int, ...]) -> Int[np.ndarray, " neurons"]:
    """The layer that each neuron belongs to, neurons numbered layer by layer.

    Args:
        sizes: widths from input to output.

    Returns:
        Layer numbers, shape (neurons,).

    Examples:
        >>> layer_of_neuron((2, 3, 1)).tolist()
        [0, 0, 1, 1, 1, 2]
    """
    return np.repeat(np.arange(len(sizes)), sizes)
