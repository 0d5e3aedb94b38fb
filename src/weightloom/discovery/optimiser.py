"""The optimiser that a config describes."""

import optax

from weightloom.discovery.config import Config


def optimiser_of(config: Config) -> optax.GradientTransformation:
    """Adam, at a constant learning rate or one that falls along half a cosine to 0, on gradients clipped by their norm.

    Args:
        config: its `learning_rate`, `schedule` and `clip`.

    Returns:
        An Optax transformation.
    """
    rate: float | optax.Schedule = config.learning_rate
    if config.schedule == "cosine":
        rate = optax.cosine_decay_schedule(config.learning_rate, config.steps)
    adam = optax.adam(rate)
    return adam if config.clip is None else optax.chain(optax.clip_by_global_norm(config.clip), adam)
