"""Base class and helpers for networks whose parameters are one (weight, bias) pair per layer."""

import abc
import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from weightloom._deprecated import FormerName
from weightloom._keys import AnyKey, as_key
from weightloom._settings import Whole, setting
from weightloom.architectures.base import Architecture, LayerLeaves, Parameters, check_architecture
from weightloom.errors import InputError


@dataclasses.dataclass(frozen=True)
class DenseNetwork(Architecture):
    """Linear layers with a nonlinearity between them: a⁽ˡ⁺¹⁾ = σ(a⁽ˡ⁾ W⁽ˡ⁾ + b⁽ˡ⁾). The last layer has no σ."""

    sizes: tuple[Whole, ...] = setting(
        ..., "Widths from input to output, at least two, each at least 1.", min_length=2, example="(16, 48, 1)"
    )

    @property
    def shapes(self) -> tuple[tuple[tuple[int, int], tuple[int]], ...]:
        """Shapes of the parameters: one ((inputs, outputs), (outputs,)) pair per layer."""
        return dense_shapes(self.sizes)

    @property
    def layers(self) -> tuple[LayerLeaves, ...]:
        """All layers, from input to output."""
        return dense_layers(len(self.sizes) - 1)

    activated = FormerName("activate")

    @abc.abstractmethod
    def activate(self, x: Float[Array, "*batch width"]) -> Float[Array, "*batch width"]:
        """Applies σ to the preactivations of a hidden layer.

        Args:
            x: preactivations, of any shape.

        Returns:
            Activations of the same shape.
        """

    def apply(self, parameters: Parameters, x: Float[Array, "*batch inputs"]) -> Float[Array, "*batch outputs"]:
        """Evaluates the network: g_θ(x).

        Args:
            parameters: one (weight, bias) pair per layer, with the shapes in `shapes`.
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
            x = self.activate(x @ hidden_weight + hidden_bias)
        return x @ weight + bias


def dense_shapes(sizes: Sequence[int]) -> tuple[tuple[tuple[int, int], tuple[int]], ...]:
    """Shapes of the parameters: one ((inputs, outputs), (outputs,)) pair per layer.

    Examples:
        >>> dense_shapes((16, 48, 1))
        (((16, 48), (48,)), ((48, 1), (1,)))
    """
    return tuple(((inputs, outputs), (outputs,)) for inputs, outputs in zip(sizes, sizes[1:]))


def dense_layers(count: int, first: int = 0) -> tuple[LayerLeaves, ...]:
    """Leaf indices of consecutive (weight, bias) pairs, starting at index `first`.

    Examples:
        >>> dense_layers(2)[1]
        LayerLeaves(weight=2, bias=3, axis=-1, inputs=None, sized_by=None, stacked=0, relative=False)
    """
    return tuple(LayerLeaves(first + 2 * layer, first + 2 * layer + 1) for layer in range(count))


def check_dense(architecture: Any) -> None:
    """Checks that an argument is an architecture with one (weight, bias) pair per layer.

    Args:
        architecture: the argument.

    Raises:
        InputError: if it is not an architecture, or its parameters have another structure.
    """
    check_architecture(architecture)
    if architecture.layers != dense_layers(len(architecture.layers)):
        raise InputError(
            f"{architecture} does not have one (weight, bias) pair per layer: "
            "use a hypernetwork from weightloom.hypernetworks.CONDITIONINGS."
        )


def dense_initial(
    sizes: Sequence[int],
    key: AnyKey,
    weight: Callable[[Key[Array, ""], tuple[int, int]], Float[Array, "_ _"]],
) -> tuple[tuple[Float[Array, "_ _"], Float[Array, " _"]], ...]:
    """Draws random weights; biases are 0.

    Args:
        sizes: widths from input to output.
        key: random key, split over the layers.
        weight: function of a key and a shape (inputs, outputs) that draws a layer's weight.

    Returns:
        One (weight, bias) pair per layer.

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
    """Draws from the uniform distribution on [−bound, bound], which has variance bound²/3."""
    return jax.random.uniform(key, shape, minval=-bound, maxval=bound)
