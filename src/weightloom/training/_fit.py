"""Gradient descent over batches that come from Python."""

import functools
from collections.abc import Callable, Iterable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, PyTree

from weightloom.errors import InputError


def fit(
    loss: Callable[..., Float[Array, ""]],
    start: Any,
    batches: Iterable[Any],
    optimiser: optax.GradientTransformation,
    *,
    trainable: PyTree[bool] | None = None,
) -> tuple[Any, Float[np.ndarray, " steps"]]:
    """Minimise a loss by gradient descent, one step for each batch.

    The step is compiled once for each loss, optimiser and shape of a batch: with the same `loss` and `optimiser`, later
    calls compile nothing. `descend` is its relative for a loss that draws its batches from a key, all in one compiled
    loop. On CPUs, `fit` is the faster one for networks with convolutions: XLA compiles those to slow code in loops.

    Args:
        loss: a function of the parameters and what is in a batch, `loss(parameters, *batch)`, to a number.
        start: the initial parameters, any pytree, such as a hypernetwork, or a pair of one and embeddings. Its arrays
            stay as they are.
        batches: for each step a tuple of pytrees of arrays, such as (condition, inputs, labels).
        optimiser: an Optax transformation, such as `optax.adam(1e-3)`.
        trainable: a pytree of bools with the structure of `start`: True for each leaf to train. The default trains all
            floating-point arrays; `wl.trainable(start)` leaves a frozen base network as it is.

    Returns:
        The trained parameters, and the loss before each step, shape (steps,).

    Raises:
        InputError: if a batch is not a tuple or a list.

    Examples:
        >>> import jax, jax.numpy as jnp, optax, weightloom as wl
        >>> hypernetwork = wl.FiLM(wl.MLP((1, 16, 1)), width=1, key=0)
        >>> x = jnp.linspace(-1, 1, 20)[:, None]
        >>> batches = [(jnp.array([slope]), x, slope * x) for slope in (-1.0, 0.0, 1.0)] * 300
        >>> def loss(hypernetwork, condition, x, y):
        ...     return jnp.mean((wl.call(hypernetwork, condition, x) - y) ** 2)
        >>> hypernetwork, losses = wl.fit(loss, hypernetwork, batches, optax.adam(1e-2))
        >>> losses.shape, bool(losses[-3:].max() < 0.01)
        ((900,), True)
    """
    trained, rest = eqx.partition(start, eqx.is_inexact_array if trainable is None else trainable)
    arrays, static = eqx.partition(rest, eqx.is_array)
    leaves, structure = jax.tree.flatten(static)
    # The step overwrites what it is given: so it is given a copy.
    trained = jax.tree.map(jnp.copy, trained)
    moments = optimiser.init(trained)
    losses = []
    for batch in batches:
        if not isinstance(batch, tuple | list):
            raise InputError(
                f"a batch of type {type(batch).__name__} cannot be used: give a tuple of what `loss` takes after the "
                "parameters, such as (x, y)."
            )
        trained, moments, value = _step(loss, optimiser, tuple(leaves), structure, trained, moments, arrays, *batch)
        losses.append(value)
    return eqx.combine(trained, arrays, static), np.array(jax.device_get(losses), dtype=float)


@functools.partial(jax.jit, static_argnums=(0, 1, 2, 3), donate_argnums=(4, 5))
def _step(
    loss: Callable[..., Any],
    optimiser: optax.GradientTransformation,
    leaves: tuple[Any, ...],
    structure: Any,
    trained: PyTree,
    moments: PyTree,
    arrays: PyTree,
    *batch: Any,
) -> tuple[PyTree, PyTree, Array]:
    static = jax.tree.unflatten(structure, leaves)
    of_trained = lambda trained: loss(eqx.combine(trained, arrays, static), *batch)  # noqa: E731
    value, gradients = jax.value_and_grad(of_trained)(trained)
    updates, moments = optimiser.update(gradients, moments, trained)
    return eqx.apply_updates(trained, updates), moments, value
