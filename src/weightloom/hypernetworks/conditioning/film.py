"""Conditioning by feature-wise affine maps (Perez et al., AAAI 2018)."""

from collections.abc import Sequence

import jax.numpy as jnp
from jaxtyping import Array, Float

from weightloom.hypernetworks.conditioning.base import Block, Conditioning, magnitude, outputs


class FiLM(Conditioning, init=False):
    """(1 + γ) ⊙ (x W + b) + δ: the condition scales and shifts the outputs of every hidden layer.

    Feature-wise linear modulation (Perez et al., AAAI 2018, section 2), before the nonlinearity. It is a map of
    parameters, since the modulated layer is x (W (1 + γ)) + (b (1 + γ) + δ): no network needs code for it. A layer
    without a bias is scaled only.

    The arguments, and what is raised, are those of `Conditioning`.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from weightloom.hypernetworks import FiLM
        >>> from weightloom.architectures import SIREN
        >>> hypernetwork = FiLM(SIREN((2, 8, 1)), width=3, key=jax.random.key(0))
        >>> [(w.shape, b.shape) for w, b in hypernetwork(jnp.ones(3))]
        [((2, 8), (8,)), ((8, 1), (1,))]
    """

    def blocks(self, leaves: Sequence[Float[Array, "..."]]) -> list[Block]:
        """γ and δ for each layer, δ as large as the layer's outputs."""
        blocks = []
        for layer in self.target.layers[:-1]:
            blocks.append(Block((outputs(layer, leaves),), 1.0))
            if layer.bias is not None:
                blocks.append(Block((outputs(layer, leaves),), magnitude(layer, leaves)))
        return blocks

    def change(
        self, leaves: list[Float[Array, "..."]], emitted: Sequence[Float[Array, "..."]]
    ) -> list[Float[Array, "..."]]:
        """W (1 + γ) and b (1 + γ) + δ; all other leaves stay."""
        blocks = iter(emitted)
        for layer in self.target.layers[:-1]:
            gain = 1 + next(blocks)
            if layer.weight is not None:
                leaves[layer.weight] = _scaled(leaves[layer.weight], gain, layer.axis)
            if layer.bias is not None:
                bias = _scaled(leaves[layer.bias], gain, 0)
                leaves[layer.bias] = bias + next(blocks).reshape(-1, *(1,) * (bias.ndim - 1))
        return leaves


def _scaled(leaf: Float[Array, "..."], gain: Float[Array, "..."], axis: int) -> Float[Array, "..."]:
    return jnp.moveaxis(jnp.moveaxis(leaf, axis, -1) * gain, -1, axis)
