"""Conditioning of a network's output layer."""

from collections.abc import Sequence

from jaxtyping import Array, Inexact

from weightloom.hypernetworks.conditioning.additive import Additive


class LastLayer(Additive, init=False):
    """The condition changes weight and bias of the output layer; everything before it is shared.

    With a linear trunk the generated functions lie in an affine space: the shared layers are its basis functions, and
    the condition holds coordinates in it. In a `ModuleNetwork` the output layer is the last one in the order of the
    module's fields; `where` chooses another.

    The arguments, and what is raised, are those of `Conditioning`.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from weightloom.hypernetworks import LastLayer
        >>> from weightloom.architectures import SIREN
        >>> hypernetwork = LastLayer(SIREN((2, 8, 1)), width=3, key=jax.random.key(0))
        >>> first, last = hypernetwork(jnp.ones(3))
        >>> bool((first[0] == hypernetwork.base[0][0]).all()), bool((last[0] == hypernetwork.base[1][0]).all())
        (True, False)
    """

    def moved(self, leaves: Sequence[Inexact[Array, "..."]]) -> Sequence[int]:
        """The output layer's weight and bias."""
        return [leaf for layer in self.target.layers[-1:] for leaf in layer[:2] if leaf is not None]
