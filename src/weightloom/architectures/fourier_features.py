"""Multilayer perceptrons over random Fourier features (Tancik et al., NeurIPS 2020)."""

import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from weightloom._keys import AnyKey
from weightloom._settings import Whole, setting
from weightloom.architectures.activations import ACTIVATIONS
from weightloom.architectures.base import Architecture, LayerLeaves, Parameters
from weightloom.architectures.mlp import MLP


@dataclasses.dataclass(frozen=True)
class FourierFeatures(Architecture):
    """A multilayer perceptron of the features √2 [cos(2π x B), sin(2π x B)] of its input x.

    The entries of B are independent normal variables with standard deviation `scale` (Tancik et al., NeurIPS 2020,
    section 4). The mean product of the features of x and y then tends to exp(−2π² scale² ‖x − y‖²): `scale` sets the
    width of the network's kernel. B is drawn from `seed`. It is fixed, not a parameter. The factor √2 gives the
    features a mean square of 1.

    Raises:
        InputError: if a width, the number of frequencies, the scale, the seed or the activation is invalid.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from weightloom.architectures import FourierFeatures
        >>> network = FourierFeatures((2, 32, 1), frequencies=16)
        >>> network.shapes[0]
        ((32, 32), (32,))
    """

    sizes: tuple[Whole, ...] = setting(
        ..., "Widths from input to output, at least two.", min_length=2, example="(2, 64, 1)"
    )
    frequencies: int = setting(128, "Number of columns of B. The number of features is twice as large.", ge=1)
    scale: float = setting(5.0, "Standard deviation of the frequencies, in cycles per unit of the inputs.", gt=0)
    seed: int = setting(0, "Random seed of B.", ge=0)
    activation: str = setting(
        "swish", "The activation, a name from `weightloom.architectures.ACTIVATIONS`.", choices=ACTIVATIONS
    )

    @property
    def perceptron(self) -> MLP:
        """The network that reads the features. Its parameters are the only parameters."""
        return MLP((2 * self.frequencies, *self.sizes[1:]), self.activation)

    @property
    def shapes(self) -> tuple[tuple[tuple[int, int], tuple[int]], ...]:
        """Shapes of the parameters: one ((inputs, outputs), (outputs,)) pair per layer of the perceptron."""
        return self.perceptron.shapes

    @property
    def layers(self) -> tuple[LayerLeaves, ...]:
        """All layers of the perceptron."""
        return self.perceptron.layers

    def initial(self, key: AnyKey) -> tuple[tuple[Float[Array, "_ _"], Float[Array, " _"]], ...]:
        """Draws the initial parameters of the perceptron."""
        return self.perceptron.initial(key)

    def features(self, x: Float[Array, "*batch inputs"]) -> Float[Array, "*batch features"]:
        """Computes the features √2 [cos(2π x B), sin(2π x B)].

        Args:
            x: inputs, shape (..., sizes[0]).

        Returns:
            Features of shape (..., 2 · frequencies).
        """
        draw = np.random.default_rng(self.seed).standard_normal((self.sizes[0], self.frequencies))
        # Phases reach hundreds of radians. The default matmul precision of accelerators is too low for that.
        turns = jnp.matmul(x, jnp.asarray(self.scale * draw, x.dtype), precision=jax.lax.Precision.HIGHEST)
        phases = 2 * math.pi * turns
        return math.sqrt(2) * jnp.concatenate([jnp.cos(phases), jnp.sin(phases)], axis=-1)

    def apply(self, parameters: Parameters, x: Float[Array, "*batch inputs"]) -> Float[Array, "*batch outputs"]:
        """Evaluates the network: g_θ(x).

        Args:
            parameters: one (weight, bias) pair per layer, with the shapes in `shapes`.
            x: inputs, shape (..., sizes[0]).

        Returns:
            Outputs, shape (..., sizes[-1]).
        """
        return self.perceptron.apply(parameters, self.features(x))
