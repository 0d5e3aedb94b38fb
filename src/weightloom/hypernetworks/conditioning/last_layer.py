"""Conditioning of a network's output layer."""

from collections.abc import Sequence

from jaxtyping import Array, Float

from weightloom.hypernetworks.conditioning.base import Block, Conditioning, magnitudes


class LastLayer(Conditioning):
    """The condition changes weight and bias of the output layer; everything before it is shared.

    With a linear trunk the generated functions lie in an affine space: the shared layers are its basis functions, and
    the condition holds coordinates in it.

    The arguments, and what is raised, are those of `Conditioning`.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from weightloom.hypernetworks import LastLayer
        >>> from weightloom.networks import SIREN
        >>> hypernetwork = LastLayer(SIREN((2, 8, 1)), width=3, key=jax.random.key(0))
        >>> first, last = hypernetwork(jnp.ones(3)).parameters
        >>> bool((first[0] == hypernetwork.base[0][0]).all()), bool((last[0] == hypernetwork.base[1][0]).all())
        (True, False)
    """

    @property
    def changed(self) -> list[int]:
        """The numbers of the leaves that change."""
        return [leaf for layer in self.target.layers[-1:] for leaf in layer[:2] if leaf is not None]

    def blocks(self, leaves: Sequence[Float[Array, "..."]]) -> list[Block]:
        """A change of the weight and one of the bias."""
        sizes = magnitudes(self.target.layers, leaves)
        return [Block(leaves[leaf].shape, sizes[leaf]) for leaf in self.changed]

    def change(
        self, leaves: list[Float[Array, "..."]], emitted: Sequence[Float[Array, "..."]]
    ) -> list[Float[Array, "..."]]:
        """Weight and bias plus their changes; all other leaves stay."""
        for leaf, difference in zip(self.changed, emitted):
            leaves[leaf] = leaves[leaf] + difference
        return leaves
