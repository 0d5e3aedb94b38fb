"""What multiplicative filter networks share (Fathony et al., ICLR 2021, section 3)."""

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
    """θ of a multiplicative filter network.

    Attributes:
        filters: the parameters of each filter s_l, l = 0, 1, …
        first: b_0, the gain of the first filter.
        layers: (B_l, b_l) for l = 1, 2, …; the last pair is the linear output.
    """

    filters: tuple[PyTree[Float[Array, "..."]], ...]
    first: Float[Array, " width"]
    layers: tuple[tuple[Float[Array, "_ _"], Float[Array, " _"]], ...]


@dataclasses.dataclass(frozen=True)
class MultiplicativeNetwork(Architecture):
    """Filters of the input, multiplied with one another through linear layers; there is no other nonlinearity.

    h_0 = s_0(x) ⊙ b_0, h_l = s_l(x) ⊙ (h_{l−1} B_l + b_l), and a linear output (Fathony et al., ICLR 2021, section 3;
    the gain b_0 is DINo's, Yin et al., ICLR 2023, section 3.2). A network of sizes (d, w_0, …, w_k, outputs) has a
    filter for each of the k + 1 hidden widths. B_l starts uniform with variance 2/w: half of a sine's square is
    left on average, so that the mean square of h_l does not depend on l. b_0 starts at 1, all other biases at 0.
    """

    sizes: tuple[Whole, ...] = setting(
        ..., "Widths from input to output, at least three.", min_length=3, example="(2, 64, 64, 1)"
    )
    scale: float = setting(
        64.0, "Scale of the filters' frequencies at the start, in radians per unit of the inputs.", gt=0
    )

    @property
    def hidden(self) -> tuple[int, ...]:
        """The widths of the filters."""
        return self.sizes[1:-1]

    @property
    def layers(self) -> tuple[LayerLeaves, ...]:
        """b_0 alone, then the pairs of (B_l, b_l)."""
        first = len(self.hidden) * self.leaves_per_filter
        return (LayerLeaves(None, first), *dense_layers(len(self.hidden), first + 1))

    @property
    @abc.abstractmethod
    def leaves_per_filter(self) -> int:
        """How many arrays describe one filter."""

    @abc.abstractmethod
    def initial_filters(self, key: Key[Array, ""]) -> tuple[PyTree[Float[Array, "..."]], ...]:
        """The parameters of all filters to start training from.

        Args:
            key: their randomness.

        Returns:
            `leaves_per_filter` arrays for each filter.
        """

    @abc.abstractmethod
    def filtered(self, parameters: PyTree, x: Float[Array, "*batch inputs"]) -> Float[Array, "*batch width"]:
        """The value s_l(x) of one filter.

        Args:
            parameters: of the filter.
            x: where, shape (..., inputs).

        Returns:
            Values of shape (..., width).
        """

    def initial(self, key: AnyKey) -> MultiplicativeParameters:
        """Parameters to start training from."""
        filter_key, layer_key = jax.random.split(as_key(key))
        layer_keys = jax.random.split(layer_key, len(self.hidden))
        return MultiplicativeParameters(
            filters=self.initial_filters(filter_key),
            first=jnp.ones(self.hidden[0]),
            layers=tuple(
                (symmetric(one, (inputs, outputs), math.sqrt(6 / inputs)), jnp.zeros(outputs))
                for one, inputs, outputs in zip(layer_keys, self.hidden, self.sizes[2:])
            ),
        )

    def apply(
        self, parameters: MultiplicativeParameters, x: Float[Array, "*batch inputs"]
    ) -> Float[Array, "*batch outputs"]:
        """The network's value g_θ(x).

        Args:
            parameters: as `initial` returns them.
            x: inputs, shape (..., sizes[0]).

        Returns:
            Outputs, shape (..., sizes[-1]).
        """
        first, *others = parameters.filters
        *inner, (weight, bias) = parameters.layers
        h = self.filtered(first, x) * parameters.first
        for one, (inner_weight, inner_bias) in zip(others, inner):
            h = self.filtered(one, x) * (h @ inner_weight + inner_bias)
        return h @ weight + bias
