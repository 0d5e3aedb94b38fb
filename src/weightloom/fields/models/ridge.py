"""Weights of given functions from observed values: least squares with a Gaussian prior, in closed form."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

# Of the scaled matrix's unit diagonal: what single precision needs where functions resemble one another.
JITTER = 2e-6


def fit_weights(
    functions: Float[Array, "points functions"],
    mask: Bool[Array, " points"],
    values: Float[Array, "points columns"],
    variance: Float[Array, " functions"],
    noise: Float[Array, ""],
) -> Float[Array, "functions columns"]:
    """The posterior mean of weights w with prior N(0, diag(variance)) given values Φw + N(0, noise) at some points.

    The normal equations are scaled to a unit diagonal, which makes single precision enough: Cholesky's error then
    depends on how alike the functions are, and not on the prior's range, which spans many orders of magnitude.

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
    seen = jnp.where(mask[:, None], functions, 0)
    matrix = seen.T @ seen + jnp.diag(noise / variance)
    scale = jax.lax.rsqrt(jnp.diagonal(matrix))
    scaled = scale[:, None] * matrix * scale + JITTER * jnp.eye(len(scale))
    factor = jax.scipy.linalg.cho_factor(scaled, lower=True)
    return scale[:, None] * jax.scipy.linalg.cho_solve(factor, scale[:, None] * (seen.T @ values))
