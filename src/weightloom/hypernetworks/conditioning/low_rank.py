"""Conditioning by changes of low rank."""

import math
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from weightloom._checks import check_whole
from weightloom._keys import AnyKey, as_key
from weightloom.architectures import Architecture, LayerLeaves
from weightloom.hypernetworks.conditioning.base import Block, Conditioning, fan_in, magnitude, outputs


class LowRank(Conditioning):
    """W + U(c) V(c)ᵀ/√r: the condition changes every layer, by a matrix of rank r at most.

    The changes are those of Hu et al., ICLR 2022, section 4.1, generated from a condition. A bias counts as the weight
    of one more input, so that a layer's change is one product. U(c) = U₀ + what the trunk emits, where U₀ is drawn and
    trained, and V(c) is emitted alone: the change is 0 for the condition 0, but its derivative is not.

    Args:
        target: the architecture that it generates.
        rank: r, of the changes.

    The other arguments, and what is raised, are those of `Conditioning`.

    Examples:
        >>> import jax, jax.numpy as jnp, numpy as np
        >>> from weightloom.hypernetworks import LowRank
        >>> from weightloom.architectures import SIREN
        >>> hypernetwork = LowRank(SIREN((4, 8, 1)), width=3, rank=2, key=jax.random.key(0))
        >>> change = hypernetwork(jnp.ones(3))[0][0] - hypernetwork.base[0][0]
        >>> int(np.linalg.matrix_rank(change, tol=1e-5))
        2
    """

    left: tuple[Float[Array, "_ _"], ...]
    rank: int = eqx.field(static=True)

    def __init__(
        self,
        target: Architecture,
        *,
        width: int,
        hidden: tuple[int, ...] = (),
        scale: float = 0.3,
        rank: int = 4,
        key: AnyKey,
    ) -> None:
        check_whole(rank=rank)
        self.rank = rank
        left_key, key = jax.random.split(as_key(key))
        super().__init__(target, width=width, hidden=hidden, scale=scale, key=key)
        leaves = jax.tree.leaves(self.base)
        keys = jax.random.split(left_key, len(target.layers))
        self.left = tuple(
            jax.random.normal(one, (_rows(layer, leaves), rank)) for one, layer in zip(keys, target.layers)
        )

    def blocks(self, leaves: Sequence[Float[Array, "..."]]) -> list[Block]:
        """What is added to U₀, and V, for each layer."""
        blocks = []
        for layer in self.target.layers:
            weight_size = magnitude(layer, leaves) / math.sqrt(max(fan_in(layer, leaves), 1))
            blocks.append(Block((_rows(layer, leaves), self.rank), 1.0))
            blocks.append(Block((outputs(layer, leaves), self.rank), weight_size))
        return blocks

    def change(
        self, leaves: list[Float[Array, "..."]], emitted: Sequence[Float[Array, "..."]]
    ) -> list[Float[Array, "..."]]:
        """Weights and biases plus their shares of the product; all other leaves stay."""
        for layer, left, more, right in zip(self.target.layers, self.left, emitted[::2], emitted[1::2]):
            product = (left + more) @ right.T / math.sqrt(self.rank)
            inputs = fan_in(layer, leaves)
            if layer.bias is not None:
                bias = leaves[layer.bias]
                # A bias is as large as what all weights of an output contribute together.
                leaves[layer.bias] = bias + (math.sqrt(max(inputs, 1)) * product[-1]).reshape(bias.shape)
            if layer.weight is not None:
                outputs_last = jnp.moveaxis(leaves[layer.weight], layer.axis, -1)
                changed = outputs_last + product[:inputs].reshape(outputs_last.shape)
                leaves[layer.weight] = jnp.moveaxis(changed, -1, layer.axis)
        return leaves


def _rows(layer: LayerLeaves, leaves: Sequence[Float[Array, "..."]]) -> int:
    return fan_in(layer, leaves) + (layer.bias is not None)
