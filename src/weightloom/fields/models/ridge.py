"""Bayesian linear regression: least squares with a Gaussian prior of the weights."""

import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Bool, Float

# Smallest standard deviation of the noise, relative to the norm of the functions: single precision rounds below it.
FLOOR = 1e-6


def fit_weights(
    functions: Float[Array, "points functions"],
    mask: Bool[Array, " points"],
    values: Float[Array, "points columns"],
    variance: Float[Array, " functions"],
    noise: Float[Array, ""],
) -> Float[Array, "functions columns"]:
    """The posterior mean of weights w with prior N(0, diag(variance)), given observed values Φw + N(0, noise).

    It uses a QR decomposition of Φ, extended by one row per weight for the prior, and does not form the normal
    equations. If functions are similar, the normal matrix is indefinite after rounding in single precision, and its
    Cholesky factor is NaN. The condition number of Φ is the square root of that of the normal matrix. With fewer
    points than functions, the smaller transpose is decomposed.

    Args:
        functions: Φ, the value of each function at each point.
        mask: which points are observed.
        values: values at the points, one column per field.
        variance: prior variance of each weight, positive.
        noise: variance of the values around Φw.

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
    # Scale the functions so that the prior variance of all weights is 1.
    deviations = jnp.sqrt(variance)
    seen = seen * deviations
    noise_deviation = jnp.maximum(jnp.sqrt(noise), FLOOR * (jnp.linalg.norm(seen) + FLOOR))
    wide = seen.shape[0] < seen.shape[1]
    tall = seen.T if wide else seen
    basis, root = jnp.linalg.qr(jnp.concatenate([tall, noise_deviation * jnp.eye(tall.shape[1])]))
    basis = basis[: len(tall)]
    weights = basis @ solve_triangular(root, known, trans="T") if wide else solve_triangular(root, basis.T @ known)
    return deviations[:, None] * weights
