"""The sum of squares ‖x‖₂² = Σxᵢ²."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

from weightloom.discovery.tasks.base import Task


def _sum(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    return jnp.square(x).sum(axis=1)


def _moments(inputs: int) -> tuple[float, float]:
    # The sum follows the chi-squared distribution with n degrees of freedom.
    return float(inputs), math.sqrt(2 * inputs)


sum_of_squares = Task("sum_of_squares", _sum, _moments)
