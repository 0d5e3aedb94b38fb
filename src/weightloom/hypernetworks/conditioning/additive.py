"""What conditionings share that add a change to some of a network's arrays and leave the others alone."""

import abc
import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact

from weightloom.hypernetworks.conditioning.base import Block, Conditioning
from weightloom.hypernetworks.conditioning.magnitudes import magnitudes


class Additive(Conditioning, init=False):
    """Some leaves of θ₀ plus H(c); a member says which.

    The arguments, and what is raised, are those of `Conditioning`.
    """

    @abc.abstractmethod
    def moved(self, leaves: Sequence[Inexact[Array, "..."]]) -> Sequence[int]:
        """Which leaves change.

        Args:
            leaves: all leaves of the base network.

        Returns:
            The numbers of those that change.
        """

    def blocks(self, leaves: Sequence[Inexact[Array, "..."]]) -> list[Block]:
        """A change of each leaf that changes, as large as the leaf; of a bias, as large as its layer's outputs."""
        sizes = magnitudes(self.target.layers, leaves)
        return [_block(leaves[leaf], sizes[leaf]) for leaf in self.moved(leaves)]

    def change(
        self, leaves: list[Inexact[Array, "..."]], emitted: Sequence[Float[Array, "..."]]
    ) -> list[Inexact[Array, "..."]]:
        """Leaves plus their changes; all others stay."""
        for leaf, difference in zip(self.moved(leaves), emitted):
            if jnp.iscomplexobj(leaves[leaf]):
                difference = jax.lax.complex(*difference)
            leaves[leaf] = leaves[leaf] + difference
        return leaves


def _block(leaf: Inexact[Array, "..."], size: Float[Array, ""] | float) -> Block:
    """The change of one leaf; of a complex one, real and imaginary parts."""
    if jnp.iscomplexobj(leaf):
        return Block((2, *leaf.shape), size / math.sqrt(2))
    return Block(leaf.shape, size)
