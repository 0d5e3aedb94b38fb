"""Operations on the arrays of a layer along its outputs."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact

from weightloom.architectures import LayerLeaves
from weightloom.errors import InputError


def outputs_last(weight: Inexact[Array, "..."], layer: LayerLeaves) -> Inexact[Array, "..."]:
    """Moves the axis of a weight's outputs to the end.

    Args:
        weight: weight of the layer.
        layer: the layer.
    """
    return jnp.moveaxis(weight, _axis(layer), -1)


def outputs_back(weight: Inexact[Array, "..."], layer: LayerLeaves) -> Inexact[Array, "..."]:
    """The inverse of `outputs_last`.

    Args:
        weight: a weight with its outputs on the last axis.
        layer: the layer.
    """
    return jnp.moveaxis(weight, -1, _axis(layer))


def scaled(weight: Inexact[Array, "..."], gain: Float[Array, "..."], layer: LayerLeaves) -> Inexact[Array, "..."]:
    """Multiplies a weight by one number per output.

    Args:
        weight: weight of the layer.
        gain: numbers, shape (*stacked, outputs).
        layer: the layer.
    """
    last = outputs_last(weight, layer)
    between = (1,) * (last.ndim - gain.ndim)
    return outputs_back(last * gain.reshape(*gain.shape[:-1], *between, gain.shape[-1]), layer)


def per_output(numbers: Float[Array, "..."], bias: Inexact[Array, "..."]) -> Float[Array, "..."]:
    """Adds the trailing axes of a bias to one number per output.

    Args:
        numbers: shape (*stacked, outputs).
        bias: bias of the layer, shape (*stacked, outputs, ...).
    """
    return numbers.reshape(*numbers.shape, *(1,) * (bias.ndim - numbers.ndim))


def check_real(owner: Any, layers: Sequence[LayerLeaves], leaves: Sequence[Inexact[Array, "..."]]) -> None:
    """Checks that no layer has complex arrays.

    Args:
        owner: the conditioning.
        layers: the layers that it changes.
        leaves: leaves of the network.

    Raises:
        InputError: if a layer has a complex array. The message names it.
    """
    for layer in layers:
        for leaf in layer[:2]:
            if leaf is not None and jnp.iscomplexobj(leaves[leaf]):
                name = getattr(owner.target, "leaves", {leaf: leaf})[leaf]
                raise InputError(
                    f"{type(owner).__name__} cannot change the complex array {name!r} of {owner.target}: exclude it "
                    "with `where`, or use AllWeights."
                )


def _axis(layer: LayerLeaves) -> int:
    return layer.axis if layer.axis < 0 else layer.stacked + layer.axis
