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
    """A multilayer perceptron that sees √2 [cos(2π x B), sin(2π x B)] in place of x.

    B has independent normal entries of deviation `scale` (Tancik et al., NeurIPS 2020, section 4): the mean product of
    the features of x and y tends to exp(−2π² scale² ‖x − y‖²), a Gaussian kernel whose width the network inherits. B is
    drawn from `seed` and is part of the description, not of the parameters. The factor √2 gives the features a mean
    square of 1, as an MLP expects of its inputs.

    Raises:
        InputError: if a width, a number or the activation cannot be used.

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
    frequencies: int = setting(128, "Columns of B, half as many as there are features.", ge=1)
    scale: float = setting(5.0, "Scale of the frequencies, in cycles per unit of the inputs.", gt=0)
    seed: int = setting(0, "The seed that draws B.", ge=0)
    activation: str = setting(
        "swish", "The activation, a name from `weightloom.architectures.ACTIVATIONS`.", choices=ACTIVATIONS
    )

    @property
    def perceptron(self) -> MLP:
        """The network behind the features, whose parameters are those of the whole."""
        return MLP((2 * self.frequencies, *self.sizes[1:]), self.activation)

    @property
    def shapes(self) -> tuple[tuple[tuple[int, int], tuple[int]], ...]:
        """Shapes of the parameters: a pair ((inputs, outputs), (outputs,)) per layer, from the features on."""
        return self.perceptron.shapes

    @property
    def layers(self) -> tuple[LayerLeaves, ...]:
        """All of the perceptron's."""
        return self.perceptron.layers

    def initial(self, key: AnyKey) -> tuple[tuple[Float[Array, "_ _"], Float[Array, " _"]], ...]:
        """Parameters to start training from: the perceptron's."""
        return self.perceptron.initial(key)

    def features(self, x: Float[Array, "*batch inputs"]) -> Float[Array, "*batch features"]:
        """√2 [cos(2π x B), sin(2π x B)].

        Args:
            x: where, shape (..., inputs).

        Returns:
            Features of shape (..., 2 · frequencies).
        """
        draw = np.random.default_rng(self.seed).standard_normal((self.sizes[0], self.frequencies))
        # Some phases are hundreds of radians: half-precision products, an accelerator's default, would blur them.
        turns = jnp.matmul(x, jnp.asarray(self.scale * draw, x.dtype), precision=jax.lax.Precision.HIGHEST)
        phases = 2 * math.pi * turns
        return math.sqrt(2) * jnp.concatenate([jnp.cos(phases), jnp.sin(phases)], axis=-1)

    def apply(self, parameters: Parameters, x: Float[Array, "*batch inputs"]) -> Float[Array, "*batch outputs"]:
        """The network's value g_θ(x).

        Args:
            parameters: a (weight, bias) pair per layer, shaped as in `shapes`.
            x: inputs, shape (..., sizes[0]).

        Returns:
            Outputs, shape (..., sizes[-1]).
        """
        return self.perceptron.apply(parameters, self.features(x))
