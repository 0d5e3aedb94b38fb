"""Adam with a constant learning rate or cosine decay."""

from collections.abc import Mapping
from typing import Any

import optax


def adam(
    learning_rate: float, steps: int | None = None, *, flat: int = 0, clip: float | None = None
) -> optax.GradientTransformation:
    """Adam (Kingma and Ba, ICLR 2015), optionally with cosine decay and gradient clipping.

    Args:
        learning_rate: the initial learning rate.
        steps: the step at which a cosine decay reaches 0. The default keeps the learning rate constant.
        flat: the number of steps before the decay starts. The default is 0.
        clip: the largest allowed global norm of the gradients. The default does not clip.

    Returns:
        An Optax transformation.

    Examples:
        >>> import jax.numpy as jnp
        >>> optimiser = adam(0.1, steps=10)
        >>> updates, _ = optimiser.update(jnp.array([4.0]), optimiser.init(jnp.zeros(1)))
        >>> updates.round(3)
        Array([-0.1], dtype=float32)
    """
    rate: float | optax.Schedule = learning_rate
    if steps is not None:
        rate = optax.cosine_decay_schedule(learning_rate, steps - flat)
        if flat > 0:
            rate = optax.join_schedules([optax.constant_schedule(learning_rate), rate], [flat])
    optimiser = optax.adam(rate)
    return optimiser if clip is None else optax.chain(optax.clip_by_global_norm(clip), optimiser)


def adam_by_part(learning_rates: Mapping[str, float], steps: int) -> optax.GradientTransformation:
    """Adam for a named tuple, with a learning rate per field and cosine decay to 0.

    Args:
        learning_rates: the initial learning rate of each field, by name.
        steps: the step at which the decay reaches 0.

    Returns:
        An Optax transformation.

    Examples:
        >>> from typing import NamedTuple
        >>> import jax.numpy as jnp
        >>> Trained = NamedTuple("Trained", [("slow", object), ("fast", object)])
        >>> optimiser = adam_by_part({"slow": 0.1, "fast": 0.5}, steps=10)
        >>> start = Trained(jnp.zeros(1), jnp.zeros(1))
        >>> updates, _ = optimiser.update(Trained(jnp.ones(1), jnp.ones(1)), optimiser.init(start))
        >>> [round(float(part[0]), 3) for part in updates]
        [-0.1, -0.5]
    """

    def names(trained: Any) -> Any:
        return trained._make(trained._fields)

    return optax.multi_transform({name: adam(rate, steps) for name, rate in learning_rates.items()}, names)
