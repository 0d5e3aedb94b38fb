"""Hidden layers of a hypernetwork that is an MLP with swish activations."""

import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from weightloom.architectures import Parameters


def initial_trunk(
    keys: Sequence[Key[Array, ""]], widths: Sequence[int]
) -> tuple[tuple[Float[Array, "_ _"], Float[Array, " _"]], ...]:
    """Draws normal weights of variance 1/inputs and zero biases, a pair per layer.

    Args:
        keys: one key per layer.
        widths: widths from the condition to the last layer, one more than keys.

    Examples:
        >>> import jax
        >>> [(weight, bias)] = initial_trunk([jax.random.key(0)], (3, 5))
        >>> weight.shape, bias.shape
        ((3, 5), (5,))
    """
    return tuple(
        (jax.random.normal(key, (inputs, outputs)) / math.sqrt(max(inputs, 1)), jnp.zeros(outputs))
        for key, inputs, outputs in zip(keys, widths, widths[1:])
    )


def features(layers: Parameters, condition: Float[Array, " width"]) -> Float[Array, " features"]:
    """Output of the layers for a condition. Without layers it is the condition.

    Examples:
        >>> import jax.numpy as jnp
        >>> features((), jnp.ones(2))
        Array([1., 1.], dtype=float32)
    """
    for weight, bias in layers:
        condition = jax.nn.silu(condition @ weight + bias)
    return condition
