"""The Euclidean norm ‖x‖₂ = √Σxᵢ²."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

from weightloom.discovery.tasks.base import Task


def _norm(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    return jnp.sqrt(jnp.square(x).sum(axis=1))


def _moments(inputs: int) -> tuple[float, float]:
    # The norm follows the chi distribution with n degrees of freedom.
    mean = math.sqrt(2) * math.exp(math.lgamma((inputs + 1) / 2) - math.lgamma(inputs / 2))
    return mean, math.sqrt(inputs - mean**2)


l2 = Task("l2", _norm, _moments)
