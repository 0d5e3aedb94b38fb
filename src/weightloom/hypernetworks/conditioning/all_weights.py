"""Conditioning of all parameters of a network."""

from collections.abc import Sequence

from jaxtyping import Array, Inexact

from weightloom.hypernetworks.conditioning.additive import Additive


class AllWeights(Additive, init=False):
    """θ₀ + H(c): the condition changes every array of the network, as in Ha et al., ICLR 2017, section 3.

    For arguments and errors see `Conditioning`.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from weightloom.hypernetworks import AllWeights
        >>> from weightloom.architectures import SIREN
        >>> hypernetwork = AllWeights(SIREN((2, 8, 1)), width=3, hidden=(16,), key=jax.random.key(0))
        >>> [(w.shape, b.shape) for w, b in hypernetwork(jnp.ones(3))]
        [((2, 8), (8,)), ((8, 1), (1,))]
    """

    def moved(self, leaves: Sequence[Inexact[Array, "..."]]) -> Sequence[int]:
        """All generated leaves."""
        return range(len(leaves)) if self.target.generated is None else self.target.generated
