"""Multilayer perceptrons of any depth and any widths (Liao et al. 2023, section 2 and appendix B.2)."""

import dataclasses
import math

import jax
from jaxtyping import Array, Float, Key

from weightloom.errors import InputError
from weightloom.networks.activations import ACTIVATIONS
from weightloom.networks.base import Architecture, LayerLeaves, Parameters
from weightloom.networks.dense import dense_initial, dense_layers, dense_shapes
from weightloom.networks.sizes import checked_sizes


@dataclasses.dataclass(frozen=True)
class MLP(Architecture):
    """A multilayer perceptron: linear layers with the activation between them.

    a⁽ˡ⁺¹⁾ = σ(b⁽ˡ⁾ + a⁽ˡ⁾ W⁽ˡ⁾), the last layer without σ (Liao et al. 2023, appendix B.2).

    Args:
        sizes: widths from input to output, at least two, each at least 1.
        activation: a name from `weightloom.networks.ACTIVATIONS`.

    Raises:
        InputError: if a width or the activation cannot be used.

    Examples:
        >>> import weightloom as wl
        >>> wl.MLP((16, 48, 1)).shapes
        (((16, 48), (48,)), ((48, 1), (1,)))
    """

    sizes: tuple[int, ...]
    activation: str = "swish"

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", checked_sizes(self.sizes))
        if self.activation not in ACTIVATIONS:
            raise InputError(f"activation {self.activation!r} is unknown: use one of {', '.join(ACTIVATIONS)}.")

    @property
    def shapes(self) -> tuple[tuple[tuple[int, int], tuple[int]], ...]:
        """Shapes of the parameters: a ((inputs, outputs), (outputs,)) pair per layer."""
        return dense_shapes(self.sizes)

    @property
    def layers(self) -> tuple[LayerLeaves, ...]:
        """All of them."""
        return dense_layers(len(self.sizes) - 1)

    def initial(self, key: Key[Array, ""]) -> tuple[tuple[Float[Array, "_ _"], Float[Array, " _"]], ...]:
        """Normal weights of variance 1/inputs, and biases of 0.

        Examples:
            >>> import jax, weightloom as wl
            >>> [(weight, bias)] = wl.MLP((2, 1)).initial(jax.random.key(0))
            >>> bias
            Array([0.], dtype=float32)
        """
        return dense_initial(self.sizes, key, lambda one, shape: jax.random.normal(one, shape) / math.sqrt(shape[0]))

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
        activation = ACTIVATIONS[self.activation]
        *hidden, (weight, bias) = parameters
        for hidden_weight, hidden_bias in hidden:
            x = activation(x @ hidden_weight + hidden_bias)
        return x @ weight + bias
