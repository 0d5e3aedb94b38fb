"""Sizes of the arrays of a network, for the initial size of their changes."""

import math
from collections.abc import Sequence

import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact

from weightloom.architectures import LayerLeaves


def outputs(layer: LayerLeaves, leaves: Sequence[Inexact[Array, "..."]]) -> tuple[int, ...]:
    """Shape of a layer's outputs: (*stacked, outputs).

    Args:
        layer: a layer of the network.
        leaves: leaves of the network.
    """
    if layer.weight is None:
        return () if layer.bias is None else leaves[layer.bias].shape[: layer.stacked + 1]
    shape = leaves[layer.weight].shape
    return (*shape[: layer.stacked], shape[layer.stacked :][layer.axis])


def rows(layer: LayerLeaves, leaves: Sequence[Inexact[Array, "..."]]) -> int:
    """Number of weights per output of a layer. 0 for a layer with only a bias.

    Args:
        layer: a layer of the network.
        leaves: leaves of the network.
    """
    return 0 if layer.weight is None else leaves[layer.weight].size // max(math.prod(outputs(layer, leaves)), 1)


def fan_in(layer: LayerLeaves, leaves: Sequence[Inexact[Array, "..."]]) -> int:
    """Number of inputs that one output of a layer sums over. 0 for a layer with only a bias.

    Args:
        layer: a layer of the network.
        leaves: leaves of the network.
    """
    return layer.inputs if layer.weight is not None and layer.inputs is not None else rows(layer, leaves)


def magnitude(layer: LayerLeaves, leaves: Sequence[Inexact[Array, "..."]]) -> Float[Array, ""]:
    """Standard deviation of a layer's outputs for inputs of order 1.

    For weights that start at 0 it is 1.

    Args:
        layer: a layer of the network.
        leaves: leaves of the network.
    """
    if layer.weight is not None:
        return _gain(leaves[layer.weight], fan_in(layer, leaves))
    if layer.sized_by is not None:
        weight = leaves[layer.sized_by]
        return _gain(weight, weight.size // max(math.prod(weight.shape[: layer.stacked + 1]), 1))
    return jnp.ones(()) if layer.bias is None else _size(leaves[layer.bias])


def bias_size(layer: LayerLeaves, leaves: Sequence[Inexact[Array, "..."]]) -> Float[Array, ""]:
    """Size of a change of a layer's bias: that of the layer's outputs, or of the bias if the layer is `relative`.

    Args:
        layer: a layer of the network.
        leaves: leaves of the network.
    """
    size = magnitude(layer, leaves)
    return _size(leaves[layer.bias], size) if layer.relative and layer.bias is not None else size


def magnitudes(
    layers: Sequence[LayerLeaves], leaves: Sequence[Inexact[Array, "..."]]
) -> list[Float[Array, ""] | float]:
    """Size of a change of each leaf: its root mean square, and for a bias `bias_size`.

    Args:
        layers: layers of the network.
        leaves: leaves of the network.
    """
    sizes: list[Float[Array, ""] | float] = [_size(leaf) for leaf in leaves]
    for layer in layers:
        if layer.weight is not None:
            sizes[layer.weight] = _size(leaves[layer.weight], 1 / math.sqrt(max(fan_in(layer, leaves), 1)))
        if layer.bias is not None:
            sizes[layer.bias] = bias_size(layer, leaves)
    return sizes


def _gain(weight: Inexact[Array, "..."], inputs: int) -> Float[Array, ""]:
    return _size(weight, 1 / math.sqrt(max(inputs, 1))) * math.sqrt(inputs)


def _size(leaf: Inexact[Array, "..."], of_zeros: Float[Array, ""] | float = 1.0) -> Float[Array, ""]:
    """Root mean square of a leaf, or `of_zeros` if all entries are 0."""
    if jnp.iscomplexobj(leaf):
        leaf = jnp.abs(leaf)
    if leaf.dtype.itemsize < 4:
        leaf = leaf.astype(jnp.float32)
    found = jnp.sqrt((leaf**2).sum() / max(leaf.size, 1))
    return jnp.where(found > 0, found, of_zeros)
