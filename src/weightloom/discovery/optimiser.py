"""The optimiser of a discovery run."""

import optax

from weightloom.discovery.config import Config
from weightloom.training.optimisers import adam


def optimiser_of(config: Config) -> optax.GradientTransformation:
    """Make the Adam optimiser of a config.

    Args:
        config: the config, of which `learning_rate`, `schedule`, `clip`, `steps` and `ends` are used. The schedule is
            that of the steps since the last of `ends`.

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
    own = config.steps - (config.ends[-1] if config.ends else 0)
    steps = own if config.schedule == "cosine" else None
    return adam(config.learning_rate, steps, flat=own // 2, clip=config.clip)
