"""Adam with a learning rate for each part of what is trained."""

from collections.abc import Mapping
from typing import Any

import optax


def adam_by_part(rates: Mapping[str, float], steps: int) -> optax.GradientTransformation:
    """Adam on a named tuple, each field at its own learning rate, which falls to 0 along half a cosine.

    Args:
        rates: the learning rate at the start, by the name of the field.
        steps: of the whole training.

    Examples:
        >>> from typing import NamedTuple
        >>> import jax.numpy as jnp
        >>> Trained = NamedTuple("Trained", [("slow", object), ("fast", object)])
        >>> adam = adam_by_part({"slow": 0.1, "fast": 0.5}, steps=10)
        >>> start = Trained(jnp.zeros(1), jnp.zeros(1))
        >>> updates, _ = adam.update(Trained(jnp.ones(1), jnp.ones(1)), adam.init(start))
        >>> [round(float(part[0]), 3) for part in updates]
        [-0.1, -0.5]
    """

    def names(trained: Any) -> Any:
        return trained._make(trained._fields)

    adams = {name: optax.adam(optax.cosine_decay_schedule(rate, steps)) for name, rate in rates.items()}
    return optax.multi_transform(adams, names)
