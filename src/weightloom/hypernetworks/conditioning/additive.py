"""What conditionings share that add a change to some of a network's arrays and leave the others alone."""

import abc
from collections.abc import Sequence

from jaxtyping import Array, Float

from weightloom.hypernetworks.conditioning.base import Block, Conditioning, magnitudes


class Additive(Conditioning, init=False):
    """Some leaves of θ₀ plus H(c); a member says which.

    The arguments, and what is raised, are those of `Conditioning`.
    """

    @abc.abstractmethod
    def moved(self, leaves: Sequence[Float[Array, "..."]]) -> Sequence[int]:
        """Which leaves change.

        Args:
            leaves: all leaves of the base network.

        Returns:
            The numbers of those that change.
        """

    def blocks(self, leaves: Sequence[Float[Array, "..."]]) -> list[Block]:
        """A change of each leaf that changes, as large as the leaf; of a bias, as large as its layer's outputs."""
        sizes = magnitudes(self.target.layers, leaves)
        return [Block(leaves[leaf].shape, sizes[leaf]) for leaf in self.moved(leaves)]

    def change(
        self, leaves: list[Float[Array, "..."]], emitted: Sequence[Float[Array, "..."]]
    ) -> list[Float[Array, "..."]]:
        """Leaves plus their changes; all others stay."""
        for leaf, difference in zip(self.moved(leaves), emitted):
            leaves[leaf] = leaves[leaf] + difference
        return leaves
