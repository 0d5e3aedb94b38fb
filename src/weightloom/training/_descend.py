"""Steps down a gradient: one of them, and so many of them in one compiled loop."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Key, PyTree


def updated(
    optimiser: optax.GradientTransformation,
    loss: Callable[[Any], tuple[Float[Array, ""], Any]],
    trained: Any,
    moments: PyTree,
) -> tuple[Any, PyTree, Any]:
    """One step down the gradient.

    Args:
        optimiser: such as `weightloom.training.optimisers.adam`.
        loss: of what is trained; and anything else that it has found.
        trained: a pytree of arrays.
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
    return eqx.apply_updates(trained, updates), moments, found


def descend(
    loss: Callable[..., Float[Array, ""]],
    start: Any,
    steps: int,
    optimiser: optax.GradientTransformation,
    key: Key[Array, ""] | None = None,
    *,
    trainable: PyTree[bool] | None = None,
) -> tuple[Any, Float[Array, " steps"]]:
    """Where an optimiser arrives: the loop of every training that a run is not kept of.

    It is a pure function for `jax.jit` and `jax.vmap` to take; it compiles nothing by itself.

    Args:
        loss: of what is trained; with a key, of (what is trained, the step's key).
        start: any pytree, such as a module or an array.
        steps: how many.
        optimiser: such as `weightloom.training.optimisers.adam`.
        key: each step's key is `fold_in(key, step)`; None for a loss that draws nothing.
        trainable: which leaves move, True or False for each; the default is all floating-point arrays.

    Returns:
        The same after the last step, and the loss before each step.

    Examples:
        >>> import jax.numpy as jnp
        >>> from weightloom.training.optimisers import adam
        >>> found, losses = descend(lambda code: ((code - 1) ** 2).sum(), jnp.zeros(2), 200, adam(0.1))
        >>> found.round(2).tolist(), losses.shape
        ([1.0, 1.0], (200,))
    """
    moving, still = eqx.partition(start, eqx.is_inexact_array if trainable is None else trainable)

    def step(carry: tuple[Any, PyTree], number: Array) -> tuple[tuple[Any, PyTree], Float[Array, ""]]:
        drawn = () if key is None else (jax.random.fold_in(key, number),)

        def priced(moving: Any) -> tuple[Float[Array, ""], Float[Array, ""]]:
            value = loss(eqx.combine(moving, still), *drawn)
            return value, value

        moving, moments, value = updated(optimiser, priced, *carry)
        return (moving, moments), value

    (moving, _), losses = jax.lax.scan(step, (moving, optimiser.init(moving)), jnp.arange(steps))
    return eqx.combine(moving, still), losses
