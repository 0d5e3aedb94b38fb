"""Conditioning by feature-wise affine maps (Perez et al., AAAI 2018)."""

from collections.abc import Sequence

from jaxtyping import Array, Float, Inexact

from weightloom.hypernetworks.conditioning.base import Block, Conditioning
from weightloom.hypernetworks.conditioning.layers import check_real, per_output, scaled
from weightloom.hypernetworks.conditioning.magnitudes import bias_size, outputs


class FiLM(Conditioning, init=False):
    """(1 + γ) ⊙ (x W + b) + δ: the condition scales and shifts the outputs of every hidden layer.

    Feature-wise linear modulation (Perez et al., AAAI 2018, section 2), before the nonlinearity. It changes the
    parameters only, to W (1 + γ) and b (1 + γ) + δ, so the network needs no extra code. The outputs of a convolution
    are its channels. A layer without a bias is only scaled.

    For arguments and errors see `Conditioning`.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from weightloom.hypernetworks import FiLM
        >>> from weightloom.architectures import SIREN
        >>> hypernetwork = FiLM(SIREN((2, 8, 1)), width=3, key=jax.random.key(0))
        >>> [(w.shape, b.shape) for w, b in hypernetwork(jnp.ones(3))]
        [((2, 8), (8,)), ((8, 1), (1,))]
    """

    def blocks(self, leaves: Sequence[Inexact[Array, "..."]]) -> list[Block]:
        """γ and δ for each layer. δ has the size of a bias change."""
        check_real(self, self.target.hidden_layers, leaves)
        blocks = []
        for layer in self.target.hidden_layers:
            blocks.append(Block(outputs(layer, leaves), 1.0))
            if layer.bias is not None:
                blocks.append(Block(outputs(layer, leaves), bias_size(layer, leaves)))
        return blocks

    def change(
        self, leaves: list[Inexact[Array, "..."]], emitted: Sequence[Float[Array, "..."]]
    ) -> list[Inexact[Array, "..."]]:
        """W (1 + γ) and b (1 + γ) + δ for each hidden layer."""
        blocks = iter(emitted)
        for layer in self.target.hidden_layers:
            gain = 1 + next(blocks)
            if layer.weight is not None:
                leaves[layer.weight] = scaled(leaves[layer.weight], gain, layer)
            if layer.bias is not None:
                bias = leaves[layer.bias]
                leaves[layer.bias] = bias * per_output(gain, bias) + per_output(next(blocks), bias)
        return leaves
