"""The arrays of a layer as conditionings see them: outputs on a known axis."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact

from weightloom.architectures import LayerLeaves
from weightloom.errors import InputError


def outputs_last(weight: Inexact[Array, "..."], layer: LayerLeaves) -> Inexact[Array, "..."]:
    """A weight with the axis of its outputs at the end.

    Args:
        weight: of the layer.
        layer: where its outputs are.
    """
    return jnp.moveaxis(weight, _axis(layer), -1)


def outputs_back(weight: Inexact[Array, "..."], layer: LayerLeaves) -> Inexact[Array, "..."]:
    """The inverse of `outputs_last`.

    Args:
        weight: with its outputs at the end.
        layer: where its outputs were.
    """
    return jnp.moveaxis(weight, -1, _axis(layer))


def scaled(weight: Inexact[Array, "..."], gain: Float[Array, "..."], layer: LayerLeaves) -> Inexact[Array, "..."]:
    """A weight times a number for each of its outputs.

    Args:
        weight: of the layer.
        gain: a number for each output, shape (*stacked, outputs).
        layer: where its outputs are.
    """
    last = outputs_last(weight, layer)
    between = (1,) * (last.ndim - gain.ndim)
    return outputs_back(last * gain.reshape(*gain.shape[:-1], *between, gain.shape[-1]), layer)


def per_output(numbers: Float[Array, "..."], bias: Inexact[Array, "..."]) -> Float[Array, "..."]:
    """A number for each output, with the axes that a bias has behind its outputs, such as those of a convolution.

    Args:
        numbers: shape (*stacked, outputs).
        bias: shape (*stacked, outputs, ...).
    """
    return numbers.reshape(*numbers.shape, *(1,) * (bias.ndim - numbers.ndim))


def check_real(owner: Any, layers: Sequence[LayerLeaves], leaves: Sequence[Inexact[Array, "..."]]) -> None:
    """Checks that no layer has complex weights.

    Args:
        owner: the conditioning, for the message.
        layers: those that it changes.
        leaves: all leaves of the network.

    Raises:
        InputError: if one has.
    """
    for layer in layers:
        for leaf in layer[:2]:
            if leaf is not None and jnp.iscomplexobj(leaves[leaf]):
                name = getattr(owner.target, "leaves", {leaf: leaf})[leaf]
                raise InputError(
                    f"{type(owner).__name__} cannot change the complex array {name!r} of {owner.target}: leave it "
                    "out with `where`, or use AllWeights."
                )


def _axis(layer: LayerLeaves) -> int:
    return layer.axis if layer.axis < 0 else layer.stacked + layer.axis
