"""Multilayer perceptrons (Liao et al. 2023, section 2 and appendix B.2)."""

import dataclasses
import math

import jax
from jaxtyping import Array, Float

from weightloom._keys import AnyKey
from weightloom._settings import setting
from weightloom.architectures.activations import ACTIVATIONS
from weightloom.architectures.dense import DenseNetwork, dense_initial


@dataclasses.dataclass(frozen=True)
class MLP(DenseNetwork):
    """A multilayer perceptron: linear layers with an activation between them.

    a⁽ˡ⁺¹⁾ = σ(b⁽ˡ⁾ + a⁽ˡ⁾ W⁽ˡ⁾). The last layer has no σ (Liao et al. 2023, appendix B.2).

    Raises:
        InputError: if a width is invalid or the activation is unknown.

    Examples:
        >>> import weightloom as wl
        >>> wl.MLP((16, 48, 1)).shapes
        (((16, 48), (48,)), ((48, 1), (1,)))
    """

    activation: str = setting(
        "swish", "The activation, a name from `weightloom.architectures.ACTIVATIONS`.", choices=ACTIVATIONS
    )

    def initial(self, key: AnyKey) -> tuple[tuple[Float[Array, "_ _"], Float[Array, " _"]], ...]:
        """Draws normal weights with variance 1/inputs. Biases are 0.

        Examples:
            >>> import jax, weightloom as wl
            >>> [(weight, bias)] = wl.MLP((2, 1)).initial(jax.random.key(0))
            >>> bias
            Array([0.], dtype=float32)
        """
        return dense_initial(self.sizes, key, lambda one, shape: jax.random.normal(one, shape) / math.sqrt(shape[0]))

    def activate(self, x: Float[Array, "*batch width"]) -> Float[Array, "*batch width"]:
        """Applies the activation."""
        return ACTIVATIONS[self.activation](x)
