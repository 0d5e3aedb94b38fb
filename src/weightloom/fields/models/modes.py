"""Proper orthogonal decomposition: the few patterns that snapshots are made of."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

SPARE, ITERATIONS = 16, 3


class Modes(NamedTuple):
    """Snapshots as mean + Σ codes · deviations · patterns.

    Attributes:
        mean: of the snapshots.
        patterns: of mean square 1.
        deviations: of each pattern's coefficient, in the snapshots' unit, falling and positive.
        codes: the snapshots' coefficients in units of `deviations`.
    """

    mean: Float[Array, " entries"]
    patterns: Float[Array, "modes entries"]
    deviations: Float[Array, " modes"]
    codes: Float[Array, "snapshots modes"]


def find_modes(snapshots: Float[Array, "snapshots entries"], count: int, key: Key[Array, ""]) -> Modes:
    """The leading modes of snapshots, by subspace iteration on a random start (Halko et al. 2011, algorithm 4.4).

    It works on the snapshots themselves: their Gram matrix would lose the weak modes in single precision.

    Args:
        snapshots: one row each.
        count: how many modes; the smaller of the snapshots' two sizes at most.
        key: for the random start, which hardly matters.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> snapshots = jnp.outer(jnp.arange(5.0), jnp.array([2.0, -2.0, 2.0]))
        >>> modes = find_modes(snapshots, 1, jax.random.key(0))
        >>> rebuilt = modes.mean + modes.codes * modes.deviations @ modes.patterns
        >>> bool(jnp.allclose(rebuilt, snapshots, atol=1e-4)), jnp.abs(modes.patterns).round(3).tolist()
        (True, [[1.0, 1.0, 1.0]])
    """
    mean = snapshots.mean(axis=0)
    centred = snapshots - mean
    rows, entries = snapshots.shape
    width = min(count + SPARE, rows, entries)
    basis = jax.random.normal(key, (rows, width))
    for _ in range(ITERATIONS):
        basis = jnp.linalg.qr(centred @ jnp.linalg.qr(centred.T @ basis)[0])[0]
    left, singular, right = jnp.linalg.svd(basis.T @ centred, full_matrices=False)
    deviations = singular[:count] / jnp.sqrt(rows * entries)
    # A mode that the snapshots do not have must still have a deviation to divide by.
    deviations = jnp.maximum(deviations, jnp.maximum(1e-6 * deviations[0], 1e-12))
    codes = (basis @ left)[:, :count] * singular[:count] / (jnp.sqrt(entries) * deviations)
    return Modes(mean, right[:count] * jnp.sqrt(entries), deviations, codes)
