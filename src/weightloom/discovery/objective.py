"""The training objective log(L + β·KL) for sampled β (Liao et al. 2023, appendix B.2.2)."""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Integer, Key

from weightloom.discovery.config import Config

WARMUP_START = 1e-7


def pareto_loss(loss: Float[Array, ""], kl: Float[Array, ""], log_beta: Float[Array, ""]) -> Float[Array, ""]:
    """The objective log(L + β·KL), where KL is the sum over all channels in nats."""
    return jnp.log(loss + jnp.exp(log_beta) * kl)


def sample_log_beta(config: Config, step: Integer[Array, ""], key: Key[Array, ""]) -> Float[Array, " betas"]:
    """Sample log β (natural logarithm) uniformly from the range of the step.

    In the warm-up regime, the upper end of the range of log β rises linearly with the step.

    Args:
        config: the config, of which `regime`, `warmup`, `beta_range` and `betas_per_step` are used.
        step: the index of the step.
        key: a JAX key.

    Returns:
        Values of log β, shape (betas_per_step,).
    """
    low, high = map(math.log, config.beta_range)
    top = jnp.float32(high)
    if config.regime == "warmup":
        begin, end = config.warmup
        progress = jnp.clip((step.astype(jnp.float32) - begin) / max(end - begin, 1), 0, 1)
        start = min(max(math.log(WARMUP_START), low), high)
        top = start + progress * (high - start)
    return low + (top - low) * jax.random.uniform(key, (config.betas_per_step,))
