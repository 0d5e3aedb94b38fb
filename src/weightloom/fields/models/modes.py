"""Proper orthogonal decomposition (POD) of snapshots."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

SPARE, ITERATIONS = 16, 3


class Modes(NamedTuple):
    """A POD of snapshots: mean + Σ codes · deviations · patterns.

    Attributes:
        mean: mean of the snapshots.
        patterns: modes, with mean square 1.
        deviations: standard deviation of each mode's coefficient, in units of the snapshots, positive and descending.
        codes: coefficients of the snapshots, in units of `deviations`.
    """

    mean: Float[Array, " entries"]
    patterns: Float[Array, "modes entries"]
    deviations: Float[Array, " modes"]
    codes: Float[Array, "snapshots modes"]


def find_modes(snapshots: Float[Array, "snapshots entries"], count: int, key: Key[Array, ""]) -> Modes:
    """Computes the leading POD modes by randomised subspace iteration (Halko et al. 2011, algorithm 4.4).

    It does not form the Gram matrix of the snapshots, which would lose weak modes in single precision.

    Args:
        snapshots: one snapshot per row.
        count: number of modes, at most the number of rows and of columns.
        key: random key of the initial subspace. The result hardly depends on it.

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
    # Avoid division by zero if the snapshots have fewer modes than `count`.
    deviations = jnp.maximum(deviations, jnp.maximum(1e-6 * deviations[0], 1e-12))
    codes = (basis @ left)[:, :count] * singular[:count] / (jnp.sqrt(entries) * deviations)
    return Modes(mean, right[:count] * jnp.sqrt(entries), deviations, codes)
