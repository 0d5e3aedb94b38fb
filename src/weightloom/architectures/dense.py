"""What networks of (weight, bias) pairs share: shapes, the leaves of their layers, draws of their weights."""

import abc
import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from weightloom._keys import AnyKey, as_key
from weightloom._settings import Whole, setting
from weightloom.architectures.base import Architecture, LayerLeaves, Parameters, check_architecture
from weightloom.errors import InputError


@dataclasses.dataclass(frozen=True)
class DenseNetwork(Architecture):
    """Linear layers with a function between them: a⁽ˡ⁺¹⁾ = σ(a⁽ˡ⁾ W⁽ˡ⁾ + b⁽ˡ⁾), the last layer without σ."""

    sizes: tuple[Whole, ...] = setting(
        ..., "Widths from input to output, at least two, each at least 1.", min_length=2, example="(16, 48, 1)"
    )

    @property
    def shapes(self) -> tuple[tuple[tuple[int, int], tuple[int]], ...]:
        """Shapes of the parameters: a ((inputs, outputs), (outputs,)) pair per layer."""
        return dense_shapes(self.sizes)

    @property
    def layers(self) -> tuple[LayerLeaves, ...]:
        """All of them."""
        return dense_layers(len(self.sizes) - 1)

    @abc.abstractmethod
    def activated(self, x: Float[Array, "*batch width"]) -> Float[Array, "*batch width"]:
        """σ of a hidden layer's sums.

        Args:
            x: the sums, of any shape.
        """

    def apply(self, parameters: Parameters, x: Float[Array, "*batch inputs"]) -> Float[Array, "*batch outputs"]:
        """The network's value g_θ(x).

        Args:
            parameters: a (weight, bias) pair per layer, shaped as in `shapes`.
            x: inputs, shape (..., sizes[0]).

        Returns:
            Outputs, shape (..., sizes[-1]).

        Examples:
            >>> import jax.numpy as jnp, weightloom as wl
            >>> wl.MLP((2, 1)).apply([(jnp.ones((2, 1)), jnp.zeros(1))], jnp.ones((3, 2))).shape
            (3, 1)
        """
        *hidden, (weight, bias) = parameters
        for hidden_weight, hidden_bias in hidden:
            x = self.activated(x @ hidden_weight + hidden_bias)
        return x @ weight + bias


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
        LayerLeaves(weight=2, bias=3, axis=-1, inputs=None, sized_by=None, stacked=0, relative=False)
    """
    return tuple(LayerLeaves(first + 2 * layer, first + 2 * layer + 1) for layer in range(count))


def check_dense(architecture: Any) -> None:
    """Checks that something is a network of (weight, bias) pairs.

    Args:
        architecture: what was given for one.

    Raises:
        InputError: if it is no network, or has other parameters.
    """
    check_architecture(architecture)
    if architecture.layers != dense_layers(len(architecture.layers)):
        raise InputError(
            f"{architecture} has other parameters than a (weight, bias) pair per layer: "
            "use a member of weightloom.hypernetworks.CONDITIONINGS."
        )


def dense_initial(
    sizes: Sequence[int],
    key: AnyKey,
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
    keys = jax.random.split(as_key(key), len(sizes) - 1)
    return tuple(
        (weight(one, (inputs, outputs)), jnp.zeros(outputs)) for one, inputs, outputs in zip(keys, sizes, sizes[1:])
    )


def symmetric(key: Key[Array, ""], shape: tuple[int, ...], bound: float) -> Float[Array, "..."]:
    """Uniform numbers between −bound and bound; their variance is bound²/3."""
    return jax.random.uniform(key, shape, minval=-bound, maxval=bound)
