"""Conditioning of the output layer."""

from collections.abc import Sequence

from jaxtyping import Array, Inexact

from weightloom.hypernetworks.conditioning.additive import Additive


class LastLayer(Additive, init=False):
    """The condition changes weight and bias of the output layer. All other layers are shared.

    With a linear trunk the generated functions form an affine space. The shared layers compute its basis functions,
    and the condition contains coordinates. The output layer of a `ModuleNetwork` is the last layer in the order of the
    module's fields, or the last one that `where` selects.

    For arguments and errors see `Conditioning`.

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
