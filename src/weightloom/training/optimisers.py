"""The optimisers of the whole package: Adam, whose learning rate stays or falls to 0 along half a cosine."""

from collections.abc import Mapping
from typing import Any

import optax


def adam(
    learning_rate: float, steps: int | None = None, *, flat: int = 0, clip: float | None = None
) -> optax.GradientTransformation:
    """Adam (Kingma and Ba, ICLR 2015).

    Args:
        learning_rate: at the start.
        steps: of the whole training, at whose end the rate is 0; None keeps the rate as it is.
        flat: steps before the rate begins to fall.
        clip: the largest norm of a gradient; a longer one is shortened. None leaves all gradients as they are.

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
    found = optax.adam(rate)
    return found if clip is None else optax.chain(optax.clip_by_global_norm(clip), found)


def adam_by_part(learning_rates: Mapping[str, float], steps: int) -> optax.GradientTransformation:
    """Adam on a named tuple, each field at its own learning rate, which falls to 0 along half a cosine.

    Args:
        learning_rates: at the start, by the name of the field.
        steps: of the whole training.

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
