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
    """A multiplicative filter network with filters s_l(x) = [sin(x W_l), cos(x W_l)], half of the width each.

    This is DINo's decoder (Yin et al., ICLR 2023, section 3.2). Fathony et al., ICLR 2021, use a sine with a phase in
    place of the sine and cosine. A product of sines is a sum of sines of summed frequencies. The network is therefore
    linear in exponentially many sines. W_l is trained. Its initial distribution is uniform on
    ±scale/√(inputs · number of filters): the variance of the summed frequencies does not depend on depth. DINo's
    decoder of n layers has n + 1 filters: `FourierNet((d, *(n + 1) * (width,), 1))`. Hidden widths must be even.

    Raises:
        InputError: if a width or the scale is invalid.

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
            raise InputError(
                f"hidden widths {self.hidden} include an odd number: give even widths, for as many sines as cosines."
            )

    @property
    def leaves_per_filter(self) -> int:
        """One array per filter: the frequencies W_l."""
        return 1

    def initial_filters(self, key: Key[Array, ""]) -> tuple[Float[Array, "inputs _"], ...]:
        """Draws Kaiming-uniform frequencies (a = √5), multiplied by scale/√(number of filters)."""
        inputs, filters = self.sizes[0], len(self.hidden)
        bound = self.scale / math.sqrt(inputs * filters)
        keys = jax.random.split(key, filters)
        return tuple(symmetric(one, (inputs, width // 2), bound) for one, width in zip(keys, self.hidden))

    def filtered(
        self, parameters: Float[Array, "inputs half"], x: Float[Array, "*batch inputs"]
    ) -> Float[Array, "*batch width"]:
        """Evaluates one filter: sin(x W_l), then cos(x W_l)."""
        phases = x @ parameters
        return jnp.concatenate([jnp.sin(phases), jnp.cos(phases)], axis=-1)
