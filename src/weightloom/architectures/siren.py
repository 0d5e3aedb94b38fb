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
    """A multilayer perceptron of sines: a⁽ˡ⁺¹⁾ = sin(ω₀ (a⁽ˡ⁾ W⁽ˡ⁾ + b⁽ˡ⁾)), the last layer linear.

    Its start keeps the distribution of the activations through depth (Sitzmann et al., NeurIPS 2020, section 3.2 and
    theorem 1.8): W is uniform within ±1/inputs in the first layer, which ω₀ spreads over the frequencies of the data,
    and within ±√(6/inputs)/ω₀ in the others, whose sines then see a normal distribution. Its variance v begins at 1 and
    becomes 1 − e⁻²ᵛ from layer to layer, which ends at 0.80. Biases are uniform within ±1/√inputs in the first layer,
    so that the sines have all phases, and start at 0 in the others.

    Raises:
        InputError: if a width or the frequency cannot be used.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from weightloom.architectures import SIREN
        >>> network = SIREN((2, 32, 32, 3))
        >>> network.apply(network.initial(jax.random.key(0)), jnp.zeros((5, 2))).shape
        (5, 3)
    """

    frequency: float = setting(30.0, "ω₀, in radians per unit of the inputs, for inputs between −1 and 1.", gt=0)

    def initial(self, key: AnyKey) -> tuple[tuple[Float[Array, "_ _"], Float[Array, " _"]], ...]:
        """Parameters to start training from: uniform, see the class."""
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

    def activated(self, x: Float[Array, "*batch width"]) -> Float[Array, "*batch width"]:
        """sin(ω₀ x)."""
        return jnp.sin(self.frequency * x)
