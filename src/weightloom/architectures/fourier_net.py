"""The Fourier multiplicative filter network, in the form of DINo's decoder."""

import dataclasses
import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from weightloom.architectures.dense import symmetric
from weightloom.architectures.multiplicative import MultiplicativeNetwork
from weightloom.errors import InputError


@dataclasses.dataclass(frozen=True)
class FourierNet(MultiplicativeNetwork):
    """A multiplicative filter network whose filters are s_l(x) = [sin(x W_l), cos(x W_l)], half the width each.

    DINo's decoder (Yin et al., ICLR 2023, section 3.2) after Fathony et al., ICLR 2021: the pair of sine and cosine
    replaces their phases. Products of sines are sines of sums of frequencies: the whole network is linear in
    exponentially many of them. W_l starts uniform within ±scale/√(inputs · number of filters), so that the variance
    of those sums does not depend on depth, and is trained like all parameters. DINo's decoder of n layers, which has
    n + 1 filters, is `FourierNet((d, *(n + 1) * (width,), 1))`.

    Raises:
        InputError: if a width or the scale cannot be used.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from weightloom.architectures import FourierNet
        >>> network = FourierNet((2, 64, 64, 1))
        >>> network.apply(network.initial(jax.random.key(0)), jnp.zeros((5, 2))).shape
        (5, 1)
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if any(width % 2 for width in self.hidden):
            raise InputError(f"hidden widths {self.hidden} cannot be halved into sines and cosines: give even ones.")

    @property
    def leaves_per_filter(self) -> int:
        """One: the frequencies W_l."""
        return 1

    def initial_filters(self, key: Key[Array, ""]) -> tuple[Float[Array, "inputs _"], ...]:
        """Kaiming-uniform frequencies (a = √5), times scale/√(number of filters)."""
        inputs, filters = self.sizes[0], len(self.hidden)
        bound = self.scale / math.sqrt(inputs * filters)
        keys = jax.random.split(key, filters)
        return tuple(symmetric(one, (inputs, width // 2), bound) for one, width in zip(keys, self.hidden))

    def filtered(
        self, parameters: Float[Array, "inputs half"], x: Float[Array, "*batch inputs"]
    ) -> Float[Array, "*batch width"]:
        """Sines, then cosines, of x W_l."""
        phases = x @ parameters
        return jnp.concatenate([jnp.sin(phases), jnp.cos(phases)], axis=-1)
