"""The channel: the one way from encoder to decoder, metered in nats (Liao et al. 2023, appendix B.2.1)."""

import math
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float


class Sent(NamedTuple):
    """What came through a channel: samples, shape (features, edges), and their KL, shape (edges,)."""

    samples: Float[Array, "features edges"]
    kl: Float[Array, " edges"]


def send(
    encoder: Float[Array, "moments edges"],
    decoder: Float[Array, "moments edges"],
    noise: Float[Array, "features edges"],
    *,
    from_encoder: bool = True,
) -> Sent:
    """Sample from the encoder side's normal distribution q and meter KL(q‖p) against the decoder's p.

    Args:
        encoder: means μ (first half) and spreads s (second half) of q; log σ = 5 tanh(s/5) keeps σ
            between e⁻⁵ and e⁵.
        decoder: the same of p.
        noise: standard normal samples.
        from_encoder: False samples from p instead, the paper's ablation of the encoder (section 2.3).

    Returns:
        The samples, one copy for both sides, and the KL in nats, summed over the features.

    Examples:
        >>> import jax.numpy as jnp
        >>> from weightloom.hypernetworks.attentional.channel import send
        >>> q, p = jnp.array([[1.0], [0.0]]), jnp.zeros((2, 1))
        >>> send(q, p, jnp.zeros((1, 1))).kl  # (μ_q − μ_p)²/2 at equal σ = 1
        Array([0.5], dtype=float32)
    """
    mean_q, log_q = _normal(encoder)
    mean_p, log_p = _normal(decoder)
    ratio = log_q - log_p
    shift = (mean_q - mean_p) * jnp.exp(-log_p)
    # Near q = p, exp(2r) − 1 − 2r would cancel to about −1e-7; expm1 leaves a rounding error of 2r at most.
    excess = jnp.maximum(jnp.expm1(2 * ratio) - 2 * ratio, 0)
    kl = 0.5 * (excess + shift**2).sum(0)
    mean, log_deviation = (mean_q, log_q) if from_encoder else (mean_p, log_p)
    return Sent(mean + jnp.exp(log_deviation) * noise, kl)


def spread_of(std: float) -> float:
    """The spread s of a deviation σ: the inverse of log σ = 5 tanh(s/5).

    Args:
        std: σ, between e⁻⁵ and e⁵.

    Examples:
        >>> round(spread_of(1.0), 3), round(spread_of(0.15), 3)
        (0.0, -1.997)
    """
    return 5 * math.atanh(math.log(std) / 5)


def _normal(side: Float[Array, "..."]) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    mean, spread = jnp.split(side, 2)
    return mean, 5 * jnp.tanh(spread / 5)
