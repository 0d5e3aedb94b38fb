"""Conditioning by shifts of biases, as in DINo's decoder."""

from collections.abc import Sequence

from jaxtyping import Array, Inexact

from weightloom.hypernetworks.conditioning.additive import Additive


class Shift(Additive, init=False):
    """b_l + A_l c: the condition shifts the bias of every hidden layer, through a linear map or a deeper trunk.

    With a `FourierNet` and `hidden=()` this is DINo's decoder (Yin et al., ICLR 2023, section 3.2). The trunk's matrix
    then contains all A_l side by side.

    For arguments and errors see `Conditioning`.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from weightloom.hypernetworks import Shift
        >>> from weightloom.architectures import FourierNet
        >>> decoder = Shift(FourierNet((2, 8, 8, 1)), width=3, key=jax.random.key(0))
        >>> parameters = decoder(jnp.ones(3))
        >>> decoder.target.apply(parameters, jnp.zeros((5, 2))).shape
        (5, 1)
    """

    def moved(self, leaves: Sequence[Inexact[Array, "..."]]) -> Sequence[int]:
        """The biases of the hidden layers."""
        return [layer.bias for layer in self.target.hidden_layers if layer.bias is not None]
