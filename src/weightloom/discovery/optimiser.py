"""The optimiser of a discovery run."""

import optax

from weightloom.discovery.config import Config
from weightloom.training.optimisers import adam


def optimiser_of(config: Config) -> optax.GradientTransformation:
    """Make the Adam optimiser of a config.

    Args:
        config: the config, of which `learning_rate`, `schedule`, `clip` and `steps` are used.

    Returns:
        An Optax transformation.

    Examples:
        >>> import jax.numpy as jnp, weightloom as wl
        >>> from weightloom.discovery.config import configure
        >>> optimiser = optimiser_of(configure(wl.tasks.l1, wl.MLP((2, 3, 1)), seeds=1, steps=9, learning_rate=0.1))
        >>> updates, _ = optimiser.update(jnp.array([4.0]), optimiser.init(jnp.zeros(1)))
        >>> updates.round(3)
        Array([-0.1], dtype=float32)
    """
    steps = config.steps if config.schedule == "cosine" else None
    return adam(config.learning_rate, steps, flat=config.steps // 2, clip=config.clip)
