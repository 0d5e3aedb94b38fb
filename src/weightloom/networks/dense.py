"""What networks of (weight, bias) pairs share: shapes, the leaves of their layers, draws of their weights."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from weightloom.networks.base import LayerLeaves


def dense_shapes(sizes: Sequence[int]) -> tuple[tuple[tuple[int, int], tuple[int]], ...]:
    """A ((inputs, outputs), (outputs,)) pair per layer.

    Examples:
        >>> dense_shapes((16, 48, 1))
        (((16, 48), (48,)), ((48, 1), (1,)))
    """
    return tuple(((inputs, outputs), (outputs,)) for inputs, outputs in zip(sizes, sizes[1:]))


def dense_layers(count: int, first: int = 0) -> tuple[LayerLeaves, ...]:
    """The leaves of (weight, bias) pairs that follow one another, from leaf `first` on.

    Examples:
        >>> dense_layers(2)[1]
        LayerLeaves(weight=2, bias=3, axis=-1)
    """
    return tuple(LayerLeaves(first + 2 * layer, first + 2 * layer + 1) for layer in range(count))


def dense_initial(
    sizes: Sequence[int],
    key: Key[Array, ""],
    weight: Callable[[Key[Array, ""], tuple[int, int]], Float[Array, "_ _"]],
) -> tuple[tuple[Float[Array, "_ _"], Float[Array, " _"]], ...]:
    """Drawn weights and biases of 0, a pair per layer.

    Args:
        sizes: widths from input to output.
        key: split over the layers.
        weight: (key, (inputs, outputs)) → the layer's weight.

    Examples:
        >>> import jax
        >>> [pair] = dense_initial((2, 3), jax.random.key(0), jax.random.normal)
        >>> [leaf.shape for leaf in pair]
        [(2, 3), (3,)]
    """
    keys = jax.random.split(key, len(sizes) - 1)
    return tuple(
        (weight(one, (inputs, outputs)), jnp.zeros(outputs)) for one, inputs, outputs in zip(keys, sizes, sizes[1:])
    )


def symmetric(key: Key[Array, ""], shape: tuple[int, ...], bound: float) -> Float[Array, "..."]:
    """Uniform numbers between −bound and bound; their variance is bound²/3."""
    return jax.random.uniform(key, shape, minval=-bound, maxval=bound)
