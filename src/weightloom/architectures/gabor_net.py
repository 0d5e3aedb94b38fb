"""The Gabor multiplicative filter network (Fathony et al., ICLR 2021, section 3)."""

import dataclasses
import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from weightloom.architectures.dense import symmetric
from weightloom.architectures.multiplicative import MultiplicativeNetwork


class GaborFilter(NamedTuple):
    """A plane wave of frequency ω and phase φ within a Gaussian around μ of precision γ = exp(log_precision)."""

    frequency: Float[Array, "inputs width"]
    phase: Float[Array, " width"]
    centre: Float[Array, "inputs width"]
    log_precision: Float[Array, " width"]


@dataclasses.dataclass(frozen=True)
class GaborNet(MultiplicativeNetwork):
    """A multiplicative filter network of Gabor wavelets s(x) = exp(−γ/2 ‖x − μ‖²) sin(x·ω + φ).

    Fathony et al., ICLR 2021, section 3. Its product of k filters is again a sum of wavelets, whose precisions add
    up: γ starts as Gamma(6/k, 1), so that the sum is Gamma(6, 1) whatever the depth, μ uniform within [−1, 1], φ within
    ±π, and ω uniform within ±scale/√(inputs·k), times √γ, so that all wavelets show about as many waves. γ is trained
    through its logarithm, which keeps it positive.

    Raises:
        InputError: if a width or the scale cannot be used.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from weightloom.architectures import GaborNet
        >>> network = GaborNet((2, 32, 32, 1))
        >>> network.apply(network.initial(jax.random.key(0)), jnp.zeros((5, 2))).shape
        (5, 1)
    """

    @property
    def leaves_per_filter(self) -> int:
        """Frequency, phase, centre and log-precision."""
        return len(GaborFilter._fields)

    def initial_filters(self, key: Key[Array, ""]) -> tuple[GaborFilter, ...]:
        """Wavelets all over [−1, 1], see the class."""
        frequency_key, phase_key, centre_key, precision_key = jax.random.split(key, 4)
        inputs, filters, total = self.sizes[0], len(self.hidden), sum(self.hidden)
        # The logarithm is drawn directly: Gamma(6/k) of a deep network has values that underflow.
        log_precision = jax.random.loggamma(precision_key, SHAPE / filters, (total,))
        bound = self.scale / math.sqrt(inputs * filters)
        drawn = GaborFilter(
            frequency=symmetric(frequency_key, (inputs, total), bound) * jnp.exp(log_precision / 2),
            phase=symmetric(phase_key, (total,), math.pi),
            centre=symmetric(centre_key, (inputs, total), 1.0),
            log_precision=log_precision,
        )
        ends = np.cumsum(self.hidden)
        return tuple(
            GaborFilter(*(leaf[..., end - width : end] for leaf in drawn)) for end, width in zip(ends, self.hidden)
        )

    def filtered(self, parameters: GaborFilter, x: Float[Array, "*batch inputs"]) -> Float[Array, "*batch width"]:
        """Every wavelet of one filter at x."""
        # Differences rather than expanded squares: those cancel for narrow wavelets in single precision.
        distance = ((x[..., None] - parameters.centre) ** 2).sum(axis=-2)
        envelope = jnp.exp(-jnp.exp(parameters.log_precision) / 2 * distance)
        return envelope * jnp.sin(x @ parameters.frequency + parameters.phase)


# The shape of the Gamma distribution of a whole product's precision; its rate is 1.
SHAPE = 6.0
