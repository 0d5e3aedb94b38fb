"""Arrays that training leaves alone, and the filter that tells them from the others."""

from typing import Any

import equinox as eqx
import jax
from jaxtyping import PyTree


class Frozen(eqx.Module):
    """Arrays that get no gradient.

    Args:
        arrays: any pytree.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from weightloom.hypernetworks.frozen import Frozen, thawed
        >>> float(jax.grad(lambda frozen: thawed(frozen) ** 2)(Frozen(jnp.array(3.0))).arrays)
        0.0
    """

    arrays: PyTree


def thawed(tree: Any) -> Any:
    """The arrays as functions use them: of frozen ones the values without a derivative.

    Args:
        tree: `Frozen` arrays, or any other pytree, which is returned as it is.
    """
    return jax.lax.stop_gradient(tree.arrays) if isinstance(tree, Frozen) else tree


def trainable(hypernetwork: PyTree) -> PyTree[bool]:
    """Which arrays of a hypernetwork are trained: all floating-point arrays that are not frozen.

    It is a filter for `eqx.partition`, `eqx.filter` and `optax.masked`. An optimiser that sees the frozen arrays gives
    them no gradient step, but its weight decay would move them: give it the trainable part alone.

    Args:
        hypernetwork: a hypernetwork, or any pytree that contains one.

    Returns:
        The same pytree with True for every trained array, and False for everything else.

    Examples:
        >>> import equinox as eqx, jax, jax.numpy as jnp, optax, weightloom as wl
        >>> network = wl.ModuleNetwork(eqx.nn.Linear(4, 3, key=jax.random.key(0)))
        >>> hypernetwork = wl.LowRank(network, width=2, rank=1, frozen=True, key=0)
        >>> trained, frozen = eqx.partition(hypernetwork, wl.trainable(hypernetwork))
        >>> state = optax.adamw(1e-3).init(trained)
        >>> gradient = jax.grad(lambda trained: wl.call(eqx.combine(trained, frozen), jnp.ones(2), jnp.ones(4)).sum())
        >>> gradient(trained).emission.shape, gradient(trained).base.arrays.weight
        ((2, 8), None)
    """

    def of(node: Any) -> Any:
        if isinstance(node, Frozen):
            return jax.tree.map(lambda _: False, node)
        return eqx.is_inexact_array(node)

    return jax.tree.map(of, hypernetwork, is_leaf=lambda node: isinstance(node, Frozen))
