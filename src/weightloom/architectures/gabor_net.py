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
    """Parameters of Gabor wavelets: frequency ω, phase φ, centre μ and the logarithm of the precision γ."""

    frequency: Float[Array, "inputs width"]
    phase: Float[Array, " width"]
    centre: Float[Array, "inputs width"]
    log_precision: Float[Array, " width"]


@dataclasses.dataclass(frozen=True)
class GaborNet(MultiplicativeNetwork):
    """A multiplicative filter network with Gabor wavelets s(x) = exp(−γ/2 ‖x − μ‖²) sin(x·ω + φ) as filters.

    From Fathony et al., ICLR 2021, section 3. A product of k filters is a sum of wavelets whose precisions add up.
    Initial distributions, for k filters:

    - γ: Gamma(6/k, 1). The summed precision is then Gamma(6, 1) at any depth. The parameter is log γ.
    - μ: uniform on [−1, 1].
    - φ: uniform on [−π, π].
    - ω: uniform on ±scale/√(inputs·k), multiplied by √γ. Wavelets of all widths then have a similar number of waves.

    Inputs should lie in [−1, 1].

    Raises:
        InputError: if a width or the scale is invalid.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from weightloom.architectures import GaborNet
        >>> network = GaborNet((2, 32, 32, 1))
        >>> network.apply(network.initial(jax.random.key(0)), jnp.zeros((5, 2))).shape
        (5, 1)
    """

    @property
    def leaves_per_filter(self) -> int:
        """Four arrays per filter: frequency, phase, centre and log-precision."""
        return len(GaborFilter._fields)

    def initial_filters(self, key: Key[Array, ""]) -> tuple[GaborFilter, ...]:
        """Draws wavelets from the distributions in the class docstring."""
        frequency_key, phase_key, centre_key, precision_key = jax.random.split(key, 4)
        inputs, filters, total = self.sizes[0], len(self.hidden), sum(self.hidden)
        # Draw log γ directly: for large k, draws of γ from Gamma(6/k) underflow.
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
        """Evaluates the wavelets of one filter at x."""
        # Subtract before squaring: the expanded square cancels in single precision for narrow wavelets.
        distance = ((x[..., None] - parameters.centre) ** 2).sum(axis=-2)
        envelope = jnp.exp(-jnp.exp(parameters.log_precision) / 2 * distance)
        return envelope * jnp.sin(x @ parameters.frequency + parameters.phase)


# Shape of the Gamma distribution of the summed precision. The rate is 1.
SHAPE = 6.0
