"""Base class of multiplicative filter networks (Fathony et al., ICLR 2021, section 3)."""

import abc
import dataclasses
import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key, PyTree

from weightloom._keys import AnyKey, as_key
from weightloom._settings import Whole, setting
from weightloom.architectures.base import Architecture, LayerLeaves
from weightloom.architectures.dense import dense_layers, symmetric


class MultiplicativeParameters(NamedTuple):
    """Parameters θ of a multiplicative filter network.

    Attributes:
        filters: the parameters of each filter s_l, for l = 0, 1, …
        first_gain: b_0, the gain of the first filter.
        layers: (B_l, b_l) for l = 1, 2, … The last pair is the linear output layer.
    """

    filters: tuple[PyTree[Float[Array, "..."]], ...]
    first_gain: Float[Array, " width"]
    layers: tuple[tuple[Float[Array, "_ _"], Float[Array, " _"]], ...]


@dataclasses.dataclass(frozen=True)
class MultiplicativeNetwork(Architecture):
    """A network that multiplies filters of the input. It has linear layers and no other nonlinearity.

    h_0 = s_0(x) ⊙ b_0, h_l = s_l(x) ⊙ (h_{l−1} B_l + b_l), followed by a linear output layer (Fathony et al., ICLR
    2021, section 3). The gain b_0 is from DINo (Yin et al., ICLR 2023, section 3.2). A network of sizes
    (d, w_0, …, w_k, outputs) has one filter per hidden width. The initial B_l is uniform with variance 2/w. Because
    the mean square of a sine is 1/2, the mean square of h_l then does not depend on l. Initially b_0 is 1 and all other
    biases are 0.
    """

    sizes: tuple[Whole, ...] = setting(
        ..., "Widths from input to output, at least three.", min_length=3, example="(2, 64, 64, 1)"
    )
    scale: float = setting(64.0, "Scale of the filters' initial frequencies, in radians per unit of the inputs.", gt=0)

    @property
    def hidden(self) -> tuple[int, ...]:
        """Widths of the filters."""
        return self.sizes[1:-1]

    @property
    def layers(self) -> tuple[LayerLeaves, ...]:
        """A layer with only the bias b_0, then the layers (B_l, b_l)."""
        first = len(self.hidden) * self.leaves_per_filter
        return (LayerLeaves(None, first), *dense_layers(len(self.hidden), first + 1))

    @property
    @abc.abstractmethod
    def leaves_per_filter(self) -> int:
        """Number of arrays that parametrise one filter."""

    @abc.abstractmethod
    def initial_filters(self, key: Key[Array, ""]) -> tuple[PyTree[Float[Array, "..."]], ...]:
        """Draws the initial parameters of all filters.

        Args:
            key: random key.

        Returns:
            One pytree of `leaves_per_filter` arrays per filter.
        """

    @abc.abstractmethod
    def filtered(self, parameters: PyTree, x: Float[Array, "*batch inputs"]) -> Float[Array, "*batch width"]:
        """Evaluates one filter: s_l(x).

        Args:
            parameters: parameters of the filter.
            x: inputs, shape (..., sizes[0]).

        Returns:
            Values of shape (..., width).
        """

    def initial(self, key: AnyKey) -> MultiplicativeParameters:
        """Draws the initial parameters from the distributions in the class docstring."""
        filter_key, layer_key = jax.random.split(as_key(key))
        layer_keys = jax.random.split(layer_key, len(self.hidden))
        return MultiplicativeParameters(
            filters=self.initial_filters(filter_key),
            first_gain=jnp.ones(self.hidden[0]),
            layers=tuple(
                (symmetric(one, (inputs, outputs), math.sqrt(6 / inputs)), jnp.zeros(outputs))
                for one, inputs, outputs in zip(layer_keys, self.hidden, self.sizes[2:])
            ),
        )

    def apply(
        self, parameters: MultiplicativeParameters, x: Float[Array, "*batch inputs"]
    ) -> Float[Array, "*batch outputs"]:
        """Evaluates the network: g_θ(x).

        Args:
            parameters: θ, with the structure that `initial` returns.
            x: inputs, shape (..., sizes[0]).

        Returns:
            Outputs, shape (..., sizes[-1]).
        """
        first, *others = parameters.filters
        *inner, (weight, bias) = parameters.layers
        h = self.filtered(first, x) * parameters.first_gain
        for one, (inner_weight, inner_bias) in zip(others, inner):
            h = self.filtered(one, x) * (h @ inner_weight + inner_bias)
        return h @ weight + bias
