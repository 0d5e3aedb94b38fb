"""Weights of given functions from observed values: least squares with a Gaussian prior, in closed form."""

import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Bool, Float

# The noise's least deviation, of the functions' size: what is left out below is rounding in single precision.
FLOOR = 1e-6


def fit_weights(
    functions: Float[Array, "points functions"],
    mask: Bool[Array, " points"],
    values: Float[Array, "points columns"],
    variance: Float[Array, " functions"],
    noise: Float[Array, ""],
) -> Float[Array, "functions columns"]:
    """The posterior mean of weights w with prior N(0, diag(variance)) given values Φw + N(0, noise) at some points.

    The normal equations are never formed. Where functions resemble one another, single precision rounds that matrix to
    one that is not positive, and Cholesky's factor of it is nan; the order of a library's sums decides. The QR
    decomposition of the functions themselves, with a row below for each weight's prior, has but the square root of that
    matrix's condition number. Of fewer points than functions it is that of the transpose, which is smaller.

    Args:
        functions: Φ, each function at each point.
        mask: the points that count.
        values: what was observed, one column per field.
        variance: of the weights, positive.
        noise: the variance of what the functions cannot explain.

    Returns:
        One column of weights per field.

    Examples:
        >>> import jax.numpy as jnp
        >>> line = jnp.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
        >>> values = jnp.array([[1.0], [3.0], [99.0]])
        >>> seen = jnp.array([True, True, False])
        >>> fit_weights(line, seen, values, jnp.full(2, 1e6), jnp.float32(1e-3)).round(2).tolist()
        [[1.0], [2.0]]
    """
    seen, known = (jnp.where(mask[:, None], array, 0) for array in (functions, values))
    # In units of the prior, where weights have variance 1.
    deviations = jnp.sqrt(variance)
    seen = seen * deviations
    noise_deviation = jnp.maximum(jnp.sqrt(noise), FLOOR * (jnp.linalg.norm(seen) + FLOOR))
    wide = seen.shape[0] < seen.shape[1]
    tall = seen.T if wide else seen
    basis, root = jnp.linalg.qr(jnp.concatenate([tall, noise_deviation * jnp.eye(tall.shape[1])]))
    basis = basis[: len(tall)]
    weights = basis @ solve_triangular(root, known, trans="T") if wide else solve_triangular(root, basis.T @ known)
    return deviations[:, None] * weights
