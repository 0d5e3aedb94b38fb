"""Multilayer perceptrons over random Fourier features (Tancik et al., NeurIPS 2020)."""

import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from weightloom._checks import is_real, is_whole
from weightloom._keys import AnyKey
from weightloom._words import shown
from weightloom.architectures.base import Architecture, LayerLeaves, Parameters
from weightloom.architectures.mlp import MLP
from weightloom.architectures.sizes import checked_sizes
from weightloom.errors import InputError


@dataclasses.dataclass(frozen=True)
class FourierFeatures(Architecture):
    """A multilayer perceptron that sees √2 [cos(2π x B), sin(2π x B)] in place of x.

    B has independent normal entries of deviation `scale` (Tancik et al., NeurIPS 2020, section 4): the mean product of
    the features of x and y tends to exp(−2π² scale² ‖x − y‖²), a Gaussian kernel whose width the network inherits. B is
    drawn from `seed` and is part of the description, not of the parameters. The factor √2 gives the features a mean
    square of 1, as an MLP expects of its inputs.

    Args:
        sizes: widths from input to output, at least two.
        frequencies: columns of B, half as many as there are features.
        scale: of the frequencies, in cycles per unit of the inputs.
        seed: draws B.
        activation: a name from `weightloom.architectures.ACTIVATIONS`.

    Raises:
        InputError: if a width, a number or the activation cannot be used.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from weightloom.architectures import FourierFeatures
        >>> network = FourierFeatures((2, 32, 1), frequencies=16)
        >>> network.shapes[0]
        ((32, 32), (32,))
    """

    sizes: tuple[int, ...]
    frequencies: int = 128
    scale: float = 5.0
    seed: int = 0
    activation: str = "swish"

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", checked_sizes(self.sizes))
        whole = is_whole(self.frequencies) and is_whole(self.seed, 0)
        if not (whole and is_real(self.scale) and 0 < self.scale < math.inf):
            raise InputError(
                f"frequencies {self.frequencies!r}, scale {self.scale!r} and seed {shown(self.seed)} cannot be used: "
                "give at least one frequency, a positive scale and a seed of at least 0."
            )
        _ = self.perceptron  # says what is wrong with the activation

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
