"""Learning one task after another with one hypernetwork: keep what it generates for earlier tasks."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from weightloom._words import shown
from weightloom.errors import InputError
from weightloom.hypernetworks.base import Hypernetwork
from weightloom.hypernetworks.conditions import leading_axis


def output_regulariser(
    hypernetwork: Any,
    conditions: PyTree,
    stored: PyTree,
    *,
    weights: Any = None,
) -> Float[Array, ""]:
    """How far the parameters of earlier tasks have moved: the mean over tasks of ‖H(cᵢ) − θᵢ‖².

    Added to the loss of a new task, it keeps a hypernetwork from forgetting: the hypernetwork may change as long as the
    networks that it generates for earlier tasks stay (von Oswald et al., ICLR 2020, eq. 2). Before a new task,
    `stored = jax.vmap(hypernetwork)(conditions)` computes the θᵢ. They get no gradient, whatever they depend on.

    Args:
        hypernetwork: a deterministic hypernetwork.
        conditions: one condition per task, with a leading axis of tasks, such as embeddings of shape (tasks, width).
        stored: the parameters that belong to the conditions, with the same leading axis.
        weights: one number per task, shape (tasks,): 0 leaves a task out. The default, None, counts all tasks alike.
            With `weights=jnp.arange(tasks) < number`, one compiled function serves the first task, which has nothing
            to keep, and all later ones.

    Returns:
        The weighted mean over tasks of the squared distance; 0 if all weights are 0 or there is no task.

    Raises:
        InputError: if the hypernetwork is stochastic, or its parameters or the weights do not fit what is stored.

    Examples:
        >>> import jax, jax.numpy as jnp, weightloom as wl
        >>> hypernetwork = wl.AllWeights(wl.MLP((2, 8, 1)), width=4, key=0)
        >>> embeddings = jax.random.normal(jax.random.key(1), (5, 4))
        >>> stored = jax.vmap(hypernetwork)(embeddings)
        >>> float(wl.output_regulariser(hypernetwork, embeddings, stored))
        0.0
        >>> bool(wl.output_regulariser(hypernetwork, embeddings + 0.1, stored) > 0)
        True
    """
    generated = _generated(hypernetwork, conditions)
    _check_alike(generated, stored)
    parts = jax.tree.map(lambda new, old: _squares(new - jax.lax.stop_gradient(old)), generated, stored)
    distances = jnp.stack(jax.tree.leaves(parts)).sum(0)
    shares = jnp.ones_like(distances) if weights is None else jnp.asarray(weights, distances.dtype)
    if shares.shape != distances.shape:
        raise InputError(
            f"weights of shape {shares.shape} do not fit {len(distances)} tasks: give shape ({len(distances)},)."
        )
    total = shares.sum()
    return (shares * distances).sum() / jnp.where(total == 0, 1, total)


def _generated(hypernetwork: Any, conditions: Any) -> Any:
    if not isinstance(hypernetwork, Hypernetwork) or hypernetwork.is_stochastic:
        raise InputError(
            f"{shown(hypernetwork)} has no parameters to keep for a condition: give a hypernetwork that is called "
            "without a key, such as wl.AllWeights."
        )
    leading_axis("conditions", conditions)
    return jax.vmap(hypernetwork)(conditions)


def _check_alike(generated: Any, stored: Any) -> None:
    structures: list[Any] = [jax.tree.structure(tree) for tree in (stored, generated)]
    shapes = [jax.tree.map(np.shape, tree) for tree in (stored, generated)]
    if structures[0] != structures[1] or shapes[0] != shapes[1]:
        raise InputError(
            "the stored parameters do not fit what the hypernetwork generates for these conditions: give "
            "jax.vmap(hypernetwork)(conditions), computed before the new task."
        )


def _squares(change: Float[Array, "tasks ..."]) -> Float[Array, " tasks"]:
    return jnp.square(jnp.abs(change)).sum(tuple(range(1, change.ndim)))
