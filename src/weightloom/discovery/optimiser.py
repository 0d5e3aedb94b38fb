"""The optimiser that a config describes."""

import optax

from weightloom.discovery.config import Config


def optimiser_of(config: Config) -> optax.GradientTransformation:
    """Adam on gradients clipped by their norm, at a learning rate that is constant or falls in the second half.

    Args:
        config: its `learning_rate`, `schedule` and `clip`; "cosine" falls to 0 along half a cosine.

    Returns:
        An Optax transformation.

    Examples:
        >>> import jax.numpy as jnp, weightloom as wl
        >>> from weightloom.discovery.config import configure
        >>> adam = optimiser_of(configure(wl.tasks.l1, wl.MLP((2, 3, 1)), seeds=1, steps=9, learning_rate=0.1))
        >>> updates, _ = adam.update(jnp.array([4.0]), adam.init(jnp.zeros(1)))
        >>> updates.round(3)
        Array([-0.1], dtype=float32)
    """
    rate: float | optax.Schedule = config.learning_rate
    if config.schedule == "cosine":
        half = config.steps // 2
        falling = optax.cosine_decay_schedule(config.learning_rate, config.steps - half)
        rate = optax.join_schedules([optax.constant_schedule(config.learning_rate), falling], [half])
    adam = optax.adam(rate)
    return adam if config.clip is None else optax.chain(optax.clip_by_global_norm(config.clip), adam)
