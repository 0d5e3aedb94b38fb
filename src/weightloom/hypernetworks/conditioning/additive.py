"""Base class of conditionings that add a change to some arrays of a network."""

import abc
import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact

from weightloom.hypernetworks.conditioning.base import Block, Conditioning
from weightloom.hypernetworks.conditioning.magnitudes import magnitudes


class Additive(Conditioning, init=False):
    """Adds H(c) to some leaves of θ₀. Subclasses select the leaves.

    For arguments and errors see `Conditioning`.
    """

    @abc.abstractmethod
    def moved(self, leaves: Sequence[Inexact[Array, "..."]]) -> Sequence[int]:
        """Selects the leaves that change.

        Args:
            leaves: leaves of the base network.

        Returns:
            Indices of the leaves that change.
        """

    def blocks(self, leaves: Sequence[Inexact[Array, "..."]]) -> list[Block]:
        """One block per selected leaf. Changes of biases are sized by their layer."""
        sizes = magnitudes(self.target.layers, leaves)
        return [_block(leaves[leaf], sizes[leaf]) for leaf in self.moved(leaves)]

    def change(
        self, leaves: list[Inexact[Array, "..."]], emitted: Sequence[Float[Array, "..."]]
    ) -> list[Inexact[Array, "..."]]:
        """Adds the changes to the selected leaves."""
        for leaf, difference in zip(self.moved(leaves), emitted):
            if jnp.iscomplexobj(leaves[leaf]):
                difference = jax.lax.complex(*difference)
            leaves[leaf] = leaves[leaf] + difference
        return leaves


def _block(leaf: Inexact[Array, "..."], size: Float[Array, ""] | float) -> Block:
    """The change of one leaf. For a complex leaf, its real and imaginary part."""
    if jnp.iscomplexobj(leaf):
        return Block((2, *leaf.shape), size / math.sqrt(2))
    return Block(leaf.shape, size)
