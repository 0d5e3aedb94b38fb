"""Frozen arrays, and the filter that selects the trained arrays."""

from typing import Any

import equinox as eqx
import jax
from jaxtyping import PyTree


class Frozen(eqx.Module):
    """Arrays without a gradient, such as the base network of a conditioning with `frozen=True`.

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
    """Unwraps frozen arrays and stops their gradient.

    Args:
        tree: `Frozen` arrays, or any other pytree, which is returned unchanged.
    """
    return jax.lax.stop_gradient(tree.arrays) if isinstance(tree, Frozen) else tree


def trainable(hypernetwork: PyTree) -> PyTree[bool]:
    """Selects the trained arrays of a hypernetwork: the floating-point arrays that are not frozen.

    Use it as the filter of `eqx.partition` or `eqx.filter`, or with `optax.masked`. Initialise the optimiser with the
    trained arrays only: frozen arrays get no gradient, but weight decay would still change them.

    Args:
        hypernetwork: a hypernetwork, or any pytree that contains one.

    Returns:
        A pytree of the same structure: True for a trained array, False for any other leaf.

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
