"""What auto-decoding needs: Adam with a learning rate for each part, and the descent of a new code alone."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import optax
from jaxtyping import Array, Float, PyTree

from weightloom.errors import InputError


class State(NamedTuple):
    """Everything that an auto-decoding changes.

    Attributes:
        parameters: what forecasting needs, a named tuple.
        optimiser: Adam's moments.
    """

    parameters: Any
    optimiser: PyTree


def check_rates(**rates: float) -> None:
    """Checks learning rates.

    Args:
        rates: by their names.

    Raises:
        InputError: naming the first that is not above 0 and at most 1.
    """
    for name, rate in rates.items():
        if not 0 < rate <= 1:
            raise InputError(f"{name} is {rate}: give a learning rate in (0, 1].")


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


def updated(
    optimiser: optax.GradientTransformation,
    loss: Callable[[Any], tuple[Float[Array, ""], Any]],
    trained: Any,
    moments: PyTree,
) -> tuple[Any, PyTree, Any]:
    """One step down the gradient.

    Args:
        optimiser: such as `adam_by_part`.
        loss: of what is trained, and anything else that it has found.
        trained: a named tuple.
        moments: the optimiser's state.

    Returns:
        The same after the step, the optimiser's new state, and what the loss found before it.

    Examples:
        >>> import jax.numpy as jnp
        >>> fall = optax.sgd(0.25)
        >>> x, _, before = updated(fall, lambda x: (x**2, x), jnp.array(3.0), fall.init(jnp.array(3.0)))
        >>> float(x), float(before)
        (1.5, 3.0)
    """
    gradients, found = jax.grad(loss, has_aux=True)(trained)
    updates, moments = optimiser.update(gradients, moments)
    return optax.apply_updates(trained, updates), moments, found


def descended(
    loss: Callable[[Float[Array, "..."]], Float[Array, ""]],
    start: Float[Array, "..."],
    steps: int,
    rate: float | optax.Schedule,
) -> Float[Array, "..."]:
    """Where Adam arrives.

    Args:
        loss: of a code, or of many in a sum: Adam moves every entry on its own.
        start: the code to start from.
        steps: how many.
        rate: the learning rate, or its schedule.

    Examples:
        >>> import jax.numpy as jnp
        >>> descended(lambda code: ((code - 1) ** 2).sum(), jnp.zeros(2), 200, 0.1).round(2).tolist()
        [1.0, 1.0]
    """
    adam = optax.adam(rate)

    def step(_, carry):
        code, moments = carry
        return updated(adam, lambda code: (loss(code), None), code, moments)[:2]

    return jax.lax.fori_loop(0, steps, step, (start, adam.init(start)))[0]
