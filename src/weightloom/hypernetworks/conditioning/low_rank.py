"""Conditioning by changes of low rank."""

import math
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact

from weightloom._checks import check_whole
from weightloom._keys import AnyKey, as_key
from weightloom.architectures import Architecture, LayerLeaves
from weightloom.hypernetworks.conditioning.base import Block, Conditioning
from weightloom.hypernetworks.conditioning.layers import check_real, outputs_back, outputs_last, per_output
from weightloom.hypernetworks.conditioning.magnitudes import bias_size, fan_in, magnitude, outputs, rows


class LowRank(Conditioning):
    """W + U(c) V(c)ᵀ/√r: the condition changes every layer by a matrix of rank at most r.

    These are the changes of LoRA (Hu et al., ICLR 2022, section 4.1), generated from a condition. A bias is treated as
    the weight of one more input, so the change of a layer is one product. A convolution kernel is treated as a matrix:
    outputs × all other axes. U(c) is a trained matrix U₀ plus an emitted change. V(c) is emitted alone, so the change
    is 0 for the condition 0, but its derivative is not.

    With `frozen=True` the base network stays fixed: LoRA from a condition for a pretrained module.

    Args:
        target: architecture of the generated network.
        rank: r, the rank of the changes.

    For the other arguments and errors see `Conditioning`.

    Examples:
        >>> import jax, jax.numpy as jnp, numpy as np
        >>> from weightloom.hypernetworks import LowRank
        >>> from weightloom.architectures import SIREN
        >>> hypernetwork = LowRank(SIREN((4, 8, 1)), width=3, rank=2, key=jax.random.key(0))
        >>> change = hypernetwork(jnp.ones(3))[0][0] - hypernetwork.base[0][0]
        >>> int(np.linalg.matrix_rank(change, tol=1e-5))
        2
    """

    left: tuple[Float[Array, "..."], ...]
    rank: int = eqx.field(static=True)

    def __init__(
        self,
        target: Architecture,
        *,
        width: int,
        hidden: tuple[int, ...] = (),
        scale: float = 0.3,
        rank: int = 4,
        frozen: bool = False,
        key: AnyKey,
    ) -> None:
        check_whole(rank=rank)
        self.rank = rank
        left_key, key = jax.random.split(as_key(key))
        super().__init__(target, width=width, hidden=hidden, scale=scale, frozen=frozen, key=key)
        leaves = jax.tree.leaves(self.base)
        keys = jax.random.split(left_key, len(target.layers))
        self.left = tuple(
            jax.random.normal(one, _left_shape(layer, leaves, rank)) * _of_rows(layer, leaves)
            for one, layer in zip(keys, target.layers)
        )

    def blocks(self, leaves: Sequence[Inexact[Array, "..."]]) -> list[Block]:
        """The change of U₀, and V, for each layer."""
        check_real(self, self.target.layers, leaves)
        blocks = []
        for layer in self.target.layers:
            blocks.append(Block(_left_shape(layer, leaves, self.rank), _of_rows(layer, leaves)))
            blocks.append(Block((*outputs(layer, leaves), self.rank), _unit(layer, leaves)))
        return blocks

    def change(
        self, leaves: list[Inexact[Array, "..."]], emitted: Sequence[Float[Array, "..."]]
    ) -> list[Inexact[Array, "..."]]:
        """Adds the product to the weights and biases of each layer."""
        for layer, left, more, right in zip(self.target.layers, self.left, emitted[::2], emitted[1::2]):
            product = (left + more) @ jnp.swapaxes(right, -1, -2) / math.sqrt(self.rank)
            inputs = fan_in(layer, leaves)
            if layer.bias is not None:
                bias = leaves[layer.bias]
                # The bias adds to the sum over all inputs of an output.
                leaves[layer.bias] = bias + per_output(math.sqrt(max(inputs, 1)) * product[..., -1, :], bias)
            if layer.weight is not None:
                last = outputs_last(leaves[layer.weight], layer)
                changed = last + product[..., : rows(layer, leaves), :].reshape(last.shape)
                leaves[layer.weight] = outputs_back(changed, layer)
        return leaves


def _left_shape(layer: LayerLeaves, leaves: Sequence[Inexact[Array, "..."]], rank: int) -> tuple[int, ...]:
    """Shape of U: one row per weight of an output, and one for the bias."""
    return (*outputs(layer, leaves)[:-1], rows(layer, leaves) + (layer.bias is not None), rank)


def _unit(layer: LayerLeaves, leaves: Sequence[Inexact[Array, "..."]]) -> Float[Array, ""]:
    """Size of the changes of weights, before `scale`."""
    return magnitude(layer, leaves) / math.sqrt(max(fan_in(layer, leaves), 1))


def _of_rows(layer: LayerLeaves, leaves: Sequence[Inexact[Array, "..."]]) -> Float[Array, "rows 1"] | float:
    """Size of each row of U: 1, except for the row of a bias whose changes are relative to the bias."""
    if layer.bias is None or not layer.relative:
        return 1.0
    sizes = jnp.ones((rows(layer, leaves) + 1, 1))
    return sizes.at[-1].set(bias_size(layer, leaves) / magnitude(layer, leaves))
