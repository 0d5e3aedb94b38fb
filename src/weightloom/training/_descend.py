"""Gradient descent: a single step, and a loop of steps."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Key, PyTree


def gradient_step(
    optimiser: optax.GradientTransformation,
    loss: Callable[[Any], tuple[Float[Array, ""], Any]],
    trained: Any,
    moments: PyTree,
) -> tuple[Any, PyTree, Any]:
    """Take one gradient step.

    Args:
        optimiser: an Optax transformation, such as `weightloom.training.optimisers.adam`.
        loss: a function from the parameters to (loss, auxiliary output).
        trained: the parameters, a pytree of arrays.
        moments: the optimiser's state.

    Returns:
        The new parameters, the optimiser's new state, and the auxiliary output at the old parameters.

    Examples:
        >>> import jax.numpy as jnp
        >>> sgd = optax.sgd(0.25)
        >>> x, _, before = gradient_step(sgd, lambda x: (x**2, x), jnp.array(3.0), sgd.init(jnp.array(3.0)))
        >>> float(x), float(before)
        (1.5, 3.0)
    """
    gradients, auxiliary = jax.grad(loss, has_aux=True)(trained)
    updates, moments = optimiser.update(gradients, moments)
    return eqx.apply_updates(trained, updates), moments, auxiliary


def descend(
    loss: Callable[..., Float[Array, ""]],
    start: Any,
    steps: int,
    optimiser: optax.GradientTransformation,
    key: Key[Array, ""] | None = None,
    *,
    trainable: PyTree[bool] | None = None,
) -> tuple[Any, Float[Array, " steps"]]:
    """Minimise a loss by gradient descent, without storing a run.

    The function is pure and does not compile itself: wrap it in `jax.jit` or `jax.vmap`.

    Args:
        loss: a function from the parameters to the loss, or from (parameters, key) if `key` is given.
        start: the initial parameters, any pytree, such as a module or an array.
        steps: the number of steps.
        optimiser: an Optax transformation, such as `weightloom.training.optimisers.adam`.
        key: the key from which each step's key is derived, as `fold_in(key, step)`. The default, None, is for a
            deterministic loss.
        trainable: a pytree of bools with the structure of `start`: True for each leaf to train. The default trains all
            floating-point arrays.

    Returns:
        The trained parameters, and the loss before each step, shape (steps,).

    Examples:
        >>> import jax.numpy as jnp
        >>> from weightloom.training.optimisers import adam
        >>> code, losses = descend(lambda code: ((code - 1) ** 2).sum(), jnp.zeros(2), 200, adam(0.1))
        >>> code.round(2).tolist(), losses.shape
        ([1.0, 1.0], (200,))
    """
    parameters, frozen = eqx.partition(start, eqx.is_inexact_array if trainable is None else trainable)

    def step(carry: tuple[Any, PyTree], number: Array) -> tuple[tuple[Any, PyTree], Float[Array, ""]]:
        step_key = () if key is None else (jax.random.fold_in(key, number),)

        def loss_twice(parameters: Any) -> tuple[Float[Array, ""], Float[Array, ""]]:
            value = loss(eqx.combine(parameters, frozen), *step_key)
            return value, value

        parameters, moments, value = gradient_step(optimiser, loss_twice, *carry)
        return (parameters, moments), value

    (parameters, _), losses = jax.lax.scan(step, (parameters, optimiser.init(parameters)), jnp.arange(steps))
    return eqx.combine(parameters, frozen), losses
