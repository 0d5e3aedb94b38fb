"""Conditioning by shifts of biases, as DINo's decoder has it."""

from collections.abc import Sequence

import equinox as eqx
from jaxtyping import Array, Float, Key

from weightloom.hypernetworks.conditioning.base import Block, Conditioning, magnitude
from weightloom.networks import Architecture, LayerLeaves


class Shift(Conditioning):
    """b_l + A_l c: the condition is added, through a linear map or a deeper trunk, to the bias of every hidden layer.

    With a `FourierNet` and `hidden=()` it is DINo's decoder (Yin et al., ICLR 2023, section 3.2), where the trunk's
    map is all A_l side by side.

    Args:
        target: the architecture that it generates.
        last: shift the output layer too.

    The other arguments, and what is raised, are those of `Conditioning`.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from weightloom.hypernetworks import Shift
        >>> from weightloom.networks import FourierNet
        >>> decoder = Shift(FourierNet((2, 8, 8, 1)), width=3, key=jax.random.key(0))
        >>> parameters, _ = decoder(jnp.ones(3))
        >>> decoder.target.apply(parameters, jnp.zeros((5, 2))).shape
        (5, 1)
    """

    last: bool = eqx.field(static=True)

    def __init__(
        self,
        target: Architecture,
        *,
        width: int,
        hidden: tuple[int, ...] = (),
        scale: float = 0.3,
        last: bool = False,
        key: Key[Array, ""],
    ) -> None:
        self.last = last
        super().__init__(target, width=width, hidden=hidden, scale=scale, key=key)

    @property
    def shifted(self) -> dict[int, LayerLeaves]:
        """The biases that are shifted, as numbers of leaves, and their layers."""
        layers = self.target.layers if self.last else self.target.layers[:-1]
        return {layer.bias: layer for layer in layers if layer.bias is not None}

    def blocks(self, leaves: Sequence[Float[Array, "..."]]) -> list[Block]:
        """A shift for each bias, as large as the layer's outputs."""
        return [Block(leaves[bias].shape, magnitude(layer, leaves)) for bias, layer in self.shifted.items()]

    def change(
        self, leaves: list[Float[Array, "..."]], emitted: Sequence[Float[Array, "..."]]
    ) -> list[Float[Array, "..."]]:
        """Biases plus shifts; all other leaves stay."""
        for bias, shift in zip(self.shifted, emitted):
            leaves[bias] = leaves[bias] + shift
        return leaves
