"""The largest magnitude ‖x‖∞ = max |xᵢ|."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from weightloom.discovery.tasks.base import Task
from weightloom.discovery.tasks.order_statistics import moments_of_maximum_magnitude


def _norm(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    return jnp.abs(x).max(axis=1)


max_abs = Task("max_abs", _norm, moments_of_maximum_magnitude)
