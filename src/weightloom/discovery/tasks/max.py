"""The largest input, max xᵢ."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from weightloom.discovery.tasks.base import Task
from weightloom.discovery.tasks.order_statistics import moments_of_maximum


def _largest(x: Float[Array, "batch inputs"]) -> Float[Array, " batch"]:
    return jnp.max(x, axis=1)


max = Task("max", _largest, moments_of_maximum)
