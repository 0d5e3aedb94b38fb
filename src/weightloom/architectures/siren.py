"""Sinusoidal representation networks (Sitzmann et al., NeurIPS 2020)."""

import dataclasses
import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from weightloom._keys import AnyKey, as_key
from weightloom._settings import setting
from weightloom.architectures.dense import DenseNetwork, symmetric


@dataclasses.dataclass(frozen=True)
class SIREN(DenseNetwork):
    """A multilayer perceptron with sine activations: a⁽ˡ⁺¹⁾ = sin(ω₀ (a⁽ˡ⁾ W⁽ˡ⁾ + b⁽ˡ⁾)). The last layer is linear.

    The initialisation keeps the distribution of the activations the same in all layers (Sitzmann et al., NeurIPS 2020,
    section 3.2 and theorem 1.8):

    - First layer: W is uniform on ±1/inputs and b on ±1/√inputs, so that the sines have all phases. ω₀ sets the range
      of frequencies.
    - Other layers: W is uniform on ±√(6/inputs)/ω₀ and b is 0. The arguments of the sines are then close to normal.
      Their variance v starts at 1. Each layer maps it to 1 − e⁻²ᵛ, which converges to 0.80.

    Raises:
        InputError: if a width or the frequency is invalid.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from weightloom.architectures import SIREN
        >>> network = SIREN((2, 32, 32, 3))
        >>> network.apply(network.initial(jax.random.key(0)), jnp.zeros((5, 2))).shape
        (5, 3)
    """

    frequency: float = setting(30.0, "ω₀, in radians per unit of the inputs. Inputs should lie in [−1, 1].", gt=0)

    def initial(self, key: AnyKey) -> tuple[tuple[Float[Array, "_ _"], Float[Array, " _"]], ...]:
        """Draws the initial parameters from the distributions in the class docstring."""
        bias_key, *keys = jax.random.split(as_key(key), len(self.sizes))
        weights = [
            symmetric(one, (inputs, outputs), math.sqrt(6 / inputs) / self.frequency)
            for one, inputs, outputs in zip(keys, self.sizes, self.sizes[1:])
        ]
        biases = [jnp.zeros(outputs) for outputs in self.sizes[1:]]
        inputs, outputs = self.sizes[:2]
        weights[0] = symmetric(keys[0], (inputs, outputs), 1 / inputs)
        biases[0] = symmetric(bias_key, (outputs,), 1 / math.sqrt(inputs))
        return tuple(zip(weights, biases))

    def activate(self, x: Float[Array, "*batch width"]) -> Float[Array, "*batch width"]:
        """Applies the activation sin(ω₀ x)."""
        return jnp.sin(self.frequency * x)
